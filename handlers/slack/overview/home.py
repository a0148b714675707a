"""ホーム: what waits for me, my roles, my cases, my meetings, each with its button.

It is drawn anew whenever something of it changes, whenever it is opened, and once a morning.
Anybody who looks over a shoulder may read it: numbers, states, names of agencies, dates.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from handlers.slack.door import SlackDoor
from handlers.slack.overview.desk_lines import stuck_lines
from handlers.slack.overview.digest import waiting_now
from handlers.slack.requests.greeting import strangers_page
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing, Message, action_button, drawn_by
from handlers.words.to_do import called_apart, deputy_words, left_words, promise_action
from workflows.cases.list_cases import CaseLine, CaseList, ListCases
from workflows.core.ports import Draft
from workflows.inbox.inbox import GetInbox, GetShell, InboxView, Shell, ToDo
from workflows.meetings.register import GetMeetings, MeetingRegister
from workflows.meetings.views import MeetingLine
from workflows.model.card import CardButton
from workflows.model.promise import PromiseKind

T = TypeVar("T")
TO_DO: Final = 20
ROLES: Final = 8
CASES: Final = 10
MEETINGS: Final = 8
DRAFTS: Final = 5
IN_MENU: Final = 5  # of what waits


class Numbered:
    """Buttons of one surface: each has a name of its own."""

    def __init__(self, door: SlackDoor) -> None:
        self._door, self._next = door, 0

    def button(self, action: CardButton) -> Block:
        self._next += 1
        return action_button(self._door, action, self._next)

    def link(self, label: str, action: CardButton) -> Block:
        self._next += 1
        return blocks.link_button(label, f"{self._next}", self._door.page_of(action))

    def row(self, text: str, action: CardButton, *, strong: bool = False) -> Block:
        return blocks.section(text, strong=strong, beside=self.button(action))


@drawn_by(kind="home")
def home(drawing: Drawing) -> Message | None:
    """The whole page; never more than Slack takes, with links to what stands on the pages."""
    door = drawing.door
    if not drawing.post.member_id:
        return strangers_page(door)  # whose page it was is linked no longer
    shell, inbox = drawing.ask(GetShell()), drawing.ask(GetInbox())
    made = Numbered(door)
    title = door.say("slack_desk.home.title")
    drawn = [
        *_top(door, made, shell),
        blocks.divider(),
        blocks.header(title),
        *_waiting(door, made, _pressing(inbox)),
        *_drafts(door, made, inbox.drafts),
    ]
    if roles := _roles(inbox):
        drawn += _part(door, "roles", [to_do_row(door, made, t) for t in roles[:ROLES]])
        drawn += _rest(door, made, len(roles) - ROLES)
    if "coordinator" in shell.roles:
        drawn += _part(door, "desk", stuck_lines(drawing, made))
    if "manager" in shell.roles:
        drawn += _part(door, "longest", waiting_now(drawing))
    drawn += _part(door, "cases", _cases(door, made, drawing.ask(ListCases(mine=True))))
    drawn += _part(door, "meetings", _meetings(door, made, drawing.ask(GetMeetings())))
    return Message(title, tuple(drawn[: blocks.VIEW_BLOCKS]))


def _part(door: SlackDoor, name: str, lines: Iterable[Block]) -> list[Block]:
    return [blocks.divider(), blocks.header(door.say(f"slack_desk.home.{name}")), *lines]


def _rest(door: SlackDoor, made: Numbered, count: int, page: str = "inbox") -> list[Block]:
    """How many more there are, with the page on which they stand."""
    if count <= 0:
        return []
    link = made.link(door.say(f"slack_desk.home.{page}_page"), CardButton("", page, ""))
    return [blocks.section(door.say("slack_desk.home.more", count=count), beside=link)]


def _top(door: SlackDoor, made: Numbered, shell: Shell) -> list[Block]:
    say = door.say
    elements = [
        made.button(CardButton(say("slack_desk.home.new_sheet"), "new_sheet", "", primary=True)),
        made.button(CardButton(say("slack_desk.home.menu"), "menu", "")),
    ]
    if "coordinator" in shell.roles:
        elements.append(made.link(say("slack_desk.home.desk_page"), CardButton("", "desk", "")))
    if "manager" in shell.roles:
        elements.append(made.button(CardButton(say("slack_desk.home.digest"), "digest", "")))
    return [blocks.buttons(elements)]


# -- what waits -----------------------------------------------------------------------------------


def _pressing(inbox: InboxView) -> list[ToDo]:
    """What is overdue first, then by when; a role that still has time stands with the roles."""
    found = [t for t in inbox.to_do if t.overdue or t.kind is not PromiseKind.ROLE]
    return sorted(found, key=lambda t: (not t.overdue, t.due_at, t.number, t.item_id))


def _roles(inbox: InboxView) -> list[ToDo]:
    found = [
        t for t in (*inbox.to_do, *inbox.later) if t.kind is PromiseKind.ROLE and not t.overdue
    ]
    return sorted(found, key=lambda t: (t.due_at, t.number, t.item_id))


def _waiting(door: SlackDoor, made: Numbered, found: Sequence[ToDo]) -> list[Block]:
    if not found:
        return [blocks.section(door.say("slack_desk.home.nothing"))]
    count, late = len(found), sum(t.overdue for t in found)
    lines = [blocks.context(door.say("slack_desk.home.waiting", count=count, overdue=late))]
    lines += [to_do_row(door, made, t) for t in found[:TO_DO]]
    return [*lines, *_rest(door, made, count - TO_DO)]


def waits_first(door: SlackDoor, made: Numbered, inbox: InboxView) -> list[Block]:
    """The first few of what waits, for the menu."""
    found = _pressing(inbox)
    if not found:
        return [blocks.section(door.say("slack_desk.home.nothing"))]
    lines = [to_do_row(door, made, t) for t in found[:IN_MENU]]
    return [*lines, *_rest(door, made, len(found) - IN_MENU)]


def to_do_row(door: SlackDoor, made: Numbered, one: ToDo) -> Block:
    """One thing owed: about what, by when, and its button."""
    if one.number:
        about = door.say("slack_desk.home.subject_case", number=one.number, urgency=one.urgency)
    else:
        about = called_apart(door.texts, one.meeting_kind, one.numbers, one.starts_at, one.dates)
    left = left_words(door.texts, one.overdue, one.open_days_left)
    due = door.say("slack_desk.home.due", due_at=one.due_at, left=left)
    label = door.texts.word("promise_button", one.kind)
    action = promise_action(one.kind, one.number, one.meeting_id, one.item_id, label)
    what = door.texts.word("promise", one.kind) + deputy_words(door.texts, one)
    return made.row(f"{about}　{what}\n{due}", action)


def _drafts(door: SlackDoor, made: Numbered, drafts: Sequence[Draft]) -> list[Block]:
    if not drafts:
        return []
    shown = sorted(drafts, key=lambda d: d.saved_at, reverse=True)
    lines = [_draft(door, made, d) for d in shown[:DRAFTS]]
    return [*_part(door, "drafts", lines), *_rest(door, made, len(drafts) - DRAFTS)]


def _draft(door: SlackDoor, made: Numbered, draft: Draft) -> Block:
    known = door.forms.forms.get(draft.form)
    unknown = "page.split.draft" if draft.form == "split" else "page.inbox.old_message"
    subject = draft.subject if "-" in draft.subject else ""  # a meeting's id says nothing
    text = door.say(
        "slack_desk.home.draft",
        title=known.title if known else door.say(unknown),
        subject=subject,
        at=draft.saved_at,
    )
    return made.row(text, _to_go_on(door.say("slack_desk.button.go_on"), draft))


def _to_go_on(label: str, draft: Draft) -> CardButton:
    """Where a draft goes on; its subject is a case number, or a meeting's id."""
    match draft.form:
        case "plan":
            return CardButton(label, "plan", draft.subject)
        case "record":
            return CardButton(label, "write_record", draft.subject)
        case _:
            return CardButton(label, "drafts", "", draft.id)


