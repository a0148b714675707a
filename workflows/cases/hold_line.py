"""廃棄の停止 in words: what forbids to dispose of a case."""

from dataclasses import dataclass
from datetime import datetime

from workflows.cases.story import who
from workflows.core.work import Work
from workflows.model.case import Hold


@dataclass(frozen=True)
class HoldLine:
    """A hold in words; `reason` is empty for those who may not read it."""

    by: str
    at: datetime
    reason: str
    lifted_by: str
    lifted_at: datetime | None


def hold_line(hold: Hold, reads: bool, work: Work) -> HoldLine:
    return HoldLine(
        by=who(hold.by, work, hold.at),
        at=hold.at,
        reason=hold.reason if reads else "",
        lifted_by=who(hold.lifted_by, work, hold.lifted_at),
        lifted_at=hold.lifted_at,
    )
