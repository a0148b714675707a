"""Candidate dates as typed: a day, a beginning, a length; each checked beside its row.

A date on a closed day or outside office hours may be meant (some meetings are held at night): it is
asked about once, and taken when it comes again with `confirmed`, the dates that were asked about.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from workflows.core.errors import Invalid
from workflows.core.work import Work, new_id
from workflows.forms import FieldError
from workflows.japanese.characters import trimmed
from workflows.japanese.dates import TOKYO, NotADate, parse_date, parse_time
from workflows.model.meeting import Slot

FURTHEST_YEARS = 2  # ours: a date further ahead is a slip of the year
MOST_SLOTS = 20
DEFAULT_MINUTES = 60  # docs/rules.md 21: sittings of about one hour a case


CONFIRMED = "confirmed"  # the field of the question; it belongs to no input of its own


def unusual(slots: Sequence[Slot], confirmed: str, work: Work) -> list[FieldError]:
    """The question about all dates that are closed or out of hours; none once it was answered.

    `confirmed` is what the door sends back: `asked_about` of the question, as it was shown.
    """
    odd = [(s, why) for s in slots if (why := work.days.why_off_hours(s.starts_at, s.ends_at))]
    if {s.starts_at.isoformat() for s, _ in odd} <= set(confirmed.split()):
        return []
    facts = {"dates": [s.starts_at.isoformat() for s, _ in odd], "why": [why for _, why in odd]}
    return [FieldError(CONFIRMED, "slot.off_hours", facts)]


def asked_about(errors: Sequence[FieldError]) -> str:
    """What a question among these errors was about, to be sent back as `confirmed`; "" if none."""
    found = [str(d) for e in errors if e.field == CONFIRMED for d in _texts(e.facts["dates"])]
    return " ".join(dict.fromkeys(found))


def _texts(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def slots_from(
    rows: Sequence[Mapping[str, str]], minutes: int, work: Work, taken: Sequence[Slot] = ()
) -> list[Slot]:
    """The slots that rows of {day, starts} name; empty rows are passed over.

    Raises Invalid with errors named `slots.<row>.<field>`.
    """
    errors: list[FieldError] = []
    found: list[Slot] = []
    for number, row in enumerate(rows):
        day_text, time_text = trimmed(row.get("day", "")), trimmed(row.get("starts", ""))
        if not day_text and not time_text:
            continue
        try:
            day = parse_date(day_text, today=work.today)
        except NotADate as wrong:
            day = None
            errors.append(FieldError(f"slots.{number}.day", wrong.key, wrong.facts))
        try:
            at = parse_time(time_text)
        except NotADate as wrong:
            errors.append(FieldError(f"slots.{number}.starts", wrong.key, wrong.facts))
            continue
        if day is None:
            continue
        starts = datetime.combine(day, at, TOKYO)
        if starts <= work.now:
            errors.append(FieldError(f"slots.{number}.day", "slot.past", {}))
        elif day.year > work.today.year + FURTHEST_YEARS:
            facts = {"years": FURTHEST_YEARS}
            errors.append(FieldError(f"slots.{number}.day", "slot.too_far", facts))
        elif starts in [s.starts_at for s in (*found, *taken)]:
            errors.append(FieldError(f"slots.{number}.day", "slot.twice", {}))
        else:
            found.append(Slot(new_id(), starts, starts + timedelta(minutes=minutes)))
    if len(found) + len(taken) > MOST_SLOTS:
        errors.append(FieldError(f"slots.{MOST_SLOTS}.day", "form.too_many", {"max": MOST_SLOTS}))
    if errors:
        raise Invalid(errors)
    return sorted(found, key=lambda s: s.starts_at)
