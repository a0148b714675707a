"""docs/ops/install.md is run from its first block to the first sign-in, as far as a test can."""

import http.client
import re
import signal
import subprocess
from collections.abc import Iterator
from datetime import date
from html import unescape
from os import kill
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from handlers.words.labels import load_labels
from tests.support.documents import DOCS, Machine, blocks, has
from tests.support.product import free_port
from workflows.directory.lists import plan_agencies, plan_members
from workflows.directory.tables import read_table
from workflows.model.directory import District, Town

INSTALL = "ops/install.md"
# What is run on the machine that the installation left: how many blocks of each document.
RUN_THERE = {"ops/backup.md": 2, "ops/upgrade.md": 2}
UNIT = "/etc/systemd/system/tsunagu.service"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path / "debian", free_port())
    yield made
    running = made.folder / "pid"
    if running.exists():
        kill(int(running.read_text()), signal.SIGKILL)


@pytest.mark.timeout(300)  # ten starts of the program, one after the other
def test_from_a_bare_debian_to_the_first_sign_in(machine: Machine) -> None:
    """Every command of the document, in its order; the unit starts it; a member is signed in."""
    machine.place("/etc/systemd/system").mkdir(parents=True)
    machine.place("/etc/nginx/sites-enabled").mkdir(parents=True)
    if not has("systemd-analyze"):
        machine.stand_in("systemd-analyze", "")
    machine.stand_in("nginx", "")  # its file is held by test_proxy.py
    said = ""
    for block in blocks(INSTALL, "sh", "ini"):
        if block.startswith(f"# {UNIT}"):
            machine.place(UNIT).write_text(machine.there(block), "utf-8")
            continue
        done = machine.run(block)
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        said += done.stdout
    assert "直すところはありません" in said
    assert '{"status": "ready"' in said
    link = re.findall(r"^https://tsunagu\.example\.jp(/sign-in/\S+)$", said, re.MULTILINE)[-1]
    assert "山田 花" in signed_in(machine.port, link)
    noted = machine.noted.read_text("utf-8")
    assert "runuser -u tsunagu -- .venv/bin/python bot.py link M01" in noted
    for document, ends in RUN_THERE.items():
        for block in blocks(document, "sh")[:ends]:
            done = machine.run(block)
            assert done.returncode == 0, (block, done.stdout, done.stderr)
            said += done.stdout
    assert "読み戻して確かめました" in said
    assert "のバックアップを戻しました" in said
    data = machine.place("/opt/tsunagu-bot")
    assert {p.name for p in (data / "data").iterdir()} >= {"town.db", "keys.json"}
    assert (data / ".env").stat().st_mode & 0o777 == 0o600


def signed_in(port: int, link: str) -> str:
    """The page that a browser is led to, through a proxy set as the document says."""
    cookies: dict[str, str] = {}

    def ask(method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {
            "Host": "tsunagu.example.jp",
            "X-Forwarded-For": "192.0.2.7",
            "Referer": "https://tsunagu.example.jp/",
            "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        asked.request(method, path, urlencode(form or {}), headers)
        answer = asked.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            cookies[name] = value
        page = answer.read().decode()
        asked.close()
        return answer.status, answer.headers.get("Location", ""), page

    _, _, page = ask("GET", link)
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    status, to, page = ask("POST", link, {name: unescape(value) for name, value in found})
    assert status in (302, 303), page
    status, _, page = ask("GET", urlsplit(to).path)
    assert status == 200
    return page


def test_the_unit_is_sound(machine: Machine) -> None:
    """systemd itself reads it, where there is one."""
    if not has("systemd-analyze"):
        pytest.skip("systemd is not installed")
    [unit] = blocks(INSTALL, "ini")
    place = machine.place("/etc/tsunagu.service")
    place.write_text(unit.replace("/opt/tsunagu-bot/.venv/bin/python", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(place)], capture_output=True, text=True, check=False
    )
    assert str(place) not in done.stderr, done.stderr
    assert "tsunagu.service:" not in done.stderr, done.stderr


def columns_of(heading: str) -> dict[str, tuple[str, str]]:
    """Of a table of columns: each with whether it may be empty, and what is written there."""
    chapter = (
        (DOCS / INSTALL).read_text("utf-8").partition(f"### {heading}\n")[2].partition("###")[0]
    )
    rows = re.findall(r"^\| ([^|]+) \| (不可|可) \|(.*)\|$", chapter, re.MULTILINE)
    return {name: (empty, told.strip()) for name, empty, told in rows}


@pytest.mark.parametrize("which", [0, 1], ids=["agencies", "members"])
def test_the_columns_of_the_lists_are_those_that_are_read(which: int) -> None:
    """All of them in their order; what may be left empty may, and what may not is refused."""
    labels, today = load_labels(), date(2026, 12, 1)
    town = Town("試し町", (District("D1", "東圏域"), District("D2", "西圏域")))
    columns = {**labels.agency_columns, "core": labels.core_column}, labels.member_columns
    told = columns_of(("機関の一覧", "職員の一覧")[which])
    assert list(told) == list(columns[which].values())
    tables = re.findall(r"<<'END'\n(コード,.*?)END\n", blocks(INSTALL, "sh")[3], re.DOTALL)
    agencies = plan_agencies(read_table(tables[0].encode()), (), town, labels, today)
    assert not agencies.errors
    known = agencies.added if which else ()

    def errors(text: str) -> set[str]:
        table = read_table(text.encode())
        if which:
            return {e.column for e in plan_members(table, (), known, town, labels, today).errors}
        return {e.column for e in plan_agencies(table, (), town, labels, today).errors}

    header, *lines = tables[which].splitlines()
    assert errors(tables[which]) == set()
    for number, (name, (empty, _)) in enumerate(told.items()):
        cells = [line.split(",") for line in lines]
        cells[-1][number] = ""
        found = errors("\n".join([header, *(",".join(row) for row in cells)]))
        assert (name in found) is (empty == "不可"), name
    words = labels.kinds, labels.fields, labels.roles
    for name, among in zip(("区分", "分野", "役割"), words, strict=True):
        if name in told:
            assert told[name][1].partition("。")[0].split("、") == [w[0] for w in among.values()]
