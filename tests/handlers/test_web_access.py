"""Who may what and why, as people read it: the reasons, what to do next, the consent's scope."""

import re

import pytest
from flask import Flask

from tests.support.hands import consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.meetings.fix_date import CancelMeeting


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@pytest.fixture
def case_id(hall: TownHall) -> str:
    """R8-0001, shared by consent with A14 and A17."""
    return hall.open_case(
        "A14", "A17", name="架空 花子", summary="ひみつの相談です。", **consented("A14", "A17")
    )


def row_of(text: str, deed: str) -> str:
    """The line of one action, without its marks."""
    found = re.search(rf'<th scope="row">{re.escape(deed)}</th>(.*?)</tr>', text, re.DOTALL)
    assert found, deed
    return re.sub(r"<[^>]+>|\s+", "", found[1])


def test_the_case_page_leads_to_its_reasons(app: Flask, case_id: str) -> None:
    """Near who may see it; there stands every action with why."""
    seat = Seat(app, ELDERLY)
    assert 'href="/cases/R8-0001/access"' in seat.text("/cases/R8-0001")
    text = seat.text("/cases/R8-0001/access")
    assert "つなぎ先の機関" in text
    read = row_of(text, "ケースの内容を読む")
    assert read.startswith("できます")
    assert "つなぎを受けた機関のため" in read
    close = row_of(text, "終結・中断・再開を決める")
    assert close.startswith("できません")
    assert "どれか1つに当てはまる方" in close
    assert "花子" not in text
    assert "ひみつ" not in text


