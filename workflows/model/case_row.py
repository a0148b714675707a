"""What may be known of a case without opening its content: the line in a list (class N and S)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from workflows.model.case import Case, CaseState, Urgency
from workflows.model.codes import BROKEN, LONG_AGO, code_of


@dataclass(frozen=True)
class CaseRow:
    id: str
    number: str
    state: CaseState
    urgency: Urgency
    district_id: str
    opened_by: str
    opened_at: datetime
    writer_agency_id: str
    lead_agency_id: str | None
    answering_agency_id: str
    restricted: bool
    has_consent: bool
    agencies: Mapping[str, tuple[str, ...]]
    named: tuple[str, ...]
    live_meeting_ids: tuple[str, ...]
    next_check_on: date | None
    waiting_replies: int
    open_roles: int
    has_plan: bool
    closed_at: datetime | None
    first_reply_at: datetime | None
    supporting_since: datetime | None
    scope: tuple[str, ...] = ()  # agencies that the consent in force names
    held: bool = False  # it must not be disposed of
    near_miss: bool = False  # 惜しいケース: to be looked back on
    kept_longer: date | None = None  # until when, beyond the town's period
    grounds: tuple[str, ...] = ()  # agencies for whose asking a ground of their own was stated
    kept_off: tuple[str, ...] = ()  # who was taken off the list of the named by hand
    # From when on the time runs after which it is asked about; None: nobody is to be asked.
    needed_since: datetime | None = None
    agenda_requests_waiting: int = 0  # requests to hold a meeting on it that wait
    broken: bool = False  # its document did not open when it was last looked at
    noted: bool = False  # that it is so was written down, and told
    set_aside: bool = False  # an administrator took it from the lists

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def shown_state(self) -> str:
        """The code of its state as lists show it."""
        return BROKEN if self.broken else str(self.state)

    def relations(self, agency_id: str) -> tuple[str, ...]:
        """How an agency stands to the case: writer, lead, accepted, referred, role."""
        return self.agencies.get(agency_id, ())

    def covers(self, agency_id: str) -> bool:
        """Whether telling this agency rests on consent in force, or on a ground of its own."""
        return (
            agency_id == self.writer_agency_id
            or agency_id in self.scope
            or agency_id in self.grounds
        )

    def allows(self, agency_id: str) -> bool:
        """Whether this agency may hear of it where consent is needed."""
        return self.has_consent and self.covers(agency_id)


def broken_case(case_id: str, number: str, *, restricted: bool = True) -> CaseRow:
    """The line of a case of which nothing opens: its number, and that it is so.

    Who took part in it is not known, and whether it was restricted neither, unless somebody says
    so: it is kept as a restricted one, of which the administrators alone hear.
    """
    return CaseRow(
        id=case_id,
        number=number,
        state=code_of(CaseState, BROKEN),
        urgency=Urgency.NORMAL,
        district_id="",
        opened_by="",
        opened_at=LONG_AGO,
        writer_agency_id="",
        lead_agency_id=None,
        answering_agency_id="",
        restricted=restricted,
        has_consent=False,
        agencies={},
        named=(),
        live_meeting_ids=(),
        next_check_on=None,
        waiting_replies=0,
        open_roles=0,
        has_plan=False,
        closed_at=None,
        first_reply_at=None,
        supporting_since=None,
        broken=True,
    )


def case_row(case: Case) -> CaseRow:
    follow_up = case.next_follow_up
    return CaseRow(
        id=case.id,
        number=case.number,
        state=case.state,
        urgency=case.urgency,
        district_id=case.district_id,
        opened_by=case.opened_by,
        opened_at=case.opened_at,
        writer_agency_id=case.writer_agency_id,
        lead_agency_id=case.leading_agency_id,
        answering_agency_id=case.answering_agency_id,
        restricted=case.is_restricted,
        has_consent=case.has_consent,
        agencies=case.agency_ids(),
        named=tuple(case.named_member_ids),
        live_meeting_ids=tuple(case.live_meeting_ids),
        next_check_on=follow_up.due_on if follow_up else None,
        waiting_replies=len(case.waiting_referrals),
        open_roles=len(case.open_roles),
        has_plan=bool(case.plans),
        closed_at=case.closure.at if case.closure else None,
        first_reply_at=case.first_reply_at,
        supporting_since=case.supporting_since,
        scope=case.scope,
        held=case.hold is not None,
        near_miss=case.is_near_miss,
        kept_longer=max((one.until for one in case.kept_longer), default=None),
        grounds=case.grounds,
        kept_off=tuple(case.kept_off),
        needed_since=case.needed_since,
        agenda_requests_waiting=len(case.waiting_agenda_requests),
    )
