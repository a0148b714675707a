"""Nobody lets themselves back in: who states a basis, who may lead, what goes on is told."""

from typing import Any

import pytest

from tests.support.hands import UNCONSENTED, ask_for, consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FAR_COORDINATOR,
    LIVELIHOOD,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from workflows.cases.consents import GetConsents
from workflows.cases.refer import Refer
from workflows.cases.reply import SetLead
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Command
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.record import SaveRecord, TakeOverWriting
from workflows.model.promise import PromiseKind

STATED = {k: v for k, v in UNCONSENTED.items() if k != "consent"}


@pytest.fixture
def agreed(hall: TownHall) -> str:
    """社協's case: 地域包括 (A14) and 障害 (A17) take part, with consent; nobody leads yet."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.reply(case_id, "A17", by=DISABILITY)
    return case_id


def withdraw(hall: TownHall, case_id: str) -> None:
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])


def reads(hall: TownHall, case_id: str, who: str) -> bool:
    return hall.desk.ask(GetCase(case_id, CasePage.CASE), who).reads


def sees(hall: TownHall, case_id: str, who: str) -> bool:
    try:
        hall.desk.ask(GetCase(case_id, CasePage.CASE), who)
    except NotFound:
        return False
    return True


def errors(hall: TownHall, command: Command[Any], who: str) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(command, who)
    return [(e.field, e.key) for e in refused.value.errors]


def told(hall: TownHall, case_id: str) -> list[tuple[object, object]]:
    """What was written down as shared beyond consent: (agency, how)."""
    shared = [e for e in hall.events(case_id) if e.kind == "shared_without_consent"]
    return [(e.facts["agency"], e.facts["how"]) for e in shared]


def day(hall: TownHall) -> str:
    return show_date(hall.in_days(20).date())


# -- who states a basis ----------------------------------------------------------------------------


def test_who_was_shut_out_does_not_let_itself_back_in(hall: TownHall, agreed: str) -> None:
    """After the withdrawal an agency states no basis and asks nobody further; nothing is kept."""
    withdraw(hall, agreed)
    before = hall.case(agreed)
    for basis, reason in (("act_106_6", "必要なため。"), ("", "")):
        with pytest.raises(NotFound):
            hall.desk.handle(Refer(agreed, (ask_for("A19"),), basis, reason), ELDERLY)
    assert hall.case(agreed) == before
    assert not sees(hall, agreed, ELDERLY)


def test_who_is_covered_or_answers_for_it_goes_on_referring(hall: TownHall, agreed: str) -> None:
    """An agency that takes part asks others within the consent; the writer states a basis."""
    hall.edit(agreed, **consented("A14", "A17", "A19"))
    assert hall.refer(agreed, "A19", by=ELDERLY) == 1
    withdraw(hall, agreed)
    asked = Refer(agreed, (ask_for("A20"),), "act_106_6", "必要なため。")
    assert hall.desk.handle(asked, COORDINATOR) == 1


def test_who_was_shut_out_owes_no_answer_any_more(hall: TownHall) -> None:
    """What it was asked stands still: nobody waits for it, and it is not reminded."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    withdraw(hall, case_id)
    with pytest.raises(NotFound):
        hall.reply(case_id, "A14", "declined", by=ELDERLY, next_agency="A19")
    assert not [p for p in hall.promises(case_id) if p.agency_id == "A14"]
    assert told(hall, case_id) == []


# -- who may lead ----------------------------------------------------------------------------------


def test_an_agency_not_covered_is_not_made_the_lead(hall: TownHall, agreed: str) -> None:
    """Whoever leads reads: so consent or a basis comes first, and the field says so."""
    withdraw(hall, agreed)
    found = errors(hall, SetLead(agreed, "A14", day(hall)), COORDINATOR)
    assert found == [("agency", "lead.takes_no_part")]
    assert hall.case(agreed).lead_agency_id is None
    assert not sees(hall, agreed, ELDERLY)
    hall.desk.handle(SetLead(agreed, "A13", day(hall)), COORDINATOR)
    assert hall.case(agreed).lead_agency_id == "A13", "the writer's agency answers anyway"


