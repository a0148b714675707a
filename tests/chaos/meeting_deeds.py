"""More of what people do around meetings, drawn by chance as in tests/support/deeds.py."""

from collections.abc import Callable

from tests.support.deeds import AGENCIES, MOST_CASES, WINDOW, Chance, live_meeting, one_case
from tests.support.deeds import DEEDS as DAILY
from tests.support.hands import confirm_permission_requests, meant
from tests.support.people import ADMINISTRATOR, CHAIR, COORDINATOR, OTHER_COORDINATOR
from tests.support.town import TownHall
from tests.workflows.test_sign_in import LABELS
from workflows.cases.merge_cases import MergeCases
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.japanese.dates import show_date
from workflows.meetings.answer import AnswerDates, AnswerSlot
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import FixDate
from workflows.meetings.record import SaveRecord
from workflows.meetings.run import AddDates, InviteAgency, RemindUnanswered, UninviteAgency
from workflows.meetings.send_back import SendBackRecord
from workflows.model.meeting import MeetingState

S = MeetingState
SYMBOLS = ("yes", "maybe", "no")
PRESENCES = ("present", "delegate", "absent", "unknown")
Deed = Callable[[TownHall, Chance], None]


def some_meeting(hall: TownHall, chance: Chance, *states: MeetingState) -> str:
    """Mostly one to which it may be done, now and then any."""
    with hall.database.open() as unit:
        rows = unit.meetings.rows(live_only=False)
    fit = [m.id for m in rows if m.state in states]
    if fit and chance.of("fit", "fit", "fit", "any") == "fit":
        return chance.of(*fit)
    return chance.of(*(m.id for m in rows)) if rows else live_meeting(hall, chance)


def _spokesman(hall: TownHall, chance: Chance, agency_id: str) -> str:
    """Somebody of the agency, or whoever convened, who heard it on the telephone."""
    return chance.of(WINDOW[agency_id], WINDOW[agency_id], COORDINATOR)


def convene_two(hall: TownHall, chance: Chance) -> None:
    """On up to two cases, by anybody who may; a number that is not theirs is opened urgently."""
    cases = {one_case(hall, chance), one_case(hall, chance)}
    hall.convene(
        *sorted(cases),
        by=chance.of(COORDINATOR, OTHER_COORDINATOR),
        required=[chance.of("A13", "A17")],
        optional=[chance.of("A14", "A20")],
        bases=[chance.of("act_106_6", "act_106_6", "multi_layered")],
        days_ahead=[int(chance.of("8", "9", "30")), int(chance.of("10", "11", "40"))],
    )


def answer_dates(hall: TownHall, chance: Chance) -> None:
    """One agency, invited or not, and each date for itself; also what it had answered already."""
    meeting_id, agency = some_meeting(hall, chance, S.COLLECTING), chance.of(*AGENCIES)
    answers = {s.id: chance.of(*SYMBOLS) for s in hall.meeting(meeting_id).slots}
    command = AnswerDates(meeting_id, agency, answers, {})
    hall.desk.handle(command, _spokesman(hall, chance, agency))


def answer_one_date(hall: TownHall, chance: Chance) -> None:
    meeting_id, agency = some_meeting(hall, chance, S.COLLECTING), chance.of(*AGENCIES)
    slot = chance.of(*(s.id for s in hall.meeting(meeting_id).slots))
    command = AnswerSlot(meeting_id, agency, slot, chance.of(*SYMBOLS))
    hall.desk.handle(command, _spokesman(hall, chance, agency))


def add_dates(hall: TownHall, chance: Chance) -> None:
    meeting_id, starts = (
        some_meeting(hall, chance, S.COLLECTING, S.ANSWERS_CLOSED),
        chance.of("10:00", "15:00"),
    )
    days = [hall.in_days(int(chance.of("6", "12", "25"))).date()]
    slots = tuple({"day": show_date(day), "starts": starts} for day in days)
    answer_by = show_date(hall.in_days(4).date()) if chance.of("yes", "no") == "yes" else ""
    command = AddDates(meeting_id, slots, answer_by, meant(days, starts))
    hall.desk.handle(command, COORDINATOR)


def fix_any(hall: TownHall, chance: Chance) -> None:
    """Any of the dates, whatever was answered to it; with a reason or without one."""
    meeting_id = some_meeting(hall, chance, S.COLLECTING, S.ANSWERS_CLOSED)
    slot = chance.of(*(s.id for s in hall.meeting(meeting_id).slots))
    found = hall.meeting(meeting_id).slot(slot)
    assert found is not None
    reason = chance.of("", "急ぐため。", "急ぐため。")
    command = FixDate(meeting_id, slot, reason, found.starts_at.isoformat())
    hall.desk.handle(command, COORDINATOR)


