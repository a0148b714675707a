"""つなぎの取り下げ: whoever asked ends it; a mistake leaves an incident with who had looked."""

from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.model.promise import PromiseKind

WHY = "同じ名前の別の機関と取り違えたため。"


def take_back(
    hall: TownHall,
    case_id: str,
    agency_id: str = "A14",
    *,
    mistake: bool = True,
    by: str = COORDINATOR,
    reason: str = WHY,
) -> int:
    referral = hall.referral(case_id, agency_id)
    return hall.desk.handle(TakeBackReferral(case_id, referral.id, mistake, reason), by)


def test_what_was_sent_by_mistake_is_closed_and_who_had_looked_is_kept(hall: TownHall) -> None:
    """The agency reads no more and is told so; the incident goes to those who see to it, in
    numbers, and stands with the referral for who reads the case."""
    case_id = hall.open_case("A14", "A17")
    for _ in range(2):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY)
    assert take_back(hall, case_id) == 1
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY)
    assert hall.referral(case_id, "A14").taken_back is not None
    (told,) = hall.notices(ELDERLY, "referral_taken_back")
    assert (told.facts["mistake"], told.facts["sees"], told.case_id) == (True, False, None)
    assert hall.desk.ask(GetDropReason(told), Caller.CLOCK) == ""
    assert {MANAGER, OTHER_COORDINATOR} <= hall.told("taken_back")
    assert {n.facts["looked"] for n in hall.notices(key="taken_back")} == {1}
    seen = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
    (line,) = [r for r in seen.referrals if r.taken_back]
    assert line.taken_back is not None
    assert [at for _, at, _ in line.taken_back.looked] == [hall.desk.now()] * 2
    assert all("sheet" in parts for _, _, parts in line.taken_back.looked)
    assert line.taken_back.reason == WHY
    assert not [p for p in hall.promises(case_id) if p.agency_id == "A14"]
    assert WHY not in str([n.facts for n in hall.notices()])


def test_what_is_not_needed_any_more_is_no_incident(hall: TownHall) -> None:
    """Managers hear nothing; nobody is left to answer, so that a next step is owed."""
    case_id = hall.open_case("A14")
    hall.clock.move(hours=1)
    take_back(hall, case_id, mistake=False)
    assert MANAGER not in hall.told("taken_back")
    assert {p.kind for p in hall.promises(case_id)} == {PromiseKind.NEXT_STEP}


def test_one_that_accepted_is_taken_back_as_well_but_not_the_lead(hall: TownHall) -> None:
    """Somebody answers for the person: another lead is named first."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A17", by=DISABILITY)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    take_back(hall, case_id, "A17")
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY)
    with pytest.raises(Refused) as refused:
        take_back(hall, case_id, "A14")
    assert refused.value.key == "take_back.leads"


def test_who_takes_part_otherwise_goes_on(hall: TownHall) -> None:
    """An agency that the person named has its role; the news says that it still sees the case."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    meeting_id = hall.convene(
        case_id, bases=("multi_layered",), required=("A14",), days_ahead=(10,)
    )
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": "週に一度訪ねる。"}])
    hall.confirm_record(meeting_id)
    take_back(hall, case_id, mistake=False)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).reads
    (told,) = hall.notices(ELDERLY, "referral_taken_back")
    assert (told.facts["sees"], told.case_id) == (True, case_id)


def test_on_a_restricted_case_the_agency_is_named_no_more(hall: TownHall) -> None:
    """And nobody hears of it who is not named."""
    case_id = hall.open_case("A14", "A17", danger="yes")
    assert ELDERLY in hall.case(case_id).named_member_ids
    take_back(hall, case_id)
    assert ELDERLY not in hall.case(case_id).named_member_ids
    assert hall.notices(ELDERLY, "referral_taken_back")
    assert hall.told("taken_back") <= set(hall.case(case_id).named_member_ids)


def test_it_is_asked_again_afterwards_and_taken_back_once(hall: TownHall) -> None:
    """The way back of a slip of the slip."""
    case_id = hall.open_case("A14", "A17")
    referral = hall.referral(case_id, "A14")
    take_back(hall, case_id)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(TakeBackReferral(case_id, referral.id, True, WHY), COORDINATOR)
    assert refused.value.key == "take_back.over"
    hall.refer(case_id, "A14")
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).reads


def test_who_asked_or_answers_for_the_person_takes_it_back_and_nobody_else(
    hall: TownHall,
) -> None:
    """An agency takes back what it asked; of what others asked it does not."""
    case_id = hall.open_case("A14", **consented("A14", "A17", "A19"))
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.refer(case_id, "A17", by=ELDERLY)
    hall.refer(case_id, "A19", by=COORDINATOR)
    tries: tuple[tuple[str, type[Refused]], ...] = ((ELDERLY, NotAllowed), (OUTSIDER, NotFound))
    for who, error in tries:
        with pytest.raises(error):
            take_back(hall, case_id, "A19", by=who)
    take_back(hall, case_id, "A17", by=ELDERLY)
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY)
    with pytest.raises(NotFound):
        hall.desk.handle(TakeBackReferral(case_id, "none", True, WHY), COORDINATOR)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), LIVELIHOOD).reads


@pytest.mark.parametrize("reason", ["", "。", "あ" * 401, "番号は1234-5678-9012です"])
def test_the_reason_is_in_words(hall: TownHall, reason: Any) -> None:
    """Beside its field; nothing is ended."""
    case_id = hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        take_back(hall, case_id, reason=reason)
    assert {e.field for e in refused.value.errors} == {"reason"}
    assert hall.referral(case_id, "A14").waits
