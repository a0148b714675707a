"""Payloads built once more through the classes of slackblocks, which refuse what Slack would.

What it really checks (slackblocks 3.0): which block may stand on which surface, how many blocks,
elements, fields, options and groups there are, how long texts, values, ids, urls and the view's own
words are and that none is empty, kinds of text, dates and times, that a modal with a question has
a button to submit it. It says nothing about the same id twice, options that cannot be told apart,
an initial choice that is none of them, or the length of a message as a whole: limits.py does.
"""

from collections.abc import Callable
from typing import Any

import slackblocks as sb
from slackblocks.errors import InvalidUsageError

from tests.slack.allowed import HOME, MODAL
from tests.slack.limits import Json
from tests.slack.typed import Payload

BLOCKS: dict[str, Callable[..., Any]] = {
    "actions": sb.ActionsBlock,
    "context": sb.ContextBlock,
    "divider": sb.DividerBlock,
    "header": sb.HeaderBlock,
    "image": sb.ImageBlock,
    "input": sb.InputBlock,
    "section": sb.SectionBlock,
}
ELEMENTS: dict[str, Callable[..., Any]] = {
    "button": sb.Button,
    "checkboxes": sb.CheckboxGroup,
    "datepicker": sb.DatePicker,
    "datetimepicker": sb.DateTimePicker,
    "image": sb.Image,
    "multi_static_select": sb.StaticMultiSelectMenu,
    "multi_users_select": sb.UserMultiSelectMenu,
    "number_input": sb.NumberInput,
    "overflow": sb.OverflowMenu,
    "plain_text_input": sb.PlainTextInput,
    "radio_buttons": sb.RadioButtonGroup,
    "static_select": sb.StaticSelectMenu,
    "timepicker": sb.TimePicker,
    "users_select": sb.UserSelectMenu,
}
RENAMED = {"initial_date_time": "initial_datetime"}
# What its classes cannot be given although Slack takes it: what it is, and why.
BEYOND = {
    "initial_option": "with groups of options it wants a group as the initial choice, Slack an "
    "option; the option itself is built, and limits.py looks whether it is one of them",
    "initial_options": "the same for several",
}
MISSING = {  # arguments that it will have named although nothing is meant by them
    "multi_static_select": {"options": None},
    "slack_file": {"url": None, "id": None},
}


def refusal(payload: Payload) -> str:
    """Why slackblocks refuses a payload, or makes another one of it; "" when it does neither."""
    try:
        made = _surface(payload)
    except (InvalidUsageError, TypeError, KeyError, ValueError) as why:
        return f"{type(why).__name__}: {why}"
    given = dict(payload.content)
    if payload.surface not in {MODAL, HOME}:
        given = {"blocks": given["blocks"]}
        made = {"blocks": made["blocks"]}
    return "" if _plain(made) == _plain(given) else f"it came back as another one: {made}"


def _surface(payload: Payload) -> Json:
    content = dict(payload.content)
    blocks = [_block(one) for one in content.pop("blocks")]
    surface: Any
    if payload.surface in {MODAL, HOME}:
        assert content.pop("type") == payload.surface
        view = {MODAL: sb.ModalView, HOME: sb.HomeTabView}[payload.surface]
        surface = view(blocks=blocks, **{name: _made(name, v) for name, v in content.items()})
    else:
        surface = sb.Message(channel="C1", text=content["text"], blocks=blocks)
    made: Json = surface.to_dict() if hasattr(surface, "to_dict") else surface._resolve()
    # Where it leaves a choice out (BEYOND), ours is put back so that the rest can be compared.
    for ours, theirs in zip(payload.content["blocks"], made["blocks"], strict=True):
        if "block_id" not in ours:
            theirs.pop("block_id")
        for element, twin in _pairs(ours, theirs):
            for name in BEYOND.keys() & element.keys() - twin.keys():
                twin[name] = element[name]
    return made


def _pairs(ours: Json, theirs: Json) -> list[tuple[Json, Json]]:
    """Each element of a block beside what became of it."""
    found = list(zip(ours.get("elements", []), theirs.get("elements", []), strict=True))
    return found + [(ours[name], theirs[name]) for name in ("element", "accessory") if name in ours]


def _block(value: Json) -> Any:
    build = BLOCKS[value["type"]]
    return build(**{name: _made(name, v) for name, v in value.items() if name != "type"})


def _element(value: Json) -> Any:
    kind = value["type"]
    if kind in {"plain_text", "mrkdwn"}:
        return sb.Text.from_dict(value)
    facts = MISSING.get(kind, {}) | {n: _made(n, v) for n, v in value.items() if n != "type"}
    if "option_groups" in value:
        facts = {name: v for name, v in facts.items() if name not in BEYOND}
    named: dict[str, Any] = {str(RENAMED.get(name, name)): v for name, v in facts.items()}
    return ELEMENTS[kind](**named)


def _made(name: str, value: Any) -> Any:
    """One argument of its classes, by the name that the property has at Slack."""
    match name, value:
        case "options" | "initial_options", list():
            return [_option(one) for one in value]
        case "option_groups", list():
            return [
                sb.OptionGroup(_made("label", g["label"]), _made("options", g["options"]))
                for g in value
            ]
        case "initial_option", dict():
            return _option(value)
        case "elements", list():
            return [_element(one) for one in value]
        case "element" | "accessory", dict():
            return _element(value)
        case "fields", list():
            return [sb.Text.from_dict(one) for one in value]
        case "slack_file", dict():
            return sb.SlackFile(**(MISSING["slack_file"] | value))
        case "dispatch_action_config", dict():
            return sb.DispatchActionConfiguration(value["trigger_actions_on"])
        case "confirm", {"confirm": _}:
            return sb.ConfirmationDialogue(**{n: _made(n, v) for n, v in value.items()})
        case _, {"type": "plain_text" | "mrkdwn"}:
            return sb.Text.from_dict(value)
        case _, str() | bool() | int() | None:
            return value
        case _:
            raise TypeError(f"{name} is of a kind that no class takes: {value!r}")


def _option(value: Json) -> Any:
    return sb.Option(**{name: _made(name, v) for name, v in value.items()})


def _plain(value: Any) -> Any:
    """A payload without what says nothing: False where that is how it is anyway."""
    match value:
        case dict():
            return {n: _plain(v) for n, v in value.items() if v is not False and v is not None}
        case list():
            return [_plain(one) for one in value]
        case _:
            return value
