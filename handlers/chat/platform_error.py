"""A chat platform that does not do what it was asked, told apart by what may be done about it."""

from datetime import timedelta
from enum import StrEnum


class ErrorKind(StrEnum):
    """What may be done about a refusal."""

    LATER = "later"  # surely nothing was done: the same may be asked again
    MAYBE = "maybe"  # it may have been done
    NEVER = "never"  # this will not be done, however often it is asked
    CLOSED = "closed"  # nothing will be done for us until somebody mends it


class PlatformError(Exception):
    """`code` is the platform's word for it, never what was sent; `after` how long to wait, if it
    says; `needed` what it says is missing. Not `tried`: it was not even asked, because it is known
    to be of no use."""

    def __init__(
        self,
        kind: ErrorKind,
        code: str,
        after: timedelta | None = None,
        needed: str = "",
        *,
        tried: bool = True,
    ) -> None:
        super().__init__(f"{kind}: {code}")
        self.kind, self.code, self.after, self.needed = kind, code, after, needed
        self.tried = tried
