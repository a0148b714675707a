"""The case pages over a real desk: what is sent, refused, kept and shown."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask

from handlers.words.form_words import ShownError
from tests.support.hands import PASSED, sheet
from tests.support.people import (
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.cases.name_members import NameMember
from workflows.cases.reply import SetLead
from workflows.japanese.dates import TOKYO

PERSON = {"name": "浮舟はつ江", "kana": "ウキフネハツエ", "birth_date": "昭和15年3月3日"}


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


def flash_of(text: str) -> str:
    return "".join(re.findall(r'<p class="flash">(.*?)</p>', text))


def field_of(text: str, name: str) -> str:
    """What stands in a text field of a page."""
    found = re.search(rf'<input[^>]*name="{name}" value="([^"]*)"', text)
    area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    return found[1] if found else area[1] if area else ""


def row(agency: str, number: int = 0, request: str = "訪問してください。") -> dict[str, str]:
    return {
        f"referrals-{number}-agency": agency,
        f"referrals-{number}-purpose": "handover",
        f"referrals-{number}-request": request,
    }


def test_a_sheet_is_sent_to_two_agencies_and_the_page_says_what_comes_next(
    hall: TownHall, app: Flask
) -> None:
    """Number, how many were told and until when they answer; no name in address or sentence."""
    seat = Seat(app, COORDINATOR)
    data = {**sheet(**PERSON), **row("A14"), **row("A17", 1)}
    sent = seat.send("/cases/new", data, page="/cases/new")
    assert (sent.status_code, sent.location) == (302, "/cases/R8-0001")
    page = seat.text("/cases/R8-0001")
    said = flash_of(page)
    assert said.startswith("R8-0001を送りました。2機関にお知らせし、令和8年11月26日")
    assert "浮舟" not in said
    assert "浮舟はつ江" in page
    assert [r.agency_id for r in hall.case(hall.case_ids()[0]).referrals] == ["A14", "A17"]


def test_a_wrong_sheet_comes_back_with_everything_that_was_typed(app: Flask) -> None:
    """422, an error beside the field, and name, text, row and choice as they were."""
    seat = Seat(app, COORDINATOR)
    data = {**sheet(summary=None, **PERSON), **row("", request="お願いの下書き"), "wishes": "<b>家"}
    answer = seat.send("/cases/new", data, page="/cases/new")
    text = answer.text
    assert answer.status_code == 422
    assert field_of(text, "name") == "浮舟はつ江"
    assert "お願いの下書き" in text
    assert "&lt;b&gt;家" in text
    assert 'href="#f-summary"' in text
    assert 'id="f-summary-error"' in text
    assert 'href="#f-referrals-0-agency"' in text
    assert re.search(r'value="resident" checked', text)


def test_opening_the_sheet_leaves_no_draft_and_typing_leaves_one(
    hall: TownHall, app: Flask
) -> None:
    """The page saves into the same draft again and again; sending throws it away."""
    seat = Seat(app, COORDINATOR)
    page = seat.text("/cases/new")
    assert "令和8年11月20日（金）午前10時" in field_of(page, "received_at")
    draft = field_of(page, "draft_id")
    with hall.database.open() as unit:
        assert unit.drafts.of_member(COORDINATOR) == []
    csrf = seat.tokens("/cases/new")["csrf_token"]
    for summary in ("近所", "近所の方から"):
        kept = seat.post(
            "/cases/drafts",
            {"csrf_token": csrf, "draft": "1", "draft_id": draft, "summary": summary} | row("A14"),
        )
        assert kept.text == "下書きを保存しました（午前10時）"
    with hall.database.open() as unit:
        assert [d.id for d in unit.drafts.of_member(COORDINATOR)] == [draft]
    opened = seat.text(f"/cases/new?draft={draft}")
    assert field_of(opened, "summary") == "近所の方から"
    assert '<option value="A14" selected>' in opened
    assert Seat(app, ELDERLY).get(f"/cases/new?draft={draft}").status_code == 404
    data = {**sheet(), **row("A14"), "draft_id": draft}
    seat.send("/cases/new", data, page="/cases/new")
    with hall.database.open() as unit:
        assert unit.drafts.of_member(COORDINATOR) == []


def test_without_a_script_a_draft_is_saved_thrown_away_and_a_row_added(
    hall: TownHall, app: Flask
) -> None:
    """The buttons of the form do what the script does."""
    seat = Seat(app, COORDINATOR)
    more = seat.send("/cases/new", {**row("A14"), "add_row": "referrals"}, page="/cases/new").text
    assert 'name="referrals-2-agency"' in more
    assert hall.case_ids() == []
    data = {"name": "浮舟はつ江", "draft_id": "d" * 32, "save_draft": "1"}
    saved = seat.send("/cases/new", data, page="/cases/new")
    assert saved.location == "/cases/new?draft=" + "d" * 32
    assert "浮舟" not in saved.location
    gone = seat.send("/cases/drafts", {"draft_id": "d" * 32, "discard": "1"}, page="/cases/new")
    assert gone.location == "/"
    with hall.database.open() as unit:
        assert unit.drafts.of_member(COORDINATOR) == []


def test_the_same_person_is_pointed_out_to_those_who_may_read_the_case(
    hall: TownHall, app: Flask
) -> None:
    """While typing, and written down; an outsider and a manager are told that there is nobody."""
    case_id = hall.open_case("A14", **PERSON)
    typed = {"kana": "うきふねはつえ", "birth_date": "S15.3.3"}
    found = Seat(app, ELDERLY).send("/cases/same", typed, page="/cases/new")
    assert "R8-0001" in found.text
    assert "フリガナと生年月日が同じ" in found.text
    assert [e.actor_id for e in hall.events(case_id) if e.kind == "read.find_person"] == [ELDERLY]
    for member_id in (OUTSIDER, MANAGER):
        hidden = Seat(app, member_id).send("/cases/same", typed, page="/cases/new")
        assert hidden.status_code == 200
        assert "R8-0001" not in hidden.text


def test_the_same_form_twice_makes_one_case(hall: TownHall, app: Flask) -> None:
    """A double click leads to it, too, and says that it was accepted already."""
    seat = Seat(app, COORDINATOR)
    data = {**seat.tokens("/cases/new"), **sheet(), **row("A14")}
    assert seat.post("/cases/new", data).location == "/cases/R8-0001"
    assert seat.post("/cases/new", data).location == "/cases/R8-0001"
    assert hall.numbers() == ["R8-0001"]


def test_unknown_and_invisible_cases_are_one_page(hall: TownHall, app: Flask) -> None:
    """404 with the same words, on every page of a case."""
    hall.open_case("A14")
    seat = Seat(app, OUTSIDER)
    for page in ("", "/sheet", "/print", "/refer", "/lead", "/plan", "/close", "/reopen", "/named"):
        unknown, hidden = seat.get(f"/cases/R8-9999{page}"), seat.get(f"/cases/R8-0001{page}")
        assert (unknown.status_code, hidden.status_code) == (404, 404)
        assert re.findall(r"<main.*</main>", unknown.text, re.DOTALL) == re.findall(
            r"<main.*</main>", hidden.text, re.DOTALL
        )


def test_a_manager_sees_the_state_and_is_told_why_not_the_content(
    hall: TownHall, app: Flask
) -> None:
    """The page stands, without a word about the person; printing is refused with the reason."""
    hall.open_case("A14", **PERSON)
    seat = Seat(app, MANAGER)
    text = seat.text("/cases/R8-0001")
    assert "内容は表示していません" in text
    assert "関わっている機関の方だけが読めます" in text
    assert "浮舟" not in text
    refused = seat.get("/cases/R8-0001/print")
    assert refused.status_code == 403
    assert "浮舟" not in refused.text


def test_the_case_offers_what_one_can_do_and_no_empty_heading(hall: TownHall, app: Flask) -> None:
    """Consent and disclosure for the coordinator, the hold for a manager, nothing for a guest."""
    hall.open_case("A14")
    coordinator = Seat(app, COORDINATOR).text("/cases/R8-0001")
    for path in ("/cases/R8-0001/consent", "/cases/R8-0001/disclosures"):
        assert f'<li><a href="{path}">' in coordinator
    assert "保存期間と廃棄の停止" in Seat(app, MANAGER).text("/cases/R8-0001")
    assert "<h3>できること</h3>" not in Seat(app, ELDERLY).text("/cases/R8-0001")


def test_who_comes_second_finds_what_they_wrote(hall: TownHall, app: Flask) -> None:
    """A colleague was quicker: the page says how it stands, with the words to be copied."""
    case_id = hall.open_case("A14", **PERSON)
    page = f"/cases/R8-0001/referrals/{hall.referral(case_id, 'A14').id}/reply"
    seat = Seat(app, ELDERLY)
    written = {**seat.tokens(page), "answer": "declined", "reason": "担当の圏域の外のためです。"}
    hall.reply(case_id, "A14", by=ELDERLY)
    late = seat.post(page, written)
    assert "返信は済んでいます" in late.text
    assert "担当の圏域の外のためです。" in late.text
    assert "入力された文" not in seat.get(page).text, "nothing was typed"


def test_an_agency_passes_on_and_the_next_one_takes_the_lead(hall: TownHall, app: Flask) -> None:
    """Agencies asked before are not offered; an old link says how it stands, not an error."""
    case_id = hall.open_case("A17", "A14", **PERSON)
    first = f"/cases/R8-0001/referrals/{hall.referral(case_id, 'A17').id}/reply"
    seat = Seat(app, DISABILITY)
    assert '<option value="A17"' not in seat.text(first)
    missing = seat.send(first, {"answer": "passed_on", "reason": "対象外"}, page=first)
    assert missing.status_code == 422
    assert field_of(missing.text, "reason") == "対象外"
    passed = {"answer": "passed_on", "reason": "対象外", "next_agency": "A19", "lead": "yes"}
    alone = seat.send(first, passed, page=first)
    assert alone.status_code == 422, "nobody agreed, and the sheet's reason is for another telling"
    assert alone.text.count("には、本人の同意が及びません。") >= 2
    assert field_of(alone.text, "reason") == "対象外"
    assert seat.send(first, {**passed, **PASSED}, page=first).location == "/"
    old = seat.get(first)
    assert old.status_code == 200
    assert "返信は済んでいます" in old.text
    assert "浮舟" not in old.text
    second = f"/cases/R8-0001/referrals/{hall.referral(case_id, 'A19').id}/reply"
    seat = Seat(app, LIVELIHOOD)
    page = seat.text(second)
    assert "これまでの引き継ぎ" in page
    assert "対象外" in page
    assert field_of(page, "next_check_on") == "令和8年12月21日（月）"
    taken = {"answer": "accepted", "lead": "yes", "next_check_on": "令和8年12月21日"}
    assert seat.send(second, taken, page=second).location == "/cases/R8-0001"
    assert hall.case(case_id).lead_agency_id == "A19"
    assert seat.send(second, taken, page="/").status_code == 200
    assert Seat(app, ELDERLY).get(second).status_code == 200
    assert Seat(app, OUTSIDER).get(second).status_code == 404


def test_further_agencies_need_a_basis_beyond_the_consent(hall: TownHall, app: Flask) -> None:
    """Without basis it comes back as typed; with it, the agency is asked."""
    case_id = hall.open_case("A14")
    hall.edit(
        case_id,
        consent="oral",
        consent_on="令和8年11月20日",
        consent_scope=["A14"],
    )
    seat = Seat(app, COORDINATOR)
    path = "/cases/R8-0001/refer"
    blank = {"unconsented_basis": "", "unconsented_reason": ""}
    assert field_of(seat.text(path), "unconsented_reason") == "", "stated for another telling"
    empty = seat.send(path, {**row("A19"), **blank}, page=path)
    assert empty.status_code == 422
    asked = {**row("A19"), "unconsented_basis": "act_106_6", "unconsented_reason": "急ぐため"}
    assert seat.send(path, asked, page=path).location == "/cases/R8-0001"
    again = seat.send(path, asked, page=path)
    assert again.status_code == 422
    assert "もうつないでいます" in again.text
    assert field_of(again.text, "unconsented_reason") == "急ぐため"


def edited(page: str, **changes: Any) -> dict[str, Any]:
    """A sheet's page as it would be posted by somebody who changed these fields."""
    found = {n: field_of(page, n) for n in ("version", "opened", "name", "phone", "wishes")}
    return {**sheet(), "received_at": "令和8年11月20日 9:30", **found, **changes}


