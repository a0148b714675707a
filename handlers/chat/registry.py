"""What is done about something, registered under the names by which it is asked for."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Registry(dict[str, T]):
    """A name stands for one thing: a second one under it is a mistake in the program."""

    def under(self, *names: str) -> Callable[[T], T]:
        """A decorator that registers something under these names. Raises ValueError."""

        def register(one: T) -> T:
            for name in names:
                if name in self:
                    raise ValueError(f"{name} is registered twice")
                self[name] = one
            return one

        return register
