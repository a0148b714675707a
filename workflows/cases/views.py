"""The case as its page shows it: redacted to what the one who asks may see, with the reason.

Without READ_CASE there are numbers, names of agencies, dates and states; every word about the
person is left out here, so that no template can show it by mistake.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from workflows.cases.hold_line import HoldLine
from workflows.cases.lines import (
    ClosureLine,
    ConsentLine,
    EditLine,
    FollowUpLine,
    JudgementLine,
    MeetingOfCase,
    MissingLine,
    NeedLine,
    PlanLine,
    ReassessmentLine,
    ReferralLine,
    RoleLine,
    in_chains,
    meeting_lines,
)
from workflows.cases.merge_cases import MergedCase, merged_cases
from workflows.cases.proposals import ProposalLine, settled_proposals
from workflows.cases.shown_parts import ShownParts
from workflows.cases.split_sheet import SplitLine, split_lines
from workflows.cases.story import LookLine, StoryLine, looks_of, story_of, who
from workflows.cases.who_sees import NamedMember, ViewerGroup, named_members, who_sees
from workflows.core.looks import CasePage
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action, Decision
from workflows.core.ports import StandingPromise
from workflows.core.work import Work
from workflows.forms import Value
from workflows.japanese.open_days import months_later
from workflows.model.case import Case
from workflows.model.promise import asked_too_late
from workflows.model.successors import Away
from workflows.promises.promise_line import NO_WORK, PromiseLine, promise_line
from workflows.promises.upcoming import UpcomingNotices, next_check_on, upcoming_notices

# What a case page offers to do.
OFFERED = (
    Action.READ_CASE, Action.EDIT_SHEET, Action.REFER, Action.REPLY, Action.ENTER_REPLY,
    Action.SET_LEAD, Action.NAME_MEMBERS, Action.MAKE_PLAN, Action.ANSWER_FOLLOW_UP,
    Action.END_REASSESSMENT, Action.TICK_ROLE, Action.SAY_STILL_NEEDED, Action.CLOSE_CASE,
    Action.CONVENE, Action.HOLD, Action.DISCLOSE, Action.READ_FORMER, Action.MERGE_CASES,
    Action.ANSWER_AGENDA_REQUEST,
)  # fmt: skip


@dataclass(frozen=True)
class CaseView:
    """Everything the page of a case shows. `sheet` is None for those who may not read it."""

    id: str
    number: str
    state: str
    urgency: str
    is_open: bool
    restricted: bool
    has_consent: bool
    is_near_miss: bool  # 惜しいケース; of who may not read it False
    district_name: str
    opened_at: datetime
    opened_by: str
    writer_agency: str
    lead_agency_id: str
    lead_since: datetime | None
    answering_agency_id: str
    answering_agency: str
    answering_phone: str
    answering_people: tuple[str, ...]
    answering_away: Mapping[str, Away]  # by name, those of them who are away
    passed_states: tuple[str, ...]
    sheet_version: int
    may: Mapping[Action, Decision]
    why: Decision
    promises: tuple[PromiseLine, ...]
    upcoming_notices: tuple[UpcomingNotices, ...]  # of each of these, if nobody does anything
    referrals: tuple[ReferralLine, ...]
    meetings: tuple[MeetingOfCase, ...]
    roles: tuple[RoleLine, ...]
    plans: tuple[PlanLine, ...]
    follow_ups: tuple[FollowUpLine, ...]
    reassess: bool  # 悪化 was said, and nobody has reviewed the support since
    reassessments: tuple[ReassessmentLine, ...]
    consents: tuple[ConsentLine, ...]
    hold: HoldLine | None  # what forbids to dispose of it
    closures: tuple[ClosureLine, ...]
    judgements: tuple[JudgementLine, ...]
    need_asked_at: datetime | None  # since when an answer is waited for: whether it is still needed
    need_answers: tuple[NeedLine, ...]
    missing_resources: tuple[MissingLine, ...]
    edits: tuple[EditLine, ...]
    reads: bool  # whether this page shows content at all, and the asker may read it
    sheet: Mapping[str, Value] | None
    wishes: Value  # of the sheet, with which a first plan begins
    story: tuple[StoryLine, ...]
    looks: tuple[LookLine, ...]
    seers: tuple[ViewerGroup, ...]
    named: tuple[NamedMember, ...]
    unrestrict_waits: bool
    agenda_requests_waiting: int  # requests to hold a meeting on it that wait
    has_agenda_requests: bool
    merged_into: tuple[str, ...]  # numbers of cases that the asker may know of
    merged_from: tuple[str, ...]
    split_from: tuple[SplitLine, ...]
    split_into: tuple[SplitLine, ...]
    merged: tuple[MergedCase, ...]  # those of `merged_from`, with what became of them
    proposals: tuple[ProposalLine, ...]  # about who may read it, that wait no more
    has_former: bool  # its sheet was about another person once, and the asker may read that
    takes_part: tuple[tuple[str, str], ...]  # agencies that may lead: (id, name)
    beyond_consent: frozenset[str]  # agencies that the consent does not cover; content
    in_a_month: date
    names: Mapping[str, str]  # of every agency, member and district by id

    def can(self, action: str) -> bool:
        """Whether the asker may do it, by the action's name, as templates write it."""
        return self.may[Action(action)].allowed


@dataclass(frozen=True)
class GetCase(Query[CaseView]):
    """A case as the one who asks may see it, with the content that this page shows and no more.

    What it shows is written down as a look. On pages about one line of it (a referral, a role, a
    judgement) `item` is the id of that line.
    """

    case_id: str
    page: CasePage = CasePage.NOTHING
    item: str = ""


