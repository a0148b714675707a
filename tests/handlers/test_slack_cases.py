"""A case in Slack's modals: read, referred, answered, led, closed and opened again."""

from typing import Any

import pytest

from handlers.slack.ui.modals import banner
from tests.slack.filling import blocks_of, press_token, put, stands
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.support.hands import PASSED, consented
from tests.support.people import (
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OUTSIDER,
)
from tests.workflows.test_judgements import recorded
from workflows.cases.name_members import NameMember

NAME = "浮舟はつ江"
PERSON = {"name": NAME, "kana": "ウキフネハツエ", "birth_date": "昭和15年3月3日"}
HELD = {
    "unconsented_basis": "act_106_6",
    "unconsented_reason": "このままでは暮らしが続かないため。",
}


COLLEAGUE = "M27"  # of the agency that was asked


def opened(town: SlackTown, member_id: str, number: str = "R8-0001") -> Person:
    """This member with the case on the screen."""
    person = town.person(member_id)
    person.command("/tsunagu", number)
    assert person.view is not None
    return person


def looks(town: SlackTown, case_id: str, member_id: str) -> int:
    """How often this member has been shown the content, as the trail says."""
    found = [e for e in town.events(case_id) if e.kind == "read.read_case"]
    return len([e for e in found if e.actor_id == member_id])


def row(number: int, agency: str) -> dict[str, str]:
    return {
        f"referrals.{number}.agency": agency,
        f"referrals.{number}.purpose": "handover",
        f"referrals.{number}.request": "一度訪問してください。",
    }


# -- read -----------------------------------------------------------------------------------------


def test_a_case_says_who_answers_for_it_and_what_is_owed_without_content(
    slack_town: SlackTown,
) -> None:
    """State, promises with their days, referrals; no word about the person, no look counted."""
    case_id = slack_town.open_case("A14", "A17", **PERSON)
    worker = opened(slack_town, ELDERLY)
    said = worker.screen_text()
    for words in ("R8-0001", "通常", "照会中", "つなぎへの返信", "返信待ち", "あと3開庁日"):
        assert words in said, words
    assert NAME not in said
    assert looks(slack_town, case_id, ELDERLY) == 0
    assert worker.view is not None
    assert "返信する" in worker.view.buttons


def test_reading_the_sheet_shows_every_word_and_counts_one_look(slack_town: SlackTown) -> None:
    """Long texts and the wildest letters are whole; what looks like a mark is text."""
    summary = "&<>" * 260 + "終わり"
    case_id = slack_town.open_case("A14", **PERSON, summary=summary)
    worker = opened(slack_town, ELDERLY)
    worker.press("シートを読む")
    said = worker.screen_text().replace("\n", "")
    assert NAME in said
    assert "&amp;&lt;&gt;" * 260 + "終わり" in said
    assert "昭和15年3月3日" in said
    assert "依頼：一度訪問してください。" in said
    assert looks(slack_town, case_id, ELDERLY) == 1
    worker.press("ケースに戻る")
    assert NAME not in worker.screen_text()


def test_what_a_meeting_judged_and_found_missing_is_read_with_the_sheet(
    slack_town: SlackTown,
) -> None:
    """Beside the case stands that it waits; what it is, is content: it is read and counted."""
    case_id = slack_town.open_case("A14", **PERSON)
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    recorded(slack_town, case_id, closure_judgement="suspended", missing_resources="夜の見守り")
    worker = opened(slack_town, ELDERLY)
    assert "会議の判断（これから行うこと）" in worker.screen_text()
    assert "夜の見守り" not in worker.screen_text()
    worker.press("シートを読む")
    while "中断する" not in worker.screen_text() and "次へ" in worker.screen_text():
        worker.press("次へ")
    assert "足りなかった社会資源" in worker.screen_text()
    assert "夜の見守り" in worker.screen_text()
    assert "中断する" in worker.screen_text()


