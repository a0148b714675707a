"""Scenario A (8050): from a neighbour's word to the third follow-up and two weekly digests."""

from datetime import datetime

from playwright.sync_api import expect

from tests.stories.acts import (
    Story,
    answer_dates,
    attend,
    choose,
    everybody_came,
    follow_up,
    in_case,
    invite,
    meeting_of,
    number_of,
    press,
    refer_to,
    reply,
    role,
    write,
)
from tests.support.browser import Pages
from tests.support.people import (
    CHAIR,
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
)
from tests.support.server import LocalServer
from workflows.japanese.dates import TOKYO

NAME, KANA = "浮舟はつ江", "ウキフネ　ハツエ"
SECRET_WORDS = (NAME, KANA, "浮舟", "物であふれ")
SIX = (COORDINATOR, ELDERLY, DISABILITY, LIVELIHOOD, FARMING, COMMISSIONER)


def test_a_person_whom_nobody_answered_for_is_answered_for_until_it_is_solved(
    local_server: LocalServer, page_at: Pages
) -> None:
    """A clerk, a coordinator, six agencies and a manager carry scenario A through."""
    story = Story(local_server, page_at)
    number = _sheet(story)
    _replies(story, number)
    meeting = _meeting(story, number)
    _held(story, number, meeting)
    _followed(story, number)
    _digests(story)
    for member in (*SIX, CHAIR, MANAGER):
        for item in local_server.mail(member):
            card = local_server.parts.texts.card(item.notice)
            said = f"{card.title}{card.body}{card.facts}{card.actions}"
            assert not [w for w in SECRET_WORDS if w in said], card


def _sheet(story: Story) -> str:
    page = story.inbox(COORDINATOR)
    page.get_by_role("link", name="つなぐシートを書く").first.click()
    story.picture(page, "sheet-1280")
    choose(page, "route", "resident")
    for matter in ("care", "withdrawal", "income", "housing"):
        choose(page, "matters", matter)
    write(page, "summary", "家の中が物であふれ、年金だけで暮らしている。息子は長く家にいる。")
    choose(page, "urgency", "normal")
    choose(page, "danger", "no")
    choose(page, "hidden_address", "no")
    page.locator('[name="district"]').first.select_option("D01")
    choose(page, "consent", "not_asked")
    write(page, "name", NAME)
    write(page, "kana", "うきふね　はつえ")
    write(page, "birth_date", "S15.4.1")
    for tag in ("8050", "hoarding"):
        choose(page, "tags", tag)
    refer_to(page, 0, "A14", "handover", "お母さまの介護の相談をお願いします。")
    refer_to(page, 1, "A19", "inform", "家計の相談の見込みを教えてください。")
    press(page, "つなぐ")
    # Without consent the basis and the reason are asked for, and nothing that was typed is lost.
    expect(page.locator("#f-unconsented_reason")).to_be_visible()
    expect(page.locator('[name="name"]').first).to_have_value(NAME)
    expect(page.locator('input[name="urgency"][value="normal"]')).to_be_checked()
    choose(page, "unconsented_basis", "act_106_6")
    write(page, "unconsented_reason", "暮らしが続かなくなるおそれがあるため。")
    press(page, "つなぐ")
    page.wait_for_url("**/cases/R8-0001*")
    expect(page.get_by_text("返信をお願いしました").first).to_be_visible()
    story.picture(page, "case-1280")
    return number_of(page)


def _replies(story: Story, number: str) -> None:
    page = story.take_up(ELDERLY, "返信する", 360)
    story.picture(page, "reply-360")
    reply(page, "accepted", lead=True, next_check_on="令和9年1月20日")
    page = story.take_up(LIVELIHOOD, "返信する")
    reply(page, "partly", reason="家計の相談を受けます。住まいの相談は受けられません。")
    page = story.window(COORDINATOR)
    page.goto(f"/cases/{number}")
    expect(page.locator("main")).to_contain_text("一部受理")
    expect(page.locator("main")).to_contain_text("主担当機関が「地域包括支援センターひだまり」に")


def _meeting(story: Story, number: str) -> str:
    page = story.window(COORDINATOR)
    page.goto(f"/meetings/new?case={number}")
    # The consent gate: a 重層的支援会議 is refused with its reason, and the other is offered.
    choose(page, "kind", "case")
    for box in page.locator('input[name="bases"]').all():
        box.uncheck()
    choose(page, "bases", "multi_layered")
    for agency in ("A13", "A14", "A17", "A19"):
        invite(page, agency, "required")
    for agency in ("A20", "A21"):
        invite(page, agency, "optional")
    page.locator('[name="chair"]').select_option(CHAIR)
    write(page, "place", "庁舎2階 第3会議室")
    write(page, "basis_reason", "暮らしが続かなくなるおそれがあるため。")
    press(page, "招集して、ご都合を尋ねる")
    expect(page.get_by_text("同意がない").first).to_be_visible()
    story.picture(page, "consent-gate-1280")
    press(page, "支援会議（106条の6）に変えて招集する")
    page.wait_for_url("**/meetings/*")
    meeting = meeting_of(page)
    expect(page.get_by_text("未回答").first).to_be_visible()
    offered = page.get_by_role("button", name="この日に決める").count()
    assert offered >= 3
    yes, no, maybe = "yes", "no", "maybe"
    good = [yes] * offered
    answer_dates(story.take_up(COORDINATOR, "日程を答える"), good)
    first_no = [no, *good[1:]]
    answer_dates(
        story.take_up(ELDERLY, "日程を答える", 360), first_no, {0: "研修のため"}, who="稲穂"
    )
    answer_dates(story.take_up(DISABILITY, "日程を答える"), [yes, maybe, *good[2:]])
    answer_dates(story.take_up(LIVELIHOOD, "日程を答える"), good)
    answer_dates(story.take_up(FARMING, "日程を答える"), [maybe, *good[1:]])
    # The commissioner takes an old telephone, changes the answer, and it counts once.
    page = story.take_up(COMMISSIONER, "日程を答える", 360)
    answer_dates(page, [no] * offered)
    page.get_by_role("link", name="回答を変える").click()
    answer_dates(page, good)
    page = story.inbox(COORDINATOR)
    expect(page.get_by_text("そろいました").first).to_be_visible()
    page.goto(f"/meetings/{meeting}")
    expect(page.get_by_text("おすすめ").first).to_be_visible()
    story.picture(page, "meeting-1280", at="候補日とご都合")
    # The date that a required agency refused asks for a reason; the best one does not.
    buttons = page.get_by_role("button", name="この日に決める")
    buttons.first.click()
    expect(page.locator('[name="reason"]')).to_be_visible()
    page.goto(f"/meetings/{meeting}")
    page.locator("button.primary", has_text="この日に決める").click()
    expect(page.get_by_text("決めました").first).to_be_visible()
    story.picture(page, "meeting-fixed-1280")
    return meeting


