"""開示・訂正・利用停止の請求: a record of its own, with who asked for whom and what came of it.

[law] The privacy act lets the person ask, and for them a parent or guardian of a minor, a guardian
of an adult, or an agent with a mandate. It is answered within 30 days, for a reason later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from workflows.japanese.open_days import OpenDays
from workflows.model.promise import Promise, PromiseKind


class RequestKind(StrEnum):
    DISCLOSURE = "disclosure"
    CORRECTION = "correction"
    STOP = "stop"


class AskedAs(StrEnum):
    PERSON = "person"
    PARENT = "parent"
    GUARDIAN = "guardian"
    AGENT = "agent"


class RequestOutcome(StrEnum):
    GIVEN = "given"
    PARTLY = "partly"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass
class Extension:
    """Why it is answered later than by law, and until when."""

    until: date
    reason: str
    by: str
    at: datetime


@dataclass
class Answered:
    """An answer to a request: what was given, what was not and why. `given` and `reason` are class
    H."""

    outcome: str
    given: str
    reason: str
    on: date
    by: str
    at: datetime
    taken_back_by: str | None = None
    taken_back_at: datetime | None = None


@dataclass
class PersonRequest:
    """One request. Names, authority, how it was checked and what is asked are class P.

    `due_first` is the day by law; an extension moves `due_on`. `agency_id` answers it.
    """

    id: str
    number: str
    kind: str
    asked_as: str
    person: str
    asker: str
    authority: str
    checked: str
    wanted: str
    received_on: date
    due_first: date
    by: str
    agency_id: str
    at: datetime
    case_ids: list[str] = field(default_factory=list)
    # Of these cases only what stood about the person by mistake: the id of the WrongPerson.
    former: dict[str, str] = field(default_factory=dict)
    cases_gone: int = 0  # how many of its cases were disposed of since
    extensions: list[Extension] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)

    @property
    def due_on(self) -> date:
        return self.extensions[-1].until if self.extensions else self.due_first

    @property
    def lacks(self) -> str:
        """Which texts a restore lost, to be written anew by hand: "words" (of the request itself),
        "answer" (those of its answer), or ""."""
        if not self.person:
            return "words"
        answer = self.answer
        gives = (
            answer
            and answer.outcome in (RequestOutcome.GIVEN, RequestOutcome.PARTLY)
            and not answer.given
        )
        why = (
            answer
            and answer.outcome in (RequestOutcome.PARTLY, RequestOutcome.REFUSED)
            and not answer.reason
        )
        return "answer" if gives or why else ""

    @property
    def answer(self) -> Answered | None:
        """The answer in force; one that was taken back is none."""
        last = self.answers[-1] if self.answers else None
        return last if last and last.taken_back_at is None else None


def promises_of_request(request: PersonRequest, days: OpenDays) -> Iterable[Promise]:
    """The answer, until it is given: by the last open day on which it is still in time."""
    if request.answer:
        return
    on = request.due_on
    due = days.at_closing(on if days.is_open(on) else days.add_open_days(days.next_open(on), -1))
    yield Promise(
        PromiseKind.ANSWER_REQUEST,
        request.id,
        request.number,
        request.at,
        max(due, request.at),
        request.agency_id,
        request.by,
    )