def test_who_comes_to_the_meeting_confirms_the_secrecy_duty_where_the_case_asks_for_it(
    slack_town: SlackTown,
) -> None:
    slack_town.fix(slack_town.convene(slack_town.open_case("A14"), required=("A13", "A17")))
    person = slack_town.person(DISABILITY)
    person.command("/tsunagu", "R8-0001")
    assert "シートを読む" not in person.screen_text()
    person.press("守秘義務を確認する")
    person.submit()
    assert "シートを読む" in person.screen_text()
    assert "守秘義務を確認する" not in person.screen_text()


def test_a_sheet_longer_than_a_modal_is_read_page_by_page(slack_town: SlackTown) -> None:
    """Ten people at home, ten agencies asked: nothing is left out."""
    people = [
        {"relation": f"親族{n}", "name": "寿限無" * 13, "situation": "&" * 100} for n in range(10)
    ]
    agencies = [f"A{n:02}" for n in range(14, 24)]
    slack_town.open_case(
        *agencies,
        **PERSON,
        household=people,
        request="&" * 300,
        wishes="&" * 400,
        summary="&" * 800,
    )
    worker = opened(slack_town, COORDINATOR)
    worker.press("シートを読む")
    said, pages = "", 0
    while True:
        said += worker.screen_text()
        pages += 1
        assert worker.view is not None
        if "次へ" not in worker.view.buttons:
            break
        worker.press("次へ")
    assert [f"親族{n}" in said for n in range(10)] == [True] * 10
    assert said.count("依頼：") == 10
    assert said.count("&amp;") == 800 + 400 + 10 * 300 + 10 * 100
    assert NAME in said


def test_an_outsider_finds_no_case_and_a_restricted_one_is_for_the_named_alone(
    slack_town: SlackTown,
) -> None:
    """Unknown and invisible are one sentence; who is not named is told the same."""
    slack_town.open_case("A14", **PERSON)
    slack_town.open_case("A14", **PERSON, danger="yes")
    for member_id, number in (
        (OUTSIDER, "R8-0001"),
        (OUTSIDER, "R8-9999"),
        (MANAGER, "R8-0002"),
        (DISABILITY, "R8-0002"),
    ):
        person = slack_town.person(member_id)
        person.command("/tsunagu", number)
        said = person.screen_text() + str(person.ephemerals()) + str(person.messages())
        assert "このケースは見つかりません" in said, (member_id, number)
        assert "返信待ち" not in said
    named = opened(slack_town, ELDERLY, "R8-0002")
    assert "名前を登録された方だけが見られる" in named.screen_text()


def test_a_manager_sees_the_state_and_is_told_why_not_the_content(slack_town: SlackTown) -> None:
    """No button to read, and its token does not read either."""
    case_id = slack_town.open_case("A14", **PERSON)
    manager = opened(slack_town, MANAGER)
    assert "内容は表示していません" in manager.screen_text()
    assert manager.view is not None
    assert "シートを読む" not in manager.view.buttons
    press_token(slack_town, manager, slack_town.part.door.token("read_sheet", "R8-0001"))
    assert "関わっている機関の方だけが読めます" in manager.screen_text()
    assert NAME not in manager.screen_text()
    assert looks(slack_town, case_id, MANAGER) == 0


def test_a_long_story_is_within_what_slack_takes(slack_town: SlackTown) -> None:
    """Ten agencies that answered, meetings, a restricted case: the modal opens."""
    agencies = [f"A{n:02}" for n in range(14, 24)]
    case_id = slack_town.open_case(*agencies, **PERSON)
    for day in (20, 22, 24):
        slack_town.convene(case_id, days_ahead=(day,), starts=f"{day - 10}:00")
    slack_town.edit(case_id, danger="yes")
    person = opened(slack_town, COORDINATOR)
    assert person.view is not None
    assert len(person.view.blocks) <= 100
    assert "これまでの経過" in person.screen_text()


# -- refer ----------------------------------------------------------------------------------------


