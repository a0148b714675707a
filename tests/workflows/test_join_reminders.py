"""After a stop, or on the morning of a full week, reminders come as one: nothing as a flood."""

from collections import Counter
from datetime import timedelta

from tests.support.hands import Hands
from tests.support.people import COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import TEXTS, Seat, ticks_of, web_app
from workflows.guard.mentions import RecordNames
from workflows.model.promise import PromiseKind
from workflows.promises.ladder import MANY_REMINDERS, REMINDERS
from workflows.reminders.combine import MOST_ONE_BY_ONE


def came(hall: TownHall, member_id: str, before: int) -> list[str]:
    """The keys of the reminders among what came into an inbox after the first so many."""
    items = Hands(hall.desk, hall.database).mail(member_id)
    return [
        i.notice.key
        for i in items[: len(items) - before]
        if i.notice.key in REMINDERS | {MANY_REMINDERS}
    ]


def test_after_a_month_without_a_server_each_hears_once_and_in_figures(any_hall: TownHall) -> None:
    """Forty cases wait for the same agency; nobody gets more than one card for what is stale."""
    hall, hands = any_hall, Hands(any_hall.desk, any_hall.database)
    for _ in range(40):
        hands.open_case("A14")
    ticks_of(hall).tick()
    had = len(hands.mail(ELDERLY))
    hall.clock.move(days=31)
    ticks = ticks_of(hall)
    ticks.tick()
    assert came(hall, ELDERLY, had) == [MANY_REMINDERS]
    (notice,) = [i.notice for i in hands.mail(ELDERLY) if i.notice.key == MANY_REMINDERS]
    card = TEXTS.card(notice)
    assert card.title == "期限の来た用件が40件あります"
    assert card.facts == (
        ("期限を過ぎたもの", "40件"),
        ("返信のお願い", "R8-0001、R8-0002、R8-0003ほか37件"),
    )
    assert [a.verb for a in card.actions] == ["inbox"]
    ticks.tick()
    assert came(hall, ELDERLY, had) == [MANY_REMINDERS], "a second tick says nothing more"
    # The rest of the ladder comes one an open day, and just so.
    for _ in range(5):
        hall.clock.move(days=1)
        ticks.tick()
    for member in (ELDERLY, COORDINATOR, MANAGER):
        told = Counter(came(hall, member, had if member == ELDERLY else 0))
        assert set(told) == {MANY_REMINDERS}, (member, told)
    assert "いま待っている用件<small>40件" in Seat(web_app(hall), ELDERLY).text("/")


def test_a_few_come_one_by_one_each_with_its_button(hall: TownHall) -> None:
    """Up to five are cards that can be answered where they stand."""
    hands = Hands(hall.desk, hall.database)
    for _ in range(MOST_ONE_BY_ONE):
        hands.open_case("A14")
    ticks_of(hall).tick()
    had = len(hands.mail(ELDERLY))
    hall.clock.move(days=31)
    ticks_of(hall).tick()
    assert came(hall, ELDERLY, had) == ["reply_reminder"] * MOST_ONE_BY_ONE


def test_what_was_done_meanwhile_and_what_is_urgent_is_not_among_them(hall: TownHall) -> None:
    """Reminders that waited for the morning: of nine, two were answered and one is an emergency."""
    hands = Hands(hall.desk, hall.database)
    first, second = (hands.open_case("A14") for _ in range(2))
    for _ in range(6):
        hands.open_case("A14")
    hands.open_case("A14", urgency="emergency")
    ticks_of(hall).tick()
    had = len(hands.mail(ELDERLY))
    hall.clock.move(days=31)
    hall.keep_promises()
    hands.reply(first, "A14", by="M27")
    hands.reply(second, "A14", by="M27")
    ticks_of(hall).tick()
    told = [i.notice for i in hands.mail(ELDERLY)[:-had]]
    (joined,) = [n for n in told if n.key == MANY_REMINDERS]
    waiting = [hall.case(c).number for c in hall.case_ids()][2:8]
    lines = joined.facts["lines"]
    assert isinstance(lines, list)
    assert [line[-1] for line in lines] == waiting
    gone = RecordNames(waiting[0], frozenset()).without_in_notice(
        joined
    )  # restricted, or disposed of
    assert gone is not None
    assert waiting[0] not in str(TEXTS.card(gone))
    assert "6件" in TEXTS.card(gone).title, "it counts what it counted"
    alone = [n for n in told if n.key == "reply_reminder"]
    assert alone
    assert all(n.urgent for n in alone)


def test_where_one_has_to_be_is_said_by_itself(hall: TownHall) -> None:
    """Seven meetings tomorrow: the card of each says when and where, and none is only counted."""
    hands = Hands(hall.desk, hall.database)
    for n in range(7):
        meeting_id = hands.convene(hands.open_case("A14"), days_ahead=(20,), starts=f"{9 + n}:00")
        hands.fix(meeting_id)
    had = len(hands.mail(ELDERLY))
    first = min(p.due_at for p in hands.promises() if p.kind is PromiseKind.MEETING_SOON)
    hall.clock.set(first - timedelta(hours=23))
    ticks_of(hall).tick()
    assert came(hall, ELDERLY, had).count("meeting_soon") == 7
