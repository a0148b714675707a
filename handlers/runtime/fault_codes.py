"""A full disk, a missing permission and the like, as one code for the log, 管理 and who waits."""

import errno
from typing import Final

from workflows.core.ports import CannotStore

_ERRNO: Final = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EROFS: "read_only",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EIO: "disk_broken",
}
CODES: Final = (
    *("disk_full", "read_only", "no_permission", "disk_broken", "encoding"),
    *("database_down", "database_busy"),
    *("schema_newer", "schema_older", "key_missing"),
)


def trouble_code(error: BaseException) -> str:
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


def log_name(error: BaseException) -> str:
    """The name of an error in the log: its trouble code, else its class. Never its text, which may
    quote what people wrote."""
    return trouble_code(error) or type(error).__name__
