"""What a restore must not undo: decisions on disposal, consent, restriction, referrals, and who
works here no more.

After each of them one line goes to a list outside the database, sealed with the town's keys: ids,
codes and days, no name and no words. `reapply_decisions.py` reads it after a restore. The lines are
taken from the audit trail, so that none is forgotten, and say how things stood when it was written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from workflows.chat.accounts import APART
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import Action
from workflows.core.ports import BrokenRecord, TrailRow
from workflows.core.work import Work
from workflows.model.case import RESTRICTS, Case
from workflows.model.decision_line import (
    NOT_BEGUN,
    AccountUnlinked,
    CaseDecided,
    DecisionListEnd,
    Erased,
    LastDays,
    ListedDecision,
    MemberRights,
    RequestDecided,
    list_end_after,
)
from workflows.model.directory import Member
from workflows.model.disposal import Disposal
from workflows.model.person_request import PersonRequest
from workflows.model.trail import TrailFilter
from workflows.sign_in.sign_in import MAIL

UNLINKED = "account_unlinked"
DISPOSED, ERASED, REQUEST_DISPOSED = "disposed", "member_erased", "request_disposed"
_OF_A_CASE: Final = frozenset(
    {
        "consent_recorded",
        "shared_without_consent",  # on a ground that was stated
        "sheet_edited",  # where it restricted the case, or no more
        "restricted_again",
        "unrestrict_agreed",
        "unrestrict_declined",
        "unrestrict_taken_back",
        "reader_agreed",
        "reader_declined",
        "reader_taken_back",
        "member_named",
        "member_unnamed",
        "taken_back",
        *("agenda_request_declined", "agenda_request_taken_back", "agenda_request_lapsed"),
        *("urgent_opening_reviewed", "urgent_opening_reversed"),
    }
)
_OF_PEOPLE: Final = frozenset(
    {
        *("members_imported", "member_saved", "agencies_imported", "agency_saved"),
        *(
            "permission_asked",
            "permission_agreed",
            "permission_declined",
            "permission_taken_back",
            "permission_lapsed",
        ),
        "permission_given_unconfirmed",
    }
)
_OF_A_REQUEST: Final = frozenset(
    {
        *("request_recorded", "request_put_to_case", "request_extended"),
        *("request_answered", "request_waits_again"),
    }
)
KINDS: Final = frozenset(
    {DISPOSED, ERASED, REQUEST_DISPOSED, UNLINKED, *_OF_A_CASE, *_OF_PEOPLE, *_OF_A_REQUEST}
)
AT_ONCE: Final = 200  # lines in one transaction
# [ours] How far back a mail reaches: longer than backups are to be kept (35 days), so that the
# newest mail is enough for any of them.
MAIL_REACHES: Final = timedelta(days=40)
MAILED: Final = "decisions_mailed"
BY_MAIL: Final = "decisions_kept"  # the notice with the list as its attachment


@dataclass(frozen=True)
class GetDecisions(Query[tuple[str, ...]]):
    """The next lines for the list, sealed: of rows of the trail beyond `after`, some at a time.

    Where `after` is no row of the trail yet (a line that was tampered with, or is of a time before
    a restore), they begin anew: a decision that stands there twice is read once. `before` is how
    far the list goes by now; `first` says that it is begun, also anew.
    """

    after: int
    before: DecisionListEnd = NOT_BEGUN
    first: bool = False


@handles(GetDecisions, Action.CHECK_TRAIL, code="get_decisions")
def get_decisions(query: GetDecisions, work: Work) -> tuple[str, ...]:
    newest = work.uow.events.page(TrailFilter(), 0, 1)
    after = query.after if newest and 0 <= query.after <= newest[0].seq else 0
    rows = work.uow.events.of_kinds_after(sorted(KINDS), after, AT_ONCE)
    return tuple(_sealed(rows, query.before, work, first=query.first))


def _sealed(
    rows: Iterable[TrailRow],
    before: DecisionListEnd,
    work: Work,
    *,
    first: bool,
    mailed: bool = False,
) -> Iterator[str]:
    for row in rows:
        decision = _decision(row, work)
        line = work.uow.decisions.seal(decision, before, first=first, mailed=mailed)
        before, first = list_end_after(line), False
        yield line


@dataclass(frozen=True)
class MailDecisions(Command[int]):
    """Have the list mailed to the administrators, if anything was decided since the last mail.
    Answers with to how many."""


@handles(MailDecisions, Action.CHECK_TRAIL, code="mail_decisions")
def mail_decisions(command: MailDecisions, work: Work) -> int:
    newest = work.uow.events.last_of(sorted(KINDS))
    mailed = work.uow.events.last_of([MAILED])
    until = int(str((mailed.facts or {}).get("until", 0))) if mailed else 0
    to = [m for m in work.administrators() if m.email]
    if newest is None or newest.seq <= until or not to:
        return 0
    facts = {"decisions": len(_recent(work))}
    work.tell(BY_MAIL, to, once=str(newest.seq), facts=facts, via=MAIL)
    work.record(MAILED, until=newest.seq, receivers=len(to))
    return len(to)


@dataclass(frozen=True)
class GetMailedDecisions(Query[tuple[str, ...]]):
    """The lines that go by mail, sealed: those of the last weeks, of each case the newest alone."""


@handles(GetMailedDecisions, Action.CHECK_TRAIL, code="get_mailed_decisions")
def get_mailed_decisions(query: GetMailedDecisions, work: Work) -> tuple[str, ...]:
    lines = tuple(_sealed(_recent(work), NOT_BEGUN, work, first=True, mailed=True))
    return (*lines, work.uow.decisions.ending(list_end_after(lines[-1]))) if lines else ()


def _recent(work: Work) -> list[TrailRow]:
    """The newest line of a case, and of the lists of people, says how it stands; of what was
    disposed of there is one each."""
    newest: dict[object, TrailRow] = {}
    for row in work.uow.events.of_kinds(sorted(KINDS), work.now - MAIL_REACHES):
        about: object = row.seq
        if row.kind in _OF_A_CASE:
            about = row.case_id
        elif row.kind in _OF_PEOPLE:
            about = "people"
        elif row.kind in _OF_A_REQUEST:
            about = (row.facts or {}).get("request")
        newest[about] = row
    return sorted(newest.values(), key=lambda row: row.seq)


def _decision(row: TrailRow, work: Work) -> ListedDecision:
    """A case that is gone, or does not open, has nothing to be said of it any more."""
    found = ListedDecision(row.seq, row.at or work.now, row.kind)
    facts = row.facts or {}
    if row.kind == DISPOSED:
        return replace(found, disposals=_disposals(row.case_id or "", work))
    if row.kind == ERASED:
        member_id = str(facts.get("member", ""))
        member = work.uow.directory.member(member_id)
        erased = Erased(member_id, member.name, member.kana) if member else None
        return replace(found, member=erased, disposals=_disposals(member_id, work))
    if row.kind == REQUEST_DISPOSED:
        return replace(found, disposals=_disposals(str(facts.get("subject", "")), work))
    if row.kind == UNLINKED:
        platform, external_id = str(facts.get("platform", "")), str(facts.get("account", ""))
        account = work.uow.accounts.get(platform, external_id)
        apart = account is not None and account.state == APART  # not linked anew since
        return replace(found, unlinked=AccountUnlinked(platform, external_id) if apart else None)
    if row.kind in _OF_A_REQUEST:
        request = work.uow.requests.of_number(str(facts.get("request", "")))
        return replace(found, request=_of_request(request) if request else None)
    if row.kind in _OF_PEOPLE:
        return replace(found, last_days=_last_days(work))
    try:
        case = work.uow.cases.get(row.case_id or "")
    except BrokenRecord:
        case = None
    return replace(found, case=_decided(case) if case else None)


def _disposals(subject_id: str, work: Work) -> list[Disposal]:
    """The proof of this one, and those of the meetings that went with it."""
    done = work.uow.disposals.done()
    own = [d for d in done if d.subject_id == subject_id]
    numbers = {d.number for d in own if d.number}
    return own + [d for d in done if d.kind == "meeting" and d.number in numbers]


def _of_request(request: PersonRequest) -> RequestDecided:
    answer = request.answer
    return RequestDecided(
        id=request.id,
        number=request.number,
        kind=request.kind,
        asked_as=request.asked_as,
        received_on=request.received_on,
        due_first=request.due_first,
        due_on=request.due_on,
        by=request.by,
        agency_id=request.agency_id,
        at=request.at,
        case_ids=list(request.case_ids),
        former=dict(request.former),
        cases_gone=request.cases_gone,
        outcome=answer.outcome if answer else "",
        answered_on=answer.on if answer else None,
        answered_by=answer.by if answer else "",
        answered_at=answer.at if answer else None,
    )


def _last_days(work: Work) -> LastDays:
    members, agencies = work.uow.directory.members(), work.uow.directory.agencies()
    return LastDays(
        {m.id: m.active_until for m in members if m.active_until},
        {a.id: a.active_until for a in agencies if a.active_until},
        {m.id: _person(m) for m in members},
    )


def _person(member: Member) -> MemberRights:
    return MemberRights(
        agency_id=member.agency_id,
        roles=sorted(member.roles),
        is_contact=member.is_contact,
        district_ids=list(member.district_ids),
        is_unconfirmed=member.is_unconfirmed,
        ended_by=member.ended_by,
        window_ended_by=member.window_ended_by,
        permission_requests={g.id: g.how for g in member.permission_requests if g.how},
    )


def _decided(case: Case) -> CaseDecided:
    return CaseDecided(
        case_id=case.id,
        number=case.number,
        consents=[replace(c, reason="", basis_reason="") for c in case.consents],
        restricts=[name for name in RESTRICTS if case.sheet.get(name)],
        named=list(case.named_member_ids),
        taken_back={r.id: replace(r.taken_back, reason="") for r in case.referrals if r.taken_back},
        grounds=[replace(g, reason="") for g in case.stated_grounds],
        named_to_hear=case.named_to_hear,
        kept_off=list(case.kept_off),
        unrestrictings=[replace(u, reason="") for u in case.unrestrictings if u.ended_at],
        reader_proposals=[replace(p, reason="") for p in case.reader_proposals if p.ended_at],
        agenda_requests={r.id: r.how for r in case.agenda_requests if r.how},
    )


def open_decisions(
    lines: Sequence[str], after: int, work: Work
) -> tuple[list[ListedDecision], int]:
    """Unseal the lines: what was decided after row `after`, in its order, and how many rows beyond
    it have no line that opens.

    Of several lines of one row the last counts: it was written later. A line put back among those
    that were written after it is none of them.
    """
    found: dict[int, ListedDecision] = {}
    ranks: dict[int, tuple[int, int]] = {}
    broken: set[int] = set()
    unknown = 0  # lines of which not even the row can be told
    for line in lines:
        if work.uow.decisions.is_mail_terminator(line):
            continue
        decision = work.uow.decisions.open(line)
        seq = work.uow.decisions.row_of(line)
        if decision is not None:
            rank = work.uow.decisions.precedence_of(line)
            if rank >= ranks.get(decision.seq, rank):
                found[decision.seq], ranks[decision.seq] = decision, rank
        elif seq is None:
            unknown += 1
        else:
            broken.add(seq)
    left = {seq for seq in broken - found.keys() if seq > after}
    decided = [d for seq, d in sorted(found.items()) if seq > after]
    return decided, len(left) + unknown
