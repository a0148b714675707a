"""The fictional town with LINE WORKS: the real product on one side, the stand-in on the other.

    def test_…(lineworks_town: LineworksTown) -> None:
        case_id = lineworks_town.open_case("A13")      # any deed of tests/support/hands.py
        lineworks_town.tick()                          # notices go out
        lead = lineworks_town.person("M21")            # in their LINE WORKS: person.py
        lead.press("返信する")
        lineworks_town.web("M21").text("/cases/…")     # the same member on the pages

Every active member has an account (M21 is uM21, with the member's e-mail address) and is linked;
`lineworks_town.lineworks` is the stand-in itself (`.calls`, `.messages("uM21")`, faults),
`lineworks_town.clock.move(days=1)` moves both sides' time. A test that needs other settings asks
for `lineworks_town_with(LINEWORKS_CALENDAR="yes")`; with `linked=False` everybody is in LINE WORKS
and nobody is linked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from handlers.chat.platform import ChatServices
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.lineworks.door import LINEWORKS
from handlers.lineworks.runtime import LineworksRuntime
from handlers.settings import Settings, load_settings
from handlers.web.door import EXTENSION
from handlers.words.texts import Texts
from tests.lineworks.callbacks import Callback
from tests.lineworks.person import Person
from tests.lineworks.server import StandIn
from tests.support.chat_town import SECRET, ChatTown, active_members, page_of
from tests.support.one_press import assert_one_press_is_one_command
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, TOWN_SETTINGS, web_app
from workflows.desk import Desk


def user_of(member_id: str) -> str:
    """The LINE WORKS user that a member is."""
    return LineworksTown.prefix + member_id


@dataclass
class LineworksTown(ChatTown):
    """The town's hands, and what speaks with LINE WORKS."""

    platform = LINEWORKS
    prefix = "u"

    part: LineworksRuntime
    lineworks: StandIn
    endpoint: Callback
    _people: dict[str, Person] = field(default_factory=dict)

    def person(self, member_id: str) -> Person:
        """This member in their LINE WORKS; the same screen whenever it is asked for."""
        if member_id not in self._people:
            self._people[member_id] = self.lineworks.person(user_of(member_id), self.endpoint)
        return self._people[member_id]

    def press(self, person: Person, verb: str, subject: str = "", item: str = "") -> None:
        """A button with this verb, wherever it may have stood, pressed by this person."""
        token = self.part.door.token(verb, subject, item)
        person.event(self.lineworks.world.event("postback", user=person.id, data=token))


def given_for(lineworks: StandIn, folder: Path, **more: str) -> dict[str, str]:
    """The settings of this stand-in by their names; its private key lies in `folder`."""
    key = folder / "lineworks.key"
    key.write_text(lineworks.tokens.private_key)
    return {
        **TOWN_SETTINGS,
        "LINEWORKS_BOT_ID": lineworks.bot_id,
        "LINEWORKS_BOT_SECRET": lineworks.bot_secret,
        "LINEWORKS_CLIENT_ID": lineworks.tokens.client_id,
        "LINEWORKS_CLIENT_SECRET": lineworks.tokens.client_secret,
        "LINEWORKS_SERVICE_ACCOUNT": lineworks.tokens.service_account,
        "LINEWORKS_PRIVATE_KEY_FILE": str(key),
        **more,
    }


def settings_for(lineworks: StandIn, given: dict[str, str]) -> Settings:
    """A real town's settings, whose LINE WORKS is the stand-in."""
    addresses = {
        "LINEWORKS_API_ADDRESS": lineworks.api,
        "LINEWORKS_AUTH_ADDRESS": lineworks.token_url.removesuffix("/token"),
    }
    return load_settings(Path("/nowhere"), given | addresses)


@contextmanager
def lineworks_product(
    hall: TownHall, *, linked: bool = True, desk: Desk | None = None, **more: str
) -> Iterator[LineworksTown]:
    """The product over this town and a stand-in for LINE WORKS, until the block ends.

    `desk` is one that other ways in have already, where LINE WORKS is not the only one.
    """
    town: LineworksTown | None = None

    def settle() -> None:
        if town:
            town.settle()

    with TemporaryDirectory() as folder, StandIn(hall.clock.now, settle) as lineworks:
        _people(hall, lineworks)
        given = given_for(lineworks, Path(folder), **more)
        settings = settings_for(lineworks, given)
        texts = Texts(settings.town_folder) if settings.town_folder else TEXTS
        desk = desk or Desk(hall.database.open, hall.clock, FORMS, holiday_name)
        part = _part(hall, desk, texts, settings)
        part.door.outgoing.pace.room = lineworks.rates.burst  # a story on a clock that stands
        ways = {LINEWORKS: part.channel}
        delivery = OutboxSender(hall.database.open, desk, texts, Inbox([LINEWORKS]), ways)
        app = web_app(TownHall(desk, hall.database, hall.clock), town=True, **given)
        part.mount(app)
        app.extensions[EXTENSION].chats = lambda: {LINEWORKS: part.health()}
        town = LineworksTown(
            desk=desk,
            database=hall.database,
            clock=hall.clock,
            lineworks=lineworks,
            settings=settings,
            part=part,
            delivery=delivery,
            ticks=Ticks(desk, delivery, more=part.background_jobs),
            app=app,
            endpoint=lineworks.callback(app),
        )
        if linked:
            town.link(*(member.id for member in active_members(hall)))
        try:
            yield town
            assert_one_press_is_one_command(hall.database, LINEWORKS)
        finally:
            part.stop()


LineworksTownWith = Callable[..., LineworksTown]


@contextmanager
def another_process(town: LineworksTown) -> Iterator[tuple[Callback, LineworksRuntime]]:
    """The same product once more over the same database: its way in, and its part."""
    hall = town.another_desk()
    desk = Desk(hall.database.open, hall.clock, FORMS, holiday_name)
    part = _part(hall, desk, TEXTS, town.settings)
    part.door.outgoing.pace.room = town.lineworks.rates.burst
    app = web_app(TownHall(desk, hall.database, hall.clock), town=True)
    part.mount(app)
    try:
        yield town.lineworks.callback(app), part
    finally:
        part.stop()
        hall.database.close()


def _part(hall: TownHall, desk: Desk, texts: Texts, settings: Settings) -> LineworksRuntime:
    assert settings.lineworks is not None
    services = ChatServices(
        desk=desk,
        texts=texts,
        forms=FORMS,
        settings=settings,
        secret=SECRET,
        page_of=page_of(settings),
        database=hall.database,
    )
    return LineworksRuntime(services, settings.lineworks)


def _people(hall: TownHall, lineworks: StandIn) -> None:
    """Every active member with an account."""
    for member in active_members(hall):
        lineworks.add_user(user_of(member.id), member.name, email=member.email)
