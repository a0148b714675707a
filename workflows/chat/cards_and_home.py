"""What members ask for in a chat: the card of a case, their home page. And where boards stand."""

from dataclasses import dataclass, replace

from workflows.core.mark_stale import (
    ALL_CASES,
    CoordinationBoard,
    home_key,
    mark_rooms_stale,
    post_to_boards,
)
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.ports import GONE, Post
from workflows.core.work import Work, new_id


@dataclass(frozen=True)
class RequestCaseCard(Command[None]):
    """A member asks the bot on this platform for a case: its card comes by that way alone."""

    case_id: str
    platform: str


@handles(RequestCaseCard, Action.SEE_CASE, code="request_case_card")
def request_case_card(command: RequestCaseCard, work: Work) -> None:
    case = work.case(command.case_id)
    # It goes at once, also at night: they are there and wait for it.
    work.tell(
        "case_asked",
        [work.me],
        once=new_id(),
        facts={"state": str(case.state), "agency": work.agency_name(case.answering_agency_id)},
        case=case,
        urgent=True,
        via=command.platform,
    )


@dataclass(frozen=True)
class OpenHome(Command[None]):
    """A member looks at their home page on a platform, where they are `user`: drawn anew."""

    platform: str
    user: str


@handles(OpenHome, Action.USE, code="open_home")
def open_home(command: OpenHome, work: Work) -> None:
    fresh = Post(
        id=new_id(),
        platform=command.platform,
        kind="home",
        place=command.user,
        member_id=work.me.id,
        matter=home_key(work.me),
        created_at=work.now,
    )
    posts = work.uow.posts
    known = posts.find(command.platform, kind="home", place=command.user)
    for one in known[1:]:
        posts.remove(one.id)
    # Kept without what stands there now: it waits to be drawn, whatever that was.
    posts.put(replace(fresh, id=known[0].id) if known else fresh)


@dataclass(frozen=True)
class SetUpBoard(Command[None]):
    """The board of this platform stands in one place, "" for none: every open case that may be
    seen there gets its card, and what stands in any other place goes from there.

    A second time it changes nothing.
    """

    platform: str
    place: str


@handles(SetUpBoard, Action.KEEP_TIME, code="set_up_board")
def set_up_board(command: SetUpBoard, work: Work) -> None:
    posts = work.uow.posts
    for post in posts.find(command.platform, kind="board"):
        if post.place == command.place:
            continue
        if post.external_id:
            posts.put(replace(post, kind=GONE, case_id=None, matter="", created_at=work.now))
        else:
            posts.remove(post.id)
    boards = [CoordinationBoard(command.platform, command.place)] if command.place else []
    for case in work.uow.cases.rows():
        if not case.restricted:
            post_to_boards(case, boards, work)


@dataclass(frozen=True)
class RedrawPlace(Command[None]):
    """Redraw everything in a channel that the platform has archived or opened again; repeating it
    is harmless."""

    platform: str
    place: str


@handles(RedrawPlace, Action.KEEP_TIME, code="redraw_place")
def redraw_place(command: RedrawPlace, work: Work) -> None:
    there = work.uow.posts.find(command.platform, place=command.place)
    subjects = {subject for post in there if (subject := post.case_id or post.meeting_id)}
    work.uow.posts.stale(work.now, subjects=sorted(subjects))


def redraw_homes(work: Work) -> None:
    """Daily: redraw home pages, boards and cards because deadlines have passed; end the cards of
    former members."""
    late = {p.subject_id for p in work.uow.promises.open() if p.is_overdue(work.now)}
    agencies = [a.id for a in work.uow.directory.agencies()]
    work.uow.posts.stale(work.now, subjects=sorted(late), homes_of=[*agencies, ALL_CASES])
    here = {m.id for m in work.active_members()}
    gone = [m.id for m in work.uow.directory.members() if m.id not in here]
    work.uow.posts.stale(work.now, cards_of=gone)
    mark_rooms_stale(work)  # somebody may have come or left by the calendar
