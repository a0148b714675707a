"""Lines of the list of decisions that a restore must not undo: ids, codes and days, no words."""

from dataclasses import dataclass, field
from datetime import datetime

from workflows.cases.model import Consent, TakenBack
from workflows.retention.ports import Disposal


@dataclass(frozen=True)
class CaseDecided:
    """How a case stood: its consents without their reasons, whether and to whom it is restricted,
    and its referrals that were taken back, by their ids."""

    case_id: str
    number: str
    consents: list[Consent] = field(default_factory=list)
    restricts: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    taken_back: dict[str, TakenBack] = field(default_factory=dict)


@dataclass(frozen=True)
class Erased:
    """What a member who left long ago is called since."""

    member_id: str
    name: str
    kana: str


@dataclass(frozen=True)
class Decision:
    """One line of the list: row `seq` of the trail, and what came of it."""

    seq: int
    at: datetime
    kind: str
    case: CaseDecided | None = None
    member: Erased | None = None
    disposals: list[Disposal] = field(default_factory=list)
