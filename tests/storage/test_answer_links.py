"""Ways in from mails, on both databases: kept, found, taken back, and swept with their subject."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.support.backups import back_up, restore, town_at
from tests.support.clock import START
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.core.ports import AnswerLink
from workflows.outside.answer_links import AnswerLinkState, GetAnswerTarget, MakeAnswerLink

POLL = AnswerLink("l1", ELDERLY, "A14", START, START + timedelta(days=90), meeting_id="m1")
COLLEAGUES = replace(POLL, id="l2", member_id="M27", made_at=START + timedelta(hours=1))
OTHERS = replace(POLL, id="l3", member_id=COORDINATOR, agency_id="A13")
REPLY = replace(POLL, id="l4", meeting_id=None, case_id="c1", item="r1")
ALL = (POLL, COLLEAGUES, OTHERS, REPLY)


def keep(hall: TownHall, *links: AnswerLink) -> None:
    with hall.database.open() as unit:
        for link in links:
            unit.answer_links.add(link)
        unit.commit()


def left(hall: TownHall) -> set[str]:
    with hall.database.open() as unit:
        return {one.id for one in ALL if unit.answer_links.get(one.id)}


def test_a_link_comes_back_as_it_was_put_in(any_hall: TownHall) -> None:
    keep(any_hall, *ALL)
    with any_hall.database.open() as unit:
        assert [unit.answer_links.get(one.id) for one in ALL] == list(ALL)
        assert unit.answer_links.get("l9") is None


def test_those_to_one_thing_are_found_and_no_others(any_hall: TownHall) -> None:
    """Of one agency or of all; the oldest first; a poll's are not a referral's, nor another's."""
    another_poll = replace(POLL, id="l5", meeting_id="m2")
    keep(any_hall, *ALL, another_poll, replace(REPLY, id="l6", case_id="c2"))
    with any_hall.database.open() as unit:
        find = unit.answer_links.good
        assert find(START, meeting_id="m1", agency_id="A14") == [POLL, COLLEAGUES]
        assert {one.id for one in find(START, meeting_id="m1")} == {"l1", "l2", "l3"}
        assert find(START, case_id="c1", item="r1") == [REPLY]
        assert find(START, case_id="c1", item="r2") == find(START, case_id="c1") == []
        assert find(POLL.expires_at - timedelta(seconds=1), meeting_id="m1", agency_id="A13")
        assert find(POLL.expires_at, meeting_id="m1") == []


def test_a_link_is_taken_back_once(any_hall: TownHall) -> None:
    """It stays written when; a second time does not move that."""
    keep(any_hall, *ALL)
    with any_hall.database.open() as unit:
        unit.answer_links.revoke([], START)
        unit.answer_links.revoke(["l1"], START)
        unit.answer_links.revoke(["l1", "l2"], START + timedelta(days=1))
        assert unit.answer_links.get("l1") == replace(POLL, revoked_at=START)
        assert unit.answer_links.good(START, meeting_id="m1") == [OTHERS]


def test_the_broom_takes_them_with_what_they_lead_to(any_hall: TownHall) -> None:
    """A case, a meeting or a person that goes takes its own links along, and no others."""
    keep(any_hall, *ALL)
    with any_hall.database.open() as unit:
        unit.purge.notices_of_case("c1", START)
        unit.commit()
    assert left(any_hall) == {"l1", "l2", "l3"}
    with any_hall.database.open() as unit:
        unit.purge.chats_of([COORDINATOR], START)
        unit.commit()
    assert left(any_hall) == {"l1", "l2"}
    with any_hall.database.open() as unit:
        unit.purge.notices_of_meeting("m1", START)
        unit.commit()
    assert left(any_hall) == set()


def test_old_links_are_swept_and_good_ones_stay(any_hall: TownHall) -> None:
    """Those that ended, and those taken back, before that day."""
    keep(any_hall, POLL, replace(COLLEAGUES, revoked_at=START), OTHERS)
    with any_hall.database.open() as unit:
        assert unit.purge.old_sign_ins(START) == 0
        assert unit.purge.old_sign_ins(START + timedelta(seconds=1)) == 1
        unit.commit()
    assert left(any_hall) == {"l1", "l3"}
    with any_hall.database.open() as unit:
        assert unit.purge.old_sign_ins(POLL.expires_at + timedelta(seconds=1)) == 2


def test_all_are_taken_back_at_once(any_hall: TownHall) -> None:
    """Those that ended or were taken back before stay as they were."""
    over = replace(OTHERS, expires_at=START)
    keep(any_hall, POLL, replace(COLLEAGUES, revoked_at=START), over, REPLY)
    later = START + timedelta(days=1)
    with any_hall.database.open() as unit:
        assert unit.answer_links.revoke_all(later) == 2
        assert unit.answer_links.revoke_all(later) == 0
        got = [unit.answer_links.get(one.id) for one in ALL]
    assert [one.revoked_at for one in got if one] == [later, START, None, later]


def test_no_link_from_before_works_after_a_restore(any_hall: TownHall, tmp_path: Path) -> None:
    """What was taken back between the backup and the loss would be open again. The trail says how
    many were shut, and the next mail brings a new one."""
    keep(any_hall, POLL, replace(COLLEAGUES, revoked_at=START), REPLY)
    back_up(any_hall, tmp_path / "town.backup")
    url = f"sqlite:///{tmp_path / 'again.db'}"
    restore(any_hall, url, tmp_path / "town.backup")
    again = town_at(any_hall, url)
    with again.database.open() as unit:
        assert unit.answer_links.good(START, meeting_id="m1") == []
        (row,) = unit.events.of_kinds(("restored",), START - timedelta(days=1))
    assert row.facts is not None
    assert row.facts["links"] == 2
    for one in ALL[:2]:
        assert again.desk.ask(GetAnswerTarget(one.id), Caller.DOOR).state is AnswerLinkState.REVOKED
    assert again.desk.handle(MakeAnswerLink(ELDERLY, poll="m1"), Caller.CLOCK) != POLL.id
    again.database.close()
