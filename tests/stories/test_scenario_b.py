"""Scenario B (ヤングケアラー): from the school to the third follow-up, on another legal basis."""

import re
from datetime import datetime

from playwright.sync_api import Page, expect

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
    swear,
    write,
)
from tests.support.browser import Pages
from tests.support.people import LIVELIHOOD, MANAGER, OTHER_COORDINATOR, SSW
from tests.support.server import LocalServer
from workflows.japanese.dates import TOKYO

NAME = "朧月かの子"
CHILDREN_CHAIR = "M10"  # 子ども家庭課, chairs the 要対協
TEACHER = "M40"
NURSE = "M12"
COUNCIL = "M21"
DAY_SERVICE = "M48"
SHARED = ("A04", "A06", "A10", "A13", "A27")


def test_a_child_who_cares_for_others_is_helped_and_nobody_else_reads_of_it(
    local_server: LocalServer, page_at: Pages
) -> None:
    """A social worker, a chair, five agencies and a manager carry scenario B through."""
    story = Story(local_server, page_at)
    number = _sheet(story)
    meeting = _meeting(story, number)
    _not_read_from_another_footing(story, number, meeting)
    _followed(story, number)
    page = story.inbox(MANAGER, 360)
    for day in ("2026-11-24", "2026-11-30"):
        page.goto(f"/digest/{day}")
        expect(page.locator("main")).to_contain_text(number)
        expect(page.locator("main")).not_to_contain_text(NAME)
    page.goto("/digest")
    story.picture(page, "digest-360")


def _sheet(story: Story) -> str:
    page = story.inbox(SSW, 360)
    page.get_by_role("link", name="つなぐシートを書く").first.click()
    choose(page, "route", "school")
    for matter in ("child_rearing", "income", "family", "withdrawal"):
        choose(page, "matters", matter)
    write(page, "summary", "中学生の長女が家事と妹の世話をして、授業中に眠ってしまう。")
    choose(page, "urgency", "urgent")
    choose(page, "danger", "no")
    choose(page, "hidden_address", "no")
    page.locator('[name="district"]').first.select_option("D01")
    choose(page, "consent", "oral")
    write(page, "consent_on", "11月19日")
    for agency in (*SHARED, "A35"):
        choose(page, "consent_scope", agency)
    choose(page, "tags", "young_carer")
    # The bell rings: what was typed waits as a draft until the social worker is back.
    press(page, "下書き保存")
    page = story.inbox(SSW, 360)
    page.get_by_role("link", name="続きを書く").click()
    expect(page.locator('input[name="consent"][value="oral"]')).to_be_checked()
    expect(page.locator('[name="consent_on"]').first).to_have_value("11月19日")
    write(page, "name", NAME)
    write(page, "household-0-relation", "母")
    write(page, "household-0-situation", "パート勤め。家計のやりくりに困っている。")
    refer_to(page, 0, "A04", "meeting", "個別ケース検討会議を開いてください。")
    story.picture(page, "sheet-360")
    press(page, "つなぐ")
    page.wait_for_url("**/cases/R8-0001*")
    reply(
        story.take_up(CHILDREN_CHAIR, "返信する"),
        "accepted",
        lead=True,
        next_check_on="令和9年1月20日",
    )
    return number_of(page)


def _convened(page: Page) -> None:
    """By another footing other things are read: it is looked at once more before it is convened."""
    press(page, "招集して、ご都合を尋ねる")
    if page.get_by_text("どの機関が何を読めるようになるか").count():
        press(page, "招集して、ご都合を尋ねる")
    page.wait_for_url(re.compile(r"/meetings/\w{20,}"))


