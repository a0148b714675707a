"""The pages of a meeting, from convening to the record, as people use them."""

import re
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from handlers.words.texts import load_texts
from tests.support.hands import consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.japanese.dates import show_instant
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import CloseAnswers, UninviteAgency
from workflows.model.meeting import MeetingState
from workflows.model.promise import PromiseKind

TEXTS = load_texts(None)
CHECKED = re.compile(r'<input type="radio" name="(agency-\w+)" value="(\w*)" checked')
REASON = "早く話し合う必要があるため。"
FILLED = re.compile(
    r'name="(slots-\d+-\w+|answer_by|chair|minutes|cases|seen|drawn_for|case|look|was-[\w-]+)"'
    r' value="([^"]*)"'
)
TICKED = re.compile(r'<input type="checkbox" name="(hears-[\w-]+)" value="(\w+)" checked')
DATE = re.compile(r'name="date" value="([^"]+)"')
SLOT = re.compile(r'name="(slot-[0-9a-f]+)"')


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@pytest.fixture
def case_id(hall: TownHall) -> str:
    return hall.open_case("A14", name="架空 花子", kana="カクウ ハナコ")


@pytest.fixture
def meeting_id(hall: TownHall, case_id: str) -> str:
    return hall.convene(case_id, required=("A13", "A14"), optional=("A19",))


def fixed(hall: TownHall, meeting_id: str) -> str:
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    return meeting_id


def held(hall: TownHall, meeting_id: str) -> str:
    """The meeting is over; its record is still to be written."""
    fixed(hall, meeting_id)
    hall.clock.move(days=20, hours=6)
    return meeting_id


def send(seat: Seat, path: str, data: dict[str, Any], page: str | None = None) -> TestResponse:
    """Post with the tokens of the page that holds the form."""
    return seat.send(path, data, page=page or path)


def filled(text: str) -> dict[str, Any]:
    """What a convening page, or one on who hears what, has filled in by itself."""
    found: dict[str, Any] = dict(FILLED.findall(text))
    found.update(CHECKED.findall(text))
    chosen = re.search(r'<select id="f-chair".*?value="(\w+)" selected', text, re.DOTALL)
    found["chair"] = chosen[1] if chosen else ""
    found["minutes"] = "60"
    ticked: dict[str, Any] = {}
    for name, agency_id in TICKED.findall(text):
        ticked.setdefault(name, []).append(agency_id)
    return {name: unescape(value) for name, value in found.items()} | ticked


# -- convening -------------------------------------------------------------------------------------


def test_convening_is_prepared_and_one_press_away(hall: TownHall, app: Flask, case_id: str) -> None:
    """Agencies, chair, dates, deadline and footing are filled in; without consent the reason of
    this meeting is asked for, whatever the sheet says of other tellings; then it convenes."""
    seat = Seat(app, COORDINATOR)
    path = "/meetings/new?case=R8-0001"
    text = seat.text(path)
    assert "つなぐシートを書いた機関です。" in text
    form = filled(text)
    assert (form["agency-A13"], form["agency-A14"]) == ("required", "required")
    assert form["slots-4-day"]
    form |= {"kind": "case", "bases": "act_106_6", "place": "庁舎2階"}
    asked = send(seat, "/meetings/new", form, path)
    assert asked.status_code == 422
    assert 'href="#f-basis_reason"' in asked.text
    form["basis_reason"] = REASON
    answer = send(seat, "/meetings/new", form, path)
    assert answer.status_code == 302
    meeting = hall.meeting(answer.headers["Location"].rpartition("/")[2])
    assert [i.agency_id for i in meeting.invites if i.required] == ["A14", "A13"]
    assert len(meeting.slots) == 5
    assert meeting.chair_id == COORDINATOR
    assert "2機関にご都合を尋ねています" in seat.text(answer.headers["Location"])


def test_nothing_typed_is_lost_when_convening_is_refused(app: Flask, case_id: str) -> None:
    """Wrong dates, no agency, a long title: each error at its field, all else as typed."""
    seat = Seat(app, COORDINATOR)
    typed = {
        "cases": "R8-0001",
        "kind": "district",
        "title": "ひだまりの会議",
        "bases": "act_106_6",
        "place": "公民館の和室",
        "slots-0-day": "13月40日",
        "slots-0-starts": "おひるすぎ",
        "answer_by": "きのう",
        "agency-A19": "optional",
    }
    answer = send(seat, "/meetings/new", typed, "/meetings/new?case=R8-0001")
    assert answer.status_code == 422
    for word in ("ひだまりの会議", "公民館の和室", "13月40日", "おひるすぎ", "きのう"):
        assert word in answer.text
    assert 'name="agency-A19" value="optional" checked' in answer.text
    for anchor in ("slots-0-day", "answer_by", "required_agencies"):
        assert f'href="#f-{anchor}"' in answer.text
        assert f'id="f-{anchor}"' in answer.text


