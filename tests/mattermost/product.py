"""The fictional town with Mattermost: the real product on one side, the stand-in on the other.

    def test_…(mattermost_town: MattermostTown) -> None:
        case_id = mattermost_town.open_case("A13")      # any deed of tests/support/hands.py
        mattermost_town.tick()                          # notices go out, cards are drawn anew
        lead = mattermost_town.person("M21")            # in their Mattermost: person.py
        lead.press("返信する")

Every active member has an account (M21 is mmM21, with the member's e-mail address) and is linked;
`mattermost_town.mattermost` is the stand-in itself, `mattermost_town.clock.move(days=1)` moves both
sides' time. With `mattermost_town_with(linked=False)` everybody is in Mattermost, nobody linked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from handlers.chat.platform import ChatServices
from handlers.clock.ticks import Ticks
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mattermost.door import MATTERMOST, PRESS, PRESS_PATH
from handlers.mattermost.runtime import MattermostRuntime
from handlers.settings import Settings, load_settings
from handlers.web.door import EXTENSION
from handlers.words.texts import Texts
from tests.mattermost.outgoing import Outgoing
from tests.mattermost.person import Person
from tests.mattermost.server import StandIn
from tests.support.chat_town import SECRET, ChatTown, active_members, page_of
from tests.support.one_press import assert_one_press_is_one_command
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, TOWN, TOWN_SETTINGS, web_app
from workflows.desk import Desk


def user_of(member_id: str) -> str:
    """The Mattermost user that a member is."""
    return MattermostTown.prefix + member_id


@dataclass
class MattermostTown(ChatTown):
    """The town's hands, and what speaks with Mattermost."""

    platform = MATTERMOST
    prefix = "mm"

    part: MattermostRuntime
    mattermost: StandIn
    outgoing: Outgoing
    _people: dict[str, Person] = field(default_factory=dict)

    def person(self, member_id: str) -> Person:
        """This member in their Mattermost; the same screen whenever it is asked for."""
        if member_id not in self._people:
            self._people[member_id] = self.mattermost.person(user_of(member_id), self.outgoing)
        return self._people[member_id]

    def token(self, person: Person, verb: str, subject: str = "", item: str = "") -> str:
        """What a button with this verb carries that this person reads."""
        facts = {"v": verb, "s": subject, "i": item}
        return self.part.door.sealed(PRESS, person.id, facts)

    def press(self, person: Person, verb: str, subject: str = "", item: str = "") -> None:
        """A button with this verb, wherever it may have stood, pressed by this person."""
        person.event(TOWN + PRESS_PATH, {"token": self.token(person, verb, subject, item)})


def settings_for(mattermost: StandIn, **more: str) -> tuple[Settings, dict[str, str]]:
    """A real town's settings, whose Mattermost is the stand-in; and the same by their names."""
    given = {
        **TOWN_SETTINGS,
        "MATTERMOST_URL": mattermost.url,
        "MATTERMOST_TOKEN": mattermost.token,
        "MATTERMOST_COMMAND_TOKEN": mattermost.command_token,
        **more,
    }
    return load_settings(Path("/nowhere"), given), given


@contextmanager
def mattermost_product(
    hall: TownHall, *, linked: bool = True, desk: Desk | None = None, **more: str
) -> Iterator[MattermostTown]:
    """The product over this town and a stand-in for Mattermost, until the block ends.

    `desk` is one that other ways in have already, where Mattermost is not the only one.
    """
    town: MattermostTown | None = None

    def settle() -> None:
        if town:
            town.settle()

    with StandIn(hall.clock.now, settle) as mattermost:
        for member in active_members(hall):
            mattermost.add_user(user_of(member.id), member.name, email=member.email)
        settings, given = settings_for(mattermost, **more)
        texts = Texts(settings.town_folder) if settings.town_folder else TEXTS
        desk = desk or Desk(hall.database.open, hall.clock, FORMS, holiday_name)
        part = _part(hall, desk, texts, settings)
        part.door.outgoing.pace.room = 1_000  # a story on a clock that stands
        ways = {MATTERMOST: part.channel}
        delivery = OutboxSender(hall.database.open, desk, texts, Inbox([MATTERMOST]), ways)
        app = web_app(TownHall(desk, hall.database, hall.clock), town=True, **given)
        part.mount(app)
        app.extensions[EXTENSION].chats = lambda: {MATTERMOST: part.health()}
        town = MattermostTown(
            desk=desk,
            database=hall.database,
            clock=hall.clock,
            mattermost=mattermost,
            settings=settings,
            part=part,
            delivery=delivery,
            ticks=Ticks(desk, delivery, more=part.background_jobs),
            app=app,
            outgoing=mattermost.outgoing(app),
        )
        if linked:
            town.link(*(member.id for member in active_members(hall)))
        try:
            yield town
            assert_one_press_is_one_command(hall.database, MATTERMOST)
        finally:
            part.stop()


MattermostTownWith = Callable[..., MattermostTown]


def _part(hall: TownHall, desk: Desk, texts: Texts, settings: Settings) -> MattermostRuntime:
    assert settings.mattermost is not None
    services = ChatServices(
        desk=desk,
        texts=texts,
        forms=FORMS,
        settings=settings,
        secret=SECRET,
        page_of=page_of(settings),
        database=hall.database,
    )
    return MattermostRuntime(services, settings.mattermost)
