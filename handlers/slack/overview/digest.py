"""週次のまとめ in Slack: the managers' card with its picture, and the lists in two minutes."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from handlers.slack.api import ErrorKind, SlackRefused
from handlers.slack.door import Answer, Here, Modal, Press, SlackDoor, pressed
from handlers.slack.ui import blocks, files
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.drawing import Drawing, Message, card_message, drawn_by, plain_card
from handlers.slack.ui.picture import MOST, waiting_picture
from handlers.words.digest_words import (
    SHOWN,
    judged,
    move_lines,
    request_lines,
    restricted_sentence,
    still_needed_lines,
    waiting_lines,
)
from handlers.words.notice_heads import drawn_as
from workflows.core.errors import NotFound
from workflows.digest.look import DigestView, GetDigest
from workflows.model.notice import Notice

log = logging.getLogger(__name__)
LINES: Final = 8  # of a list; the rest is a number
ON_HOME: Final = 3  # who waits longest
SOON: Final = timedelta(seconds=5)  # Slack looks through a file before it shows it anywhere
PATIENCE: Final = timedelta(minutes=2)
ALT: Final = 2000  # characters
_NOT_YET: Final = "file_not_ready"

Content = Mapping[str, Any]


# -- the card -------------------------------------------------------------------------------------


@drawn_by(*drawn_as("digest"))
def card(drawing: Drawing) -> Message | None:
    """The card in words, with the picture when Slack has it."""
    notice = drawing.post.notice
    assert notice is not None and drawing.card is not None  # noqa: S101, PT018 - it is a notice
    picture = _picture(drawing, notice)
    if picture is None:
        return plain_card(drawing)
    return card_message(drawing.door, drawing.card, picture)


def _picture(drawing: Drawing, notice: Notice) -> Block | None:
    """Who waits longest, as bars; None without anybody, or when it cannot be uploaded."""
    door, day = drawing.door, str(notice.facts["on"])
    try:
        waiting = _longest(drawing.ask(GetDigest(date.fromisoformat(day))))
    except NotFound:
        return None
    if not waiting:
        return None
    try:
        file_id = _uploaded(door, day, waiting, drawing.now)
    except SlackRefused as refused:
        if refused.code == _NOT_YET:
            raise
        log.warning("slack_picture_left_out error=%s", refused.code)
        return None
    alt = door.say("slack_desk.digest.alt", waiting=waiting)
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": blocks.cut(alt, ALT)}


def _longest(view: DigestView) -> list[tuple[str, int]]:
    found = cast(Content, view.content)["waiting"]
    return [(str(w["number"]), int(w["days"])) for w in found[:MOST]]


def _uploaded(door: SlackDoor, day: str, waiting: Sequence[tuple[str, int]], now: datetime) -> str:
    """The picture of that day, uploaded once for all managers.

    Raises SlackRefused; LATER while Slack has not looked through it yet.
    """
    drawn = f"{day} {waiting}"  # a case that was restricted since stands in no picture any more
    if drawn not in door.pictures:
        title = door.say("slack_desk.digest.title")
        file = files.File(f"tsunagu-{day}.png", title, waiting_picture(waiting))
        file_id = files.upload(door.api, file)
        files.complete(door.api, file_id, title)
        door.pictures[drawn] = (file_id, now)
    file_id, since = door.pictures[drawn]
    if door.api.call("files.info", file=file_id)["file"].get("mimetype"):
        return file_id
    if now - since < PATIENCE:
        raise SlackRefused(ErrorKind.LATER, _NOT_YET, SOON)
    raise SlackRefused(ErrorKind.NEVER, "file_never_ready")


# -- the lists ------------------------------------------------------------------------------------


@pressed("digest", opens=True)
def lists(press: Press) -> Answer:
    """Of the day of the card; without one, how it stands at this moment. For managers alone."""
    here, say = press.here, press.here.say
    view = here.ask(GetDigest(date.fromisoformat(press.item) if press.item else None))
    content = cast(Content, view.content)
    drawn: list[Block] = [
        blocks.section(say("slack_desk.digest.day", on=view.on, is_now=view.is_now), strong=True),
        *_list(
            here,
            "waiting",
            waiting_lines(here.door.texts, content, "slack_desk.digest.waiting_line"),
            "slack_desk.digest.nobody",
            SHOWN,
            beside=restricted_sentence(here.door.texts, content, "waiting"),
        ),
        *_late(here, content, "reply", content["overdue"]["reply"] + content["asked"], "asked"),
        *_list(here, "no_date", _no_date(here, content)),
        *_late(here, content, "role", content["overdue"]["role"]),
        *_late(here, content, "judged", judged(content), "close_case", "revise_plan"),
        *_list(here, "unread", _unread(here, content)),
        *_list(here, "urgent", _urgent(here, content)),
        *_list(here, "requests", request_lines(here.door.texts, content)),
        *_list(here, "still_needed", still_needed_lines(here.door.texts, content)),
        *_list(here, "look_back", _look_back(here, content)),
        *_late(here, content, "follow_up", content["overdue"]["follow_up"]),
        *_late(here, content, "others", content["overdue_others"], "overdue_others"),
        *_list(here, "failed", _failed(here, content)),
        *_list(here, "not_checked", _not_checked(here, content)),
        *_list(here, "week", _week(here, content)),
        *_list(here, "moves", move_lines(here.door.texts, content, "slack_desk.digest.move_line")),
        blocks.context(say("slack_desk.digest.note")),
    ]
    return Modal(say("slack_desk.digest.title"), tuple(drawn))


def _list(
    here: Here,
    name: str,
    lines: Sequence[str],
    nothing: str = "slack_desk.digest.none",
    most: int = LINES,
    *,
    beside: str = "",
) -> list[Block]:
    """A heading and its lines; `beside` is said of what is counted and not shown."""
    told = [*lines[:most]] or [here.say(nothing)]
    if len(lines) > most:
        told.append(here.say("slack_desk.digest.more", count=len(lines) - most))
    if beside:
        told = [*(told if lines else []), beside]
    heading = here.say(f"slack_desk.digest.{name}")
    return [blocks.section(heading, strong=True), blocks.section("\n".join(told))]


def _late(
    here: Here, content: Content, name: str, rows: Sequence[Content], *counted: str
) -> list[Block]:
    """What is owed on cases; restricted ones are counted alone."""
    beside = restricted_sentence(here.door.texts, content, name, *counted)
    return _list(here, name, _owed(here, rows), beside=beside)


def waiting_now(drawing: Drawing) -> list[Block]:
    """Who waits longest at this moment, for a manager's home page."""
    door = drawing.door
    content = cast(Content, drawing.ask(GetDigest()).content)
    lines, beside = (
        waiting_lines(door.texts, content, "slack_desk.digest.waiting_line"),
        restricted_sentence(door.texts, content, "waiting"),
    )
    if not lines:
        return [blocks.section(beside or door.say("slack_desk.digest.nobody"))]
    told, rest = lines[:ON_HOME], len(lines) - ON_HOME
    if rest > 0:
        told.append(door.say("slack_desk.digest.more", count=rest))
    if beside:
        told.append(beside)
    return [blocks.section("\n".join(told))]