def test_further_agencies_are_asked_several_at_once(slack_town: SlackTown) -> None:
    """Those that are asked already are not offered; the end says until when they answer."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = opened(slack_town, COORDINATOR)
    worker.press("ほかの機関へつなぐ")
    assert not stands(worker, "unconsented_reason"), "stated for another telling"
    put(worker, HELD)
    with pytest.raises(LookupError):
        put(worker, row(0, "A14"))
    put(worker, row(0, "A17"))
    worker.press("行を足す")
    put(worker, {**row(1, "A19"), "referrals.1.request": "要らない"})
    worker.press("行を足す")
    put(worker, row(2, "A20"))
    worker.press("この行を消す", nth=1)
    worker.submit()
    assert "2機関につなぎました。令和8年11月26日" in worker.screen_text()
    assert [r.agency_id for r in slack_town.case(case_id).referrals] == ["A14", "A17", "A20"]


def test_beyond_the_consent_the_basis_is_asked_beside_its_field(slack_town: SlackTown) -> None:
    """What was typed stays; agencies outside the consent say so."""
    slack_town.open_case("A14", **PERSON, **consented("A14"))
    worker = opened(slack_town, COORDINATOR)
    worker.press("ほかの機関へつなぐ")
    assert "同意の範囲外" in str(worker.view.blocks if worker.view else "")
    put(worker, row(0, "A17"))
    worker.submit()
    assert set(worker.errors) == {"共有の根拠", "共有が必要な理由"}
    put(worker, HELD)
    worker.submit()
    assert "1機関につなぎました" in worker.screen_text()


# -- reply ----------------------------------------------------------------------------------------


def test_the_questions_of_a_reply_follow_the_answer(slack_town: SlackTown) -> None:
    """What an answer does not ask for is not on the screen, and what was typed there is kept."""
    case_id = slack_town.open_case("A17", "A14", **PERSON)
    worker = opened(slack_town, DISABILITY)
    worker.press("返信する")
    said = worker.screen_text()
    assert "一度訪問してください。" in said
    assert NAME in said
    assert set(blocks_of(worker)) == {"answer", "reason"}
    put(worker, {"answer": "accepted"})
    assert set(blocks_of(worker)) == {"answer", "reason", "lead"}, "the next check is the lead's"
    put(worker, {"lead": "yes"})
    assert set(blocks_of(worker)) == {"answer", "reason", "lead", "next_check_on"}
    assert stands(worker, "next_check_on") == "2026-12-21"
    put(worker, {"reason": "対象外です。"})
    put(worker, {"answer": "passed_on"})
    passing = {"answer", "reason", "next_agency", "pass_basis", "pass_reason"}
    assert set(blocks_of(worker)) == passing
    assert stands(worker, "reason") == "対象外です。"
    put(worker, {"answer": "partly"})
    assert stands(worker, "lead") == "yes"
    assert NAME in worker.screen_text()
    assert looks(slack_town, case_id, DISABILITY) == 1
    put(worker, {"answer": "passed_on"})
    worker.submit()
    assert worker.errors == {"次の宛先": "必須の項目です"}
    put(worker, {"next_agency": "A19", "pass_basis": "act_106_6"})
    worker.submit()
    assert set(worker.errors) == {"次の宛先に伝える理由"}
    put(worker, {"pass_reason": PASSED["pass_reason"]})
    put(worker, {"answer": "partly"})
    put(worker, {"answer": "declined"})
    assert stands(worker, "pass_reason") == PASSED["pass_reason"], "kept while it is not asked"
    worker.submit()
    assert "引き継ぎました" in worker.screen_text()
    case = slack_town.case(case_id)
    assert case.lead_agency_id is None
    assert [r.agency_id for r in case.referrals] == ["A17", "A14", "A19"]
    assert case.referrals[-1].basis_reason == PASSED["pass_reason"]


def test_what_may_not_be_read_any_more_goes_from_an_open_reply(slack_town: SlackTown) -> None:
    """Consent was withdrawn while it stood open: there is no such case for them any more."""
    case_id = slack_town.open_case("A17", "A14", **PERSON, **consented("A17", "A14"))
    worker = opened(slack_town, DISABILITY)
    worker.press("返信する")
    assert NAME in worker.screen_text()
    slack_town.edit(case_id, consent="withdrawn", consent_scope=[], consent_on="")
    put(worker, {"answer": "accepted"})
    assert "このケースは見つかりません" in worker.screen_text()
    assert NAME not in worker.screen_text()


def test_what_was_wrong_before_is_not_said_again(slack_town: SlackTown) -> None:
    """A sentence on top of a reply goes with the next answer that is chosen."""
    slack_town.open_case("A17")
    worker = opened(slack_town, DISABILITY)
    worker.press("返信する")
    assert worker.view is not None
    view = banner(worker.view.raw, "前のことば")
    slack_town.part.door.api.call("views.update", view_id=worker.view.raw["id"], view=view)
    assert "前のことば" in worker.screen_text()
    put(worker, {"answer": "accepted"})
    assert "前のことば" not in worker.screen_text()
    assert "一度訪問してください。" in worker.screen_text()


def test_an_agency_takes_the_lead_and_an_old_button_tells_how_it_stands(
    slack_town: SlackTown,
) -> None:
    """The chain of those before is read; who passed it on is told what they answered."""
    case_id = slack_town.open_case("A17", **PERSON)
    first = slack_town.referral(case_id, "A17").id
    slack_town.reply(case_id, "A17", "passed_on", by=DISABILITY, next_agency="A19")
    worker = opened(slack_town, LIVELIHOOD)
    worker.press("返信する")
    assert "これまでの引き継ぎ" in worker.screen_text()
    assert "ほかの機関の支援が要ります。" in worker.screen_text()
    put(worker, {"answer": "accepted"})
    put(worker, {"lead": "yes", "next_check_on": "2026-12-21"})
    worker.submit()
    assert "「受理」と返信しました" in worker.screen_text()
    case = slack_town.case(case_id)
    assert case.lead_agency_id == "A19"
    assert [str(f.due_on) for f in case.follow_ups] == ["2026-12-21"]
    token = slack_town.part.door.token("reply", "R8-0001", first)
    for member_id, told in ((DISABILITY, "に引き継がれています"), (OUTSIDER, "見つかりません")):
        person = slack_town.person(member_id)
        person.command("/tsunagu")
        press_token(slack_town, person, token)
        assert told in person.screen_text()
        assert NAME not in person.screen_text()


def test_a_second_answer_shows_the_first_and_changes_nothing(slack_town: SlackTown) -> None:
    """A colleague was first, on the page: nothing is answered twice."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = opened(slack_town, ELDERLY)
    worker.press("返信する")
    put(worker, {"answer": "accepted"})
    slack_town.reply(case_id, "A14", "partly", by=ELDERLY)
    worker.submit()
    assert "「一部受理」と返信しました" in worker.screen_text()
    assert str(slack_town.referral(case_id, "A14").reply).count("partly") == 1


