"""A 会議記録 while it is written, for every door: as it is known, with one's own draft over it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from handlers.form_words import shown
from handlers.texts import Texts
from workflows.cards import Card
from workflows.forms import Form, Raw
from workflows.meetings.record_views import RecordSeen
from workflows.notices import Facts, Notice
from workflows.ports import Draft


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


def as_known(seen: RecordSeen, form: Form) -> RecordTyped:
    """The record as it is saved, or drafted from what is known."""
    return RecordTyped(
        {c.agency_id: (c.presence, c.who) for c in seen.came},
        {c.case_id: shown(form, c.values) for c in seen.cases},
        seen.chat,
    )


def with_draft(seen: RecordSeen, form: Form, draft: Draft | None) -> RecordTyped:
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


def chat_card(texts: Texts, meeting_id: str, facts: Facts) -> Card:
    """The card as it goes to the chats: drawn from the same template as the real one."""
    notice = Notice("preview", "record_posted", "", "", facts=facts, meeting_id=meeting_id)
    return texts.card(notice)
