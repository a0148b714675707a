"""The guard at the door: every card is looked at before it leaves; what is known is masked.

What cannot be masked, or cannot be looked at, is held. Each is counted by kind and never quoted,
and whoever can reword it is told once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import Unreadable
from workflows.core.work import Work
from workflows.guard.find import AllowedTexts, PersonalDataFinder, finder_for
from workflows.guard.scan import Hit, mask
from workflows.guard.while_typing import allowed_texts, finder_for_meeting, finder_for_stored
from workflows.japanese.dates import TOKYO
from workflows.model.card import Card
from workflows.model.case_row import CaseRow
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import MeetingRow
from workflows.model.notice import Notice

# Facts that somebody typed; all others are numbers, dates, codes and names of agencies.
TYPED: Final = ("title", "place", "comment", "summary", "reason")
SHOWN_FOR: Final = timedelta(days=30)
MASKED, HELD = "guard.masked", "guard.held"
_A_DAY: Final = re.compile(r"(?:^|_)(?:at|by|on)$")
DOOR: Final = "guard"  # under which it is remembered that a notice was counted


@dataclass(frozen=True)
class GuardResult:
    """What may leave. `held` says why nothing may."""

    notice: Notice
    card: Card
    held: str = ""


@dataclass(frozen=True)
class GuardCard(Command[GuardResult]):
    """Look at a card before it is sent. `words` are those that its template says by itself."""

    notice: Notice
    card: Card
    words: tuple[str, ...] = ()


@handles(GuardCard, Action.KEEP_TIME, code="guard_card")
def guard_card(command: GuardCard, work: Work) -> GuardResult:
    notice, card = command.notice, command.card
    about = _case_ids(notice, work)
    try:
        left, found = _looked_at(command, about, work)
    except Unreadable:
        left, found = GuardResult(notice, card, "guard_unreadable"), Counter()
    if left.held:
        _count(HELD, notice, found, work, why=left.held)
    elif found:
        _count(MASKED, notice, found, work)
    return left


def _looked_at(
    command: GuardCard, about: frozenset[str], work: Work
) -> tuple[GuardResult, Counter[str]]:
    """What may leave, and how many hits of each kind there were."""
    notice, card = command.notice, command.card
    typed = {k: f for k in TYPED if isinstance(f := notice.facts.get(k), str) and f}
    if not about and not typed:
        return GuardResult(notice, card), Counter()
    said = allowed_texts(work, command.words, _own_days(notice))
    look = _Look(_finder_for(about, said, work) if about else _finder_for_all(said, work))
    facts = {name: look.masked(text) for name, text in typed.items()}
    if not about and not look.hits:
        return GuardResult(notice, card), Counter()  # its other words are the template's own
    of_facts, look.hits = look.hits, Counter()
    if any(look.finds(action.label) for action in card.actions):
        return GuardResult(notice, card, "guard_button"), look.hits
    shown = replace(
        card,
        title=look.masked(card.title),
        body=look.masked(card.body),
        facts=tuple((heading, look.masked(value)) for heading, value in card.facts),
    )
    found = look.hits | of_facts
    if not found:
        return GuardResult(notice, card), found
    return GuardResult(replace(notice, facts={**notice.facts, **facts}), shown), found


class _Look:
    """One look at several texts, with how many hits of each kind there were."""

    def __init__(self, held: PersonalDataFinder) -> None:
        self._finder = held
        self.hits: Counter[str] = Counter()

    def finds(self, text: str) -> tuple[Hit, ...]:
        hits = self._finder.hits(text)
        self.hits.update(hit.kind for hit in hits)
        return hits

    def masked(self, text: str) -> str:
        return mask(text, self.finds(text))


def _case_ids(notice: Notice, work: Work) -> frozenset[str]:
    """The cases that a notice is about: its own, its meeting's, those whose numbers it says."""
    found = {notice.case_id} if notice.case_id else set()
    meeting = work.uow.meetings.row(notice.meeting_id) if notice.meeting_id else None
    if meeting:
        found |= set(meeting.case_ids)
    said = [notice.facts.get(name) for name in ("number", "other", "numbers")]
    numbers = [n for s in said for n in (s if isinstance(s, list) else [s]) if isinstance(n, str)]
    found |= {i for n in numbers if (i := work.uow.cases.id_of(n))}
    return frozenset(found)


