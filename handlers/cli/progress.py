"""How far something that takes long is, where it is written into a file."""

from collections.abc import Callable

from handlers.cli.console import Voice

STEPS = 10


def in_lines(voice: Voice, key: str) -> Callable[[int, int], None]:
    """A line by the sentence `key` for every tenth, the first one at once."""
    said = -1

    def told(done: int, total: int) -> None:
        nonlocal said
        tenth = done * STEPS // total if total else 0
        if tenth > said:
            said = tenth
            voice.say(key, done=done, total=total)

    return told
