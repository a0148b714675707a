"""The best of the offered dates, and why, in facts that a template puts into words."""

from dataclasses import dataclass

from workflows.model.meeting import Meeting, Slot, Symbol


@dataclass(frozen=True)
class RankedSlot:
    """How one slot stands. Agencies are ids; `required_no` blocks it without an override."""

    slot: Slot
    required_yes: int
    required_maybe: tuple[str, ...]
    required_no: tuple[str, ...]
    required_unanswered: tuple[str, ...]
    optional_yes: int
    optional_no: tuple[str, ...]
    optional_unanswered: int
    required: int
    optional: int
    # Optional by now, but required when it was asked; said neither ○ nor △.
    was_required: tuple[str, ...] = ()

    @property
    def nobody_answered(self) -> bool:
        """Whether no invited agency at all has said anything about it."""
        said = self.required - len(self.required_unanswered)
        return not said and self.optional_unanswered == self.optional

    @property
    def somebody_comes(self) -> bool:
        """Whether one who must come can; where nobody must, whether anybody can."""
        if self.required:
            return bool(self.required_yes or self.required_maybe)
        return self.optional > self.optional_unanswered + len(self.optional_no)

    @property
    def nobody_comes(self) -> bool:
        """Whether nobody must come, and all that was said of it is ×."""
        return not (self.required or self.somebody_comes or self.nobody_answered)

    @property
    def order(self) -> tuple[int, ...]:
        """Smaller is better: no required refusal, few unknown, few △, then the optional ones."""
        return (
            len(self.required_no),
            len(self.required_unanswered),
            len(self.required_maybe),
            len(self.optional_no),
            -self.optional_yes,
        )


def ranked_slots(meeting: Meeting) -> list[RankedSlot]:
    """Every slot, the best first; among equals the earlier date."""

    def symbol(agency_id: str, slot: Slot) -> Symbol | None:
        answer = meeting.answers.get(agency_id, {}).get(slot.id)
        return answer.symbol if answer else None

    required = [i.agency_id for i in meeting.invites if i.required]
    optional = [i.agency_id for i in meeting.invites if not i.required]
    found = [
        RankedSlot(
            slot=slot,
            required_yes=sum(symbol(a, slot) is Symbol.YES for a in required),
            required_maybe=tuple(a for a in required if symbol(a, slot) is Symbol.MAYBE),
            required_no=tuple(a for a in required if meeting.word_on(a, slot.id) is False),
            required_unanswered=tuple(a for a in required if meeting.word_on(a, slot.id) is None),
            optional_yes=sum(symbol(a, slot) is Symbol.YES for a in optional),
            optional_no=tuple(a for a in optional if symbol(a, slot) is Symbol.NO),
            optional_unanswered=sum(symbol(a, slot) is None for a in optional),
            required=len(required),
            optional=len(optional),
            was_required=tuple(
                i.agency_id
                for i in meeting.invites
                if i.was_required
                and not i.required
                and not meeting.could_come(i.agency_id, slot.id)
            ),
        )
        for slot in meeting.slots
    ]
    return sorted(found, key=lambda r: (r.order, r.slot.starts_at))
