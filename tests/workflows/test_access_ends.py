"""Access ends by itself: with attendance, with leaving, with the withdrawal of consent."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import (
    CHAIR,
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.drafts import FindDraft, GetDraft, SaveDraft
from workflows.cases.name_members import NameMember
from workflows.cases.reply import SetLead
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Query
from workflows.core.permissions import RECORD_OPEN, Action, Caller, Standing
from workflows.delivery.drop_reason import GetDropReason
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import show_date
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.record import DRAFT_FORM, TakeOverWriting
from workflows.meetings.record_views import FindRecordDraft, GetRecord, WriteRecord
from workflows.meetings.run import InviteAgency, UninviteAgency
from workflows.meetings.views import GetMeeting
from workflows.overview.access import GetCaseAccess, GetMeetingAccess

OTHER_CHAIR = "M10"
SUCCESSOR = "M27"  # of 地域包括, no contact


def refusal(hall: TownHall, query: Query[Any], who: str) -> str:
    with pytest.raises((NotAllowed, NotFound)) as refused:
        hall.desk.ask(query, who)
    return refused.value.key


def sworn_meeting(hall: TownHall, case_id: str) -> str:
    """A 支援会議 to which A14 and A20 come; 農業委員会 (A20) has no other part in the case."""
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"), days_ahead=(10,))
    hall.swear(meeting_id, FARMING, ELDERLY)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), FARMING).reads
    return meeting_id


def recorded(hall: TownHall, meeting_id: str, *, role_for: str = "") -> None:
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    roles = [{"agency": role_for, "task": "週に一度訪ねる。"}] if role_for else []
    hall.save_record(meeting_id, roles=roles)
    hall.confirm_record(meeting_id)


# -- with attendance -------------------------------------------------------------------------------


def test_who_is_taken_off_the_invitation_reads_no_more(hall: TownHall) -> None:
    """The case is then as absent for them as any."""
    case_id = hall.open_case("A14")
    meeting_id = sworn_meeting(hall, case_id)
    hall.desk.handle(UninviteAgency(meeting_id, "A20"), COORDINATOR)
    assert refusal(hall, GetCase(case_id, CasePage.CASE), FARMING) == "not_found.case"
    assert refusal(hall, GetRecord(meeting_id), FARMING) == "not_found.meeting"


def test_a_cancelled_meeting_opens_nothing_for_anybody(hall: TownHall) -> None:
    """Its case and what was prepared for it close, for the organiser's part in it too."""
    case_id = hall.open_case("A14")
    meeting_id = sworn_meeting(hall, case_id)
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    assert refusal(hall, GetCase(case_id, CasePage.CASE), FARMING) == "not_found.case"
    for who in (FARMING, COORDINATOR, CHAIR):
        assert refusal(hall, GetRecord(meeting_id), who) == "denied.read_record"
    with pytest.raises(Refused) as refused:
        hall.desk.handle(ConfirmSecrecy(meeting_id), CHAIR)
    assert refused.value.key == "meeting.cancelled"
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).reads, "theirs by referral"


def test_the_record_stays_open_for_thirty_days(hall: TownHall) -> None:
    """Long enough to check it; the case itself closes with the sitting."""
    case_id = hall.open_case("A14")
    meeting_id = sworn_meeting(hall, case_id)
    recorded(hall, meeting_id)
    assert refusal(hall, GetCase(case_id, CasePage.CASE), FARMING) == "not_found.case"
    hall.clock.move(days=RECORD_OPEN.days - 1)
    assert hall.desk.ask(GetRecord(meeting_id), FARMING).cases
    hall.clock.move(days=1)
    assert refusal(hall, GetRecord(meeting_id), FARMING) == "denied.read_record"
    assert hall.desk.ask(GetMeeting(meeting_id), FARMING).line.id == meeting_id


def test_who_still_takes_part_reads_the_record_as_long_as_they_do(hall: TownHall) -> None:
    """A role of the meeting keeps it open until the case is closed."""
    case_id = hall.open_case("A14")
    meeting_id = sworn_meeting(hall, case_id)
    recorded(hall, meeting_id, role_for="A20")
    hall.clock.move(days=RECORD_OPEN.days + 60)
    assert hall.desk.ask(GetRecord(meeting_id), FARMING).cases
    assert hall.desk.ask(GetRecord(meeting_id), COORDINATOR).cases, "who ran it keeps its record"