def test_both_sheets_ask_once_whether_letters_that_may_be_lost_are_meant_so(
    hall: TownHall, app: Flask
) -> None:
    """A new sheet and one that is edited have the same box, inside the form, and it is heeded."""
    seat = Seat(app, COORDINATOR)
    hall.open_case("A14", **PERSON)
    wrong = {**PERSON, "name": "浮舟？つ江"}
    path = "/cases/R8-0001/sheet"
    new = {**sheet(**wrong), **row("A14")}
    same = edited(seat.text(path), **wrong, whose="same")
    for at, data in (("/cases/new", new), (path, same)):
        asked = seat.send(at, data, page=at)
        assert asked.status_code == 422
        form = asked.text.partition('class="autosave"')[2].partition("</form>")[0]
        assert form.count('name="letters_seen"') == 1
        assert "1か所を直してください" in asked.text, "the box is no further place"
        assert 'href="#f-letters_seen">文字の確認</a>' in asked.text
        assert seat.send(at, {**data, "letters_seen": "1"}, page=at).status_code == 302


def test_a_near_miss_says_so_to_who_may_read_it_alone(hall: TownHall, app: Flask) -> None:
    hall.open_case("A14", tags=["near_miss"])
    hall.open_case("A14", tags=["8050"])
    mark = "「惜しいケース」の印"
    assert mark in Seat(app, COORDINATOR).text("/cases/R8-0001")
    assert mark not in Seat(app, COORDINATOR).text("/cases/R8-0002")
    assert mark not in Seat(app, MANAGER).text("/cases/R8-0001")


