"""Free texts of a meeting that others see: checked when typed, masked where they are shown.

Whoever comes to a meeting sees its place, the reasons and everybody's words on the dates, also who
may not read the cases on its agenda. What a case knows is masked for them in each of these texts.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property

from workflows.core.permissions import Action
from workflows.core.ports import Unreadable
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.guard.find import PersonalDataFinder, finder_for
from workflows.guard.scan import MASK, mask
from workflows.guard.while_typing import allowed_texts, meeting_errors
from workflows.model.meeting import Attendance, Meeting, SlotAnswer


def shown_text_errors(
    typed: Mapping[str, str], meeting: Meeting, work: Work
) -> tuple[FieldError, ...]:
    """The errors of texts on a meeting that others will see: names and the like from its cases.

    By a mail's link nothing is said: whoever holds it may not read the cases, and a refusal would
    tell them what its people are called. The page asks everybody alike to write no names.
    `typed` holds what is new: words that stand there already keep nobody from answering.
    """
    return () if work.by_link else meeting_errors(typed, meeting, work)


class MaskedTexts:
    """Masks the texts of a meeting on these cases, for what whoever asks may not read of them."""

    def __init__(self, case_ids: Collection[str], work: Work) -> None:
        self._case_ids, self._work = case_ids, work

    def of(self, text: str, by: str = "") -> str:
        """The text with ■■ for what a case knows that they may not read.

        What they wrote themselves (`by`) is theirs, whatever it is: to see their own guess masked
        would tell them that it is right.
        """
        actor = self._work.actor
        if not text or (actor and by == actor.id) or not self._closed:
            return text
        held = self._finder_for
        return MASK if held is None else mask(text, held.hits(text))

    def as_written(self, typed: str, old: str, by: str) -> str:
        """The text to keep after `typed` was entered over `old`, which `by` wrote.

        What was shown masked and came back so is `old` itself.
        """
        return old if typed == self.of(old, by) else typed

    def of_attendance(self, word: Attendance) -> Attendance:
        """The attendance with each of its texts masked."""
        who, comment, said_by = (
            self.of(text, word.by) for text in (word.who, word.comment, word.said_by)
        )
        return replace(word, who=who, comment=comment, said_by=said_by)

    def of_address(self, url: str) -> str:
        """The address, or "" where something of it would be masked: it would lead nowhere."""
        return url if self.of(url) == url else ""

    @cached_property
    def _closed(self) -> tuple[str, ...]:
        if not self._case_ids:
            return ()
        rows = self._work.uow.cases.rows_of(self._case_ids).values()
        may = self._work.may
        link = self._work.by_link
        return tuple(r.id for r in rows if link or not may(Action.READ_CASE, r).allowed)

    @cached_property
    def _finder_for(self) -> PersonalDataFinder | None:
        """None when one of the cases is not to be opened: then nobody knows what stands there."""
        cases, town = self._work.uow.cases, self._work.uow.directory.town()
        try:
            return finder_for(
                filter(None, map(cases.get, self._closed)), town, allowed_texts(self._work)
            )
        except Unreadable:
            return None


def texts_already_there(meeting: Meeting, agency_id: str, work: Work) -> set[str]:
    """The texts that an agency wrote on the dates and its 出欠, as written and as shown now."""
    invite, seen = meeting.invite(agency_id), masked_texts(meeting, work)
    word = invite.attendance if invite else None
    said: list[SlotAnswer | Attendance] = list(meeting.answers.get(agency_id, {}).values())
    said += [word] if word else []
    texts = [(text, a.by) for a in said for text in (a.comment, a.who)]
    return {shown for text, by in texts for shown in (text, seen.of(text, by))}


def masked_texts(meeting: Meeting, work: Work) -> MaskedTexts:
    """The masking of one meeting's texts, by the cases on its agenda."""
    return MaskedTexts(meeting.cases_on_agenda, work)