def _held(story: Story, number: str, meeting: str) -> None:
    for member in SIX:
        attend(story.take_up(member, "出欠を答える"))
    # Before the secrecy duty is confirmed, an invited agency sees the number and no more.
    page = story.window(FARMING)
    page.goto(f"/cases/{number}")
    expect(page.locator("main")).not_to_contain_text(NAME)
    page.goto(f"/meetings/{meeting}")
    press(page, "守秘義務を確認しました")
    page.goto(f"/cases/{number}")
    expect(page.locator("main")).to_contain_text(NAME)
    # Somebody with no part in it is told that there is no such case.
    outsider = story.window("M48")
    outsider.goto(f"/cases/{number}")
    expect(outsider.locator("main")).to_contain_text("見つかりません")
    invitation = page.request.get(f"/meetings/{meeting}/calendar.ics").text()
    assert "METHOD:REQUEST" in invitation
    assert NAME not in invitation

    story.until(datetime(2026, 12, 15, 15, 10, tzinfo=TOKYO))
    page = story.take_up(COORDINATOR, "記録を書く")
    everybody_came(page)
    in_case(page, "decisions-0-text").fill("住民とごみを運び出し、見守りを続ける。")
    role(page, 0, "A21", "ごみの運び出しと見守り", "令和9年1月15日")
    role(page, 1, "A14", "お母さまの介護の調整", "令和8年12月25日")
    role(page, 2, "A20", "息子さんの畑の見学", "令和9年1月29日")
    in_case(page, "shared_facts").fill("母は物忘れがあり、息子は外に出ていない。")
    press(page, "途中まで保存する")
    expect(page.locator("main")).to_contain_text("1/29（金）まで")
    story.picture(page, "record-1280")
    press(page, "確認を依頼する")
    expect(page.locator("main")).to_contain_text("にお願いしました")
    page = story.take_up(CHAIR, "記録を確認する")
    # The chair confirms the secrecy duty on the way, once, and is at the record.
    story.picture(page, "secrecy-1280")
    press(page, "守秘義務を確認しました")
    press(page, "確認して共有する")
    expect(page.locator("main")).to_contain_text("記録が確定しました")
    page = story.inbox(COMMISSIONER, 360)
    expect(page.locator("main")).to_contain_text("記録が確定しました")
    story.picture(page, "inbox-360")


def _followed(story: Story, number: str) -> None:
    # The centre does its part; the commissioner forgets, is reminded, and then does it.
    page = story.take_up(ELDERLY, "済みにする")
    press(page, "済みにする")
    story.until(datetime(2027, 1, 18, 9, 0, tzinfo=TOKYO))
    page = story.inbox(COMMISSIONER)
    expect(page.locator("main")).to_contain_text("期限超過")
    page = story.take_up(COMMISSIONER, "済みにする")
    press(page, "済みにする")
    page = story.take_up(ELDERLY, "様子を答える")
    story.picture(page, "follow-up-360")
    follow_up(page, "improved", "部屋が片づき、表情が明るくなった。")
    page = story.take_up(FARMING, "済みにする")
    press(page, "済みにする")
    story.until(datetime(2027, 3, 15, 9, 0, tzinfo=TOKYO))
    follow_up(story.take_up(ELDERLY, "様子を答える"), "unchanged")
    story.until(datetime(2027, 6, 15, 9, 0, tzinfo=TOKYO))
    page = story.take_up(ELDERLY, "様子を答える", 360)
    follow_up(page, "worse", "息子さんがまた部屋から出なくなった。")
    # It got worse: the coordinator is offered a meeting for reassessment, with one button.
    page = story.take_up(COORDINATOR, "会議を招集する")
    assert f"case={number}" in page.url
    page.goto(f"/cases/{number}")
    expect(page.locator("main")).to_contain_text("改善")
    expect(page.locator("main")).to_contain_text("変化なし")
    expect(page.locator("main")).to_contain_text("悪化")
    story.picture(page, "case-story-1280")
    page.goto("/desk")
    expect(page.locator("main")).to_contain_text(number)
    story.picture(page, "desk-1280")


def _digests(story: Story) -> None:
    page = story.inbox(MANAGER)
    page.goto("/digest/2026-11-24")  # Monday the 23rd was a holiday
    expect(page.locator("main")).to_contain_text("R8-0001")
    story.picture(page, "digest-1280")
    page.goto("/digest/2026-11-30")
    expect(page.locator("main")).to_contain_text("R8-0001")
    expect(page.locator("main")).not_to_contain_text(NAME)