def test_a_lead_that_the_person_shuts_out_leads_no_more(hall: TownHall, agreed: str) -> None:
    """The writer's agency answers for the person again, and is to say who leads; named anew by the
    person, the one before has it back."""
    hall.desk.handle(SetLead(agreed, "A14", day(hall)), COORDINATOR)
    withdraw(hall, agreed)
    assert hall.case(agreed).answering_agency_id == "A13"
    assert not sees(hall, agreed, ELDERLY)
    (owed,) = [p for p in hall.promises(agreed) if p.kind is PromiseKind.NAME_LEAD]
    assert owed.agency_id == "A13"
    assert owed.due_at > hall.desk.now()
    found = errors(hall, SetLead(agreed, "A14", day(hall)), COORDINATOR)
    assert found == [("agency", "lead.takes_no_part")]
    hall.edit(agreed, **consented("A14", "A17"))
    assert hall.case(agreed).answering_agency_id == "A14"
    assert reads(hall, agreed, ELDERLY)


def test_a_lead_on_a_basis_is_written_down(hall: TownHall) -> None:
    """Named or taken by a reply; with consent there is nothing to write down."""
    case_id = hall.open_case("A14", "A17", **{**consented("A17"), **STATED})
    hall.reply(case_id, "A17", by=DISABILITY, lead="yes")
    hall.reply(case_id, "A14", by=ELDERLY)
    assert told(hall, case_id) == [("A14", "referral")]
    hall.desk.handle(SetLead(case_id, "A14", day(hall)), COORDINATOR)
    assert told(hall, case_id) == [("A14", "referral"), ("A14", "lead")]
    shared = hall.desk.ask(GetConsents(case_id), COORDINATOR).sharings
    assert "lead" in [one.how for one in shared]
    assert {one.reason for one in shared} == {STATED["unconsented_reason"]}


# -- by a record -----------------------------------------------------------------------------------


def begun(hall: TownHall, case_id: str) -> str:
    """A 支援会議 that is being held."""
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A17"), days_ahead=(10,))
    hall.fix(meeting_id, reason="急ぐため。")
    hall.clock.move(days=11)
    return meeting_id


