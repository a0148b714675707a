"""A chat platform that does not do what it was asked, told apart by what may be done about it."""

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Final

UNREACHABLE: Final = "unreachable"  # our own word for a platform that does not answer at all
NO_NETWORK: Final = timedelta(minutes=1)  # until it is tried again
NOT_NOW: Final = timedelta(minutes=5)  # until a way that is closed for all is tried again
BROKEN: Final = 500  # and above: the fault of a server
TOTAL_SECONDS: Final = 15  # seconds that one call takes at most


class ErrorKind(StrEnum):
    """What may be done about a refusal."""

    LATER = "later"  # surely nothing was done: the same may be asked again
    MAYBE = "maybe"  # it may have been done
    NEVER = "never"  # this will not be done, however often it is asked
    CLOSED = "closed"  # nothing will be done for us until somebody mends it


class PlatformError(Exception):
    """`code` is the platform's word for it, never what was sent; `after` how long to wait, if it
    says; `needed` what it says is missing. Not `tried`: it was not even asked, because it is known
    to be of no use. `status` is its HTTP status, 0 when none came or it is told by words alone.

    `no_permission` is its word for one permission that is missing: it closes what needs it alone.
    """

    no_permission: ClassVar[str] = ""

    def __init__(
        self,
        kind: ErrorKind,
        code: str,
        after: timedelta | None = None,
        needed: str = "",
        status: int = 0,
        *,
        tried: bool = True,
    ) -> None:
        super().__init__(f"{kind}: {code}")
        self.kind, self.code, self.after, self.needed = kind, code, after, needed
        self.status, self.tried = status, tried

    @property
    def may_be_outage(self) -> bool:
        """Whether it may be that nobody gets an answer, whatever is asked for."""
        match self.kind:
            case ErrorKind.CLOSED:
                return self.code != self.no_permission
            case ErrorKind.LATER:
                return self.code == UNREACHABLE or self.status >= BROKEN
            case ErrorKind.MAYBE:
                return True
            case ErrorKind.NEVER:
                return False
