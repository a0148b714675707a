"""The pages 本人同意, 提供・閲覧の記録 and 方を探す: what is shown, asked, refused and kept."""

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.cases.find_person import MOST

PERSON = {"name": "浮舟はつ江", "kana": "ウキフネハツエ", "birth_date": "昭和15年3月3日"}
PAGE = "/cases/R8-0001/consent"
RECORD = "/cases/R8-0001/disclosures"
WITHDRAWN: dict[str, Any] = {"consent": "withdrawn", "consent_on": "令和8年11月20日"}


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@pytest.fixture
def agreed(hall: TownHall) -> str:
    case_id = hall.open_case("A14", **PERSON, **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY)
    return case_id


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return unescape(found[1])


def check(seat: Seat, data: dict[str, Any], version: str = "1") -> TestResponse:
    return seat.send(PAGE, {**data, "version": version, "check": "1"}, page=PAGE)


def save(seat: Seat, data: dict[str, Any], looked: TestResponse) -> TestResponse:
    kept = {name: hidden(looked.text, name) for name in ("version", "mark")}
    return seat.send(PAGE, {**data, **kept, "save": "1"}, page=PAGE)


# -- consent ---------------------------------------------------------------------------------------


def test_a_withdrawal_is_looked_at_and_then_recorded(
    hall: TownHall, app: Flask, agreed: str
) -> None:
    """Whom it shuts out and which meeting it leaves is said first; then it is in force."""
    hall.convene(agreed, bases=["multi_layered"], required=["A13", "A14"])
    seat = Seat(app, COORDINATOR)
    data = {**WITHDRAWN, "withdrawal_reason": "家族に知られたくない。"}
    looked = check(seat, data)
    assert looked.status_code == 200
    assert hall.agency_name("A14") in looked.text.split("この件を見られなくなります")[1][:120]
    assert "議題から外れます" in looked.text
    assert hall.case(agreed).consent == "written"
    done = save(seat, data, looked)
    assert (done.status_code, done.location) == (302, PAGE)
    page = seat.text(PAGE)
    assert "本人同意を記録しました（つなぐシート第2版）" in page
    assert page.index("撤回") < page.index("有（書面）")
    assert "家族に知られたくない。" in page
    assert hall.case(agreed).live_meeting_ids == []
    # The day that was written is that of the withdrawal, nowhere that of a consent.
    assert "撤回の申し出のあった日：令和8年11月20日" in page
    for path in ("/cases/R8-0001", "/cases/R8-0001/print"):
        shown = seat.text(path)
        assert "撤回の申し出のあった日" in shown
        assert "同意を得た日" not in shown


def test_what_was_not_looked_at_is_not_recorded(hall: TownHall, app: Flask, agreed: str) -> None:
    """Changed after looking, or saved at once: it is shown once more and nothing happens."""
    seat = Seat(app, COORDINATOR)
    looked = check(seat, WITHDRAWN)
    other = save(seat, {**WITHDRAWN, "consent": "no"}, looked)
    assert other.status_code == 200
    assert "もう一度確かめてから" in other.text
    straight = seat.send(PAGE, {**WITHDRAWN, "version": "1", "mark": "", "save": "1"}, page=PAGE)
    assert straight.status_code == 200
    assert hall.case(agreed).sheet_version == 1


def _basis() -> dict[str, Any]:
    return {f: UNCONSENTED[f] for f in ("unconsented_basis", "unconsented_reason")}


def test_wrong_answers_come_back_with_all_that_was_typed(app: Flask, agreed: str) -> None:
    """422, the error beside its field, and every word still there."""
    seat = Seat(app, COORDINATOR)
    data = {**WITHDRAWN, "consent_on": "令和8年13月1日", "withdrawal_reason": "<b>理由の下書き"}
    answer = check(seat, data)
    assert answer.status_code == 422
    assert 'id="f-consent_on-error"' in answer.text
    assert 'value="令和8年13月1日"' in answer.text
    assert "&lt;b&gt;理由の下書き" in answer.text
    numbers = check(seat, {**WITHDRAWN, "withdrawal_reason": "1234-5678-9012"})
    assert 'id="f-withdrawal_reason-error"' in numbers.text


