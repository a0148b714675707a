"""The audit trail tells every change and every look at content: who, when, where from, why."""

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

import workflows.registry
from handlers.words.labels import load_labels
from storage.chain import ChainStore
from tests.attack.kinds import Kind
from tests.attack.rounds import seeds
from tests.support.deeds import DEEDS, Rolled, marks, number_of, open_first_case, said_mark
from tests.support.hands import confirm_permission_requests, consented
from tests.support.messages import made
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OUTSIDER,
)
from tests.support.scans import SCAN_FUNCTIONS, scans_watched
from tests.support.spoilt import make_readable, make_unreadable
from tests.support.town import TownHall, TownMould
from tests.support.watched import (
    WatchedDesk,
    facts_of_all,
    last_row,
    looked,
    rows_after,
    watched,
)
from tests.workflows.test_agenda_requests import convene as convene_by_number
from tests.workflows.test_agenda_requests import settle as settle_agenda_request
from tests.workflows.test_split_case import household, split_command
from workflows.absences.enter import EndAbsence, SaveAbsence
from workflows.audit.check import (
    AcceptRows,
    GetCheckpoints,
    GetTrailState,
    IsCheckDue,
    MakeCheckpoint,
    RememberCheck,
    last_night,
    verify_whole_trail,
)
from workflows.audit.checkpoint_mail import MailCheckpoint
from workflows.audit.decision_list import RecordDecisionListEnd, ReportDecisionListCut
from workflows.audit.page import GetTrail, TrailSearch
from workflows.audit.server_operations import RecordServerOperation, ServerOperation
from workflows.cases.close_case import ReopenCase
from workflows.cases.drafts import DropDraft, SaveDraft
from workflows.cases.merge_cases import MergeCases
from workflows.cases.name_members import NameMember
from workflows.cases.new_reader import ProposeReader, SettleReaderProposal
from workflows.cases.record_consent import RecordConsent
from workflows.cases.reply import SetLead
from workflows.cases.reply_links import RevokeReplyLinks, SendReplyLinkAgain
from workflows.cases.report_wrong_person import ReportWrongPerson
from workflows.cases.roles import TickRole
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.still_needed import (
    AskWhetherNeeded,
    GetCasesToAskAbout,
    SayStillNeeded,
    TakeBackStillNeeded,
)
from workflows.cases.take_back import TakeBackReferral
from workflows.cases.views import GetCase
from workflows.cases.whose_sheet import TakeBackWrongPersonReport
from workflows.chat.accounts import MatchAccounts, PlatformPerson
from workflows.chat.cards_and_home import OpenHome, RedrawPlace, RequestCaseCard, SetUpBoard
from workflows.chat.open_question import SaveQuestion
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Command, Query
from workflows.core.permissions import RULES, Caller
from workflows.core.ports import Account
from workflows.delivery.channel_trouble import ReportOutage, ReportTrouble
from workflows.delivery.dead_letters import DiscardDeadLetter, SendAnotherWay
from workflows.delivery.overview import SendAgain
from workflows.delivery.returned import ReportReturned
from workflows.delivery.stand_ins import NotifyStandIns
from workflows.delivery.unreached import MarkReachedOfCase, MarkReachedOfMeeting
from workflows.directory.edit_lists import (
    ExportAgencies,
    ExportMembers,
    ImportAgencies,
    ImportMembers,
)
from workflows.directory.edit_one import (
    GetAgencyToEdit,
    GetMemberToEdit,
    SaveAgency,
    SaveMember,
)
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.directory.link_account import (
    LinkAccount,
    RefuseAccountRequest,
    RequestAccountLink,
    UnlinkAccount,
    UnlinkMyAccount,
)
from workflows.directory.set_up import SetUpTown
from workflows.followups.reassess import EndReassessment
from workflows.guard import find as guard_find
from workflows.guard.mask_card import GuardCard
from workflows.inbox.inbox import GetInbox, GetShell
from workflows.inbox.read_news import MarkRead
from workflows.japanese.dates import TOKYO, show_date
from workflows.maintenance.broken_records import (
    CheckReadable,
    PutBackBroken,
    RepairBroken,
    SetAsideBroken,
)
from workflows.maintenance.daily_chores import DoChore, GetChores
from workflows.maintenance.show_record import RecordKind, ShowRecord
from workflows.meetings.answer import AnswerSlot
from workflows.meetings.attend import ConfirmAttendance, ConfirmSecrecy
from workflows.meetings.entries import UpdateCalendarEntries
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.record import TakeOverWriting
from workflows.meetings.record_views import GetRecord, WriteRecord
from workflows.meetings.room import AbandonRoom, CloseRoom, NoteRoom, OpenRoom
from workflows.meetings.run import (
    AddDates,
    CloseAnswers,
    InviteAgency,
    RemindUnanswered,
    ReopenAnswers,
    UninviteAgency,
)
from workflows.meetings.send_back import SendBackRecord
from workflows.meetings.settle_agenda_request import TakeBackAgendaRequest
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit
from workflows.model.card import Card
from workflows.model.decision_line import DecisionListEnd
from workflows.model.directory import Agency, AgencyKind, Member, Role, Town
from workflows.model.notice import Notice
from workflows.model.promise import PromiseKind
from workflows.model.trail import ChainFault, ChainProgress, Fault
from workflows.outside.answer_links import MakeAnswerLink, RevokeDatesLinks, SendDatesLinkAgain
from workflows.outside.mail_replies import (
    KeepMailReply,
    MarkMailReplyOfCase,
    MarkMailReplyOfMeeting,
)
from workflows.reminders.clock_corrected import RestoreDueTimes
from workflows.reminders.combine import CombineReminders
from workflows.reminders.keep_promises import KeepNextPromise, PlanDigest
from workflows.reminders.open_days_changed import RecalculateDueTimes
from workflows.reminders.remind_tomorrow import RemindTomorrow
from workflows.requests.record import (
    AnswerRequest,
    AssignRequestToCase,
    ExtendRequest,
    RecordRequest,
    TakeBackRequestAnswer,
)
from workflows.restore.decisions import MailDecisions
from workflows.restore.restored import RecordRestored, SettleReason, SettleRestore
from workflows.retention.approve import ApproveDisposals
from workflows.retention.dispose import CarryOutDisposal
from workflows.retention.hold import KeepLonger, LiftHold, SetHold
from workflows.retention.lines import GetRetention
from workflows.retention.second_approval import SettleDisposals
from workflows.sign_in.passkey_rule import GetPasskeyRule, SavePasskeyRule
from workflows.sign_in.passkeys import (
    AddPasskey,
    BeginPasskeyRegistration,
    BeginPasskeySignIn,
    GetMyPasskeys,
    RecordRefusedPasskey,
    RemovePasskey,
    RevokePasskeys,
    SignInByPasskey,
)
from workflows.sign_in.sessions import EndMySessions
from workflows.sign_in.sign_in import (
    MakeOwnLink,
    PrintLink,
    RequestSignInLink,
    SignInByName,
    SignOut,
    UseLink,
)

