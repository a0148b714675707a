"""A case in words, for every door: its story, and what one may do about what somebody else owes."""

from collections.abc import Mapping
from typing import Final

from handlers.words.texts import Texts
from workflows.cases.judgements import CLOSING
from workflows.cases.lines import JudgementLine
from workflows.cases.story import StoryLine
from workflows.cases.views import CaseView
from workflows.core.permissions import Action
from workflows.model.notice import IN_PLACE_OF
from workflows.model.promise import PromiseKind

# What a member may do about a promise that somebody else owes.
HELPS: Final[Mapping[PromiseKind, Action]] = {
    PromiseKind.NAME_LEAD: Action.SET_LEAD,
    PromiseKind.NEXT_STEP: Action.REFER,
    PromiseKind.FOLLOW_UP: Action.ANSWER_FOLLOW_UP,
    PromiseKind.REASSESS: Action.CONVENE,
    PromiseKind.ROLE: Action.TICK_ROLE,
    PromiseKind.PLAN_REVIEW: Action.MAKE_PLAN,
    PromiseKind.CLOSE_CASE: Action.CLOSE_CASE,
    PromiseKind.REVISE_PLAN: Action.MAKE_PLAN,
    PromiseKind.STILL_NEEDED: Action.SAY_STILL_NEEDED,
}


def open_closing_judgements(case: CaseView) -> list[JudgementLine]:
    """What a meeting judged about closing or suspending it and nobody has carried out yet."""
    return [j for j in case.judgements if j.waits and j.what in CLOSING]


def story_words(event: StoryLine, texts: Texts) -> str:
    """One happening as a sentence; one that has none of its own is only said to have been."""
    key = f"story.{event.kind}"
    facts = with_place_of(event.facts, texts)
    return texts.say(key if texts.has(key) else "page.case.story_other", **facts)


def with_place_of(facts: Mapping[str, object], texts: Texts) -> Mapping[str, object]:
    """The facts of a happening; who did it for somebody who was away is said to have."""
    if not facts.get(IN_PLACE_OF) or not facts.get("who"):
        return facts
    who = texts.say("absence.in_place_of", who=facts["who"], holder=facts[IN_PLACE_OF])
    return {**facts, "who": who}
