"""The audit trail as the administrators read it: who, when, by which door, on which basis, what.

No content stands in it. An administrator need not know of every case: of a restricted one on
which they are not named they see that somebody looked or changed something, and no more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from workflows.audit.check import TrailState, state_of
from workflows.cases.find_case import plain_number
from workflows.cases.story import SAME_PERSON, facts_of, same_persons_case, who
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import TrailRow
from workflows.core.standings import all_restricted
from workflows.core.work import Work
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO
from workflows.japanese.kana import fifty_sounds
from workflows.model.case_row import CaseRow
from workflows.model.trail import GROUPS, TrailFilter

PAGE = 50
CHUNK = 2_000  # rows of an export in one transaction


@dataclass(frozen=True)
class TrailSearch:
    """What somebody wants to see of the trail; empty means all. `until` is the last day."""

    since: date | None = None
    until: date | None = None
    member_id: str = ""
    number: str = ""
    group: str = ""
    door: str = ""

    def told(self) -> dict[str, Any]:
        """What is filled in, as codes and dates."""
        days = {"since": self.since, "until": self.until}
        texts = {"member": self.member_id, "group": self.group, "door": self.door}
        found = {k: v.isoformat() for k, v in days.items() if v}
        return found | {k: v for k, v in texts.items() if v}


@dataclass(frozen=True)
class TrailLine:
    """One row of the audit trail, ready for the template `story.<kind>`; names replace ids.

    `at` and `facts` are None where the row does not read any more. `hidden`: about a restricted
    case on which the reader is not named, or a meeting on such alone; then there are no facts, no
    number, no meeting and no basis, which would say whose case it is or by which law it was told.
    `gone`: its case is there no more.
    """

    seq: int
    at: datetime | None
    actor_id: str
    who: str
    door: str
    basis: str
    kind: str
    group: str
    number: str
    hidden: bool
    gone: bool
    meeting_id: str
    facts: Mapping[str, object] | None


@dataclass(frozen=True)
class TrailView:
    """`older` is the row before which the next page begins; 0 when this is the last."""

    lines: tuple[TrailLine, ...]
    older: int
    state: TrailState


@dataclass(frozen=True)
class GetTrail(Query[TrailView]):
    """A page of the trail, the newest first, from the row below `before` (0: the newest)."""

    wish: TrailSearch
    before: int = 0
    whole: bool = False  # a stretch of an export instead of a page


@handles(
    GetTrail,
    Action.SEE_AUDIT,
    code="get_trail",
    others={"wish": "a number that is hidden from who asks finds nothing"},
)
def get_trail(query: GetTrail, work: Work) -> TrailView:
    wanted = _filter(query.wish, work)
    most = CHUNK if query.whole else PAGE
    rows = work.uow.events.page(wanted, query.before, most + 1) if wanted else []
    shown = rows[:most]
    cases = work.uow.cases.rows_of({r.case_id for r in shown if r.case_id})
    closed = _closed_meetings({r.meeting_id for r in shown if r.meeting_id}, work)
    if not (query.whole and query.before):  # an export is one look, in however many stretches
        # What was typed and is no id or code of ours stays out of the trail.
        told = query.wish.told() if wanted else {}
        if wanted and wanted.case_id:
            told["of"] = wanted.case_id
        work.record("read.audit", export=query.whole, found=bool(rows), **told)
    return TrailView(
        lines=tuple(_line(row, cases, closed, work) for row in shown),
        older=shown[-1].seq if len(rows) > most else 0,
        state=state_of(work),
    )


@dataclass(frozen=True)
class GetTrailPeople(Query[tuple[tuple[str, str], ...]]):
    """Everybody who ever was here, in 五十音 order: (id, name and agency)."""


@handles(GetTrailPeople, Action.SEE_AUDIT, code="get_trail_people")
def get_trail_people(query: GetTrailPeople, work: Work) -> tuple[tuple[str, str], ...]:
    people = sorted(work.uow.directory.members(), key=lambda m: (fifty_sounds(m.kana), m.id))
    return tuple((m.id, who(m.id, work)) for m in people)


def _filter(wish: TrailSearch, work: Work) -> TrailFilter | None:
    """None when it asks for what there is not, or for a case that is not for the one who asks."""
    people = {m.id for m in work.uow.directory.members()}
    asked = ((wish.member_id, people), (wish.group, GROUPS))
    if any(code and code not in known for code, known in asked):
        return None
    if wish.door and not (wish.door.isascii() and wish.door.isidentifier()):
        return None  # no door's code: which doors there are is not ours to know
    found = TrailFilter(
        since=_begin(wish.since),
        until=_begin(wish.until + timedelta(days=1)) if wish.until else None,
        actor_id=wish.member_id,
        group=wish.group,
        door=wish.door,
    )
    if not trimmed(wish.number):
        return found
    case_id = work.uow.cases.id_of(plain_number(wish.number))
    row = work.uow.cases.row(case_id) if case_id else None
    if row is None or _is_hidden(row, work):
        return None
    return replace(found, case_id=row.id)


def _begin(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), TOKYO) if day else None


def _is_hidden(row: CaseRow, work: Work) -> bool:
    """docs/rules.md 7: what a role sees of a restricted case it sees only when named."""
    return row.restricted and work.me.id not in row.named


def _closed_meetings(meeting_ids: Collection[str], work: Work) -> set[str]:
    """Those on restricted cases alone that the reader neither attends nor runs."""
    meetings = work.uow.meetings.rows_of(meeting_ids)
    cases = work.uow.cases.rows_of({c for m in meetings.values() for c in m.case_ids})
    return {
        m.id
        for m in meetings.values()
        if all_restricted(m, cases) and not work.may(Action.SEE_MEETING, m).allowed
    }


def _line(
    row: TrailRow, cases: Mapping[str, CaseRow], closed: Collection[str], work: Work
) -> TrailLine:
    case = cases.get(row.case_id or "")
    facts = row.facts
    other = same_persons_case(facts, work) if facts and "other" in facts else None
    hidden = any(one is not None and _is_hidden(one, work) for one in (case, other))
    hidden = hidden or row.meeting_id in closed
    if facts and row.kind == SAME_PERSON:
        facts = {**facts, "other": other.number if other else ""}
    return TrailLine(
        seq=row.seq,
        at=row.at,
        actor_id=row.actor_id or "",
        who=who(row.actor_id, work, row.at),
        door=row.door,
        basis="" if hidden else row.basis,
        kind=row.kind,
        group=_group(row),
        number=case.number if case and not hidden else "",
        hidden=hidden,
        gone=bool(row.case_id) and case is None,
        meeting_id="" if hidden else row.meeting_id or "",
        facts=facts_of(row.actor_id, facts, work, row.at)
        if facts is not None and not hidden
        else None,
    )


def _group(row: TrailRow) -> str:
    if row.kind.startswith("read."):
        return "read"
    if row.case_id:
        return "case"
    return "meeting" if row.meeting_id else "other"
