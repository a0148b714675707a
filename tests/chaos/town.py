"""A town under faults: the parent's side. Replicas in processes of their own over one database,
stand-ins for Slack, LINE WORKS and the mail server, and a clock that all of them share.

Whoever acts is at a screen of a platform and reaches whichever replica answers. What the product
acknowledged is written down here, so that at the end it can be asked for.
"""

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final

from sqlalchemy import text

from handlers.lineworks import door as lineworks_door
from handlers.lineworks.door import LINEWORKS
from handlers.slack import door as slack_door
from handlers.slack.door import SLACK
from handlers.tokens import Tokens
from handlers.trouble import CODES
from tests.chaos.replica import NEVER, Birth, run
from tests.lineworks.product import given_for
from tests.lineworks.server import StandIn as LineworksStandIn
from tests.slack.endpoints import SignedHttp
from tests.slack.server import StandIn as SlackStandIn
from tests.support.clock import START
from tests.support.hands import Hands
from tests.support.mail import Office, mail_office
from tests.support.product import free_port
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, TOWN_SETTINGS
from workflows.dates import TOKYO
from workflows.desk import Desk
from workflows.ports import Account

CONTEXT: Final = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.replica"])
CHANNEL: Final = "C0RENKEI"
PURPOSES: Final = {SLACK: slack_door.PRESS, LINEWORKS: lineworks_door.PRESS}
AT_REST_WITHIN: Final = timedelta(days=4)  # a weekend included; what is due later is no unrest
ANSWERS_WITHIN: Final = 60  # seconds of a child; a machine under load is slow


class SharedClock:
    """One time for the parent and all replicas."""

    def __init__(self) -> None:
        self.value = CONTEXT.Value("d", START.timestamp())

    @property
    def at(self) -> datetime:
        return self.now()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.value.value, TOKYO)

    def set(self, at: datetime) -> None:
        self.value.value = at.timestamp()


class Replica:
    """One process. `tell` answers with what it said, or None when it died over it."""

    def __init__(self, birth: Birth, clock: SharedClock) -> None:
        self.port = birth.port
        self._pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=run, args=(birth, clock.value, theirs), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def say(self, word: str) -> None:
        try:
            self._pipe.send(word)
        except (OSError, ValueError):
            return  # it is dead: `heard` says so

    def heard(self) -> str | None:
        try:
            assert self._pipe.poll(ANSWERS_WITHIN), "a replica says nothing"
            return str(self._pipe.recv())
        except (EOFError, OSError):
            self._process.join(ANSWERS_WITHIN)
            assert self._process.exitcode == -SIGKILL, "it did not die by its own hand"
            return None

    def tell(self, word: str) -> str | None:
        self.say(word)
        return self.heard()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


@dataclass
class Pressed:
    """What somebody said of a date, by pressing, and whether the product acknowledged it."""

    agency_id: str
    slot_id: str
    symbol: str
    acknowledged: bool