def test_whom_the_consent_does_not_cover_the_reasons_say_what_is_missing_and_whom_to_ask(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """The chair of its meeting sees number and state; the page says why not more."""
    hall.consent(case_id, consent="written", consent_on="令和8年11月20日", consent_scope=["A14"])
    hall.convene(case_id, bases=("multi_layered",), required=("A14",), chair=CHAIR)
    seat = Seat(app, CHAIR)
    page = seat.text("/cases/R8-0001")
    assert "内容は表示していません" in page
    assert "ひみつ" not in page
    text = seat.text("/cases/R8-0001/access")
    read = row_of(text, "ケースの内容を読む")
    assert "主担当機関かシートの作成機関に" in read
    refused = seat.get("/cases/R8-0001/print")
    assert refused.status_code == 403
    assert 'href="/cases/R8-0001/access"' in refused.text


def test_after_a_withdrawal_there_is_no_such_case_for_who_was_in_by_consent(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Not its number and not the reasons."""
    hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
    seat = Seat(app, DISABILITY)
    for path in ("/cases/R8-0001", "/cases/R8-0001/access", "/cases/R8-0001/print"):
        assert seat.get(path).status_code == 404


def test_a_refusal_leads_to_the_reasons(hall: TownHall, app: Flask, case_id: str) -> None:
    """On a meeting's pages and on a case's; on others there is no subject to explain."""
    meeting_id = hall.convene(case_id)
    refused = Seat(app, ELDERLY).get(f"/meetings/{meeting_id}/agencies")
    assert refused.status_code == 403
    assert f'href="/meetings/{meeting_id}/access"' in refused.text
    elsewhere = Seat(app, ELDERLY).get("/admin")
    assert elsewhere.status_code == 403
    assert "/access" not in elsewhere.text


def test_the_reasons_lead_to_the_confirmation_and_back(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """An attendee who has not confirmed: from the case to the button, one press, and it is open."""
    meeting_id = hall.convene(case_id, required=("A14", "A20"))
    seat = Seat(app, FARMING)
    page = seat.text("/cases/R8-0001")
    assert page.count("守秘義務を確認しました") == 1
    done = seat.send(
        f"/meetings/{meeting_id}/secrecy", {"then": "/cases/R8-0001"}, page="/cases/R8-0001"
    )
    assert done.location == "/cases/R8-0001"
    assert "ひみつの相談です。" in seat.text("/cases/R8-0001")
    asked = hall.convene(case_id, required=("A14", "A21"))
    other = Seat(app, "M34")
    text = other.text("/cases/R8-0001/access")
    assert f'href="/meetings/{asked}/secrecy?then=/cases/R8-0001"' in text
    assert "守秘義務の確認がまだです" in row_of(text, "ケースの内容を読む")


def test_the_reasons_of_a_meeting(hall: TownHall, app: Flask, case_id: str) -> None:
    """On which footing it speaks, for which cases I come, and what I may do there."""
    meeting_id = hall.convene(case_id)
    assert f'href="/meetings/{meeting_id}/access"' in Seat(app, ELDERLY).text(
        f"/meetings/{meeting_id}"
    )
    text = Seat(app, ELDERLY).text(f"/meetings/{meeting_id}/access")
    assert "あなたの機関が聞く議題：R8-0001" in text
    assert "先に守秘義務を確認します" in text
    assert row_of(text, "会議を進める").startswith("できません")
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    text = Seat(app, CHAIR).text(f"/meetings/{meeting_id}/access")
    assert "この会議は中止になりました" in text
    assert row_of(text, "会議記録を読む").startswith("できません")


def test_a_case_one_may_not_see_has_no_reasons(app: Flask, case_id: str) -> None:
    """The same answer for a case that is there and one that is not."""
    said = []
    for number in ("R8-0001", "R8-9999"):
        answer = Seat(app, OUTSIDER).get(f"/cases/{number}/access")
        assert answer.status_code == 404
        main = answer.text.partition("<main")[2].partition("</main>")[0]
        said.append(main.replace(number, ""))
    assert said[0] == said[1] != ""


def test_a_meeting_one_may_not_see_has_no_reasons_and_asks_no_confirmation(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """As absent as one that never was."""
    meeting_id = hall.convene(case_id)
    for name in ("access", "secrecy"):
        for which in (meeting_id, "0" * 32):
            assert Seat(app, OUTSIDER).get(f"/meetings/{which}/{name}").status_code == 404


def test_who_attends_for_which_case_stands_on_the_meetings_page(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Only where they differ; a manager sees the heading and no agencies."""
    hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(
        *hall.case_ids(), bases=("multi_layered",), required=("A13", "A14", "A17")
    )
    text = Seat(app, ELDERLY).text(f"/meetings/{meeting_id}")
    assert text.count("この議題の出席機関：") == 1
    shown = re.search(r"この議題の出席機関：([^<]+)<", text)
    assert shown
    assert hall.agency_name("A17") not in shown[1]
    assert "この議題の出席機関" not in Seat(app, MANAGER).text(f"/meetings/{meeting_id}")
    alone = hall.convene(case_id)
    assert "この議題の出席機関" not in Seat(app, ELDERLY).text(f"/meetings/{alone}")


def test_convening_beyond_consent_is_refused_beside_the_agencies(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """It names them, keeps what was typed, says what to do, and offers the 支援会議."""
    seat, path = Seat(app, COORDINATOR), "/meetings/new?case=R8-0001"
    page = seat.text(path)
    assert page.count("本人の同意の範囲外のため、聞けません。") > 0
    chosen = re.findall(r'name="agency-(\w+)" value="required" checked', page)
    assert set(chosen) == {"A13", "A14", "A17"}
    day = hall.in_days(20).date().isoformat()
    form = {
        "cases": "R8-0001",
        "kind": "case",
        "bases": "multi_layered",
        "agency-A14": "required",
        "agency-A19": "required",
        "chair": COORDINATOR,
        "place": "公民館の和室",
        "slots-0-day": day,
        "slots-0-starts": "14:00",
        "answer_by": hall.in_days(7).date().isoformat(),
    }
    answer = seat.send("/meetings/new", form, page=path)
    assert answer.status_code == 422
    for words in (f"{hall.agency_name('A19')}は、本人の同意の範囲に含まれません", "公民館の和室"):
        assert words in answer.text
    assert 'href="#f-agency-A19"' in answer.text
    assert 'name="agency-A19" value="required" checked' in answer.text
    again = seat.send("/meetings/new", {**form, "do": "without_consent"}, page=path)
    assert again.status_code == 302
    meeting = hall.meeting(again.location.rpartition("/")[2])
    assert meeting.agenda[0].agency_ids == ["A14", "A19"]


def test_inviting_beyond_consent_is_refused_beside_the_agency(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """What was chosen stays chosen."""
    meeting_id = hall.convene(case_id, bases=("multi_layered",))
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agencies"
    wanted = {"agency": "A19", "do": "required", "look": "1", "hears": "R8-0001"}
    answer = seat.send(path, wanted, page=path)
    assert answer.status_code == 422
    assert 'id="f-agency-error"' in answer.text
    assert 'name="agency" value="A19"' in answer.text
    assert 'name="hears" value="R8-0001" checked' in answer.text
    assert "本人の同意の範囲に含まれません" in answer.text


def test_the_printed_table_says_the_conditions(app: Flask) -> None:
    """The page for everybody: what opens what, on which condition, for how long."""
    text = Seat(app, LIVELIHOOD).text("/permissions")
    for words in (
        "（＋同意の範囲内または根拠の記録）",
        "（＋守秘義務の確認）",
        "確定から30日の間",
        "名前を登録された担当者であることが必要です",
        "重層的支援会議",
    ):
        assert words in text
