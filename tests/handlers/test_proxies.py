"""Who really asks, over real connections: what listed proxies say counts, and nothing else does."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask

import bot
from handlers.runtime.proxy_trouble import ProxyTrouble, parse_troubles, troubles_text
from handlers.settings import load_settings
from handlers.web.server.proxies import TrustedProxies
from tests.support.people import ADMINISTRATOR
from tests.support.product import free_port
from tests.support.server import running
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat, web_app

NAME = "tsunagu.example.jp"
HERE = "127.0.0.1"  # from where this test asks: the proxy before the bot
Headers = list[tuple[str, str]]


def say_who(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What an application would take for the asker, the scheme, and what is left of the rest."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    left = [n for n in environ if "FORWARDED" in n]
    said = (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ.get("HTTP_HOST"), *left)
    yield " ".join(map(str, said)).encode()


@contextmanager
def served(
    networks: str, public_url: str = TOWN
) -> Iterator[tuple[Callable[..., str], TrustedProxies]]:
    """The bot's own server around it: ask with headers as they are sent, one after the other."""
    kept: list[tuple[ProxyTrouble, ...]] = []
    listed = [ip_network(n) for n in networks.split()]
    app = TrustedProxies(say_who, listed, public_url, kept.append)
    port = free_port()
    settings = load_settings(Path("/nowhere"), {"PORT": str(port)})

    def ask(headers: Headers, host: str = NAME) -> str:
        connection = HTTPConnection(HERE, port, timeout=30)
        connection.putrequest("GET", "/", skip_host=True)
        for name, value in [("Host", host), *headers]:
            connection.putheader(name, value)
        connection.endheaders()
        said = connection.getresponse().read().decode()
        connection.close()
        return said

    with running(bot.listening(cast(Flask, app), settings)):
        yield ask, app
    assert kept[-1:] == ([app.troubles] if app.troubles else [])


def by(*values: str) -> Headers:
    return [("X-Forwarded-For", value) for value in values]


SAID = [
    (by("198.51.100.7"), "198.51.100.7"),
    (by("203.0.113.9, 198.51.100.7"), "198.51.100.7"),  # the first was the stranger's own word
    (by("203.0.113.9", "198.51.100.7"), "198.51.100.7"),  # in a header of its own
    (by("198.51.100.7, 10.9.0.2"), "198.51.100.7"),  # a second proxy of ours in between
    (by("203.0.113.9, 198.51.100.7, 10.9.0.3, 10.9.0.2"), "198.51.100.7"),
    (by("203.0.113.9, 127.0.0.1, 198.51.100.7"), "198.51.100.7"),  # a proxy's address invented
    (by("198.51.100.7:50123"), "198.51.100.7"),
    (by("[2001:db8::7]:50123"), "2001:db8::7"),
    (by("2001:db8::7"), "2001:db8::7"),
    (by('"[2001:DB8::7]"'), "2001:db8::7"),
    (by("::ffff:198.51.100.7"), "198.51.100.7"),
    (by("fe80::1%eth0"), "fe80::1"),
    (by("203.0.113.9, unknown"), HERE),  # our proxy does not know: nobody else does
    (by("203.0.113.9, _hidden"), HERE),
    (by("203.0.113.9, 999.1.1.1"), HERE),
    (by("198.51.100.7,"), HERE),
    (by("10.9.0.3, 10.9.0.2"), "10.9.0.3"),  # somebody at a proxy itself
    ([*by("198.51.100.7"), ("Forwarded", "for=203.0.113.9;proto=http;host=x")], "198.51.100.7"),
    ([*by("198.51.100.7"), ("X-Real-IP", "203.0.113.9")], "198.51.100.7"),
    ([*by("198.51.100.7"), ("X_Forwarded_For", "203.0.113.9")], "198.51.100.7"),
    (
        [
            *by("198.51.100.7"),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Port", "1"),
            ("X-Forwarded-Prefix", "/x"),
            ("X-Forwarded", "for=203.0.113.9"),
        ],
        "198.51.100.7",
    ),
]