def test_two_who_edit_at_once_lose_nothing(hall: TownHall, app: Flask) -> None:
    """The second is shown who changed what; untouched fields take the new answer."""
    case_id = hall.open_case("A14", **PERSON)
    mine, other = Seat(app, COORDINATOR), Seat(app, OTHER_COORDINATOR)
    path = "/cases/R8-0001/sheet"
    before = mine.text(path).replace("&#34;", '"')
    opened = re.search(r'name="opened" value="(\{.*?\})"', before)
    assert opened
    page = other.text(path)
    hall.edit(case_id, by=OTHER_COORDINATOR, phone="090-1111-2222", wishes="家で暮らしたい")
    data = edited(page, **PERSON, opened=opened[1], wishes="施設も見たい")
    conflict = mine.send(path, data, page=path)
    assert conflict.status_code == 409
    assert "ほかの方が先に保存しました" in conflict.text
    assert "家で暮らしたい" in conflict.text
    assert field_of(conflict.text, "wishes") == "施設も見たい"
    assert field_of(conflict.text, "phone") == "090-1111-2222"
    assert field_of(conflict.text, "version") == "2"
    again = {**edited(conflict.text, **PERSON), "opened": "{}"}
    assert mine.send(path, again, page=path).location == "/cases/R8-0001"
    held = hall.case(case_id).sheet
    assert (held["phone"], held["wishes"]) == ("090-1111-2222", "施設も見たい")