def test_somebody_elses_saving_meanwhile_is_told_and_nothing_typed_is_lost(
    hall: TownHall, app: Flask, agreed: str
) -> None:
    """409 with who and when; looked at again, it is recorded on top of the newer sheet."""
    seat = Seat(app, COORDINATOR)
    looked = check(seat, WITHDRAWN)
    hall.edit(agreed, summary="書き足しました。")
    late = save(seat, WITHDRAWN, looked)
    assert late.status_code == 409
    assert re.search(r'value="withdrawn" checked', late.text)
    again = check(seat, WITHDRAWN, hidden(late.text, "version"))
    assert save(seat, WITHDRAWN, again).status_code == 302
    assert hall.case(agreed).sheet["summary"] == "書き足しました。"
    assert hall.case(agreed).consent == "withdrawn"


def test_nothing_else_on_an_old_sheet_keeps_anybody_from_taking_consent_back(
    hall: TownHall, app: Flask, agreed: str
) -> None:
    """A district that the town gave up stands on the sheet: the withdrawal is recorded."""
    with hall.database.open() as unit:
        case = unit.cases.get(agreed, change=True)
        assert case is not None
        case.sheet["district"] = "D99"
        unit.commit()
    seat = Seat(app, COORDINATOR)
    assert save(seat, WITHDRAWN, check(seat, WITHDRAWN)).status_code == 302
    after = hall.case(agreed)
    assert (after.consent, after.district_id) == ("withdrawn", "D99")


def test_who_takes_part_reads_the_history_and_records_nothing(app: Flask, agreed: str) -> None:
    """The form is for those who answer for the sheet; a manager reads no content."""
    assert "新しい答えを記録する" in Seat(app, COORDINATOR).text(PAGE)
    reader = Seat(app, ELDERLY)
    text = reader.text(PAGE)
    assert "同意と撤回の経過" in text
    assert "新しい答えを記録する" not in text
    assert check(reader, WITHDRAWN).status_code == 403
    assert Seat(app, MANAGER).get(PAGE).status_code == 403
    assert Seat(app, OUTSIDER).get(PAGE).status_code == 404
    assert "/consent" in Seat(app, COORDINATOR).text("/cases/R8-0001")


def test_a_closed_case_shows_its_history_without_the_form(
    hall: TownHall, app: Flask, agreed: str
) -> None:
    """What to do first is said."""
    hall.close(agreed)
    text = Seat(app, COORDINATOR).text(PAGE)
    assert "先にケースを再開してください" in text
    assert "新しい答えを記録する" not in text


def test_sharing_without_consent_is_listed_on_the_page(hall: TownHall, app: Flask) -> None:
    """Agency, basis and reason of each."""
    hall.open_case("A14", unconsented_reason="食事がないため。")
    text = Seat(app, COORDINATOR).text(PAGE).split("同意によらない共有", 1)[1]
    assert hall.agency_name("A14") in text
    assert "支援会議（社会福祉法106条の6）" in text
    assert "食事がないため。" in text


# -- who was told ----------------------------------------------------------------------------------


def test_the_record_shows_what_was_told_on_what_and_prints_on_paper(
    hall: TownHall, app: Flask, agreed: str
) -> None:
    """The page and the A4 sheet tell the same; the printing is in the story."""
    Seat(app, ELDERLY).text("/cases/R8-0001")
    seat = Seat(app, COORDINATOR)
    page = seat.text(RECORD)
    name = hall.agency_name("A14")
    for text in (page, seat.text(f"{RECORD}/print")):
        told = text.split(f"<h3>{name}</h3>")[1]
        assert "つなぐシート第1版" in told
        assert "氏名" in told  # the question, not its answer
        assert "浮舟" not in text
        assert "本人の同意：有（書面）" in told
    assert "印刷しました" in seat.text("/cases/R8-0001")


def test_agencies_alone_are_printed_when_names_are_kept_back(
    hall: TownHall, app: Flask, agreed: str
) -> None:
    """No member's name is on that paper."""
    Seat(app, ELDERLY).text("/cases/R8-0001")
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
    assert member is not None
    seat = Seat(app, COORDINATOR)
    assert member.name in seat.text(f"{RECORD}/print")
    bare = seat.text(f"{RECORD}/print?agencies_only=1")
    assert member.name not in bare
    assert hall.agency_name("A14") in bare
    assert "機関名のみ" in bare


