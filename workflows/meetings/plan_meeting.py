"""What convening starts from: the cases, whom to invite and why, who may chair."""

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.cases.find_case import case_number
from workflows.core.checking import texts
from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.directory.people import away_now
from workflows.directory.suggest import Reason, SuggestFrom, suggest_invitees
from workflows.meetings.consent_gate import case_to_convene_on, may_request_agenda_place
from workflows.meetings.convene import may_chair
from workflows.meetings.who_hears import Hearing, case_hearing
from workflows.model.case import Case, Urgency, urgency_known
from workflows.model.case_row import case_row
from workflows.model.legal_basis import LegalBasis
from workflows.model.successors import Away

_rank = list(Urgency).index
_MOST_TELLING = ("lead", "writer", "referred", "accepted", "role")


@dataclass(frozen=True)
class CaseToDiscuss:
    number: str
    has_consent: bool
    urgency: str


@dataclass(frozen=True)
class Invitee:
    """An agency that may be invited; `reasons` are message keys with their facts.

    `hearing` is case number to what it would read there if it were chosen to hear that case.
    """

    agency_id: str
    name: str
    kind: str
    suggested: bool
    required: bool
    reasons: tuple[Reason, ...]
    has_contact: bool
    covered: bool  # by the consent in force, for at least one of the cases that have one
    hearing: Mapping[str, Hearing]


@dataclass(frozen=True)
class MeetingPlan:
    cases: tuple[CaseToDiscuss, ...]
    unknown: tuple[str, ...]
    numbers_to_request: tuple[str, ...]  # numbers that are not theirs to know: they are asked for
    urgency: str
    invitees: tuple[Invitee, ...]
    chairs: tuple[tuple[str, str, str], ...]
    me: str
    away: Mapping[str, Away]  # who is away today


@dataclass(frozen=True)
class PlanMeeting(Query[MeetingPlan]):
    """Suggestions first, in the order of suggest.py; the rest in 五十音 order.

    `bases` are those on which it would be held: what is read of a case follows from them. With
    `content`, for the page that lists the agencies, the reasons name the matters of the sheet.
    """

    case_numbers: tuple[str, ...] = ()
    bases: tuple[LegalBasis, ...] = ()
    content: bool = False


@handles(
    PlanMeeting,
    Action.CONVENE,
    code="plan_meeting",
    others={"case_numbers": "of each CONVENE is asked, and READ_CASE for what it says of it"},
)
def plan_meeting(query: PlanMeeting, work: Work) -> MeetingPlan:
    found: list[Case] = []
    unknown: list[str] = []
    numbers_to_request: list[str] = []
    for number in query.case_numbers:
        case = case_to_convene_on(number, work)
        if case is None and may_request_agenda_place(number, work):
            numbers_to_request.append(case_number(number))
        elif case is None or not case.is_open:
            unknown.append(number)
        else:
            found.append(case)
    cases = tuple(CaseToDiscuss(c.number, c.has_consent, str(c.urgency)) for c in found)
    return MeetingPlan(
        cases=cases,
        unknown=tuple(unknown),
        numbers_to_request=tuple(dict.fromkeys(numbers_to_request)),
        urgency=min((urgency_known(c.urgency) for c in cases), key=_rank, default=Urgency.NORMAL),
        invitees=_invitees(found, query, work),
        chairs=tuple(
            (m.id, m.name, work.agency_name(m.agency_id))
            for m in sorted(work.active_members(), key=lambda m: (m.agency_id, m.kana))
            if m.id in may_chair(work)
        ),
        me=work.me.id,
        away=away_now(work),
    )


def _invitees(cases: list[Case], query: PlanMeeting, work: Work) -> tuple[Invitee, ...]:
    agencies = work.active_agencies()
    reached = {m.agency_id for m in work.active_members()}
    reasons: dict[str, list[Reason]] = {}
    required: set[str] = set()
    for case in cases:
        for one in suggest_invitees(_facts_of(case, query.content, work), agencies, work.today):
            known = reasons.setdefault(one.agency_id, [])
            known += [r for r in one.reasons if r not in known]
            if one.required:
                required.add(one.agency_id)
    by_id = {a.id: a for a in agencies}
    covered = {a for c in cases for a in by_id if case_row(c).allows(a)}
    heard: dict[str, dict[str, Hearing]] = {}
    for case in cases:
        for one_heard in case_hearing(case, by_id, query.bases, work).agencies:
            heard.setdefault(one_heard.agency_id, {})[case.number] = one_heard
    order = [*reasons, *(a.id for a in agencies if a.id not in reasons)]
    return tuple(
        Invitee(
            agency_id=agency_id,
            name=by_id[agency_id].name,
            kind=str(by_id[agency_id].kind),
            suggested=agency_id in reasons,
            required=agency_id in required,
            reasons=tuple(reasons.get(agency_id, ())),
            has_contact=agency_id in reached,
            covered=agency_id in covered,
            hearing=heard.get(agency_id, {}),
        )
        for agency_id in order
    )


def _facts_of(case: Case, content: bool, work: Work) -> SuggestFrom:
    """The matters themselves are content: they are named to those who may read the case."""
    reads = work.may(Action.READ_CASE, case)
    names = content and reads.allowed
    fields: dict[str, tuple[str, ...]] = {}
    shown = set()
    for name in ("matters", "tags"):
        for field, labels in _fields_of(case, name, work).items():
            fields[field] = fields.get(field, ()) + (labels if names else ())
            shown |= {name} if names and labels else set()
    if shown:
        part = ShownPart(Part.SHEET, case.sheet_version, tuple(sorted(shown)))
        work.show(case, part, basis=reads.reason)
    return SuggestFrom(
        district_id=case.district_id,
        fields=fields,
        on_case={
            agency_id: next(r for r in _MOST_TELLING if r in relations)
            for agency_id, relations in case.agency_ids().items()
        },
    )


def _fields_of(case: Case, name: str, work: Work) -> Mapping[str, tuple[str, ...]]:
    form = work.forms.form("sheet")
    found: dict[str, tuple[str, ...]] = {}
    if not form.has(name):
        return found
    answered = set(texts(case.sheet, name))
    for choice in form.field(name).choices:
        if choice.value in answered:
            for field in choice.fields:
                found[field] = (*found.get(field, ()), choice.label)
    return found