def test_what_another_meeting_decided_is_not_read_by_who_comes_to_this_one(
    hall: TownHall,
) -> None:
    """docs/rules.md 6: the roles of a 要対協 are words of its record; that there are any is not
    hidden. Who was on it, answers for the person or has the role itself reads them."""
    case_id = hall.open_case("A14")
    first = hall.convene(
        case_id, required=("A13", "A14", "A19"), bases=("child_protection",), days_ahead=(10,)
    )
    hall.swear(first, LIVELIHOOD, ELDERLY)
    hall.fix(first)
    hall.clock.move(days=11)
    task = "家計を毎月みる。"
    hall.save_record(first, roles=[{"agency": "A14", "task": task}])
    hall.confirm_record(first)
    second = hall.convene(
        case_id, required=("A13", "A19", "A20"), days_ahead=(10,), chair=OTHER_CHAIR
    )
    hall.swear(second, FARMING, LIVELIHOOD, COORDINATOR, OTHER_CHAIR)
    told = {
        m: hall.desk.ask(GetCase(case_id, CasePage.CASE), m).roles[0]
        for m in (FARMING, LIVELIHOOD, ELDERLY)
    }
    assert (told[FARMING].task, told[FARMING].reads) == ("", False)
    assert told[FARMING].agency_name == hall.agency_name("A14")
    assert told[LIVELIHOOD].task == told[ELDERLY].task == task
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).roles[0].task == task
    hall.fix(second)
    hall.clock.move(days=11)
    written = {
        m: hall.desk.ask(WriteRecord(second, drawn=True), m).cases[0]
        for m in (COORDINATOR, OTHER_CHAIR)
    }
    for member_id in (COORDINATOR, OTHER_CHAIR):
        assert written[member_id].open_roles == (), "beside a record of another footing"


# -- with leaving ----------------------------------------------------------------------------------


def test_who_leaves_reads_nothing_from_the_next_day(hall: TownHall) -> None:
    """A successor inherits the part in the meeting, and confirms the duty anew."""
    case_id = hall.open_case("A14")
    meeting_id = sworn_meeting(hall, case_id)
    hall.has_left(ELDERLY)
    for query in (GetCase(case_id, CasePage.CASE), GetRecord(meeting_id), GetInbox()):
        assert refusal(hall, query, ELDERLY) == "denied.not_active"
    assert refusal(hall, GetRecord(meeting_id), SUCCESSOR) == "denied.confirm_secrecy_first"
    hall.swear(meeting_id, SUCCESSOR)
    assert hall.desk.ask(GetRecord(meeting_id), SUCCESSOR).line.id == meeting_id


def test_who_succeeds_the_chair_reads_what_the_chair_read(hall: TownHall) -> None:
    """docs/rules.md 5: a contact of the chair's agency runs the meeting on, after confirming."""
    case_id = hall.open_case("A14")
    meeting_id = sworn_meeting(hall, case_id)
    heir = CLERK  # a contact of the chair's agency
    assert refusal(hall, GetCase(case_id, CasePage.CASE), heir) == "not_found.case"
    hall.has_left(CHAIR)
    hall.swear(meeting_id, heir)
    assert [c.case_id for c in hall.desk.ask(GetRecord(meeting_id), heir).cases] == [case_id]
    (seer,) = [
        s
        for s in hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).seers
        if "筆野 しるす" in s.people
    ]
    assert (seer.reads, seer.reason) == (True, "why.sworn")


def test_members_of_an_agency_that_ended_read_nothing_and_are_told_nothing(
    hall: TownHall,
) -> None:
    """The agency's end is theirs, although they themselves still stand in the directory."""
    case_id = hall.open_case("A14")
    (asked,) = hall.notices(ELDERLY, "referral_asked")
    yesterday = (hall.desk.now() - timedelta(days=1)).date()
    with hall.database.open() as unit:
        agency = unit.directory.agency("A14")
        assert agency is not None
        unit.directory.save_agencies([replace(agency, active_until=yesterday)])
        unit.commit()
    assert refusal(hall, GetCase(case_id, CasePage.CASE), ELDERLY) == "denied.not_active"
    assert hall.desk.ask(GetDropReason(asked), Caller.CLOCK) == "receiver_left"
    seers = hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).seers
    assert hall.agency_name("A14") not in {s.agency_name for s in seers}


# -- with withdrawal -------------------------------------------------------------------------------