def _owed(here: Here, rows: Iterable[Content]) -> list[str]:
    return [
        here.say(
            "slack_desk.digest.owed_line",
            number=r["number"],
            agency=r["agency"],
            due_at=r["due_at"],
            days=r["days"],
            waits=r.get("waits", False),
            kind=r.get("kind", ""),
        )
        for r in rows
    ]


def _unread(here: Here, content: Content) -> list[str]:
    found = content.get("unread", {})
    if not (found.get("now") or found.get("given")):
        return []
    return [here.say("slack_desk.digest.unread_line", **found)]


def _urgent(here: Here, content: Content) -> list[str]:
    found = content.get("urgent", {})
    if not (found.get("opened") or found.get("waiting")):
        return []
    return [here.say("slack_desk.digest.urgent_line", **found)]


def _look_back(here: Here, content: Content) -> list[str]:
    found = content.get("look_back", {})
    if not (found.get("near_miss") or found.get("missing")):
        return []
    return [here.say("slack_desk.digest.look_back_line", **found)]


def _no_date(here: Here, content: Content) -> list[str]:
    return [
        here.say(
            "slack_desk.digest.no_date_line",
            kind=m["kind"],
            numbers=m["numbers"],
            days=m["days"],
            unanswered=m["unanswered"],
        )
        for m in content["no_date"]
    ]


def _failed(here: Here, content: Content) -> list[str]:
    return [
        here.say("slack_desk.digest.failed_line", at=f["at"], to=f["to"], key=f["key"])
        for f in content["failed"]
    ]


def _not_checked(here: Here, content: Content) -> list[str]:
    """What this digest cannot vouch for, said openly."""
    found = content["not_checked"]
    told: list[str] = []
    for name, fact in (
        ("broken", "numbers"),
        ("no_next_check", "numbers"),
        ("no_plan", "numbers"),
        ("no_record", "numbers"),
        ("no_contact", "agencies"),
    ):
        if found[name]:
            named = [_called(here, one) for one in found[name]]
            told.append(here.say(f"slack_desk.digest.{name}", **{fact: named}))
    counted = restricted_sentence(here.door.texts, content, *found)
    return [*told, counted] if counted else told


def _called(here: Here, one: str) -> str:
    """A number or a name as it is; a meeting without cases by what it is called."""
    return here.door.texts.label("meeting_called", one)


def _week(here: Here, content: Content) -> list[str]:
    say: Callable[..., str] = here.say
    return [
        say(
            "slack_desk.digest.week_line",
            at=m["starts_at"],
            what=say("page.digest.meeting", kind=m["kind"], numbers=m["numbers"]),
        )
        for m in content["this_week"]
    ]
