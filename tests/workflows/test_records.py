"""From the date to the record: secrecy, roles, lead and checks; when access begins and ends."""

from dataclasses import replace

import pytest

from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall, holiday_name
from workflows.cases.drafts import SaveDraft
from workflows.cases.roles import TickRole
from workflows.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.japanese.open_days import OpenDays
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.record import (
    DRAFT_FORM,
    ConfirmRecord,
    SavedRecord,
    SaveRecord,
    TakeOverWriting,
)
from workflows.meetings.record_views import FindRecordDraft, GetRecord
from workflows.meetings.run import UninviteAgency
from workflows.model.case import CaseState, Reply, ReplyAnswer
from workflows.model.meeting import MeetingState
from workflows.model.promise import PromiseKind, promises_of_case

ROLES = [
    {"agency": "A14", "task": "母の支援", "due_on": "令和9年1月15日"},
    {"agency": "A20", "task": "働く場", "due_on": ""},
]


@pytest.fixture
def case_id(hall: TownHall) -> str:
    return hall.open_case("A14")


def held(hall: TownHall, case_id: str, *, required: tuple[str, ...] = ("A13", "A14", "A20")) -> str:
    """A meeting whose hour has passed."""
    meeting_id = hall.convene(case_id, required=required)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.swear(meeting_id, CHAIR)
    return meeting_id


def reads(hall: TownHall, case_id: str, member_id: str) -> str:
    """The permission table's reason for reading this case, now."""
    with hall.database.open() as unit:
        member, case = unit.directory.member(member_id), unit.cases.row(case_id)
        assert member is not None
        assert case is not None
        work = Work(unit, member, hall.clock.at, None, None)  # type: ignore[arg-type]
        return work.may(Action.READ_CASE, case).reason


def test_an_attendee_reads_only_after_confirming_secrecy(hall: TownHall, case_id: str) -> None:
    """docs/rules.md 4: once per person and meeting; a colleague confirms for themselves."""
    meeting_id = hall.convene(case_id, required=["A13", "A17"])
    assert reads(hall, case_id, DISABILITY) == "denied.confirm_secrecy_first"
    hall.swear(meeting_id, DISABILITY)
    assert reads(hall, case_id, DISABILITY) == "why.sworn"
    assert reads(hall, case_id, FARMING) == "denied.read_case"
    assert DISABILITY in hall.meeting(meeting_id).secrecy


def test_who_has_no_part_in_the_meeting_cannot_confirm(hall: TownHall, case_id: str) -> None:
    """Confirming is not a way in."""
    meeting_id = hall.convene(case_id)
    with pytest.raises(NotFound):
        hall.swear(meeting_id, OUTSIDER)


def test_access_ends_with_the_meeting(hall: TownHall, case_id: str) -> None:
    """docs/rules.md 5: cancelled, no longer invited, recorded, gone: each ends it the same
    moment."""
    meeting_id = hall.convene(case_id, required=["A13", "A17", "A20"])
    hall.swear(meeting_id, DISABILITY, FARMING)
    hall.desk.handle(UninviteAgency(meeting_id, "A17"), COORDINATOR)
    assert reads(hall, case_id, DISABILITY) == "denied.read_case"
    assert reads(hall, case_id, FARMING) == "why.sworn"
    hall.desk.handle(CancelMeeting(meeting_id, "日程が合わないため。"), COORDINATOR)
    assert reads(hall, case_id, FARMING) == "denied.read_case"


def test_access_ends_with_the_record_except_for_who_took_a_role(
    hall: TownHall, case_id: str
) -> None:
    """After the record those without a task read no more; who took one goes on."""
    meeting_id = hall.convene(case_id, required=["A13", "A17", "A20"])
    hall.swear(meeting_id, DISABILITY, FARMING)
    hall.fix(meeting_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id, roles=ROLES)
    hall.confirm_record(meeting_id)
    assert reads(hall, case_id, DISABILITY) == "denied.read_case"
    assert reads(hall, case_id, FARMING) == "why.role_agency"


def test_who_left_their_agency_has_no_access_from_that_day(hall: TownHall, case_id: str) -> None:
    """人事異動 ends access the same day; the colleague who stays goes on."""
    meeting_id = hall.convene(case_id)
    hall.has_left(ELDERLY)
    with pytest.raises(NotAllowed) as gone:
        hall.answer(meeting_id, "A14", by=ELDERLY)
    assert gone.value.key == "denied.not_active"
    assert hall.answer(meeting_id, "A14", by="M27") == 2


