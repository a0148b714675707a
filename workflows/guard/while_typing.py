"""The guard while one writes: words that will leave are looked at before they are taken."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from workflows.core.errors import NotFound
from workflows.core.free_text import read_text
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.unreadable import readable
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.guard.find import NOT_SCANNED, AllowedTexts, PersonalDataFinder, Sheets, finder_for
from workflows.guard.known import identifying_values
from workflows.guard.scan import mask
from workflows.model.case import Case
from workflows.model.meeting import Meeting

SUMMARY_MAX: Final = 100

# What the writer is told, by the kind of hit.
HIT_ERRORS: Final[Mapping[str, str]] = {
    "name": "guard.name",
    "phone": "guard.phone",
    "address": "guard.address",
    "birth": "guard.birth",
    NOT_SCANNED: "guard.too_much",
}


def typed_errors(
    typed: Mapping[str, str], cases: Iterable[Case], work: Work
) -> tuple[FieldError, ...]:
    """An error for each kind of thing known that stands in a typed field.

    Without `cases` the words are held against every open case. Of them all only those count that
    the writer may read: of another one, a refusal would tell them what its people are called. What
    they cannot be told is masked at the door (workflows/guard/mask_card.py).
    """
    written = {field: text for field, text in typed.items() if text}
    if not written:
        return ()
    given = list(cases)
    if given:
        held = finder_for(_read_by_me(given, work), work.uow.directory.town(), allowed_texts(work))
    else:
        held = _all_i_read(work)
    return tuple(
        FieldError(field, HIT_ERRORS[kind], {})
        for field, text in written.items()
        for kind in dict.fromkeys(hit.kind for hit in held.hits(text))
    )


def meeting_errors(
    typed: Mapping[str, str], meeting: Meeting, work: Work
) -> tuple[FieldError, ...]:
    """The same of what is typed about a meeting, held against those of its cases that open."""
    cases = readable(meeting.cases_on_agenda, work.uow.cases)
    return typed_errors(typed, cases, work)


def _read_by_me(cases: Iterable[Case], work: Work) -> list[Case]:
    return [case for case in cases if work.may(Action.READ_CASE, case).allowed]


def _all_i_read(work: Work) -> PersonalDataFinder:
    cases = work.uow.cases
    ids = [r.id for r in cases.rows() if work.may(Action.READ_CASE, r).allowed]
    state = repr((sorted(ids), cases.state_of_open()))
    return finder_for_stored(state, lambda: ids, allowed_texts(work), work)


def finder_for_stored(
    state: str, ids: Callable[[], Iterable[str]], said: AllowedTexts, work: Work
) -> PersonalDataFinder:
    """Texts are held against these cases, which are opened when the first text asks for them.

    One that cannot be read must not keep everybody else's texts back.
    """

    def gather() -> Sheets:
        cases = readable(ids(), work.uow.cases)
        return [sheet for case in cases for sheet in identifying_values(case)]

    return PersonalDataFinder(state, gather, work.uow.directory.town(), said)


def allowed_texts(
    work: Work, words: Iterable[str] = (), days: frozenset[date] = frozenset()
) -> AllowedTexts:
    """What may always be said: the town, its districts and agencies, members by their full name."""
    directory = work.uow.directory
    town = directory.town()
    names = [town.name, *(d.name for d in town.districts), *(a.name for a in directory.agencies())]
    return AllowedTexts((*names, *words), tuple(m.name for m in directory.members()), days)


def finder_for_meeting(meeting: Meeting, work: Work) -> PersonalDataFinder:
    """Texts are held against the cases on its agenda."""
    return finder_for(_cases_of(meeting, work), work.uow.directory.town(), allowed_texts(work))


def _cases_of(meeting: Meeting, work: Work) -> list[Case]:
    return [c for case_id in meeting.cases_on_agenda if (c := work.uow.cases.get(case_id))]


def masked_for(meeting: Meeting, text: str, work: Work) -> str:
    """The text as it may leave about this meeting.

    Whoever is still writing it sees masked what they may read: the rest would answer guesses.
    """
    if not text:
        return text
    cases = _cases_of(meeting, work)
    record = meeting.record
    confirmed = record is not None and record.confirmed_at is not None
    if not confirmed and work.may(Action.WRITE_RECORD, meeting).allowed:
        cases = _read_by_me(cases, work)
    held = finder_for(cases, work.uow.directory.town(), allowed_texts(work))
    return mask(text, held.hits(text))


@dataclass(frozen=True)
class CheckSummary(Query[tuple[FieldError, ...]]):
    """What is wrong with the summary for the chat, while it is being written."""

    meeting_id: str
    summary: str


@handles(CheckSummary, Action.SEE_MEETING, code="check_summary")
def check_summary(query: CheckSummary, work: Work) -> tuple[FieldError, ...]:
    meeting = work.uow.meetings.get(query.meeting_id)
    if meeting is None:
        raise NotFound("not_found.meeting")
    # Not as content: nothing of it is shown, and it is asked with every pause in typing.
    work.must(Action.WRITE_RECORD, meeting)
    return summary_errors(query.summary, meeting, work)


def summary_errors(summary: str, meeting: Meeting, work: Work) -> tuple[FieldError, ...]:
    text, errors = read_text("summary", summary, SUMMARY_MAX, lines=True)
    return (*errors, *meeting_errors({"summary": text}, meeting, work))
