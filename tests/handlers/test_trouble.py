"""A full disk, a read-only one, a wrong encoding: each says what it is, in a sentence."""

import errno
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from handlers.cli.console import speak_japanese
from handlers.runtime.fault_codes import CODES, log_name, trouble_code
from handlers.web.door import EXTENSION, Pulse
from handlers.words.texts import load_texts
from tests.support.people import ADMINISTRATOR, COORDINATOR
from tests.support.product import sheet_fields
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.name_members import NameMember
from workflows.core.ports import CannotStore

TEXTS = load_texts(None)
FULL = "PRAGMA max_page_count=1"  # never below what is there: not a page more
READ_ONLY = "PRAGMA query_only=ON"
ON_STANDBY = "SET default_transaction_read_only = on"


def now_on(hall: TownHall, pragma: str) -> Callable[[], None]:
    """From now on every connection behaves so; answers with how it ends."""
    engine = hall.database.engine

    def set_it(connection: Any, _: object) -> None:
        connection.execute(pragma)
        connection.commit()

    event.listen(engine, "connect", set_it)
    engine.dispose()

    def ends() -> None:
        event.remove(engine, "connect", set_it)
        engine.dispose()

    return ends


@pytest.mark.parametrize(("pragma", "code"), [(FULL, "disk_full"), (READ_ONLY, "read_only")])
def test_what_cannot_be_saved_is_said_and_nothing_typed_is_lost(
    hall: TownHall, caplog: pytest.LogCaptureFixture, pragma: str, code: str
) -> None:
    """A sentence of its own on the page and in the log, once; one press sends it again later."""
    seat = Seat(web_app(hall), COORDINATOR)
    words = "この言葉は、消えてはいけません。" * 45
    typed = {**seat.tokens("/cases/new"), **sheet_fields("A14", "A15", "A16", summary=words)}
    ends = now_on(hall, pragma)
    answers = [seat.post("/cases/new", typed) for _ in range(3)]
    text = answers[-1].get_data(as_text=True)
    assert {answer.status_code for answer in answers} == {503}
    assert TEXTS.say(f"page.trouble.{code}") in text
    assert words in text
    assert len(re.findall(f"cannot_store reason={code}: The ", caplog.text)) == 1
    assert words not in caplog.text
    ends()
    again: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text):
        again.setdefault(name, []).append(unescape(value))
    assert seat.post("/cases/new", again).status_code == 302
    (case_id,) = hall.case_ids()
    assert hall.case(case_id).sheet["summary"] == words
    assert "can_store_again" in caplog.text


def test_the_health_page_says_what_keeps_the_clock_from_its_work(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """Not the name of a class: what it is, and what to do."""
    hall.open_case("A14")
    ticks = ticks_of(hall)
    ends = now_on(hall, READ_ONLY)
    ticks._guarded()
    assert ticks.trouble == "read_only"
    assert re.search(r"tick_part_failed part=\S+ error=read_only", caplog.text)
    ends()
    app = web_app(hall)
    app.extensions[EXTENSION].pulse = lambda: Pulse(None, ticks.trouble)
    told = Seat(app, ADMINISTRATOR).get("/admin").get_data(as_text=True)
    assert TEXTS.say("page.admin.trouble.read_only") in told
    ticks._guarded()
    assert ticks.trouble == ""


def test_a_command_that_cannot_be_saved_changes_nothing(any_hall: TownHall) -> None:
    """On each database: a standby of PostgreSQL answers so too."""
    case_id = any_hall.open_case("A14")
    on_postgresql = any_hall.database.engine.dialect.name == "postgresql"
    ends = now_on(any_hall, ON_STANDBY if on_postgresql else READ_ONLY)
    with pytest.raises(CannotStore) as raised:
        any_hall.desk.handle(NameMember(case_id, COORDINATOR, named=True), COORDINATOR)
    ends()
    assert raised.value.code == "read_only"
    assert any_hall.case(case_id).named_member_ids == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "x"), "disk_full"),
        (OSError(errno.EROFS, "x"), "read_only"),
        (OSError(errno.EACCES, "x"), "no_permission"),
        (OSError(errno.EIO, "x"), "disk_broken"),
        (UnicodeEncodeError("ascii", "あ", 0, 1, "x"), "encoding"),
        (CannotStore("disk_full"), "disk_full"),
        (ValueError("山田"), ""),
        (OSError(errno.ENOENT, "x"), ""),
    ],
)
def test_every_such_error_has_one_code_and_its_sentences(error: Exception, code: str) -> None:
    """The same one in the log, on the page and on 管理; an error without one is its class."""
    assert trouble_code(error) == code
    assert log_name(error) == (code or type(error).__name__)
    if code:
        assert code in CODES
        assert TEXTS.say(f"page.trouble.{code}").endswith("。")
        assert TEXTS.say(f"page.admin.trouble.{code}").endswith("。")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp932", "utf-8"])
def test_what_the_command_line_says_comes_out_in_any_encoding(encoding: str) -> None:
    """UTF-8 where LANG has no Japanese at all; a mark for a single character that it lacks."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    speak_japanese(stream)
    print("つなぐボット 𠮷", file=stream, flush=True)
    told = raw.getvalue().decode("utf-8" if encoding != "cp932" else "cp932")
    assert told.startswith("つなぐボット ")