def test_the_record_is_not_written_before_the_meeting(hall: TownHall, case_id: str) -> None:
    """What has not been said cannot be recorded."""
    meeting_id = hall.convene(case_id)
    hall.fix(meeting_id)
    with pytest.raises(Refused) as early:
        hall.save_record(meeting_id, held_at="令和8年11月20日 9:00")
    assert early.value.key == "record.before_meeting"


def test_a_case_that_was_not_reached_needs_no_decision(hall: TownHall, case_id: str) -> None:
    """Nobody invents a sentence to finish the record; a row that is begun is still finished."""
    meeting_id = held(hall, case_id)
    assert hall.save_record(meeting_id, decisions=[]) == 1
    hall.confirm_record(meeting_id)
    assert hall.meeting(meeting_id).state is MeetingState.RECORDED
    assert {n.facts["decisions"] for n in hall.notices(key="record_posted")} == {0}


def test_two_writers_of_a_record_are_told_of_each_other(hall: TownHall, case_id: str) -> None:
    """The second does not write over the first."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, ready=False)
    with pytest.raises(Conflict) as conflict:
        hall.desk.handle(SaveRecord(meeting_id, 0, {}, {}, False), CHAIR)
    assert conflict.value.facts["by"] == "縁側 つむぎ"


def test_saving_and_sharing_are_one(any_hall: TownHall) -> None:
    """Whoever may not share, or left something blank, has saved nothing either, and keeps their
    draft; else it is saved, shared and the draft gone, in one transaction."""
    hall = any_hall
    meeting_id = held(hall, hall.open_case("A14"))
    hall.swear(meeting_id, COORDINATOR, CHAIR)
    words = {
        c.case_id: {"decisions": [{"text": "見守る。"}]} for c in hall.meeting(meeting_id).agenda
    }
    came = hall.everybody_came(meeting_id)
    share = SaveRecord(meeting_id, 0, came, words, shares=True)
    kept = SaveDraft(DRAFT_FORM, {"summary": "途中"}, subject=meeting_id)
    for who in (COORDINATOR, CHAIR):
        hall.desk.handle(kept, who)
    with pytest.raises(NotAllowed):
        hall.desk.handle(share, COORDINATOR)
    with pytest.raises(Invalid):
        hall.desk.handle(replace(share, attended={}), CHAIR)
    record = hall.meeting(meeting_id).record
    assert record is None or record.version == 0
    assert all(hall.desk.ask(FindRecordDraft(meeting_id), w) for w in (COORDINATOR, CHAIR))
    assert hall.desk.handle(share, CHAIR) == SavedRecord(1, 0)
    assert hall.meeting(meeting_id).state is MeetingState.RECORDED
    with hall.database.open() as unit:
        assert [d.subject for d in unit.drafts.of_member(CHAIR)] == []
    assert len(hall.notices(COORDINATOR, "record_posted")) == 1


def test_the_chair_confirms_what_they_have_read(any_hall: TownHall) -> None:
    """Nobody else confirms, and not a version that changed since."""
    case_id = any_hall.open_case("A14")
    meeting_id = held(any_hall, case_id)
    any_hall.save_record(meeting_id)
    with pytest.raises(NotAllowed):
        any_hall.confirm_record(meeting_id, by=COORDINATOR)
    any_hall.save_record(meeting_id, shared_facts="母は一人で暮らす。")
    with pytest.raises(Conflict):
        any_hall.desk.handle(ConfirmRecord(meeting_id, 1), CHAIR)
    any_hall.confirm_record(meeting_id)
    with pytest.raises(Refused) as twice:
        any_hall.confirm_record(meeting_id)
    assert twice.value.key == "record.confirmed_already"


def test_what_was_decided_becomes_promises_of_the_case(any_hall: TownHall) -> None:
    """Roles with their days, a lead, and checks at 1, 3 and 6 months."""
    case_id = any_hall.open_case("A14")
    meeting_id = held(any_hall, case_id)
    any_hall.save_record(meeting_id, roles=ROLES, lead_agency="A13")
    assert any_hall.confirm_record(meeting_id) == 2
    case = any_hall.case(case_id)
    assert any_hall.meeting(meeting_id).state is MeetingState.RECORDED
    assert case.state is CaseState.SUPPORTING
    assert case.lead_agency_id == "A13"
    assert [(r.agency_id, r.due_on.isoformat()) for r in case.roles] == [
        ("A14", "2027-01-15"),
        ("A20", "2026-12-24"),
    ]
    assert len([f for f in case.follow_ups if f.waits]) == 3
    owed = {(p.kind, p.agency_id) for p in any_hall.promises(case_id)}
    assert owed >= {
        (PromiseKind.ROLE, "A14"),
        (PromiseKind.ROLE, "A20"),
        (PromiseKind.FOLLOW_UP, "A13"),
    }
    assert any_hall.promises(meeting_id) == []
    assert any_hall.told("role_given") == {ELDERLY, FARMING}


def test_the_summary_for_the_chat_holds_no_word_of_the_meeting(
    hall: TownHall, case_id: str
) -> None:
    """Numbers, agencies, dates and counts; not what was said."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=ROLES, shared_facts="母は物忘れが進んでいる。")
    hall.confirm_record(meeting_id)
    told = hall.notices(key="record_posted")
    assert {n.member_id for n in told} >= {ELDERLY, FARMING, CHAIR, COORDINATOR}
    for word in ("物忘れ", "母の支援", "働く場", "見守る"):
        assert word not in str(told)
    assert told[0].facts["decisions"] == 1