def _finder_for(case_ids: Iterable[str], said: AllowedTexts, work: Work) -> PersonalDataFinder:
    cases = (work.uow.cases.get(case_id) for case_id in sorted(case_ids))
    return finder_for(filter(None, cases), work.uow.directory.town(), said)


def _finder_for_all(said: AllowedTexts, work: Work) -> PersonalDataFinder:
    """A look that holds texts against every open case."""
    cases = work.uow.cases
    state = cases.state_of_open()
    return finder_for_stored(state, lambda: [row.id for row in cases.rows()], said, work)


def _own_days(notice: Notice) -> frozenset[date]:
    """The days that the notice itself is about: one of them may be somebody's day of birth."""
    found = set()
    for name, fact in notice.facts.items():
        if not isinstance(fact, str) or not _A_DAY.search(name):
            continue  # what somebody typed may read like a day, and be the birth itself
        try:
            at = datetime.fromisoformat(fact)
        except ValueError:
            continue
        found.add(at.astimezone(TOKYO).date() if at.tzinfo else at.date())
    return frozenset(found)


def _count(kind: str, notice: Notice, found: Counter[str], work: Work, **why: str) -> None:
    """Write down how many of what kind, and tell who can reword it; once for each notice."""
    if not work.uow.mark_handled(DOOR, notice.id, work.now):
        return  # it was tried before
    case = work.uow.cases.row(notice.case_id) if notice.case_id else None
    meeting = work.uow.meetings.row(notice.meeting_id) if notice.meeting_id else None
    facts: dict[str, object] = {"notice": notice.key, "kinds": dict(found), **why}
    if kind == MASKED:
        work.record("guard.masked", case=case, meeting=meeting, basis="", **facts)
        _tell(notice, case, meeting, work)
    else:
        work.record("guard.held", case=case, meeting=meeting, basis="", **facts)


def _tell(notice: Notice, case: CaseRow | None, meeting: MeetingRow | None, work: Work) -> None:
    if notice.key == "guard_masked":
        return
    if meeting:
        work.tell(
            "guard_masked",
            work.organiser(meeting),
            once=f"{meeting.id}:{meeting.sequence}",
            facts={"kind": meeting.called},
            meeting=meeting,
        )
    elif case:
        work.tell("guard_masked", work.coordinators(case), once=case.id, case=case)


def for_calendar(meeting: Meeting, work: Work) -> tuple[str, str]:
    """Place and address of a meeting as a calendar file may take them away.

    An address that holds something known leads nowhere once it is masked: it is left out.
    """
    look = _Look(finder_for_meeting(meeting, work))
    place = look.masked(meeting.place)
    url = "" if look.finds(meeting.online_url) else meeting.online_url
    if look.hits and work.uow.mark_handled(DOOR, f"{meeting.id}:{meeting.sequence}", work.now):
        kinds = dict(look.hits)
        work.record("guard.masked", meeting=meeting, notice="calendar", kinds=kinds)
    return place, url


@dataclass(frozen=True)
class GuardCounts:
    """What the guard did of late: hits masked, by kind, and notices held."""

    masked: Mapping[str, int]
    held: int
    days: int = SHOWN_FOR.days


@dataclass(frozen=True)
class GetGuardCounts(Query[GuardCounts]):
    """For the administrators' page: counts alone."""


@handles(GetGuardCounts, Action.SEE_ADMINISTRATION, code="get_guard_counts")
def get_guard_counts(query: GetGuardCounts, work: Work) -> GuardCounts:
    masked: Counter[str] = Counter()
    held = 0
    for row in work.uow.events.of_kinds((MASKED, HELD), work.now - SHOWN_FOR):
        kinds = (row.facts or {}).get("kinds")
        if row.kind == HELD:
            held += 1
        elif isinstance(kinds, dict):
            masked.update({str(k): int(n) for k, n in kinds.items()})
    return GuardCounts(dict(masked), held)