LABELS = load_labels()
BESIDE_ELDERLY = "M27"  # of the same agency, and not the one whom it names
KINDS = sorted(workflows.registry.REGISTRY, key=lambda kind: kind.__name__)
COMMANDS: list[type[Any]] = [k for k in KINDS if issubclass(k, Command)]

# What may be changed without a row, by command: the tables, and why nothing is to be written.
QUIET: dict[str, tuple[frozenset[str], str]] = {
    "BeginPasskeyRegistration": (
        frozenset({"sign_ins"}),
        "a question; what is answered has its row",
    ),
    "BeginPasskeySignIn": (
        frozenset({"sign_ins"}),
        "a question of anybody; the answer has its row",
    ),
    "SaveDraft": (frozenset({"drafts", "posts"}), "one's own words, shown to nobody else"),
    "DropDraft": (frozenset({"drafts", "posts"}), "one's own words, shown to nobody else"),
    "MarkRead": (frozenset({"mailbox"}), "one's own inbox, nothing about a person"),
    "RemindTomorrow": (frozenset({"outbox"}), "one's own alarm clock; nobody else is told"),
    "RecalculateDueTimes": (frozenset({"promises"}), "what is owed, by the days as they are now"),
    "PlanDigest": (frozenset({"promises"}), "the clock's note to itself"),
    "RestoreDueTimes": (
        frozenset(),
        "while the clock is right; test_clock_put_back.py has its row",
    ),
    "NotifyStandIns": (
        frozenset({"outbox"}),
        "what somebody else was told anyway; that they are away has its own row",
    ),
    "CombineReminders": (
        frozenset({"outbox"}),
        "each reminder has its row; here they become one card",
    ),
    "KeepNextPromise": (frozenset({"promises"}), "too late to tell: nobody is told anything"),
    "RequestCaseCard": (
        frozenset({"outbox"}),
        "numbers and states, for who sees them on every list",
    ),
    "OpenHome": (frozenset({"posts"}), "one's own page, of what every page of theirs shows"),
    "SaveQuestion": (frozenset({"posts"}), "what one was asked last, by ids, shown to nobody"),
    "RecordDecisionListEnd": (frozenset(), "how far a list goes of what has its own rows"),
    "RedrawPlace": (frozenset({"posts"}), "what stands there is looked at anew"),
    "SetUpBoard": (frozenset({"posts"}), "numbers and states, for who sees them on every list"),
    "UpdateCalendarEntries": (frozenset({"posts"}), "dates, for who is told of them anyway"),
    "MakeAnswerLink": (
        frozenset({"answer_links"}),
        "who answers by it leaves a row",
    ),
    "DoChore": (frozenset({"outbox"}), "a manager is reminded of what waits; nothing went"),
}


# -- every change leaves its row ------------------------------------------------------------------


def ways_of_a_lost_mail(hall: TownHall, case_id: str) -> None:
    """One that came back, and one that was answered."""
    desk = hall.desk
    goes_astray(hall, "reply_link")
    with hall.database.open() as unit:
        (lost,) = unit.outbox.undelivered(case_id=case_id)
    replied = KeepMailReply(lost.notice_id, "", "m26@example.jp", "", None, "伺います。")
    desk.handle(replied, Caller.CLOCK)
    (reply,) = hall.case(case_id).mail_replies
    desk.handle(MarkMailReplyOfCase(case_id, reply.id, handled=True), COORDINATOR)
    desk.handle(MarkReachedOfCase(case_id, ELDERLY, "mail", reached=True), COORDINATOR)


def ways_of_an_unread_case(hall: TownHall) -> None:
    case_id = hall.open_case("A14", danger="yes")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.named_member_ids = []
        unit.commit()
    hall.desk.handle(ProposeReader(case_id, COORDINATOR, "引き継ぐため。"), MANAGER)
    proposal = hall.case(case_id).reader_proposal
    assert proposal is not None
    hall.desk.handle(SettleReaderProposal(case_id, proposal.id, True), ADMINISTRATOR)


def ways_of_a_case(hall: TownHall) -> None:
    desk = hall.desk
    draft_id = desk.handle(SaveDraft("sheet", {"summary": "途中"}), COORDINATOR)
    desk.handle(DropDraft(draft_id), COORDINATOR)
    hall.enter_reply(hall.open_case("A14"))
    case_id = hall.open_case("A14", "A17")
    asked = hall.referral(case_id, "A14").id
    desk.handle(SendReplyLinkAgain(case_id, asked), COORDINATOR)
    ways_of_a_lost_mail(hall, case_id)
    desk.handle(MakeAnswerLink(ELDERLY, case=case_id, referral=asked), Caller.CLOCK)
    desk.handle(RevokeReplyLinks(case_id, asked), COORDINATOR)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.refer(case_id, "A19")
    day = show_date(hall.in_days(20).date())
    desk.handle(SetLead(case_id, "A13", day), COORDINATOR)
    hall.edit(case_id, danger="yes")
    desk.handle(NameMember(case_id, ADMINISTRATOR, True), COORDINATOR)
    hall.unrestrict(case_id)
    agreed = {"consent_method": "", "unconsented_basis": "", "unconsented_reason": ""}
    version = hall.case(case_id).sheet_version
    raw = {**agreed, **{k: v or "" for k, v in consented("A13", "A14", "A17", "A19").items()}}
    desk.handle(RecordConsent(case_id, version, raw), COORDINATOR)
    hall.plan(case_id)
    hall.check_on(case_id, by=COORDINATOR)
    meeting_id = a_meeting(hall, case_id)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    desk.handle(TakeOverWriting(meeting_id, COORDINATOR), COORDINATOR)
    roles = [{"agency": "A14", "task": "訪問", "due_on": ""}]
    version = hall.save_record(meeting_id, roles=roles)
    hall.swear(meeting_id, CHAIR)
    desk.handle(SendBackRecord(meeting_id, version), CHAIR)
    hall.save_record(meeting_id, roles=roles, plan_adequate="revise")
    hall.confirm_record(meeting_id)
    for judged in hall.case(case_id).judgements:
        desk.handle(SetAsideJudgement(case_id, judged.id, "本人が続けたいため。"), COORDINATOR)
    for role in hall.case(case_id).roles:
        desk.handle(TickRole(case_id, role.id), ELDERLY)
    hall.check_on(case_id, "worse", by=COORDINATOR)
    desk.handle(EndReassessment(case_id, "訪問を増やす。"), COORDINATOR)
    for referral in hall.case(case_id).referrals:
        if referral.waits:
            by = {"A17": "M30", "A19": LIVELIHOOD}[referral.agency_id]
            hall.reply(case_id, referral.agency_id, by=by)
    hall.close(case_id)
    desk.handle(ReopenCase(case_id, "また相談。"), COORDINATOR)
    hall.close(case_id)
    desk.handle(SetHold(case_id, "訴訟のため。"), MANAGER)
    desk.handle(LiftHold(case_id), MANAGER)


