"""What one can fill in: the elements of a modal's questions, within Slack's limits.

Limits: https://docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block

Choice = tuple[str, str]  # what it stands for, and what is read
NO_NOTES: Final[Mapping[str, str]] = MappingProxyType({})


def text_input(value: str = "", *, most: int = 0, lines: bool = False, example: str = "") -> Block:
    """A line of text, or several with `lines`; `most` characters, if there is a limit."""
    element: Block = {"type": "plain_text_input", "multiline": lines}
    element |= {"initial_value": value} if value else {}
    element |= {"max_length": most} if most else {}
    return element | ({"placeholder": _example(example)} if example else {})


def radio(
    choices: Iterable[Choice], chosen: str = "", notes: Mapping[str, str] = NO_NOTES
) -> Block:
    """One of at most ten; `notes` stand below what they belong to."""
    options = {value: blocks.option(label, value, notes.get(value, "")) for value, label in choices}
    element: Block = {"type": "radio_buttons", "options": list(options.values())}
    return element | ({"initial_option": options[chosen]} if chosen in options else {})


def checkboxes(
    choices: Iterable[Choice],
    chosen: Collection[str] = (),
    notes: Mapping[str, str] = NO_NOTES,
) -> Block:
    """Any of at most ten; `notes` stand below what they belong to."""
    options = {value: blocks.option(label, value, notes.get(value, "")) for value, label in choices}
    ticked = [one for value, one in options.items() if value in chosen]
    element: Block = {"type": "checkboxes", "options": list(options.values())}
    return element | ({"initial_options": ticked} if ticked else {})


def select(choices: Iterable[Choice], chosen: str = "") -> Block:
    """One of at most a hundred."""
    options = {value: blocks.option(label, value) for value, label in choices}
    element: Block = {"type": "static_select", "options": list(options.values())[: blocks.OPTIONS]}
    return element | ({"initial_option": options[chosen]} if chosen in options else {})


def grouped_select(groups: Mapping[str, Sequence[Choice]], chosen: str = "") -> Block:
    """One of several under headings; long groups are split, so that none is left out."""
    made, options = _groups(groups)
    element: Block = {"type": "static_select", "option_groups": made}
    return element | ({"initial_option": options[chosen]} if chosen in options else {})


def grouped_choices(
    groups: Mapping[str, Sequence[Choice]], chosen: Collection[str] = (), *, most: int = 0
) -> Block:
    """Any of several under headings; at most `most`, if there is a limit."""
    made, options = _groups(groups)
    first = [one for value, one in options.items() if value in chosen]
    element: Block = {"type": "multi_static_select", "option_groups": made}
    element |= {"initial_options": first} if first else {}
    return element | ({"max_selected_items": most} if most else {})


def _groups(groups: Mapping[str, Sequence[Choice]]) -> tuple[list[Block], dict[str, Block]]:
    made: list[Block] = []
    options: dict[str, Block] = {}
    for heading, choices in groups.items():
        ours = {value: blocks.option(label, value) for value, label in choices}
        options |= ours
        listed = list(ours.values())
        made += [
            {
                "label": blocks.plain(heading, blocks.OPTION),
                "options": listed[at : at + blocks.OPTIONS],
            }
            for at in range(0, len(listed), blocks.OPTIONS)
        ]
    return made[: blocks.OPTIONS], options


def _example(text: str) -> Block:
    return blocks.plain(text, blocks.PLACEHOLDER)
