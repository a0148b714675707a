"""How much time is left, in words beside a date: あと3開庁日, 2開庁日の遅れ."""

from handlers.web.door import texts
from handlers.words import to_do
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OPENS
from workflows.model.successors import Away
from workflows.promises.ladder import NOON
from workflows.promises.upcoming import UpcomingNotices


def left_words(overdue: bool, open_days: int) -> str:
    """`open_days` are those left, or those since the due day when it is overdue."""
    return to_do.left_words(texts(), overdue, open_days)


def upcoming_words(follows: UpcomingNotices, owes: str, away: Away | None = None) -> list[str]:
    """11/27（金）朝　高齢者支援センター, one for each step; `owes` is who owes it, by name, `away`
    that they are."""
    said, day = [], None
    for at, whom in follows.steps:
        local = at.astimezone(TOKYO)
        hour = {OPENS: "morning", NOON: "noon"}.get(local.time(), "")
        stands_in = away is not None and away.deputy and local.date() <= away.until
        debtor = texts().say("absence.and_deputy", holder=owes) if owes and stands_in else owes
        names = [
            debtor if code == "debtor" and debtor else texts().word("page.what_next.whom", code)
            for code in whom
        ]
        when = {"at": local, "hour": hour, "same_day": local.date() == day}
        said.append(texts().say("page.what_next.step", **when, whom=names))
        day = local.date()
    if follows.goes_on:
        said.append(texts().say("page.what_next.goes_on", until=follows.ends_on))
    elif follows.ends_on:
        said.append(texts().say("page.what_next.ends", on=follows.ends_on))
    return said