def goes_astray(hall: TownHall, key: str) -> None:
    """The mails of this kind were sent, and reached nobody."""
    with hall.database.engine.connect() as connection, connection.begin():
        lost = "UPDATE outbox SET state = 'dead' WHERE key = :key AND via = 'mail'"
        connection.execute(text(lost), {"key": key})


def a_meeting(hall: TownHall, case_id: str) -> str:
    """One whose date is fixed, after everything that can be done to its dates and guests."""
    desk, number = hall.desk, hall.case(case_id).number
    first = hall.open_case("A14")
    meeting_id = hall.convene(first)
    desk.handle(PutOnAgenda(meeting_id, (number,), "早く話し合うため。"), COORDINATOR)
    ahead = {"day": show_date(hall.in_days(24).date()), "starts": "10:00"}
    soon = show_date(hall.in_days(6).date())
    desk.handle(AddDates(meeting_id, (ahead,), soon), COORDINATOR)
    desk.handle(InviteAgency(meeting_id, "A17", True, (hall.case(first).number,)), COORDINATOR)
    hall.clock.move(minutes=90)
    desk.handle(RemindUnanswered(meeting_id), COORDINATOR)
    desk.handle(MakeAnswerLink(ELDERLY, poll=meeting_id), Caller.CLOCK)
    desk.handle(SendDatesLinkAgain(meeting_id, "A14"), COORDINATOR)
    goes_astray(hall, "answer_link")
    replied = KeepMailReply("", meeting_id, "m26@example.jp", "", None, "伺います。")
    desk.handle(replied, Caller.CLOCK)
    (reply,) = hall.meeting(meeting_id).mail_replies
    desk.handle(MarkMailReplyOfMeeting(meeting_id, reply.id, handled=True), COORDINATOR)
    desk.handle(MarkReachedOfMeeting(meeting_id, ELDERLY, "mail", reached=True), COORDINATOR)
    desk.handle(MakeAnswerLink(ELDERLY, poll=meeting_id), Caller.CLOCK)
    desk.handle(RevokeDatesLinks(meeting_id, "A14"), COORDINATOR)
    desk.handle(ChooseWhoHears(meeting_id, (HearingEdit(number, add=("A17",)),)), COORDINATOR)
    desk.handle(UninviteAgency(meeting_id, "A17"), COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    desk.handle(ReopenAnswers(meeting_id, soon), COORDINATOR)
    hall.fix(meeting_id, reason="急ぐため。")
    desk.handle(ConfirmSecrecy(meeting_id), ELDERLY)
    desk.handle(ConfirmAttendance(meeting_id, "A14", True, "", ""), ELDERLY)
    told = {"household_view": "見立て。", "current_work": "訪問。"}
    desk.handle(SavePreparation(meeting_id, number, told), ELDERLY)
    hall.move(meeting_id, 9)
    other = hall.convene(case_id)
    desk.handle(CancelMeeting(other, "都合のため。"), COORDINATOR)
    return meeting_id


def ways_of_rooms(hall: TownHall) -> None:
    desk, clock = hall.desk, Caller.CLOCK
    with hall.database.open() as unit:
        unit.accounts.save(Account("slack", "U1", COORDINATOR, "linked", "", desk.now()))
        unit.commit()
    meeting_id = hall.convene(hall.open_case("A14"))
    slot = hall.meeting(meeting_id).slots[0]
    desk.handle(AnswerSlot(meeting_id, "A14", slot.id, "yes"), ELDERLY)
    desk.handle(OpenRoom(meeting_id, "slack"), COORDINATOR)
    desk.handle(NoteRoom(meeting_id, "slack", "C1"), clock)
    desk.handle(CloseRoom(meeting_id, "slack"), clock)
    desk.handle(OpenRoom(meeting_id, "slack"), COORDINATOR)
    desk.handle(AbandonRoom(meeting_id, "slack"), clock)


def ways_of_the_lists(hall: TownHall) -> None:
    desk = hall.desk
    town = desk.ask(GetTownToEdit(), ADMINISTRATOR)
    desk.handle(
        SaveTown(
            "新しい名前の市",
            town.town.kana,
            tuple((d.id, d.name, d.kana) for d in town.town.districts),
            (),
            town.stamp,
        ),
        ADMINISTRATOR,
    )
    agency = desk.ask(GetAgencyToEdit("A14", LABELS), ADMINISTRATOR)
    cells = {**agency.cells, "phone": "0000-99-0001"}
    desk.handle(SaveAgency(cells, agency.stamp, LABELS), ADMINISTRATOR)
    member = desk.ask(GetMemberToEdit(ELDERLY, LABELS), ADMINISTRATOR)
    cells = {**member.cells, "kana": "アタラシイ カナ"}
    desk.handle(SaveMember(cells, member.stamp, LABELS), ADMINISTRATOR)
    agencies = desk.ask(ExportAgencies(LABELS), ADMINISTRATOR)
    desk.handle(
        ImportAgencies(agencies.replace(b"0000-99-0001", b"0000-99-0002"), LABELS, save=True),
        Caller.CONSOLE,
    )
    members = desk.ask(ExportMembers(LABELS), ADMINISTRATOR)
    changed = members.replace("アタラシイ".encode(), "フルイ".encode())
    desk.handle(ImportMembers(changed, LABELS, save=True), Caller.CONSOLE)


def ways_of_coming_in(hall: TownHall) -> None:
    desk = hall.desk
    desk.handle(RequestSignInLink("M21", "browser"), Caller.DOOR, door="web")
    desk.handle(RequestSignInLink("nobody@example.jp", "browser"), Caller.DOOR, door="web")
    token = desk.handle(PrintLink("M21"), Caller.CONSOLE)
    first = desk.handle(UseLink(token, "browser", 12), Caller.DOOR, door="web")
    desk.handle(UseLink(token, "browser", 12), Caller.DOOR, door="web")
    second = desk.handle(SignInByName("M21", 12), Caller.DOOR, door="web")
    desk.handle(SignInByName("nobody", 12), Caller.DOOR, door="web")
    desk.handle(EndMySessions(first.token), COORDINATOR)
    desk.handle(SignOut(first.token), Caller.DOOR, door="web")
    assert second.token
    passkey_ways(hall)
    desk.handle(MakeOwnLink(), COORDINATOR)
    today = show_date(desk.now().date())
    absence = desk.handle(SaveAbsence(ELDERLY, today, today, "M27"), ELDERLY)
    hall.open_case("A14")
    (asked,) = hall.notices(ELDERLY, "referral_asked")[-1:]
    assert desk.handle(NotifyStandIns(asked), Caller.CLOCK)
    desk.handle(EndAbsence(ELDERLY, absence), ELDERLY)
    desk.handle(OpenHome("slack", "U1"), COORDINATOR, door="web")
    desk.handle(SaveQuestion("lineworks", "u1", "answer_slot m s"), COORDINATOR, door="web")
    desk.handle(RequestCaseCard(hall.open_case("A14"), "slack"), COORDINATOR, door="web")


def passkey_ways(hall: TownHall) -> None:
    """Registered, signed in with, refused; removed and taken away; wanted of managers."""
    desk, door = hall.desk, Caller.DOOR
    link = desk.handle(PrintLink(COORDINATOR), Caller.CONSOLE)
    session = desk.handle(UseLink(link, "browser", 12), door, door="web").token
    for name in ("one", "two"):
        offer = desk.handle(BeginPasskeyRegistration(session), COORDINATOR)
        desk.handle(AddPasskey(session, offer.challenge, name, "key", 0, name), COORDINATOR)
    challenge = desk.handle(BeginPasskeySignIn("browser"), door, door="web")
    enter = SignInByPasskey(challenge, "browser", "one", 1, 12)
    assert desk.handle(enter, door, door="web").token
    assert not desk.handle(enter, door, door="web").token
    desk.handle(RecordRefusedPasskey("one", "answer"), door, door="web")
    first = desk.ask(GetMyPasskeys(session), COORDINATOR).lines[0]
    desk.handle(RemovePasskey(session, first.id), COORDINATOR)
    assert desk.handle(RevokePasskeys(COORDINATOR), ADMINISTRATOR) == 1
    rule = desk.ask(GetPasskeyRule(), ADMINISTRATOR)
    desk.handle(SavePasskeyRule(("manager",), "令和9年4月1日", rule.stamp), ADMINISTRATOR)


def ways_of_accounts(hall: TownHall) -> None:
    desk, door = hall.desk, Caller.DOOR
    with hall.database.open() as unit:
        clerk = unit.directory.member("M06")
    assert clerk is not None
    known = PlatformPerson("U1", "だれか", clerk.email)
    for person in (known, replace(known, may_work=False), known):
        desk.handle(MatchAccounts("slack", (person,)), door, door="web")
    for user in ("U2", "U3"):
        desk.handle(RequestAccountLink("slack", user, "だれか"), door, door="web")
    desk.handle(RefuseAccountRequest("slack", "U2"), ADMINISTRATOR)
    desk.handle(LinkAccount("slack", "U3", ELDERLY), ADMINISTRATOR)
    confirm_permission_requests(desk)
    desk.handle(LinkAccount("slack", "U1", ELDERLY, take_over=True), ADMINISTRATOR)
    confirm_permission_requests(desk)
    desk.handle(UnlinkMyAccount("slack"), ELDERLY)
    desk.handle(LinkAccount("slack", "U3", MANAGER), ADMINISTRATOR)
    confirm_permission_requests(desk)
    desk.handle(UnlinkAccount("slack", "U3"), ADMINISTRATOR)


def ways_of_the_machine(hall: TownHall) -> None:
    desk, clock = hall.desk, Caller.CLOCK
    walk = verify_whole_trail(desk, clock)
    desk.handle(RememberCheck(walk), clock)
    desk.handle(MakeCheckpoint(), clock)
    desk.handle(AcceptRows("repaired"), Caller.CONSOLE)
    desk.handle(ShowRecord(RecordKind.MEMBER, ELDERLY, "fault"), Caller.CONSOLE)
    for operation in ServerOperation:
        desk.handle(RecordServerOperation(operation, "k1"), Caller.CONSOLE)
    desk.handle(PlanDigest(), clock)
    desk.handle(RestoreDueTimes(), clock)
    desk.handle(CombineReminders(), clock)
    desk.handle(ReportTrouble("slack", "token_revoked"), clock)
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    for key in (f"case:{case_id}", f"meeting:{meeting_id}"):
        desk.handle(RecalculateDueTimes(key), clock)
    desk.handle(RequestSignInLink(ELDERLY, "browser"), Caller.DOOR, door="web")
    with hall.database.open() as unit:
        (mailed,) = [d for d in unit.outbox.recent() if d.key == "sign_in_link"]
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(
            text("UPDATE outbox SET state = 'sent' WHERE id = :id"), {"id": mailed.notice_id}
        )
    desk.handle(ReportReturned(mailed.notice_id, "bounced:5.1.1"), clock)
    desk.handle(SetUpBoard("slack", "C1"), clock)
    desk.handle(RedrawPlace("slack", "C1"), clock)
    desk.handle(UpdateCalendarEntries("lineworks"), clock)
    case_id = hall.open_case("A14", name="空野 星子")
    notice = Notice("n1", "case_closed", MANAGER, "d1", {}, case_id=case_id)
    desk.handle(GuardCard(notice, Card("題", "空野星子さん", (), ())), clock)
    asked = f"{PromiseKind.REPLY}:{case_id}:{hall.referral(case_id, 'A14').id}"
    desk.handle(RemindTomorrow(asked), ELDERLY)
    desk.handle(MarkRead(tuple(i.notice.id for i in hall.mail(ELDERLY))), ELDERLY)
    hall.clock.move(days=8)
    hall.keep_promises()
    with hall.database.open() as unit:
        for way in ("one", "other"):
            unit.outbox.put(
                Notice(way, "case_closed", MANAGER, way, created_at=hall.clock.at, via="slack")
            )
        unit.commit()
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE outbox SET state = 'dead'"))
        dead = str(connection.execute(text(_NOT_RETURNED)).scalars().first())
    desk.handle(SendAgain(dead), ADMINISTRATOR)
    desk.handle(SendAnotherWay("one", "mail"), ADMINISTRATOR)
    desk.handle(DiscardDeadLetter("other"), ADMINISTRATOR)
    since = hall.clock.at
    for over in (False, True):
        desk.handle(ReportOutage("slack", "unreachable", since, is_over=over, late=2), clock)
    desk.handle(MailDecisions(), clock)
    desk.handle(RecordDecisionListEnd(DecisionListEnd(1, 1, "0" * 64)), clock)
    desk.handle(ReportDecisionListCut(), clock)
    desk.handle(MailCheckpoint(("a@example.jp", "b@example.jp")), clock)
    desk.handle(RecordRestored(hall.clock.at, ("not one of our lines",)), Caller.CONSOLE)
    desk.handle(SettleRestore(SettleReason.BY_HAND), Caller.CONSOLE)


# What came back from the mail server is sent again only while its inbox keeps what it said.
_NOT_RETURNED = "SELECT id FROM outbox WHERE error = ''"


def ways_of_the_end(hall: TownHall) -> None:
    desk = hall.desk
    mistaken = hall.open_case("A14")
    sent = hall.referral(mistaken, "A14").id
    desk.handle(TakeBackReferral(mistaken, sent, True, "取り違えたため。"), COORDINATOR)
    first, second = hall.open_case("A14"), hall.open_case("A14")
    hidden = hall.open_case("A14", danger="yes")
    for case_id in (first, second, hidden):
        hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
        hall.close(case_id)
    hall.clock.set(datetime(2032, 4, 1, 9, 0, tzinfo=TOKYO))
    desk.handle(KeepLonger(second, "令和15年6月30日", "相談が続くため。"), MANAGER)
    desk.handle(ApproveDisposals((first, hidden), (), "退職者", "タイショクシャ"), MANAGER)
    (second_needed,) = desk.ask(GetRetention(), MANAGER).second
    desk.handle(SettleDisposals((second_needed.id,), True), ADMINISTRATOR)
    due = desk.ask(GetChores(), Caller.CLOCK)
    for chore in due.chores:
        desk.handle(DoChore(chore), Caller.CLOCK)
    for disposal_id in due.disposals:
        desk.handle(CarryOutDisposal(disposal_id), Caller.CLOCK)


def ways_of_what_is_broken(hall: TownHall) -> None:
    """One that does not open is found by the clock, set aside, put back and mended."""
    case_id = hall.open_case("A14")
    stood = make_unreadable(hall, case_id, "content")
    hall.desk.handle(CheckReadable((case_id,)), Caller.CLOCK)
    hall.desk.handle(SetAsideBroken(case_id), ADMINISTRATOR, door="web")
    hall.desk.handle(PutBackBroken(case_id), ADMINISTRATOR, door="web")
    make_readable(hall, case_id, stood)
    hall.desk.handle(RepairBroken(case_id), Caller.CONSOLE)


def ways_of_the_beginning(hall: TownHall) -> None:
    with hall.database.open() as unit:
        unit.directory.save_town(replace(unit.directory.town(), name=""))
        unit.commit()
    agency = Agency("A99", "新しい課", "アタラシイカ", AgencyKind.TOWN_HALL, ("general",))
    boss = Member("M99", "A99", "長 一", "オサ イチ", frozenset({Role.ADMINISTRATOR}))
    districts = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR).town.districts
    town = Town("新しい町", districts, kana="アタラシイマチ")
    hall.desk.handle(SetUpTown(town, agency, boss), Caller.CONSOLE)


