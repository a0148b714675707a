"""What everybody finds by themselves in a chat: what a menu offers, what waits, which meetings."""

from typing import Any

from handlers.chat.door import ChatMember
from handlers.words.to_do import called_apart, deputy_words, left_words
from workflows.inbox.inbox import GetInbox, Shell, ToDo
from workflows.meetings.register import GetMeetings
from workflows.meetings.views import MeetingLine


def menu_verbs(here: ChatMember[Any], shell: Shell) -> list[str]:
    """The verbs of a menu for this member, in their order."""
    verbs = ["waiting", "my_meetings", "new_sheet"]
    if here.ask(GetMeetings()).may_convene:
        verbs.append("convene")
    if "coordinator" in shell.roles:
        verbs.append("desk")
    if "manager" in shell.roles:
        verbs.append("digest")
    return [*verbs, "help"]


def waiting_for(here: ChatMember[Any]) -> list[ToDo]:
    """What waits for this member, what is overdue first."""
    to_do = here.ask(GetInbox()).to_do
    return sorted(to_do, key=lambda t: (not t.overdue, t.due_at, t.number, t.item_id))


def about_to_do(here: ChatMember[Any], one: ToDo, words: str) -> tuple[str, str]:
    """Heading and deadline of a to-do; `words` is the group with the sentences `case` and `due`."""
    texts = here.door.texts
    if one.number:
        about = here.say(f"{words}.case", number=one.number, urgency=one.urgency)
    else:
        about = called_apart(texts, one.meeting_kind, one.numbers, one.starts_at, one.dates)
    left = left_words(texts, one.overdue, one.open_days_left)
    due = here.say(f"{words}.due", what=str(one.kind), due_at=one.due_at, left=left)
    return about, due + deputy_words(texts, one, brief=True)


def about_meeting(here: ChatMember[Any], one: MeetingLine, words: str) -> tuple[str, str]:
    """Name and date of a meeting; `words` is the group with the sentence `line`."""
    texts = here.door.texts
    called = called_apart(texts, one.kind, one.numbers, None, one.dates)
    if one.broken and not one.starts_at:
        return called, texts.label("meeting_state", one.state)
    when = here.say(
        f"{words}.line",
        starts_at=one.starts_at,
        asked=one.agencies,
        answered=one.agencies - one.unanswered,
        answer_by=one.answer_by,
    )
    return called, when
