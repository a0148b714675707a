"""Who hears which case at a sitting: chosen case by case, in sight of what each would read."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from workflows.cases.find_case import plain_number
from workflows.cases.named_list import end_hearing
from workflows.cases.who_sees import split_by_access, who_reads
from workflows.core.checking import one_error
from workflows.core.errors import NotFound, Refused
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.meetings.agenda_requests import (
    OWN_AGENCY,
    must_be_agreed_to,
    not_agreed_to,
    reason_for_own_agency,
    report_taken_up,
)
from workflows.meetings.consent_gate import agencies_allowed_to_hear, case_to_convene_on, concerned
from workflows.meetings.put_on_agenda import must_be_covered
from workflows.meetings.run import HearingOutcome, let_agency_hear, must_be_named
from workflows.meetings.views import meeting_of
from workflows.model.case import Case
from workflows.model.case_row import CaseRow, case_row
from workflows.model.legal_basis import BasisCondition, LegalBasis, conditions_of
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow


@dataclass(frozen=True)
class Hearing:
    """What one agency has to do with one case at a sitting, for whoever chooses.

    `ground` is on what it would be told there: consent, basis, secrecy (the duty alone), or ""
    when it may not hear of it. `swears`: its people confirm the secrecy duty first. `reads_anyway`
    is why it reads the case also without hearing it (`why.…`), else "". `names` are the people to
    whom a restricted case would be opened by the choice. `agreed` is false where those who answer
    for the case agreed to others alone, and who looks is none of them.
    """

    agency_id: str
    agency: str
    hears: bool
    concerned: bool
    ground: str
    swears: bool
    reads_anyway: str
    names: tuple[str, ...]
    agreed: bool = True

    @property
    def may_hear(self) -> bool:
        """Whether who looks may choose it."""
        return bool(self.ground) and self.agreed


@dataclass(frozen=True)
class CaseHearing:
    """One case, and every invited agency in the order of the invitation.

    `may_choose` is false of a restricted case for whoever is not named on it.
    """

    number: str
    restricted: bool
    has_consent: bool
    may_choose: bool
    agencies: tuple[Hearing, ...]


def case_hearing(
    case: Case,
    agency_ids: Iterable[str],
    bases: Sequence[LegalBasis],
    work: Work,
    meeting: Meeting | None = None,
) -> CaseHearing:
    """What each of these agencies would read; `meeting` is the sitting, once there is one.

    Where the case is not on its agenda yet, `hears` is what is proposed: whom the case concerns.
    """
    row = case_row(case)
    item = meeting.item(case.id) if meeting else None
    live = work.uow.meetings.rows_of(row.live_meeting_ids)
    may_choose = not case.is_restricted or work.me.id in case.named_member_ids
    invited = list(agency_ids)
    proposed = concerned(row, invited, bases)
    others = replace(row, named=_named_without(case, meeting))
    anyway = who_reads(others, [_without(m, meeting, row) for m in live.values()], work)

    refused = not_agreed_to(meeting, case, invited, work) if meeting else []

    def one(agency_id: str) -> Hearing:
        return Hearing(
            agency_id=agency_id,
            agency=work.agency_name(agency_id),
            hears=agency_id in (item.agency_ids if item else proposed),
            concerned=agency_id in proposed,
            ground=_ground(row, agency_id, bases),
            swears=BasisCondition.SECRECY in conditions_of(bases),
            reads_anyway=anyway.get(agency_id, "") if may_choose else "",
            names=_names(case, agency_id, work) if may_choose else (),
            agreed=agency_id not in refused,
        )

    return CaseHearing(
        number=row.number,
        restricted=row.restricted,
        has_consent=row.has_consent,
        may_choose=may_choose,
        agencies=tuple(one(a) for a in invited),
    )


def _named_without(case: Case, meeting: Meeting | None) -> tuple[str, ...]:
    """Who would be named on it if nobody heard it at that sitting."""
    copy = deepcopy(case)
    if meeting is not None:
        copy.end_naming(meeting.id)
    return tuple(copy.named_member_ids)


def _without(row: MeetingRow, meeting: Meeting | None, case: CaseRow) -> MeetingRow:
    """The sitting as if nobody heard the case there but who runs it."""
    if meeting is None or row.id != meeting.id:
        return row
    return replace(row, agenda={**row.agenda, case.id: ()})


def _ground(row: CaseRow, agency_id: str, bases: Sequence[LegalBasis]) -> str:
    if not agencies_allowed_to_hear(
        row, [agency_id], bases
    ) or BasisCondition.NO_CONTENT in conditions_of(bases):
        return ""
    if row.has_consent and (agency_id in row.scope or agency_id == row.writer_agency_id):
        return "consent"
    if BasisCondition.CONSENT in conditions_of(bases):
        return "basis"
    return "secrecy"


def _names(case: Case, agency_id: str, work: Work) -> tuple[str, ...]:
    """Those to whom hearing it would open a restricted case: see `named_list.name_hearers`."""
    if not case.is_restricted:
        return ()
    found = work.contacts(agency_id)
    return tuple(m.name for m in found if m.id not in case.named_member_ids)


@dataclass(frozen=True)
class GetHearing(Query[tuple[CaseHearing, ...]]):
    """Cases × agencies of a sitting, for who runs it: who hears what, and what each would read.

    `agency_id`: of this one agency alone, which need not be invited yet.
    """

    meeting_id: str
    agency_id: str = ""


@handles(GetHearing, Action.RUN_MEETING, code="get_hearing")
def get_hearing(query: GetHearing, work: Work) -> tuple[CaseHearing, ...]:
    meeting = meeting_of(query.meeting_id, work)
    asked = [query.agency_id] if query.agency_id else [i.agency_id for i in meeting.invites]
    cases = [work.uow.cases.get(row.id) for row in work.agenda_for(work.me, meeting)[0]]
    return tuple(case_hearing(c, asked, meeting.bases, work, meeting) for c in cases if c)


@dataclass(frozen=True)
class PreviewPutOn(Query[tuple[CaseHearing, ...]]):
    """Who of those invited would hear these cases, were they put on this sitting's agenda.

    A number that is not known, or on the agenda already, is left out.
    """

    meeting_id: str
    case_numbers: tuple[str, ...]


@handles(
    PreviewPutOn,
    Action.PUT_ON_AGENDA,
    code="preview_put_on",
    others={"case_numbers": "of each CONVENE is asked"},
)
def preview_put_on(query: PreviewPutOn, work: Work) -> tuple[CaseHearing, ...]:
    meeting = meeting_of(query.meeting_id, work)
    invited = [i.agency_id for i in meeting.invites]
    found = []
    for number in dict.fromkeys(map(plain_number, query.case_numbers)):
        case = case_to_convene_on(number, work)
        if case and not meeting.item(case.id):
            found.append(case_hearing(case, invited, meeting.bases, work, meeting))
    return tuple(found)


# -- choosing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HearingEdit:
    """Agencies that are to hear the case of this number, and that are to hear it no more."""

    number: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @classmethod
    def between(cls, number: str, before: Iterable[str], now: Iterable[str]) -> "HearingEdit":
        """What was chosen, where these agencies were shown as hearing it and these are now."""
        was, chosen = set(before), set(now)
        return cls(number, tuple(sorted(chosen - was)), tuple(sorted(was - chosen)))


@dataclass(frozen=True)
class ChooseWhoHears(Command[tuple[HearingOutcome, ...]]):
    """Change who hears which case, before the sitting and during it; all of it or nothing.

    Who is removed reads it there no more at once. Only the differences are said, so that an old
    page takes back nothing that somebody else has chosen meanwhile. Raises Invalid, Refused.
    """

    meeting_id: str
    changes: tuple[HearingEdit, ...]
    reason: str = ""  # see InviteAgency


@handles(
    ChooseWhoHears,
    Action.RUN_MEETING,
    code="choose_who_hears",
    others={"changes": "a case of its own agenda alone"},
)
def choose_who_hears(command: ChooseWhoHears, work: Work) -> tuple[HearingOutcome, ...]:
    meeting = work.meeting(command.meeting_id)
    if not meeting.is_live:
        raise Refused("meeting.over")
    changed = [_changed(meeting, one, work, command.reason) for one in command.changes]
    return tuple(one for one in changed if one.added or one.shut or one.go_on)


def _changed(meeting: Meeting, change: HearingEdit, work: Work, typed: str) -> HearingOutcome:
    case_id = work.uow.cases.id_of(change.number)
    item = meeting.item(case_id) if case_id else None
    if item is None or item.case_id not in {c.id for c in work.agenda_for(work.me, meeting)[0]}:
        raise NotFound("not_found.case")
    case = work.case(item.case_id)
    add = [a for a in dict.fromkeys(change.add) if a not in item.agency_ids]
    remove = [a for a in item.chosen if a in change.remove]
    if add:
        _check_may_add(meeting, case, add, work)
    reason = reason_for_own_agency(add, typed, meeting, work)
    for agency_id in add:
        let_agency_hear(meeting, case, agency_id, work)
    heard = [a for a in remove if a in item.agency_ids]
    for agency_id in remove:
        item.remove(agency_id, work.now)
    if add or remove:
        work.record("hearing_changed", case=case, meeting=meeting, added=add, removed=remove)
    _tell(meeting, case, add, heard, work)
    if reason:
        report_taken_up(case, meeting, OWN_AGENCY, reason, work)
    unnamed = [n for a in remove for n in end_hearing(case, meeting.id, work, a)]
    return replace(_told(case, add, remove, work), unnamed=tuple(unnamed))


def _check_may_add(meeting: Meeting, case: Case, agency_ids: Sequence[str], work: Work) -> None:
    if meeting.is_over(work.now):
        raise Refused("hearing.over")
    must_be_named(case, work)
    if names := [work.agency_name(a) for a in agency_ids if meeting.invite(a) is None]:
        raise one_error("hearing", "hearing.not_invited", agencies=names)
    must_be_covered(meeting, case, agency_ids, work)
    must_be_agreed_to(meeting, case, agency_ids, "hearing", work)


def _tell(
    meeting: Meeting, case: Case, add: Iterable[str], remove: Iterable[str], work: Work
) -> None:
    """Agencies that hear it from now on, and that do no more. The latter may not see the case any
    more, whose number they knew: their card belongs to the meeting alone."""
    for agency_id in add:
        work.tell(
            "case_on_agenda",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}:{work.now.isoformat()}",
            facts={"kind": meeting.called},
            case=case,
            meeting=meeting,
        )
    for agency_id in remove:
        work.tell(
            "case_not_heard",
            work.contacts(agency_id, case),
            once=f"{meeting.id}:{case.id}:{agency_id}:{work.now.isoformat()}",
            facts={"number": case.number, "kind": meeting.called},
            meeting=meeting,
        )


def _told(case: Case, add: Iterable[str], remove: Iterable[str], work: Work) -> HearingOutcome:
    shut, go_on = split_by_access(case, remove, work)
    return HearingOutcome(case.number, tuple(map(work.agency_name, add)), shut, go_on)