def ways_of_requests(hall: TownHall) -> None:
    """What a person asked of the town, until it is answered, and once more."""
    number = hall.case(hall.open_case("A14")).number
    texts = {"person": "浮舟はつ江", "checked": "免許証", "wanted": "写し"}
    command = RecordRequest("disclosure", "person", texts, "R8.11.20")
    made = hall.desk.handle(command, COORDINATOR)
    hall.desk.handle(AssignRequestToCase(made, number), COORDINATOR)
    hall.desk.handle(ExtendRequest(made, "R9.1.19", "量が多いため。"), COORDINATOR)
    hall.desk.handle(AnswerRequest(made, "given", "写し", "", "R8.11.20"), COORDINATOR)
    hall.desk.handle(TakeBackRequestAnswer(made), COORDINATOR)


def ways_of_a_wrong_person(hall: TownHall) -> None:
    case_id = hall.open_case("A14", name="浮舟 はつ江")
    hall.edit(case_id, name="浮舟 初枝", whose="another")
    wrong = hall.case(case_id).wrong_persons[0].id
    hall.desk.handle(TakeBackWrongPersonReport(case_id, wrong), COORDINATOR)
    hall.desk.handle(ReportWrongPerson(case_id, 1), COORDINATOR)
    hall.reply(case_id, "A14", by=ELDERLY)
    other = hall.case(hall.open_case("A14")).number
    hall.desk.handle(MergeCases(case_id, other), COORDINATOR)


