"""Which PostgreSQL the tests run on: the system's, else the wheel's; and the run says which."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.support import postgres
from tests.support.postgres import SYSTEM, WHEEL, NoPostgres, PostgresServer, binaries


@pytest.mark.postgres
def test_where_the_system_has_none_the_wheel_s_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a step of anybody's: it came with the test dependencies, and runs also for root."""
    monkeypatch.setattr(postgres, "_of_the_system", list)
    found = binaries()
    assert found.whose == WHEEL
    server = PostgresServer()
    try:
        url = server.new_database().replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url, poolclass=NullPool)
        with engine.connect() as connection:
            version = str(connection.execute(text("SHOW server_version")).scalar_one())
        engine.dispose()
    finally:
        server.stop()
    said = postgres.which_postgres()
    assert f"PostgreSQL {version.split(maxsplit=1)[0]}, from the wheel" in said


def test_the_system_s_comes_first_and_what_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for program in ("initdb", "pg_ctl"):
        (tmp_path / program).touch()
    monkeypatch.setattr(postgres, "_of_the_system", lambda: [tmp_path])
    monkeypatch.delenv("POSTGRES_OF", raising=False)
    assert (binaries().folder, binaries().whose) == (tmp_path, SYSTEM)
    monkeypatch.setenv("POSTGRES_OF", "wheel")
    assert binaries().whose == WHEEL
    monkeypatch.setattr(postgres, "_of_the_wheel", list)
    with pytest.raises(NoPostgres):
        binaries()
    assert postgres.which_postgres().startswith("PostgreSQL: none")