def test_a_plan_is_kept_in_versions_that_say_what_changed(hall: TownHall, app: Flask) -> None:
    """The form begins with the last version; the page shows both."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.plan(case_id, by=ELDERLY)
    seat = Seat(app, ELDERLY)
    path = "/cases/R8-0001/plan"
    page = seat.text(path)
    data = {
        n: field_of(page, n)
        for n in ("version", "issues", "long_goal", "short_goal", "starts_on", "ends_on")
    }
    data |= {"parts-0-agency": "A14", "parts-0-content": "訪問", "parts-0-when": "毎月"}
    assert data["short_goal"] == "週に一度は話せる。"
    sent = seat.send(path, {**data, "short_goal": "毎日話せる。"}, page=path)
    assert sent.location == "/cases/R8-0001"
    shown = seat.text("/cases/R8-0001")
    assert "毎日話せる。" in shown
    assert "週に一度は話せる。" in shown
    assert "変わった項目：短期目標" in shown
    stale = seat.send(path, {**data, "short_goal": "別の目標。"}, page=path)
    assert stale.status_code == 409
    assert "毎日話せる。" in stale.text
    assert field_of(stale.text, "short_goal") == "別の目標。"


def test_a_worse_check_offers_a_meeting_and_an_old_link_tells_the_answer(
    hall: TownHall, app: Flask
) -> None:
    """Four choices; after 悪化 a coordinator is offered the reassessment on the case's page."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    check = hall.case(case_id).next_follow_up
    assert check
    path = f"/cases/R8-0001/follow-ups/{check.id}"
    seat = Seat(app, ELDERLY)
    assert seat.text(path).count('name="result"') == 4
    empty = seat.send(path, {"comment": "訪ねました"}, page=path)
    assert empty.status_code == 422
    assert field_of(empty.text, "comment") == "訪ねました"
    seat.send(path, {"result": "worse", "comment": "やせている"}, page=path)
    assert "/meetings/new?case=R8-0001" in Seat(app, COORDINATOR).text("/cases/R8-0001")
    assert "「悪化」と答えました" in seat.text(path)
    assert "/cases/R8-0001/reassessment" not in seat.text("/cases/R8-0001"), "not the lead's to say"
    done = "/cases/R8-0001/reassessment"
    seat = Seat(app, COORDINATOR)
    assert seat.send(done, {"outcome": ""}, page=done).status_code == 422
    assert seat.send(done, {"outcome": "訪問を増やす"}, page=done).location == "/cases/R8-0001"
    text = seat.text("/cases/R8-0001")
    assert "状況が悪化しています" not in text
    assert "訪問を増やす" in text
    assert "再アセスメントは済んでいます" in seat.text(done)
    assert "予定が変わりました" in seat.text("/cases/R8-0001/follow-ups/gone")