@pytest.fixture
def agreed(hall: TownHall) -> str:
    """Shared by consent with A14, which leads, and with A17 and A19, which accepted."""
    case_id = hall.open_case("A14", "A17", "A19", **consented("A14", "A17", "A19"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.reply(case_id, "A17", by=DISABILITY)
    return case_id


def withdraw(hall: TownHall, case_id: str) -> None:
    hall.consent(case_id, by=ELDERLY, consent="withdrawn", consent_on="", consent_scope=[])


def test_a_withdrawal_closes_it_for_those_brought_in_by_consent(
    hall: TownHall, agreed: str
) -> None:
    """Also for who led: the case is as absent for them as any, and they are told that it is."""
    withdraw(hall, agreed)
    for who in (DISABILITY, LIVELIHOOD, ELDERLY):
        assert refusal(hall, GetCase(agreed, CasePage.CASE), who) == "not_found.case"
        assert refusal(hall, GetCaseAccess(agreed), who) == "not_found.case"
    assert hall.told("part_ended") == {ELDERLY, DISABILITY, LIVELIHOOD}
    for who in (COORDINATOR, OTHER_COORDINATOR, "M24"):
        assert hall.desk.ask(GetCase(agreed, CasePage.CASE), who).reads


def test_a_withdrawal_ends_a_ground_that_was_stated_before(hall: TownHall) -> None:
    """Why it is shared against what the person says now is decided now, not once upon a time."""
    stated = {k: v for k, v in UNCONSENTED.items() if k != "consent"}
    case_id = hall.open_case("A14", "A17", **{**consented("A14"), **stated})
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY).reads
    withdraw(hall, case_id)
    case = hall.case(case_id)
    assert (case.grounds, case.sheet.get("unconsented_reason")) == ((), None)
    assert {"consent", "unconsented_basis", "unconsented_reason"} <= set(
        case.sheet_edits[-1].fields
    )
    assert refusal(hall, GetCase(case_id, CasePage.CASE), DISABILITY) == "not_found.case"


def test_a_ground_stated_with_the_withdrawal_keeps_it_open_to_that_agency(hall: TownHall) -> None:
    """In the same recording or a later one, until the person says something new."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    withdrawn: Any = {"consent": "withdrawn", "consent_on": "", "consent_scope": []}
    hall.consent(case_id, goes_on=("A17",), **withdrawn)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY).reads
    assert refusal(hall, GetCase(case_id, CasePage.CASE), ELDERLY) == "not_found.case"
    hall.edit(case_id, route="phone")
    hall.consent(case_id, goes_on=("A14",))
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY).reads
    hall.consent(case_id, consent="no", consent_on="", consent_scope=[])
    for who in (DISABILITY, ELDERLY):
        assert refusal(hall, GetCase(case_id, CasePage.CASE), who) == "not_found.case"


def test_who_heard_it_at_a_support_meeting_hears_it_no_more_either(
    hall: TownHall, agreed: str
) -> None:
    """A 支援会議 may speak without consent; whom it was chosen for before the person said no is
    chosen anew, or told on a ground."""
    meeting_id = hall.convene(agreed, required=("A13", "A17"))
    hall.swear(meeting_id, DISABILITY)
    withdraw(hall, agreed)
    assert refusal(hall, GetCase(agreed, CasePage.CASE), DISABILITY) == "not_found.case"
    assert [i.agency_id for i in hall.meeting(meeting_id).invites] == ["A13"]
    hall.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    hall.swear(meeting_id, DISABILITY)
    assert hall.desk.ask(GetCase(agreed, CasePage.CASE), DISABILITY).reads


# -- drafts ----------------------------------------------------------------------------------------


def test_a_draft_on_a_case_ends_with_the_access_to_it(hall: TownHall) -> None:
    """It repeats what was on the screen: whoever may not open the case finds no draft of it."""
    case_id = hall.open_case("A14", danger="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    number = hall.case(case_id).number
    typed: Any = {"fields": {"summary": "ひみつの下書き"}, "opened": "", "version": 1}
    hall.desk.handle(NameMember(case_id, SUCCESSOR, True), COORDINATOR)
    draft_id = hall.desk.handle(SaveDraft("sheet", typed, None, number), SUCCESSOR)
    assert hall.desk.ask(FindDraft("sheet", number), SUCCESSOR) is not None
    assert hall.desk.ask(GetInbox(), SUCCESSOR).drafts
    hall.desk.handle(NameMember(case_id, SUCCESSOR, False), COORDINATOR)
    assert refusal(hall, GetDraft(draft_id), SUCCESSOR) == "not_found.draft"
    assert hall.desk.ask(FindDraft("sheet", number), SUCCESSOR) is None
    assert hall.desk.ask(GetInbox(), SUCCESSOR).drafts == ()


def test_a_draft_of_a_plan_ends_with_the_lead(hall: TownHall) -> None:
    """What one may not write any more is not kept on show."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.reply(case_id, "A17", by=DISABILITY)
    number = hall.case(case_id).number
    hall.desk.handle(SaveDraft("plan", {"opened": ""}, None, number), ELDERLY)
    assert hall.desk.ask(FindDraft("plan", number), ELDERLY) is not None
    hall.desk.handle(SetLead(case_id, "A17", show_date(hall.in_days(20).date())), COORDINATOR)
    assert hall.desk.ask(FindDraft("plan", number), ELDERLY) is None


def test_a_draft_of_a_record_ends_with_writing_it(hall: TownHall) -> None:
    """Another was made the writer: the first one's words are theirs alone no more to see."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, days_ahead=(10,))
    hall.swear(meeting_id, ELDERLY)
    hall.desk.handle(TakeOverWriting(meeting_id, ELDERLY), COORDINATOR)
    hall.desk.handle(SaveDraft(DRAFT_FORM, {"attended": []}, None, meeting_id), ELDERLY)
    assert hall.desk.ask(FindRecordDraft(meeting_id), ELDERLY) is not None
    hall.desk.handle(TakeOverWriting(meeting_id, COORDINATOR), COORDINATOR)
    assert hall.desk.ask(FindRecordDraft(meeting_id), ELDERLY) is None
    assert hall.desk.ask(GetInbox(), ELDERLY).drafts == ()


# -- who writes the record -------------------------------------------------------------------------


def test_a_writer_from_elsewhere_sees_the_meeting_and_confirms_first(hall: TownHall) -> None:
    """A chair of another department writes the record: they find the meeting and are asked."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(10,))
    writer = "M10"
    hall.desk.handle(TakeOverWriting(meeting_id, writer), COORDINATOR)
    assert hall.desk.ask(GetMeeting(meeting_id), writer).must_confirm_secrecy
    assert refusal(hall, GetRecord(meeting_id), writer) == "denied.confirm_secrecy_first"
    hall.swear(meeting_id, writer)
    assert hall.desk.ask(GetRecord(meeting_id), writer).cases


# -- why -------------------------------------------------------------------------------------------


def test_who_may_not_even_see_it_is_told_nothing_by_the_reasons(hall: TownHall) -> None:
    """Asking why is answered like asking for something that is not there."""
    case_id = hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(case_id, required=("A14",))
    for who in (OUTSIDER, SUCCESSOR):
        assert refusal(hall, GetCaseAccess(case_id), who) == "not_found.case"
    assert refusal(hall, GetMeetingAccess(meeting_id), OUTSIDER) == "not_found.meeting"


def test_the_reasons_name_the_meeting_whose_confirmation_is_missing(hall: TownHall) -> None:
    """From the case's page one gets to the button, and after it all is open."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A14", "A20"))
    why = hall.desk.ask(GetCaseAccess(case_id), FARMING).access
    assert why.to_confirm == (meeting_id,)
    (read,) = [line for line in why.lines if line.action is Action.READ_CASE]
    assert (read.decision.reason, read.lacks) == (
        "denied.confirm_secrecy_first",
        (Standing.SECRECY_CONFIRMED,),
    )
    hall.swear(meeting_id, FARMING)
    why = hall.desk.ask(GetCaseAccess(case_id), FARMING).access
    assert why.to_confirm == ()
    assert [line.decision.allowed for line in why.lines if line.action is Action.READ_CASE] == [
        True
    ]
    of_meeting = hall.desk.ask(GetMeetingAccess(meeting_id), FARMING)
    assert of_meeting.numbers == (hall.case(case_id).number,)


def test_looking_at_the_reasons_is_no_look_at_the_content(hall: TownHall) -> None:
    """Nothing of the person is in them, so nothing is recorded as read."""
    case_id = hall.open_case("A14")
    before = [e.kind for e in hall.events(case_id)]
    hall.desk.ask(GetCaseAccess(case_id), ELDERLY)
    assert [e.kind for e in hall.events(case_id)] == before
