"""Why a candidate date is the best one, or how it stands, as sentences for every door."""

from handlers.texts import Texts
from workflows.meetings.views import DateSeen


def best_reason(texts: Texts, date: DateSeen) -> str:
    """必須6機関すべてが出席できます。任意1機関は… : what is true of this date, in a row."""
    said: list[str] = []
    if not date.required:
        said.append(texts.say("best.no_required"))
    elif date.required_yes == date.required:
        said.append(texts.say("best.all_yes", required=date.required))
    else:
        said.append(texts.say("best.some_yes", required=date.required, yes=date.required_yes))
    for key, agencies in (
        ("best.refused", date.required_no),
        ("best.unanswered", date.required_unanswered),
        ("best.with_maybe", date.required_maybe),
    ):
        if agencies:
            said.append(texts.say(key, agencies=agencies))
    if date.optional:
        said.append(
            texts.say(
                "best.optional",
                optional=date.optional,
                yes=date.optional_yes,
                refused=date.optional_no,
            )
        )
    return "".join(said)
