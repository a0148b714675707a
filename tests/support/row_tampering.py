"""What somebody can do who writes into the database by SQL and has no keys.

Each attack takes a connection and does one thing with statements alone. The tests and `make attack`
run the same ones.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, text

from storage.tables import instant_text


def put_in_a_session(connection: Connection, member_id: str, token: str, now: datetime) -> None:
    """A session for a token of one's own, known by its SHA-256 as anybody can make it."""
    connection.execute(
        text(
            "INSERT INTO sign_ins (digest, kind, member_id, browser, method, created_at, seen_at,"
            " expires_at) VALUES (:digest, 'session', :member, NULL, 'link', :now, :now, :later)"
        ),
        {
            "digest": sha256(token.encode()).hexdigest(),
            "member": member_id,
            "now": instant_text(now),
            "later": instant_text(now + timedelta(days=30)),
        },
    )
