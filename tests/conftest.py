"""Fixtures for every test; a missing browser, PostgreSQL or npm fails when CI asks for all."""

import gc
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, event

from tests.attack.figures import pytest_runtest_call, pytest_terminal_summary  # noqa: F401
from tests.lineworks import picture as lineworks_pictures
from tests.lineworks.person import Person
from tests.lineworks.product import LineworksTown, LineworksTownWith, lineworks_product
from tests.mattermost.product import (
    MattermostTown,
    MattermostTownWith,
    mattermost_product,
)
from tests.slack.picture import take
from tests.slack.product import SlackTown, SlackTownWith, slack_product
from tests.slack.typed import NoTypes, look_for_types
from tests.support.browser import Pages, chromium, driving
from tests.support.compiled import share_compiled_addresses, share_compiled_queries
from tests.support.postgres import NoPostgres, PostgresServer, which_postgres
from tests.support.scans import scans_watched
from tests.support.server import LocalServer, serving
from tests.support.town import TownHall, TownMould, make_mould

GARBAGE = 20_000  # objects more than before, until garbage is looked for


# Ten thousand tests and their modules are made once and stay until the end: looking through all of
# them for garbage again and again took half of the time until the first test.
gc.disable()
share_compiled_addresses()
share_compiled_queries()


@event.listens_for(Engine, "connect")
def _does_not_wait_for_the_disk(connection: Any, _: object) -> None:
    """As PostgreSQL here. What survives a crash is shown by processes of their own that die."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
    gc.set_threshold(GARBAGE, 20, 20)


def pytest_report_header() -> str:
    return which_postgres()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        default=os.environ.get("SCREENSHOTS", ""),
        help="a folder for the pictures that stories take (or SCREENSHOTS in the environment)",
    )


@pytest.fixture
def no_scan_in_transaction() -> Iterator[None]:
    """The test fails where a text was scanned while a transaction was open."""
    with scans_watched():
        yield


# They start processes or browsers.
SLOW: Final = frozenset({"test_restart.py", "test_shutdown.py", "test_chaos.py", "test_install.py"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, PostgreSQL or npm by the fixtures that it asks for; what takes
    long comes first, so that no core waits at the end for one that began late."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "postgres" in fixtures:
            item.add_marker(pytest.mark.postgres)
        if "slack_types" in fixtures:
            item.add_marker(pytest.mark.npm)
    items.sort(key=lambda item: not (item.path.name in SLOW or "stories" in item.path.parts))


def missing(why: str) -> NoReturn:
    """Skip, or fail where everything must run."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{why}, and REQUIRE_ALL=1 asks for it")
    pytest.skip(why)


