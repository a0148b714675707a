"""A case in words, for every door: its story, and what one may do about what somebody else owes."""

from collections.abc import Mapping
from typing import Final

from handlers.texts import Texts
from workflows.cases.story import StoryLine
from workflows.permissions import Action
from workflows.promises import PromiseKind

# What a member may do about a promise that somebody else owes.
HELPS: Final[Mapping[PromiseKind, Action]] = {
    PromiseKind.NAME_LEAD: Action.SET_LEAD,
    PromiseKind.NEXT_STEP: Action.REFER,
    PromiseKind.FOLLOW_UP: Action.ANSWER_FOLLOW_UP,
    PromiseKind.REASSESS: Action.CONVENE,
    PromiseKind.ROLE: Action.TICK_ROLE,
    PromiseKind.PLAN_REVIEW: Action.MAKE_PLAN,
}


def story_words(event: StoryLine, texts: Texts) -> str:
    """One happening as a sentence; one that has none of its own is only said to have been."""
    key = f"story.{event.kind}"
    return texts.say(key if texts.has(key) else "page.case.story_other", **event.facts)
