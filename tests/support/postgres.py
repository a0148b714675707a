"""A PostgreSQL of the tests' own: started from the system's binaries, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

OWNER = "tsunagu"


class NoPostgres(Exception):
    """There is no PostgreSQL to start here; the text says what is missing."""


def binaries() -> Path:
    """The folder of initdb and pg_ctl. Raises NoPostgres."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    for found in (*installed, *([Path(on_path)] if on_path else [])):
        folder = found.resolve().parent
        if (folder / "pg_ctl").exists():
            return folder
    raise NoPostgres("PostgreSQL's initdb and pg_ctl are not installed")


class PostgresServer:
    """One server on a unix socket in a folder of its own: no port, no password, no fsync."""

    def __init__(self) -> None:
        self._binaries = binaries()
        self._as: list[str] = []
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            runuser = shutil.which("runuser")
            if not runuser:
                raise NoPostgres("the tests run as root, and there is no runuser to leave it")
            self._as = [runuser, "-u", "postgres", "--"]
        # Not pytest's folder: a socket's path must be short, and `postgres` must get there.
        self.folder = Path(tempfile.mkdtemp(prefix="tsunagu-pg-", dir="/tmp"))
        if self._as:
            shutil.chown(self.folder, "postgres", "postgres")
        self._data = self.folder / "data"
        self._run("initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "-N")
        options = (
            f"-k {self.folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off"
            " -c full_page_writes=off -c max_connections=60"
        )
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-l", log, "-o", options, "-w", "start")
        self._count = 0

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as, str(self._binaries / program), *map(str, arguments)]
        # C: sorting by code point, as SQLite does it.
        environment = {**os.environ, "LC_ALL": "C"}
        quiet = subprocess.DEVNULL  # pg_ctl's child would keep a pipe open
        done = subprocess.run(
            command, check=False, env=environment, cwd="/", stdout=quiet, stderr=quiet
        )
        if done.returncode:
            raise NoPostgres(f"{program} ended with {done.returncode}")

    def url(self, name: str) -> str:
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"

    def new_database(self, template: str = "template0", encoding: str = "") -> str:
        """The URL of a fresh database, copied from `template` (which nobody may be using)."""
        self._count += 1
        name = f"town{self._count}"
        engine = create_engine(
            self.url("postgres").replace("postgresql:", "postgresql+psycopg:"),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
        )
        with engine.connect() as connection:
            letters = f" ENCODING {encoding}" if encoding else ""
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}{letters}"))
        engine.dispose()
        return self.url(name)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
