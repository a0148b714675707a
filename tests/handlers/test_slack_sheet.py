"""つなぐシート in Slack's modals: in steps, back and forth, kept, compared, sent and corrected."""

from typing import Any

import pytest

from tests.slack.filling import blocks_of, press_token, put, stands
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.support.hands import consented, sheet
from tests.support.people import CLERK, COORDINATOR, ELDERLY, OTHER_COORDINATOR, OUTSIDER

NAME = "浮舟はつ江"
LONG_NAME = "寿限無" * 13 + "浮"  # 40 characters, the form's limit
PERSON = {"name": NAME, "kana": "ウキフネハツエ", "birth_date": "昭和15年3月3日"}


def asks(row: int, agency: str, request: str = "一度訪問してください。") -> dict[str, str]:
    return {
        f"referrals.{row}.agency": agency,
        f"referrals.{row}.purpose": "handover",
        f"referrals.{row}.request": request,
    }


FIRST = sheet()


def test_a_whole_sheet_is_written_in_steps_back_and_forth_and_sent(slack_town: SlackTown) -> None:
    """Every answer of every kind arrives as typed; the end says what happened and what is next."""
    town, clerk = slack_town, slack_town.person(CLERK)
    clerk.command("/tsunagu", "new")
    put(clerk, FIRST)
    clerk.submit()
    assert clerk.errors == {}
    assert "2/" in clerk.screen_text()
    put(clerk, asks(0, "A14"))
    clerk.press("行を足す")
    assert stands(clerk, "referrals.0.agency") == "A14"
    put(clerk, {**asks(1, "A17", "<@U1> & 話す"), **PERSON, "name": LONG_NAME, **FIRST})
    clerk.press("前へ")
    assert stands(clerk, "summary") == FIRST["summary"]
    assert set(stands(clerk, "matters")) == set(FIRST["matters"])
    put(clerk, {"summary": "近所の方と、息子さんから心配の声がありました。"})
    clerk.submit()
    assert stands(clerk, "name") == LONG_NAME
    assert stands(clerk, "referrals.1.request") == "<@U1> & 話す"
    clerk.submit()
    assert clerk.errors == {}
    put(clerk, {"household.0.relation": "母", "household.0.age_band": "age_80s", "tags": ["8050"]})
    put(clerk, {"wishes": "家で暮らしたい。"})
    clerk.submit()
    assert clerk.errors == {}
    said = clerk.screen_text()
    assert "R8-0001を送りました。2機関にお知らせし、令和8年11月26日" in said
    case = town.case(town.case_ids()[0])
    assert [r.agency_id for r in case.referrals] == ["A14", "A17"]
    assert case.referrals[1].request == "<@U1> & 話す"
    assert case.sheet["summary"] == "近所の方と、息子さんから心配の声がありました。"
    assert case.sheet["name"] == LONG_NAME
    assert case.sheet["birth_date"] == "1940-03-03"
    assert case.sheet["kana"] == "ウキフネハツエ"
    assert case.sheet["household"] == [{"relation": "母", "age_band": "age_80s"}]
    assert case.sheet["danger"] is False
    with town.database.open() as unit:
        assert unit.drafts.of_member(CLERK) == []
    clerk.press("ケースを開く")
    assert clerk.view is not None
    assert "R8-0001" in clerk.screen_text()


def begin(person: Person, **changes: Any) -> None:
    """The first step of a new sheet, filled and handed in."""
    person.command("/tsunagu", "new")
    put(person, {**FIRST, **changes})
    person.submit()


def drafts_of(town: SlackTown, member_id: str) -> list[Any]:
    with town.database.open() as unit:
        return unit.drafts.of_member(member_id)


