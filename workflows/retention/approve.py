"""廃棄の承認: a manager lets cases go, and the names of people who left long ago.

An approval is a row that the clock carries out, case by case, so that a stop in between loses
nothing. What changed since the page was drawn is left out, not refused: it is counted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from workflows.core.errors import Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work, new_id
from workflows.model.directory import Member
from workflows.model.disposal import Disposal
from workflows.model.retention_period import last_day
from workflows.retention.lines import due_cases, due_members
from workflows.retention.of_requests import dispose_request, due_requests
from workflows.retention.second_approval import ask_for_second_approval, who_may_agree


@dataclass(frozen=True)
class ApprovalResult:
    """How many cases were approved, how many people's names went, what was left out; of how many
    of the cases a second person is asked first, because they are restricted. And how many requests
    went.
    """

    cases: int
    people: int
    left_out: int
    second: int = 0
    requests: int = 0


@dataclass(frozen=True)
class ApproveDisposals(Command[ApprovalResult]):
    """`called` and `called_kana` are the words that stand for a member whose name goes; their
    code follows them, so that the audit trail stays readable.
    """

    case_ids: tuple[str, ...]
    member_ids: tuple[str, ...]
    called: str
    called_kana: str
    request_ids: tuple[str, ...] = ()


@handles(
    ApproveDisposals,
    Action.APPROVE_DISPOSAL,
    code="approve_disposals",
    others=dict.fromkeys(("case_ids", "request_ids"), "what a manager decides on"),
)
def approve_disposals(command: ApproveDisposals, work: Work) -> ApprovalResult:
    chosen, people = set(command.case_ids), set(command.member_ids)
    cases = 0
    second: list[Disposal] = []
    for row, found in due_cases(work):
        if row.id not in chosen:
            continue
        approval = Disposal(
            id=new_id(),
            kind="case",
            subject_id=row.id,
            number=row.number,
            ended_on=found.ended_on,
            kept_until=found.kept_until,
            approved_by=work.me.id,
            approved_at=work.now,
        )
        if work.uow.disposals.add(approval):
            work.record("disposal_approved", case=row, kept_until=found.kept_until.isoformat())
            cases += 1
            second += [approval] if row.restricted else []
    if second and not who_may_agree(work.me.id, work):
        raise Refused("retention.nobody_agrees")
    ask_for_second_approval(second, new_id(), work)
    gone = _erase(people, command, work)
    asked = set(command.request_ids)
    requests = sum(dispose_request(r, work) for r in due_requests(work) if r.request_id in asked)
    left_out = len(chosen) + len(people) + len(asked) - cases - gone - requests
    return ApprovalResult(cases, gone, left_out, len(second), requests)


def _erase(people: Collection[str], command: ApproveDisposals, work: Work) -> int:
    """Names and readings of those who left; the digests that named them too."""
    years = work.uow.directory.town().retention_years
    gone = 0
    for member, on in due_members(work):
        if member.id not in people:
            continue
        drafts, notices = erase(member, f"{command.called}{member.id}", command.called_kana, work)
        work.uow.disposals.add(
            Disposal(
                id=new_id(),
                kind="member",
                subject_id=member.id,
                number="",
                ended_on=on,
                kept_until=last_day(on, years),
                approved_by=work.me.id,
                approved_at=work.now,
                disposed_at=work.now,
                counts={"names": 1, "drafts": drafts, "notices": notices},
                proof=work.uow.disposals.digest(member),
            )
        )
        work.record("member_erased", member=member.id)
        gone += 1
    return gone


def erase(member: Member, name: str, kana: str, work: Work) -> tuple[int, int]:
    """Let these words stand for who left long ago, also in digests; how many drafts and notices of
    theirs went."""
    new = replace(member, name=name, kana=kana, email="", erased_on=work.today, former=())
    new = replace(new, permission_requests=(), corrected=(), absences=())
    drafts = work.uow.purge.drafts_of([member.id])
    notices = work.uow.purge.mail_of([member.id])
    work.uow.directory.save_members([new])
    _rename_in_digests({member.name: name}, work)
    return drafts, notices


def _rename_in_digests(names: Mapping[str, str], work: Work) -> None:
    """A digest says whom a notice did not reach, by name."""
    for day in work.uow.digests.days():
        content = work.uow.digests.get(day) or {}
        failed = cast(Sequence[Mapping[str, object]], content.get("failed", ()))
        named = [{**f, "to": names.get(str(f["to"]), f["to"])} for f in failed]
        if named != [dict(f) for f in failed]:
            work.uow.digests.save(day, {**content, "failed": named})
