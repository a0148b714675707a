"""Who works at a row: `<replica>:<worker>`, so that the claims of one that is gone are found."""

from typing import Final
from uuid import uuid4

REPLICA: Final = 12  # characters
WORKER: Final = 16


def new_replica_id() -> str:
    """The name of one more running process on a database."""
    return uuid4().hex[:REPLICA]


def worker_of(replica: str, worker: str) -> str:
    """The name under which a worker of this replica claims, whether or not it says so itself."""
    return f"{replica}:{worker.removeprefix(f'{replica}:')[:WORKER]}" if replica else worker
