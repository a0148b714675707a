"""A town under faults: the parent's side. Replicas in processes of their own over one database,
stand-ins for Slack, LINE WORKS and the mail server, and a clock that all of them share.

Whoever acts is at a screen of a platform and reaches whichever replica answers. What the product
acknowledged is written down here, so that at the end it can be asked for.
"""

import json
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from signal import SIGKILL
from typing import Any, Final

from sqlalchemy import text

from handlers.lineworks import door as lineworks_door
from handlers.lineworks.door import LINEWORKS
from handlers.runtime.fault_codes import CODES
from handlers.runtime.tokens import Tokens
from handlers.slack import door as slack_door
from handlers.slack.door import SLACK
from tests.chaos.databases import FileFaults, ServerFaults
from tests.chaos.mailroom import Mailroom
from tests.chaos.replica import NEVER, Birth, run
from tests.lineworks.product import given_for
from tests.lineworks.server import StandIn as LineworksStandIn
from tests.slack.endpoints import SignedHttp
from tests.slack.person import Person
from tests.slack.server import StandIn as SlackStandIn
from tests.support.clock import START
from tests.support.hands import Hands
from tests.support.mail import mail_office
from tests.support.postgres import PostgresServer
from tests.support.product import free_port
from tests.support.relay import relayed
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, TOWN_SETTINGS
from workflows.core.ports import Account
from workflows.desk import Desk
from workflows.japanese.dates import TOKYO

CONTEXT: Final = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.chaos.replica"])
CHANNEL: Final = "C0RENKEI"
PURPOSES: Final = {SLACK: slack_door.PRESS, LINEWORKS: lineworks_door.PRESS}
AT_REST_WITHIN: Final = timedelta(days=4)  # a weekend included; what is due later is no unrest
TOGETHER: Final = timedelta(minutes=10)
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
class ChaosTown:
    hall: TownHall
    clock: SharedClock
    slack: SlackStandIn
    lineworks: LineworksStandIn
    office: Mailroom
    given: dict[str, str]
    on: dict[str, str]  # each member's way: "slack", "lineworks" or "mail"
    members: list[Any]
    broken: FileFaults | ServerFaults = field(init=False)
    replicas: list[Replica] = field(default_factory=list)
    waited: Counter[str] = field(default_factory=Counter)  # for what, at the end, and how often

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

    # -- people -----------------------------------------------------------------------------------

    def press(self, replica: Replica, member_id: str, verb: str, subject: str, item: str) -> bool:
        """Somebody presses a button in a message, in Slack or LINE WORKS; whether it was taken in.
        Raises what comes of a process that is gone."""
        way = self.on[member_id]
        tokens = Tokens(self.hall.database.keys.web)
        token = tokens.seal(PURPOSES[way], {"v": verb, "s": subject, "i": item})
        return {SLACK: self._in_slack, LINEWORKS: self._in_lineworks}[way](
            replica, member_id, token
        )

    def slack_person(self, replica: Replica, member_id: str) -> Person:
        endpoint = SignedHttp(replica.url, self.slack.signing_secret)
        return self.slack.person(f"U{member_id}", endpoint)

    def _in_slack(self, replica: Replica, member_id: str, token: str) -> bool:
        person = self.slack_person(replica, member_id)
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

    def was_told_that_it_is_not_done(self, member_id: str) -> bool:
        """Whether this person read that what they did could not be stored, or was not done."""
        keys = [f"page.trouble.{code}" for code in CODES]
        keys += ["put_off.too_old", "slack.broken", "lineworks_app.broken"]
        said = self._said_to(member_id)
        return any(TEXTS.say(key) in said for key in keys)

    def _said_to(self, member_id: str) -> str:
        match self.on.get(member_id):
            case "slack":
                person = self.slack.person(
                    f"U{member_id}", SignedHttp("", self.slack.signing_secret)
                )
                shown: list[Any] = [*person.ephemerals(), *person.messages(), person.screen_text()]
            case "lineworks":
                shown = [one.content for one in self.lineworks.messages(f"u{member_id}")]
            case _:
                shown = []
        return json.dumps(shown, ensure_ascii=False)

    # -- the end ----------------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        """No fault any more, a fresh replica beside whoever lives, and time until nothing waits."""
        self.slack.mend()
        self.lineworks.mend()
        self.office.calm()
        self.broken.works()
        while not self.start():
            pass
        until = self.clock.at + AT_REST_WITHIN
        while True:
            self.all_at_once("idle")
            self.all_at_once("tick")
            due, of = self._next_due()
            if due is None or due > until:
                return
            self.waited[of] += 1
            # What is due within the next moments is taken together: it is the same a little later.
            self.at(max(due, self.clock.at) + TOGETHER)

    def _next_due(self) -> tuple[datetime | None, str]:
        """When the next of what has begun to be sent, drawn or worked off is due, and what it
        is."""
        found: list[tuple[datetime, str]] = []
        with self.hall.database.engine.connect() as connection:
            for query in (
                "SELECT try_at, via || ' ' || key || ' ' || state FROM outbox"
                " WHERE state IN ('waiting', 'sending')",
                # A card that counts is looked at every few minutes, for as long as it stands.
                "SELECT try_at, platform || ' ' || kind FROM posts"
                " WHERE try_at IS NOT NULL AND matter NOT LIKE 'many_reminders:%'",
                "SELECT try_at, platform || ' callback' FROM callbacks WHERE try_at IS NOT NULL",
            ):
                for at, what in connection.execute(text(f"{query} ORDER BY try_at LIMIT 1")):
                    there = at if isinstance(at, datetime) else datetime.fromisoformat(at)
                    found.append((there if there.tzinfo else there.replace(tzinfo=TOKYO), what))
        return min(found, default=(None, ""))

    def standing(self) -> list[tuple[Any, ...]]:
        """What became of what came in and goes out, in figures, for a failing test."""
        queries = (
            "SELECT via, state, error, count(*) FROM outbox GROUP BY via, state, error",
            "SELECT sender, answered, attempts, error, try_at FROM callbacks",
        )
        with self.hall.database.engine.connect() as connection:
            return [tuple(row) for query in queries for row in connection.execute(text(query))]