def test_a_missed_check_stands_as_not_carried_out(hall: TownHall, app: Flask) -> None:
    """In the case's history; its old link opens the check that is due now."""
    case_id = hall.open_case("A14")
    hall.plan(case_id)
    first, second, _ = hall.case(case_id).follow_ups
    hall.clock.set(datetime(2027, 2, 22, 10, 0, tzinfo=TOKYO))
    hall.keep_promises()
    seat = Seat(app, COORDINATOR)
    assert "行われませんでした" in seat.text("/cases/R8-0001")
    assert "見守りの確認は、行われませんでした。" in seat.text("/cases/R8-0001")
    path = f"/cases/R8-0001/follow-ups/{first.id}"
    assert second.due_on == date(2027, 2, 22)
    assert "予定の日は令和9年2月22日" in seat.text(path)
    assert seat.send(path, {"result": "unchanged"}, page=path).location == "/cases/R8-0001"
    first, second, _ = hall.case(case_id).follow_ups
    assert (first.result, str(second.result)) == (None, "unchanged")


@pytest.mark.parametrize("lead", ["no", ""])
def test_a_helper_s_form_says_nothing_of_the_next_check(
    hall: TownHall, app: Flask, lead: str
) -> None:
    """The day that stood in a part that is not asked for does not speak."""
    case_id = hall.open_case("A14", "A17")
    path = f"/cases/R8-0001/referrals/{hall.referral(case_id, 'A17').id}/reply"
    taken = {"answer": "accepted", "lead": lead, "next_check_on": "令和8年12月21日"}
    seat = Seat(app, DISABILITY)
    assert seat.send(path, taken, page=path).location == "/cases/R8-0001"
    assert hall.case(case_id).follow_ups == []
    hall.desk.handle(SetLead(case_id, "A13", "令和8年12月10日"), COORDINATOR)
    path = f"/cases/R8-0001/referrals/{hall.referral(case_id, 'A14').id}/reply"
    assert 'name="next_check_on"' not in Seat(app, ELDERLY).text(path)


