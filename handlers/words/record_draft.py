"""A 会議記録 while it is written, for every door: as it is known, with one's own draft over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from handlers.words.form_words import shown
from handlers.words.texts import Texts
from workflows.core.ports import Draft
from workflows.forms import Form, Raw
from workflows.meetings.attended import NOT_KNOWN
from workflows.meetings.record_views import AgencyPresence, RecordView
from workflows.model.card import Card
from workflows.model.notice import Facts, Notice

# What a record says also where nobody filled it in: that it was not judged, not that it was usual.
SAID_BLANK: Final = frozenset({"decisions", "next_on", "plan_adequate", "closure_judgement"})
_AS_SAID: Final[Mapping[str, str]] = {"comes": "present", "absent": "absent"}


@dataclass(frozen=True)
class RecordTyped:
    """What stands in the fields: attendance by agency (presence, who), and every case as typed."""

    attended: dict[str, tuple[str, str]]
    cases: dict[str, Raw]
    summary: str = ""

    @property
    def raw(self) -> dict[str, Any]:
        """As a draft holds it."""
        return {
            "attended": [
                {"agency": a, "presence": presence, "who": who}
                for a, (presence, who) in self.attended.items()
            ],
            "summary": self.summary,
            **self.cases,
        }


def as_known(seen: RecordView, form: Form) -> RecordTyped:
    """The record as it is saved, or drafted from what is known."""
    return RecordTyped(
        {c.agency_id: (c.presence, c.who) for c in seen.came},
        {c.case_id: shown(form, c.values) for c in seen.cases},
        seen.chat,
    )


def with_draft(seen: RecordView, form: Form, draft: Draft | None) -> RecordTyped:
    """My unsent writing laid over what is saved."""
    known = as_known(seen, form)
    if draft is None:
        return known
    raw: Mapping[str, Any] = draft.raw
    attended = dict(known.attended)
    for row in raw.get("attended", []):
        if row["agency"] in attended:
            attended[row["agency"]] = (row["presence"], row["who"])
    cases = {c: cast(Raw, raw.get(c, known.cases[c])) for c in known.cases}
    return RecordTyped(attended, cases, str(raw.get("summary", known.summary)))


def filled_from_announced(typed: RecordTyped, seen: RecordView) -> tuple[RecordTyped, int]:
    """What is still blank filled in as the agencies said beforehand, and of how many.

    Somebody presses this, sees what it filled in and saves it: so it is their statement.
    """
    said = {
        c.agency_id: (_AS_SAID[c.said], typed.attended[c.agency_id][1] or c.said_who)
        for c in seen.came
        if c.said and typed.attended[c.agency_id][0] == NOT_KNOWN
    }
    return replace(typed, attended={**typed.attended, **said}), len(said)


def announced_words(texts: Texts, came: AgencyPresence) -> str:
    """What an agency had said of the date, for beside the field; nothing when it said nothing."""
    if not (came.said or came.answered):
        return ""
    return texts.say(
        "page.meeting.said_before", said=came.said, who=came.said_who, answered=came.answered
    )


def chat_card(texts: Texts, meeting_id: str, facts: Facts) -> Card:
    """The card as it goes to the chats: drawn from the same template as the real one."""
    notice = Notice("preview", "record_posted", "", "", facts=facts, meeting_id=meeting_id)
    return texts.card(notice)
