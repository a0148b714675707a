"""From a signed interaction to its 200: kept in the database first, over a Bolt app that keeps
nothing, behind the same server."""

from collections.abc import Callable, Iterator

from benchmarks.bare_bolt import bare_bolt
from benchmarks.cpu import cpu_of, until_quiet
from benchmarks.figures import MS, Figure, at_most, p50, p99
from benchmarks.places import Places
from benchmarks.sender import Request, Signer, send
from benchmarks.slack_process import SlackProcess, slack_process
from bot import threads_for
from handlers.settings import load_settings
from tests.support.product import ROOT

AIM = 1.5  # times the bound
SLACK_WAITS = 3_000.0  # ms
ONE_BY_ONE, AT_ONCE, TEN_TIMES = 1, 50, 500
REQUESTS = {ONE_BY_ONE: 100, AT_ONCE: 300, TEN_TIMES: 500}
Make = Callable[[int], list[Request]]


def measure(places: Places, share: float = 1.0) -> list[Figure]:
    return [one for name in places.names for one in _on(places, name, share)]


def _on(places: Places, name: str, share: float) -> Iterator[Figure]:
    with (
        slack_process(places, name) as bot,
        bare_bolt(bot.slack.signing_secret, _threads(bot)) as (bare, bare_pid),
    ):
        kinds = {"press": _presses(bot), "/tsunagu": _commands(bot)}
        for make in kinds.values():  # what is loaded at the first one
            for url in (bot.url, bare):
                send(url, make(4), 2)
        for at_once, most in REQUESTS.items():
            number = max(at_once, int(most * share))
            for kind, make in kinds.items():
                until_quiet(bot.product.pid)  # what follows from the presses before is done
                what = f"{kind} to 200, {at_once} at once"
                limit, bound = _sent(bare, bare_pid, make(number), at_once)
                times, took = _sent(bot.url, bot.product.pid, make(number), at_once)
                yield from _figures(what, name, times, limit)
                if at_once == AT_ONCE:
                    yield Figure(f"{kind}, processor until the last 200", name, took, MS, bound)


def _sent(url: str, pid: int, requests: list[Request], at_once: int) -> tuple[list[float], float]:
    """Seconds until each had its 200, and the milliseconds of a processor that one of them took."""
    times: list[float] = []
    took = cpu_of(pid, lambda: times.extend(send(url, requests, at_once)))
    return times, took / len(requests) * 1000


def _figures(what: str, name: str, times: list[float], limit: list[float]) -> Iterator[Figure]:
    if len(times) >= TEN_TIMES:
        yield at_most(SLACK_WAITS, Figure(f"{what}, slowest", name, max(times) * 1000, MS))
        return
    for said, of in (("p50", p50), ("p99", p99)):
        figure = Figure(f"{what}, {said}", name, of(times) * 1000, MS, of(limit) * 1000)
        yield at_most(AIM, figure, times=True)


def _presses(bot: SlackProcess) -> Make:
    counted = iter(range(1_000_000))

    def make(number: int) -> list[Request]:
        signer = Signer(bot.slack.signing_secret)
        for _ in range(number):
            signer.interaction(bot.press(next(counted)))
        return signer.signed

    return make


def _commands(bot: SlackProcess) -> Make:
    def make(number: int) -> list[Request]:
        signer = Signer(bot.slack.signing_secret)
        for _ in range(number):
            signer.command(bot.command())
        return signer.signed

    return make


def _threads(bot: SlackProcess) -> int:
    """As many as the product's server has."""
    return threads_for(load_settings(ROOT, bot.product.environment()))
