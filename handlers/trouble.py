"""What keeps the machine from its work, as one code: in the log, on 管理, to who waits."""

import errno
from typing import Final

from workflows.ports import CannotStore

_ERRNO: Final = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EIO: "disk_broken",
}
CODES: Final = ("disk_full", "read_only", "no_permission", "disk_broken", "encoding")


def trouble_of(error: BaseException) -> str:
    """One of CODES, or "" for an error that is the program's own."""
    match error:
        case CannotStore():
            return error.code
        case OSError():
            return _ERRNO.get(error.errno or 0, "")
        case UnicodeEncodeError():
            return "encoding"
        case _:
            return ""


def called(error: BaseException) -> str:
    """What an error is called in the log: its code where there is one, else its class. Never its
    text, which may quote what people wrote."""
    return trouble_of(error) or type(error).__name__