def test_a_case_is_closed_reopened_and_its_old_links_say_so(hall: TownHall, app: Flask) -> None:
    """What is still owed keeps it open and is listed; nothing typed is lost."""
    case_id = hall.open_case("A14")
    seat = Seat(app, COORDINATOR)
    path = "/cases/R8-0001/close"
    ends = {"kind": "suspended", "reason": "転居のため"}
    waiting = seat.send(path, ends, page=path)
    assert waiting.status_code == 422
    assert "返信がまだです" in waiting.text
    assert field_of(waiting.text, "reason") == "転居のため"
    hall.reply(case_id, "A14", by=ELDERLY)
    assert seat.send(path, ends, page=path).location == "/cases/R8-0001"
    for old in ("close", "plan", "refer", "lead", "sheet"):
        assert "終結または中断しています" in seat.text(f"/cases/R8-0001/{old}")
    assert "R8-0001" not in seat.text("/cases")
    assert "R8-0001" in seat.text("/cases?closed=1")
    blank = seat.send("/cases/R8-0001/reopen", {"reason": " "}, page="/cases/R8-0001/reopen")
    assert blank.status_code == 422
    seat.send("/cases/R8-0001/reopen", {"reason": "戻った"}, page="/cases/R8-0001/reopen")
    assert hall.case(case_id).is_open
    assert "終結も中断もしていません" in seat.text("/cases/R8-0001/reopen")