def test_the_consent_gate_offers_the_other_footing_with_one_press(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Refused as a 重層的支援会議; the button beside the reason convenes it under 106-6."""
    seat = Seat(app, COORDINATOR)
    path = "/meetings/new?case=R8-0001"
    form = filled(seat.text(path)) | {"kind": "case", "bases": "multi_layered"}
    refused = send(seat, "/meetings/new", form, path)
    assert refused.status_code == 422
    assert "本人の同意がないため" in refused.text
    assert 'value="act_106_6"' in refused.text
    assert 'name="do" value="without_consent"' in refused.text
    form["basis_reason"] = REASON
    answer = send(seat, "/meetings/new", form | {"do": "without_consent"}, path)
    assert answer.status_code == 302
    meeting = hall.meeting(answer.headers["Location"].rpartition("/")[2])
    assert [str(b) for b in meeting.bases] == ["act_106_6"]


def test_other_dates_are_proposed_without_losing_the_rest(app: Flask, case_id: str) -> None:
    """提案し直す changes the dates alone."""
    seat = Seat(app, COORDINATOR)
    path = "/meetings/new?case=R8-0001"
    before = filled(seat.text(path))
    form = before | {"place": "公民館", "do": "propose", "again": "0"}
    after = send(seat, "/meetings/new", form, path)
    assert after.status_code == 200
    assert "公民館" in after.text
    assert filled(after.text)["slots-0-day"] != before["slots-0-day"]


def test_a_planned_sitting_is_shown_first_and_takes_the_case(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Chosen agencies that meet anyway are shown before a second meeting is convened."""
    second = hall.open_case("A14")
    seat = Seat(app, COORDINATOR)
    path = "/meetings/new?case=R8-0002"
    shown = seat.text(path).split('id="joinable"')[1].split("</section>")[0]
    assert f'href="/meetings/{meeting_id}/agenda?case=R8-0002"' in shown
    assert "（R8-0001）" in shown, "which of several it is"
    assert "12/10（木）午後2時" in shown, "while no date is fixed, those that are asked about"
    form = filled(seat.text(path)) | {"kind": "case", "bases": "act_106_6"}
    unseen = send(seat, "/meetings/new", form | {"seen": ""}, path)
    assert unseen.status_code == 200
    assert "先にご確認ください" in unseen.text
    agenda = f"/meetings/{meeting_id}/agenda?case=R8-0002"
    looked = filled(seat.text(agenda))
    assert looked["hears-R8-0002"] == ["A13", "A14"], "A19 came for the other case"
    assert "本人の同意によらず、守秘義務のもとで聞きます。" in seat.text(agenda)
    answer = send(seat, f"/meetings/{meeting_id}/agenda", looked | {"reason": REASON}, agenda)
    assert answer.status_code == 302
    item = hall.meeting(meeting_id).item(second)
    assert item is not None
    assert item.agency_ids == ["A13", "A14"]


def test_who_hears_what_is_changed_on_a_page_of_its_own(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """Every box says what it opens; afterwards it is said who reads no more, and who goes on."""
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/hearing"
    assert f'href="{path}"' in seat.text(f"/meetings/{meeting_id}")
    drawn = seat.text(path)
    form = filled(drawn)
    assert form["hears-R8-0001"] == ["A13", "A14", "A19"]
    assert "つなぎ先の機関として、聞かなくても内容を読めます。" in drawn
    number = hall.case(case_id).number
    answer = seat.send(path, form | {f"hears-{number}": ["A13"]}, page=path, follow=True)
    assert f"{hall.agency_name('A19')}は、{number}の内容を読めなくなりました。" in answer.text
    assert f"つなぎ先の機関として、{number}の内容を引き続き読めます。" in answer.text
    assert hall.meeting(meeting_id).agenda[0].agency_ids == ["A13"]
    assert Seat(app, ELDERLY).get(path).status_code == 403
    again = seat.send(path, form, page=path, follow=True)
    assert "そのままです" in again.text, "an old page brings nobody back"


def test_of_several_cases_it_is_chosen_for_each_who_hears_it(hall: TownHall, app: Flask) -> None:
    """Ticked at first are those whom the case concerns; an agency without a tick is named."""
    first, second = hall.open_case("A14"), hall.open_case("A20")
    numbers = [hall.case(c).number for c in (first, second)]
    seat, path = Seat(app, COORDINATOR), f"/meetings/new?case={numbers[0]}&case={numbers[1]}"
    form = filled(seat.text(path)) | {"bases": "act_106_6", "kind": "case"}
    form |= {"basis_reason": REASON}
    form |= {f: "" for f in form if f.startswith("agency-")}
    assert sorted(form[f"hears-{numbers[0]}"]) == ["A13", "A14"]
    assert sorted(form[f"hears-{numbers[1]}"]) == ["A13", "A20"]
    form |= {"agency-A14": "required", "agency-A20": "required", "agency-A19": "optional"}
    wrong = send(seat, "/meetings/new", form, path)
    assert wrong.status_code == 422
    assert f"{hall.agency_name('A19')}が聞く議題を選んでください" in wrong.text
    assert 'href="#f-agency-A19"' in wrong.text, "said at its row, by its name"
    row = wrong.text.split('id="f-agency-A19-error"')[1].split("</tr>")[0]
    assert "が聞く議題を選んでください" in row
    assert "出席が必要な機関：" not in wrong.text
    assert f"{numbers[0]}を聞くのは、{hall.agency_name('A14')}です。" in wrong.text
    form |= {"agency-A14": ""}
    alone = send(seat, "/meetings/new", form, path)
    assert f"{numbers[0]}を聞く機関が、まだありません" in alone.text
    form |= {"agency-A14": "required"}
    form[f"hears-{numbers[1]}"] = ["A13", "A20", "A19"]
    assert send(seat, "/meetings/new", form, path).status_code == 302
    (meeting_id,) = hall.case(first).live_meeting_ids
    assert [i.agency_ids for i in hall.meeting(meeting_id).agenda] == [["A14"], ["A20", "A19"]]


def test_a_case_that_stood_there_alone_keeps_who_was_to_hear_it(hall: TownHall, app: Flask) -> None:
    """A second one typed beside it: what stands there is neither refused nor heard by nobody."""
    first, second = hall.open_case("A14"), hall.open_case("A20")
    seat, path = Seat(app, COORDINATOR), "/meetings/new?case=R8-0001"
    form = filled(seat.text(path)) | {"kind": "case", "basis_reason": REASON}
    form |= {"bases": "act_106_6", "cases": "R8-0001、R8-0002", "agency-A19": "optional"}
    both = send(seat, "/meetings/new", form | {"do": "suggest"}, path)
    drawn = filled(both.text)
    assert sorted(drawn["hears-R8-0001"]) == ["A13", "A14", "A19"]
    assert sorted(drawn["hears-R8-0002"]) == ["A13", "A20"]
    done = send(seat, "/meetings/new", form | drawn, path)
    assert done.status_code == 302, re.findall(r'class="error.*', done.text)
    (meeting_id,) = hall.case(first).live_meeting_ids
    assert all(item.agency_ids for item in hall.meeting(meeting_id).agenda)
    assert hall.case(second).live_meeting_ids == [meeting_id]


def test_what_is_read_is_looked_at_again_when_the_footing_is_another(
    hall: TownHall, app: Flask
) -> None:
    """By consent one thing is read, by the secrecy duty another: nothing is convened unseen."""
    case_id = hall.open_case("A14", **consented("A14", "A19"))
    seat, path = Seat(app, COORDINATOR), "/meetings/new?case=R8-0001"
    form = filled(seat.text(path)) | {"kind": "case", "bases": "act_106_6"}
    unseen = send(seat, "/meetings/new", form, path)
    assert unseen.status_code == 200
    assert "どの機関が何を読めるようになるか" in unseen.text
    assert hall.case(case_id).live_meeting_ids == []
    looked = form | {"drawn_for": filled(unseen.text)["drawn_for"]}
    assert send(seat, "/meetings/new", looked, path).status_code == 302


def test_who_may_not_convene_is_told_so(app: Flask, case_id: str) -> None:
    """The page is the coordinators' and chairs' alone, by address too."""
    for who in (ELDERLY, MANAGER, OUTSIDER):
        assert Seat(app, who).get("/meetings/new?case=R8-0001").status_code == 403


# -- the meeting and its answers -------------------------------------------------------------------


def test_every_date_is_answered_and_the_next_step_is_said(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """回答を保存しました, in large; a date left out is named and the others stay chosen."""
    seat = Seat(app, ELDERLY)
    path = f"/meetings/{meeting_id}/answer"
    slots = sorted(set(SLOT.findall(seat.text(path))))
    assert len(slots) == 2
    part = {slots[0]: "maybe", f"{slots[0]}-comment": "午後3時まで", "who": "代理の者"}
    missing = send(seat, path, part)
    assert missing.status_code == 422
    assert f'href="#f-{slots[1]}"' in missing.text
    for kept in ("午後3時まで", "代理の者", 'value="maybe" checked'):
        assert kept in missing.text
    done = seat.send(path, part | {slots[1]: "no"}, page=path, follow=True)
    assert "回答を保存しました" in done.text
    assert "日程が決まりましたら、お知らせします" in done.text
    answers = hall.meeting(meeting_id).answers["A14"]
    assert {str(a.symbol) for a in answers.values()} == {"maybe", "no"}
    page = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    assert "午後3時まで" in page
    assert "必須2機関のうち" in page


@pytest.mark.parametrize("how", ["closed", "fixed", "cancelled"])
def test_an_answer_that_comes_too_late_is_kept_on_the_page(
    hall: TownHall, app: Flask, meeting_id: str, how: str
) -> None:
    """It is not saved, the present state is said politely, and what was typed stays."""
    seat = Seat(app, ELDERLY)
    path = f"/meetings/{meeting_id}/answer"
    slots = set(SLOT.findall(seat.text(path)))
    typed = {**dict.fromkeys(slots, "no"), f"{min(slots)}-comment": "研修です"}
    tokens = seat.tokens(path)
    if how == "closed":
        hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    elif how == "fixed":
        hall.fix(meeting_id)
    else:
        hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    answer = seat.post(path, {**tokens, **typed})
    assert answer.status_code == 409
    assert "研修です" in answer.text
    assert "A14" not in hall.meeting(meeting_id).answers
    words = {"closed": "締め切りました", "fixed": "に決まりました", "cancelled": "中止になりました"}
    assert words[how] in seat.text(path)


def test_the_organiser_enters_what_was_said_by_telephone(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The link stands beside the agency that has not answered; the entry is marked as such."""
    seat = Seat(app, COORDINATOR)
    path = f"/meetings/{meeting_id}/answer?agency=A14"
    assert path in unescape(seat.text(f"/meetings/{meeting_id}"))
    slots = set(SLOT.findall(seat.text(path)))
    assert send(seat, path, dict.fromkeys(slots, "yes")).status_code == 302
    assert all(a.entered_for for a in hall.meeting(meeting_id).answers["A14"].values())
    assert Seat(app, ELDERLY).get(f"/meetings/{meeting_id}/answer?agency=A13").status_code == 403


def test_who_enters_for_others_is_not_thanked_as_if_they_had_answered(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The way on is the meeting, where the other agencies wait."""
    seat, agency = Seat(app, COORDINATOR), hall.agency_name("A14")
    path = f"/meetings/{meeting_id}/answer?agency=A14"
    saved = send(seat, path, dict.fromkeys(set(SLOT.findall(seat.text(path))), "yes"))
    page = seat.text(saved.location)
    assert f"{agency}の回答を入力しました" in page
    assert "ありがとう" not in page
    hall.fix(meeting_id)
    send(seat, f"/meetings/{meeting_id}/attend?agency=A14", {"comes": "no"})
    page = seat.text(f"/meetings/{meeting_id}")
    assert f"{agency}の「欠席」を入力しました" in page
    assert "お預かりしました" not in page


def test_a_refused_date_is_fixed_only_with_a_reason(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The first press asks why; with the reason the date is fixed and everybody reads it."""
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    seat = Seat(app, COORDINATOR)
    page, path = f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/fix"
    slot = hall.meeting(meeting_id).slots[0].id
    asked = send(seat, path, {"slot": slot}, page)
    assert asked.status_code == 422
    assert "この日に決める理由" in asked.text
    too_long = send(seat, path, {"slot": slot, "reason": "長" * 301}, page)
    assert too_long.status_code == 422
    assert "長" * 301 in too_long.text
    reason = "手続きの期限のため"
    assert send(seat, path, {"slot": slot, "reason": reason}, page).status_code == 302
    assert reason in Seat(app, ELDERLY).text(page)


def test_a_date_without_answers_is_not_fixed_by_one_press(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """A page names who cannot come and who has not answered, apart, and asks for a reason."""
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    seat = Seat(app, COORDINATOR)
    page, path = f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/fix"
    slot = hall.meeting(meeting_id).slots[0].id
    asked = send(seat, path, {"slot": slot}, page)
    assert asked.status_code == 422
    assert hall.meeting(meeting_id).fixed_slot_id is None
    refused, silent = hall.agency_name("A14"), hall.agency_name("A13")
    assert f"必須の{refused}が出席できない日です（×）" in asked.text
    assert f"必須の{silent}から、この日の回答がまだありません" in asked.text
    empty = send(seat, path, {"slot": slot, "reason": "　"}, page)
    assert empty.status_code == 422
    assert "理由を書いてください" in empty.text
    assert hall.meeting(meeting_id).fixed_slot_id is None


def test_the_page_before_a_date_is_fixed_names_everybody_who_is_missing(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """None is left as ほか1機関: whoever fixes it has to know whom to call."""
    asked = ("A13", "A14", "A17", "A19", "A20")
    meeting_id = hall.convene(case_id, required=asked)
    hall.answer(meeting_id, "A20", "no", by=FARMING)
    slot = hall.meeting(meeting_id).slots[0].id
    page = f"/meetings/{meeting_id}"
    text = send(Seat(app, COORDINATOR), f"{page}/fix", {"slot": slot}, page).text
    for agency in asked:
        assert hall.agency_name(agency) in text.split("</h1>")[1]
    assert "ほか" not in text.split("</h1>")[1].split("<form")[0]


def test_a_sitting_that_is_over_is_not_called_a_date_fixed(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """In the register, on its page and on the case's: its record is what is waited for."""
    held(hall, meeting_id)
    seat = Seat(app, COORDINATOR)
    for path in ("/meetings", f"/meetings/{meeting_id}", f"/cases/{hall.case(case_id).number}"):
        text = seat.text(path)
        assert "記録待ち" in text
        assert "日程決定" not in text


def test_a_planned_record_names_its_meeting(hall: TownHall, app: Flask, meeting_id: str) -> None:
    """Among what comes later, too, one sees which meeting it is."""
    fixed(hall, meeting_id)
    later = Seat(app, COORDINATOR).text("/").split('id="later"')[1].split("</section>")[0]
    assert "会議記録の作成" in later
    assert "R8-0001" in later


def test_the_reason_of_the_footing_is_marked_as_needed(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Where a case without consent is taken up, before anybody is refused for it."""
    number = hall.case(case_id).number
    text = Seat(app, COORDINATOR).text(f"/meetings/new?case={number}")
    field = text.split('for="f-basis_reason"')[1].split("<textarea")[0]
    assert f"{number}は同意がないため必須" in field
    assert "任意" not in field


def test_the_page_that_moves_a_meeting_begins_with_the_time_that_is(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Day, time and place alike: mostly one of them changes."""
    fixed(hall, meeting_id)
    text = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}/move")
    assert 'name="day" value="令和8年12月10日（木）"' in text
    assert 'name="starts" value="午後2時"' in text
    same = {"day": "令和8年12月10日", "starts": "午後2時", "reason": "会場の都合", "place": ""}
    refused = send(Seat(app, COORDINATOR), f"/meetings/{meeting_id}/move", same)
    assert refused.status_code == 422
    assert "いまの日時と場所のままです" in refused.text
    assert not hall.notices(ELDERLY, "meeting_moved"), "nobody hears of a move that is none"


def test_one_who_convenes_and_chairs_is_named_once(hall: TownHall, app: Flask) -> None:
    meeting_id = hall.convene(hall.open_case("A14"), chair=COORDINATOR)
    text = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}/hearing")
    assert "招集者（議長）の縁側 つむぎさんは、見ることのできる議題をすべて聞きます。" in text


def test_whoever_answers_signed_in_reads_what_the_link_by_mail_says(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Until when, where one joins, and that nothing of the person belongs into these fields."""
    meeting_id = hall.convene(case_id, online_url="https://meet.example.jp/abc", days_ahead=(30,))
    seat, path = Seat(app, ELDERLY), f"/meetings/{meeting_id}"
    apart = "相談している方のお名前や連絡先、事情は、どの欄にも書かないでください。"
    assert apart in seat.text(f"{path}/answer")
    hall.fix(meeting_id)
    text = seat.text(f"{path}/attend")
    assert apart in text
    assert "https://meet.example.jp/abc" in text
    (news,) = hall.notices(ELDERLY, "meeting_fixed")
    until = show_instant(datetime.fromisoformat(str(news.facts["attend_by"])))
    assert f'回答期限は<span class="date">{until}</span>です' in text


def test_where_no_date_works_the_page_says_so_and_offers_more(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """All × of one who must come: no おすすめ, and the way to further dates."""
    for agency, symbol, who in (("A13", "yes", COORDINATOR), ("A14", "no", ELDERLY)):
        hall.answer(meeting_id, agency, symbol, by=who)
    text = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    assert "おすすめできる候補日がありません" in text
    assert f'href="/meetings/{meeting_id}/dates"' in text
    assert "おすすめの理由" not in text
    theirs = Seat(app, ELDERLY).text(f"/meetings/{meeting_id}")
    assert "おすすめできる候補日がありません" in theirs
    hall.answer(meeting_id, "A19", "no", by=LIVELIHOOD)
    (news,) = hall.notices(COORDINATOR, "all_answered")
    card = TEXTS.card(news)
    assert card.body.startswith("3機関すべてからご回答がありましたが、")
    assert "日程を決める" not in {action.label for action in card.actions}


def pressed_again(seat: Seat, path: str, typed: dict[str, str], page: str = "") -> tuple[str, int]:
    """The question, and how it went once the same was sent with what the question's page holds."""
    asked = send(seat, path, typed, page or path)
    assert asked.status_code == 422
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', asked.text)
    assert confirmed is not None
    for press in re.findall(r"もう一度「([^」]+)」を押してください", asked.text):
        assert f">{press}</button>" in asked.text, "the button that it names is there"
    again = {**typed, "confirmed": confirmed[1]}
    return asked.text, send(seat, path, again, page or path).status_code


def test_odd_dates_are_asked_about_once_on_every_page(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Further dates, fixing, moving: a Saturday and an evening are named, then taken."""
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}"
    more = {"slots-0-day": "令和8年12月12日", "slots-0-starts": "10:00", "answer_by": ""}
    text, code = pressed_again(seat, f"{page}/dates", more)
    assert "（閉庁日）" in text
    assert "もう一度「候補日を加えて、ご都合を尋ねる」" in text
    assert code == 302
    assert "※閉庁日" in Seat(app, ELDERLY).text(f"{page}/answer")
    assert "※閉庁日" in seat.text(page)
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    saturday = next(s for s in hall.meeting(meeting_id).slots if s.starts_at.weekday() == 5)
    text, code = pressed_again(seat, f"{page}/fix", {"slot": saturday.id}, page)
    assert "この日に決める理由" not in text
    assert code == 302
    assert "※閉庁日" in seat.text(page)
    move = {"day": "令和8年12月14日", "starts": "19:00", "reason": "会場の都合。", "place": ""}
    text, code = pressed_again(seat, f"{page}/move", move)
    assert "（開庁時間外）" in text
    assert code == 302
    assert hall.meeting(meeting_id).sequence == 1


def test_the_part_that_refreshes_itself_holds_no_form(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """It changes only when there is news: tokens, which change every time, stay outside."""
    seat = Seat(app, COORDINATOR)
    path = f"/meetings/{meeting_id}/live"
    first = seat.text(path)
    assert 'form="fix-form"' in first
    assert first == seat.text(path)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    assert first != seat.text(path)


def test_a_manager_sees_the_heading_alone(hall: TownHall, app: Flask, meeting_id: str) -> None:
    """Neither answers nor comments nor the story, on the page or in its live part."""
    hall.answer(meeting_id, "A14", by=ELDERLY)
    seat = Seat(app, MANAGER)
    for path in (f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/live"):
        text = seat.text(path)
        assert "候補日と各機関のご都合" not in text
        assert "日程の回答を入力しました" not in text
    assert Seat(app, OUTSIDER).get(f"/meetings/{meeting_id}").status_code == 404


def test_only_those_who_run_it_change_a_meeting(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """An invited agency finds neither page nor door."""
    seat = Seat(app, ELDERLY)
    page = f"/meetings/{meeting_id}"
    tokens = seat.tokens(page)
    for name in ("dates", "reopen", "move", "cancel", "agencies", "writer"):
        assert seat.get(f"{page}/{name}").status_code == 403, name
        assert seat.post(f"{page}/{name}", {**tokens, "reason": "x"}).status_code == 403, name
    for name in ("fix", "remind", "close-answers", "agenda"):
        assert seat.post(f"{page}/{name}", tokens).status_code in (403, 404), name
    assert hall.meeting(meeting_id).state is MeetingState.COLLECTING


def test_a_sign_for_a_reason_to_join_a_sitting_is_said_beside_it(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """What was typed and ticked is still there."""
    hall.open_case("A14", name="架空 次郎", kana="カクウ ジロウ")
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agenda?case=R8-0002"
    looked = filled(seat.text(path))
    for sign, says in (("あ。", "言葉で書いてください"), ("", "理由")):
        answer = send(seat, f"/meetings/{meeting_id}/agenda", looked | {"reason": sign}, path)
        assert answer.status_code == 422
        assert 'href="#f-basis_reason"' in answer.text
        field = answer.text.partition('id="f-basis_reason-error"')[2].partition("</textarea>")[0]
        assert says in field
        assert sign in field
        assert filled(answer.text) == looked


def test_moving_and_cancelling_say_what_happens_and_keep_what_was_typed(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Without a reason both are refused beside the field; with one, the page says whom it told."""
    fixed(hall, meeting_id)
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}"
    typed = {"day": "令和8年12月14日", "starts": "午前10時", "place": "公民館", "reason": ""}
    refused = send(seat, f"{page}/move", typed)
    assert refused.status_code == 422
    assert "公民館" in refused.text
    assert 'href="#f-reason"' in refused.text
    done = seat.send(
        f"{page}/move", typed | {"reason": "会議室の都合"}, page=f"{page}/move", follow=True
    )
    assert "令和8年12月14日（月）午前10時に変えました。3機関にお知らせし" in done.text
    assert send(seat, f"{page}/cancel", {"reason": " "}).status_code == 422
    done = seat.send(f"{page}/cancel", {"reason": "大雪のため"}, page=f"{page}/cancel", follow=True)
    assert "会議を中止しました" in done.text
    assert "大雪のため" in Seat(app, ELDERLY).text(page)


def test_an_agency_is_added_and_taken_off(hall: TownHall, app: Flask, meeting_id: str) -> None:
    """Taken off, its pages are gone at once."""
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agencies"
    assert send(seat, page, {"agency": "", "do": "required"}).status_code == 409
    look = send(seat, page, {"agency": "A17", "do": "optional"})
    assert look.status_code == 200
    assert hall.meeting(meeting_id).invite("A17") is None, "what it would read is looked at first"
    wanted = {"agency": "A17", "do": "optional", "look": "1", "hears": "R8-0001"}
    assert 'name="hears" value="R8-0001" checked' in look.text
    assert send(seat, page, wanted | {"hears": ""}).status_code == 422
    assert send(seat, page, wanted).status_code == 302
    assert Seat(app, DISABILITY).get(f"/meetings/{meeting_id}/answer").status_code == 200
    assert send(seat, page, {"agency": "A17", "do": "uninvite"}).status_code == 302
    for name in ("", "/answer", "/attend", "/record", "/calendar.ics"):
        assert Seat(app, DISABILITY).get(f"/meetings/{meeting_id}{name}").status_code == 404


def test_who_is_made_required_after_fixing_is_said_to_be_silent(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """On the page before one presses, in what is said then, and where the meeting stands."""
    fixed(hall, meeting_id)
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agencies"
    assert "に決まっています" in seat.text(page)
    done = seat.send(page, {"agency": "A19", "do": "required"}, page=page, follow=True)
    assert "この日に出席できるとまだ答えていないため、出欠を伺います" in done.text
    assert "出席できるとまだ答えていません" in done.text
    name = hall.agency_name("A19")
    silent = f"必須の{name}は、この日に出席できるとまだ答えていません"
    assert silent in seat.text(f"/meetings/{meeting_id}")
    hall.desk.handle(ConfirmAttendance(meeting_id, "A19", comes=False), COORDINATOR)
    refused = f"必須の{name}は、この日に出席できないと答えています"
    assert refused in seat.text(f"/meetings/{meeting_id}")
    look = seat.text(f"{page}?agency=A17")
    assert "に決まっています" in look
    wanted = {"agency": "A17", "do": "required", "look": "1", "hears": "R8-0001"}
    done = seat.send(page, wanted, page=f"{page}?agency=A17", follow=True)
    assert "出欠を伺います。この日に出席できるかは、まだ分かりません。" in done.text


def test_who_is_invited_after_the_answers_were_closed_is_said_not_to_be_asked(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agencies"
    wanted = {"agency": "A17", "do": "required", "look": "1", "hears": "R8-0001"}
    done = seat.send(page, wanted, page=f"{page}?agency=A17", follow=True)
    assert "回答を再開してください" in done.text


def test_a_double_press_reminds_once(hall: TownHall, app: Flask, meeting_id: str) -> None:
    """The same form sent twice is told to be done already, and nothing is done again."""
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}"
    tokens = seat.tokens(page)
    assert seat.post(f"{page}/close-answers", tokens).status_code == 302
    again = seat.post(f"{page}/close-answers", tokens, follow=True)
    assert "もう受け付けています" in again.text


# -- attendance and secrecy ------------------------------------------------------------------------


def test_the_page_says_by_when_one_says_whether_one_comes(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The same as what is promised, also after a move; nobody asks once it is over."""
    fixed(hall, meeting_id)
    for days in (30, 31):
        (owed,) = (p for p in hall.promises(meeting_id, PromiseKind.ATTEND) if p.agency_id == "A14")
        seat, until = Seat(app, ELDERLY), show_instant(owed.due_at)
        assert f"{until}までにお知らせください" in seat.text(f"/meetings/{meeting_id}")
        assert f"{until}</span>です" in seat.text(f"/meetings/{meeting_id}/attend")
        hall.move(meeting_id, days)
    hall.clock.move(days=32)
    assert "までにお知らせください" not in Seat(app, ELDERLY).text(f"/meetings/{meeting_id}")


def test_attendance_is_answered_with_a_delegate(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Neither ○ nor × is refused with the rest kept; an absence is told to the organiser."""
    fixed(hall, meeting_id)
    seat, path = Seat(app, ELDERLY), f"/meetings/{meeting_id}/attend"
    refused = send(seat, path, {"who": "代理の者", "comment": "遅れます"})
    assert refused.status_code == 422
    assert "代理の者" in refused.text
    assert "遅れます" in refused.text
    assert send(seat, path, {"comes": "yes", "who": "代理の者"}).status_code == 302
    assert "代理の者" in Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    assert send(seat, path, {"comes": "no"}).status_code == 302
    assert hall.notices(COORDINATOR, "will_be_absent")


def test_no_attendance_is_taken_for_a_date_of_which_it_was_not_said(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The meeting is moved while somebody has the form open: they are asked about the new date."""
    fixed(hall, meeting_id)
    seat, path = Seat(app, ELDERLY), f"/meetings/{meeting_id}/attend"
    (date,) = DATE.findall(seat.text(path))
    move = MoveMeeting(meeting_id, "令和8年12月14日", "午前10時", "会議室の都合のため")
    hall.desk.handle(move, COORDINATOR)
    lost = send(seat, path, {"comes": "yes", "who": "代理の者", "date": date})
    assert lost.status_code == 409
    assert "日時が変わりました。まだ保存していません。" in lost.text
    assert "代理の者" in lost.text
    (new,) = DATE.findall(lost.text)
    assert send(seat, path, {"comes": "yes", "date": new}).status_code == 302


def test_content_waits_for_the_secrecy_confirmation(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Before it the agenda leads to no content; one press confirms, once, and it is kept."""
    seat, page = Seat(app, ELDERLY), f"/meetings/{meeting_id}"
    sheet = f"{page}/preparation/R8-0001"
    assert "守秘義務をご確認ください" in seat.text(page)
    asked = seat.get(sheet)
    assert (asked.status_code, asked.location) == (302, secrecy_page(meeting_id, sheet))
    assert send(seat, f"{page}/secrecy", {}, page).status_code == 302
    assert "守秘義務をご確認ください" not in seat.text(page)
    assert seat.get(sheet).status_code == 200
    assert ELDERLY in hall.meeting(meeting_id).secrecy


def secrecy_page(meeting_id: str, then: str) -> str:
    return f"/meetings/{meeting_id}/secrecy?{urlencode({'then': then})}"


@pytest.mark.parametrize("which", ["record", "record/print", "preparation/R8-0001"])
def test_the_confirmation_is_offered_on_the_way_and_leads_back(
    hall: TownHall, app: Flask, meeting_id: str, which: str
) -> None:
    """The chair opens content unsworn: one press on one page, and they are where they wanted."""
    held(hall, meeting_id)
    wanted = f"/meetings/{meeting_id}/{which}"
    seat = Seat(app, CHAIR)
    asked = seat.get(wanted, follow_redirects=True)
    assert asked.request.path == f"/meetings/{meeting_id}/secrecy"
    assert asked.text.count("守秘義務を確認しました") == 1
    assert f'name="then" value="{wanted}"' in asked.text
    done = send(seat, f"/meetings/{meeting_id}/secrecy", {"then": wanted}, wanted_page(wanted))
    assert (done.status_code, done.location) == (302, wanted)
    assert seat.get(wanted).status_code == 200
    assert seat.get(secrecy_page(meeting_id, wanted)).location == wanted


def wanted_page(wanted: str) -> str:
    """The confirmation page as the wanted one leads to it."""
    return secrecy_page(wanted.split("/")[2], wanted)


@pytest.mark.parametrize("then", ["//elsewhere.example/", "https://elsewhere.example", "/admin"])
def test_the_confirmation_leads_nowhere_else(
    hall: TownHall, app: Flask, meeting_id: str, then: str
) -> None:
    """Whatever an address says, one comes back to a case or a meeting of this house."""
    seat, page = Seat(app, ELDERLY), f"/meetings/{meeting_id}/secrecy"
    assert f'name="then" value="/meetings/{meeting_id}"' in seat.text(f"{page}?then={then}")
    done = send(seat, page, {"then": then}, page)
    assert done.location == f"/meetings/{meeting_id}"


def test_a_cancelled_meeting_asks_nobody_to_confirm(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """There is nothing to be read any more, for those who ran it neither."""
    hall.desk.handle(CancelMeeting(meeting_id, "大雪のため"), COORDINATOR)
    for who in (CHAIR, ELDERLY, COORDINATOR):
        seat = Seat(app, who)
        assert "守秘義務をご確認ください" not in seat.text(f"/meetings/{meeting_id}")
        assert seat.get(f"/meetings/{meeting_id}/secrecy").location == f"/meetings/{meeting_id}"
        assert seat.get(f"/meetings/{meeting_id}/record").status_code == 403


def test_convening_says_that_it_confirms_the_duty_and_does(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The organiser is not asked again; when they confirmed stands in the story."""
    seat = Seat(app, COORDINATOR)
    assert "あなたの守秘義務の確認も記録されます" in seat.text("/meetings/new")
    assert "守秘義務をご確認ください" not in seat.text(f"/meetings/{meeting_id}")
    with hall.database.open() as unit:
        kinds = [(e.kind, e.actor_id) for e in unit.events.of_meeting(meeting_id)]
    assert ("secrecy_confirmed", COORDINATOR) in kinds


# -- the preparation sheet -------------------------------------------------------------------------


def test_a_preparation_is_read_by_those_who_attend_for_the_case(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Written by one agency, read by the other and the organiser, not by those outside."""
    hall.swear(meeting_id, ELDERLY, LIVELIHOOD)
    path = f"/meetings/{meeting_id}/preparation/R8-0001"
    seat = Seat(app, ELDERLY)
    assert send(seat, path, {"household_view": "台所は片付いています。"}).status_code == 302
    for who in (LIVELIHOOD, COORDINATOR):
        assert "台所は片付いています。" in Seat(app, who).text(path)
    assert Seat(app, OUTSIDER).get(path).status_code == 404
    assert Seat(app, MANAGER).get(path).status_code == 403
    long = send(seat, path, {"household_view": "長" * 401})
    assert long.status_code == 422
    assert "長" * 401 in long.text


# -- the record ------------------------------------------------------------------------------------


def written(case_id: str, **more: str) -> dict[str, str]:
    return {
        f"{case_id}-decisions-0-text": "地域で見守る。",
        f"{case_id}-roles-0-agency": "A14",
        f"{case_id}-roles-0-task": "通院に付き添う",
        f"{case_id}-roles-0-due_on": "令和9年1月15日",
        **{f"{case_id}-{name}": value for name, value in more.items()},
    }


def came(hall: TownHall, meeting_id: str) -> dict[str, str]:
    """The fields of an attendance list on which everybody was there."""
    return {f"presence-{a}": how for a, (how, _) in hall.everybody_came(meeting_id).items()}


def test_who_came_is_blank_until_somebody_says_so(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """Each blank has its error; what was said beforehand is a hint, filled in on one press."""
    fixed(hall, meeting_id)
    hall.desk.handle(ConfirmAttendance(meeting_id, "A14", True, "高橋"), ELDERLY)
    hall.clock.move(days=20, hours=6)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/record"
    text = seat.text(path)
    assert text.count('value="unknown" checked') == len(hall.everybody_came(meeting_id))
    assert "前もっての出欠：○ 出席（高橋）" in text
    answer = send(seat, path, written(case_id) | {"version": "0", "do": "ready"})
    assert answer.status_code == 422
    assert 'href="#f-A14-presence"' in answer.text or 'href="#f-A13-presence"' in answer.text
    assert 'id="f-A14-presence-error"' in answer.text
    assert "が出席したかどうかを選んでください" in answer.text
    filled = send(seat, path, written(case_id) | {"version": "0", "do": "as_said"})
    assert filled.status_code == 200
    assert 'name="presence-A14" value="present" checked' in filled.text
    assert 'name="presence-A13" value="unknown" checked' in filled.text
    assert "1機関に入れました。まだ保存していません。" in filled.text
    assert "地域で見守る。" in filled.text
    assert hall.meeting(meeting_id).record is None


def test_a_record_says_openly_what_nobody_judged(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """docs/rules.md 12: on the page and on paper a blank judgement is 未記入, not left out."""
    held(hall, meeting_id)
    hall.save_record(meeting_id, closure_judgement="continue")
    hall.confirm_record(meeting_id)
    (number,) = {hall.case(i.case_id).number for i in hall.meeting(meeting_id).agenda}
    assert "会議で決まった役割はありません。" in Seat(app, COORDINATOR).text(f"/cases/{number}")
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/record"
    for text in (seat.text(path), seat.text(f"{path}/print")):
        assert re.search(r"支援プランの適切さ</dt><dd[^>]*>未記入", text)
        assert re.search(r"終結の判断</dt><dd[^>]*>支援を続ける", text)


def test_what_a_record_did_not_decide_is_not_filled_in(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Also of a case that was not reached: 未記入 on the page and on paper."""
    held(hall, meeting_id)
    hall.save_record(meeting_id, decisions=[])
    hall.confirm_record(meeting_id)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/record"
    for text in (seat.text(path), seat.text(f"{path}/print")):
        assert re.search(r"決定事項</dt><dd[^>]*>未記入", text)


def version_of(seat: Seat, meeting_id: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', seat.text(f"/meetings/{meeting_id}/record"))
    assert found
    return found[1]


def test_a_record_goes_from_draft_to_everybody(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """Drafted with the attendance, saved, asked for, confirmed by the chair, read, printed."""
    held(hall, meeting_id)
    path = f"/meetings/{meeting_id}/record"
    writer, chair, reader = (Seat(app, who) for who in (COORDINATOR, CHAIR, ELDERLY))
    hall.swear(meeting_id, ELDERLY, CHAIR)
    assert 'name="presence-A14" value="unknown" checked' in writer.text(path)
    form = written(case_id, shared_facts="母は薬を飲み忘れます。") | came(hall, meeting_id)
    form |= {"presence-A19": "absent"}
    saved = send(writer, path, form | {"version": "0", "do": "save"})
    assert saved.status_code == 302
    assert "薬を飲み忘れます" not in reader.text(path), "unfinished words are the writers' alone"
    asked = send(writer, path, form | {"version": "1", "do": "ready"})
    assert asked.status_code == 302
    assert hall.notices(CHAIR, "confirm_record")
    form |= {"version": version_of(chair, meeting_id), "do": "share"}
    assert send(chair, path, form).status_code == 302
    assert hall.meeting(meeting_id).state is MeetingState.RECORDED
    for text in (reader.text(path), reader.text(f"{path}/print")):
        for word in ("薬を飲み忘れます", "通院に付き添う", "地域で見守る。", "欠席"):
            assert word in text
    assert "role_given" in {n.key for n in hall.notices(ELDERLY)}


def test_what_the_chat_will_show_stands_beside_and_holds_no_content(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """The card follows what is typed: counts, agencies and days, never the words."""
    held(hall, meeting_id)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/record"
    assert seat.get(f"{path}/preview").status_code == 204
    draft = seat.post(f"{path}/draft", {**seat.tokens(path), **written(case_id), "draft": "1"})
    assert draft.status_code == 200
    preview = seat.text(f"{path}/preview")
    assert hall.agency_name("A14") in preview
    assert "決定事項は1件です" in preview
    for word in ("通院", "見守る", "花子"):
        assert word not in preview
    assert Seat(app, ELDERLY).get(f"{path}/preview").status_code == 403


def test_an_unfinished_record_waits_as_it_was_typed(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """What the page kept by itself stands in the fields again, also what is wrong yet."""
    held(hall, meeting_id)
    hall.swear(meeting_id, CHAIR)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/record"
    typed = written(case_id, next_on="らいげつ", issues="家の片付け")
    seat.post(f"{path}/draft", {**seat.tokens(path), **typed, "who-A14": "日向坂"})
    text = seat.text(path)
    for word in ("らいげつ", "家の片付け", "通院に付き添う", "日向坂"):
        assert word in text
    assert "家の片付け" not in Seat(app, CHAIR).text(path), "a draft is its writer's alone"


def test_a_wrong_field_of_a_record_is_named_with_its_case(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """The error links to the field on the page, and everything typed stays."""
    held(hall, meeting_id)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/record"
    typed = written(case_id, next_on="らいげつ") | {f"{case_id}-roles-0-due_on": "すぐ"}
    answer = send(seat, path, typed | {"version": "0", "do": "ready"})
    assert answer.status_code == 422
    for anchor in (f"{case_id}-next_on", f"{case_id}-roles-0-due_on"):
        assert f'href="#f-{anchor}"' in answer.text
        assert f'id="f-{anchor}"' in answer.text
    assert "R8-0001 次回の日" in answer.text
    assert "すぐ" in answer.text
    assert hall.meeting(meeting_id).record is None


def test_two_writers_lose_nothing(
    hall: TownHall, app: Flask, meeting_id: str, case_id: str
) -> None:
    """The second is told, sees both, and saves on top of the newer one."""
    held(hall, meeting_id)
    hall.swear(meeting_id, CHAIR)
    path = f"/meetings/{meeting_id}/record"
    one, two = Seat(app, COORDINATOR), Seat(app, CHAIR)
    first = written(case_id, issues="先に書いた課題") | {"version": "0", "do": "save"}
    assert send(one, path, first).status_code == 302
    second = written(case_id, issues="後から書いた課題") | {"version": "0", "do": "save"}
    conflict = send(two, path, second)
    assert conflict.status_code == 409
    assert "先に書いた課題" in conflict.text
    assert "後から書いた課題" in conflict.text
    assert 'name="version" value="1"' in conflict.text
    assert send(two, path, second | {"version": "1"}).status_code == 302
    record = hall.meeting(meeting_id).record
    assert record is not None
    assert record.cases[case_id]["issues"] == "後から書いた課題"


def test_an_attendee_of_one_meeting_does_not_read_anothers_record(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Two meetings on the same case, another footing each: each record stays with its own."""
    first = held(hall, hall.convene(case_id, required=("A13", "A14")))
    hall.swear(first, ELDERLY)
    hall.save_record(first, issues="最初の会議の内容")
    hall.confirm_record(first)
    second = hall.convene(case_id, required=("A13", "A19"), bases=("child_protection",))
    hall.swear(second, LIVELIHOOD)
    assert "最初の会議の内容" in Seat(app, ELDERLY).text(f"/meetings/{first}/record")
    for name in ("record", "record/print", "record/preview", ""):
        assert Seat(app, LIVELIHOOD).get(f"/meetings/{first}/{name}").status_code == 404
    hall.answer(second, "A13", by=COORDINATOR)
    hall.fix(second)
    hall.clock.move(days=20, hours=6)
    page = Seat(app, COORDINATOR).text(f"/meetings/{second}/record")
    assert "地域で見守る。" not in page, "records under different footings are not mixed"


def test_each_case_of_a_record_is_read_by_those_who_attend_for_it(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """A case put on later for some, a restricted one for the named alone."""
    restricted = hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A19"))
    number = hall.case(restricted).number
    every = {number: ("A13", "A14", "A19")}
    hall.desk.handle(PutOnAgenda(meeting_id, (number,), "安全の確認のため", every), COORDINATOR)
    held(hall, meeting_id)
    hall.save_record(meeting_id, issues="ふたつの課題")
    hall.confirm_record(meeting_id)
    path = f"/meetings/{meeting_id}/record"
    colleague = "M27"
    hall.swear(meeting_id, LIVELIHOOD, colleague)
    assert Seat(app, LIVELIHOOD).text(path).count("ふたつの課題") == 2
    text = Seat(app, colleague).text(path)
    assert text.count("ふたつの課題") == 1
    assert "議題のうち1件は" in text


def test_a_case_that_the_writer_may_not_see_keeps_its_words(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Saving one part of a record never empties another."""
    restricted = hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    number = hall.case(restricted).number
    hall.desk.handle(PutOnAgenda(meeting_id, (number,), "安全の確認のため"), COORDINATOR)
    held(hall, meeting_id)
    hall.save_record(meeting_id, ready=False, issues="ふたつの課題")
    page = f"/meetings/{meeting_id}/writer"
    assert send(Seat(app, COORDINATOR), page, {"writer": OTHER_COORDINATOR}).status_code == 302
    hall.swear(meeting_id, OTHER_COORDINATOR)
    seat, path = Seat(app, OTHER_COORDINATOR), f"/meetings/{meeting_id}/record"
    text = seat.text(path)
    assert restricted not in text
    typed = written(case_id, issues="書き直した課題") | {
        f"{restricted}-issues": "見えないはずのケース",
        "version": version_of(seat, meeting_id),
        "do": "save",
    }
    assert send(seat, path, typed).status_code == 302
    record = hall.meeting(meeting_id).record
    assert record is not None
    assert record.cases[case_id]["issues"] == "書き直した課題"
    assert record.cases[restricted]["issues"] == "ふたつの課題"


def test_the_record_shows_what_the_last_sitting_left(
    hall: TownHall, app: Flask, case_id: str
) -> None:
    """Open roles and last decisions stand beside while the next record is written."""
    first = held(hall, hall.convene(case_id))
    hall.save_record(first, roles=[{"agency": "A14", "task": "通院に付き添う"}])
    hall.confirm_record(first)
    second = hall.convene(case_id)
    held(hall, second)
    text = Seat(app, COORDINATOR).text(f"/meetings/{second}/record")
    assert "通院に付き添う" in text
    assert "地域で見守る。" in text


def test_whoever_is_taken_off_reads_the_record_no_more(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Uninvited before the meeting, the agency never sees its record."""
    hall.swear(meeting_id, LIVELIHOOD)
    hall.desk.handle(UninviteAgency(meeting_id, "A19"), COORDINATOR)
    held(hall, meeting_id)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    assert Seat(app, LIVELIHOOD).get(f"/meetings/{meeting_id}/record").status_code == 404


def test_a_consented_meeting_asks_no_secrecy_page_first(hall: TownHall, app: Flask) -> None:
    """重層的支援会議: its attendees read the record without the extra press."""
    agreed = hall.open_case("A14", **consented("A14"))
    meeting_id = held(hall, hall.convene(agreed, bases=("multi_layered",)))
    hall.save_record(meeting_id, issues="合意した課題")
    hall.confirm_record(meeting_id)
    assert "合意した課題" in Seat(app, ELDERLY).text(f"/meetings/{meeting_id}/record")


def test_no_name_stands_on_the_pages_of_dates(hall: TownHall, app: Flask, meeting_id: str) -> None:
    """Dates, answers and the register are open to people who have not confirmed secrecy."""
    for who in (ELDERLY, COORDINATOR, MANAGER):
        seat = Seat(app, who)
        for path in ("/meetings", f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/live"):
            assert "花子" not in seat.text(path)
    assert "花子" not in Seat(app, ELDERLY).text(f"/meetings/{meeting_id}/answer")


# -- a meeting without cases -----------------------------------------------------------------------


def test_an_agency_is_invited_to_a_meeting_without_cases_with_one_press(
    hall: TownHall, app: Flask
) -> None:
    """There is nothing to look at first: what nobody hears needs no choice."""
    meeting_id = hall.convene(bases=["liaison"], kind="plenary")
    seat, page = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/agencies"
    for agency, do in (("A17", "optional"), ("A20", "required")):
        done = seat.send(page, {"agency": agency, "do": do}, page=page, follow=True)
        assert "招きました" in done.text
        invite = hall.meeting(meeting_id).invite(agency)
        assert invite is not None
        assert invite.required == (do == "required")
