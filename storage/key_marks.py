"""What a database knows of its keys: values by which a lost or a wrong one shows at the start.

`about` holds the row `seal`, sealed when the database was made, carried up, and anew at each
rotation, and which says the version at which the database stood; a row `seal.<key id>` for each key
that ever sealed here, until it is forgotten; and `index`, a digest by the key that finds things
again. None of them tells anything but whether the keys are these.
"""

from sqlalchemy import Connection, func, select

from storage.tables import about, upsert
from storage.vault import KEY_ID, KeysMissing, Vault

MARK_TEXT = "つなぐ"
SEAL, SEAL_PLACE = "seal", "about.seal"
INDEX_MARK = "index"
ONE_AT_A_TIME = 20_107  # a number of ours among PostgreSQL's advisory locks


class KeyLost(KeysMissing):
    """A key that values of this database may still need is not among the keys."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


class VersionSetBack(Exception):
    """The version of a database was set back by hand, or the mark that says it was taken away. A
    migration would now take for good what stands there, also what somebody without keys wrote."""


def mark_of(key_id: str) -> str:
    """The name of the row in `about` that the key opens."""
    return f"{SEAL}.{key_id}"


def check_keys(connection: Connection, vault: Vault) -> None:
    """Raises KeyLost when a key is not there, KeysMissing when one is another."""
    said = _said(connection)
    for key_id in marked(connection):
        if key_id not in vault.keys.seal:
            raise KeyLost(key_id)
        vault.open(said[mark_of(key_id)], f"about.{mark_of(key_id)}")
    if SEAL in said:
        vault.open(said[SEAL], SEAL_PLACE)
    if INDEX_MARK in said and said[INDEX_MARK] != vault.index(INDEX_MARK, MARK_TEXT):
        raise KeysMissing(INDEX_MARK)


def check_version(connection: Connection, vault: Vault, current: str) -> None:
    """Raises VersionSetBack when the database stood at a later version than it says now, or when it
    does not say at which it stood: each says so from the transaction in which it is made."""
    said = _said(connection)
    if SEAL not in said:
        raise VersionSetBack
    if vault.open(said[SEAL], SEAL_PLACE).removeprefix(MARK_TEXT).strip() > current:
        raise VersionSetBack


def mark_version(connection: Connection, vault: Vault, current: str) -> None:
    """Say in `seal` at which version the database stands."""
    word = f"{MARK_TEXT} {current}"
    seal = _said(connection).get(SEAL)
    if seal is None or vault.open(seal, SEAL_PLACE) != word:
        sealed = vault.seal(word, SEAL_PLACE)
        statement = upsert(connection, about).values(name=SEAL, value=sealed)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": sealed})
        )


def marked(connection: Connection) -> list[str]:
    """The ids of the keys that have sealed here and are not forgotten."""
    ids = [name.removeprefix(f"{SEAL}.") for name in _said(connection)]
    return [key_id for key_id in ids if KEY_ID.fullmatch(key_id)]


def mark_keys(connection: Connection, vault: Vault, key_id: str = "") -> None:
    """Leave a mark of the index key and of this sealing key, or the current one, if there is none.

    Before the key seals anything else: then no value can need a key that has no mark.
    """
    key_id = key_id or vault.current
    sealed = vault.seal(MARK_TEXT, f"about.{mark_of(key_id)}", under=key_id)
    for name, value in (
        (INDEX_MARK, vault.index(INDEX_MARK, MARK_TEXT)),
        (mark_of(key_id), sealed),
    ):
        statement = upsert(connection, about).values(name=name, value=value)
        connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))


def forget_mark(connection: Connection, key_id: str) -> None:
    connection.execute(about.delete().where(about.c.name == mark_of(key_id)))


def one_at_a_time(connection: Connection) -> None:
    """Until the end of this transaction nobody else changes which keys there are."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyhow
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def _said(connection: Connection) -> dict[str, str]:
    if "about" not in connection.dialect.get_table_names(connection):
        return {}
    return {row.name: row.value for row in connection.execute(select(about))}