def ways_of_a_household(hall: TownHall) -> None:
    """A case for one of them, with what was asked about them; and back again."""
    new = hall.desk.handle(split_command(hall, household(hall)), COORDINATOR)
    number = hall.case(hall.case(new).split_from[0].case_id).number
    hall.desk.handle(MergeCases(new, number), COORDINATOR)


def ways_of_what_is_asked_for_a_meeting(hall: TownHall) -> None:
    case_id = hall.open_case("A14", by=ELDERLY)
    convene_by_number(hall, "R8-0001")
    settle_agenda_request(hall, case_id, ELDERLY)
    hall.desk.handle(TakeBackAgendaRequest(convene_by_number(hall, "R8-4444"), "R8-4444"), CHAIR)


def ways_of_what_is_still_needed(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    hall.clock.move(days=366)
    for one in hall.desk.ask(GetCasesToAskAbout(), Caller.CLOCK):
        hall.desk.handle(AskWhetherNeeded(one), Caller.CLOCK)
    asked = hall.case(case_id).need_asks[-1].id
    hall.desk.handle(SayStillNeeded(case_id, "訪問が続いているため。"), COORDINATOR)
    hall.desk.handle(TakeBackStillNeeded(case_id, asked), COORDINATOR)


WAYS: tuple[Callable[[TownHall], None], ...] = (
    ways_of_a_case, ways_of_an_unread_case, ways_of_rooms, ways_of_the_lists, ways_of_coming_in,
    ways_of_accounts, ways_of_requests, ways_of_a_wrong_person, ways_of_a_household,
    ways_of_what_is_still_needed, ways_of_what_is_asked_for_a_meeting,
    ways_of_the_machine, ways_of_what_is_broken, ways_of_the_end,
    ways_of_the_beginning,
)  # fmt: skip


def check(desk: WatchedDesk) -> None:
    """What holds of every command that was carried out."""
    for deed in desk.deeds:
        quiet = QUIET.get(deed.name, (frozenset(), ""))[0]
        if deed.changed - quiet:
            assert deed.rows, f"{deed.name} changed {set(deed.changed)} and left no row"
        for row in deed.rows:
            who = None if isinstance(deed.actor, Caller) else deed.actor
            doors = {Caller.CLOCK: "clock", Caller.CONSOLE: "cli"}
            door = doors.get(deed.actor, "web") if isinstance(deed.actor, Caller) else "web"
            assert row.door == door, (deed.name, row)
            # Who comes in by a link is somebody as soon as they are in.
            assert row.actor_id == who or deed.actor is Caller.DOOR, (deed.name, row)
            assert row.basis, (deed.name, row)


@pytest.fixture(scope="module")
def deeds(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the commands that left a row, after all the ways above."""
    done: set[str] = set()
    # What other tests had scanned is remembered, and would not be scanned again to be watched.
    for kept in (guard_find._sound_of_public, guard_find._sounds_of_public):
        kept.cache_clear()
    guard_find._found.clear()
    with scans_watched() as ran:  # over every command: none while a transaction is open
        for way in WAYS:
            hall = mould.copy(tmp_path_factory.mktemp("way"))
            desk = watched(hall)
            way(hall)
            check(desk)
            done |= {d.name for d in desk.deeds if d.rows}
            done |= {d.name for d in desk.deeds if d.name in QUIET}
            hall.database.close()
    assert set(ran) == {name for _, name in SCAN_FUNCTIONS}
    return done


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda k: k.__name__)
def test_every_command_that_changes_something_leaves_a_row(
    deeds: set[str], kind: type[Any]
) -> None:
    """Each is carried out above, by whom and by which door it is said, and on which basis."""
    assert kind.__name__ in deeds, "say above how it is done; or in QUIET why it leaves no row"


def test_what_is_said_to_be_quiet_is_there() -> None:
    """The exceptions do not outlive their commands."""
    assert set(QUIET) <= {k.__name__ for k in COMMANDS}


@pytest.mark.attack(Kind.PLANTED)
@pytest.mark.parametrize("seed", seeds(6, share=0.5))
def test_after_any_deeds_every_change_stands_in_the_trail_and_no_word_does(
    hall: TownHall, seed: int
) -> None:
    """Random members do random things: rows for each, ids and codes in them, nothing refused."""
    desk, dice = watched(hall), random.Random(seed)
    open_first_case(hall)
    for _ in range(40):
        with suppress(Refused):
            dice.choice(DEEDS)(hall, Rolled(dice))
        with suppress(Refused):
            about = {"case_id": dice.choice(hall.case_ids()), "meeting_id": "0" * 32}
            message = made(dice.choice(COMMANDS), **about)
            hall.desk.handle(message, dice.choice((OUTSIDER, MANAGER, ELDERLY, COORDINATOR)))
    check(desk)
    everything = facts_of_all(hall)
    for said, facts in everything:
        for name, value in leaves(facts):
            assert CODE.fullmatch(value), f"{said} says {name}={value!r}"
    told = str(everything)
    for case_id in hall.case_ids():
        number = number_of(hall, case_id)
        assert [w for w in (*marks(number), said_mark(number)) if w in told] == []
    assert verify_whole_trail(hall.desk, Caller.CLOCK).broken is None


CODE = re.compile(r"[A-Za-z0-9_.:+\-]*")


def leaves(told: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every value in facts, as text."""
    match told:
        case dict():
            for key, value in told.items():
                yield from leaves(value, key)
        case list():
            for value in told:
                yield from leaves(value, name)
        case _:
            yield name, str(told)


# -- every look at content leaves its row, and nothing else does ----------------------------------

# Looks whose row is the workflow's own affair, because what opens them is not content by itself.
LOOKS = {
    "GetCase": "content only for those who may read it",
    "PlanMeeting": "suggests by the matters of the cases",
    "GetTrail": "looking at the trail is a look, too",
    "GetLookBack": "the mark of a near miss stands on a sheet",
    "GetKeeping": "the reasons for keeping are words about the person",
    "FindPerson": "a search for a person by name",
    "GetRequest": "who asks of the town what is kept of them",
    "FindForRequest": "a search for a person by name",
    "GetSignedInMember": "a session that is over ends when it is seen to be",
    "GetFaxReply": "a sheet that is printed leaves the house",
}
# What one typed oneself, and what is drawn from it.
OWN_WORDS = {"GetDraft", "FindDraft", "GetInbox", "FindRecordDraft", "CheckSummary"}


@pytest.fixture(scope="module")
def scene(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TownHall]:
    """Cases and meetings after some random deeds, every word of theirs marked by its case."""
    hall = mould.copy(tmp_path_factory.mktemp("looks"))
    dice = random.Random(3)
    open_first_case(hall)
    for _ in range(60):
        with suppress(Refused):
            dice.choice(DEEDS)(hall, Rolled(dice))
    texts = {"person": "浮舟はつ江", "checked": "免許証", "wanted": "写し"}
    received = show_date(hall.desk.now().date())
    command = RecordRequest("disclosure", "person", texts, received)
    hall.desk.handle(command, COORDINATOR)
    yield hall
    hall.database.close()


def subjects(hall: TownHall) -> Iterator[dict[str, Any]]:
    """Fields by which a message names a case or a meeting, filled with real ones."""
    with hall.database.open() as unit:
        meetings = [m for m in unit.meetings.rows(live_only=False) if m.case_ids]
        rows = unit.cases.rows(open_only=False)
        requests = unit.requests.all()
        cases = [c for row in rows if (c := unit.cases.get(row.id))]
    for case in cases:
        its = [m.id for m in meetings if case.id in m.case_ids] or [meetings[0].id]
        for meeting_id in its:
            yield {
                "case_id": case.id,
                "meeting_id": meeting_id,
                "case_number": case.number,
                "number": case.number,
                "kept_id": case.id,
                "request_id": requests[0].id,
                "case_numbers": (case.number,),
                "except_case_id": case.id,
                "referral_id": case.referrals[0].id,
                "subject": case.number,
                "wish": TrailSearch(number=case.number),
                "cases": {case.id: {}},
                "of_meeting": meeting_id,
                "board_case": case.id,
                "case": case.id,
                "meeting": meeting_id,
            }


def test_every_field_that_names_a_case_is_filled_below(scene: TownHall) -> None:
    """A query with a field of another name would be tried with nothing in it."""
    filled = set(next(subjects(scene)))
    for kind in KINDS:
        if issubclass(kind, Query):
            assert set(workflows.registry.REGISTRY[kind].others) <= filled, kind.__name__


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if issubclass(k, Query)], ids=lambda k: k.__name__
)
def test_a_look_leaves_a_row_when_it_shows_content_and_only_then(
    scene: TownHall, kind: type[Any]
) -> None:
    """Whoever is shown a word about a person, it stands in the trail, with the case it is about."""
    rule = RULES[workflows.registry.REGISTRY[kind].action]
    words = {}  # of each case
    for case_id in scene.case_ids():
        number = number_of(scene, case_id)
        words[case_id] = (*marks(number), said_mark(number))
    for about in subjects(scene):
        known = {f.name: about[f.name] for f in fields(kind) if f.name in about}
        for actor in (COORDINATOR, CHAIR, ELDERLY, MANAGER, ADMINISTRATOR, *Caller):
            end = last_row(scene)
            try:
                answer, rows = looked(scene, made(kind, **known), actor)
            except (Refused, ValueError, TypeError, KeyError, AttributeError):
                assert last_row(scene) == end  # made of anything: it made no sense
                continue
            reads = [r for r in rows if r.kind.startswith("read.")]
            told = repr(answer)
            for case_id, marked in words.items():
                shown = [w for w in marked if w in told]
                if shown and kind.__name__ not in OWN_WORDS:
                    named = [r for r in reads if r.case_id == case_id]
                    assert named, f"{kind.__name__} showed {shown} to {actor} and left no row"
            if rows and not rule.content:
                assert kind.__name__ in LOOKS, f"{kind.__name__} leaves {rows}"
            for row in rows:
                assert row.basis
                assert row.door == (
                    {Caller.CLOCK: "clock", Caller.CONSOLE: "cli"}.get(actor, "")
                    if isinstance(actor, Caller)
                    else "web"
                )


