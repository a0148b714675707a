"""The fictional town with Slack: the real product on one side, the stand-in's servers on the other.

    def test_…(slack_town: SlackTown) -> None:
        case_id = slack_town.open_case("A14")          # any deed of tests/support/hands.py
        slack_town.tick()                              # notices go out, what is old is drawn anew
        lead = slack_town.person("M26")                # at Slack's own screen: person.py
        lead.press("返信する")
        slack_town.web("M26").text("/cases/…")         # the same member on the pages

Every active member is a user of Slack (M26 is UM26, with the member's e-mail address) and linked;
`slack_town.slack` is the stand-in itself (`.calls`, `.messages(CHANNEL)`, faults), CHANNEL the
coordinators' private channel, `slack_town.clock.move(days=1)` moves both sides' time. A test that
needs other settings asks for `slack_town_with(PERSONAL_DATA_IN_SLACK="no")`; with
`linked=False` everybody is in Slack and nobody is linked, with `socket=True` people come in over
Socket Mode. `connected=False` is the moment before the bot has asked Slack for anything.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from handlers.chat.platform import ChatServices
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.settings import Settings, load_settings
from handlers.slack.door import SLACK
from handlers.slack.manifest import PATH
from handlers.slack.platform import SlackPlatform
from handlers.slack.runtime import SlackRuntime
from handlers.web.door import EXTENSION
from handlers.words.texts import Texts
from tests.slack.endpoints import Endpoint, SignedHttp
from tests.slack.limits import Json
from tests.slack.person import Person
from tests.slack.server import StandIn
from tests.slack.socket_mode import SocketMode
from tests.support.chat_town import SECRET, ChatTown, active_members, page_of
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, TOWN_SETTINGS, web_app
from workflows.desk import Desk

CHANNEL = "C0RENKEI"


boards_of = SlackPlatform().boards


def user_of(member_id: str) -> str:
    """The Slack user that a member is."""
    return SlackTown.prefix + member_id


@dataclass
class SlackTown(ChatTown):
    """The town's hands, and what speaks with Slack."""

    platform = SLACK
    prefix = "U"

    part: SlackRuntime
    slack: StandIn
    endpoint: Endpoint
    _people: dict[str, Person] = field(default_factory=dict)

    def person(self, member_id: str) -> Person:
        """This member at Slack's screen; the same screen whenever it is asked for."""
        if member_id not in self._people:
            self._people[member_id] = self.slack.person(user_of(member_id), self.endpoint)
        return self._people[member_id]

    def press(self, person: Person, verb: str, subject: str = "", item: str = "") -> None:
        """A button with this verb, wherever it may have stood, pressed by this person."""
        button: Json = {
            "type": "button",
            "text": {"type": "plain_text", "text": verb},
            "action_id": verb,
            "value": self.part.door.token(verb, subject, item),
        }
        block: Json = {"type": "actions", "block_id": "b", "elements": [button]}
        message = self.slack.world.post(self.slack.world.dm(person.id), {"blocks": [block]})
        person.press(verb, in_={**message, "channel": person.dm_id})


def settings_for(slack: StandIn, *, socket: bool = False, **more: str) -> Settings:
    """A real town's settings, whose Slack is the stand-in."""
    given = {
        **TOWN_SETTINGS,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_COORDINATORS_CHANNEL": CHANNEL,
        "SLACK_WORKERS": "8",
        "SLACK_API_ADDRESS": slack.api,
        **({"SLACK_APP_TOKEN": slack.app_token} if socket else {}),
        **more,
    }
    return load_settings(Path("/nowhere"), given)


@contextmanager
def slack_product(
    hall: TownHall,
    *,
    linked: bool = True,
    socket: bool = False,
    connected: bool = True,
    **more: str,
) -> Iterator[SlackTown]:
    """The product over this town and a stand-in for Slack, until the block ends."""
    town: SlackTown | None = None
    with StandIn(hall.clock.now, lambda: town.settle() if town else None) as slack:
        _people(hall, slack)
        settings = settings_for(slack, socket=socket, **more)
        texts = Texts(settings.town_folder) if settings.town_folder else TEXTS
        desk = Desk(hall.database.open, hall.clock, FORMS, holiday_name, boards_of(settings))
        part = _part(hall, desk, texts, settings)
        part.door.outgoing.pace.room = slack.rates.burst  # a story on a clock that stands
        delivery = OutboxSender(
            hall.database.open, desk, texts, Inbox([SLACK]), {SLACK: part.channel}
        )
        there = TownHall(desk, hall.database, hall.clock)
        signing = {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_SIGNING_SECRET": slack.signing_secret}
        app = web_app(there, town=True, **signing, **more)
        part.mount(app)
        app.extensions[EXTENSION].chats = lambda: {SLACK: part.health()}
        town = SlackTown(
            desk=desk,
            database=hall.database,
            clock=hall.clock,
            slack=slack,
            settings=settings,
            part=part,
            delivery=delivery,
            ticks=Ticks(desk, delivery, more=part.background_jobs),
            app=app,
            endpoint=SocketMode(slack)
            if socket
            else SignedHttp(app, slack.signing_secret, path=PATH),
        )
        if linked:
            town.link(*(member.id for member in active_members(hall)))
        try:
            if connected:
                part.look()  # what its watch does every few seconds: who we are, the connection
            yield town
        finally:
            part.stop()
            if isinstance(town.endpoint, SocketMode):
                town.endpoint.close()


SlackTownWith = Callable[..., SlackTown]


@contextmanager
def another_process(town: SlackTown) -> Iterator[tuple[SignedHttp, SlackRuntime]]:
    """The same product once more over the same database: its way in, and its part for Slack."""
    hall = town.another_desk()
    boards = boards_of(town.settings)
    desk = Desk(hall.database.open, hall.clock, FORMS, holiday_name, boards)
    part = _part(hall, desk, TEXTS, town.settings)
    app = web_app(TownHall(desk, hall.database, hall.clock), town=True)
    part.mount(app)
    try:
        yield SignedHttp(app, town.slack.signing_secret, path=PATH), part
    finally:
        part.stop()
        hall.database.close()


def _part(hall: TownHall, desk: Desk, texts: Texts, settings: Settings) -> SlackRuntime:
    assert settings.slack is not None
    services = ChatServices(
        desk=desk,
        texts=texts,
        forms=FORMS,
        settings=settings,
        secret=SECRET,
        page_of=page_of(settings),
        database=hall.database,
    )
    return SlackRuntime(services, settings.slack)


def _people(hall: TownHall, slack: StandIn) -> None:
    """Every active member with an account, and the coordinators' channel."""
    members = active_members(hall)
    for member in members:
        slack.add_user(user_of(member.id), member.id.lower(), member.name, email=member.email)
    inside = [user_of(m.id) for m in members if "coordinator" in m.roles]
    slack.add_channel(CHANNEL, "renkei", members=inside, private=True)
