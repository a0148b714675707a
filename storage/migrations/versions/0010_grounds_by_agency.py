"""Grounds are stated agency by agency: who was told on the sheet's basis until now goes on so.

Until now a basis on the sheet let every agency be told that took part, or heard the case where
consent is asked for. Those that did stay as they are, each with that basis as its own, until the
person says something new.
"""

import logging

import sqlalchemy as sa
from alembic import context, op

from storage.documents import from_text, to_text
from storage.tables import cases, meetings, place
from storage.vault import Vault
from workflows.core.ports import FAULTS
from workflows.model.case import Case, Ground
from workflows.model.meeting import Meeting

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)


def upgrade() -> None:
    vault = context.config.attributes.get("vault")
    if vault is not None:  # else there are no rows yet
        _state_for_each(op.get_bind(), vault)


def _state_for_each(connection: sa.Connection, vault: Vault) -> None:
    for case_id, sealed in connection.execute(sa.text("SELECT id, content FROM cases")).all():
        where = place(cases, "content", case_id)
        try:
            case = from_text(vault.open(sealed, where), Case)
            ground = Ground(
                str(case.sheet.get("unconsented_basis") or ""),
                str(case.sheet.get("unconsented_reason") or ""),
            )
            if not (ground.basis and ground.reason and case.consents):
                continue
            heard = [a for m in case.live_meeting_ids for a in _hear(connection, vault, m, case.id)]
            told = [a for a in dict.fromkeys([*case.parts(), *heard]) if not case.covers(a)]
        except FAULTS as fault:
            log.error("record_broken kind=case id=%s error=%s", case_id, type(fault).__name__)
            continue
        for agency_id in told:
            case.state_ground(agency_id, ground, case.consents[-1].by, case.consents[-1].at)
        if told:
            connection.execute(
                sa.text("UPDATE cases SET content = :content WHERE id = :id"),
                {"content": vault.seal(to_text(case), where), "id": case_id},
            )


def _hear(connection: sa.Connection, vault: Vault, meeting_id: str, case_id: str) -> list[str]:
    """Who hears the case at a meeting that asks for consent; elsewhere nobody needed the basis."""
    query = sa.text("SELECT content FROM meetings WHERE id = :id")
    sealed = connection.execute(query, {"id": meeting_id}).scalar_one_or_none()
    if not sealed:
        return []
    try:
        meeting = from_text(vault.open(sealed, place(meetings, "content", meeting_id)), Meeting)
    except FAULTS:
        return []  # the migration before this one has said so
    item = meeting.item(case_id)
    return item.agency_ids if item and meeting.needs_consent else []