def test_a_look_at_a_case_bears_the_standing_that_opened_its_content(hall: TownHall) -> None:
    """Not the one that let somebody see that there is such a case."""
    case_id = hall.open_case("A14")
    _, rows = looked(hall, GetCase(case_id, CasePage.CASE), ELDERLY)
    assert [(r.kind, r.basis, r.case_id) for r in rows] == [
        ("read.read_case", "referred_agency", case_id)
    ]
    assert looked(hall, GetCase(case_id, CasePage.CASE), MANAGER)[1] == []
    assert looked(hall, GetCase(case_id), ELDERLY)[1] == []


def test_a_look_at_a_record_names_the_cases_that_were_shown(hall: TownHall) -> None:
    """One row for each case whose part was shown; not for the one that was kept back."""
    shared = hall.open_case("A14")
    kept = hall.open_case("A17", danger="yes")
    hall.edit(kept, danger="yes")
    meeting_id = hall.convene(shared, kept)
    slot = hall.meeting(meeting_id).slots[0]
    hall.fix(meeting_id, reason="急ぐため。")
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    hall.swear(meeting_id, ELDERLY, BESIDE_ELDERLY)
    for actor, shown in ((ELDERLY, [shared, kept]), (BESIDE_ELDERLY, [shared])):
        answer, rows = looked(hall, GetRecord(meeting_id), actor)
        assert [c.case_id for c in answer.cases] == shown
        assert [(r.kind, r.case_id, r.meeting_id) for r in rows] == [
            ("read.read_record", case_id, meeting_id) for case_id in shown
        ]