def test_a_role_is_ticked_off_with_its_outcome(hall: TownHall, app: Flask) -> None:
    """By the agency that took it; the second one is told who did."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting = hall.convene(case_id)
    hall.fix(meeting)
    slot = hall.meeting(meeting).fixed_slot
    assert slot
    hall.clock.set(slot.ends_at)
    role = {"agency": "A14", "task": "薬の確認", "due_on": "令和8年12月25日"}
    hall.save_record(meeting, roles=[role])
    hall.confirm_record(meeting)
    path = f"/cases/R8-0001/roles/{hall.case(case_id).roles[0].id}"
    seat = Seat(app, ELDERLY)
    assert "薬の確認" in seat.text(path)
    long = seat.send(path, {"outcome": "あ" * 401}, page=path)
    assert long.status_code == 422
    assert field_of(long.text, "outcome") == "あ" * 401
    assert seat.send(path, {"outcome": "飲めている"}, page=path).location == "/cases/R8-0001"
    assert "飲めている" in seat.text("/cases/R8-0001")
    assert "役割は済んでいます" in Seat(app, COORDINATOR).text(path)


def test_an_attendee_reads_only_after_confirming_secrecy(hall: TownHall, app: Flask) -> None:
    """Before it the page says what to do, with the way to the meeting."""
    case_id = hall.open_case("A14", **PERSON)
    meeting = hall.convene(case_id, optional=("A35",))
    seat = Seat(app, OUTSIDER)
    before = seat.text("/cases/R8-0001")
    assert "守秘義務を確認してください" in before
    assert f'href="/meetings/{meeting}"' in before
    assert "浮舟" not in before
    hall.swear(meeting, OUTSIDER)
    assert "浮舟はつ江" in seat.text("/cases/R8-0001")


def test_named_members_are_added_and_the_last_who_answers_cannot_be_removed(
    hall: TownHall, app: Flask
) -> None:
    """On a restricted case; on another the page says how to restrict it."""
    hall.open_case("A14", danger="yes", **PERSON)
    seat = Seat(app, COORDINATOR)
    path = "/cases/R8-0001/named"
    assert Seat(app, OTHER_COORDINATOR).get("/cases/R8-0001").status_code == 404
    seat.send(path, {"member": OTHER_COORDINATOR}, page=path)
    assert "浮舟" in Seat(app, OTHER_COORDINATOR).text("/cases/R8-0001")
    seat.send(path, {"remove": OTHER_COORDINATOR}, page=path)
    assert Seat(app, OTHER_COORDINATOR).get("/cases/R8-0001").status_code == 404
    last = seat.send(path, {"remove": COORDINATOR}, page=path)
    assert last.status_code == 422
    hall.open_case("A14", by=CLERK)
    assert "見られる担当者を限っていません" in seat.text("/cases/R8-0002/named")


def test_the_lead_is_one_of_those_who_take_part(hall: TownHall, app: Flask) -> None:
    """The day is proposed; an agency without a part is refused beside the field."""
    case_id = hall.open_case("A14", "A17")
    hall.reply(case_id, "A14", by=ELDERLY)
    seat = Seat(app, COORDINATOR)
    path = "/cases/R8-0001/lead"
    page = seat.text(path)
    assert '<option value="A14"' in page
    assert '<option value="A17"' not in page
    day = field_of(page, "next_check_on")
    refused = seat.send(path, {"agency": "A17", "next_check_on": day}, page=path)
    assert refused.status_code == 422
    assert seat.send(path, {"agency": "A14", "next_check_on": day}, page=path).status_code == 302
    assert hall.case(case_id).lead_agency_id == "A14"


def test_every_sentence_of_the_story_has_its_words(hall: TownHall, app: Flask) -> None:
    """A case through meeting, record, plan, checks, closure: no happening without a sentence."""
    case_id = hall.open_case("A14", "A17", **PERSON)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.reply(case_id, "A17", by=DISABILITY, answer="declined", next_agency="A19")
    hall.reply(case_id, "A19", by=LIVELIHOOD, answer="partly")
    meeting = hall.convene(case_id)
    hall.fix(meeting)
    slot = hall.meeting(meeting).fixed_slot
    assert slot
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting)
    hall.confirm_record(meeting)
    hall.plan(case_id)
    hall.check_on(case_id, by=ELDERLY)
    hall.edit(case_id, phone="0900000000")
    hall.keep_promises()
    hall.close(case_id)
    text = Seat(app, COORDINATOR).text("/cases/R8-0001")
    assert "記録がありました。" not in text
    assert "主担当機関が" in text
    assert "次の宛先は" in text


def test_the_summary_names_each_field_once(app: Flask) -> None:
    """Two sentences about one field are one place, one link with both."""
    with app.test_request_context():
        macros: Any = app.jinja_env.get_template("web/_macros.html").make_module({})
        found = [
            ShownError("name", "氏名", "書いてください。"),
            ShownError("name", "氏名", "短くしてください。"),
            ShownError("kana", "フリガナ", "カタカナで書いてください。"),
            ShownError("", "", "ほかのこと。"),
        ]
        drawn = str(macros.error_summary(found))
    assert "3か所を直してください" in drawn
    assert drawn.count('href="#f-name"') == 1
    assert "書いてください。短くしてください。" in drawn
    assert "<li>ほかのこと。</li>" in drawn


def test_who_takes_themselves_off_a_restricted_case_is_told_so(hall: TownHall) -> None:
    """They see it no more: the way leads to their inbox, with what was done on top."""
    case_id = hall.open_case("A14", danger="yes")
    hall.desk.handle(NameMember(case_id, "M22", True), COORDINATOR)
    seat, path = Seat(web_app(hall), COORDINATOR), "/cases/R8-0001/named"
    answer = seat.post(path, {**seat.tokens(path), "remove": COORDINATOR})
    assert answer.headers["Location"] == "/"
    assert "外しました" in seat.text("/")
