"""How a meeting stands, as words that fit a telephone: each date with who said what, who comes."""

from collections.abc import Sequence

from handlers.chat.meeting_answers import SYMBOLS
from handlers.slack.door import SlackDoor
from handlers.slack.meetings.meeting_words import NONE, brief, given, left
from handlers.slack.ui.blocks import Block, context, facts
from handlers.words import filters
from handlers.words.best_reason import best_reason, off_hours_mark
from workflows.meetings.views import DateView, InvitedAgencyView, MeetingView
from workflows.model.meeting import MeetingState

OPEN = (MeetingState.COLLECTING, MeetingState.ANSWERS_CLOSED)
FEW_NAMES, NAME = 6, 22  # of agencies, where a line has to do
ALL_DATES = 6000  # characters for all dates of a card, and for one of them: Slack's are scarce
ONE_DATE = 1700
HINDERED = ("maybe", "no")  # whose names a date shows

# How many names a symbol may list and how long each may be: the first that fits is taken.
_SHORTER = ((100, 60), (12, 22), (6, 14), (3, 12), (1, 10), (0, 0))


def grid(door: SlackDoor, seen: MeetingView) -> list[Block]:
    """Each date with the agencies by what they said; the best one is named."""
    for most, width in _SHORTER:
        lines = [
            (_heading(door, seen, d), _answers(door, seen, d, most, width)) for d in seen.dates
        ]
        sizes = [len(heading) + len(value) for heading, value in lines]
        if sum(sizes) <= ALL_DATES and max(sizes, default=0) <= ONE_DATE:
            return facts(lines)
    return []


def why_best(door: SlackDoor, seen: MeetingView) -> str:
    """「12月3日…」がおすすめです and why, or that none works; "" while no date is better."""
    if seen.best is None:
        return door.say("best.none") if seen.none_works else ""
    return door.say(
        "slack_meeting.run.best",
        at=seen.best.starts_at,
        why=best_reason(door.texts, seen.best),
    )


def how_it_stands(door: SlackDoor, seen: MeetingView) -> str:
    line = seen.line
    words = [a.attendance for a in seen.agencies]
    return door.say(
        "slack_meeting.run.state",
        state=str(line.state),
        over=seen.is_over,
        agencies=line.agencies,
        unanswered=line.unanswered,
        at=line.starts_at,
        come=sum(w is not None and w.comes for w in words),
        absent=sum(w is not None and not w.comes for w in words),
        silent=sum(w is None for w in words),
    )


def deadline_facts(door: SlackDoor, seen: MeetingView) -> list[Block]:
    line = seen.line
    until = f"{filters.moment(line.answer_by)}（{left(door, line)}）"
    pairs = [
        (door.say("slack_meeting.fact.answer_by"), until),
        (
            door.say("slack_meeting.fact.unanswered"),
            names_of(door, missing(seen), FEW_NAMES, NAME),
        ),
    ]
    return facts(given(pairs))


def attendance_lines(door: SlackDoor, seen: MeetingView) -> list[str]:
    """出席（3機関）：…; who comes, who does not, and who has not said."""
    groups: dict[str, list[InvitedAgencyView]] = {"yes": [], "no": [], "none": []}
    for agency in seen.agencies:
        word = agency.attendance
        groups["none" if word is None else "yes" if word.comes else "no"].append(agency)
    lines = [
        door.say(
            "slack_meeting.run.attendance",
            said=said_word,
            count=len(agencies),
            names=names_of(door, agencies, 2 * FEW_NAMES, NAME),
        )
        for said_word, agencies in groups.items()
        if agencies
    ]
    return lines + must_come_lines(door, seen)


def must_come_lines(door: SlackDoor, seen: MeetingView) -> list[str]:
    """Which agencies that must come cannot, or have not said."""
    return [
        door.say("page.meeting.must_come", agencies=[filters.cut(n, NAME) for n in names], silent=s)
        for names, s in ((seen.required_no, False), (seen.required_unanswered, True))
        if names
    ]


def entered_lines(door: SlackDoor, seen: MeetingView) -> list[Block]:
    """One line for each agency whose answers somebody entered for it: how, by whom, when."""
    entered = [
        (a.name, e)
        for a in seen.agencies
        if (e := a.entered if seen.line.state in OPEN else a.attendance_entered)
    ]
    told = [
        door.say(
            "slack_meeting.run.entered",
            name=filters.cut(name, NAME),
            words=door.say("page.meeting.entered", heard_by=e.heard_by, by=e.by, at=e.at),
        )
        for name, e in entered[:FEW_NAMES]
    ]
    rest = len(entered) - len(told)
    told += [door.say("join.more_agencies", count=rest)] if rest else []
    return [context("\n".join(told))] if told else []


def missing(seen: MeetingView) -> list[InvitedAgencyView]:
    """Who has not answered for every date."""
    return [a for a in seen.agencies if not a.answered]


def standing(door: SlackDoor, seen: MeetingView, date: DateView) -> str:
    """12/3（木）午後2時　○5 △1 ×0 －1: one date in a list of choices."""
    said = [seen.answers.get((date.id, a.id), (NONE, ""))[0] for a in seen.agencies]
    counts = [(code, said.count(code)) for code in (*SYMBOLS, NONE)]
    marks = " ".join(f"{door.texts.label('symbol_mark', c)}{n}" for c, n in counts if n)
    odd = off_hours_mark(door.texts, date.off_hours)
    return f"{filters.short(date.starts_at)}{filters.time(date.starts_at)}{odd}　{marks}"


def _heading(door: SlackDoor, seen: MeetingView, date: DateView) -> str:
    return door.say(
        "slack_meeting.run.date",
        at=date.starts_at,
        best=seen.best is not None and seen.best.id == date.id,
        off_hours=date.off_hours,
        clash=bool(date.clashes),
        past=date.past,
    )


def _answers(door: SlackDoor, seen: MeetingView, date: DateView, most: int, width: int) -> str:
    by_symbol: dict[str, list[InvitedAgencyView]] = {code: [] for code in (*SYMBOLS, NONE)}
    for agency in seen.agencies:
        by_symbol[seen.answers.get((date.id, agency.id), (NONE, ""))[0]].append(agency)
    return "\n".join(
        door.say(
            "slack_meeting.run.said",
            symbol=brief(door, code),
            count=len(agencies),
            # Who can come is all the others; who has not answered stands above the dates, once.
            names=names_of(door, agencies, most, width) if code in HINDERED else "",
        )
        for code, agencies in by_symbol.items()
        if agencies
    )


def names_of(door: SlackDoor, agencies: Sequence[InvitedAgencyView], most: int, width: int) -> str:
    """The first names, each cut, and how many more there are; "" with most 0."""
    if not most:
        return ""
    shown = [
        door.say("slack_meeting.run.name", name=filters.cut(a.name, width), required=a.required)
        for a in agencies[:most]
    ]
    rest = len(agencies) - len(shown)
    return "、".join(shown) + (door.say("join.more_agencies", count=rest) if rest else "")
