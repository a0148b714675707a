"""What a command of the command line said, and how it ended."""

from dataclasses import dataclass

ACTS_ON = "対象："


@dataclass(frozen=True)
class Said:
    """`town` is the line that says which town was acted on; it stands on the standard error."""

    status: int
    out: str
    err: str
    town: str = ""


def split_town_line(status: int, out: str, err: str) -> Said:
    lines = err.splitlines(keepends=True)
    town = "".join(line for line in lines if line.startswith(ACTS_ON))
    return Said(status, out, "".join(line for line in lines if not line.startswith(ACTS_ON)), town)
