"""What cards and modals say of a meeting: its name, its facts, each date with its answer."""

from collections.abc import Iterable
from datetime import datetime

from handlers.slack.door import SlackDoor
from handlers.slack.ui import blocks, inputs
from handlers.slack.ui.blocks import Block, facts
from handlers.words import filters
from handlers.words.best_reason import off_hours_mark
from workflows.meetings.announced_place import AnnouncedPlace
from workflows.meetings.answer_views import AskedDates
from workflows.meetings.views import MeetingLine
from workflows.model.meeting import HeardBy

NONE = "none"  # of a symbol: nothing was answered yet


def called(door: SlackDoor, line: MeetingLine) -> str:
    """支援会議（R8-0012）: as a message may say it, without the title that somebody typed."""
    return door.say("page.meeting.one", title="", kind=line.kind, numbers=line.numbers)


def in_modal(door: SlackDoor, line: MeetingLine) -> str:
    """What it is called where only who may see it looks."""
    return door.say("page.meeting.one", title=line.title, kind=line.kind, numbers=line.numbers)


def kind_of(door: SlackDoor, line: MeetingLine) -> str:
    return door.texts.label("meeting_called", line.kind)


def span(door: SlackDoor, starts_at: datetime, ends_at: datetime, off_hours: str = "") -> str:
    """令和8年12月3日（木）午後2時から午後3時まで; with ※祝日 … where it is unusual."""
    mark = off_hours_mark(door.texts, off_hours)
    return door.say("slack_meeting.span", starts_at=starts_at, ends_at=ends_at) + mark


def symbol(door: SlackDoor, code: str) -> str:
    """○ 出席できます; 未回答 for none."""
    return door.texts.label("symbol", code or NONE)


def brief(door: SlackDoor, code: str) -> str:
    """○ 出席: on a button, or in a list."""
    return door.texts.label("symbol_brief", code or NONE)


def heard_question(door: SlackDoor, heard_by: str) -> Block:
    """Entered for another agency: by which way it was heard."""
    ways = [(str(way), door.texts.label("heard_by", way)) for way in HeardBy]
    label = door.say("page.meeting.field.heard_by")
    return blocks.input_block("heard_by", label, inputs.select(ways, heard_by), optional=True)


def left(door: SlackDoor, line: MeetingLine) -> str:
    return door.say("page.meeting.left", n=line.answer_left)


def where(door: SlackDoor, place: AnnouncedPlace) -> str:
    return door.say("slack_meeting.where", place=place.place, online=place.online)


def poll_facts(door: SlackDoor, asked: AskedDates, place: AnnouncedPlace) -> list[Block]:
    line = asked.line
    need = door.texts.label("invite", "required" if asked.required else "optional")
    answer_by = filters.moment(line.answer_by)
    if asked.open:
        answer_by += f"（{left(door, line)}）"
    return facts(
        given(
            [
                (door.say("slack_meeting.fact.cases"), numbers(line)),
                (door.say("slack_meeting.fact.agency"), f"{asked.agency_name}（{need}）"),
                (door.say("slack_meeting.fact.place"), where(door, place)),
                (door.say("slack_meeting.fact.answer_by"), answer_by),
            ]
        )
    )


def sitting_facts(door: SlackDoor, line: MeetingLine, place: AnnouncedPlace) -> list[Block]:
    when = (
        span(door, line.starts_at, line.ends_at, line.off_hours)
        if line.starts_at and line.ends_at
        else ""
    )
    return facts(
        given(
            [
                (door.say("slack_meeting.fact.when"), when),
                (door.say("slack_meeting.fact.place"), where(door, place)),
                (door.say("slack_meeting.fact.cases"), numbers(line)),
                (door.say("slack_meeting.fact.organiser"), line.organiser),
                (door.say("slack_meeting.fact.chair"), line.chair),
            ]
        )
    )


def numbers(line: MeetingLine) -> str:
    return "、".join(line.numbers)


def given(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that say something."""
    return [(heading, value) for heading, value in pairs if value]


def meeting_button(door: SlackDoor, verb: str, meeting_id: str, *, primary: bool = False) -> Block:
    """A button with the verb's own words, on a meeting."""
    label = door.say(f"slack_meeting.button.{verb}")
    token = door.token(verb, meeting_id)
    return blocks.button(label, verb, token, style="primary" if primary else "")
