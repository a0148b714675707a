"""What stands on chat platforms, on both databases: claimed once, no move of its matter is lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from storage.posts import LEASE
from storage.tables import posts
from tests.support.clock import START
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.core.ports import GONE, ClaimedPost, Post
from workflows.model.notice import Notice
from workflows.restore.restored import RecordRestored

SLACK = "slack"
CARD = Post(
    id="p1",
    platform=SLACK,
    kind="notice",
    place="D1",
    member_id="M26",
    matter="reply:1",
    created_at=START,
    external_id="1.1",
    case_id="c1",
    notice=Notice("n1", "referral_asked", "M26", "", {"number": "R8-0001"}, "c1"),
    shown="looks so",
)
BOARD = replace(CARD, id="p2", kind="board", external_id="", notice=None, member_id="", shown="")


def put(hall: TownHall, *wanted: Post) -> None:
    with hall.database.open() as unit:
        for post in wanted:
            unit.posts.put(post)
        unit.commit()


def claim(hall: TownHall, at: datetime = START, worker: str = "w") -> ClaimedPost | None:
    with hall.database.open() as unit:
        found = unit.posts.claim(at, worker, SLACK)
        unit.commit()
    return found


def claimed(hall: TownHall, at: datetime = START, worker: str = "w") -> ClaimedPost:
    found = claim(hall, at, worker)
    assert found is not None
    return found


def drawn(hall: TownHall, one: ClaimedPost, worker: str = "w", **how: object) -> bool:
    with hall.database.open() as unit:
        kept = unit.posts.drawn(replace(one.post, **how), worker, one.moves, START)  # type: ignore[arg-type]
        unit.commit()
    return kept


def move(
    hall: TownHall, *subjects: str, at: datetime = START, readers: tuple[str, ...] = ()
) -> None:
    with hall.database.open() as unit:
        unit.posts.stale(at, subjects=subjects, readers=readers)
        unit.commit()


def get(hall: TownHall, post_id: str = "p1") -> Post | None:
    with hall.database.open() as unit:
        return unit.posts.get(post_id)


def test_a_card_is_kept_as_it_was_put(any_hall: TownHall) -> None:
    """With its notice, sealed; and it is found by what is known of it."""
    put(any_hall, CARD)
    assert get(any_hall) == CARD
    with any_hall.database.open() as unit:
        assert unit.posts.find(SLACK, place="D1", external_id="1.1") == [CARD]
        assert unit.posts.find(SLACK, kind="board") == []
    with any_hall.database.engine.connect() as connection:
        (row,) = connection.execute(posts.select()).all()
    assert "R8-0001" not in str(row)


def test_what_moved_is_due_once_and_then_no_more(any_hall: TownHall) -> None:
    put(any_hall, CARD)
    assert drawn(any_hall, claimed(any_hall))
    assert claim(any_hall) is None
    move(any_hall, "another case")
    assert claim(any_hall) is None
    move(any_hall, "c1")
    one = claimed(any_hall)
    assert claim(any_hall, worker="another") is None, "leased"
    assert drawn(any_hall, one, shown="looks otherwise")
    kept = get(any_hall)
    assert kept is not None
    assert kept.shown == "looks otherwise"
    assert claim(any_hall) is None


def test_a_move_during_the_drawing_is_not_lost(any_hall: TownHall) -> None:
    """Even at the same instant: what was drawn is kept, and it is due again at once."""
    put(any_hall, CARD)
    one = claimed(any_hall)
    move(any_hall, "c1")
    assert claim(any_hall, worker="another") is None, "an older drawing would land upon a newer one"
    assert drawn(any_hall, one, shown="half old")
    assert claimed(any_hall).post.shown == "half old"


def test_a_worker_that_died_is_followed_by_another_and_its_own_word_counts_no_more(
    any_hall: TownHall,
) -> None:
    put(any_hall, CARD)
    first = claimed(any_hall)
    again = claimed(any_hall, START + LEASE, "another")
    assert (first.attempt, again.attempt) == (1, 2)
    assert not drawn(any_hall, first, shown="too late")
    assert drawn(any_hall, again, "another", shown="in time")


def test_many_workers_at_once_take_each_card_once(any_hall: TownHall) -> None:
    """Thirty cards and four workers: each is drawn by one."""
    names = [f"p{n}" for n in range(30)]
    put(any_hall, *[replace(CARD, id=name, matter=name) for name in names])

    def work(worker: str) -> list[str]:
        found = [claim(any_hall, worker=worker) for _ in range(40)]
        return [one.post.id for one in found if one]

    with ThreadPoolExecutor(4) as pool:
        taken = [name for took in pool.map(work, ["w1", "w2", "w3", "w4"]) for name in took]
    assert sorted(taken) == sorted(names)


def test_what_waits_is_drawn_earlier_when_it_moves_again(any_hall: TownHall) -> None:
    """Put off for an hour, or until it moves: the move makes it due."""
    put(any_hall, CARD)
    for wait in (START + timedelta(hours=1), None):
        one = claimed(any_hall)
        with any_hall.database.open() as unit:
            unit.posts.later(one.post.id, "w", wait, "busy", counted=False)
            unit.commit()
        assert claim(any_hall) is None
        move(any_hall, "c1")
    assert claimed(any_hall).attempt == 1


def test_what_may_have_been_put_up_is_remembered_as_that(any_hall: TownHall) -> None:
    """A board whose first attempt ended nobody knows how: the next one is the second."""
    put(any_hall, BOARD)
    one = claimed(any_hall)
    with any_hall.database.open() as unit:
        unit.posts.later(one.post.id, "w", START, "no_answer", counted=True)
        unit.commit()
    move(any_hall, "c1")
    assert claimed(any_hall).attempt == 2


def test_of_one_matter_only_the_newest_card_is_live(any_hall: TownHall) -> None:
    """The older one is over and drawn as that; another reader's card is not touched."""
    other = replace(CARD, id="p3", member_id="M30")
    put(any_hall, CARD, other)
    while (one := claim(any_hall)) is not None:
        assert drawn(any_hall, one)
    put(any_hall, replace(CARD, id="p4", external_id="1.4"))
    over = {}
    while (one := claim(any_hall)) is not None:
        over[one.post.id] = one.post.over
        assert drawn(any_hall, one)
    assert over == {"p1": True, "p4": False}
    kept = get(any_hall)
    assert kept is not None
    assert kept.notice is None, "nothing is drawn from it any more"
    move(any_hall, "c1")
    assert claimed(any_hall).post.id != "p1"


