"""A city of 3.7 million: how long its pages take, how much memory it needs, and what a day costs.

5,000 members, 1,000 agencies, 300 meetings a month. 100,000 cases are made by BENCH_CASES=100000;
unless asked for, it is a fifth of them, so that all of it takes minutes.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.city import CASES, build
from benchmarks.figures import MS, Figure
from benchmarks.places import Place, Places
from benchmarks.slack_process import ReadyProduct

ROOT = Path(__file__).parent.parent


def measure(places: Places, count: int = CASES) -> list[Figure]:
    return [one for name in places.names for one in _on(places, name, count)]


def _on(places: Places, name: str, count: int) -> Iterator[Figure]:
    with places.town(name) as place:
        began = time.perf_counter()
        build(place, count)
        yield Figure(f"{count:,} cases written", name, time.perf_counter() - began, "s")
        place.as_town()
        place.hall.database.close()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.city_day", place.url, str(place.keys_file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        found = json.loads(done.stdout)
        for what, value in found["ms"].items():
            yield Figure(f"{what}, p50", name, value, MS)
        what = f"{found['kept']:,} promises of {found['open']:,} open"
        for part, value in found["s"].items():
            yield Figure(f"{part}; {what}", name, value, "s")
        yield Figure("memory of the process, ready, at rest", name, _at_rest(place), "MiB")
        for what, value in found["MiB"].items():
            yield Figure(f"memory, {what}", name, value, "MiB")


def _at_rest(place: Place) -> float:
    product = ReadyProduct(place.folder / "run")
    product.more = {
        "MODE": "town",
        "LOG_LEVEL": "WARNING",
        "PUBLIC_URL": "https://tsunagu.example.jp",
        "DATABASE_URL": place.url,
        "KEYS_FILE": str(place.keys_file),
    }
    try:
        product.start()
        return product.memory()
    finally:
        product.kill()
