"""Fixtures for every test; a missing browser or PostgreSQL is a failure when CI asks for all."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Pages, chromium, driving
from tests.support.postgres import NoPostgres, PostgresServer
from tests.support.server import LocalServer, serving
from tests.support.town import TownHall, TownMould, make_mould


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--screenshots",
        default=os.environ.get("SCREENSHOTS", ""),
        help="a folder for the pictures that stories take (or SCREENSHOTS in the environment)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser or PostgreSQL by the fixtures that it asks for."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "browser" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "postgres" in fixtures:
            item.add_marker(pytest.mark.postgres)


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
