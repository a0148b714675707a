"""The fictional town at its largest: the longest names, the fullest forms, the longest lists.

`grow` gives every agency, district and member a name of 50 letters, in which stand Slack's own
marks and something like a call to everybody, and fills every list; `crowd` adds cases and meetings
as full as a form lets them be.
"""

from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any

from tests.support.hands import UNCONSENTED, WAYS, Fields, ask_for, meant
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, OTHER_COORDINATOR
from tests.support.town import FORMS, TownHall
from workflows.cases.name_members import NameMember
from workflows.cases.open_case import MOST_REFERRALS, OpenCase
from workflows.core.permissions import Caller
from workflows.forms import Field, FieldType, Form
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import show_date
from workflows.meetings.answer import NAME_MAX, AnswerDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.convene import Convene
from workflows.meetings.slots import MOST_SLOTS
from workflows.model.promise import PromiseKind
from workflows.reminders.keep_promises import KeepNextPromise

NAME = 50  # letters: as long as a name may get that anybody can still say
CASES = 40  # open, beside the largest
MARKS = "&<!channel>*_~`"
FILLER = "福祉連携支援"
AGENCIES = ("A13", "A14", "A17", "A19", "A20", "A21", "A06", "A10", "A27", "A31")
CONTACTS = ("M21", "M26", "M30", "M32", "M33", "M34", "M12", "M17", "M40", "M44")
WORDS = f"長い話です。{MARKS} <@U0BOT> https://example.jp/?a=1&b=2\n"


def long(most: int, words: str = WORDS) -> str:
    """Text of exactly so many letters."""
    return "".join(islice(cycle(words), most - 1)) + "。"


def line(most: int) -> str:
    """The same on one line."""
    return long(most).replace("\n", " ")


def named(short: str) -> str:
    return (short[: NAME - len(MARKS)] + MARKS + FILLER * 9)[:NAME]


def grow(hall: TownHall) -> None:
    """Everybody's and everything's name becomes as long as it can be, and every list full."""
    with hall.database.open() as unit:
        town = unit.directory.town()
        districts = tuple(replace(d, name=named(d.name)) for d in town.districts)
        unit.directory.save_town(replace(town, districts=districts))
        unit.directory.save_agencies(
            [replace(a, name=named(a.name)) for a in unit.directory.agencies()]
        )
        unit.directory.save_members(
            [replace(m, name=named(m.name)) for m in unit.directory.members()]
        )
        unit.commit()
    for _ in range(CASES):
        hall.open_case(*AGENCIES[1:4], by=COORDINATOR)


# -- forms as full as they can be -----------------------------------------------------------------


def fullest(form: Form, **changes: Any) -> Fields:
    """Every question of a form answered at its longest; `changes` where a choice matters."""
    return {f.id: _answer(f) for f in form.fields} | changes


def _answer(field: Field) -> Any:
    most = field.max or 800
    match field.type:
        case FieldType.TEXT:
            return line(most)
        case FieldType.LONG:
            return long(most)
        case FieldType.KANA:
            return "ア" * most
        case FieldType.TEL:
            return "0000101401"
        case FieldType.DATE:
            return "令和8年11月20日"
        case FieldType.INSTANT:
            return "令和8年11月20日 9:30"
        case FieldType.CHOICE:
            return field.choices[-1].value
        case FieldType.CHOICES:
            return [c.value for c in field.choices][:most]
        case FieldType.YES_NO:
            return "no"
        case FieldType.AGENCY:
            return AGENCIES[1]
        case FieldType.AGENCIES:
            return list(AGENCIES)
        case FieldType.MEMBER:
            return COORDINATOR
        case FieldType.DISTRICT:
            return "D01"
        case FieldType.ROWS:
            return [{c.id: _answer(c) for c in field.columns} for _ in range(field.max_rows)]


# -- cases and meetings ---------------------------------------------------------------------------

WHO = {  # planted: none of it may stand in a message
    "name": ("架空見本之助" * 7)[:40],
    "kana": ("カクウミホンノスケ" * 7)[:60],
    "address": ("つなぎ野市みほん団地9号棟" * 9)[:119],
    "phone": "0000-77-1234",
    "birth_date": "昭和15年4月1日",
}
HOUSEHOLD = [
    {"relation": "長男とその家族など", "name": f"架空夜見子{n}", "age_band": "unknown",
     "living": "together", "note": line(60)}
    for n in "一二三四五六七八九十"
]  # fmt: skip


def hush(hall: TownHall) -> None:
    """Whatever waits to be told is told to nobody: each of the messages has its own turn."""
    with hall.database.open() as unit:
        now = hall.desk.now()
        for via in WAYS:
            while (claimed := unit.outbox.claim(now.replace(year=2099), "test", via)) is not None:
                unit.outbox.settle(claimed.notice.id, "test", claimed.attempt, "sent", now)
        unit.commit()


@dataclass(frozen=True)
class Crowded:
    """The largest of everything: ids of cases and of meetings by how far they are."""

    case_id: str
    answered: str
    asked: str
    fixed: str
    held: str
    proposed: str  # its record waits for the chair
    recorded: str
    restricted: str  # a case that only named members see
    closed: str


