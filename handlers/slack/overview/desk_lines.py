"""机 on the coordinator's home page: the cases that stand still, what presses most first."""

from collections.abc import Iterable
from typing import Final, Protocol

from handlers.slack.door import SlackDoor
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing
from handlers.words.desk_lines import next_step_button, stuck_words, time_left
from handlers.words.to_do import left_words
from workflows.model.card import CardButton
from workflows.overview.coordinator_desk import DeskLine, GetCoordinatorDesk, Stuck
from workflows.requests.waiting import WaitingRequest

SHOWN: Final = 12
REQUESTS: Final = 3  # of persons; the rest stand on the page


class Rows(Protocol):
    def row(self, text: str, action: CardButton, *, strong: bool = False) -> Block: ...


def stuck_lines(drawing: Drawing, made: Rows) -> Iterable[Block]:
    """The first dozen that do not go by themselves, and how many are open in all."""
    door = drawing.door
    view = drawing.ask(GetCoordinatorDesk(mine_only=True))
    for one in view.requests[:REQUESTS]:
        label = door.say("promise_button.answer_request")
        yield made.row(_asked(door, one), CardButton(label, "requests", ""))
    if (rest := len(view.requests) - REQUESTS) > 0:
        yield blocks.context(door.say("slack_desk.home.more", count=rest))
    stuck = [line for line in view.lines if line.group is not Stuck.IN_ORDER]
    if not stuck:
        yield blocks.section(door.say("slack_desk.home.desk_empty"))
    for line in stuck[:SHOWN]:
        yield made.row(_words(door, line), next_step_button(door.texts, line))
    more = door.say("slack_desk.home.more", count=len(stuck) - SHOWN) if len(stuck) > SHOWN else ""
    yield blocks.context(more + door.say("slack_desk.home.desk_more", count=view.open_cases))


def _asked(door: SlackDoor, one: WaitingRequest) -> str:
    """Number, kind and day: nobody's name."""
    about = door.say("slack_desk.home.request_line", number=one.number, kind=one.kind)
    left = left_words(door.texts, one.overdue, one.open_days)
    return f"{about}\n{door.say('slack_desk.home.due', due_at=one.due_on, left=left)}"


def _words(door: SlackDoor, line: DeskLine) -> str:
    about = door.say(
        "slack_desk.home.desk_line",
        numbers=[line.number] if line.number else list(line.numbers),
        urgency=line.urgency,
        what=stuck_words(door.texts, line),
    )
    if line.due_at is None:
        return about
    left = time_left(door.texts, line)
    return f"{about}\n{door.say('slack_desk.home.due', due_at=line.due_at, left=left)}"