def test_a_reader_s_home_page_moves_with_what_is_delivered_to_them(any_hall: TownHall) -> None:
    home = replace(
        CARD, id="h", kind="home", place="U26", external_id="", notice=None, case_id=None
    )
    put(any_hall, CARD, home)
    while (one := claim(any_hall)) is not None:
        assert drawn(any_hall, one)
    move(any_hall, readers=("M26",))
    assert claimed(any_hall).post.id == "h"
    assert claim(any_hall) is None


def test_after_a_restore_nothing_is_put_up_a_second_time(any_hall: TownHall) -> None:
    """A board that was not there yet waits until its case moves, and is looked for then; what
    stands there is drawn anew, start pages too, whatever it looked like in the backup."""
    put(any_hall, CARD, BOARD)
    assert drawn(any_hall, claimed(any_hall))  # the card; the board waits
    home = replace(CARD, id="h", kind="home", place="U26", external_id="", notice=None)
    with any_hall.database.open() as unit:
        unit.posts.put(replace(home, case_id=None, matter="A14", shown="as in the backup"))
        unit.commit()
    with any_hall.database.open() as unit:
        unit.posts.hold(START)
        unit.commit()
    for waits in ("h", "p1"):
        again = claimed(any_hall)
        assert (again.post.id, again.post.shown) == (waits, "")
        assert drawn(any_hall, again)
    assert claim(any_hall, START + timedelta(days=9)) is None
    move(any_hall, "c1")
    due = [claimed(any_hall), claimed(any_hall)]
    assert {(one.post.id, one.attempt) for one in due} == {("p1", 1), ("p2", 2)}


def test_what_was_disposed_of_is_taken_away_and_nothing_is_known_of_it(any_hall: TownHall) -> None:
    """Cards that stand there wait to be removed; what does not stand there is forgotten."""
    home = replace(CARD, id="h", kind="home", place="U26", external_id="", notice=None)
    other = replace(CARD, id="p9", case_id="c2", matter="reply:2")
    put(any_hall, CARD, BOARD, home, other)
    with any_hall.database.open() as unit:
        unit.purge.notices_of_case("c1", START)
        unit.commit()
    kept = get(any_hall)
    assert kept is not None
    assert (kept.kind, kept.case_id, kept.notice, kept.matter) == (GONE, None, None, "")
    assert (kept.place, kept.external_id) == ("D1", "1.1"), "where it is to be removed"
    assert get(any_hall, "p2") is None
    assert get(any_hall, "p9") == other


def test_who_left_leaves_no_account_and_no_card(any_hall: TownHall) -> None:
    put(any_hall, CARD, replace(CARD, id="p3", member_id="M30"))
    with any_hall.database.open() as unit:
        unit.purge.chats_of(["M26"], START)
        unit.commit()
    kept = get(any_hall)
    assert kept is not None
    assert (kept.kind, kept.member_id) == (GONE, "")
    other = get(any_hall, "p3")
    assert other is not None
    assert other.kind == "notice"


def test_only_old_cards_that_are_over_are_swept(any_hall: TownHall) -> None:
    """A live one is kept up to date however old it is."""
    put(any_hall, CARD, replace(CARD, id="p4", matter="m", over=True))
    with any_hall.database.open() as unit:
        assert unit.purge.old_posts(START) == 0
        assert unit.purge.old_posts(START + timedelta(seconds=1)) == 1
        unit.commit()
    assert get(any_hall) == CARD
    assert get(any_hall, "p4") is None


def test_presses_of_long_ago_are_swept(any_hall: TownHall) -> None:
    """How far along a row of presses is, is forgotten with the events that came in then."""
    with any_hall.database.open() as unit:
        assert unit.advance_stream("dates:m1:A14:s1", "2.0", START)
        assert not unit.advance_stream("dates:m1:A14:s1", "1.0", START)
        later = START + timedelta(seconds=1)
        assert unit.purge.old_events(later, slack_before=later) >= 1
        assert unit.advance_stream("dates:m1:A14:s1", "1.0", START)


def test_after_a_restore_nothing_is_posted_a_second_time(any_hall: TownHall) -> None:
    """What was not there yet may be by now; what stands there is drawn anew, in its place."""
    put(any_hall, CARD, BOARD)
    assert any_hall.desk.handle(RecordRestored(any_hall.desk.now()), Caller.CONSOLE) == 0
    at = any_hall.desk.now() + timedelta(days=1)
    assert claimed(any_hall, at).post.id == CARD.id
    assert claim(any_hall, at) is None
