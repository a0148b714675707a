"""Why a candidate date is the best one, or how it stands, as a sentence for every door."""

from collections.abc import Callable, Sequence

from handlers.texts import Texts
from workflows.meetings.best_date import Ranked


def best_reason(texts: Texts, standing: Ranked, name_of: Callable[[str], str]) -> str:
    """必須6機関すべてが出席できます。任意1機関は… ; `name_of` gives an agency's name by its id."""

    def names(agency_ids: Sequence[str]) -> list[str]:
        return [name_of(agency_id) for agency_id in agency_ids]

    said: list[str] = []
    if not standing.required:
        said.append(texts.say("best.no_required"))
    elif standing.required_yes == standing.required:
        said.append(texts.say("best.all_yes", required=standing.required))
    else:
        said.append(
            texts.say("best.some_yes", required=standing.required, yes=standing.required_yes)
        )
    for key, agency_ids in (
        ("best.refused", standing.required_no),
        ("best.unanswered", standing.required_unanswered),
        ("best.with_maybe", standing.required_maybe),
    ):
        if agency_ids:
            said.append(texts.say(key, agencies=names(agency_ids)))
    if standing.optional:
        said.append(
            texts.say(
                "best.optional",
                optional=standing.optional,
                yes=standing.optional_yes,
                refused=names(standing.optional_no),
            )
        )
    return "".join(said)