def test_a_record_says_beside_the_field_who_may_not_lead_or_take_a_role(
    hall: TownHall, agreed: str
) -> None:
    """Whom the consent never named, at a meeting that needs one; unfinished it is kept as it is."""
    meeting_id = hall.convene(agreed, bases=("multi_layered",), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    roles = [{"agency": "A19", "task": "家計の相談"}]
    hall.save_record(meeting_id, ready=False, lead_agency="A19", roles=roles)
    record = hall.meeting(meeting_id).record
    assert record is not None
    came = hall.everybody_came(meeting_id)
    ready = SaveRecord(meeting_id, record.version, came, record.cases, True)
    found = errors(hall, ready, COORDINATOR)
    assert found == [
        (f"{agreed}.lead_agency", "lead.not_covered"),
        (f"{agreed}.roles.0.agency", "record.role_not_covered"),
    ]


def test_a_lead_not_covered_any_more_at_confirmation_is_not_taken(
    hall: TownHall, agreed: str
) -> None:
    """Withdrawn between writing and confirming: the record stands, who answered goes on so."""
    meeting_id = begun(hall, agreed)
    hall.save_record(meeting_id, lead_agency="A14")
    withdraw(hall, agreed)
    hall.confirm_record(meeting_id, by=CHAIR)
    case = hall.case(agreed)
    assert (case.lead_agency_id, case.answering_agency_id) == (None, "A13")
    assert not sees(hall, agreed, ELDERLY)
    assert told(hall, agreed) == []


def test_roles_and_lead_of_a_record_beyond_consent_are_written_down(hall: TownHall) -> None:
    """Once an agency; who is within the consent, or covered by no basis, is not among them."""
    other = {**STATED, "unconsented_basis": "child_protection"}
    case_id = hall.open_case("A14", **{**consented("A14"), **other})
    meeting_id = begun(hall, case_id)
    task = {"task": "週に一度訪ねる。"}
    roles = [{"agency": a, **task} for a in ("A17", "A17", "A14", "A13")]
    hall.save_record(meeting_id, roles=roles, lead_agency="A17")
    hall.confirm_record(meeting_id)
    assert told(hall, case_id) == [("A17", "role"), ("A17", "lead")]
    grounds = [e.basis for e in hall.events(case_id) if e.kind == "shared_without_consent"]
    assert grounds[0] == "act_106_6", "the meeting decided it: not what was stated for others"
    bare = hall.open_case("A14", **consented("A14"))
    meeting_id = begun(hall, bare)
    hall.save_record(meeting_id, roles=[{"agency": "A17", **task}])
    hall.confirm_record(meeting_id)
    assert told(hall, bare) == [("A17", "role")]
    assert reads(hall, bare, DISABILITY), "what the meeting decided is its ground"


# -- what a ground opens ---------------------------------------------------------------------------


def test_a_ground_stated_for_one_opens_it_to_that_one_alone(hall: TownHall, agreed: str) -> None:
    """The withdrawal shut two out; asking a third lets neither of them back in."""
    withdraw(hall, agreed)
    asked = Refer(agreed, (ask_for("A19"),), "act_106_6", "命に関わるため。")
    hall.desk.handle(asked, COORDINATOR)
    assert not sees(hall, agreed, ELDERLY)
    assert reads(hall, agreed, LIVELIHOOD)
    assert told(hall, agreed) == [("A19", "referral")]


def test_a_ground_for_going_on_is_written_down_for_each_it_opens(
    hall: TownHall, agreed: str
) -> None:
    """Stated for whom it is meant, by name: each of them with its reason."""
    withdraw(hall, agreed)
    hall.refer(agreed, "A19")
    hall.consent(agreed, goes_on=("A14", "A17"))
    assert reads(hall, agreed, ELDERLY)
    assert told(hall, agreed) == [("A19", "referral"), ("A14", "goes_on"), ("A17", "goes_on")]
    shared = hall.desk.ask(GetConsents(agreed), COORDINATOR).sharings
    reasons = [one.reason for one in shared if one.how == "goes_on"]
    assert reasons == [STATED["unconsented_reason"]] * 2


# -- who writes the record -------------------------------------------------------------------------


def test_nobody_takes_over_a_record_that_is_confirmed_or_of_a_cancelled_meeting(
    hall: TownHall, agreed: str
) -> None:
    """There is nothing to write any more, and the writer reads."""
    over = begun(hall, agreed)
    hall.save_record(over)
    hall.confirm_record(over)
    off = hall.convene(agreed, days_ahead=(10,))
    hall.desk.handle(CancelMeeting(off, "大雪のため"), COORDINATOR)
    for meeting_id, key in ((over, "record.confirmed_already"), (off, "meeting.cancelled")):
        with pytest.raises(Refused) as refused:
            hall.desk.handle(TakeOverWriting(meeting_id, ELDERLY), COORDINATOR)
        assert refused.value.key == key


def test_a_coordinator_with_no_part_in_a_meeting_does_not_name_herself(
    hall: TownHall, agreed: str
) -> None:
    """Being the writer opens what is written; whoever runs it or is invited may, or names her."""
    meeting_id = hall.convene(agreed, required=("A14", "A17"), days_ahead=(10,))
    with pytest.raises(NotAllowed) as refused:
        hall.desk.handle(TakeOverWriting(meeting_id, OTHER_COORDINATOR), OTHER_COORDINATOR)
    assert refused.value.key == "denied.write_record"
    assert hall.meeting(meeting_id).record is None
    for by, who in (
        (OTHER_COORDINATOR, ELDERLY),  # another of an invited agency
        (COORDINATOR, COORDINATOR),  # she convened it
        (CHAIR, CHAIR),
        (COORDINATOR, OTHER_COORDINATOR),
    ):
        hall.desk.handle(TakeOverWriting(meeting_id, who), by)
        record = hall.meeting(meeting_id).record
        assert record is not None
        assert record.writer_id == who
    invited = hall.convene(agreed, required=("A13", "A14"), by=OTHER_COORDINATOR, days_ahead=(10,))
    hall.desk.handle(TakeOverWriting(invited, FAR_COORDINATOR), FAR_COORDINATOR)