@handles(GetCase, Action.SEE_CASE, code="get_case")
def get_case(query: GetCase, work: Work) -> CaseView:
    found = work.case_to_read(query.case_id)
    case = found
    may = {action: work.may(action, case) for action in OFFERED}
    parts = ShownParts(case, query.page, query.item, may[Action.READ_CASE], work)
    answering_people = work.contacts(case.answering_agency_id, case)
    answering = work.uow.directory.agency(case.answering_agency_id)
    day = months_later(work.today, 1)
    agency_ids = {a.id for a in work.active_agencies()}
    merged = merged_cases(case, case.merged_from, work)
    sheet = parts.sheet()
    owed = _promises(case, work)
    view = CaseView(
        id=case.id,
        number=case.number,
        state=str(case.state),
        urgency=str(case.urgency),
        is_open=case.is_open,
        restricted=case.is_restricted,
        has_consent=case.has_consent,
        is_near_miss=parts.near_miss(),
        district_name=work.district_name(case.district_id),
        opened_at=case.opened_at,
        opened_by=who(case.opened_by, work, case.opened_at),
        writer_agency=work.agency_name(case.writer_agency_id),
        lead_agency_id=case.leading_agency_id or "",
        lead_since=case.lead_since if case.leading_agency_id else None,
        answering_agency_id=case.answering_agency_id,
        answering_agency=work.agency_name(case.answering_agency_id),
        answering_phone=answering.phone if answering else "",
        answering_people=tuple(m.name for m in answering_people),
        answering_away={m.name: away for m in answering_people if (away := work.away(m.id))},
        passed_states=tuple(map(str, case.passed_states)),
        sheet_version=case.sheet_version,
        may=may,
        why=may[Action.READ_CASE] if parts.content else work.may(Action.SEE_CASE, case),
        promises=tuple(promise_line(s.promise, work) for s in owed),
        upcoming_notices=_upcoming_notices(case, owed, work),
        reads=parts.content,
        referrals=tuple(parts.referral(r) for r in in_chains(case)),
        meetings=meeting_lines(case, work),
        roles=tuple(parts.role(r, may) for r in case.roles),
        plans=tuple(parts.plan(p) for p in reversed(case.plans)),
        follow_ups=parts.checks(),
        reassess=case.reassessment_asked_at is not None,
        reassessments=parts.reassessments(),
        consents=parts.consents(),
        hold=parts.hold(),
        closures=parts.ends(),
        judgements=parts.judgements(),
        need_asked_at=case.need_ask.asked_at if case.need_ask else None,
        need_answers=parts.need_answers(),
        missing_resources=parts.missing(),
        edits=tuple(
            EditLine(e.version, who(e.by, work, e.at), e.at, tuple(e.fields))
            for e in reversed(case.sheet_edits)
        ),
        sheet=sheet,
        wishes=parts.wishes(),
        story=(),
        looks=(),
        seers=who_sees(case, work),
        named=named_members(case, work) if case.is_restricted else (),
        agenda_requests_waiting=len(case.waiting_agenda_requests),
        has_agenda_requests=bool(case.agenda_requests),
        unrestrict_waits=case.is_restricted and case.unrestricting is not None,
        merged_into=tuple(m.number for m in merged_cases(case, case.merged_into, work)),
        merged_from=tuple(m.number for m in merged),
        split_from=split_lines(case.split_from, work, reads=False),
        split_into=split_lines(case.split_into, work, reads=sheet is not None),
        merged=merged,
        proposals=settled_proposals(case, work) if parts.content else (),
        has_former=bool(case.wrong_persons) and may[Action.READ_FORMER].allowed,
        takes_part=tuple(
            (a, work.agency_name(a))
            for a, how in case.agency_ids().items()
            if set(how) & {"writer", "accepted", "role", "lead"}
        ),
        beyond_consent=parts.beyond_consent(agency_ids),
        in_a_month=work.days.next_open(day),
        names=_names(work),
    )
    work.note_looks()  # this look stands among the others
    events = work.uow.events.of_case(case.id)
    return replace(view, story=story_of(events, work), looks=looks_of(events, work))


def _names(work: Work) -> dict[str, str]:
    people = [(m.id, m.name) for m in work.uow.directory.members()]
    agencies = [(a.id, a.name) for a in work.uow.directory.agencies()]
    return dict(
        [*people, *agencies, *((d.id, d.name) for d in work.uow.directory.town().districts)]
    )


def _promises(case: Case, work: Work) -> list[StandingPromise]:
    """What is owed on the case and on those of its meetings that may be seen, by its due time."""
    rows = [work.uow.meetings.row(m) for m in case.live_meeting_ids]
    seen = [m.id for m in rows if m and work.may(Action.SEE_MEETING, m).allowed]
    begins = {m.id: m.starts_at for m in rows if m}
    return [
        s
        for s in work.uow.promises.standing([case.id, *seen])
        if s.promise.kind not in NO_WORK
        and not asked_too_late(s.promise, begins.get(s.promise.subject_id), work.now)
    ]


def _upcoming_notices(
    case: Case, owed: Collection[StandingPromise], work: Work
) -> tuple[UpcomingNotices, ...]:
    ids = {s.promise.meeting_id for s in owed if s.promise.meeting_id}
    meetings = work.uow.meetings.rows_of(ids) if ids else {}
    return tuple(
        upcoming_notices(
            s,
            work,
            restricted=case.is_restricted and not s.promise.meeting_id,
            meeting=meetings.get(s.promise.meeting_id or ""),
            ends_on=next_check_on(s.promise, case),
        )
        for s in owed
    )
