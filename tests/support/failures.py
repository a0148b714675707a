"""What a program logs as its own failure."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def failures_into(broken: list[str]) -> Iterator[None]:
    """Collect what is logged as an error meanwhile."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                broken.append(record.getMessage())

    ear = Ear()
    logging.getLogger().addHandler(ear)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(ear)
