"""Candidate dates in a modal: proposed ones to tick, and one's own to type, a line for each."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from handlers.slack.door import Here, SlackDoor, Typed
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.modals import REVISION
from workflows.forms import FieldError
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO, show_date, show_instant, show_time
from workflows.meetings.slots import CONFIRMED

TICKED: Final = "dates"  # blocks "dates.0", "dates.1": ten to a block
OWN: Final = "own_dates"
OWN_MAX: Final = 1000

# The last day of a line ends here, and its time begins: 令和8年12月3日（木）午後2時.
_BETWEEN: Final = re.compile(r"(?<=[日）)])(?=[午正0-9０-９])")


def question(here: Here, errors: Sequence[FieldError], button: str) -> str:
    """What is asked about unusual dates, once nothing else is wrong; "" when nothing is. Pressing
    `button` (a key) once more, with `asked_about(errors)` in the modal's memory, confirms them."""
    if not errors or any(e.field != CONFIRMED for e in errors):
        return ""
    asked = [here.say(e.key, **e.facts) for e in errors]
    return "".join(asked) + here.say("slack_meeting.dates.press_again", button=here.say(button))


@dataclass(frozen=True)
class TypedDates:
    """Dates as workflows take them, with the block and the line that each came from."""

    rows: tuple[Mapping[str, str], ...]
    origins: tuple[tuple[str, int], ...]
    ticked: tuple[datetime, ...] = ()

    def errors(self, wrong: Iterable[FieldError], door: SlackDoor) -> dict[str, str]:
        """Sentences by block; what is wrong with a line names it. Errors of other fields stay."""
        told: dict[str, list[str]] = {}
        lines: set[tuple[str, int]] = set()  # of a line that cannot be read one sentence is enough
        for error in (e for e in wrong if e.field != CONFIRMED):
            parts = error.field.split(".")
            sentence = door.say(error.key, **error.facts)
            block = error.field
            if parts[0] == "slots":
                row = int(parts[1])
                block, line = self.origins[row] if row < len(self.origins) else (OWN, 0)
                if line and (block, line) in lines:
                    continue
                if line:
                    lines.add((block, line))
                    sentence = door.say("slack_meeting.dates.line", n=line, told=sentence)
            told.setdefault(block, []).append(sentence)
        return {block: "　".join(dict.fromkeys(sentences)) for block, sentences in told.items()}


def rows_typed(typed: Typed) -> TypedDates:
    """What was ticked, then what was typed."""
    rows: list[Mapping[str, str]] = []
    origins: list[tuple[str, int]] = []
    ticked: list[datetime] = []
    for block in sorted(name for name in typed if name.partition(".")[0] == TICKED):
        for value in typed[block]:
            at = datetime.fromisoformat(value).astimezone(TOKYO)
            ticked.append(at)
            rows.append({"day": show_date(at.date()), "starts": show_time(at.time())})
            origins.append((block, 0))
    lines = str(typed.get(OWN, "")).splitlines()
    for number, line in enumerate(lines, start=1):
        if trimmed(line):
            rows.append(_row(line))
            origins.append((OWN, number))
    return TypedDates(tuple(rows), tuple(origins), tuple(ticked))


def _row(line: str) -> Mapping[str, str]:
    """A line as a day and a time of day; what cannot be told apart is refused as a time."""
    parts = line.split()
    if len(parts) == 1:
        parts = _BETWEEN.split(line.strip(), maxsplit=1)
    return {"day": "".join(parts[:-1]) or parts[0], "starts": parts[-1]}


def date_blocks(
    here: Here,
    proposed: Sequence[datetime],
    ticked: Collection[datetime] = (),
    own: str = "",
    *,
    revision: int = 0,
) -> list[Block]:
    """Proposals to tick, ten to a block, and room for one's `own`. With another `revision` they are
    drawn anew with our ticks, not with theirs."""
    behind = f"{REVISION}{revision}" if revision else ""
    found = []
    for at in range(0, len(proposed), blocks.FEW):
        part = proposed[at : at + blocks.FEW]
        element = inputs.checkboxes(
            [(one.isoformat(), show_instant(one)) for one in part],
            [one.isoformat() for one in part if one in ticked],
        )
        label = here.say("slack_meeting.dates.proposed", more=at > 0)
        name = f"{TICKED}.{at // blocks.FEW}{behind}"
        found.append(blocks.input_block(name, label, element, optional=True))
    example = here.say("slack_meeting.dates.example")
    found.append(
        blocks.input_block(
            OWN,
            here.say("slack_meeting.dates.own"),
            inputs.text_input(own, lines=True, most=OWN_MAX, example=example),
            hint=here.say("slack_meeting.dates.own_hint"),
            optional=True,
        )
    )
    return found