# -- lead, closed, opened again, named ------------------------------------------------------------


def test_the_lead_is_named_also_where_slack_shows_no_content(
    slack_town_with: SlackTownWith,
) -> None:
    """Nothing in it is about the person; what is, gives the page."""
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    case_id = town.open_case("A14", **PERSON)
    town.reply(case_id, "A14", by=ELDERLY)
    worker = opened(town, COORDINATOR)
    worker.press("主担当機関を決める")
    put(worker, {"agency": "A14", "next_check_on": "2026-12-21"})
    worker.submit()
    assert "主担当機関は" in worker.screen_text()
    assert town.case(case_id).lead_agency_id == "A14"
    worker.press("ケースを開く")
    worker.press("シートを読む")
    assert "/sign-in/" in str(worker.view.blocks if worker.view else "")
    token = town.part.door.token("reply", "R8-0001", town.referral(case_id, "A14").id)
    press_token(town, worker, token)
    assert blocks_of(worker) == {}
    assert looks(town, case_id, COORDINATOR) == 0
    assert NAME not in "".join(town.slack.everything_said().modals)


def test_a_case_is_closed_when_nothing_is_owed_and_opened_again(slack_town: SlackTown) -> None:
    """What hinders stands above; what its kind makes required is told beside the field."""
    case_id = slack_town.open_case("A14", **PERSON)
    worker = opened(slack_town, COORDINATOR)
    worker.press("見守り・終結・中断")
    assert "返信がまだです" in worker.screen_text()
    put(worker, {"kind": "closed"})
    worker.submit()
    assert set(worker.errors) == {"目標の達成", "変化したこと"}
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    put(worker, {"goals_reached": "reached", "change": "落ち着いて暮らしている。"})
    worker.submit()
    assert "「終結」にしました" in worker.screen_text()
    worker.press("ケースを開く")
    worker.press("再開する")
    put(worker, {"reason": "また困りごとがありました。"})
    worker.submit()
    assert "再開しました" in worker.screen_text()
    assert slack_town.case(case_id).is_open