def invite(hall: TownHall, chance: Chance) -> None:
    required = chance.of("yes", "no") == "yes"
    command = InviteAgency(
        some_meeting(hall, chance, S.COLLECTING, S.FIXED), chance.of(*AGENCIES), required
    )
    hall.desk.handle(command, COORDINATOR)


def uninvite(hall: TownHall, chance: Chance) -> None:
    command = UninviteAgency(
        some_meeting(hall, chance, S.COLLECTING, S.FIXED), chance.of(*AGENCIES)
    )
    hall.desk.handle(command, COORDINATOR)


def remind(hall: TownHall, chance: Chance) -> None:
    hall.desk.handle(RemindUnanswered(some_meeting(hall, chance, S.COLLECTING)), COORDINATOR)


def attend(hall: TownHall, chance: Chance) -> None:
    """Of the date that stands, or of one that it was moved from."""
    meeting_id, agency = some_meeting(hall, chance, S.FIXED), chance.of(*AGENCIES)
    meeting = hall.meeting(meeting_id)
    old = chance.of(*(s.id for s in meeting.slots))
    date = chance.of(meeting.fixed_slot_id or old, meeting.fixed_slot_id or old, old)
    comes = chance.of("yes", "no") == "yes"
    command = ConfirmAttendance(meeting_id, agency, comes, "代理の者", date=date)
    hall.desk.handle(command, _spokesman(hall, chance, agency))


def _wait_until_it_begins(hall: TownHall, meeting_id: str, chance: Chance) -> None:
    slot = hall.meeting(meeting_id).fixed_slot
    if slot and chance.of("then", "then", "now") == "then":
        hall.clock.at = max(hall.clock.at, slot.starts_at)


def write(hall: TownHall, chance: Chance) -> None:
    """A record in which of some agencies nobody says whether they came."""
    meeting_id = some_meeting(hall, chance, S.FIXED)
    _wait_until_it_begins(hall, meeting_id, chance)
    by = chance.of(COORDINATOR, CHAIR)
    listed = hall.everybody_came(meeting_id)
    everybody = chance.of("said", "said", "left") == "said"
    presences = PRESENCES[:-1] if everybody else PRESENCES
    came = {agency: (chance.of(*presences), "") for agency in listed}
    ready = chance.of("ready", "ready", "later") == "ready"
    hall.save_record(meeting_id, by=by, ready=ready, came=came, summary=chance.of("", "見守る。"))


def write_blank(hall: TownHall, chance: Chance) -> None:
    """A record handed in as it stands: nothing is stated in this press."""
    meeting_id = some_meeting(hall, chance, S.FIXED)
    record = hall.meeting(meeting_id).record
    version = record.version if record else 0
    _wait_until_it_begins(hall, meeting_id, chance)
    by, shares = chance.of(COORDINATOR, CHAIR), chance.of("yes", "no") == "yes"
    hall.swear(meeting_id, by)
    hall.desk.handle(SaveRecord(meeting_id, version, {}, {}, ready=True, shares=shares), by)


def send_back(hall: TownHall, chance: Chance) -> None:
    meeting_id = some_meeting(hall, chance, S.FIXED)
    record = hall.meeting(meeting_id).record
    hall.swear(meeting_id, CHAIR)
    hall.desk.handle(SendBackRecord(meeting_id, record.version if record else 0), CHAIR)


def confirm(hall: TownHall, chance: Chance) -> None:
    meeting_id = some_meeting(hall, chance, S.FIXED)
    if hall.meeting(meeting_id).record:
        hall.confirm_record(meeting_id)


def merge(hall: TownHall, chance: Chance) -> None:
    if len(hall.case_ids()) > MOST_CASES // 2:
        one, other = one_case(hall, chance), one_case(hall, chance)
        hall.desk.handle(MergeCases(one, hall.case(other).number), COORDINATOR)


def come_and_go(hall: TownHall, chance: Chance) -> None:
    """The window of an agency leaves, from today or yesterday on, or comes back."""
    who = chance.of(WINDOW["A14"], WINDOW["A17"])
    last = chance.of("", str(hall.in_days(0).date()), str(hall.in_days(-1).date()))
    found = hall.desk.ask(GetMemberToEdit(who, LABELS), ADMINISTRATOR)
    cells = {**found.cells, "active_until": last}
    command = SaveMember(cells, found.stamp, LABELS, handover_seen=True, doubts_seen=True)
    hall.desk.handle(command, ADMINISTRATOR)
    confirm_permission_requests(hall.desk)


DEEDS: tuple[Deed, ...] = (
    *DAILY,
    *(convene_two, answer_dates, answer_dates, answer_one_date, add_dates, fix_any, fix_any),
    *(invite, uninvite, remind, attend, attend, write, write, write_blank, send_back, confirm),
    *(confirm, merge, come_and_go),
)
