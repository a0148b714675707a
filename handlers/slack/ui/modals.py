"""Modals between us and Slack: as Slack wants them, as it sends them back, and filled in again."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from handlers.slack.door import MODAL, Modal, OpenModal, SlackDoor, Typed
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block

NAMED: Final = "t:"  # before the token in the action_id of a select that acts at once
REVISION: Final = "~"  # behind a block's name: drawn anew with our answer in it, not with theirs


BANNER: Final = "banner"  # the block of what a modal says on top


def view_of(door: SlackDoor, modal: Modal) -> dict[str, Any]:
    """A modal as `views.open` and `views.update` take it."""
    view: dict[str, Any] = {
        "type": "modal",
        "title": blocks.plain(modal.title, blocks.TITLE),
        "close": blocks.plain(modal.close or door.say("slack.modal.close"), blocks.TITLE),
        "blocks": list(modal.blocks),
        "callback_id": modal.callback or "read",
        "private_metadata": door.tokens.seal(MODAL, modal.memory),
        "notify_on_close": modal.tell_when_closed,
    }
    if modal.submit:
        view["submit"] = blocks.plain(modal.submit, blocks.TITLE)
    return view


def sentence_modal(door: SlackDoor, sentence: str) -> Modal:
    return Modal(door.say("slack.modal.title"), (blocks.section(sentence),))


def opened(door: SlackDoor, view: Mapping[str, Any]) -> OpenModal:
    """A modal as Slack sends it. Raises BadToken when it is none of ours."""
    return OpenModal(
        id=view["id"],
        hash=view.get("hash", ""),
        callback=view.get("callback_id", ""),
        memory=door.tokens.open(MODAL, view.get("private_metadata", "")),
        typed=typed(view.get("state", {}).get("values", {})),
        view=view,
    )


def typed(state: Mapping[str, Mapping[str, Any]]) -> Typed:
    """What stands in each block: one answer, or several where several can be chosen."""
    found: dict[str, str | list[str]] = {}
    for block_id, elements in state.items():
        for element in elements.values():
            found[block_id.partition(REVISION)[0]] = value_of(element)
    return found


def value_of(element: Mapping[str, Any]) -> str | list[str]:
    """The value of one element, of an action or in a view's state; "" and [] for nothing."""
    if "selected_options" in element:
        return [o["value"] for o in element["selected_options"] or []]
    for name in ("selected_date", "selected_time", "selected_user", "selected_conversation"):
        if name in element:
            return str(element[name] or "")
    if "selected_option" in element:
        return str((element["selected_option"] or {}).get("value", ""))
    return str(element.get("value") or "")


def token_of(action: Mapping[str, Any]) -> str:
    """Where an action keeps its token: a button in its value, a select in its name."""
    if action.get("type") == "button":
        return str(action.get("value") or "")
    return str(action.get("action_id", "")).removeprefix(NAMED)


def banner(view: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """The same modal again, with everything that was typed and a sentence on top."""
    told = blocks.section(sentence, strong=True) | {"block_id": BANNER}
    kept = (
        "type",
        "title",
        "submit",
        "close",
        "callback_id",
        "private_metadata",
        "notify_on_close",
    )
    again: dict[str, Any] = {k: deepcopy(view[k]) for k in kept if view.get(k) is not None}
    state = view.get("state", {}).get("values", {})
    before = [block for block in view["blocks"] if block.get("block_id") != BANNER]
    filled = [_filled(block, state) for block in before]
    again["blocks"] = [told, *filled][: blocks.VIEW_BLOCKS]
    return again


def _filled(block: Block, state: Mapping[str, Mapping[str, Any]]) -> Block:
    """A block with what stands in it now as what it begins with."""
    given = state.get(block.get("block_id", ""))
    if not given:
        return block
    made = deepcopy(block)
    for element in (made.get("element"), made.get("accessory"), *made.get("elements", ())):
        if element and element.get("action_id") in given:
            _fill(element, given[element["action_id"]])
    return made


def _fill(element: Block, value: Mapping[str, Any]) -> None:
    for name in [n for n in element if n.startswith("initial_")]:
        del element[name]
    for state_name, initial in (
        ("value", "initial_value"),
        ("selected_option", "initial_option"),
        ("selected_options", "initial_options"),
        ("selected_date", "initial_date"),
        ("selected_time", "initial_time"),
    ):
        if value.get(state_name):
            element[initial] = value[state_name]
