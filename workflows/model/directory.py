"""Who takes part: a town, its districts, its agencies and the people who work there."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a member may do beyond belonging to an agency; no role is an agency member."""

    CLERK = "clerk"
    COORDINATOR = "coordinator"
    CHAIR = "chair"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class AgencyKind(StrEnum):
    """What kind of body an agency is."""

    TOWN_HALL = "town_hall"
    COUNCIL = "council"
    CENTRE = "centre"
    SCHOOL = "school"
    MEDICAL = "medical"
    LEGAL = "legal"
    POLICE = "police"
    COMMISSIONERS = "commissioners"
    NPO = "npo"
    BUSINESS = "business"
    OTHER = "other"


# The codes an agency's `fields` may hold; their Japanese words stand in the label maps.
FIELDS: Final[tuple[str, ...]] = (
    "elderly",
    "disability",
    "children",
    "livelihood",
    "health",
    "education",
    "housing",
    "work",
    "rights",
    "community",
    "tax",
    "farming",
    "safety",
    "general",
)


# How many fiscal years a town may keep a case after the one in which it ended.
RETENTION_YEARS: Final = range(1, 31)
STILL_NEEDED_MONTHS: Final = range(1, 37)
REQUEST_DAYS: Final = range(1, 61)  # days in which a request of a person is answered


def is_within(on: date, active_from: date | None, active_until: date | None) -> bool:
    """Whether `on` lies in a period whose two ends both belong to it; None is open."""
    return (active_from is None or active_from <= on) and (
        active_until is None or on <= active_until
    )


@dataclass(frozen=True)
class District:
    """A daily living area (日常生活圏域)."""

    id: str
    name: str
    kana: str = ""


@dataclass(frozen=True)
class FormerName:
    """What somebody was called, and of which agency they were, until an instant (aware).

    What was done before it is told with this name: who married or moved on did it as who they
    were. "" of an agency itself.
    """

    name: str
    until: datetime
    agency_id: str = ""


@dataclass(frozen=True)
class Agency:
    """A body that takes part; `district_ids` empty means that it serves the whole town."""

    id: str
    name: str
    kana: str
    kind: AgencyKind
    fields: tuple[str, ...] = ()
    district_ids: tuple[str, ...] = ()
    phone: str = ""
    fax: str = ""
    email: str = ""
    address: str = ""
    active_from: date | None = None
    active_until: date | None = None
    former: tuple[FormerName, ...] = ()  # the oldest first

    def name_at(self, at: datetime | None) -> str:
        """What it was called then; None is today."""
        then = _then(self.former, at)
        return then.name if then else self.name

    def is_active(self, on: date) -> bool:
        """Whether the agency takes part on that day; the last day still counts."""
        return is_within(on, self.active_from, self.active_until)

    def covers(self, district_id: str) -> bool:
        """Whether the agency serves that district, by name or because it serves the town."""
        return not self.district_ids or district_id in self.district_ids


@dataclass(frozen=True)
class PermissionRequest:
    """What would open more to a member, as one person asked for it and another decides on it.

    `asked_by` is a member's id; "" the server's command line. `last_day` is the last on which it
    can be confirmed. `parts` say what it is about: enters (they are new or come back, with all
    that stands on their row), else what is not on the row yet: roles to be added, agency, email,
    contact, districts of a coordinator, account of a chat. An address and an account are kept
    while it waits. `how` is "" while it waits, else agreed, declined, taken_back, lapsed,
    replaced or no_confirmer.
    """

    id: str
    asked_by: str
    asked_at: datetime
    last_day: date
    parts: tuple[str, ...]
    roles: tuple[Role, ...] = ()
    agency_id: str = ""
    email: str = ""
    district_ids: tuple[str, ...] = ()
    platform: str = ""
    external_id: str = ""
    take_over: bool = False
    how: str = ""
    ended_by: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Absence:
    """Days on which a member is away, the first and the last among them. Why is asked nowhere.

    `deputy_id` is who of their agency does meanwhile what they hold; "" nobody by name.
    `entered_by` is the member who said so last, and does not come by anything by it. `told` are
    those who were told that they stand in.
    """

    id: str
    from_on: date
    until_on: date
    deputy_id: str = ""
    entered_by: str = ""
    told: tuple[str, ...] = ()

    def is_on(self, day: date) -> bool:
        return is_within(day, self.from_on, self.until_on)

    def overlaps(self, first: date, last: date) -> bool:
        return self.from_on <= last and first <= self.until_on


@dataclass(frozen=True)
class Member:
    """A person of an agency; `is_contact` marks its window, to whom notices go.

    `is_unconfirmed`: they may not act, because nobody confirmed yet that they are here.
    `permission_requests` are what was asked for them and decided, the oldest first
    (permission_requests.py).
    """

    id: str
    agency_id: str
    name: str
    kana: str
    roles: frozenset[Role] = frozenset()
    email: str = ""
    is_contact: bool = False
    district_ids: tuple[str, ...] = ()
    active_from: date | None = None
    active_until: date | None = None
    ended_by: str = ""  # the member who wrote that last day; "" where it was the console, or before
    window_ended_by: str = ""  # the member who took it away that they are the agency's window
    erased_on: date | None = None  # when name and reading were replaced: they had left long ago
    former: tuple[FormerName, ...] = ()  # the oldest first
    # Names that were written wrongly, kept to tell who may be the same person (same_person.py).
    corrected: tuple[str, ...] = ()
    is_unconfirmed: bool = False
    permission_requests: tuple[PermissionRequest, ...] = ()
    absences: tuple[Absence, ...] = ()  # the earliest first

    def absence_on(self, day: date) -> Absence | None:
        """That during which they are away on this day."""
        return next((one for one in self.absences if one.is_on(day)), None)

    @property
    def waiting_permission_requests(self) -> tuple[PermissionRequest, ...]:
        return tuple(g for g in self.permission_requests if not g.how)

    def name_at(self, at: datetime | None) -> str:
        """What they were called then; None is today."""
        then = _then(self.former, at)
        return then.name if then else self.name

    def agency_at(self, at: datetime | None) -> str:
        """The id of the agency of which they were then."""
        then = _then(self.former, at)
        return then.agency_id if then and then.agency_id else self.agency_id

    def is_active(self, on: date) -> bool:
        """Whether the member works there on that day; the last day still counts."""
        return not self.is_unconfirmed and is_within(on, self.active_from, self.active_until)


def _then(former: tuple[FormerName, ...], at: datetime | None) -> FormerName | None:
    return next((one for one in former if at is not None and at < one.until), None)


@dataclass(frozen=True)
class Town:
    """The municipality: its districts, the days it closes besides the nation's and those it opens
    although the calendar closes them."""

    name: str
    districts: tuple[District, ...] = ()
    closed_days: frozenset[date] = frozenset()
    kana: str = ""
    # 中核機関: the agency that hears at once of an emergency, and of what reaches nobody; "": none.
    core_agency_id: str = ""
    retention_years: int = 5  # [ours] docs/rules.md 30: after the fiscal year of closure
    opened_days: frozenset[date] = frozenset()
    request_retention_years: int = 5  # [ours] after the fiscal year in which it was answered
    request_days: int = 30  # [law] within which a request of a person is answered
    # [ours] after so many months it is asked whether a case is still needed
    still_needed_months: int = 12
    # Roles that come in by a passkey alone, from a day on; without a day none does.
    roles_requiring_passkey: frozenset[Role] = frozenset()
    passkeys_required_on: date | None = None
