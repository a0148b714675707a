"""The product as its users start it: `python bot.py run` in a process that can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.database import Database, open_database
from storage.vault import read_keys
from tests.support.visitor import Visitor
from workflows.core.ports import InboxItem
from workflows.model.case import Case

ROOT = Path(__file__).parent.parent.parent
STARTS_WITHIN = 40  # seconds; a machine under load is slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Product:
    """One data folder, and the process that works on it, if one is running."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.more: dict[str, str] = {}  # of its environment
        self.log = folder / "log.txt"
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def environment(self) -> dict[str, str]:
        environment = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
        return environment | {
            "MODE": "local",
            "DATA_FOLDER": str(self.folder / "data"),
            "PORT": str(self.port),
            "LOG_LEVEL": "DEBUG",
            "PYTHONUNBUFFERED": "1",
            **self.more,
        }

    def run(self, *arguments: str) -> int:
        """Another command on the same data, while it runs or not; what it says goes to the log."""
        with self.log.open("ab") as log:
            return subprocess.run(
                [sys.executable, str(ROOT / "bot.py"), *arguments],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                check=False,
            ).returncode

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "bot.py"), "run"],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        self._until_it_answers()

    def _until_it_answers(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends:
            assert self._process is not None
            assert self._process.poll() is None, self.said()
            try:
                if Visitor(self.url).get("/local")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)  # another process: there is nothing to move but the real time
        raise AssertionError(f"it did not start: {self.said()}")

    def kill(self) -> None:
        """kill -9: nothing is tidied up."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def said(self) -> str:
        """Everything it wrote, in all its lives."""
        return self.log.read_text("utf-8", "replace")

    def visitor(self, member_id: str) -> Visitor:
        found = Visitor(self.url)
        found.become(member_id)
        return found

    def move(self, step: str = "next") -> None:
        """Move the clock by the strip on top; everything due on the way is kept and sent."""
        status, _ = self.visitor("M21").submit("/local/clock", {"step": step}, page="/")
        assert status == 302, status

    @contextmanager
    def database(self) -> Iterator[Database]:
        """A look into its database from outside."""
        keys = read_keys(self.folder / "data" / "local-keys.json")
        found = open_database(f"sqlite:///{self.folder / 'data' / 'local.db'}", keys, "local")
        try:
            yield found
        finally:
            found.close()

    def numbers(self) -> list[str]:
        with self.database() as database, database.open() as unit:
            return [r.number for r in unit.cases.rows(open_only=False)]

    def case(self, number: str) -> Case:
        with self.database() as database, database.open() as unit:
            found = unit.cases.get(unit.cases.id_of(number) or "")
        assert found is not None
        return found

    def mail(self) -> list[InboxItem]:
        """Everything that lies in anybody's inbox."""
        with self.database() as database, database.open() as unit:
            members = [m.id for m in unit.directory.members()]
            return [item for m in members for item in unit.mailbox.items(m, limit=1000)]


@contextmanager
def product_in(folder: Path) -> Iterator[Product]:
    product = Product(folder)
    try:
        yield product
    finally:
        product.kill()


def sheet_fields(*agencies: str, **changes: str) -> dict[str, str | list[str]]:
    """A sheet as the page posts it, without consent."""
    fields: dict[str, str | list[str]] = {
        "received_at": "令和7年4月1日 9:00",
        "route": "resident",
        "matters": ["care", "housing"],
        "summary": "近所の方から心配の声がありました。",
        "urgency": "normal",
        "danger": "no",
        "hidden_address": "no",
        "district": "D01",
        "consent": "not_asked",
        "unconsented_basis": "act_106_6",
        "unconsented_reason": "このままでは暮らしが続かないため。",
    }
    for row, agency in enumerate(agencies):
        fields[f"referrals-{row}-agency"] = agency
        fields[f"referrals-{row}-purpose"] = "handover"
        fields[f"referrals-{row}-request"] = "一度訪問してください。"
    return {**fields, **changes}
