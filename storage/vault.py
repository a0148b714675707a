"""The vault: every text that may hold personal data is sealed before it reaches the database.

AES-256-GCM; the associated data binds a value to its table, column and row, so that it cannot be
moved elsewhere unnoticed. A sealed value reads `<key id>.<base64 of nonce and ciphertext>`.
Keys lie in a file outside the database, or in a setting. Several can open; one seals: the newest
that is in use. A key may be held before it is used, so that every server has it in time. A server
that meets a value under a newer key than its own seals with that one from then on.
"""

import hmac
import json
import logging
import os
import re
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from workflows.core.ports import Unreadable

log = logging.getLogger(__name__)

KEY_ID = re.compile(r"k[0-9]{1,9}")
NONCE = 12
KEY = 32


class KeysMissing(Unreadable):
    """The keys of this database are not there, or are not these."""


class KeyUnknown(Exception):
    """A value was sealed with a key of this database that this process was not given: nothing is
    damaged, it waits for the key. No fault of a document: nobody goes on without it."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id


@dataclass(frozen=True)
class Keys:
    """`seal` maps key id to 32 bytes; `current` seals anew; `index` and `web` are 32 bytes.

    `place` is the file they were read from; None when they came by a setting.
    """

    current: str
    seal: dict[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    web: bytes = field(repr=False)
    place: Path | None = field(default=None, compare=False)

    @property
    def newest(self) -> str:
        return max(self.seal, key=age_of)

    def with_one_more(self, beyond: str = "") -> "Keys":
        """The same with a fresh sealing key; which one seals does not change.

        `beyond` is an id that was used somewhere: the new one is newer than that, too.
        """
        number = max(age_of(self.newest), age_of(beyond or self.newest)) + 1
        return replace(self, seal={**self.seal, f"k{number}": secrets.token_bytes(KEY)})

    def without(self, key_id: str, current: str) -> "Keys":
        """The same without one key, `current` sealing."""
        kept = {k: v for k, v in self.seal.items() if k != key_id}
        return replace(self, seal=kept, current=current)


def age_of(key_id: str) -> int:
    """What tells the newer of two key ids: its number."""
    return int(key_id[1:])


def fresh_keys() -> Keys:
    fresh = secrets.token_bytes
    return Keys("k1", {"k1": fresh(KEY)}, fresh(KEY), fresh(KEY))


def keys_text(keys: Keys, indent: int | None = None) -> str:
    """The keys as JSON. Secret: for a keys file or the setting KEYS, and nowhere else."""
    data = {
        "current": keys.current,
        "seal": {k: v.hex() for k, v in keys.seal.items()},
        "index": keys.index.hex(),
        "web": keys.web.hex(),
    }
    return json.dumps(data, indent=indent)


def parse_keys(text: str) -> Keys:
    """The keys in a JSON text. Raises KeysMissing, which never quotes it, when they are none."""
    try:
        data = json.loads(text)
        keys = Keys(
            data["current"],
            {k: bytes.fromhex(v) for k, v in data["seal"].items()},
            bytes.fromhex(data["index"]),
            bytes.fromhex(data["web"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeysMissing("not keys") from None
    secret = [*keys.seal.values(), keys.index, keys.web]
    named = all(KEY_ID.fullmatch(k) for k in keys.seal) and keys.current in keys.seal
    if not named or any(len(s) != KEY for s in secret):
        raise KeysMissing("not keys")
    return keys


def make_keys(path: Path) -> Keys:
    """Write a new keys file, readable by its owner alone. Never over one that exists."""
    keys = replace(fresh_keys(), place=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, keys_text(keys, indent=1))
    return keys


def read_keys(path: Path) -> Keys:
    """The keys in the file. Raises KeysMissing when it is absent or not a keys file."""
    try:
        return replace(parse_keys(path.read_text("utf-8")), place=path)
    except (OSError, UnicodeDecodeError, KeysMissing):
        raise KeysMissing(str(path)) from None


def replace_keys(keys: Keys) -> None:
    """Put these keys into their file, whole or not at all; on disk when this returns.

    They are needed before anything is sealed with them. The file keeps its owner: the operator
    may be another user than the one the bot runs as.
    """
    if keys.place is None:
        raise ValueError("these keys have no file")
    path = keys.place.resolve()  # a link goes on being one
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)  # of one that was killed
    _write(beside, keys_text(keys, indent=1))
    if os.name == "posix" and (owner := path.stat()).st_uid != os.geteuid():
        os.chown(beside, owner.st_uid, owner.st_gid)
    beside.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _derived(secret: bytes, purpose: bytes) -> bytes:
    """32 bytes for one purpose alone, out of a secret that serves others too (RFC 5869)."""
    return HKDF(SHA256(), KEY, salt=None, info=b"tsunagu " + purpose).derive(secret)


class Vault:
    """Seals and opens with the keys in force; one for each database, shared by its threads."""

    def __init__(self, keys: Keys) -> None:
        self._changing = threading.Lock()
        self._ring = keys, _ciphers(keys)
        self._current = keys.current
        self._stamp: tuple[int, ...] | None = None
        self._asked = threading.local()
        self._chain_key = _derived(keys.index, b"audit trail chain")
        self._sign_in_key = _derived(keys.index, b"sign-in tokens 1")
        self._head_key = _derived(keys.index, b"audit trail head")
        self._row_key = _derived(keys.index, b"row tags 1")
        self._sum_key = _derived(keys.index, b"row sums 1")
        self._signing_key = Ed25519PrivateKey.from_private_bytes(
            _derived(keys.index, b"audit trail checkpoints")
        )

    @property
    def keys(self) -> Keys:
        return self._ring[0]

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current

    def use(self, key_id: str) -> None:
        """Seal with this key from now on, unless a newer one seals already."""
        with self._changing:
            if age_of(key_id) > age_of(self._current):
                self._current = key_id

    def seal_with_older_key(self, key_id: str, meanwhile: str) -> None:
        """Seal with the key `meanwhile` as long as `key_id` is not held by everybody."""
        with self._changing:
            if self._current == key_id:
                self._current = meanwhile

    def keep_up(self, *, surely: bool = False) -> None:
        """Take on the keys file when it has changed; a mere look at the file when it has not.

        What is not a keys file of this database, or lacks the key that seals, is not taken on:
        the bot goes on with what it has, and the next start says what is wrong.
        """
        place = self.keys.place
        if place is None:
            return
        try:
            seen = place.stat()
        except OSError:
            stamp: tuple[int, ...] = ()
        else:
            stamp = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
        if stamp == self._stamp and not surely:
            return
        with self._changing:
            if not self._take(place) and stamp != self._stamp:
                log.error("keys_file_not_taken place=%s", place)
            self._stamp = stamp

    def _take(self, place: Path) -> bool:
        try:
            new = read_keys(place)
        except KeysMissing:
            return False
        held = self.keys
        shared = new.seal.keys() & held.seal.keys()
        same = new.index == held.index and all(new.seal[k] == held.seal[k] for k in shared)
        if not same or self._current not in new.seal:
            return False
        self._ring = new, _ciphers(new)
        return True

    @contextmanager
    def asking(self, marked: Callable[[], Collection[str]]) -> Iterator[None]:
        """While it lasts, `marked` tells this thread which keys ever sealed in its database: so
        that a value whose key is not there yet is told from one that nobody sealed."""
        before = getattr(self._asked, "marked", None)
        self._asked.marked = cache(lambda: frozenset(marked()))  # asked for garbage alone
        try:
            yield
        finally:
            self._asked.marked = before

    def seal(self, text: str, place: str, *, under: str = "") -> str:
        """Seal `text` for `place`, e.g. `cases.content:<id>`; `under` another key than usual."""
        key_id = under or self._current
        nonce = os.urandom(NONCE)
        sealed = self._ring[1][key_id].encrypt(nonce, text.encode(), place.encode())
        return f"{key_id}.{urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: object, place: str) -> str:
        """The text sealed for `place`. Raises KeysMissing when key, place or value is wrong, and
        KeyUnknown when the key is one of the database's that is not held here."""
        key_id, _, body = sealed.partition(".") if isinstance(sealed, str) else ("", "", "")
        if not KEY_ID.fullmatch(key_id):  # it may be words that nobody sealed: never said
            raise KeysMissing("unsealed")
        if key_id not in self._ring[1]:
            self.keep_up(surely=True)
        cipher = self._ring[1].get(key_id)
        if cipher is None:
            marked = getattr(self._asked, "marked", None)
            if marked is not None and key_id in marked():
                raise KeyUnknown(key_id)
            raise KeysMissing(key_id)
        try:
            raw = urlsafe_b64decode(body)
            text = cipher.decrypt(raw[:NONCE], raw[NONCE:], place.encode()).decode()
        except (InvalidTag, ValueError):
            raise KeysMissing(place) from None
        if key_id != self._current:
            self.use(key_id)
        return text

    @property
    def chain_key(self) -> bytes:
        """The key of the audit trail's chain: it stays when the sealing keys change."""
        return self._chain_key

    @property
    def head_key(self) -> bytes:
        """The key of the MAC over the audit trail's head (storage/head.py)."""
        return self._head_key

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """What signs the checkpoints of the audit trail; its public half proves them elsewhere."""
        return self._signing_key

    def row_tag(self, text: str) -> str:
        """A keyed digest (64 hex digits) of what a row says (storage/row_tags.py)."""
        data = text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._row_key, data, "sha256").hex()

    def row_addend(self, tag: object) -> int:
        """What a row with this tag adds to the sum of its table, below 2**256.

        Not the tag itself, which whoever reads the database knows: out of thousands of old ones
        they could put together some that add up to the right sum.
        """
        data = str(tag).encode("utf-8", "surrogatepass")
        return int.from_bytes(hmac.digest(self._sum_key, data, "sha256"), "big")

    def sign_in_digest(self, kind: str, secret: str) -> str:
        """A keyed digest (64 hex digits) of what lets somebody in; `kind` is token or browser.

        256 random bits need no salt; the key keeps whoever writes into the database from making
        one. It stays when the sealing keys change.
        """
        text = f"{kind}\0{secret}".encode()
        return hmac.new(self._sign_in_key, text, sha256).hexdigest()

    def index(self, kind: str, value: str) -> str:
        """A keyed digest (64 hex digits) by which an equal value is found again."""
        return hmac.new(self.keys.index, f"{kind}\0{value}".encode(), sha256).hexdigest()


def _ciphers(keys: Keys) -> dict[str, AESGCM]:
    return {key_id: AESGCM(key) for key_id, key in keys.seal.items()}
