"""Hands to work with: what members do in a test, said shortly, through the desk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, select

from storage.database import Database
from storage.documents import from_text
from storage.tables import outbox, place
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    MANAGER,
    OTHER_COORDINATOR,
    SECOND_ADMINISTRATOR,
)
from workflows.cases.close_case import CloseCase
from workflows.cases.edit_sheet import CONSENT_FIELDS, EditSheet
from workflows.cases.enter_reply import EnterReply
from workflows.cases.name_members import NameMember
from workflows.cases.open_case import OpenCase
from workflows.cases.plan import SavePlan
from workflows.cases.record_consent import RecordConsent
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral
from workflows.cases.unrestrict import ProposeUnrestricting, SettleUnrestricting
from workflows.core.errors import Invalid
from workflows.core.permissions import Caller
from workflows.core.ports import Event, InboxItem
from workflows.core.unreadable import CASE
from workflows.desk import Desk
from workflows.directory.settle_permission_requests import (
    GetPermissionRequests,
    SettlePermissionRequests,
)
from workflows.followups.answer import AnswerFollowUp
from workflows.japanese.dates import TOKYO, parse_time, show_date, show_time
from workflows.meetings.answer import AnswerDates
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.consent_gate import agencies_allowed_to_hear
from workflows.meetings.convene import Convene
from workflows.meetings.fix_date import FixDate, MoveMeeting
from workflows.meetings.record import ConfirmRecord, SaveRecord
from workflows.meetings.settle_agenda_request import SettleAgendaRequest
from workflows.model.case import Case, NeedAsk, Referral, ReplyAnswer
from workflows.model.legal_basis import LegalBasis
from workflows.model.meeting import Meeting
from workflows.model.notice import Notice
from workflows.model.promise import Promise, PromiseKind
from workflows.reminders.keep_promises import KeepNextPromise
from workflows.reminders.open_days_changed import RecalculateDueTimes

Fields = dict[str, Any]
SILENT = {"fix.unanswered_by_required", "fix.nobody_answered"}
WAYS = ("", "mail", "slack", "lineworks", "mattermost")  # by which a notice may go

UNCONSENTED: Fields = {
    "consent": "not_asked",
    "unconsented_basis": "act_106_6",
    "unconsented_reason": "このままでは暮らしが続かないため。",
}


# What is stated with every passing on, and kept where consent does not cover the next agency.
PASSED: Fields = {"pass_basis": "livelihood_act_9", "pass_reason": "次の支援が今日から要るため。"}


def sheet(**changes: Any) -> Fields:
    """The least of a sheet without consent, with changes; None takes a field away."""
    fields: Fields = {
        "received_at": "令和8年11月20日 9:30",
        "route": "resident",
        "matters": ["care", "withdrawal", "income", "housing"],
        "summary": "近所の方から心配の声がありました。",
        "urgency": "normal",
        "danger": "no",
        "hidden_address": "no",
        "district": "D01",
        **UNCONSENTED,
        **changes,
    }
    return {k: v for k, v in fields.items() if v is not None}


def consented(*agencies: str) -> Fields:
    """What a sheet says when the person agreed that these agencies are told."""
    return {
        "consent": "written",
        "consent_on": "令和8年11月20日",
        "consent_scope": list(agencies),
        "unconsented_basis": None,
        "unconsented_reason": None,
    }


REQUEST = "一度訪問してください。"


def ask_for(agency_id: str, request: str = REQUEST, purpose: str = "handover") -> Fields:
    return {"agency": agency_id, "purpose": purpose, "request": request}


def meant(days: Iterable[date], starts: str) -> str:
    """What confirms that closed days and nights among these dates are meant."""
    return " ".join(datetime.combine(d, parse_time(starts), TOKYO).isoformat() for d in days)


def confirm_permission_requests(
    desk: Desk, by: str = "", followers: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Have somebody who may confirm whatever of the directory waits for a second person."""
    for who in (by,) if by else (MANAGER, SECOND_ADMINISTRATOR):
        waits = desk.ask(GetPermissionRequests(), who).waiting
        if mine := tuple(g.id for g in waits if g.may_confirm):
            desk.handle(SettlePermissionRequests(mine, True, followers), who)