# -- cases and meetings ---------------------------------------------------------------------------


def _cases(door: SlackDoor, made: Numbered, found: CaseList) -> list[Block]:
    """The newest first, with their state and who answers for each."""
    if not found.lines:
        return [blocks.section(door.say("slack_desk.home.no_cases"))]
    newest = sorted(found.lines, key=lambda c: (c.opened_at, c.number), reverse=True)
    lines = [case_row(door, made, c) for c in newest[:CASES]]
    return [*lines, *_rest(door, made, len(newest) - CASES, "cases")]


def case_row(door: SlackDoor, made: Numbered, one: CaseLine) -> Block:
    text = door.say(
        "slack_desk.home.case_line",
        number=one.number,
        urgency=one.urgency,
        state=one.state,
        answering=one.answering_agency,
    )
    return made.row(text, CardButton(door.say("slack_desk.button.open"), "open_case", one.number))


def _meetings(door: SlackDoor, made: Numbered, found: MeetingRegister) -> list[Block]:
    if not found.coming:
        return [blocks.section(door.say("slack_desk.home.no_meetings"))]
    lines = [meeting_row(door, made, m) for m in found.coming[:MEETINGS]]
    return [*lines, *_rest(door, made, len(found.coming) - MEETINGS, "meetings")]


def meeting_row(door: SlackDoor, made: Numbered, one: MeetingLine) -> Block:
    # A fixed date stands on the line below.
    about = called_apart(door.texts, one.kind, one.numbers, None, one.dates)
    if one.starts_at:
        when = door.say("slack_desk.home.meeting_fixed", starts_at=one.starts_at, place=one.place)
    elif one.broken:
        when = door.texts.label("meeting_state", one.state)
    else:
        when = door.say(
            "slack_desk.home.meeting_open",
            asked=one.agencies,
            answered=one.agencies - one.unanswered,
            answer_by=one.answer_by,
        )
    return made.row(
        f"{about}\n{when}", CardButton(door.say("slack_desk.button.open"), "open_meeting", one.id)
    )
