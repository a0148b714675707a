"""The coordinators' board: one card a case, as it stands now.

What stands here may be read by whoever looks over somebody's shoulder: numbers, states, names of
agencies and staff, dates. A restricted case has no card on a board.
"""

from collections.abc import Iterable
from typing import Final

from handlers.slack.door import SlackDoor
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing, Message, action_button, drawn_by
from handlers.words.filters import day
from handlers.words.to_do import left_words
from workflows.cases.card import AskedAgency, CaseCard, GetBoardCard, NextSitting
from workflows.model.card import CardButton

ASKED_SHOWN: Final = 12


@drawn_by(kind="board")
def board(drawing: Drawing) -> Message | None:
    """A case's card for the coordinators; None when it is restricted, or gone."""
    door = drawing.door
    card = drawing.ask(GetBoardCard(drawing.post.case_id or ""))
    if card is None:
        return None
    if not card.is_open:
        line = door.say("slack_desk.board_closed", number=card.number, state=card.state)
        read = blocks.buttons([action_button(door, _to_read(door, card.number))])
        return Message(line, (blocks.section(line), read))
    title = door.say("slack_desk.board", number=card.number, urgency=card.urgency, state=card.state)
    actions = [
        _to_read(door, card.number),
        CardButton(door.say("slack_desk.button.refer"), "refer", card.number),
    ]
    if card.sitting is None:
        actions.append(CardButton(door.say("slack_desk.button.convene"), "convene", card.number))
    elements = [action_button(door, a, n) for n, a in enumerate(actions)]
    drawn = [
        blocks.section(title, strong=True),
        *blocks.facts(_facts(door, card)),
        *_asked(door, card.asked),
        blocks.buttons(elements),
    ]
    return Message(f"{title}　{card.answering}", tuple(drawn))


def _to_read(door: SlackDoor, number: str) -> CardButton:
    return CardButton(door.say("slack_desk.button.read"), "open_case", number, primary=True)


def _facts(door: SlackDoor, card: CaseCard) -> list[tuple[str, str]]:
    found = [
        (door.say("slack_desk.answering"), card.answering),
        (door.say("slack_desk.district"), card.district),
    ]
    if card.next:
        value = door.say(
            "slack_desk.next_value",
            kind=card.next.kind,
            agency=card.next.agency,
            due_at=card.next.due_at,
            # A day that is to come says itself; one that is over is counted anew every morning.
            left=left_words(door.texts, True, card.next.open_days) if card.next.overdue else "",
        )
        found.append((door.say("slack_desk.next"), value))
    elif card.next_check_on:
        found.append((door.say("slack_desk.next_check"), day(card.next_check_on)))
    if card.sitting:
        found.append((door.say("slack_desk.meeting"), _sitting(door, card.sitting)))
    return found


def _sitting(door: SlackDoor, sitting: NextSitting) -> str:
    key = "meeting_fixed" if sitting.starts_at else "meeting_open"
    return door.say(f"slack_desk.{key}", kind=sitting.kind, starts_at=sitting.starts_at)


def _asked(door: SlackDoor, asked: tuple[AskedAgency, ...]) -> Iterable[Block]:
    """Which agencies were asked, and what each answered: the newest, when there are many."""
    if not asked:
        return
    lines = [_asked_line(door, one) for one in asked[-ASKED_SHOWN:]]
    if len(asked) > ASKED_SHOWN:
        lines.append(door.say("slack_desk.asked_more", count=len(asked) - ASKED_SHOWN))
    heading = door.say("slack_desk.asked")
    yield blocks.context("\n".join([heading, *lines]))


def _asked_line(door: SlackDoor, one: AskedAgency) -> str:
    if one.stopped or not one.answer:
        return door.say(
            "slack_desk.asked_unanswered",
            agency=one.agency,
            stopped=one.stopped,
            reply_by=one.reply_by,
        )
    return door.say(
        "slack_desk.asked_answered",
        agency=one.agency,
        answer=one.answer,
        at=one.at,
        next_agency=one.next_agency,
        heard_by=one.heard_by,
    )