def test_a_role_is_ticked_by_its_agency_and_the_lead_is_told(hall: TownHall, case_id: str) -> None:
    """Done once, by who took it; another agency's role is not mine to tick."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=ROLES)
    hall.confirm_record(meeting_id)
    mine = next(r for r in hall.case(case_id).roles if r.agency_id == "A14")
    with pytest.raises(NotAllowed):
        hall.desk.handle(TickRole(case_id, mine.id), FARMING)
    with pytest.raises(NotFound):
        hall.desk.handle(TickRole(case_id, mine.id), LIVELIHOOD)
    hall.desk.handle(TickRole(case_id, mine.id, "訪問しました。"), ELDERLY)
    assert hall.told("role_done") == {COORDINATOR}
    with pytest.raises(Refused) as twice:
        hall.desk.handle(TickRole(case_id, mine.id), ELDERLY)
    assert twice.value.key == "role.already"


def test_a_cancelled_meeting_leaves_the_case_with_somebody(hall: TownHall, case_id: str) -> None:
    """The case goes back to where it was and is owed its next step."""
    hall.reply(case_id, "A14", "partly", by=ELDERLY)
    meeting_id = hall.convene(case_id)
    hall.desk.handle(CancelMeeting(meeting_id, "日程が合わないため。"), COORDINATOR)
    assert hall.case(case_id).state is CaseState.ACCEPTED
    assert [p.kind for p in hall.promises(case_id)] == [PromiseKind.NAME_LEAD]
    assert hall.promises(meeting_id) == []


# -- whose a role is ------------------------------------------------------------------------------

AGENCYS_OWN, COLLEAGUE_IN_A14 = "M26", "M27"  # its window, and another of it


def named(member_id: str, agency_id: str = "A14") -> list[dict[str, str]]:
    return [{"agency": agency_id, "member": member_id, "task": "訪問", "due_on": "令和9年1月15日"}]


def test_a_role_does_not_pair_an_agency_with_anothers_member(hall: TownHall, case_id: str) -> None:
    """Said beside the field, in a draft as well, with whose they are."""
    meeting_id = held(hall, case_id)
    with pytest.raises(Invalid) as wrong:
        hall.save_record(meeting_id, roles=named(FARMING))
    (error,) = wrong.value.errors
    assert (error.field, error.key) == (f"{case_id}.roles.0.member", "record.other_agency")
    assert error.facts["own"] != error.facts["agency"]


def test_whoever_is_named_and_the_window_hear_of_a_role_and_tick_it(
    hall: TownHall, case_id: str
) -> None:
    """The agency took it on, so that its window hears; whoever is named says that it is done."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=named(COLLEAGUE_IN_A14))
    hall.confirm_record(meeting_id)
    assert hall.told("role_given") == {AGENCYS_OWN, COLLEAGUE_IN_A14}
    role = hall.case(case_id).roles[0]
    hall.desk.handle(TickRole(case_id, role.id), COLLEAGUE_IN_A14)
    assert hall.case(case_id).roles[0].done_by == COLLEAGUE_IN_A14


