"""What the guard found in a text when it held it against every open case: worked out once.

A notice about no case goes to thirty people with the same place in it, and each look would open
every open case. Remembered is where the hits stand and of what kind they are, under a keyed
digest of the text, of what may be said and of the open cases as they are stored: no text and no
name. The key is made anew by each process; any change of a case makes all of it worthless.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final

from workflows.guard_known import Known, all_known, known_of
from workflows.guard_scan import Allowed, Hit, scan
from workflows.unreadable import readable
from workflows.work import Work

Finder = Callable[[str], tuple[Hit, ...]]
REMEMBERED: Final = 1_024  # texts

_KEY: Final = secrets.token_bytes(32)
_LOCK: Final = Lock()
_found: Final[OrderedDict[bytes, tuple[Hit, ...]]] = OrderedDict()


def against_all(allowed: Allowed, work: Work) -> Finder:
    """A look that holds texts against every open case that can be read. One that cannot must not
    keep everybody else's notices back; what is about that one itself is held (see guard.py)."""
    state = work.uow.cases.state_of_open()
    said = repr([sorted(one) for one in (allowed.names, allowed.people, allowed.days)])
    town = work.uow.directory.town().name
    known: list[Known] = []  # opened when the first text asks for it

    def find(text: str) -> tuple[Hit, ...]:
        key = _digest(state, said, town, text)
        with _LOCK:
            hits = _found.get(key)
        if hits is None:
            if not known:
                known.append(_of_all_open(work))
            hits = scan(text, known[0], allowed)
            with _LOCK:
                _found[key] = hits
                if len(_found) > REMEMBERED:
                    _found.popitem(last=False)
        return hits

    return find


def _digest(*parts: str) -> bytes:
    return hmac.digest(_KEY, repr(parts).encode("utf-8", "surrogatepass"), "sha256")


def _of_all_open(work: Work) -> Known:
    town = work.uow.directory.town()
    cases = readable((row.id for row in work.uow.cases.rows()), work.uow.cases)
    return all_known(known_of(case, town) for case in cases)