def test_opening_a_sheet_leaves_no_draft_and_the_first_step_leaves_one(
    slack_town: SlackTown,
) -> None:
    """One draft for all steps; a page goes on where Slack was left, and Slack where a page was."""
    clerk = slack_town.person(CLERK)
    clerk.command("/tsunagu", "new")
    assert drafts_of(slack_town, CLERK) == []
    put(clerk, FIRST)
    clerk.submit()
    put(clerk, {**asks(0, "A14"), "name": NAME})
    clerk.press("保存して閉じる")
    assert "下書きを保存しました" in clerk.screen_text()
    [draft] = drafts_of(slack_town, CLERK)
    page = slack_town.web(CLERK).text(f"/cases/new?draft={draft.id}")
    assert NAME in page
    clerk.close_view()
    clerk.command("/tsunagu", "new")
    assert "下書きのシートが1件" in clerk.screen_text()
    clerk.press("続きを書く")
    assert stands(clerk, "summary") == FIRST["summary"]
    clerk.submit()
    assert stands(clerk, "name") == NAME
    assert len(drafts_of(slack_town, CLERK)) == 1
    clerk.press("下書きを消す")
    assert drafts_of(slack_town, CLERK) == []
    assert slack_town.case_ids() == []


def test_a_draft_is_its_writers_alone(slack_town: SlackTown) -> None:
    """Somebody else's button, pressed by whom it does not belong to, opens nothing."""
    clerk, other = slack_town.person(CLERK), slack_town.person(COORDINATOR)
    begin(clerk)
    clerk.press("保存して閉じる")
    [draft] = drafts_of(slack_town, CLERK)
    token = slack_town.part.door.token("drafts", "", draft.id)
    other.command("/tsunagu", "new")
    view = other.view
    assert view is not None
    press_token(slack_town, other, token)
    assert "この下書きは見つかりません" in other.screen_text()
    assert FIRST["summary"] not in other.screen_text()


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("received_at", "来週", "日付と時刻を"),
        ("received_at", "令和20年1月1日 10:00", "今日より後の日は"),
        ("summary", "番号は123456789012です", "12桁の番号は保存できません"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_the_rest_is_kept(
    slack_town: SlackTown, name: str, typed: str, told: str
) -> None:
    """The modal stays as it was; a number that must not be kept is in no draft."""
    clerk = slack_town.person(CLERK)
    clerk.command("/tsunagu", "new")
    put(clerk, {**FIRST, name: typed})
    clerk.submit()
    [(label, sentence)] = clerk.errors.items()
    assert told in sentence
    assert label in {"受付日時", "相談の概要"}
    assert stands(clerk, name) == typed
    [draft] = drafts_of(slack_town, CLERK)
    assert draft.raw["route"] == "resident"
    assert "123456789012" not in str(draft.raw)
    put(clerk, FIRST)
    clerk.submit()
    assert clerk.errors == {}


def test_an_error_in_a_cell_stands_beside_that_cell(slack_town: SlackTown) -> None:
    """The row counts as it stands on the screen, empty rows before it too."""
    clerk = slack_town.person(CLERK)
    begin(clerk)
    put(clerk, {**FIRST, **asks(0, "A14")})
    clerk.submit()
    clerk.press("行を足す")
    put(clerk, {"household.1.name": "山田 花子"})
    clerk.submit()
    assert clerk.errors == {"続柄": "入力してください。"}
    put(clerk, {"household.1.relation": "母"})
    clerk.submit()
    assert clerk.errors == {}
    case = slack_town.case(slack_town.case_ids()[0])
    assert case.sheet["household"] == [{"relation": "母", "name": "山田 花子"}]


def test_a_row_is_taken_away_with_its_words_and_the_others_stay(slack_town: SlackTown) -> None:
    """The rows below move up, also on the screen."""
    clerk = slack_town.person(CLERK)
    begin(clerk)
    put(clerk, asks(0, "A14", "一つ目"))
    clerk.press("行を足す")
    put(clerk, asks(1, "A17", "二つ目"))
    clerk.press("この行を消す", nth=0)
    assert stands(clerk, "referrals.0.request") == "二つ目"
    assert stands(clerk, "referrals.0.agency") == "A17"
    assert "referrals.1.request" not in blocks_of(clerk)


def test_an_error_of_an_earlier_step_leads_back_to_it_and_names_the_field(
    slack_town: SlackTown,
) -> None:
    """Sharing without consent wants its reason; it is asked two steps before the end."""
    clerk = slack_town.person(CLERK)
    begin(clerk)
    without = {"unconsented_basis": None, "unconsented_reason": None}
    put(clerk, {**asks(0, "A14"), **without, "name": NAME})
    clerk.submit()
    put(clerk, {"wishes": "家で暮らしたい。"})
    clerk.submit()
    said = clerk.screen_text()
    assert "「共有の根拠」「共有が必要な理由」を直してください" in said
    assert "根拠と理由の両方を書いてください" in said
    assert stands(clerk, "name") == NAME
    assert slack_town.case_ids() == []
    put(clerk, FIRST)
    clerk.submit()
    assert stands(clerk, "wishes") == "家で暮らしたい。"
    clerk.submit()
    assert slack_town.numbers() == ["R8-0001"]


def test_the_same_person_is_pointed_out_before_it_is_sent(slack_town: SlackTown) -> None:
    """To those who may read the other case; it can be sent all the same, or gone on with."""
    slack_town.open_case("A14", **PERSON)
    worker = slack_town.person(ELDERLY)
    begin(worker)
    put(worker, {**asks(0, "A17"), **PERSON, **FIRST})
    worker.press("同じ方がいないか確認する")
    assert "R8-0001" in worker.screen_text()
    assert stands(worker, "name") == NAME
    worker.submit()
    worker.submit()
    said = worker.screen_text()
    assert "以前に受け付けた方とみられるケースがあります（1件）" in said
    assert "フリガナと生年月日、氏名と生年月日が同じ" in said
    assert slack_town.numbers() == ["R8-0001"]
    worker.press("前へ")
    worker.submit()
    worker.submit()
    assert slack_town.numbers() == ["R8-0001", "R8-0002"]


def test_an_outsider_is_told_nothing_of_the_same_person(slack_town: SlackTown) -> None:
    """The other case is not theirs: the sheet is sent as if there were none."""
    slack_town.open_case("A14", **PERSON)
    outsider = slack_town.person(OUTSIDER)
    begin(outsider)
    put(outsider, {**asks(0, "A17"), **PERSON, **FIRST})
    outsider.press("同じ方がいないか確認する")
    assert "R8-0001" not in outsider.screen_text()
    outsider.submit()
    outsider.submit()
    assert "R8-0002を送りました" in outsider.screen_text()


def test_a_sheet_handed_in_twice_is_one_case(slack_town: SlackTown) -> None:
    """A repeat of the last step, and of one in the middle, changes nothing."""
    clerk = slack_town.person(CLERK)
    begin(clerk)
    put(clerk, {**FIRST, **asks(0, "A14")})
    clerk.submit()
    clerk.resend_last()
    clerk.submit()
    clerk.resend_last()
    assert slack_town.numbers() == ["R8-0001"]
    assert drafts_of(slack_town, CLERK) == []
    assert slack_town.case(slack_town.case_ids()[0]).sheet["summary"] == FIRST["summary"]


def test_a_step_left_open_after_its_sheet_was_sent_says_so(slack_town: SlackTown) -> None:
    """Sent from the page meanwhile: what is typed stays on the screen, no second case is made."""
    clerk = slack_town.person(CLERK)
    begin(clerk)
    [draft] = drafts_of(slack_town, CLERK)
    seat = slack_town.web(CLERK)
    rows = {f"referrals-0-{k}": v for k, v in {"agency": "A14", "purpose": "handover"}.items()}
    data = {**sheet(), **rows, "referrals-0-request": "訪問を。", "draft_id": draft.id}
    seat.send("/cases/new", data, page="/cases/new")
    put(clerk, asks(0, "A17", "別の依頼"))
    clerk.submit()
    assert any("送信したか、消した後" in told for told in clerk.errors.values())
    assert stands(clerk, "referrals.0.request") == "別の依頼"
    assert slack_town.numbers() == ["R8-0001"]


# -- begun at a message ---------------------------------------------------------------------------


SAID = "ウキフネさんから電話 &amp; 相談。<@U1> さんへ <https://example.jp|資料>"


def test_a_message_opens_a_sheet_without_its_words(slack_town: SlackTown) -> None:
    """Nothing is taken over unless the person says so; until then it is kept nowhere."""
    clerk = slack_town.person(CLERK)
    message = clerk.say(clerk.dm_id, SAID)
    clerk.message_shortcut("tsunagu_sheet_from_message", message)
    assert "印を付けたときだけ" in clerk.screen_text()
    assert clerk.view is not None
    assert "ウキフネ" not in clerk.view.raw["private_metadata"]
    clerk.submit()
    assert stands(clerk, "summary") == ""
    assert "ウキフネ" not in clerk.screen_text()
    assert drafts_of(slack_town, CLERK) == []


def test_a_messages_words_are_taken_when_they_are_wanted(slack_town: SlackTown) -> None:
    """As people read them, without anybody's account, and as they were shortened."""
    clerk = slack_town.person(CLERK)
    message = clerk.say(clerk.dm_id, SAID)
    clerk.message_shortcut("tsunagu_sheet_from_message", message)
    assert stands(clerk, "words") == "ウキフネさんから電話 & 相談。 さんへ 資料"
    put(clerk, {"take": ["take"], "words": "電話の相談。"})
    clerk.submit()
    assert stands(clerk, "summary") == "電話の相談。"


# -- corrected ------------------------------------------------------------------------------------


def edit(town: SlackTown, member_id: str, number: str = "R8-0001") -> Person:
    person = town.person(member_id)
    person.command("/tsunagu", number)
    person.press("シートを直す")
    return person


def through(person: Person) -> None:
    """Hand in step by step to the end."""
    for _ in range(6):
        if person.view is None or person.view.callback_id != "sheet_edit":
            return
        person.submit()
        assert person.errors == {}


def test_a_sheet_that_was_sent_is_corrected(slack_town: SlackTown) -> None:
    """The version goes up; the draft is gone; without a change it stays as it was."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = edit(slack_town, COORDINATOR)
    assert stands(worker, "received_at") == "令和8年11月20日（金）午前9時30分"
    assert stands(worker, "danger") == "no"
    put(worker, {"summary": "新しい様子が分かりました。"})
    through(worker)
    assert "第2版を保存しました" in worker.screen_text()
    case = slack_town.case(case_id)
    assert case.sheet_version == 2
    assert case.sheet["summary"] == "新しい様子が分かりました。"
    assert case.sheet["name"] == NAME
    assert drafts_of(slack_town, COORDINATOR) == []
    again = edit(slack_town, COORDINATOR)
    through(again)
    assert "変わったところがない" in again.screen_text()


def test_whose_sheet_it_was_is_said_on_the_page(slack_town: SlackTown) -> None:
    """The step with the name comes back and says where; nothing is saved, nothing typed is lost."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = edit(slack_town, COORDINATOR)
    put(worker, {"name": "見本野 花子"})
    through(worker)
    assert "シートを直す画面" in str(worker.errors) + worker.screen_text()
    assert slack_town.case(case_id).sheet_version == 1


def test_two_who_correct_at_once_see_both_versions(slack_town: SlackTown) -> None:
    """What was not touched gives way; what both changed stands side by side and is asked once."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = edit(slack_town, COORDINATOR)
    put(worker, {"summary": "わたしの言葉。"})
    worker.submit()
    slack_town.edit(case_id, by=OTHER_COORDINATOR, summary="ほかの方の言葉。", route="phone")
    through(worker)
    said = worker.screen_text()
    assert "先に直しました" in said
    assert "先に保存された内容：ほかの方の言葉。" in said
    assert "あなたの入力：わたしの言葉。" in said
    assert "経路" in said
    worker.submit()
    case = slack_town.case(case_id)
    assert (case.sheet["summary"], case.sheet["route"]) == ("わたしの言葉。", "phone")
    assert case.sheet_version == 3
    assert drafts_of(slack_town, COORDINATOR) == []


def test_a_conflict_can_be_mended_before_it_is_saved(slack_town: SlackTown) -> None:
    """Back in the steps, with what was merged; saving then is no conflict any more."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = edit(slack_town, COORDINATOR)
    put(worker, {"summary": "わたしの言葉。"})
    worker.submit()
    slack_town.edit(case_id, by=OTHER_COORDINATOR, summary="ほかの方の言葉。", route="phone")
    through(worker)
    worker.press("直してから保存する")
    assert stands(worker, "route") == "phone"
    put(worker, {"summary": "二人の言葉。"})
    through(worker)
    assert slack_town.case(case_id).sheet["summary"] == "二人の言葉。"


def test_a_correction_begun_is_found_again_with_the_version_it_was_begun_on(
    slack_town: SlackTown,
) -> None:
    """Also from the list of drafts; others' changes since are not written over."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = edit(slack_town, COORDINATOR)
    put(worker, {"summary": "途中まで書い"})
    worker.press("保存して閉じる")
    slack_town.edit(case_id, by=OTHER_COORDINATOR, summary="ほかの方の言葉。")
    again = edit(slack_town, COORDINATOR)
    assert stands(again, "summary") == "途中まで書い"
    assert "下書きの続きです" in again.screen_text()
    through(again)
    assert "先に保存された内容：ほかの方の言葉。" in again.screen_text()
    assert slack_town.case(case_id).sheet["summary"] == "ほかの方の言葉。"


def test_consent_is_no_step_of_a_sheet_that_was_sent(slack_town: SlackTown) -> None:
    """It has a page of its own, which says before whom an answer shuts out."""
    case_id = slack_town.open_case("A14", **consented("A14"))
    worker = edit(slack_town, COORDINATOR)
    for _ in range(6):
        if worker.view is None or worker.view.callback_id != "sheet_edit":
            break
        assert "同意の確かめ方" not in worker.screen_text()
        assert "共有の根拠" not in worker.screen_text()
        worker.submit()
    assert slack_town.case(case_id).consent == "written"


def test_who_may_not_correct_a_sheet_is_told_so(slack_town: SlackTown) -> None:
    """Neither the button nor its token opens it for an outsider."""
    slack_town.open_case("A14", **PERSON)
    outsider = slack_town.person(OUTSIDER)
    outsider.command("/tsunagu", "new")
    press_token(slack_town, outsider, slack_town.part.door.token("edit_sheet", "R8-0001"))
    assert "このケースは見つかりません" in outsider.screen_text()
    assert NAME not in outsider.screen_text()


# -- personal data on the pages alone -------------------------------------------------------------


def test_without_personal_data_in_slack_the_page_is_offered_instead(
    slack_town_with: SlackTownWith,
) -> None:
    """No question is asked and no word shown, whatever leads to the sheet."""
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    town.open_case("A14", **PERSON)
    worker = town.person(COORDINATOR)
    message = worker.say(worker.dm_id, SAID)
    worker.command("/tsunagu", "new")
    assert worker.view is not None
    assert blocks_of(worker) == {}
    assert "/sign-in/" in str(worker.view.blocks)
    worker.message_shortcut("tsunagu_sheet_from_message", message)
    assert blocks_of(worker) == {}
    assert "ウキフネ" not in str(worker.view.blocks)
    for verb in ("edit_sheet", "read_sheet", "refer", "close_case"):
        press_token(town, worker, town.part.door.token(verb, "R8-0001"))
        assert blocks_of(worker) == {}, verb
        assert "/sign-in/" in str(worker.view.blocks), verb
    said = town.slack.everything_said()
    assert NAME not in "".join(said.modals) + "".join(said.messages)


def test_letters_that_may_be_lost_are_pointed_out_before_it_is_sent(slack_town: SlackTown) -> None:
    """Beside whoever may be the same; it can be sent all the same, or gone back to."""
    worker = slack_town.person(ELDERLY)
    begin(worker)
    put(worker, {**asks(0, "A17"), **FIRST, "name": "空?花子"})
    worker.submit()
    worker.submit()
    assert "表示できない文字かもしれないものがあります" in worker.screen_text()
    assert "「?」" in worker.screen_text()
    assert slack_town.numbers() == []
    worker.submit()
    (number,) = slack_town.numbers()
    assert number in worker.screen_text()


def test_letters_that_may_be_lost_are_pointed_out_after_a_conflict_as_well(
    slack_town: SlackTown,
) -> None:
    """Whoever saved on top of another's version has not seen them yet."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = edit(slack_town, COORDINATOR)
    put(worker, {"summary": "空\ue000さんの様子です。"})
    worker.submit()
    slack_town.edit(case_id, by=OTHER_COORDINATOR, summary="ほかの方の言葉。")
    through(worker)
    assert "先に保存された内容：ほかの方の言葉。" in worker.screen_text()
    worker.submit()
    assert "表示できない文字かもしれないものがあります" in worker.screen_text()
    assert slack_town.case(case_id).sheet["summary"] == "ほかの方の言葉。"
    worker.submit()
    assert slack_town.case(case_id).sheet["summary"] == "空\ue000さんの様子です。"