@dataclass
class ChaosTown:
    hall: TownHall
    clock: SharedClock
    slack: SlackStandIn
    lineworks: LineworksStandIn
    office: Office
    given: dict[str, str]
    on: dict[str, str]  # each member's way: "slack", "lineworks" or "mail"
    replicas: list[Replica] = field(default_factory=list)
    pressed: list[Pressed] = field(default_factory=list)

    @property
    def hands(self) -> Hands:
        return Hands(self.hall.desk, self.hall.database)

    # -- replicas ---------------------------------------------------------------------------------

    def start(self, dies_at: int = NEVER) -> Replica | None:
        """A new replica; None when it died while it started."""
        birth = Birth(self.given, free_port(), dies_at)
        found = Replica(birth, self.clock)
        if found.heard() != "ready":
            return None
        self.replicas.append(found)
        return found

    def living(self) -> list[Replica]:
        self.replicas = [one for one in self.replicas if one.is_alive()]
        return self.replicas

    def all_at_once(self, word: str) -> list[str | None]:
        """Told to all together; what each says, None of who died over it."""
        there = self.living()
        for one in there:
            one.say(word)
        return [one.heard() for one in there]

    def stop(self) -> None:
        for one in self.replicas:
            one.kill()
        self.replicas = []

    def at(self, at: datetime) -> None:
        """It is that time; and those that live are heard of, as they would have been meanwhile."""
        self.clock.set(at)
        self.all_at_once("beat")

    # -- the database -----------------------------------------------------------------------------

    @property
    def is_file(self) -> bool:
        return self.hall.database.engine.dialect.name == "sqlite"

    def cut_connections(self) -> None:
        """As when the server is started anew: whoever was at something finds the line dead."""
        everybody = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with self.hall.database.engine.connect() as connection:
            connection.execute(text(everybody))

    def read_only(self, *, on: bool) -> None:
        """As a server is that was put behind another one: whoever comes in anew may only read."""
        with self.hall.database.engine.connect() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"))
            connection.commit()
            setting = f"default_transaction_read_only = {'on' if on else 'off'}"
            connection.execute(text(f'ALTER DATABASE "{name}" SET {setting}'))
            connection.commit()
        self.cut_connections()

    def database_works(self) -> None:
        if self.is_file:
            self.all_at_once("disk free")
        else:
            self.read_only(on=False)

    # -- people -----------------------------------------------------------------------------------

    def press(
        self, replica: Replica, member_id: str, meeting_id: str, slot: int, symbol: str
    ) -> None:
        """Somebody presses a symbol beside a date, in Slack or LINE WORKS."""
        meeting = self.hands.meeting(meeting_id)
        member = next(m for m in _members(self.hall) if m.id == member_id)
        slot_id = meeting.slots[slot].id
        item = f"{slot_id[:8]}.{symbol}"
        said = Pressed(member.agency_id, slot_id, symbol, acknowledged=False)
        self.pressed.append(said)
        pressed_in = {SLACK: self._in_slack, LINEWORKS: self._in_lineworks}[self.on[member_id]]
        token = self._token(PURPOSES[self.on[member_id]], "answer_slot", meeting_id, item)
        try:
            said.acknowledged = pressed_in(replica, member_id, token)
        except (OSError, AssertionError, EOFError):
            return  # it died, or said something else than 200: nothing was acknowledged

    def _token(self, purpose: str, verb: str, subject: str, item: str) -> str:
        tokens = Tokens(self.hall.database.keys.web)
        return tokens.seal(purpose, {"v": verb, "s": subject, "i": item})

    def _in_slack(self, replica: Replica, member_id: str, token: str) -> bool:
        endpoint = SignedHttp(replica.url, self.slack.signing_secret)
        person = self.slack.person(f"U{member_id}", endpoint)
        button: dict[str, Any] = {
            "type": "button",
            "text": {"type": "plain_text", "text": "○"},
            "action_id": "press",
            "value": token,
        }
        block = {"type": "actions", "block_id": "b", "elements": [button]}
        message = self.slack.world.post(self.slack.world.dm(person.id), {"blocks": [block]})
        person.press("press", in_={**message, "channel": person.dm_id})
        return person.reply.status == 200

    def _in_lineworks(self, replica: Replica, member_id: str, token: str) -> bool:
        person = self.lineworks.person(f"u{member_id}", self.lineworks.callback(replica.url))
        event = self.lineworks.world.event("postback", user=person.id, data=token)
        return person.endpoint.tell(event).status == 200

    def was_told_that_nothing_is_kept(self, member_id: str) -> bool:
        """Whether Slack showed this person that what they pressed could not be stored."""
        if self.on[member_id] != SLACK:
            return False
        person = self.slack.person(f"U{member_id}", SignedHttp("", self.slack.signing_secret))
        shown = json.dumps([*person.ephemerals(), *person.messages()], ensure_ascii=False)
        return any(TEXTS.say(f"page.trouble.{code}") in shown for code in CODES)

    # -- the end ----------------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        """No fault any more, a fresh replica beside whoever lives, and time until nothing waits."""
        self.slack._faults.clear()
        self.lineworks._faults.clear()
        self.office.says.clear()
        self.office.hangs_up = False
        self.database_works()
        while not self.start():
            pass
        until = self.clock.at + AT_REST_WITHIN
        while True:
            self.all_at_once("idle")
            self.all_at_once("tick")
            due = self._next_due()
            if due is None or due > until:
                return
            self.at(max(due, self.clock.at + timedelta(seconds=1)))

    def _next_due(self) -> datetime | None:
        """When the next of what has begun to be sent, drawn or worked off is due."""
        with self.hall.database.engine.connect() as connection:
            found = [
                connection.execute(text(query)).scalar_one_or_none()
                for query in (
                    "SELECT min(try_at) FROM outbox WHERE state IN ('waiting', 'sending')",
                    "SELECT min(try_at) FROM posts WHERE try_at IS NOT NULL",
                    "SELECT min(try_at) FROM callbacks WHERE try_at IS NOT NULL",
                )
            ]
        times = [t if isinstance(t, datetime) else datetime.fromisoformat(t) for t in found if t]
        return min((t if t.tzinfo else t.replace(tzinfo=TOKYO) for t in times), default=None)

    def standing(self) -> list[tuple[Any, ...]]:
        """What became of what came in and goes out, in figures, for a failing test."""
        queries = (
            "SELECT via, state, error, count(*) FROM outbox GROUP BY via, state, error",
            "SELECT sender, answered, attempts, error, try_at FROM callbacks",
        )
        with self.hall.database.engine.connect() as connection:
            return [tuple(row) for query in queries for row in connection.execute(text(query))]


