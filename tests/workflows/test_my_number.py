"""No My Number, ever: every free text of every command and every form refuses twelve digits."""

import typing
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from typing import Any

import pytest

import workflows.registry
from handlers.words.formbook import load_formbook
from handlers.words.labels import load_labels
from tests.support.clock import START
from tests.support.hands import ask_for, sheet
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import FORMS, TownHall
from tests.workflows.test_split_case import household, split_command
from workflows.cases.close_case import CloseCase, ReopenCase
from workflows.cases.drafts import GetDraft, SaveDraft
from workflows.cases.edit_sheet import EditSheet
from workflows.cases.enter_reply import EnterReply
from workflows.cases.new_reader import ProposeReader
from workflows.cases.open_case import OpenCase
from workflows.cases.plan import SavePlan
from workflows.cases.record_consent import RecordConsent
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral
from workflows.cases.roles import TickRole
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.split_case import SplitCase
from workflows.cases.still_needed import SayStillNeeded
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.unrestrict import ProposeUnrestricting
from workflows.chat.accounts import MatchAccounts, PlatformPerson
from workflows.core.errors import Invalid
from workflows.core.messages import Command
from workflows.core.permissions import Caller
from workflows.directory.edit_lists import ExportMembers, ImportMembers
from workflows.directory.edit_one import (
    GetAgencyToEdit,
    GetMemberToEdit,
    SaveAgency,
    SaveMember,
)
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.directory.link_account import RequestAccountLink
from workflows.followups.answer import AnswerFollowUp
from workflows.followups.reassess import EndReassessment
from workflows.forms import Field, FieldType, check
from workflows.forms.shape import FREE_TEXT
from workflows.meetings.answer import AnswerDates, AnswerSlot
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.convene import Convene
from workflows.meetings.fix_date import CancelMeeting, FixDate, MoveMeeting
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.record import SaveRecord
from workflows.meetings.run import InviteAgency
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit
from workflows.model.case import Judgement
from workflows.requests.record import AnswerRequest, ExtendRequest, RecordRequest
from workflows.retention.hold import KeepLonger, SetHold
from workflows.sign_in.passkeys import AddPasskey, BeginPasskeyRegistration
from workflows.sign_in.sign_in import PrintLink, UseLink

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

LABELS = load_labels()
NUMBERS = (
    "123456789012",
    "1234-5678-9012",
    "１２３４　５６７８　９０１２",
    "1 2 3 4 5 6 7 8 9 0 1 8",  # in boxes: the check digit fits
    "一二三四五六七八九〇一八",
)
NUMBER = NUMBERS[0]


def free_texts() -> Iterator[tuple[str, Field, Field | None]]:
    """Every field of every form in which one may write freely, with its column if it has one."""
    for form_id, form in load_formbook(None).forms.items():
        for field in form.fields:
            if field.type in FREE_TEXT:
                yield form_id, field, None
            for column in field.columns:
                if column.type in FREE_TEXT:
                    yield form_id, field, column


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("form_id", "field", "column"),
    list(free_texts()),
    ids=[f"{f}.{x.id}{'.' + c.id if c else ''}" for f, x, c in free_texts()],
)
def test_every_field_of_every_form_refuses_it(
    form_id: str, field: Field, column: Field | None, number: str
) -> None:
    """In whatever way it is written, alone or in a sentence; and nothing of it is kept."""
    typed: Any = f"番号は{number}です"
    if (column or field).type in (FieldType.KANA, FieldType.TEL):
        typed = number
    raw = {field.id: [{column.id: typed}] if column else typed}
    result = check(FORMS.form(form_id), raw, today=START.date())
    name = f"{field.id}.0.{column.id}" if column else field.id
    assert "form.my_number" in {e.key for e in result.errors if e.field == name}
    assert number not in str(result.values)


# -- every command -------------------------------------------------------------------------------

Do = Callable[[TownHall, str], object]


