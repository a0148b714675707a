"""What people wrote about somebody is in no line that the process logs, and in no card it sends."""

import json
import logging
import re
from pathlib import Path

import pytest

from bot import LOG_LINE, LOG_TIME, quiet_libraries
from handlers.words.texts import load_texts
from tests.attack.kinds import Kind
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.product import product_in, sheet_fields
from workflows.core.errors import frames_of

pytestmark = pytest.mark.attack(Kind.PLANTED)

PLANTED = {
    "name": "甲野乙之介",
    "kana": "コウノオツノスケ",
    "phone": "090-9876-5432",
    "address": "架空町八丁目七番六号",
    "summary": "蔵の奥で泣いているとの連絡。",
    "wishes": "静かに暮らしたい。",
    "unconsented_reason": "泣いているため待てない。",
}
WORDS = (
    "甲野",
    "乙之介",
    "コウノ",
    "9876-5432",
    "98765432",
    "八丁目",
    "泣いて",
    "静かに",
    "蔵の奥",
)


@pytest.mark.timeout(300)
def test_no_planted_word_is_logged_or_told(tmp_path: Path) -> None:
    """A sheet refused, kept, sent and answered at DEBUG level: the words are nowhere outside it."""
    with product_in(tmp_path) as product:
        product.start()
        writer = product.visitor(COORDINATOR)
        fields = sheet_fields("A14", "A17", **PLANTED)
        refused = {**fields, "birth_date": "令和8年2月30日", "district": "D99"}
        assert writer.submit("/cases/new", refused)[0] == 422
        assert writer.submit("/cases/new", {**fields, "save_draft": "1"})[0] == 302
        status, place = writer.submit("/cases/new", fields)
        assert status == 302
        _, page = writer.get(place)
        assert "甲野乙之介" in page, "the words are there for who may read them"
        assert writer.get("/cases/R1-9999?summary=nothing")[0] == 404
        assert writer.post("/cases/new", fields, {})[0] == 400
        case = product.case(product.numbers()[0])
        answer = {"answer": "partly", "reason": PLANTED["summary"]}
        reply = f"{place}/referrals/{case.referrals[0].id}/reply"
        assert product.visitor(ELDERLY).submit(reply, answer)[0] == 302
        product.move()
        product.move("month")
        mail = product.mail()
        product.kill()
        log = product.said()
    assert "notice_sent" in log, "the log was not looked at"
    texts = load_texts(None)
    cards = [str(texts.card(m.notice)) for m in mail]
    assert len(cards) > 10
    for word in WORDS:
        assert word not in log, word
        assert not [c for c in cards if word in c], word
        assert not [m for m in mail if word in str(m.notice)], word


def _fails(name: str, deep: int = 0) -> object:
    if deep:
        return _fails(name, deep - 1)
    try:
        return json.loads(name)
    except ValueError as wrong:
        raise KeyError(name) from wrong


def test_a_log_line_says_every_frame_of_ours_and_no_word() -> None:
    """Of the whole chain of errors, the library's innermost too; one that calls itself without end
    stays a line. What was worked on is in none of it."""
    word = "甲野乙之介"
    with pytest.raises(KeyError) as raised:
        _fails(word, 2)
    said = frames_of(raised.value)
    here = r"tests/test_logs\.py:\d+"
    frames = rf"{here}:test_\w+ > {here}:_fails > {here}:_fails > {here}:_fails"
    library = r"json/decoder\.py:\d+:raw_decode"
    assert re.fullmatch(
        rf"{frames} <- JSONDecodeError {here}:_fails > {library} <- StopIteration {library}", said
    )
    assert word not in said
    with pytest.raises(KeyError) as raised:
        _fails(word, 500)
    said = frames_of(raised.value)
    assert (said.count(" > "), len(said) < 4000, "(462)" in said) == (41, True, True)
    assert frames_of(ValueError(word)) == "?"


def test_a_line_says_its_moment_with_its_offset() -> None:
    """So that lines of servers in other zones, or of a summer time, are put in their order."""
    record = logging.LogRecord("door", logging.WARNING, "", 1, "refused reason=%s", ("x",), None)
    line = logging.Formatter(LOG_LINE, LOG_TIME).format(record)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} WARNING door refused reason=x", line
    )


def test_a_tick_that_takes_long_fills_no_log() -> None:
    """While a database hangs the scheduler would warn three times in two seconds of the same."""
    names = ("apscheduler", "apscheduler.scheduler", "alembic", "waitress")
    before = {name: logging.getLogger(name).level for name in names}
    quiet_libraries()
    try:
        assert not logging.getLogger("apscheduler.scheduler").isEnabledFor(logging.WARNING)
        assert logging.getLogger("apscheduler.executors.default").isEnabledFor(logging.WARNING)
    finally:
        for name, level in before.items():  # as it was, for the tests after this one
            logging.getLogger(name).setLevel(level)