# -- the check and the checkpoints ----------------------------------------------------------------


def test_the_chain_is_checked_once_a_night(hall: TownHall) -> None:
    """At three in the morning; after a stop of the server as soon as it runs again."""
    desk, clock = hall.desk, Caller.CLOCK
    assert desk.ask(IsCheckDue(), clock)
    desk.handle(RememberCheck(verify_whole_trail(desk, clock)), clock)
    assert desk.ask(IsCheckDue(), clock), "nobody signed it yet"
    desk.handle(MakeCheckpoint(), clock)
    assert not desk.ask(IsCheckDue(), clock)
    hall.clock.set(datetime(2026, 11, 21, 2, 59, tzinfo=TOKYO))
    assert not desk.ask(IsCheckDue(), clock)
    hall.clock.move(minutes=1)
    assert desk.ask(IsCheckDue(), clock)
    hall.clock.move(days=9)
    desk.handle(RememberCheck(verify_whole_trail(desk, clock)), clock)
    desk.handle(MakeCheckpoint(), clock)
    assert not desk.ask(IsCheckDue(), clock)


def test_the_night_begins_at_three_in_japan() -> None:
    """Whatever zone the server's clock is in."""
    at = datetime(2026, 11, 20, 3, 0, tzinfo=TOKYO)
    assert last_night(at) == at
    assert last_night(at - timedelta(seconds=1)) == at - timedelta(days=1)


def test_a_broken_chain_is_told_to_the_administrators_once(hall: TownHall) -> None:
    """Urgent, with what and where; and it shows on every page of theirs until it holds again."""
    desk, clock = hall.desk, Caller.CLOCK
    broken = ChainProgress(
        3, "x", done=True, broken=ChainFault(Fault.REMOVED, 4, hall.clock.at, "", 6)
    )
    for _ in range(2):
        desk.handle(RememberCheck(broken), clock)
    notices = hall.notices(key="audit_broken")
    with hall.database.open() as unit:
        keepers = {
            m.id
            for m in unit.directory.members()
            if Role.ADMINISTRATOR in m.roles and m.is_active(hall.clock.at.date())
        }
    assert {n.member_id for n in notices} == keepers
    assert len(notices) == len(keepers)
    assert all(n.urgent for n in notices)
    assert desk.ask(GetShell(), ADMINISTRATOR).trail_broken
    assert not desk.ask(GetShell(), COORDINATOR).trail_broken
    check = desk.ask(GetTrailState(), clock).check
    assert check is not None
    assert check.broken == broken.broken
    desk.handle(RememberCheck(ChainProgress(9, "y", done=True)), clock)
    assert not desk.ask(GetShell(), ADMINISTRATOR).trail_broken


def test_a_check_is_remembered_where_nothing_can_be_added_any_more(hall: TownHall) -> None:
    """The head is gone: no command works, but the administrators are told."""
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(text("DELETE FROM trail_head"))
    desk = hall.desk
    walk = verify_whole_trail(desk, Caller.CLOCK)
    assert walk.broken is not None
    assert walk.broken.fault is Fault.NO_HEAD
    desk.handle(RememberCheck(walk), Caller.CLOCK)
    assert hall.notices(key="audit_broken")


@pytest.mark.parametrize("value", ["", "x", "[]", "{}", '{"at": 1}', '{"at": "x", "seq": 1}'])
def test_a_note_of_the_last_check_that_was_tampered_with_breaks_no_page(
    hall: TownHall, value: str
) -> None:
    """It is as if there had been none: the next night tells."""
    hall.desk.handle(RememberCheck(ChainProgress(1, "x", done=True)), Caller.CLOCK)
    with hall.database.engine.connect() as connection, connection.begin():
        query = text("UPDATE about SET value = :v WHERE name = 'trail.check'")
        connection.execute(query, {"v": value})
    assert hall.desk.ask(GetTrailState(), Caller.CLOCK).check is None
    assert hall.desk.ask(IsCheckDue(), Caller.CLOCK)


def test_nobody_without_the_keys_has_the_last_check_say_that_all_is_well(hall: TownHall) -> None:
    """What it found is vouched for as the note of the last row is: a note written by hand is none,
    and the next tick checks again."""
    broken = ChainProgress(
        3, "x", done=True, broken=ChainFault(Fault.REMOVED, 4, hall.clock.at, "", 6)
    )
    hall.desk.handle(RememberCheck(broken), Caller.CLOCK)
    with hall.database.engine.connect() as connection, connection.begin():
        query = "SELECT value FROM about WHERE name = 'trail.check'"
        told, mac = json.loads(connection.execute(text(query)).scalar_one())
        for value in (told | {"broken": None}, [told | {"broken": None}, mac]):
            connection.execute(
                text("UPDATE about SET value = :v WHERE name = 'trail.check'"),
                {"v": json.dumps(value)},
            )
            assert ChainStore(connection, hall.database.vault).last_check() is None
    assert hall.desk.ask(IsCheckDue(), Caller.CLOCK)


def test_checkpoints_are_made_one_after_the_other(hall: TownHall) -> None:
    """Each of a later row, and the last one says where the trail stood."""
    first = hall.desk.handle(MakeCheckpoint(), Caller.CLOCK)
    hall.open_case("A14")
    hall.clock.move(days=1)
    second = hall.desk.handle(MakeCheckpoint(), Caller.CLOCK)
    assert first is not None
    assert second is not None
    assert hall.desk.ask(GetCheckpoints(), Caller.CLOCK) == (first, second)
    assert hall.desk.ask(GetCheckpoints(first.seq), Caller.CLOCK) == (second,)
    assert hall.desk.ask(GetTrailState(), Caller.CLOCK).checkpoint == second
    assert second.signed_at == hall.clock.at
    assert verify_whole_trail(hall.desk, Caller.CLOCK, [first, second]).broken is None


