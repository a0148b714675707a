"""The sheet and the case page read against their contract."""

import re

import pytest
from flask import Flask

from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, web_app


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


def steps(app: Flask) -> list[tuple[str, str]]:
    """The way of the case as its page says it: (step, what stands beside it for the ear)."""
    text = Seat(app, COORDINATOR).text("/cases/R8-0001")
    return re.findall(r'step-name">(.*?)</span><span class="visually-hidden">（(.*?)）', text)


def test_a_step_that_never_happened_is_not_shown_as_done(hall: TownHall, app: Flask) -> None:
    """Called to a meeting at once: nobody has accepted, and the page does not say so."""
    case_id = hall.open_case("A14")
    hall.convene(case_id)
    assert steps(app) == [
        ("受付", "済み"),
        ("照会中", "済み"),
        ("受理", "これから"),
        ("会議調整", "いまここ"),
        ("支援中", "これから"),
        ("見守り", "これから"),
        ("終結", "これから"),
    ]


def test_a_case_closed_without_a_meeting_says_that_there_was_none(
    hall: TownHall, app: Flask
) -> None:
    """Accepted and settled: no meeting and no watching stand there as if they had been."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.close(case_id)
    found = dict(steps(app))
    assert (found["受付"], found["受理"], found["終結"]) == ("済み", "済み", "いまここ")
    assert (found["会議調整"], found["見守り"]) == ("なし", "なし")


def test_what_is_chosen_is_asked_for_in_other_words_than_what_is_written(app: Flask) -> None:
    """選んでください beside buttons and lists, 入力してください beside a line to write on."""
    seat = Seat(app, COORDINATOR)
    text = seat.send("/cases/new", {"received_at": ""}, page="/cases/new").text
    for label, says in (
        ("経路", "選んでください。"),
        ("圏域", "選んでください。"),
        ("生命・虐待・DV等の懸念", "選んでください。"),
        ("受付日時", "入力してください。"),
        ("相談の概要", "入力してください。"),
    ):
        assert f"{label}：{says}" in re.sub(r"<[^>]+>", "", text), label


@pytest.mark.parametrize(
    ("basis", "reason", "field"),
    [
        ("act_106_6", "番号は1234 5678 9012です", "unconsented_reason"),
        ("act_106_6", "あ" * 301, "unconsented_reason"),
        ("no_such_basis", "急ぐため。", "unconsented_basis"),
    ],
)
def test_the_reason_for_asking_further_agencies_is_checked_like_the_sheet(
    hall: TownHall, app: Flask, basis: str, reason: str, field: str
) -> None:
    """A 12-digit number, a reason too long, a footing that is none: beside the field, unsaved."""
    case_id = hall.open_case("A14")
    before = hall.case(case_id)
    typed = {
        "referrals-0-agency": "A17",
        "referrals-0-purpose": "inform",
        "referrals-0-request": "教えてください。",
        "unconsented_basis": basis,
        "unconsented_reason": reason,
    }
    path = "/cases/R8-0001/refer"
    answer = Seat(app, COORDINATOR).send(path, typed, page=path)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "教えてください。" in answer.text
    assert hall.case(case_id) == before
