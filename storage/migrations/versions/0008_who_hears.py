"""Who hears which case is chosen case by case: sittings to come keep those whom a case concerns.

Until now whoever was invited heard every case of the agenda. Where there is one case, the agencies
were chosen for it and stay; where there are several, nobody was asked, so that each is left to
those whom it concerns until the organiser chooses. What has begun stays as it was heard.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import context, op

from storage.documents import from_text, to_text
from storage.tables import cases, meetings, place
from storage.vault import Vault
from workflows.cases.model import Case
from workflows.meetings.consent_gate import concerned
from workflows.meetings.model import Meeting
from workflows.ports import Unreadable

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    vault = context.config.attributes.get("vault")
    if vault is not None:  # else there are no rows yet
        _leave_to_whom_it_concerns(op.get_bind(), vault, datetime.now(UTC))


def _leave_to_whom_it_concerns(connection: sa.Connection, vault: Vault, now: datetime) -> None:
    for meeting_id, sealed in connection.execute(sa.text("SELECT id, content FROM meetings")).all():
        where = place(meetings, "content", meeting_id)
        try:
            meeting = from_text(vault.open(sealed, where), Meeting)
        except Unreadable:
            continue  # the start says so
        if not meeting.is_live or len(meeting.agenda) == 1 or meeting.has_begun(now):
            continue
        for item in meeting.agenda:
            if (case := _case(connection, vault, item.case_id)) is not None:
                kept = concerned(case, item.agency_ids, meeting.bases)
                item.left += [a for a in item.agency_ids if a not in kept]
                item.agency_ids = kept
        connection.execute(
            sa.text("UPDATE meetings SET content = :content WHERE id = :id"),
            {"content": vault.seal(to_text(meeting), where), "id": meeting_id},
        )


def _case(connection: sa.Connection, vault: Vault, case_id: str) -> Case | None:
    query = sa.text("SELECT content FROM cases WHERE id = :id")
    sealed = connection.execute(query, {"id": case_id}).scalar_one_or_none()
    return from_text(vault.open(sealed, place(cases, "content", case_id)), Case) if sealed else None