def _with_meeting(hall: TownHall) -> tuple[str, str]:
    case_id = hall.open_case("A14")
    return case_id, hall.convene(case_id)


def _fixed(hall: TownHall) -> tuple[str, str]:
    case_id, meeting_id = _with_meeting(hall)
    hall.fix(meeting_id)
    return case_id, meeting_id


def _begun(hall: TownHall) -> tuple[str, str]:
    case_id, meeting_id = _fixed(hall)
    hall.clock.move(days=20, hours=5)
    hall.swear(meeting_id, COORDINATOR, CHAIR)
    return case_id, meeting_id


def open_case(hall: TownHall, number: str) -> object:
    return hall.open_case("A14", summary=number)


def a_request(hall: TownHall, number: str) -> object:
    return hall.desk.handle(OpenCase(sheet(), (ask_for("A14", number),)), COORDINATOR)


def edit_sheet(hall: TownHall, number: str) -> object:
    return hall.edit(hall.open_case(), wishes=number)


def refer(hall: TownHall, number: str) -> object:
    return hall.desk.handle(Refer(hall.open_case(), (ask_for("A17", number),)), COORDINATOR)


def refer_reason(hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    command = Refer(case_id, (ask_for("A17"),), "act_106_6", number)
    return hall.desk.handle(command, COORDINATOR)


def reply(hall: TownHall, number: str) -> object:
    return hall.reply(hall.open_case(), "A14", by=ELDERLY, reason=number)


def enter_reply(name: str, hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    raw = {"answer": "accepted", "reason": number if name == "reason" else ""}
    said_by = number if name == "said_by" else "葉山"
    asked = hall.referral(case_id, "A14").id
    return hall.desk.handle(EnterReply(case_id, asked, raw, "telephone", said_by), COORDINATOR)


def save_plan(hall: TownHall, number: str) -> object:
    return hall.plan(hall.open_case(), issues=number)


def close(hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    hall.reply(case_id, "A14", by=ELDERLY)
    return hall.desk.handle(
        CloseCase(case_id, {"kind": "suspended", "reason": number}), COORDINATOR
    )


def set_aside(hall: TownHall, number: str) -> object:
    case_id = hall.open_case("A14")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.judgements.append(Judgement("j1", "closed", "m1", hall.desk.now()))
        unit.commit()
    return hall.desk.handle(SetAsideJudgement(case_id, "j1", number), COORDINATOR)


def take_back(hall: TownHall, number: str) -> object:
    case_id = hall.open_case("A14")
    referral = hall.referral(case_id, "A14")
    return hall.desk.handle(TakeBackReferral(case_id, referral.id, True, number), COORDINATOR)


def reopen(hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.close(case_id)
    return hall.desk.handle(ReopenCase(case_id, number), COORDINATOR)


def follow_up(hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.check_on(case_id, by=ELDERLY, comment=number)
    return None


def reassess(hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.check_on(case_id, "worse", by=ELDERLY)
    return hall.desk.handle(EndReassessment(case_id, number), COORDINATOR)


def still_needed(field: str, hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    hall.ask_whether_needed(case_id)
    said = {"reason": "訪問が続いているため。", field: number}
    return hall.desk.handle(SayStillNeeded(case_id, **said), COORDINATOR)


def tick_role(hall: TownHall, number: str) -> object:
    case_id, meeting_id = _begun(hall)
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": "訪問"}])
    hall.confirm_record(meeting_id)
    role = hall.case(case_id).roles[0]
    return hall.desk.handle(TickRole(case_id, role.id, number), COORDINATOR)


def convene(field: str, hall: TownHall, number: str) -> object:
    typed: dict[str, Any] = {field: number}
    return hall.convene(hall.open_case(), **typed)


def invite_own(hall: TownHall, number: str) -> object:
    meeting_id = hall.convene(hall.open_case("A14"))
    invite = InviteAgency(meeting_id, "A01", required=False, reason=number)
    return hall.desk.handle(invite, OTHER_COORDINATOR)


def hear_own(hall: TownHall, number: str) -> object:
    first, second = hall.open_case("A14"), hall.open_case("A14")
    agencies = ("A13", "A14", "A01")
    hearing = {first: agencies, second: ("A13", "A14")}
    meeting_id = hall.convene(first, second, required=agencies, hearing=hearing)
    change = HearingEdit(hall.case(second).number, add=("A01",))
    return hall.desk.handle(ChooseWhoHears(meeting_id, (change,), number), OTHER_COORDINATOR)


def put_on_agenda(hall: TownHall, number: str) -> object:
    _, meeting_id = _with_meeting(hall)
    other = hall.case(hall.open_case()).number
    return hall.desk.handle(PutOnAgenda(meeting_id, (other,), number), COORDINATOR)


def answer(field: str, hall: TownHall, number: str) -> object:
    _, meeting_id = _with_meeting(hall)
    slots = [s.id for s in hall.meeting(meeting_id).slots]
    comments = {slots[0]: number} if field == "comment" else {}
    who = number if field == "who" else ""
    said_by = number if field == "said_by" else ""
    yes = dict.fromkeys(slots, "yes")
    command = AnswerDates(meeting_id, "A14", yes, comments, who, said_by=said_by)
    return hall.desk.handle(command, ELDERLY)


def answer_slot(hall: TownHall, number: str) -> object:
    _, meeting_id = _with_meeting(hall)
    slot = hall.meeting(meeting_id).slots[0]
    return hall.desk.handle(AnswerSlot(meeting_id, "A14", slot.id, "yes", number), ELDERLY)


def attend(field: str, hall: TownHall, number: str) -> object:
    _, meeting_id = _fixed(hall)
    said: dict[str, Any] = {"who": "", "comment": "", "said_by": "", field: number}
    return hall.desk.handle(ConfirmAttendance(meeting_id, "A14", True, **said), ELDERLY)


def fix(hall: TownHall, number: str) -> object:
    _, meeting_id = _with_meeting(hall)
    return hall.fix(meeting_id, reason=number)


def move(field: str, hall: TownHall, number: str) -> object:
    _, meeting_id = _fixed(hall)
    said = {"reason": "都合により。", "place": "", field: number}
    command = MoveMeeting(meeting_id, "令和8年12月22日", "14:00", **said)
    return hall.desk.handle(command, COORDINATOR)


def cancel(hall: TownHall, number: str) -> object:
    _, meeting_id = _fixed(hall)
    return hall.desk.handle(CancelMeeting(meeting_id, number), COORDINATOR)


def prepare(hall: TownHall, number: str) -> object:
    case_id, meeting_id = _fixed(hall)
    hall.swear(meeting_id, ELDERLY)
    command = SavePreparation(meeting_id, hall.case(case_id).number, {"current_work": number})
    return hall.desk.handle(command, ELDERLY)


def record(hall: TownHall, number: str) -> object:
    _, meeting_id = _begun(hall)
    return hall.save_record(meeting_id, ready=False, shared_facts=number)


def record_summary(hall: TownHall, number: str) -> object:
    _, meeting_id = _begun(hall)
    return hall.desk.handle(SaveRecord(meeting_id, 0, {}, {}, summary=number), COORDINATOR)


def record_who(hall: TownHall, number: str) -> object:
    _, meeting_id = _begun(hall)
    who = {"A14": ("present", number)}
    return hall.desk.handle(SaveRecord(meeting_id, 0, who, {}), COORDINATOR)


def passkey(hall: TownHall, number: str) -> object:
    link = hall.desk.handle(PrintLink(CLERK), Caller.CONSOLE)
    session = hall.desk.handle(UseLink(link, "", 12), Caller.DOOR).token
    offer = hall.desk.handle(BeginPasskeyRegistration(session), CLERK)
    command = AddPasskey(session, offer.challenge, "id", "key", 0, number)
    return hall.desk.handle(command, CLERK)


def town(field: str, hall: TownHall, number: str) -> object:
    seen = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)
    districts = tuple((d.id, d.name, d.kana) for d in seen.town.districts)
    if field == "district":
        districts = ((districts[0][0], number, districts[0][2]), *districts[1:])
    name = number if field == "name" else seen.town.name
    command = SaveTown(name, seen.town.kana, districts, (), seen.stamp)
    return hall.desk.handle(command, ADMINISTRATOR)


def entry(field: str, hall: TownHall, number: str) -> object:
    """A cell of the directory's page for an agency or a member."""
    if field in ("address", "phone"):
        seen = hall.desk.ask(GetAgencyToEdit("A14", LABELS), ADMINISTRATOR)
        cells = {**seen.cells, field: number}
        return hall.desk.handle(SaveAgency(cells, seen.stamp, LABELS), ADMINISTRATOR)
    seen = hall.desk.ask(GetMemberToEdit(ELDERLY, LABELS), ADMINISTRATOR)
    cells = {**seen.cells, field: number}
    return hall.desk.handle(SaveMember(cells, seen.stamp, LABELS), ADMINISTRATOR)


def consent(field: str, hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    raw = {"consent": "withdrawn", "consent_on": "令和8年11月20日", "consent_scope": []}
    raw |= {"consent_method": number if field == "method" else ""}
    reason = number if field == "reason" else ""
    return hall.desk.handle(RecordConsent(case_id, 1, raw, reason), COORDINATOR)


def hold(hall: TownHall, number: str) -> object:
    return hall.desk.handle(SetHold(hall.open_case(), number), MANAGER)


def new_reader(hall: TownHall, number: str) -> object:
    case_id = hall.open_case("A14", danger="yes")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.named_member_ids = []
        unit.commit()
    return hall.desk.handle(ProposeReader(case_id, COORDINATOR, number), MANAGER)


def unrestrict(hall: TownHall, number: str) -> object:
    case_id = hall.open_case("A14", danger="yes")
    return hall.desk.handle(ProposeUnrestricting(case_id, number), COORDINATOR)


def longer(hall: TownHall, number: str) -> object:
    case_id = hall.open_case()
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.close(case_id)
    return hall.desk.handle(KeepLonger(case_id, "令和20年3月31日", number), MANAGER)


def person_request(hall: TownHall, number: str = "", field: str = "") -> str:
    texts = {"person": "浮舟はつ江", "asker": "", "authority": "", "checked": "免許証"}
    texts |= {"wanted": "写し"} | ({field: number} if field else {})
    return hall.desk.handle(RecordRequest("disclosure", "person", texts, "R8.11.20"), COORDINATOR)


def request_text(field: str, hall: TownHall, number: str) -> object:
    return person_request(hall, number, field)


def later(hall: TownHall, number: str) -> object:
    made = person_request(hall)
    return hall.desk.handle(ExtendRequest(made, "R9.1.19", number), COORDINATOR)


def given(field: str, hall: TownHall, number: str) -> object:
    told = {"given": "写し", "reason": "ほかの方の情報"} | {field: number}
    made = person_request(hall)
    command = AnswerRequest(made, "partly", told["given"], told["reason"], "R8.11.20")
    return hall.desk.handle(command, COORDINATOR)


def split(what: str, hall: TownHall, number: str) -> object:
    case_id = household(hall)
    command = split_command(hall, case_id)
    if what == "reason":
        over = (replace(command.over[0], reason=number),)
        return hall.desk.handle(replace(command, over=over), COORDINATOR)
    if what == "request":
        asked = (ask_for("A17", number),)
        return hall.desk.handle(replace(command, referrals=asked), COORDINATOR)
    raw = {**command.raw, "summary": number}
    return hall.desk.handle(replace(command, raw=raw), COORDINATOR)


REFUSED: dict[str, tuple[type[Command[Any]], Do]] = {
    "a sheet": (OpenCase, open_case),
    "a request": (OpenCase, a_request),
    "the sheet of one of a household": (SplitCase, partial(split, "sheet")),
    "a request for one of a household": (SplitCase, partial(split, "request")),
    "why what is about them is told": (SplitCase, partial(split, "reason")),
    "a corrected sheet": (EditSheet, edit_sheet),
    "another request": (Refer, refer),
    "the reason for telling": (Refer, refer_reason),
    "a reply": (ReplyToReferral, reply),
    "a reply entered": (EnterReply, partial(enter_reply, "reason")),
    "who replied": (EnterReply, partial(enter_reply, "said_by")),
    "a plan": (SavePlan, save_plan),
    "a closure": (CloseCase, close),
    "a reopening": (ReopenCase, reopen),
    "why a judgement is not carried out": (SetAsideJudgement, set_aside),
    "why a referral is taken back": (TakeBackReferral, take_back),
    "a follow-up": (AnswerFollowUp, follow_up),
    "why a case is still needed": (SayStillNeeded, partial(still_needed, "reason")),
    "what comes next in it": (SayStillNeeded, partial(still_needed, "next_step")),
    "what came of a reassessment": (EndReassessment, reassess),
    "a role's outcome": (TickRole, tick_role),
    "a meeting's title": (Convene, partial(convene, "title")),
    "a meeting's place": (Convene, partial(convene, "place")),
    "a meeting's reason": (Convene, partial(convene, "basis_reason")),
    "a meeting's address": (Convene, partial(convene, "online_url")),
    "a case put on": (PutOnAgenda, put_on_agenda),
    "why one's own agency comes": (InviteAgency, invite_own),
    "why one's own agency hears it": (ChooseWhoHears, hear_own),
    "a comment on a date": (AnswerDates, partial(answer, "comment")),
    "a comment on one date": (AnswerSlot, answer_slot),
    "who will come": (AnswerDates, partial(answer, "who")),
    "who answered": (AnswerDates, partial(answer, "said_by")),
    "who comes": (ConfirmAttendance, partial(attend, "who")),
    "who said so": (ConfirmAttendance, partial(attend, "said_by")),
    "a word on coming": (ConfirmAttendance, partial(attend, "comment")),
    "a reason for a date": (FixDate, fix),
    "a reason for moving": (MoveMeeting, partial(move, "reason")),
    "a new place": (MoveMeeting, partial(move, "place")),
    "a reason for cancelling": (CancelMeeting, cancel),
    "a preparation": (SavePreparation, prepare),
    "a record": (SaveRecord, record),
    "a summary": (SaveRecord, record_summary),
    "who came": (SaveRecord, record_who),
    "a passkey's name": (AddPasskey, passkey),
    "a town's name": (SaveTown, partial(town, "name")),
    "a district's name": (SaveTown, partial(town, "district")),
    "an agency's address": (SaveAgency, partial(entry, "address")),
    "an agency's telephone": (SaveAgency, partial(entry, "phone")),
    "a member's name": (SaveMember, partial(entry, "name")),
    "how consent was given": (RecordConsent, partial(consent, "method")),
    "why it was withdrawn": (RecordConsent, partial(consent, "reason")),
    "why a case is restricted no more": (ProposeUnrestricting, unrestrict),
    "a hold": (SetHold, hold),
    "why somebody is to read a case": (ProposeReader, new_reader),
    "keeping longer": (KeepLonger, longer),
    "whom a request is for": (RecordRequest, partial(request_text, "person")),
    "who asks for it": (RecordRequest, partial(request_text, "asker")),
    "with what authority": (RecordRequest, partial(request_text, "authority")),
    "how that was checked": (RecordRequest, partial(request_text, "checked")),
    "what is asked": (RecordRequest, partial(request_text, "wanted")),
    "why it is answered later": (ExtendRequest, later),
    "what was given": (AnswerRequest, partial(given, "given")),
    "why it was refused": (AnswerRequest, partial(given, "reason")),
}

# Commands that take texts and keep none of them as somebody wrote it, with the reason.
KEEPS_NO_TEXT = {
    "BeginPasskeySignIn": "tokens",
    "RecordRefusedPasskey": "an id, looked up, and a code",
    "BeginPasskeyRegistration": "tokens",
    "RemovePasskey": "an id",
    "SavePasskeyRule": "codes, and a day, read as such",
    "SignInByPasskey": "tokens",
    "RevokePasskeys": "who is meant: looked up, not kept",
    "AcceptRows": "a code, read as such",
    "ShowRecord": "a number, an id, a name to look for and a code: nothing of it is kept as typed",
    "AddDates": "days and times, read as such",
    "ApproveDisposals": "ids, and codes of what was called",
    "SettleDisposals": "ids",
    "RecordServerOperation": "the id of a key",
    "MailCheckpoint": "addresses of a setting, checked as such",
    "RecordRestored": "sealed lines of our own list",
    "RequestCaseCard": "the name of a platform",
    "RequestSignInLink": "who asks: looked up, not kept",
    "RequestAccountLink": "a name of a chat: kept without it: below",
    "CloseRoom": "an id, and the name of a platform",
    "EndMySessions": "tokens",
    "AskWhetherNeeded": "the id of a case",
    "RecalculateDueTimes": "the key of a case or a meeting",
    "MakeAnswerLink": "ids",
    "AbandonRoom": "an id, and the name of a platform",
    "GuardCard": "what is sent was kept before",
    "ImportAgencies": "a file: below",
    "ImportMembers": "a file: below",
    "KeepNextPromise": "the key of a promise",
    "KeepMailReply": "a mail, whose text is let go with such a number: test_mail_replies.py",
    "UpdateCalendarEntries": "the name of a platform",
    "LinkAccount": "ids",
    "CheckReadable": "ids",
    "MarkMailReplyOfCase": "ids",
    "MarkMailReplyOfMeeting": "ids",
    "MarkReachedOfCase": "ids, and the name of a way",
    "MarkReachedOfMeeting": "ids, and the name of a way",
    "MarkRead": "ids",
    "RemindTomorrow": "a key, looked up",
    "SaveAbsence": "days, read as such, and ids",
    "EndAbsence": "ids",
    "NotifyStandIns": "a notice that was kept before",
    "SaveQuestion": "ids of what was asked, no person's words",
    "MatchAccounts": "names of a chat: kept without it: below",
    "NoteRoom": "ids, and the name of a platform",
    "OpenHome": "the name of a platform, and who one is there",
    "OpenRoom": "the name of a platform",
    "AssignRequestToCase": "a case number that is looked up",
    "PrintLink": "who is meant: looked up, not kept",
    "PutBackBroken": "an id",
    "RefuseAccountRequest": "ids",
    "RepairBroken": "an id",
    "RememberCheck": "what a walk found, no person's words",
    "ReopenAnswers": "a day, read as such",
    "ReportReturned": "an id, and a code of a mail server",
    "ReportTrouble": "words of a chat platform",
    "ReportOutage": "words of a chat platform",
    "SendAnotherWay": "an id, and a way's name",
    "SetAsideBroken": "an id",
    "SetUpBoard": "the name of a platform, and of a channel there",
    "RedrawPlace": "the name of a platform, and of a channel there",
    "SaveDraft": "kept without it: below",
    "SetLead": "a day, read as such",
    "SettleReaderProposal": "ids",
    "SettlePermissionRequests": "ids",
    "SettleAgendaRequest": "ids",
    "TakeBackAgendaRequest": "a number that was taken before",
    "SettleUnrestricting": "ids",
    "SetUpTown": "the console's first list, checked like an imported one",
    "SignInByName": "who asks: looked up, not kept",
    "SignOut": "a token",
    "UseLink": "tokens",
    "MergeCases": "a case number that is looked up",
    "TakeBackStillNeeded": "ids",
    "TakeBackWrongPersonReport": "ids",
    "UnlinkAccount": "ids",
    "UnlinkMyAccount": "the name of a platform",
}


def has_texts(kind: type[Any]) -> bool:
    """Whether a command takes a text that is no id."""
    hints = typing.get_type_hints(kind)
    return any("str" in str(hints[f.name]) and not f.name.endswith("_id") for f in fields(kind))


def test_no_command_is_forgotten() -> None:
    """Every command that takes a text is tried below, or it is said why it need not be."""
    with_texts = {
        k.__name__ for k in workflows.registry.REGISTRY if issubclass(k, Command) and has_texts(k)
    }
    tried = {kind.__name__ for kind, _ in REFUSED.values()}
    assert with_texts - tried - set(KEEPS_NO_TEXT) == set(), "a row in REFUSED or KEEPS_NO_TEXT"
    assert not tried & set(KEEPS_NO_TEXT)


@pytest.mark.parametrize("number", [NUMBER, "1・2・3・4・5・6・7・8・9・0・1・8"])
@pytest.mark.parametrize("what", REFUSED)
def test_every_command_refuses_it(hall: TownHall, what: str, number: str) -> None:
    """Whoever hands it in with whatever command is told so, beside the field."""
    _, act = REFUSED[what]
    with pytest.raises(Invalid) as refused:
        act(hall, number)
    assert "form.my_number" in {e.key for e in refused.value.errors}
    assert all(e.field for e in refused.value.errors)


def test_a_list_with_it_is_not_imported(hall: TownHall) -> None:
    """A line of a list says what is wrong with it, and nothing of the list is taken."""
    exported = hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR)
    number = NUMBER.encode()
    data = exported.replace("見守".encode(), number, 1) if "見守".encode() in exported else b""
    data = data or exported.replace("繋野".encode(), number, 1)
    assert number in data
    plan = hall.desk.handle(ImportMembers(data, LABELS, save=True), ADMINISTRATOR)
    assert {e.key for e in plan.errors} == {"form.my_number"}


def test_a_draft_is_kept_without_it(any_hall: TownHall) -> None:
    """The rest of what somebody types stays kept while they write; the field with it does not."""
    raw: Any = {
        "name": "架空 太郎",
        "summary": f"番号は{NUMBERS[2]}です",
        "household": [{"relation": "母", "name": NUMBERS[1]}, {"relation": "父", "name": ""}],
    }
    draft_id = any_hall.desk.handle(SaveDraft("sheet", raw), COORDINATOR)
    kept = any_hall.desk.ask(GetDraft(draft_id), COORDINATOR).raw
    assert kept == {
        "name": "架空 太郎",
        "summary": "",
        "household": [{"relation": "母", "name": ""}, {"relation": "父", "name": ""}],
    }


@pytest.mark.parametrize("number", NUMBERS)
def test_a_name_of_a_chat_is_not_kept_with_it(hall: TownHall, number: str) -> None:
    """Whatever somebody calls themselves there: they are linked and may ask without that name."""
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
    assert member is not None
    people = (PlatformPerson("U1", number, member.email),)
    hall.desk.handle(MatchAccounts("slack", people), Caller.DOOR)
    hall.desk.handle(
        RequestAccountLink("slack", "U2", f"私は {number}", f"{number}@x.jp"), Caller.DOOR
    )
    with hall.database.open() as unit:
        kept = unit.accounts.all("slack")
    assert [(a.state, a.name) for a in kept] == [("linked", ""), ("asked", "")]
    assert number not in str(kept)
    assert number not in str(hall.notices())


def test_what_a_draft_remembers_by_itself_is_no_number(hall: TownHall) -> None:
    """The prints of an opened form may hold twelve figures in a row, and stay."""
    raw: Any = {"fields": {"summary": "途中"}, "opened": '{"a": "123456789012"}', "version": 3}
    draft_id = hall.desk.handle(SaveDraft("sheet", raw), COORDINATOR)
    assert hall.desk.ask(GetDraft(draft_id), COORDINATOR).raw == raw
