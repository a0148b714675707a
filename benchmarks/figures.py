"""What a benchmark found, beside its bound of the same run; and the table of all of it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from rich.console import Console
from rich.table import Table

MS, A_SECOND = "ms", "/s"


@dataclass(frozen=True)
class Figure:
    """One line. `bound` is what the same machine did at best just then, in the same unit; None
    where the aim is a number by itself. `aim` in words, `met` None where nothing is aimed at."""

    what: str
    on: str
    measured: float
    unit: str
    bound: float | None = None
    aim: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.measured / self.bound if self.bound else None


def at_most(aim: float, figure: Figure, *, times: bool = False) -> Figure:
    """The figure held against an upper limit: of itself, or of its ratio to the bound."""
    value = figure.ratio if times else figure.measured
    said = f"≤ {aim:g}×" if times else f"≤ {aim:g} {figure.unit}"
    return _held(figure, said, met=value is not None and value <= aim)


def at_least(aim: float, figure: Figure) -> Figure:
    """The figure held against a lower limit of its ratio to the bound."""
    ratio = figure.ratio
    return _held(figure, f"≥ {aim:g}×", met=ratio is not None and ratio >= aim)


def _held(figure: Figure, said: str, *, met: bool) -> Figure:
    return Figure(figure.what, figure.on, figure.measured, figure.unit, figure.bound, said, met=met)


def percentile(times: Sequence[float], share: float) -> float:
    """The smallest of these that at least this share of them does not exceed."""
    return sorted(times)[max(0, ceil(len(times) * share) - 1)]


def p50(times: Sequence[float]) -> float:
    return median(times)


def p99(times: Sequence[float]) -> float:
    return percentile(times, 0.99)


def show(title: str, figures: Sequence[Figure], say: Callable[[Table], None] | None = None) -> None:
    """Print the table; `say` is for who wants it elsewhere than on the terminal."""
    table = Table(title=title, title_justify="left")
    for head in ("what", "on", "measured", "bound", "ratio", "aim", "met"):
        table.add_column(
            head, justify="right" if head in ("measured", "bound", "ratio") else "left"
        )
    for one in figures:
        table.add_row(
            one.what,
            one.on,
            f"{_number(one.measured)} {one.unit}",
            "" if one.bound is None else f"{_number(one.bound)} {one.unit}",
            "" if one.ratio is None else f"{one.ratio:.2f}",
            one.aim,
            {True: "yes", False: "NO", None: ""}[one.met],
        )
    (say or Console(file=sys.stdout, width=140).print)(table)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