# -- a town to work in ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory) -> TownMould:
    """The fictional town made once; every test works in a copy."""
    return make_mould(tmp_path_factory.mktemp("mould"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own."""
    try:
        server = PostgresServer()
    except NoPostgres as why:
        missing(str(why))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_mould(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PostgresServer, TownMould]:
    """The fictional town made once in PostgreSQL, as a template for others."""
    url = postgres.new_database()
    return postgres, make_mould(tmp_path_factory.mktemp("mould"), url)


@pytest.fixture
def hall(tmp_path: Path, mould: TownMould) -> Iterator[TownHall]:
    """The fictional town on SQLite, Friday 20 November 2026, 10:00."""
    opened = mould.copy(tmp_path)
    yield opened
    opened.database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_hall(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TownHall]:
    """The same town on each database that the product runs on."""
    if request.param == "sqlite":
        found: TownMould = request.getfixturevalue("mould")
        opened = found.copy(tmp_path)
    else:
        server, found = request.getfixturevalue("postgres_mould")
        opened = found.copy(tmp_path, server.new_database(found.name))
    yield opened
    opened.database.close()


@pytest.fixture
def postgres_hall(
    postgres_mould: tuple[PostgresServer, TownMould], tmp_path: Path
) -> Iterator[TownHall]:
    """The town on PostgreSQL alone."""
    server, found = postgres_mould
    opened = found.copy(tmp_path, server.new_database(found.name))
    yield opened
    opened.database.close()


# -- a town with Slack ---------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too, an answer is ready before a page that says to wait is shown: what
    that page does is the business of tests of its own, which are impatient."""
    monkeypatch.setattr("handlers.slack.requests.runner.IN_TIME", 20)


@pytest.fixture
def slack_town(hall: TownHall) -> Iterator[SlackTown]:
    """The fictional town with a stand-in for Slack, in which every member is linked."""
    with slack_product(hall) as town:
        yield town


@pytest.fixture
def slack_town_with(hall: TownHall) -> Iterator[SlackTownWith]:
    """`slack_town_with(linked=False, SLACK_WORKERS="4")`: the same with other settings."""
    with ExitStack() as stack:

        def made(**more: Any) -> SlackTown:
            return stack.enter_context(slack_product(hall, **more))

        yield made


@pytest.fixture
def lineworks_town(hall: TownHall) -> Iterator[LineworksTown]:
    """The fictional town with a stand-in for LINE WORKS, in which every member is linked."""
    with lineworks_product(hall) as town:
        yield town


@pytest.fixture
def lineworks_town_with(hall: TownHall) -> Iterator[LineworksTownWith]:
    """`lineworks_town_with(linked=False, LINEWORKS_CALENDAR="yes")`: with other settings."""
    with ExitStack() as stack:

        def made(**more: Any) -> LineworksTown:
            return stack.enter_context(lineworks_product(hall, **more))

        yield made


@pytest.fixture
def mattermost_town(hall: TownHall) -> Iterator[MattermostTown]:
    """The fictional town with a stand-in for Mattermost, in which every member is linked."""
    with mattermost_product(hall) as town:
        yield town


@pytest.fixture
def mattermost_town_with(hall: TownHall) -> Iterator[MattermostTownWith]:
    """`mattermost_town_with(linked=False)`: the same with other settings."""
    with ExitStack() as stack:

        def made(**more: Any) -> MattermostTown:
            return stack.enter_context(mattermost_product(hall, **more))

        yield made


@pytest.fixture(scope="session")
def slack_types() -> None:
    """What Slack publishes of its payloads as TypeScript types, ready to be read."""
    try:
        look_for_types()
    except NoTypes as why:
        missing(str(why))


@pytest.fixture
def slack_picture(request: pytest.FixtureRequest) -> Callable[[dict[str, Any], str], None]:
    """`slack_picture(message, "slack-name")` keeps how it looks, when somebody asked for pictures;
    the same for a modal or a Home tab."""
    folder = request.config.getoption("--screenshots")
    if not folder:
        return lambda shown, name: None
    window: Browser = request.getfixturevalue("browser")
    return lambda shown, name: take(window, shown, Path(folder) / f"{name}.png")


@pytest.fixture
def lineworks_picture(request: pytest.FixtureRequest) -> Callable[[Person, str, int], None]:
    """`lineworks_picture(person, "lineworks-name", 3)` keeps how their newest messages look."""
    folder = request.config.getoption("--screenshots")
    if not folder:
        return lambda person, name, newest: None
    window: Browser = request.getfixturevalue("browser")
    return lambda person, name, newest: lineworks_pictures.take(
        window,
        person.messages()[-newest:],
        person.menu_labels(),
        person.id,
        Path(folder) / f"{name}.png",
    )


# -- the product served, and a browser to look at it ----------------------------------------------


@pytest.fixture
def local_server(tmp_path: Path) -> Iterator[LocalServer]:
    """The whole product in local mode on a free port, as bot.py wires it."""
    with serving(tmp_path / "data") as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the system."""
    executable = chromium()
    if executable is None:
        missing("Chromium is not installed")
    with driving(executable) as found:
        yield found


@pytest.fixture
def page_at(
    browser: Browser, local_server: LocalServer, request: pytest.FixtureRequest
) -> Iterator[Pages]:
    """`page_at(360)` opens a window of that width on the served product.

    `page_at.as_person("M21", 360)` is somebody already; `page_at.picture(page, "name")` keeps a
    picture when asked for. An error in the browser's console fails the test.
    """
    folder = request.config.getoption("--screenshots")
    pages = Pages(browser, local_server.url, Path(folder) if folder else None)
    yield pages
    pages.close()
    assert not pages.said, f"the browser's console showed: {pages.said}"
