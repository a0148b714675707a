"""A request of a person recorded, put to its cases, prolonged, answered; each with its way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workflows.cases.find_case import case_number, plain_number
from workflows.core.checking import one_error
from workflows.core.errors import Conflict, Invalid, Refused
from workflows.core.free_text import REASON_MAX, checked_reason, read_text
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.forms import FieldError
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import NotADate, fiscal_year, parse_date
from workflows.model.case_row import CaseRow
from workflows.model.person_request import (
    Answered,
    AskedAs,
    Extension,
    PersonRequest,
    RequestKind,
    RequestOutcome,
)
from workflows.requests.kept import request_to_change, save_request

LONGEST: Final = timedelta(days=366)  # how far an extension may reach; ours
_NAME_MAX: Final = 60
# What is asked of who asks: the longest text, whether it is needed, whether it has lines.
TEXTS: Final[Mapping[str, tuple[int, bool, bool]]] = {
    "person": (_NAME_MAX, True, False),
    "asker": (_NAME_MAX, False, False),
    "authority": (REASON_MAX, False, True),
    "checked": (REASON_MAX, True, True),
    "wanted": (REASON_MAX, True, True),
}
# How a command asks for the request that it names: with `request_to_change`.
_ASKED: Final = {"request_id": "may_read asks about its cases"}
_NUMBER: Final = "請R{year}-{n:04d}"


def _waiting_request(request_id: str, work: Work) -> PersonRequest:
    """A request that may be changed and is not answered. Raises NotFound, NotAllowed, Conflict."""
    request = request_to_change(request_id, work)
    if request.answer:
        raise Conflict("request.answered_already")
    return request


@dataclass(frozen=True)
class RecordRequest(Command[str]):
    """Record a request as it came in. Answers with its id. `received_on` is a day as typed.

    Whoever asks for somebody else says with what authority. With `request_id` it is one whose words
    a restore lost: they are written anew, its number and days stay. Raises Invalid.
    """

    kind: str
    asked_as: str
    texts: Mapping[str, str]
    received_on: str
    request_id: str = ""


@handles(RecordRequest, Action.HANDLE_REQUESTS, code="record_request", others=_ASKED)
def record_request(command: RecordRequest, work: Work) -> str:
    errors: list[FieldError] = []
    if command.kind not in set(RequestKind):
        errors.append(FieldError("kind", "form.required", {"choose": True}))
    if command.asked_as not in set(AskedAs):
        errors.append(FieldError("asked_as", "form.required", {"choose": True}))
    others = command.asked_as in set(AskedAs) - {AskedAs.PERSON}
    texts = {}
    for name, (most, needed, lines) in TEXTS.items():
        needs = needed or (others and name in ("asker", "authority"))
        typed = command.texts.get(name, "")
        texts[name], wrong = read_text(name, typed, most, required=needs, lines=lines)
        errors += wrong
    received = _day("received_on", command.received_on, work, errors, past=True)
    if errors or received is None:
        raise Invalid(errors)
    if command.request_id:
        return _completed(command, texts, work)
    year = fiscal_year(work.today)
    request = PersonRequest(
        id=new_id(),
        number=_NUMBER.format(year=year, n=work.uow.requests.next_number(year)),
        kind=command.kind,
        asked_as=command.asked_as,
        received_on=received,
        due_first=received + timedelta(days=work.uow.directory.town().request_days),
        by=work.me.id,
        agency_id=work.me.agency_id,
        at=work.now,
        person=texts["person"],
        asker=texts["asker"],
        authority=texts["authority"],
        checked=texts["checked"],
        wanted=texts["wanted"],
    )
    save_request(request, work)
    work.record("request_recorded", request=request.number, asked=request.kind)
    return request.id


def _completed(command: RecordRequest, texts: Mapping[str, str], work: Work) -> str:
    request = request_to_change(command.request_id, work)
    if request.lacks != "words":
        raise Refused("request.completed_already")
    request.kind, request.asked_as = command.kind, command.asked_as
    request.person, request.asker = texts["person"], texts["asker"]
    request.authority, request.checked = texts["authority"], texts["checked"]
    request.wanted = texts["wanted"]
    save_request(request, work)
    work.record("request_completed", request=request.number)
    return request.id


def _day(
    field: str, typed: str, work: Work, errors: list[FieldError], *, past: bool = False
) -> date | None:
    if not trimmed(typed):
        errors.append(FieldError(field, "form.required", {}))
        return None
    try:
        found = parse_date(typed, today=work.today, past=past)
    except NotADate as wrong:
        errors.append(FieldError(field, wrong.key, wrong.facts))
        return None
    if past and found > work.today:
        errors.append(FieldError(field, "request.ahead", {}))
        return None
    return found


@dataclass(frozen=True)
class AssignRequestToCase(Command[str]):
    """Say that a request is about this case, or, without `about`, that it is not. Answers with the
    case's number. Raises Invalid for one that the asker may not give out.

    `former` is the id of a WrongPerson there: the request is about what stood about its person by
    mistake, and about nothing else of that case.
    """

    request_id: str
    number: str
    about: bool = True
    former: str = ""


@handles(
    AssignRequestToCase,
    Action.HANDLE_REQUESTS,
    code="assign_request_to_case",
    others={**_ASKED, "number": "DISCLOSE is asked"},
)
def assign_request_to_case(command: AssignRequestToCase, work: Work) -> str:
    request = request_to_change(command.request_id, work)
    number = case_number(command.number) or plain_number(command.number)
    case_id = work.uow.cases.id_of(number)
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None or not work.may(Action.DISCLOSE, row).allowed:
        raise one_error("number", "request.no_case")
    if command.former and not _is_former(command.former, row, work):
        raise one_error("number", "request.no_case")
    before = (row.id in request.case_ids, request.former.get(row.id, ""))
    if before == (command.about, command.former if command.about else ""):
        return row.number
    request.former.pop(row.id, None)
    if not command.about:
        request.case_ids.remove(row.id)
    elif row.id not in request.case_ids:
        request.case_ids.append(row.id)
    if command.about and command.former:
        request.former[row.id] = command.former
    save_request(request, work)
    work.record("request_put_to_case", case=row, request=request.number, about=command.about)
    return row.number


def _is_former(wrong_id: str, row: CaseRow, work: Work) -> bool:
    case = work.uow.cases.get(row.id)
    known = case is not None and case.wrong_person(wrong_id) is not None
    return known and work.may(Action.READ_FORMER, row).allowed


@dataclass(frozen=True)
class ExtendRequest(Command[date]):
    """Answer later than by law, for a reason, until a day as typed. Answers with it."""

    request_id: str
    until: str
    reason: str


@handles(ExtendRequest, Action.HANDLE_REQUESTS, code="extend_request", others=_ASKED)
def extend_request(command: ExtendRequest, work: Work) -> date:
    request = _waiting_request(command.request_id, work)
    errors: list[FieldError] = []
    until = _day("until", command.until, work, errors)
    if until and until <= request.due_on:
        errors.append(FieldError("until", "request.not_later", {}))
    elif until and until > request.due_on + LONGEST:
        errors.append(FieldError("until", "request.too_late", {}))
    reason = ""
    try:
        reason = checked_reason(command.reason)
    except Invalid as wrong:
        errors += wrong.errors
    if errors or until is None:
        raise Invalid(errors)
    request.extensions.append(Extension(until, reason, work.me.id, work.now))
    save_request(request, work)
    work.record("request_extended", request=request.number, until=until.isoformat())
    return until


@dataclass(frozen=True)
class AnswerRequest(Command[None]):
    """Say how it ended: what was given, what was not and why. `on` is a day as typed.

    What is given in part or refused needs its reason; what is given says what. Raises Invalid.
    """

    request_id: str
    outcome: str
    given: str
    reason: str
    on: str


@handles(AnswerRequest, Action.HANDLE_REQUESTS, code="answer_request", others=_ASKED)
def answer_request(command: AnswerRequest, work: Work) -> None:
    request = _waiting_request(command.request_id, work)
    errors: list[FieldError] = []
    if command.outcome not in set(RequestOutcome):
        errors.append(FieldError("outcome", "form.required", {"choose": True}))
    gives = command.outcome in (RequestOutcome.GIVEN, RequestOutcome.PARTLY)
    refuses = command.outcome in (RequestOutcome.PARTLY, RequestOutcome.REFUSED)
    given, wrong = read_text("given", command.given, REASON_MAX, required=gives, lines=True)
    errors += wrong
    reason, wrong = read_text("refusal", command.reason, REASON_MAX, required=refuses, lines=True)
    errors += wrong
    on = _day("on", command.on, work, errors, past=True)
    if on and on < request.received_on:
        errors.append(FieldError("on", "request.before_received", {}))
    if errors or on is None:
        raise Invalid(errors)
    answer = Answered(command.outcome, given, reason, on, work.me.id, work.now)
    request.answers.append(answer)
    save_request(request, work)
    for row in work.uow.cases.rows_of(request.case_ids).values():
        work.record("request_answered", case=row, request=request.number, outcome=answer.outcome)
    if not request.case_ids:
        work.record("request_answered", request=request.number, outcome=answer.outcome)


@dataclass(frozen=True)
class TakeBackRequestAnswer(Command[None]):
    """Take back an answer: the request waits again, by its day; what was entered can be read on."""

    request_id: str


@handles(
    TakeBackRequestAnswer, Action.HANDLE_REQUESTS, code="take_back_request_answer", others=_ASKED
)
def take_back_request_answer(command: TakeBackRequestAnswer, work: Work) -> None:
    request = request_to_change(command.request_id, work)
    answer = request.answer
    if answer is None:
        raise Refused("request.not_answered")
    answer.taken_back_by, answer.taken_back_at = work.me.id, work.now
    save_request(request, work)
    work.record("request_waits_again", request=request.number)
