"""The search for the cases of somebody who asked: by name, or by reading and birth date."""

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.cases.find_person import SEARCHED, too_often
from workflows.cases.open_case import keys_of_former
from workflows.core.errors import Invalid
from workflows.core.looks import Part, ShownPart
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import NotADate, parse_date
from workflows.japanese.same_person import (
    MatchKey,
    PersonTyped,
    former_keys,
    kana_keys,
    member_keys,
    search_keys,
)
from workflows.model.case_row import CaseRow
from workflows.requests.views import request_to_read


@dataclass(frozen=True)
class FoundForRequest:
    """A case in which the person is written; `as_member`: as one of the household; `former`: they
    stood there by mistake, until it was corrected (a WrongPerson)."""

    number: str
    state: str
    as_member: bool
    answering_agency: str
    former: str = ""


@dataclass(frozen=True)
class FindForRequest(Query[tuple[FoundForRequest, ...] | None]):
    """Cases in which exactly this person is written, also as one of the household, for a request
    alone; the trail says so. None when I have searched too often.

    By name, or by reading with a birth date (one of a household by the reading alone, because no
    birth date stands there); also as whom a sheet was about by mistake. Only cases
    that the asker may give out come up. Raises Invalid.
    """

    request_id: str
    name: str = ""
    kana: str = ""
    birth_date: str = ""


@handles(
    FindForRequest,
    Action.HANDLE_REQUESTS,
    code="find_for_request",
    others={"request_id": "may_read asks about its cases"},
)
def find_for_request(query: FindForRequest, work: Work) -> tuple[FoundForRequest, ...] | None:
    one = request_to_read(query.request_id, work)
    by_name, both, was = _wanted(query, work)
    if too_often(["for_request"], work):
        return None
    found: dict[str, bool] = {}
    for case_id, kinds in work.uow.cases.matching(by_name).items():
        found[case_id] = "name" not in kinds
    if both:
        every = [set(work.uow.cases.matching([key])) for key in both]
        found |= dict.fromkeys(set.intersection(*every), False)
        # Of the others of a household nobody's birthday is written.
        for case_id in work.uow.cases.matching(kana_keys([query.kana])):
            found.setdefault(case_id, True)
    once = work.uow.cases.matching(was)
    rows = work.uow.cases.rows_of({*found, *once})
    given = [r for r in rows.values() if work.may(Action.DISCLOSE, r).allowed]
    work.record(SEARCHED, kinds=["for_request"], hits=len(given), request=one.number)
    for row in given:
        basis = work.may(Action.DISCLOSE, row).reason
        work.show(row, ShownPart(Part.FOUND_FOR_REQUEST), basis=basis)
    lines = (
        FoundForRequest(
            r.number, r.shown_state, found[r.id], work.agency_name(r.answering_agency_id)
        )
        for r in given
        if r.id in found
    )
    formers = (line for r in given if r.id in once for line in _formers(r, was, work))
    return tuple(sorted((*lines, *formers), key=lambda line: (line.number, line.former)))


def _formers(row: CaseRow, was: frozenset[MatchKey], work: Work) -> Iterator[FoundForRequest]:
    """Each time that the sheet was about the person by mistake."""
    case = work.uow.cases.get(row.id)
    if case is None or not work.may(Action.READ_FORMER, row).allowed:
        return
    for one in case.wrong_persons:
        kinds = {key.kind for key in keys_of_former(one) & was}
        if kinds and one.taken_back_at is None:
            yield FoundForRequest(
                row.number,
                row.shown_state,
                kinds <= {"was_member", "was_member_kana"},
                work.agency_name(row.answering_agency_id),
                one.id,
            )


def _wanted(
    query: FindForRequest, work: Work
) -> tuple[list[MatchKey], list[MatchKey], frozenset[MatchKey]]:
    """The keys of which one is enough (of the name), those that have to be there together, and
    those of whom a sheet was about by mistake, of which one is enough."""
    born, errors = None, list[FieldError]()
    if trimmed(query.birth_date):
        try:
            born = parse_date(query.birth_date, today=work.today, past=True)
        except NotADate as wrong:
            errors.append(FieldError("birth_date", wrong.key, wrong.facts))
    by_name = sorted(member_keys([query.name]), key=lambda k: k.kind)
    both = sorted(search_keys(PersonTyped("", query.kana, born)), key=lambda k: k.kind)
    kinds = {key.kind for key in both}
    if not by_name and not errors and kinds != {"kana", "birth"}:
        errors.append(FieldError("name", "request.find_nothing", {}))
    if errors:
        raise Invalid(errors)
    readings = [query.kana] if kinds == {"kana", "birth"} else []
    was = former_keys(PersonTyped(query.name, query.kana, born), [query.name], readings)
    return by_name, both if kinds == {"kana", "birth"} else [], was
