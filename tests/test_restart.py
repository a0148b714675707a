"""kill -9 at nasty moments: nothing is lost, nothing comes twice, time goes on where it was."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from bot import CLOCK_OFFSET
from storage.database import DatabaseRefused, recall
from storage.one_process import lock_database_file
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, FARMING, LIVELIHOOD
from tests.support.product import Product, free_port, product_in, sheet_fields
from tests.support.visitor import Form, Visitor

SCENARIO_A = ("A14", "A17", "A19", "A20", "A21")
WINDOWS = {ELDERLY, DISABILITY, LIVELIHOOD, FARMING, "M34"}


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with product_in(tmp_path) as found:
        found.start()
        yield found


def came(product: Product) -> Counter[tuple[str, str]]:
    """How often each member got each kind of news; no notice may lie there twice."""
    mail = product.mail()
    twice = [k for k, n in Counter(m.notice.dedupe_key for m in mail).items() if n > 1]
    assert twice == []
    return Counter((m.notice.member_id, m.notice.key) for m in mail)


def cut_short(writer: Visitor, fields: Form, tokens: dict[str, str]) -> None:
    """Send a form to a process that may die over it."""
    with suppress(OSError, HTTPException):
        writer.post("/cases/new", fields, tokens)


def offset(product: Product) -> float:
    with product.database() as database:
        return float(recall(database, CLOCK_OFFSET) or 0)


@pytest.mark.timeout(300)
def test_killed_right_after_the_commit_every_notice_still_comes_once(product: Product) -> None:
    """The sheet was answered with its number; then the power went, before anything was sent."""
    writer = product.visitor(COORDINATOR)
    status, place = writer.submit("/cases/new", sheet_fields(*SCENARIO_A))
    product.kill()
    assert (status, place[-5:]) == (302, "-0001"), place
    product.start()
    product.move()
    told = came(product)
    assert {m for m, key in told if key == "referral_asked"} == WINDOWS
    assert set(told.values()) == {1}


@pytest.mark.timeout(300)
def test_killed_while_a_sheet_is_being_sent_the_same_form_sent_again_is_one_case(
    product: Product,
) -> None:
    """Nobody knows whether it was saved; the browser sends it again; there is one, and no gap."""
    for turn, moment in enumerate((0.0, 0.01, 0.03, 0.06), start=1):
        writer = product.visitor(COORDINATOR)
        tokens = writer.tokens("/cases/new")
        fields = sheet_fields(*SCENARIO_A)

        sending = threading.Thread(target=cut_short, args=(writer, fields, tokens))
        sending.start()
        time.sleep(moment)
        product.kill()
        sending.join()
        product.start()
        status, _ = writer.post("/cases/new", fields, tokens)
        assert status in (302, 303)  # made now, or led to what had been made
        assert [n[-4:] for n in product.numbers()] == [f"{n:04d}" for n in range(1, turn + 1)]
    product.move()
    product.move()
    told = came(product)
    assert {told[m, "referral_asked"] for m in WINDOWS} == {4}


@pytest.mark.timeout(300)
def test_killed_while_the_clock_is_moved_no_reminder_is_lost_or_repeated(product: Product) -> None:
    """A month in five lives: each rung of each ladder comes once, and time never goes back."""
    writer = product.visitor(COORDINATOR)
    assert writer.submit("/cases/new", sheet_fields(*SCENARIO_A))[0] == 302
    before = offset(product)

    def move() -> None:
        with suppress(OSError, HTTPException, AssertionError):
            product.move("month")

    for moment in (0.15, 0.3, 0.45, 0.7):
        moving = threading.Thread(target=move)
        moving.start()
        time.sleep(moment)
        product.kill()
        moving.join()
        product.start()
        assert offset(product) >= before
        before = offset(product)
    product.move("month")
    assert offset(product) > before
    told = came(product)
    for window in WINDOWS:
        assert told[window, "referral_asked"] == 1
        assert told[window, "reply_reminder"] >= 2  # before, and after; then again and again
    assert told[COORDINATOR, "reply_overdue"] >= 10
    days = Counter(
        (i.notice.member_id, i.notice.key, i.notice.promise, i.delivered_at.date())
        for i in product.mail()
        if i.notice.promise
    )
    assert max(days.values()) == 1
    assert told["M04", "reply_overdue"] == 5


def test_a_second_process_on_the_same_file_is_refused_until_the_first_one_is_gone(
    product: Product,
) -> None:
    """Before it has touched anything; commands work beside it, and a kill leaves no lock."""
    first = product.port
    product.port = free_port()
    assert product.run("run") == 2
    sentence = "別のつなぐボット（bot.py run）がすでに動いています"
    assert product.said().count(sentence) == 1
    assert product.run("audit", "verify") == 0
    product.port = first
    assert product.visitor(COORDINATOR).get("/")[0] == 200
    file = product.folder / "data" / "local.db"
    with pytest.raises(DatabaseRefused), lock_database_file(file):
        pass
    product.kill()
    with lock_database_file(file):
        pass


@pytest.mark.timeout(300)
def test_a_case_carried_half_through_goes_on_after_each_kill(product: Product) -> None:
    """Sheet, answer, lead: killed after each step, the next one is done on what was kept."""
    writer = product.visitor(COORDINATOR)
    _, place = writer.submit("/cases/new", sheet_fields("A14"))
    product.kill()
    product.start()
    number = product.numbers()[0]
    case = product.case(number)
    page = f"/cases/{number}/referrals/{case.referrals[0].id}/reply"
    answer = {"answer": "partly", "reason": "訪問は引き受けます。"}
    assert product.visitor(ELDERLY).submit(page, answer)[0] == 302
    product.kill()
    product.start()
    product.move()
    told = came(product)
    assert told[COORDINATOR, "referral_replied"] == 1
    assert product.visitor(COORDINATOR).get(place)[0] == 200
