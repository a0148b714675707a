"""A restricted case that nobody reads is found every day, and given a reader by two people."""

import pytest

from tests.support.people import (
    ADMINISTRATOR,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.new_reader import (
    GetUnreadCases,
    ProposeReader,
    SettleReaderProposal,
    UnreadCase,
)
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.permissions import Caller
from workflows.digest.look import GetDigest
from workflows.maintenance.daily_chores import Chore, DoChore

WHY = "担当者が退職し、後任の方が引き継ぐため。"
SECOND_MANAGER = "M25"
COLLEAGUE = "M27"  # of A14, the lead agency


@pytest.fixture
def orphan(hall: TownHall) -> str:
    """As a document of an older version may be: the only one on its list has no part in it."""
    case_id = hall.open_case("A14", by="M24", hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.named_member_ids = [OUTSIDER]
        unit.commit()
    return case_id


def unread(hall: TownHall, by: str = MANAGER) -> tuple[UnreadCase, ...]:
    return hall.desk.ask(GetUnreadCases(), by)


def propose(hall: TownHall, case_id: str, by: str = MANAGER, who: str = COLLEAGUE) -> str:
    hall.desk.handle(ProposeReader(case_id, who, WHY), by)
    waiting = hall.case(case_id).reader_proposal
    assert waiting is not None
    return waiting.id


def settle(hall: TownHall, case_id: str, proposal: str, by: str, *, agrees: bool = True) -> None:
    hall.desk.handle(SettleReaderProposal(case_id, proposal, agrees), by)


def sees(hall: TownHall, case_id: str, member_id: str) -> bool:
    try:
        hall.desk.ask(GetCase(case_id), member_id)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize(("first", "second"), [(MANAGER, ADMINISTRATOR), (ADMINISTRATOR, MANAGER)])
def test_a_manager_and_an_administrator_name_a_reader_together(
    hall: TownHall, orphan: str, first: str, second: str
) -> None:
    """Whoever begins: nobody reads it before the second agrees, neither of the two ever does, the
    new reader is told, and both stand in the trail."""
    (line,) = unread(hall, first)
    assert (line.number, line.agency_name) == ("", hall.agency_name("A14"))
    offered = {who for who, _, _ in line.candidates}
    assert {COLLEAGUE, ELDERLY, COORDINATOR, OTHER_COORDINATOR} <= offered
    assert not {OUTSIDER, "M24", MANAGER, ADMINISTRATOR} & offered
    proposal = propose(hall, orphan, first)
    assert second in hall.told("reader_proposed")
    assert not sees(hall, orphan, COLLEAGUE)
    (line,) = unread(hall, second)
    assert line.proposed is not None
    assert line.proposed.may_agree
    assert line.proposed.reason == WHY
    settle(hall, orphan, proposal, second)
    assert sees(hall, orphan, COLLEAGUE)
    assert not sees(hall, orphan, first)
    assert not sees(hall, orphan, second)
    assert hall.told("member_named") == {COLLEAGUE}
    assert hall.told("reader_settled") == {first}
    assert unread(hall) == ()
    told = [(e.kind, e.actor_id) for e in hall.events(orphan) if e.kind.startswith("reader_")]
    assert told == [("reader_proposed", first), ("reader_agreed", second)]
    assert WHY not in str([e.facts for e in hall.events(orphan)])
    content = hall.desk.ask(GetDigest(), MANAGER).content
    assert content["unread"] == {"now": 0, "given": 1}


def test_a_new_reader_is_not_settled_by_the_proposer_or_the_same_office(
    hall: TownHall, orphan: str
) -> None:
    """Not who proposed, not a second manager, not who is proposed, not one out of office."""
    proposal = propose(hall, orphan)
    for by, why in (
        (MANAGER, "new_reader.own_proposal"),
        (SECOND_MANAGER, "new_reader.same_office"),
    ):
        with pytest.raises(Refused) as refused:
            settle(hall, orphan, proposal, by)
        assert refused.value.key == why
    for by in (OTHER_COORDINATOR, ELDERLY, OUTSIDER):
        with pytest.raises((NotFound, NotAllowed)):
            settle(hall, orphan, proposal, by)
        with pytest.raises(NotAllowed):
            unread(hall, by)
    hall.have_one_name(MANAGER, ADMINISTRATOR)  # nor by a second entry of the same person
    with pytest.raises(Refused) as refused:
        settle(hall, orphan, proposal, ADMINISTRATOR)
    assert refused.value.key == "new_reader.own_proposal"
    settle(hall, orphan, proposal, MANAGER, agrees=False)
    with pytest.raises(Invalid):
        propose(hall, orphan, ADMINISTRATOR, OUTSIDER)
    assert not any(sees(hall, orphan, m) for m in (MANAGER, ADMINISTRATOR, COLLEAGUE))


def test_a_proposal_is_declined_or_taken_back_and_made_again(hall: TownHall, orphan: str) -> None:
    first = propose(hall, orphan)
    with pytest.raises(Refused):
        propose(hall, orphan, ADMINISTRATOR)
    settle(hall, orphan, first, ADMINISTRATOR, agrees=False)
    with pytest.raises(Refused) as over:
        settle(hall, orphan, first, ADMINISTRATOR)
    assert over.value.key == "new_reader.settled_already"
    second = propose(hall, orphan)
    settle(hall, orphan, second, MANAGER, agrees=False)
    assert [p.how for p in hall.case(orphan).reader_proposals] == ["declined", "taken_back"]
    assert not sees(hall, orphan, COLLEAGUE)


def test_a_case_that_somebody_reads_is_as_absent_here_as_one_that_is_not(hall: TownHall) -> None:
    """The door opens for what nobody reads, and for nothing else."""
    read = hall.open_case("A14", danger="yes")
    open_one = hall.open_case("A14")
    assert unread(hall) == ()
    keys = set()
    for case_id in (read, open_one, "no-such-case"):
        with pytest.raises(NotFound) as refused:
            hall.desk.handle(ProposeReader(case_id, COLLEAGUE, WHY), MANAGER)
        keys.add(refused.value.key)
    assert keys == {"not_found.case"}


@pytest.mark.parametrize("typed", ["", "あ" * 301])
def test_a_reason_is_asked_for(hall: TownHall, orphan: str, typed: str) -> None:
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(ProposeReader(orphan, COLLEAGUE, typed), MANAGER)
    assert {e.field for e in wrong.value.errors} == {"reason"}


def test_what_lacks_is_said_at_once_and_nobody_chosen_is_no_wrong_choice(
    hall: TownHall, orphan: str
) -> None:
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(ProposeReader(orphan, "", ""), MANAGER)
    assert {(e.field, e.key) for e in wrong.value.errors} == {
        ("new_reader", "form.required"),
        ("reason", "form.required"),
    }


def test_the_daily_round_tells_managers_and_administrators_how_many(
    hall: TownHall, orphan: str
) -> None:
    """Neither number nor agency; once when it is found, then once a week while it is so."""

    def round_() -> int:
        hall.desk.handle(DoChore(Chore.UNREAD), Caller.CLOCK)
        return len(hall.notices(MANAGER, "unread_cases"))

    assert round_() == 1
    (notice,) = hall.notices(MANAGER, "unread_cases")
    assert (notice.facts, notice.case_id) == ({"cases": 1}, None)
    assert hall.told("unread_cases") >= {MANAGER, SECOND_MANAGER, ADMINISTRATOR}
    assert "found_unread" in [e.kind for e in hall.events(orphan)]
    hall.clock.move(days=1)
    assert round_() == 1
    hall.clock.move(days=7)
    assert round_() == 2
    content = hall.desk.ask(GetDigest(), MANAGER).content
    assert content["unread"] == {"now": 1, "given": 0}
    settle(hall, orphan, propose(hall, orphan), ADMINISTRATOR)
    hall.clock.move(days=7)
    assert round_() == 2
