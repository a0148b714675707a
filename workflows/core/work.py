"""What a workflow works with: one open transaction, who acts, the time, the town's rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Final
from uuid import uuid4

from workflows.core.errors import NotAllowed, NotFound
from workflows.core.looks import SHOWS, Look, ShownPart, merged_by_part
from workflows.core.permissions import (
    OVERSEES,
    RULES,
    Action,
    Caller,
    Decision,
    Standing,
    decide,
)
from workflows.core.ports import Event, UnitOfWork
from workflows.core.standings import (
    all_restricted,
    knows_of,
    standings_in_town,
    standings_to_case,
    standings_to_meeting,
)
from workflows.forms import FieldType, FormBook
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.directory import Agency, Member, Role
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow, meeting_row
from workflows.model.notice import IN_PLACE_OF, Fact, Notice, new_notice_id
from workflows.model.roster import Roster
from workflows.model.successors import Away, Successors

Subject = Case | CaseRow | Meeting | MeetingRow | None

NO_NAME: Final = "—"
# The door of who answers by a mail's link: whoever holds it, and not signed in.
BY_LINK: Final = "link"

# By which door a caller that is no member comes in, unless it says so itself.
_DOORS: Mapping[Caller | None, str] = {Caller.CLOCK: "clock", Caller.CONSOLE: "cli"}


def new_id() -> str:
    return uuid4().hex


@dataclass
class Work:
    """One command or query under way. `actor` is None when the clock or the console acts."""

    uow: UnitOfWork
    actor: Member | None
    now: datetime
    days: OpenDays
    forms: FormBook
    caller: Caller | None = None
    door: str = ""
    basis: str = ""  # the standing that let the actor in, as the desk found it
    asked: str = ""  # the code of the message that is carried out
    kind: str = ""  # under which the trail keeps its looks
    printed: bool = False  # whether the answer goes on paper
    looked: bool = False  # whether a look of it was written down
    looks: dict[str, Look] = field(default_factory=dict)  # what it showed so far, by case id

    @cached_property
    def today(self) -> date:  # asked for everybody in a list
        return self.now.astimezone(TOKYO).date()

    @property
    def by_link(self) -> bool:
        """Whether a mail's link is answered by: that may be anybody, and no content is shown."""
        return self.door == BY_LINK

    @property
    def me(self) -> Member:
        if self.actor is None:
            raise NotAllowed("denied.nobody")
        return self.actor

    def as_member(self, member: Member) -> "Work":
        """The same transaction as this member would meet it: to ask what somebody else may do."""
        return replace(self, actor=member, caller=None)

    # -- permission: asked here and nowhere else ------------------------------------------------

    def standings(self, subject: Subject) -> set[Standing]:
        if self.actor is None:
            return {Standing(str(self.caller))} if self.caller else set()
        match subject:
            case None:
                return standings_in_town(self.actor)
            case Case() | CaseRow():
                row = case_row(subject) if isinstance(subject, Case) else subject
                live = row.live_meeting_ids
                meetings = self.uow.meetings.rows_of(live).values() if live else ()
                return standings_to_case(self.actor, row, meetings, self.seats)
            case Meeting() | MeetingRow():
                line = meeting_row(subject) if isinstance(subject, Meeting) else subject
                return standings_to_meeting(
                    self.actor,
                    line,
                    self.seats,
                    now=self.now,
                    takes_part=self._takes_part_in(line, self.actor.agency_id),
                    restricted=self._restricted_of(line),
                )

    def _takes_part_in(self, meeting: MeetingRow, agency_id: str) -> bool:
        if not meeting.record_confirmed:
            return False  # it makes no difference before
        cases = self.uow.cases.rows_of(meeting.case_ids).values()
        return any(case.is_open and case.relations(agency_id) for case in cases)

    def _restricted_of(self, meeting: MeetingRow) -> tuple[CaseRow, ...]:
        """The cases of a meeting on restricted ones alone, in one look."""
        ids = meeting.case_ids
        return all_restricted(meeting, self.uow.cases.rows_of(ids)) if ids else ()

    def is_restricted(self, meeting: Meeting | MeetingRow) -> bool:
        """Whether every case on its agenda is restricted: place and time are so with them."""
        line = meeting_row(meeting) if isinstance(meeting, Meeting) else meeting
        return bool(self._restricted_of(line))

    @cached_property
    def seats(self) -> Successors:  # asked for every line of a list
        return self.roster.seats

    @property
    def roster(self) -> Roster:
        """Who is here today, as this transaction has it so far."""
        return self.uow.directory.roster(self.today)

    def may(self, action: Action, subject: Subject) -> Decision:
        return decide(
            action, self.standings(subject), restricted=self.asks_to_be_named(action, subject)
        )

    def asks_to_be_named(self, action: Action, subject: Subject) -> bool:
        """Whether only the named may do this: anything on a restricted case, and of a meeting on
        such cases alone what its rule says (`Rule.named`)."""
        match subject:
            case None:
                return False
            case Case() | CaseRow():
                return _restricted(subject) and not RULES[action].unnamed
            case Meeting() | MeetingRow():
                return RULES[action].named and self.is_restricted(subject)

    def must(self, action: Action, subject: Subject) -> Decision:
        """Refuse unless allowed; one who may not even see the subject is told there is none."""
        decision = self.may(action, subject)
        if decision.allowed:
            return decision
        if isinstance(subject, Case | CaseRow) and not self.may(Action.SEE_CASE, subject).allowed:
            raise NotFound("not_found.case")
        if (
            isinstance(subject, Meeting | MeetingRow)
            and not self.may(Action.SEE_MEETING, subject).allowed
        ):
            raise NotFound("not_found.meeting")
        raise NotAllowed(decision.reason)

    # -- finding --------------------------------------------------------------------------------

    def case(self, case_id: str) -> Case:
        """The case, locked, to be changed."""
        found = self.uow.cases.get(case_id, change=True)
        if found is None:
            raise NotFound("not_found.case")
        return found

    def case_to_read(self, case_id: str) -> Case:
        """The case, not locked: for a question about it, which the desk has let in."""
        found = self.uow.cases.get(case_id)
        assert found is not None  # noqa: S101 - the desk found it before
        return found

    def meeting(self, meeting_id: str) -> Meeting:
        """The meeting, locked, to be changed."""
        found = self.uow.meetings.get(meeting_id, change=True)
        if found is None:
            raise NotFound("not_found.meeting")
        return found

    def agency(self, agency_id: str) -> Agency:
        found = self.uow.directory.agency(agency_id)
        if found is None:
            raise NotFound("not_found.agency")
        return found

    def agency_name(self, agency_id: str | None, at: datetime | None = None) -> str:
        """The name, of today or, for what was done `at` an instant, of then.

        Of one that is not in the directory its code, of none a dash.
        """
        found = self.uow.directory.agency(agency_id) if agency_id else None
        return found.name_at(at) if found else agency_id or NO_NAME

    def member_name(self, member_id: str | None, at: datetime | None = None) -> str:
        """The same of a member."""
        found = self.uow.directory.member(member_id) if member_id else None
        return found.name_at(at) if found else member_id or NO_NAME

    def away(self, member_id: str | None) -> Away | None:
        """What is said beside the name of a member who is away today."""
        absence = self.seats.away.get(member_id or "")
        if absence is None or member_id is None:
            return None
        stands_in = self.seats.is_deputy_of(absence.deputy_id, member_id)
        return Away(absence.until_on, self.member_name(absence.deputy_id) if stands_in else "")

    def district_name(self, district_id: str) -> str:
        found = [d.name for d in self.uow.directory.town().districts if d.id == district_id]
        return found[0] if found else district_id or NO_NAME

    def active_agencies(self) -> list[Agency]:
        """Agencies in 五十音 order."""
        return list(self.roster.active_agencies)

    def active_members(self) -> list[Member]:
        """Who is here today, in 五十音 order."""
        return list(self.roster.active_members)

    def known(self) -> Mapping[FieldType, set[str]]:
        """The ids that fields of these types may hold."""
        agencies = {a.id for a in self.active_agencies()}
        return {
            FieldType.AGENCY: agencies,
            FieldType.AGENCIES: agencies,
            FieldType.MEMBER: {m.id for m in self.active_members()},
            FieldType.DISTRICT: {d.id for d in self.uow.directory.town().districts},
        }

    # -- whom to tell ---------------------------------------------------------------------------

    def contacts(self, agency_id: str, case: Case | CaseRow | None = None) -> list[Member]:
        """The members who answer notices for an agency; on a restricted case the named alone."""
        found = list(self.roster.active_members_of(agency_id))
        if case is not None and _restricted(case):
            return [m for m in found if m.id in _named(case)]
        if windows := [m for m in found if m.is_contact]:
            return windows
        # Without a window everybody is one, but for whoever took the last one away.
        of_it = self.roster.members_of(agency_id)
        took = {m.ended_by for m in of_it} | {m.window_ended_by for m in of_it}
        return [m for m in found if m.id not in took]

    def coordinators(self, case: Case | CaseRow | None = None) -> list[Member]:
        """Coordinators of the case's district, else all; on a restricted case the named alone.

        While all of them are away, the others beside them.
        """
        found = list(self.roster.active_members_with(Role.COORDINATOR))
        if case is None:
            return found
        if _restricted(case):
            named = [m for m in self.active_members() if m.id in _named(case)]
            return self._with_others([m for m in named if Role.COORDINATOR in m.roles], named)
        near = [m for m in found if case.district_id in m.district_ids]
        return self._with_others(near or [m for m in found if not m.district_ids], found)

    def _with_others(self, some: list[Member], all_: list[Member]) -> list[Member]:
        away = self.seats.away
        if not some or any(m.id not in away for m in some):
            return some or all_
        return some + [m for m in all_ if m not in some and m.id not in away]

    def core_desk(self) -> list[Member]:
        """Who answers notices for the town's 中核機関; nobody while the town has named none."""
        core = self.uow.directory.town().core_agency_id
        return self.contacts(core) if core else []

    def managers(self) -> list[Member]:
        return list(self.roster.active_members_with(Role.MANAGER))

    def administrators(self) -> list[Member]:
        return list(self.roster.active_members_with(Role.ADMINISTRATOR))

    def writer(self, case: Case | CaseRow) -> list[Member]:
        """Who wrote the sheet; when they have left or moved, the contacts of the agency."""
        member = self.uow.directory.member(case.opened_by)
        if member and member.is_active(self.today) and member.agency_id == case.writer_agency_id:
            return [member]
        return self.contacts(case.writer_agency_id, case)

    def organiser(
        self, meeting: Meeting | MeetingRow, case: Case | CaseRow | None = None
    ) -> list[Member]:
        """Who convened it, else the contacts of that agency, else the coordinators."""
        found = self.holder(meeting.organiser_id, meeting.organiser_agency_id, case)
        return found or (self.coordinators(case) if case else self.coordinators_of(meeting))

    def chair(self, meeting: Meeting | MeetingRow) -> list[Member]:
        return self.holder(meeting.chair_id, meeting.chair_agency_id)

    def runners(self, meeting: Meeting | MeetingRow) -> list[Member]:
        """Chair and organiser, or who has it after them."""
        return self.chair(meeting) + self.holder(meeting.organiser_id, meeting.organiser_agency_id)

    def holder(
        self, member_id: str, held_for: str, case: Case | CaseRow | None = None
    ) -> list[Member]:
        """Who held something for an agency; when they are no longer in it, its contacts."""
        member = self.uow.directory.member(member_id)
        agency_id = held_for or (member.agency_id if member else "")
        if member and member.is_active(self.today) and member.agency_id == agency_id:
            return [member]
        return self.contacts(agency_id, case) if agency_id else []

    def agenda_for(
        self, member: Member | None, meeting: Meeting | MeetingRow
    ) -> tuple[list[CaseRow], int]:
        """The cases of the agenda that this member may know of, in its order (`knows_of`), and how
        many others there are. A restricted one is not even counted among these.

        Without a member: a room that all of the meeting share. By a mail's link, nor what is
        restricted: whoever holds it may be anybody.
        """
        row = meeting_row(meeting) if isinstance(meeting, Meeting) else meeting
        cases = self.uow.cases.rows_of(row.case_ids) if row.case_ids else {}
        agenda = [cases[c] for c in row.case_ids if c in cases]
        if member is None:
            known = [c for c in agenda if not c.restricted and c.id in row.heard_by_all]
        else:
            known = [
                c
                for c in agenda
                if knows_of(member, row, c, self.seats) and not (self.by_link and c.restricted)
            ]
        return known, sum(not c.restricted and c not in known for c in agenda)

    def numbers_for(self, member: Member, meeting: Meeting | MeetingRow) -> set[str]:
        """The numbers of its cases that this member may know of: see `knows_of`."""
        return {c.number for c in self.agenda_for(member, meeting)[0]}

    def hides_meeting(self, member: Member, meeting: Meeting | MeetingRow) -> bool:
        """Whether a meeting that their office would open to them is closed for being on restricted
        cases alone (`OVERSEES`)."""
        line = meeting_row(meeting) if isinstance(meeting, Meeting) else meeting
        if not standings_in_town(member) & OVERSEES or not self._restricted_of(line):
            return False
        return not self.as_member(member).may(Action.SEE_MEETING, line).allowed

    def coordinators_of(self, meeting: Meeting | MeetingRow) -> list[Member]:
        """The coordinators who may know of the meeting."""
        return [m for m in self.coordinators() if not self.hides_meeting(m, meeting)]

    def tell(
        self,
        key: str,
        to: Iterable[Member],
        *,
        once: str,
        facts: Mapping[str, Fact] | None = None,
        case: Case | CaseRow | None = None,
        meeting: Meeting | MeetingRow | None = None,
        promise: str | None = None,
        urgent: bool = False,
        via: str = "",
        instead: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """Put one notice a receiver into the outbox. `once` makes it one: same text, no second.

        With `via` it goes by that way alone, or `instead` by another when that one is closed;
        without, into the inbox and on to their chat. It goes in office hours, what is urgent at
        once, and nothing `not_before` a moment that is named. What it is about is said by itself:
        the number of the case, kind, numbers and date of the meeting; of a meeting's case numbers
        each receiver is told those that they hear there.
        """
        about = {**({"number": case.number} if case else {}), **self._facts_of(meeting)}
        for member in {m.id: m for m in to}.values():
            said = {**about, **(facts or {})}
            if meeting and isinstance(numbers := said.get("numbers"), list):
                known = self.numbers_for(member, meeting)
                said["numbers"] = [n for n in numbers if n in known]
            self.uow.outbox.put(
                Notice(
                    id=new_notice_id(self.now),
                    key=key,
                    member_id=member.id,
                    dedupe_key=f"{key}:{once}:{member.id}" + (f":{via}" if via else ""),
                    via=via,
                    instead=instead,
                    facts=said,
                    case_id=case.id if case else None,
                    meeting_id=meeting.id if meeting else None,
                    sequence=meeting.sequence if meeting else None,
                    promise=promise,
                    urgent=urgent,
                    created_at=self.now,
                    not_before=not_before or self.days.notice_time(self.now, urgent),
                )
            )

    def _facts_of(self, meeting: Meeting | MeetingRow | None) -> dict[str, Fact]:
        """Which meeting it is, on which cases, when and where, as far as it is fixed."""
        if meeting is None:
            return {}
        if isinstance(meeting, MeetingRow):
            whole = self.uow.meetings.get(meeting.id)
            return self._facts_of(whole) if whole else {}
        slot = meeting.fixed_slot
        return {
            "kind": meeting.called,
            "numbers": self.case_numbers(meeting),
            "starts_at": slot.starts_at.isoformat() if slot else "",
            "ends_at": slot.ends_at.isoformat() if slot else "",
            "place": meeting.place,
            "online": bool(meeting.online_url),
        }

    def case_numbers(self, meeting: Meeting) -> list[str]:
        """The numbers of the cases on its agenda, in its order."""
        found = [self.uow.cases.row(i.case_id) for i in meeting.agenda]
        return [c.number for c in found if c]

    def record(
        self,
        kind: str,
        *,
        case: Case | CaseRow | None = None,
        meeting: Meeting | MeetingRow | None = None,
        basis: str = "",
        holder_id: object = None,
        **facts: object,
    ) -> None:
        """Write what happened into the story and the audit trail: ids and dates, no words.

        `basis` is the reason of another decision than the one that let the actor in. What somebody
        does for who holds it and is away says for whom: `holder_id`, of a meeting who runs it.
        """
        basis = (basis or self.basis).removeprefix("why.")
        holder = str(holder_id or (_holder_by(basis, meeting) if meeting else None) or "")
        if self.actor and self.seats.is_deputy_of(self.actor.id, holder):
            facts[IN_PLACE_OF] = holder
        self.uow.events.add(
            Event(
                id=0,
                at=self.now,
                actor_id=self.actor.id if self.actor else None,
                door=self.door or _DOORS.get(self.caller, ""),
                kind=kind,
                basis=basis,
                case_id=case.id if case else None,
                meeting_id=meeting.id if meeting else None,
                facts=facts,
            )
        )

    # -- what is shown ---------------------------------------------------------------------------

    def show(
        self,
        case: Case | CaseRow,
        *parts: ShownPart,
        meeting: Meeting | None = None,
        basis: str = "",
    ) -> None:
        """Say that these parts of a case stand in the answer: they are recorded with the look.

        `basis` is the decision that opened them, where it is another than the one that let in.
        Raises RuntimeError for a part that `looks.SHOWS` does not declare for this message.
        """
        declared = SHOWS.get(self.asked, frozenset())
        if wrong := [p.part for p in parts if p.part not in declared]:
            raise RuntimeError(f"{self.asked} shows {wrong}, which looks.py does not declare")
        look = self.looks.setdefault(case.id, Look(case, meeting, basis, []))
        look.shown += parts

    def note_looks(self) -> None:
        """Write down what was shown so far; the desk does at the end of each message."""
        looks, self.looks = self.looks, {}
        for look in looks.values():
            self.note_look(look.case, look.meeting, look.shown, look.basis)

    def note_look(
        self,
        case: Case | CaseRow | None,
        meeting: Meeting | None,
        shown: Iterable[ShownPart],
        basis: str = "",
    ) -> None:
        """One look, also one that showed nothing."""
        self.looked = True
        self.record(
            self.kind,
            case=case,
            meeting=meeting,
            basis=basis,
            agency=self.me.agency_id,
            asked=self.asked,
            shown=[one.as_fact() for one in merged_by_part(shown)],
            **({"printed": True} if self.printed else {}),
        )


def _holder_by(basis: str, meeting: Meeting | MeetingRow) -> str | None:
    """Who has the part in the meeting that this standing is."""
    if basis == Standing.ORGANISER:
        return meeting.organiser_id
    if basis == Standing.MEETING_CHAIR:
        return meeting.chair_id
    if basis != Standing.RECORD_WRITER:
        return None
    if isinstance(meeting, MeetingRow):
        return meeting.writer_id
    return meeting.record.writer_id if meeting.record else None


def _restricted(case: Case | CaseRow) -> bool:
    return case.is_restricted if isinstance(case, Case) else case.restricted


def _named(case: Case | CaseRow) -> Iterable[str]:
    return case.named_member_ids if isinstance(case, Case) else case.named
