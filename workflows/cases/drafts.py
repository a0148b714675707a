"""Drafts: a form begun and kept as typed, for its writer alone, until it is sent."""

from dataclasses import dataclass
from typing import cast

from workflows.desk import Command, Query, handles
from workflows.errors import NotFound
from workflows.forms import Raw
from workflows.permissions import Action
from workflows.ports import Draft
from workflows.work import Work, new_id

FINISHED = "draft"  # the door under which the ids of finished drafts are remembered


@dataclass(frozen=True)
class SaveDraft(Command[str]):
    """Keep what is typed so far. Answers with the draft's id."""

    form: str
    raw: Raw
    draft_id: str | None = None
    subject: str = ""


@handles(SaveDraft, Action.USE)
def save_draft(command: SaveDraft, work: Work) -> str:
    draft_id = command.draft_id or new_id()
    if work.uow.has_seen(FINISHED, draft_id):
        return draft_id  # a late saving of a form that was sent meanwhile must not bring it back
    before = work.uow.drafts.get(draft_id)
    if before is not None and before.member_id != work.me.id:
        raise NotFound("not_found.draft")
    work.uow.drafts.save(
        Draft(
            draft_id,
            work.me.id,
            command.form,
            command.subject,
            cast(dict[str, object], dict(command.raw)),
            work.now,
        )
    )
    return draft_id


@dataclass(frozen=True)
class GetDraft(Query[Draft]):
    draft_id: str


@handles(GetDraft, Action.USE)
def get_draft(query: GetDraft, work: Work) -> Draft:
    draft = work.uow.drafts.get(query.draft_id)
    if draft is None or draft.member_id != work.me.id:
        raise NotFound("not_found.draft")
    return draft


@dataclass(frozen=True)
class FindDraft(Query[Draft | None]):
    """My newest draft of a form on this subject, if there is one."""

    form: str
    subject: str


@handles(FindDraft, Action.USE)
def find_draft(query: FindDraft, work: Work) -> Draft | None:
    mine = work.uow.drafts.of_member(work.me.id)
    found = [d for d in mine if (d.form, d.subject) == (query.form, query.subject)]
    return max(found, key=lambda d: d.saved_at, default=None)


@dataclass(frozen=True)
class DropDraft(Command[None]):
    draft_id: str


@handles(DropDraft, Action.USE)
def drop_draft(command: DropDraft, work: Work) -> None:
    draft = work.uow.drafts.get(command.draft_id)
    if draft is None or draft.member_id != work.me.id:
        raise NotFound("not_found.draft")
    finish_draft(command.draft_id, work)


@dataclass(frozen=True)
class FinishDraft(Command[None]):
    """What the draft held is saved. There may have been no draft: nobody had to type for long."""

    draft_id: str


@handles(FinishDraft, Action.USE)
def finish_my_draft(command: FinishDraft, work: Work) -> None:
    finish_draft(command.draft_id, work)


def finish_draft(draft_id: str, work: Work) -> None:
    """Throw my draft away for good: its form was sent, or is not wanted any more."""
    draft = work.uow.drafts.get(draft_id)
    if draft and draft.member_id != work.me.id:
        return
    work.uow.seen(FINISHED, draft_id, work.now)
    if draft:
        work.uow.drafts.delete(draft.id)