def test_of_a_restricted_case_only_whoever_is_named_hears_of_a_role(hall: TownHall) -> None:
    """The window of the agency does not see the case, unless it is named."""
    case_id = hall.open_case("A17", danger="yes")
    meeting_id = held(hall, case_id, required=("A13", "A17", "A20"))
    hall.save_record(meeting_id, roles=named(COLLEAGUE_IN_A14))
    hall.confirm_record(meeting_id)
    assert hall.told("role_given") == {COLLEAGUE_IN_A14}
    assert AGENCYS_OWN not in hall.case(case_id).named_member_ids


def test_a_role_of_somebody_who_went_to_another_agency_is_its_windows(
    hall: TownHall, case_id: str
) -> None:
    """Gone between writing and confirming: for all of the agency; later: its window inherits."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=named(COLLEAGUE_IN_A14))
    move(hall, COLLEAGUE_IN_A14, "A20")
    hall.confirm_record(meeting_id)
    role = hall.case(case_id).roles[0]
    assert role.member_id is None
    assert hall.told("role_given") == {AGENCYS_OWN}
    with pytest.raises((NotAllowed, NotFound)):
        hall.desk.handle(TickRole(case_id, role.id), COLLEAGUE_IN_A14)
    hall.desk.handle(TickRole(case_id, role.id), AGENCYS_OWN)


def move(hall: TownHall, member_id: str, agency_id: str) -> None:
    with hall.database.open() as unit:
        member = unit.directory.member(member_id)
        assert member is not None
        unit.directory.save_members([replace(member, agency_id=agency_id)])
        unit.commit()


# -- blank is blank -------------------------------------------------------------------------------


def test_a_blank_lead_stays_open_and_is_asked_for(hall: TownHall, case_id: str) -> None:
    """「空欄のときは、いまの機関のままです。」: nobody becomes 主担当 unasked and untold."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=ROLES)
    hall.confirm_record(meeting_id)
    case = hall.case(case_id)
    assert case.lead_agency_id is None
    assert case.state is CaseState.SUPPORTING
    owed = {(p.kind, p.agency_id) for p in hall.promises(case_id)}
    assert owed >= {(PromiseKind.NAME_LEAD, "A13"), (PromiseKind.FOLLOW_UP, "A13")}
    assert hall.told("lead_given") == set()
    asked = [p for p in hall.promises(case_id) if p.kind is PromiseKind.NAME_LEAD]
    assert asked[0].due_at > hall.clock.at


def test_a_blank_record_makes_no_support_and_the_next_step_is_owed_anew(
    hall: TownHall, case_id: str
) -> None:
    """Nobody took part and nothing was decided: the case stands where it stood."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, decisions=[])
    hall.confirm_record(meeting_id)
    case = hall.case(case_id)
    assert case.supporting_since is None
    assert case.state is CaseState.ASKING
    assert PromiseKind.REPLY in {p.kind for p in hall.promises(case_id)}
    case.referrals[0].reply = Reply(ReplyAnswer.DECLINED, ELDERLY, case.opened_at)
    owed = promises_of_case(case, OpenDays(holiday_name), hall.clock.at.date())
    (step,) = [p for p in owed if p.kind is PromiseKind.NEXT_STEP]
    assert step.due_at > hall.clock.at


def test_a_case_that_was_not_reached_keeps_what_it_owed(hall: TownHall, case_id: str) -> None:
    """A blank part ends no reassessment, and takes no check away."""
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes", next_check_on="令和8年12月15日")
    hall.clock.set(hall.in_days(30))
    hall.check_on(case_id, "worse", by=ELDERLY)
    assert hall.case(case_id).reassessment_asked_at
    before = hall.case(case_id).next_follow_up
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, decisions=[])
    hall.confirm_record(meeting_id)
    case = hall.case(case_id)
    assert case.next_follow_up == before
    assert case.reassessment_asked_at
    assert PromiseKind.REASSESS in {p.kind for p in hall.promises(case_id)}


def test_whoever_leads_by_a_record_is_told(hall: TownHall, case_id: str) -> None:
    """Once, with the next check; not again when the record leaves it where it was."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=ROLES, lead_agency="A14")
    hall.confirm_record(meeting_id)
    assert hall.case(case_id).lead_agency_id == "A14"
    assert hall.told("lead_given") == {ELDERLY}
    assert hall.notices(key="lead_given")[0].facts["next_check_on"]
    assert PromiseKind.NAME_LEAD not in {p.kind for p in hall.promises(case_id)}