def test_who_may_see_a_restricted_case_is_changed_in_place(slack_town: SlackTown) -> None:
    """Added by name, taken off by a button; the last one who answers stays, with the reason."""
    case_id = slack_town.open_case("A14", **PERSON, danger="yes")
    worker = opened(slack_town, COORDINATOR)
    worker.press("見られる方を決める")
    put(worker, {"member": COLLEAGUE})
    worker.submit()
    assert "見られるようにしました" in worker.screen_text()
    assert COLLEAGUE in slack_town.case(case_id).named_member_ids
    worker.press(lambda one: one["action_id"] == f"unname_member.{COLLEAGUE}")
    assert "外しました" in worker.screen_text()
    assert COLLEAGUE not in slack_town.case(case_id).named_member_ids


def test_who_takes_themselves_off_a_restricted_case_is_told_that_it_is_so(
    slack_town: SlackTown,
) -> None:
    """They see it no more: what they did is said, and not that there is no such case."""
    case_id = slack_town.open_case("A14", **PERSON, danger="yes")
    slack_town.desk.handle(NameMember(case_id, "M22", True), COORDINATOR)
    worker = opened(slack_town, COORDINATOR)
    worker.press("見られる方を決める")
    worker.press(lambda one: one["action_id"] == f"unname_member.{COORDINATOR}")
    assert COORDINATOR not in slack_town.case(case_id).named_member_ids
    assert "外しました" in worker.screen_text()


def test_messages_never_hold_content(slack_town: SlackTown) -> None:
    """Whatever is read and done in modals, what is posted has numbers and agencies alone."""
    case_id = slack_town.open_case("A14", **PERSON)
    slack_town.tick()
    worker = opened(slack_town, ELDERLY)
    worker.press("シートを読む")
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes", reason="浮舟さんを訪ねます。")
    slack_town.tick()
    said: Any = "".join(slack_town.slack.everything_said().messages)
    assert "R8-0001" in said
    assert "浮舟" not in said
    assert "一度訪問" not in said


def test_why_a_case_is_still_needed_is_said_in_a_modal(slack_town: SlackTown) -> None:
    """From the card of who answers for it; what is blank is said beside its field, and the card
    has no button once it is answered."""
    case_id = slack_town.open_case("A14", **PERSON)
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    slack_town.ask_whether_needed(case_id)
    slack_town.tick()
    worker = slack_town.person(ELDERLY)
    worker.press("必要かを答える")
    assert "長く続いているケースです" in worker.screen_text()
    put(worker, {"reason": " ", "next_step": "6月に会議を開く。"})
    worker.submit()
    assert set(worker.errors) == {"続ける理由"}
    put(worker, {"reason": "通院の同行が続いているため。"})
    worker.submit()
    assert "まだ必要と答えました" in worker.screen_text()
    answered = slack_town.case(case_id).need_asks[-1]
    assert (answered.how, answered.next_step) == ("needed", "6月に会議を開く。")
    slack_town.press(worker, "still_needed", "R8-0001")
    told = f"{worker.ephemerals()} {worker.messages()} {worker.screen_text()}"
    assert "続ける必要の確認は済んでいます" in told
    assert "通院の同行" not in "".join(slack_town.slack.everything_said().messages)


def test_a_suspended_case_is_asked_about_on_its_card(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", **PERSON)
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    slack_town.close(case_id, "suspended")
    slack_town.ask_whether_needed(case_id)
    slack_town.tick()
    worker = slack_town.person(ELDERLY)
    worker.press("必要かを答える")
    assert "中断のまま残すときは" in worker.screen_text()