def crowd(hall: TownHall) -> Crowded:
    """Two cases as full as they get, of which one is supported, and meetings about them."""
    case_id = _largest_case(hall)
    answered = _largest_case(hall, household=HOUSEHOLD[:1])
    for agency, member in list(zip(AGENCIES, CONTACTS, strict=True))[1:]:
        more: Fields = {"lead": "yes"} if member == ELDERLY else {}
        answer = "accepted" if member == ELDERLY else "partly"
        hall.reply(answered, agency, answer, by=member, reason=long(400), **more)
    hall.plan(answered, **_plan())
    asked = _largest_meeting(hall, case_id, 10)
    for agency, member in list(zip(AGENCIES, CONTACTS, strict=True))[:8]:
        slots = hall.meeting(asked).slots
        symbols = islice(cycle(("yes", "maybe", "no")), len(slots))
        answers = {s.id: symbol for s, symbol in zip(slots, symbols, strict=True)}
        comments = {s.id: line(100) for s in slots}
        hall.desk.handle(AnswerDates(asked, agency, answers, comments), member)
    fixed = _largest_meeting(hall, answered, 11)
    hall.fix(fixed, reason=long(200))
    held = _largest_meeting(hall, answered, 12)
    proposed = _largest_meeting(hall, answered, 13)
    recorded = _largest_meeting(hall, answered, 14)
    for meeting_id in (held, proposed, recorded):
        hall.fix(meeting_id, reason=long(200))
    for agency, member in zip(AGENCIES, CONTACTS, strict=True):
        hall.desk.handle(ConfirmAttendance(held, agency, True, line(NAME_MAX)), member)
    restricted = _largest_case(hall, danger="yes", household=HOUSEHOLD[:1])
    for member_id in (OTHER_COORDINATOR, CHAIR):
        hall.desk.handle(NameMember(restricted, member_id, True), COORDINATOR)
    closed = hall.open_case()
    hall.reply(closed, AGENCIES[1], by=ELDERLY)
    hall.close(closed, "suspended")
    return Crowded(case_id, answered, asked, fixed, held, proposed, recorded, restricted, closed)


def hold(hall: TownHall, crowded: Crowded) -> None:
    """Time goes on until the sittings are over, each further with its record; the week's digest
    is made."""
    ended = hall.meeting(crowded.recorded).fixed_slot
    assert ended is not None
    hall.clock.at = ended.ends_at
    for meeting_id in (crowded.proposed, crowded.recorded):
        hall.save_record(meeting_id, **_record(hall))
    hall.confirm_record(crowded.recorded)
    hall.ask_whether_needed(crowded.answered)
    for digest in hall.promises(None, PromiseKind.DIGEST):
        hall.desk.handle(KeepNextPromise(digest.key), Caller.CLOCK)


def _largest_case(hall: TownHall, **changes: Any) -> str:
    form = FORMS.form("sheet")
    raw = fullest(form, **UNCONSENTED, **WHO, household=HOUSEHOLD, urgency="normal") | changes
    raw |= {"consent_on": "", "consent_scope": [], "unconsented_reason": long(300)}
    asked = [ask_for(agency, long(300)) for agency in AGENCIES[1:]]
    return hall.desk.handle(OpenCase(raw, tuple(asked[:MOST_REFERRALS])), COORDINATOR)


def _largest_meeting(hall: TownHall, case_id: str, hour: int) -> str:
    form = FORMS.form("meeting")
    raw = fullest(
        form,
        kind="case",
        bases=["act_106_6"],
        chair=CHAIR,
        minutes="60",
        required_agencies=list(AGENCIES[:5]),
        optional_agencies=list(AGENCIES[5:]),
        online_url="https://example.jp/" + "a" * 280,
    )
    days = [hall.in_days(9 + n).date() for n in range(MOST_SLOTS)]
    starts = f"{hour}:00"
    slots = tuple({"day": show_date(day), "starts": starts} for day in days)
    answer_by = show_date(hall.in_days(7).date())
    number = hall.case(case_id).number
    command = Convene(raw, (number,), slots, answer_by, meant(days, starts))
    return hall.desk.handle(command, COORDINATOR)


def _plan() -> Fields:
    return fullest(
        FORMS.form("plan"),
        starts_on="令和8年11月20日",
        ends_on="令和9年4月30日",
        review_on="令和9年4月1日",
        consent_signed_on="",
    )


def _record(hall: TownHall) -> Fields:
    with hall.database.open() as unit:
        somebody = {m.agency_id: m.id for m in unit.directory.members()}
    values = fullest(FORMS.form("record"), next_on="", lead_agency=AGENCIES[1])
    values |= {"closure_judgement": "suspended", "plan_adequate": "revise"}
    for at, role in enumerate(values["roles"]):
        agency = AGENCIES[at % len(AGENCIES)]
        role |= {"agency": agency, "member": somebody[agency], "due_on": "令和9年1月15日"}
    return values


def to_put_off(hall: TownHall, member_id: str) -> str:
    """The key of something that is theirs to do and may be put off."""
    to_do = hall.desk.ask(GetInbox(), member_id).to_do
    return next(one.key for one in to_do if one.can_remind_tomorrow)