def test_the_writers_agency_hears_that_its_case_goes_on_an_agenda(hall: TownHall) -> None:
    """Also when it is not invited; whoever did it is not told their own deed."""
    case_id = hall.open_case("A17")
    meeting_id = hall.convene(case_id, by=OTHER_COORDINATOR, required=["A17", "A20"])
    assert OTHER_COORDINATOR not in hall.told("case_on_agenda")
    assert COORDINATOR in hall.told("case_on_agenda")
    (notice,) = [n for n in hall.notices(key="case_on_agenda") if n.member_id == COORDINATOR]
    assert (notice.case_id, notice.meeting_id) == (case_id, meeting_id)
    assert notice.facts["hears"] is False


def test_who_only_looks_through_a_record_did_not_write_it(hall: TownHall, case_id: str) -> None:
    """The chair's page saves what stands on it before it confirms: nothing new, no other writer."""
    meeting_id = held(hall, case_id)
    written = hall.save_record(meeting_id, roles=ROLES, by=COORDINATOR)
    assert hall.save_record(meeting_id, roles=ROLES, by=CHAIR) == written
    hall.confirm_record(meeting_id)
    record = hall.meeting(meeting_id).record
    assert record is not None
    assert (record.writer_id, record.confirmed_by) == (COORDINATOR, CHAIR)


def test_an_unfinished_record_that_the_chair_hands_in_as_it_is_keeps_its_writer(
    hall: TownHall, case_id: str
) -> None:
    """Pressing 確認して共有する on another's draft states that it is ready, not who wrote it."""
    meeting_id = held(hall, case_id)
    hall.save_record(meeting_id, roles=ROLES, ready=False)
    hall.save_record(meeting_id, roles=ROLES, by=CHAIR)
    record = hall.meeting(meeting_id).record
    assert record is not None
    assert record.writer_id == COORDINATOR
    assert record.asked_to_confirm_at == hall.desk.now()


def test_who_corrects_a_record_does_not_become_its_writer(hall: TownHall, case_id: str) -> None:
    """Whoever wrote it stays its writer, and goes on with it; the corrector is said beside, and
    which version was whose."""
    meeting_id = held(hall, case_id)
    hall.desk.handle(TakeOverWriting(meeting_id, ELDERLY), COORDINATOR)
    hall.swear(meeting_id, ELDERLY)
    hall.save_record(meeting_id, by=ELDERLY, issues="もとの言葉。")
    hall.clock.move(hours=1)
    hall.save_record(meeting_id, by=CHAIR, issues="直した言葉。", ready=False)
    record = hall.meeting(meeting_id).record
    assert record is not None
    assert (record.writer_id, record.writer_agency_id) == (ELDERLY, "A14")
    assert [(one.version, one.by) for one in record.earlier] == [(1, ELDERLY)]
    (owed,) = hall.promises(meeting_id, PromiseKind.RECORD)
    assert owed.member_id == ELDERLY
    with pytest.raises(Conflict) as overtaken:
        hall.desk.handle(SaveRecord(meeting_id, 1, {}, {}), ELDERLY)
    assert overtaken.value.facts["by"] == name_of(hall, CHAIR)
    hall.save_record(meeting_id, by=ELDERLY, issues="直した言葉。もう一度。")
    hall.save_record(meeting_id, by=CHAIR, issues="直した言葉。これで。")
    hall.confirm_record(meeting_id)
    seen = hall.desk.ask(GetRecord(meeting_id), CHAIR)
    assert seen.writer == name_of(hall, ELDERLY)
    assert [who for who, _ in seen.corrected] == [name_of(hall, CHAIR)]
    assert [by for _, by, _ in seen.earlier] == [
        name_of(hall, m) for m in (ELDERLY, CHAIR, ELDERLY)
    ]


def name_of(hall: TownHall, member_id: str) -> str:
    with hall.database.open() as unit:
        member = unit.directory.member(member_id)
    assert member is not None
    return member.name