def _members(hall: TownHall) -> list[Any]:
    with hall.database.open() as unit:
        return [m for m in unit.directory.members() if m.is_active(hall.desk.now().date())]


@contextmanager
def chaos_town(copied: TownHall, folder: Path) -> Iterator[ChaosTown]:
    """A town over this copy of the mould; a third of its members are in each of the ways."""
    clock = SharedClock()
    database = copied.database
    hall = TownHall(Desk(database.open, clock, FORMS, holiday_name), database, clock)  # type: ignore[arg-type]
    with ExitStack() as stack:
        slack = stack.enter_context(SlackStandIn(clock.now))
        lineworks = stack.enter_context(LineworksStandIn(clock.now))
        office = Office()
        mail_port = stack.enter_context(mail_office(office, None))
        on = _ways(hall, slack, lineworks)
        url = database.engine.url.render_as_string(hide_password=False)
        given = {
            **given_for(lineworks, folder),
            "LINEWORKS_API_ADDRESS": lineworks.api,
            "LINEWORKS_AUTH_ADDRESS": lineworks.token_url.removesuffix("/token"),
            "SLACK_API_ADDRESS": slack.api,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_COORDINATORS_CHANNEL": CHANNEL,
            "DATABASE_URL": url.replace("postgresql+psycopg:", "postgresql:"),
            "KEYS_FILE": str(folder / "keys.json"),
            "DATA_FOLDER": str(folder),
            "SMTP_URL": f"smtp://127.0.0.1:{mail_port}?starttls=no",
            "MAIL_FROM": "bot@town.example.jp",
            **TOWN_SETTINGS,
        }
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE about SET value = 'town' WHERE name = 'kind'"))
        town = ChaosTown(hall, clock, slack, lineworks, office, given, on)
        try:
            yield town
        finally:
            town.stop()


def _ways(hall: TownHall, slack: SlackStandIn, lineworks: LineworksStandIn) -> dict[str, str]:
    """Everybody gets an account somewhere, or has mail alone."""
    members = _members(hall)
    ways = {m.id: (SLACK, LINEWORKS, "mail")[n % 3] for n, m in enumerate(members)}
    inside = []
    with hall.database.open() as unit:
        for member in members:
            if ways[member.id] == SLACK:
                user = f"U{member.id}"
                slack.add_user(user, member.id.lower(), member.name, email=member.email)
                inside += [user] if "coordinator" in member.roles else []
            elif ways[member.id] == LINEWORKS:
                user = f"u{member.id}"
                lineworks.add_user(user, member.name, email=member.email)
            else:
                continue
            found = Account(ways[member.id], user, member.id, "linked", member.id, hall.desk.now())
            unit.accounts.save(found)
        unit.commit()
    slack.add_channel(CHANNEL, "renkei", members=inside, private=True)
    return ways