def test_a_period_is_typed_as_one_likes_and_a_bad_day_stays_in_its_field(
    app: Flask, agreed: str
) -> None:
    """On the page and on the way to paper."""
    seat = Seat(app, COORDINATOR)
    assert "件の記録があります" in seat.text(f"{RECORD}?since=R8.11.1&until=2026/11/30")
    for way in (RECORD, f"{RECORD}/print"):
        wrong = seat.get(f"{way}?since=きのう&until=R8.11.30")
        assert wrong.status_code == 422
        assert 'id="f-since-error"' in wrong.text
        assert 'value="きのう"' in wrong.text


def test_only_who_answers_to_the_person_opens_the_record(app: Flask, agreed: str) -> None:
    """Others are told whom to turn to."""
    for way in (RECORD, f"{RECORD}/print"):
        refused = Seat(app, ELDERLY).get(way)
        assert refused.status_code == 403
        assert "連携担当者にお伝えください" in refused.text
        assert Seat(app, OUTSIDER).get(way).status_code == 404
    assert RECORD not in Seat(app, ELDERLY).text("/cases/R8-0001")


# -- finding a person ------------------------------------------------------------------------------


def find(seat: Seat, **typed: str) -> TestResponse:
    return seat.send("/find", typed, page="/find")


def test_a_person_is_found_by_a_post_and_nothing_stands_in_the_address(
    app: Flask, agreed: str
) -> None:
    """The number is a link; what was typed is still in the form."""
    found = find(Seat(app, COORDINATOR), kana="うきふねはつえ", birth_date="S15.3.3")
    assert found.status_code == 200
    assert found.request.query_string == b""
    assert '<a class="ref" href="/cases/R8-0001">' in found.text
    assert 'value="うきふねはつえ"' in found.text
    assert "浮舟" not in found.text
    assert '"/find"' in Seat(app, COORDINATOR).text("/cases")


def test_nobody_found_says_whom_to_ask(hall: TownHall, app: Flask, agreed: str) -> None:
    """The same for one who may not read the case as when there is none."""
    unseen = find(Seat(app, OUTSIDER), kana="うきふねはつえ")
    absent = find(Seat(app, OUTSIDER), kana="いないひと")
    for page in (unseen, absent):
        assert "見つかりませんでした" in page.text
        assert "連携担当者にお尋ねください" in page.text
    assert _told(unseen) == _told(absent)


def _told(page: TestResponse) -> str:
    return page.text.split('role="status">')[-1].split("</section>")[0]


def test_a_bad_day_stays_beside_its_field(app: Flask) -> None:
    """422, and everything typed is there."""
    wrong = find(Seat(app, COORDINATOR), kana="うきふね", birth_date="昭和15年3月40日")
    assert wrong.status_code == 422
    assert 'id="f-birth_date-error"' in wrong.text
    assert 'value="うきふね"' in wrong.text
    assert 'value="昭和15年3月40日"' in wrong.text


def test_errors_are_told_in_the_order_of_the_fields(app: Flask) -> None:
    """The first in the summary is the first on the page, where the focus goes."""
    text = find(Seat(app, COORDINATOR), kana="山川", birth_date="昭和99年", phone="12").text
    links = re.findall(r'href="#f-([a-z_]+)"', text)
    assert links == ["kana", "birth_date", "phone"]


def test_too_many_searches_are_refused_politely(app: Flask, agreed: str) -> None:
    """429 with the time from which on it goes; what was typed stays."""
    seat = Seat(app, COORDINATOR)
    tokens = seat.tokens("/find")
    for _ in range(MOST):
        assert seat.post("/find", {**tokens, "kana": "ダレカ"}).status_code == 200
    refused = seat.post("/find", {**tokens, "kana": "ウキフネハツエ"})
    assert refused.status_code == 429
    assert "もう一度お試しください" in refused.text
    assert "/cases/R8-0001" not in refused.text
    assert 'value="ウキフネハツエ"' in refused.text