def test_of_what_listed_proxies_say_the_last_address_that_is_none_of_ours_counts() -> None:
    """Whatever strangers wrote before it, in whichever form; scheme and name stay the town's, and
    no other header of a proxy reaches the pages."""
    with served(f"{HERE}/32 10.9.0.0/24") as (ask, app):
        for headers, address in SAID:
            assert ask(headers) == f"{address} https {NAME}", headers
    assert app.troubles == ()


def test_who_is_no_proxy_of_ours_is_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    """Asking directly or by a proxy that is not listed: they are who they are, and it is noted; the
    log does not say from where."""
    with served("10.9.0.0/24") as (ask, app), caplog.at_level(logging.WARNING):
        for headers in (by("198.51.100.7"), by("10.9.0.2"), [("X-Forwarded-Proto", "https")]):
            assert ask(headers) == f"{HERE} https {NAME}"
    assert app.troubles == (ProxyTrouble("unlisted", HERE),)
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("handlers")]
    assert ours == ["proxy_trouble code=unlisted"]


def test_a_proxy_that_writes_no_address_is_found_out_by_the_first_page() -> None:
    """nginx with a line for Host alone hands on what strangers write: 260 invented addresses. The
    first browser, which writes none, shows it; from then on none of them counts."""
    with served(f"{HERE}/32") as (ask, app):
        ask([])
        said = {ask(by(f"203.0.{n}.1")) for n in range(260)}
    assert said == {f"{HERE} https {NAME}"}
    assert app.troubles == (ProxyTrouble("no_address", HERE),)


def test_a_proxy_that_hides_the_name_is_not_believed() -> None:
    """nginx's own default: the bot's address as Host, and the stranger's header as it came."""
    with served(f"{HERE}/32") as (ask, app):
        said = {ask(by(f"203.0.{n}.1"), f"{HERE}:8710") for n in range(260)}
        assert said == {f"{HERE} http {HERE}:8710"}
        assert app.troubles == (ProxyTrouble("other_host", HERE),)


def test_who_asks_at_the_machine_itself_shows_nothing_about_the_proxy() -> None:
    """A look at 127.0.0.1 without any header is nobody's fault, and spoils no belief."""
    with served(f"{HERE}/32") as (ask, app):
        assert ask([], f"{HERE}:8710") == f"{HERE} http {HERE}:8710"
        assert ask(by("198.51.100.7")).startswith("198.51.100.7 ")
    assert app.troubles == ()


def test_without_https_nothing_is_expected_before_us() -> None:
    """A town tried out on one machine: no proxy, and no trouble; what is said is not believed."""
    with served("", "http://localhost:8710") as (ask, app):
        assert ask([], "localhost:8710") == f"{HERE} http localhost:8710"
        assert app.troubles == ()
        assert ask(by("198.51.100.7"), "localhost:8710").startswith(f"{HERE} ")


def test_proxy_troubles_read_back_as_stored() -> None:
    """And what an other version kept is left out."""
    met = (ProxyTrouble("unlisted", "2001:db8::7"), ProxyTrouble("no_address", HERE))
    assert parse_troubles(troubles_text(met) + "\nnew_code 10.0.0.1") == met
    assert parse_troubles(None) == parse_troubles(troubles_text(())) == ()


def test_the_administrator_reads_what_the_proxy_lacks(hall: TownHall) -> None:
    """On 管理, with what to do; a town whose proxies fit reads nothing of it."""
    app = web_app(hall, town=True, TRUSTED_PROXIES="192.0.2.1")
    seat = TownSeat(app)
    seat.client.environ_base["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
    seat.sign_in(hall, ADMINISTRATOR)
    assert "X-Forwarded-For" not in seat.text("/admin")
    del seat.client.environ_base["HTTP_X_FORWARDED_FOR"]
    assert "192.0.2.1 のプロキシが X-Forwarded-For を書いていません" in seat.text("/admin")
