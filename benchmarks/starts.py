"""From the start of the process to its being ready, over a bare interpreter with the libraries."""

import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.figures import Figure, at_most
from benchmarks.places import Places
from benchmarks.slack_process import ReadyProduct

AIM = 2.0  # seconds
RUNS = 5
LIBRARIES = "import alembic, apscheduler, cryptography, flask, flask_wtf, holidays, jinja2, slack_bolt, sqlalchemy, waitress"  # noqa: E501 - one line of a program


def measure(places: Places, runs: int = RUNS) -> list[Figure]:
    bound = median(_libraries() for _ in range(runs))
    return [one for name in places.names for one in _on(places, name, runs, bound)]


def _libraries() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    return time.perf_counter() - began


def _on(places: Places, name: str, runs: int, bound: float) -> Iterator[Figure]:
    with places.town(name) as place:
        place.as_town()
        place.hall.database.close()
        product = ReadyProduct(place.folder / "run")
        product.more = {
            "MODE": "town",
            "LOG_LEVEL": "WARNING",
            "PUBLIC_URL": "https://tsunagu.example.jp",
            "DATABASE_URL": place.url,
            "KEYS_FILE": str(place.keys_file),
        }
        times = []
        for _ in range(runs):
            try:
                began = time.perf_counter()
                product.start()
                times.append(time.perf_counter() - began)
            finally:
                product.kill()
        yield at_most(AIM, Figure("start to ready, median", name, median(times), "s", bound))
        yield at_most(AIM, Figure("start to ready, slowest", name, max(times), "s", bound))