def _meeting(story: Story, number: str) -> str:
    page = story.window(CHILDREN_CHAIR)
    page.goto(f"/meetings/new?case={number}")
    choose(page, "kind", "case")
    for box in page.locator('input[name="bases"]').all():
        box.uncheck()
    choose(page, "bases", "child_protection")
    for agency in SHARED:
        invite(page, agency, "required")
    page.locator('[name="chair"]').select_option(CHILDREN_CHAIR)
    _convened(page)
    meeting = meeting_of(page)
    offered = page.get_by_role("button", name="この日に決める").count()
    for member in (CHILDREN_CHAIR, TEACHER, NURSE, COUNCIL):
        answer_dates(story.take_up(member, "日程を答える", 360), ["yes"] * offered)
    # The social worker answers by telephone: the organiser enters it, and it is marked.
    page.goto(f"/meetings/{meeting}/answer?agency=A10")
    answer_dates(page, ["maybe", *["yes"] * (offered - 1)])
    page.goto(f"/meetings/{meeting}")
    page.locator("button.primary", has_text="この日に決める").click()
    expect(page.get_by_text("決めました").first).to_be_visible()
    for member in (CHILDREN_CHAIR, TEACHER, NURSE, COUNCIL, SSW):
        attend(story.take_up(member, "出欠を答える", 360))
    with story.server.database.open() as unit:
        held = unit.meetings.get(meeting)
    assert held is not None
    assert held.fixed_slot is not None
    story.until(held.fixed_slot.ends_at)
    page = story.take_up(CHILDREN_CHAIR, "記録を書く")
    swear(page)
    everybody_came(page)
    in_case(page, "decisions-0-text").fill("家計の見直しを社協と保健師が手伝う。")
    role(page, 0, "A13", "家計の見直し", "令和9年1月29日")
    role(page, 1, "A06", "定期の訪問と次女の助言", "令和9年1月15日")
    role(page, 2, "A10", "長女に寄り添う", "令和9年1月29日")
    role(page, 3, "A35", "療育と生活の訓練", "令和9年1月29日")
    press(page, "確認して共有する")
    expect(page.locator("main")).to_contain_text("療育と生活の訓練")
    story.take_up(DAY_SERVICE, "済みにする")
    return meeting


def _not_read_from_another_footing(story: Story, number: str, meeting: str) -> None:
    page = story.window(OTHER_COORDINATOR)
    page.goto(f"/meetings/new?case={number}")
    choose(page, "kind", "case")
    for box in page.locator('input[name="bases"]').all():
        box.uncheck()
    choose(page, "bases", "act_106_6")
    for radio in page.locator('input[name^="agency-"][value=""]').all():
        radio.check(force=True)
    invite(page, "A01", "required")
    invite(page, "A19", "required")
    write(page, "basis_reason", "家計の支援を加えるため。")
    looked = page.locator('input[name="looked"]')
    if looked.count():
        looked.check()
    _convened(page)
    other = meeting_of(page)
    visitor = story.window(LIVELIHOOD)
    visitor.goto(f"/meetings/{other}")
    swear(visitor)
    visitor.goto(f"/cases/{number}")
    expect(visitor.locator("main")).to_contain_text(NAME)
    for person in (visitor, page):
        person.goto(f"/meetings/{meeting}/record")
        expect(person.locator("main")).not_to_contain_text("家計の見直しを社協と")
    page.goto(f"/meetings/{other}/cancel")
    write(page, "reason", "別の形で相談することにしました。")
    press(page, "会議を中止する")
    visitor.goto(f"/cases/{number}")
    expect(visitor.locator("main")).not_to_contain_text(NAME)


def _followed(story: Story, number: str) -> None:
    for when, result in (
        (datetime(2027, 1, 18, 9, tzinfo=TOKYO), "unchanged"),
        (datetime(2027, 3, 18, 9, tzinfo=TOKYO), "improved"),
        (datetime(2027, 6, 18, 9, tzinfo=TOKYO), "improved"),
    ):
        story.until(when)
        follow_up(story.take_up(CHILDREN_CHAIR, "様子を答える", 360), result)
    page = story.window(CHILDREN_CHAIR)
    page.goto(f"/cases/{number}")
    expect(page.locator("main")).to_contain_text("改善")