@dataclass
class Hands:
    """What people do at a desk, and what one sees in its database afterwards."""

    desk: Desk
    database: Database

    # -- what people do ---------------------------------------------------------------------------

    def open_case(
        self,
        *agencies: str,
        by: str = COORDINATOR,
        draft_id: str | None = None,
        request: str = REQUEST,
        **changes: Any,
    ) -> str:
        """Send a sheet to these agencies (地域包括 when none is named). Answers with its id."""
        wanted = tuple(ask_for(a, request) for a in agencies or ("A14",))
        return self.desk.handle(OpenCase(sheet(**changes), wanted, draft_id), by)

    def refer(
        self, case_id: str, *agencies: str, by: str = COORDINATOR, request: str = REQUEST
    ) -> int:
        """Ask further agencies; a ground is stated, and kept where consent does not cover them."""
        wanted = tuple(ask_for(a, request) for a in agencies)
        ground = (str(UNCONSENTED[f]) for f in ("unconsented_basis", "unconsented_reason"))
        return self.desk.handle(Refer(case_id, wanted, *ground), by)

    def reply(
        self, case_id: str, agency_id: str, answer: str = "accepted", *, by: str, **fields: Any
    ) -> ReplyAnswer:
        """Answer the newest referral of that agency that waits; a lead names a check by itself."""
        if fields.get("lead") == "yes":
            fields.setdefault("next_check_on", show_date(self.in_days(30).date()))
        if answer != "accepted":
            fields.setdefault("reason", "ほかの機関の支援が要ります。")
        if "next_agency" in fields:
            fields = {**PASSED, **fields}
        raw = {"answer": answer, **fields}
        referral = self.referral(case_id, agency_id)
        return self.desk.handle(ReplyToReferral(case_id, referral.id, raw), by)

    def enter_reply(
        self,
        case_id: str,
        agency_id: str = "A14",
        answer: str = "accepted",
        *,
        by: str = OTHER_COORDINATOR,
        heard_by: str = "telephone",
        said_by: str = "葉山 のどか",
        **fields: Any,
    ) -> ReplyAnswer:
        """Enter what somebody of that agency answered on the telephone, or by another way."""
        if answer != "accepted":
            fields.setdefault("reason", "訪問だけできます。")
        if "next_agency" in fields:
            fields = {**PASSED, **fields}
        raw, referral = {"answer": answer, **fields}, self.referral(case_id, agency_id).id
        return self.desk.handle(EnterReply(case_id, referral, raw, heard_by, said_by), by)

    def edit(
        self, case_id: str, *, by: str = COORDINATOR, whose: Any = "same", **changes: Any
    ) -> int:
        """Change the sheet as it stands now; what is said of consent is recorded by itself. It
        stays the same person's, unless said otherwise."""
        said = {f: changes.pop(f) for f in CONSENT_FIELDS if f in changes}
        if said:
            self.consent(case_id, by=by, **said)
        if said and not changes:
            return self.case(case_id).sheet_version
        case = self.case(case_id)
        raw = {**_typed(case.sheet), **changes}
        raw = {k: v for k, v in raw.items() if v is not None}
        return self.desk.handle(EditSheet(case_id, case.sheet_version, raw, whose=whose), by)

    def consent(
        self,
        case_id: str,
        *,
        by: str = COORDINATOR,
        goes_on: tuple[str, ...] = (),
        reason: str = "",
        **changes: Any,
    ) -> int:
        """Record what the person says now, on top of what stands there; with `goes_on` the usual
        ground is stated."""
        case = self.case(case_id)
        kept = {f: v for f, v in _typed(case.sheet).items() if f in CONSENT_FIELDS[:4]}
        ground = {f: UNCONSENTED[f] for f in CONSENT_FIELDS[4:]} if goes_on else {}
        raw = {k: v for k, v in {**kept, **ground, **changes}.items() if v is not None}
        return self.desk.handle(
            RecordConsent(case_id, case.sheet_version, raw, reason, goes_on), by
        )

    def unrestrict(
        self, case_id: str, *, by: str = COORDINATOR, agreed_by: str = OTHER_COORDINATOR
    ) -> None:
        """Restricted no more, as two named members decide; the second is named if need be."""
        if agreed_by not in self.case(case_id).named_member_ids:
            self.desk.handle(NameMember(case_id, agreed_by, True), by)
        self.desk.handle(ProposeUnrestricting(case_id, "相手方が転居したため。"), by)
        waiting = self.case(case_id).unrestricting
        assert waiting is not None
        self.desk.handle(SettleUnrestricting(case_id, waiting.id, True), agreed_by)

    def ask_whether_needed(self, case_id: str) -> str:
        """Whether it is still needed is asked now, as after a year. Answers with the ask's id."""
        with self.database.open() as unit:
            case = unit.cases.get(case_id, change=True)
            assert case is not None
            case.need_asks.append(NeedAsk(f"ask{len(case.need_asks)}", self.desk.now()))
            unit.commit()
        self.desk.handle(RecalculateDueTimes(f"{CASE}:{case_id}"), Caller.CLOCK)
        return case.need_asks[-1].id

    def plan(self, case_id: str, *, by: str = COORDINATOR, **changes: Any) -> int:
        before = self.case(case_id).plan
        today = self.desk.now().date()
        raw = {
            "issues": "暮らしの立て直し。",
            "long_goal": "家で落ち着いて暮らす。",
            "short_goal": "週に一度は話せる。",
            "parts": [{"agency": "A14", "content": "訪問", "when": "毎月"}],
            "starts_on": show_date(today),
            "ends_on": show_date(today + timedelta(days=180)),
            **changes,
        }
        return self.desk.handle(SavePlan(case_id, before.version if before else 0, raw), by)

    def check_on(self, case_id: str, result: str = "unchanged", *, by: str, **fields: Any) -> None:
        """Answer the next follow-up."""
        waiting = self.case(case_id).next_follow_up
        assert waiting is not None
        self.desk.handle(AnswerFollowUp(case_id, waiting.id, {"result": result, **fields}), by)

    def close(
        self, case_id: str, kind: str = "closed", *, by: str = COORDINATOR, **fields: Any
    ) -> str:
        raw = {
            "kind": kind,
            "reason": "転居のため。",
            "goals_reached": "reached",
            "change": "落ち着いて暮らしている。",
            **fields,
        }
        return self.desk.handle(CloseCase(case_id, raw), by)

    def convene(
        self,
        *case_ids: str,
        by: str = COORDINATOR,
        required: Iterable[str] = ("A13", "A14"),
        optional: Iterable[str] = (),
        bases: Iterable[str] = ("act_106_6",),
        chair: str = CHAIR,
        days_ahead: Iterable[int] = (20, 21),
        starts: str = "14:00",
        hearing: Mapping[str, Iterable[str]] | None = None,
        **fields: Any,
    ) -> str:
        """Call a 支援会議 on these cases; the dates are so many days ahead.

        `hearing` is who hears each, by its id; else everybody is chosen for each that may hear it.
        """
        required, optional, bases = list(required), list(optional), list(bases)
        raw = {
            "kind": "case",
            "bases": bases,
            "basis_reason": "早く話し合う必要があるため。",
            "required_agencies": required,
            "optional_agencies": optional,
            "chair": chair,
            "place": "庁舎2階 第3会議室",
            **fields,
        }
        days = [self.in_days(n).date() for n in days_ahead]
        slots = tuple({"day": show_date(day), "starts": starts} for day in days)
        numbers = tuple(self.case(c).number for c in case_ids)
        answer_by = show_date(self.in_days(7).date())
        if hearing is None and len(case_ids) > 1:
            invited = [*required, *optional]
            on = [LegalBasis(b) for b in bases]
            hearing = {c: agencies_allowed_to_hear(self.case(c), invited, on) for c in case_ids}
        chosen = {self.case(c).number: list(heard) for c, heard in (hearing or {}).items()}
        command = Convene(raw, numbers, slots, answer_by, meant(days, starts), chosen)
        return self.desk.handle(command, by)

    def agree_to_agenda_request(self, case_id: str, *, by: str = COORDINATOR) -> None:
        """Agree to all that somebody who does not read the case asked for meetings on it."""
        for one in self.case(case_id).waiting_agenda_requests:
            self.desk.handle(SettleAgendaRequest(case_id, one.id, True, tuple(one.agency_ids)), by)

    def answer(self, meeting_id: str, agency_id: str, symbol: str = "yes", *, by: str) -> int:
        """The same symbol for every date."""
        answers = {s.id: symbol for s in self.meeting(meeting_id).slots}
        return self.desk.handle(AnswerDates(meeting_id, agency_id, answers, {}), by)

    def fix(
        self, meeting_id: str, *, by: str = COORDINATOR, slot: int = 0, reason: str = ""
    ) -> int:
        """Fix a date; where it needs a reason only because answers are missing, one is given."""
        chosen = self.meeting(meeting_id).slots[slot]
        confirmed = chosen.starts_at.isoformat()
        try:
            return self.desk.handle(FixDate(meeting_id, chosen.id, reason, confirmed), by)
        except Invalid as wrong:
            if {e.key for e in wrong.errors} - SILENT:
                raise
        return self.desk.handle(FixDate(meeting_id, chosen.id, "急ぐため。", confirmed), by)

    def move(
        self,
        meeting_id: str,
        days: int,
        starts: str = "10:00",
        *,
        by: str = COORDINATOR,
        reason: str = "会場の都合。",
    ) -> int:
        """Move a fixed meeting to so many days ahead; a closed day or a night is meant."""
        day = self.in_days(days).date()
        command = MoveMeeting(
            meeting_id, show_date(day), starts, reason, confirmed=meant([day], starts)
        )
        return self.desk.handle(command, by)

    def swear(self, meeting_id: str, *members: str) -> None:
        """Confirm the secrecy duty, where the meeting has one."""
        for member_id in members if self.meeting(meeting_id).needs_secrecy else ():
            self.desk.handle(ConfirmSecrecy(meeting_id), member_id)

    def save_record(
        self,
        meeting_id: str,
        *,
        by: str = COORDINATOR,
        ready: bool = True,
        roles: Iterable[Mapping[str, str]] = (),
        cases: Mapping[str, Fields] | None = None,
        came: Mapping[str, tuple[str, str]] | None = None,
        **fields: Any,
    ) -> int:
        """Write the record of a meeting that has begun; every case gets the same words.

        `cases` are words of one case alone, by its id. Who is not in `came` was present.
        """
        meeting = self.meeting(meeting_id)
        begun = meeting.fixed_slot.starts_at if meeting.fixed_slot else self.desk.now()
        values = {
            "held_at": f"{show_date(begun.date())} {show_time(begun.time())}",
            "decisions": [{"text": "地域で見守る。"}],
            "roles": [dict(r) for r in roles],
            **fields,
        }
        version = meeting.record.version if meeting.record else 0
        self.swear(meeting_id, by)
        parts = {i.case_id: values | (cases or {}).get(i.case_id, {}) for i in meeting.agenda}
        command = SaveRecord(
            meeting_id, version, self.everybody_came(meeting_id) | dict(came or {}), parts, ready
        )
        return self.desk.handle(command, by).version

    def everybody_came(self, meeting_id: str) -> dict[str, tuple[str, str]]:
        """The statement that every agency of the attendance list was there."""
        meeting = self.meeting(meeting_id)
        with self.database.open() as unit:
            runners = map(unit.directory.member, (meeting.organiser_id, meeting.chair_id))
            ran = [m.agency_id for m in runners if m]
        held = [meeting.organiser_agency_id, meeting.chair_agency_id]
        listed = [*(i.agency_id for i in meeting.invites), *filter(None, held), *ran]
        return dict.fromkeys(listed, ("present", ""))

    def confirm_record(self, meeting_id: str, *, by: str = CHAIR) -> int:
        record = self.meeting(meeting_id).record
        assert record is not None
        self.swear(meeting_id, by)
        return self.desk.handle(ConfirmRecord(meeting_id, record.version), by)

    def keep_promises(self) -> int:
        """Let the clock act on everything that is due now."""
        kept = 0
        while self.desk.handle(KeepNextPromise(), Caller.CLOCK):
            kept += 1
        return kept

    # -- what one sees ----------------------------------------------------------------------------

    def in_days(self, days: int) -> datetime:
        return (self.desk.now() + timedelta(days=days)).astimezone(TOKYO)

    def case(self, case_id: str) -> Case:
        with self.database.open() as unit:
            found = unit.cases.get(case_id)
        assert found is not None
        return found

    def case_ids(self) -> list[str]:
        with self.database.open() as unit:
            return [r.id for r in unit.cases.rows(open_only=False)]

    def numbers(self) -> list[str]:
        with self.database.open() as unit:
            return [r.number for r in unit.cases.rows(open_only=False)]

    def meeting(self, meeting_id: str) -> Meeting:
        with self.database.open() as unit:
            found = unit.meetings.get(meeting_id)
        assert found is not None
        return found

    def said_of_dates(self, meeting_id: str, agency_id: str = "A14") -> list[str]:
        """What an agency answered, in the order of the dates; "" for one that it has not."""
        meeting = self.meeting(meeting_id)
        given = meeting.answers.get(agency_id, {})
        return [str(given[slot.id].symbol) if slot.id in given else "" for slot in meeting.slots]

    def referral(self, case_id: str, agency_id: str) -> Referral:
        """The newest referral to that agency, one that waits before one that was answered."""
        found = [r for r in self.case(case_id).referrals if r.agency_id == agency_id]
        return max(reversed(found), key=lambda r: r.waits)

    def agency_name(self, agency_id: str) -> str:
        with self.database.open() as unit:
            found = unit.directory.agency(agency_id)
        assert found is not None
        return found.name

    def has_left(self, *member_ids: str) -> None:
        """These people worked here until yesterday."""
        yesterday = (self.desk.now() - timedelta(days=1)).date()
        with self.database.open() as unit:
            people = [unit.directory.member(m) for m in member_ids]
            unit.directory.save_members([replace(m, active_until=yesterday) for m in people if m])
            unit.commit()

    def have_one_name(self, first: str, second: str) -> None:
        """Two entries of the directory that may be one person: the second is called as the first
        was before somebody wrote another name over it."""
        with self.database.open() as unit:
            one, other = map(unit.directory.member, (first, second))
            assert one
            assert other
            renamed = replace(one, name=f"{one.name}改", corrected=(one.name,))
            unit.directory.save_members([renamed, replace(other, name=one.name)])
            unit.commit()

    def promises(self, subject_id: str | None = None, *kinds: PromiseKind) -> list[Promise]:
        with self.database.open() as unit:
            return unit.promises.open(subject_id=subject_id, kinds=kinds or None)

    def events(self, case_id: str) -> list[Event]:
        with self.database.open() as unit:
            return unit.events.of_case(case_id)

    def notices(self, member_id: str | None = None, key: str | None = None) -> list[Notice]:
        """What waits in the outbox, for one member and of one kind if asked."""
        due = outbox.c.state.in_(["waiting", "sending"]) & outbox.c.via.in_(WAYS)
        if member_id is not None:
            due &= outbox.c.member_id == member_id
        if key is not None:
            due &= outbox.c.key == key
        query = select(outbox).where(due)
        query = query.order_by(outbox.c.try_at, outbox.c.created_at, outbox.c.id)
        with self.database.engine.connect() as connection:
            rows = sorted(connection.execute(query), key=lambda row: WAYS.index(row.via))
        return [replace(self._read(row), via=row.via) for row in rows]

    def _read(self, row: Row[Any]) -> Notice:
        sealed = place(outbox, "content", row.id)
        return from_text(self.database.vault.open(row.content, sealed), Notice)

    def told(self, key: str) -> set[str]:
        """Who is told this."""
        return {n.member_id for n in self.notices(key=key)}

    def mail(self, member_id: str) -> list[InboxItem]:
        """What lies in a member's inbox, the newest first."""
        with self.database.open() as unit:
            return unit.mailbox.items(member_id, limit=1000)


def _typed(values: Mapping[str, Any]) -> Fields:
    """Stored values as a form has them: yes and no instead of true and false."""
    return {
        k: {True: "yes", False: "no"}.get(v, v) if isinstance(v, bool) else v
        for k, v in values.items()
    }
