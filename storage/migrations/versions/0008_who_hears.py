"""Who hears which case is chosen case by case: sittings to come keep those whom a case concerns.

Until now whoever was invited heard every case of the agenda. Where there has been one case from
the first, the agencies were chosen for it and stay; where there are or were several, or it came
later, nobody was asked, so that each is left to those whom it concerns until the organiser chooses.
A case that does not open is left to nobody but who runs the sitting. What has begun stays as it was
heard.
"""

import logging
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import context, op

from storage.documents import from_text, to_text
from storage.tables import cases, meetings, place
from storage.vault import Vault
from workflows.core.ports import FAULTS
from workflows.meetings.consent_gate import concerned
from workflows.model.case import Case
from workflows.model.meeting import AgendaItem, Meeting

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)


def upgrade() -> None:
    vault = context.config.attributes.get("vault")
    if vault is not None:  # else there are no rows yet
        _leave_to_whom_it_concerns(op.get_bind(), vault, datetime.now(UTC))


def _leave_to_whom_it_concerns(connection: sa.Connection, vault: Vault, now: datetime) -> None:
    for meeting_id, sealed in connection.execute(sa.text("SELECT id, content FROM meetings")).all():
        where = place(meetings, "content", meeting_id)
        try:
            meeting = from_text(vault.open(sealed, where), Meeting)
            stays = not meeting.is_live or meeting.has_begun(now)
            if stays or _chosen_for_its_case(connection, meeting):
                continue
        except FAULTS as fault:
            _log("meeting", meeting_id, fault)
            continue  # nobody reads anything for coming to what does not open
        for item in meeting.agenda:
            kept = _concerned(connection, vault, item, meeting)
            item.left += [a for a in item.agency_ids if a not in kept and a not in item.left]
            item.agency_ids = kept
        connection.execute(
            sa.text("UPDATE meetings SET content = :content WHERE id = :id"),
            {"content": vault.seal(to_text(meeting), where), "id": meeting_id},
        )


def _chosen_for_its_case(connection: sa.Connection, meeting: Meeting) -> bool:
    """Whether there is one case, on the agenda from the first, and never was another."""
    if len(meeting.agenda) != 1:
        return False
    query = sa.text(
        "SELECT count(*) FROM trail WHERE meeting_id = :meeting AND case_id <> :case"
        " AND kind IN ('put_on_agenda', 'taken_off_agenda')"
    )
    only = meeting.agenda[0]
    others = connection.execute(query, {"meeting": meeting.id, "case": only.case_id}).scalar_one()
    return not others and only.at <= meeting.created_at


def _concerned(
    connection: sa.Connection, vault: Vault, item: AgendaItem, meeting: Meeting
) -> list[str]:
    query = sa.text("SELECT content FROM cases WHERE id = :id")
    sealed = connection.execute(query, {"id": item.case_id}).scalar_one_or_none()
    if not sealed:
        return item.agency_ids
    try:
        case = from_text(vault.open(sealed, place(cases, "content", item.case_id)), Case)
        return concerned(case, item.agency_ids, meeting.bases)
    except FAULTS as fault:
        _log("case", item.case_id, fault)
        return []


def _log(kind: str, record_id: str, fault: Exception) -> None:
    log.error("record_broken kind=%s id=%s error=%s", kind, record_id, type(fault).__name__)
