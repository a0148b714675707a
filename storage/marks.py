"""What a database knows of its keys: values by which a lost or a wrong one shows at the start.

`about` holds the row `seal`, sealed when the database was made, carried up, and anew at each
rotation, and which says the version at which the database stood; a row `seal.<key id>` for each key
that ever sealed here, until it is forgotten; and `index`, a digest by the key that finds things
again. None of them tells anything but whether the keys are these.
"""

from sqlalchemy import Connection, func, select, text

from storage.tables import about, upsert
from storage.tagged_tables import TAGGED
from storage.vault import KEY_ID, KeysMissing, Vault

WORD = "つなぐ"
SEAL, SEAL_PLACE = "seal", "about.seal"
INDEX = "index"
# One row of these is enough: a migration gives a tag to each that it finds.
_WRITTEN_BY_A_TOWN = frozenset({*TAGGED, "events", "trail", "checkpoints"})
ONE_AT_A_TIME = 20_107  # a number of ours among PostgreSQL's advisory locks


class KeyLost(KeysMissing):
    """A key that values of this database may still need is not among the keys."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


class WasSetBack(Exception):
    """The version of a database was set back by hand. A migration would now sign what stands there,
    also what somebody without keys wrote."""


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
    if INDEX in said and said[INDEX] != vault.index(INDEX, WORD):
        raise KeysMissing(INDEX)


def check_version(connection: Connection, vault: Vault, current: str) -> None:
    """Raises WasSetBack when the database stood at a later version than it says now."""
    said = _said(connection)
    if SEAL in said:
        if _version_in(vault.open(said[SEAL], SEAL_PLACE)) > current:
            raise WasSetBack
        return
    names = set(connection.dialect.get_table_names(connection))
    for name in _WRITTEN_BY_A_TOWN & names:  # nobody set up a town without that mark
        if connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first():  # noqa: S608
            raise WasSetBack


def mark_version(connection: Connection, vault: Vault, current: str) -> bool:
    """Say in `seal` at which version the database stands. Whether there was none: it is new."""
    word = f"{WORD} {current}"
    seal = _said(connection).get(SEAL)
    if seal is None or vault.open(seal, SEAL_PLACE) != word:
        sealed = vault.seal(word, SEAL_PLACE)
        statement = upsert(connection, about).values(name=SEAL, value=sealed)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["name"], set_={"value": sealed})
        )
    return seal is None


def _version_in(word: str) -> str:
    """The version in a mark; "" in one of before version 0012, which said none."""
    return word.removeprefix(WORD).strip()


def marked(connection: Connection) -> list[str]:
    """The ids of the keys that have sealed here and are not forgotten."""
    ids = [name.removeprefix(f"{SEAL}.") for name in _said(connection)]
    return [key_id for key_id in ids if KEY_ID.fullmatch(key_id)]


def mark_keys(connection: Connection, vault: Vault, key_id: str = "") -> None:
    """Leave a mark of the index key and of this sealing key, or the current one, if there is none.

    Before the key seals anything else: then no value can need a key that has no mark.
    """
    key_id = key_id or vault.current
    sealed = vault.seal(WORD, f"about.{mark_of(key_id)}", under=key_id)
    for name, value in ((INDEX, vault.index(INDEX, WORD)), (mark_of(key_id), sealed)):
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