@contextmanager
def chaos_town(
    copied: TownHall, folder: Path, dice: Random, server: PostgresServer | None = None
) -> Iterator[ChaosTown]:
    """A town over this copy of the mould; a third of its members are in each of the ways."""
    clock = SharedClock()
    database = copied.database
    hall = TownHall(Desk(database.open, clock, FORMS, holiday_name), database, clock)  # type: ignore[arg-type]
    with ExitStack() as stack:
        slack = stack.enter_context(SlackStandIn(clock.now))
        lineworks = stack.enter_context(LineworksStandIn(clock.now))
        office = Mailroom()
        mail_port = stack.enter_context(mail_office(office, None))
        with hall.database.open() as unit:
            today = hall.desk.now().date()
            members = [m for m in unit.directory.members() if m.is_active(today)]
        on = _ways(hall, members, slack, lineworks)
        url = database.engine.url.render_as_string(hide_password=False)
        relay = stack.enter_context(relayed(server)) if server else None
        if relay:
            url = relay.url(database.engine.url.database or "")
        given = {
            **given_for(lineworks, folder),
            "LINEWORKS_API_ADDRESS": lineworks.api,
            "LINEWORKS_AUTH_ADDRESS": lineworks.token_url.removesuffix("/token"),
            "SLACK_API_ADDRESS": slack.api,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_COORDINATORS_CHANNEL": CHANNEL,
            "DATABASE_URL": url,
            "KEYS_FILE": str(folder / "keys.json"),
            "DATA_FOLDER": str(folder),
            "SMTP_URL": f"smtp://127.0.0.1:{mail_port}?starttls=no",
            "MAIL_FROM": "bot@town.example.jp",
            **TOWN_SETTINGS,
        }
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE about SET value = 'town' WHERE name = 'kind'"))
        town = ChaosTown(hall, clock, slack, lineworks, office, given, on, members)
        if server and relay:
            town.broken = ServerFaults(server, relay, database.engine, dice)
        else:
            path = str(database.engine.url.database)
            town.broken = FileFaults(path, town.all_at_once, dice)
        try:
            yield town
        finally:
            town.stop()
            town.broken.close()


def _ways(
    hall: TownHall, members: list[Any], slack: SlackStandIn, lineworks: LineworksStandIn
) -> dict[str, str]:
    """Everybody gets an account somewhere, or has mail alone."""
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
