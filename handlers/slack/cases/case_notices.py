"""Notices about a case, as it stands now: who answered what, and no button for what is done.

What stands here may be read by whoever looks over somebody's shoulder: numbers, states, names of
agencies and staff, dates. How a person is, which a follow-up tells, is never among it.
"""

from dataclasses import replace
from typing import Final

from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import (
    Drawing,
    Message,
    card_message,
    drawn_by,
    plain_card,
    said,
    state_words,
)
from handlers.words.notice_heads import done_by, drawn_as
from handlers.words.verbs import READ_ONLY_VERBS
from workflows.cases.card import CaseCard, GetCaseCard
from workflows.cases.find_case import GetMyReply
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.model.card import Card, CardButton
from workflows.model.notice import Notice

RESULTS: Final = ("improved", "unchanged", "worse", "unreachable")


@drawn_by(*drawn_as("case"))
def case_notice(drawing: Drawing) -> Message | None:
    """The notice's card with what became of it: what is done has no button any more."""
    door, notice, card = drawing.door, drawing.post.notice, drawing.card
    assert notice is not None and card is not None  # noqa: S101, PT018 - a notice always has both
    try:
        now = drawing.ask(GetCaseCard(notice.case_id or "", notice.promise or ""))
    except (NotFound, NotAllowed):
        return _not_theirs(drawing, notice, card)
    done = _done(door, notice, card, now) or state_words(drawing)
    more: list[Block] = []
    if done:
        card = _only_reading(card)
        more.append(blocks.section(done, strong=True))
    else:
        card = replace(card, actions=tuple(a for a in card.actions if _to_do(a, now)))
        if "follow_up" in done_by(notice.key):
            more += _follow_up_buttons(door, card)
            card = replace(card, actions=tuple(a for a in card.actions if a.verb != "follow_up"))
    more.append(
        blocks.context(door.say("slack_desk.state_now", state=now.state, answering=now.answering))
    )
    drawn = card_message(door, card, *more)
    return Message(f"{card.title}　{done}", drawn.blocks) if done else drawn


def _to_do(action: CardButton, now: CaseCard) -> bool:
    """What has been done meanwhile by somebody else is offered no more."""
    match action.verb:
        case "set_lead":
            return not now.lead
        case "convene":
            return now.sitting is None
        case _:
            return True


def _only_reading(card: Card) -> Card:
    """What was asked is done: neither its body nor its buttons ask any more."""
    left = tuple(replace(a, primary=False) for a in card.actions if a.verb in READ_ONLY_VERBS)
    return replace(card, body="", actions=left)


def _not_theirs(drawing: Drawing, notice: Notice, card: Card) -> Message | None:
    """Who passed it on is told where it went; who may be told without seeing it, as at first."""
    door = drawing.door
    if "reply" in done_by(notice.key):
        item = (notice.promise or "").rpartition(":")[2]
        try:
            mine = drawing.ask(GetMyReply(str(notice.facts["number"]), item))
        except (NotFound, NotAllowed):
            pass
        else:
            if mine.next_agency:
                done = door.say("slack_desk.done.passed", next_agency=mine.next_agency)
                return Message(
                    f"{card.title}　{done}", (blocks.section(card.title), *said(done).blocks)
                )
    reason = door.desk.ask(GetDropReason(replace(notice, promise=None)), Caller.CLOCK, door=SLACK)
    return None if reason else plain_card(drawing)


def _done(door: SlackDoor, notice: Notice, card: Card, now: CaseCard) -> str:
    """What became of what the notice asks for; nothing while it is still to be done."""
    item = (notice.promise or "").rpartition(":")[2]
    by, say = done_by(notice.key), door.say
    if "reply" in by:
        asked = next((a for a in now.asked if a.id == item), None)
        if asked and asked.stopped:
            return say("slack_desk.done.stopped", agency=asked.agency, stopped=asked.stopped)
        if asked and asked.answer:
            return say(
                "slack_desk.done.reply",
                agency=asked.agency,
                answer=asked.answer,
                at=asked.at,
                by=asked.by,
                heard_by=asked.heard_by,
            )
    if "role" in by:
        role = next((r for r in now.roles if r.id == item), None)
        if role and role.done_at:
            return say("slack_desk.done.role", at=role.done_at, by=role.done_by)
    if "follow_up" in by:
        check = next((c for c in now.checks if c.id == item), None)
        if check and check.missed:
            return say("slack_desk.done.missed", next_on=now.next_check_on)
        if check and check.at:
            return say(
                "slack_desk.done.follow_up", at=check.at, by=check.by, next_on=now.next_check_on
            )
    asks = notice.promise or by & {"lead", "meeting"}
    if asks and not now.is_open and not now.owed:  # a suspended case is asked about, too
        return say("slack_desk.done.closed", state=now.state)
    asks_lead = notice.key != "referral_replied" or card.actions[0].verb == "set_lead"
    if "lead" in by and asks_lead and now.lead:
        return say("slack_desk.done.lead", lead=now.lead)
    if "reassessment" in by and not now.reassess:
        return say("slack_desk.done.reassessed")
    if "meeting" in by and now.sitting:
        return say("slack_desk.done.sitting", kind=now.sitting.kind)
    if notice.promise and not now.owed:
        return say("slack_desk.done.other")
    return ""


def _follow_up_buttons(door: SlackDoor, card: Card) -> list[Block]:
    """The four answers, for whoever was asked to answer."""
    asked = next((a for a in card.actions if a.verb == "follow_up"), None)
    if asked is None:
        return []
    made = [
        blocks.button(
            door.texts.label("follow_up_result", result),
            f"follow_up_as.{result}",
            door.token("follow_up_as", asked.subject, f"{asked.item}:{result}"),
        )
        for result in RESULTS
    ]
    return [blocks.context(door.say("slack_desk.follow_up.choose")), blocks.buttons(made)]