# -- the page's view ------------------------------------------------------------------------------


def seen(hall: TownHall, **wish: Any) -> list[Any]:
    return list(hall.desk.ask(GetTrail(TrailSearch(**wish)), ADMINISTRATOR, door="web").lines)


def test_the_newest_stands_first_and_every_filter_holds(hall: TownHall) -> None:
    """By day, member, case, kind of row and door, each alone and together."""
    case_id = hall.open_case("A14")
    number = hall.case(case_id).number
    hall.clock.move(days=1)
    hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY, door="web")
    hall.clock.move(days=1)
    hall.keep_promises()
    hall.convene(case_id)
    everything = seen(hall)
    assert [line.seq for line in everything] == sorted((li.seq for li in everything), reverse=True)
    tomorrow = (hall.clock.at - timedelta(days=1)).date()
    assert [li.kind for li in seen(hall, since=tomorrow, until=tomorrow)] == ["read.read_case"]
    assert {li.actor_id for li in seen(hall, member_id=ELDERLY)} == {ELDERLY}
    assert {li.number for li in seen(hall, number=number)} == {number}
    assert seen(hall, number=number.lower()) != []
    assert {li.kind for li in seen(hall, group="read", member_id=ELDERLY)} == {"read.read_case"}
    assert "convened" in {li.kind for li in seen(hall, group="meeting")}
    assert "case_opened" in {li.kind for li in seen(hall, group="case")}
    assert {li.door for li in seen(hall, door="web")} == {"web"}
    assert seen(hall, number="R8-9999") == []
    assert seen(hall, number=number, member_id=OUTSIDER) == []


def test_looking_at_the_trail_is_written_into_it(hall: TownHall) -> None:
    """With what was asked for, as codes."""
    case_id = hall.open_case("A14")
    day = hall.clock.at.date()
    seen(hall, number=hall.case(case_id).number, member_id=ELDERLY, since=day, group="read")
    (row,) = [r for r in rows_after(hall, 0) if r.kind == "read.audit"]
    assert (row.actor_id, row.door, row.basis) == (ADMINISTRATOR, "web", "administrator")
    assert row.facts == {
        "export": False, "found": False, "of": case_id, "member": ELDERLY, "since": day.isoformat(),
        "group": "read",
    }  # fmt: skip
    assert row.case_id is None, "it is no look at the case"


def test_older_pages_follow_without_a_gap(hall: TownHall) -> None:
    """Fifty a page, and the rows together are all there are."""
    for _ in range(12):
        hall.open_case("A14", "A17", "A19", "A20")
    end, before, found = last_row(hall), 0, []
    while True:
        view = hall.desk.ask(GetTrail(TrailSearch(), before), ADMINISTRATOR)
        assert len(view.lines) <= 50
        found += [line.seq for line in view.lines]
        before = view.older
        if not before:
            break
    assert [seq for seq in found if seq <= end] == list(range(end, 0, -1))


def test_a_restricted_case_is_nameless_for_an_administrator_who_is_not_named(
    hall: TownHall,
) -> None:
    """That somebody looked or changed something is seen; which case, and what, is not."""
    case_id = hall.open_case("A14", danger="yes")
    number = hall.case(case_id).number
    hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR, door="web")
    lines = [li for li in seen(hall) if li.group in ("read", "case") and li.kind != "read.audit"]
    assert lines
    assert all(li.hidden for li in lines)
    assert number not in repr(lines)
    assert {li.number for li in lines} == {""}
    assert {li.facts for li in lines} == {None}
    assert any(li.who for li in lines), "who looked is what the trail is for"
    assert seen(hall, number=number) == []
    hall.desk.handle(NameMember(case_id, ADMINISTRATOR, True), COORDINATOR)
    assert {li.number for li in seen(hall, number=number)} == {number}


def test_the_number_of_a_restricted_case_does_not_show_in_another_ones_rows(
    hall: TownHall,
) -> None:
    """The same person's other case is restricted: the row that says so is nameless too."""
    person = {"kana": "ソラノ ホシコ", "birth_date": "昭和20年5月5日"}
    first = hall.open_case("A14", **person)
    hall.open_case("A14", **person)
    hall.edit(first, danger="yes")
    rows = [r for r in rows_after(hall, 0) if r.kind == "same_person_found"]
    assert rows
    assert hall.case(first).number not in repr(seen(hall))


def test_nobody_else_reads_the_trail(hall: TownHall) -> None:
    """Not even who coordinates or manages; and asking leaves no row."""
    end = last_row(hall)
    for actor in (COORDINATOR, MANAGER, CHAIR, OUTSIDER, Caller.CLOCK, Caller.CONSOLE):
        with pytest.raises((NotAllowed, NotFound)):
            hall.desk.ask(GetTrail(TrailSearch()), actor)
    assert last_row(hall) == end


def test_the_inbox_still_opens_when_the_trail_is_broken(hall: TownHall) -> None:
    """Whoever has to act on it can read that they have to."""
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(text("DELETE FROM trail_head"))
    assert hall.desk.ask(GetInbox(), ADMINISTRATOR).news == ()


def test_writing_and_reading_a_record_are_looks_at_it(hall: TownHall) -> None:
    """Opening the record to write it shows what stands in it."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id)
    hall.fix(meeting_id, reason="急ぐため。")
    hall.swear(meeting_id, COORDINATOR)
    _, rows = looked(hall, WriteRecord(meeting_id, drawn=True), COORDINATOR)
    assert [(r.kind, r.case_id) for r in rows] == [("read.write_record", None)], "nothing yet"
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id)
    _, rows = looked(hall, WriteRecord(meeting_id, drawn=True), COORDINATOR)
    assert [(r.kind, r.case_id) for r in rows] == [("read.write_record", case_id)]


def test_naming_the_same_lead_again_tells_of_the_new_day(hall: TownHall) -> None:
    """The agency stays, the day of the next check moves: that is a change, too."""
    case_id = hall.open_case("A14")
    for days in (20, 30):
        day = show_date(hall.in_days(days).date())
        hall.desk.handle(SetLead(case_id, "A13", day), COORDINATOR)
    told = hall.events(case_id)[-1]
    assert (told.kind, told.facts) == (
        "check_planned",
        {"on": hall.in_days(30).date().isoformat()},
    )


def test_a_promise_kept_by_time_names_nobody(hall: TownHall) -> None:
    """Nobody's name stands beside it; the door and the basis say that time did it."""
    hall.open_case("A14")
    hall.clock.move(days=7)
    end = last_row(hall)
    assert hall.desk.handle(KeepNextPromise(), Caller.CLOCK)
    rows = rows_after(hall, end)
    assert rows
    assert {(r.actor_id, r.door, r.basis) for r in rows} == {(None, "clock", "clock")}
