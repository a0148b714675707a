"""An agency answers by a mail's link: on an old phone without a script, and by axe's rules."""

import re

import pytest
from playwright.sync_api import Page, expect

from handlers.runtime.answer_tokens import AnswerTokens
from tests.stories.test_accessibility import OVERFLOW, PHONE, faults
from tests.support.browser import Pages
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.server import LocalServer
from workflows.core.permissions import Caller
from workflows.outside.answer_links import MakeAnswerLink, RevokeDatesLinks

SMALL = 320
TARGET = 44  # CSS pixels: what a thumb needs; the rules ask for 24


def link(server: LocalServer, **to: str) -> str:
    made = server.desk.handle(MakeAnswerLink(ELDERLY, **to), Caller.CLOCK)
    return "/a/" + AnswerTokens(server.parts.web.secret).seal(made)


def choose(page: Page, number: int, symbol: str) -> None:
    """Press the large label of that date's choice, as a thumb does."""
    field = page.locator(".answer-field").nth(number)
    field.locator(f".answer-choice.is-{symbol} label").click()


def big_enough(page: Page) -> list[str]:
    """What can be pressed and is smaller than a thumb."""
    small = []
    for one in page.locator("main .answer-choice label, main .button, main .choice label").all():
        box = one.bounding_box()
        if box and box["height"] < TARGET:
            small.append(f"{one.inner_text()}: {box['height']}")
    return small


def attend(page: Page) -> None:
    """Once the date is fixed, the same link: 出席 forgotten, then said."""
    expect(page.get_by_role("heading", level=1)).to_have_text("出欠をお知らせください")
    expect(page.get_by_text("12月10日（木）")).to_be_in_viewport()
    expect(page.get_by_label("出席する方のお名前")).to_have_value("代理 のかた")
    assert big_enough(page) == []
    page.get_by_role("button", name="出欠を保存する").click()
    expect(page.locator(".error-summary")).to_contain_text("出席か欠席のどちらか")
    choose(page, 0, "yes")
    page.get_by_role("button", name="出欠を保存する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("「出席」と保存しました")
    expect(page.locator("main")).to_contain_text("代理 のかた")


@pytest.mark.parametrize("width", [SMALL, PHONE])
def test_dates_are_answered_on_an_old_phone_without_a_script(
    local_server: LocalServer, page_at: Pages, width: int
) -> None:
    """From the link to 回答を保存しました; a date forgotten on the way; then changed."""
    hands = local_server.hands
    meeting_id = hands.convene(hands.open_case("A14"))
    page = page_at(width, 568, script=False)
    page.goto(link(local_server, poll=meeting_id))
    expect(page.get_by_role("heading", level=1)).to_have_text("ご都合をお知らせください")
    assert page.evaluate(OVERFLOW) <= 0
    assert big_enough(page) == []
    send = page.get_by_role("button")
    expect(send).to_have_count(1)
    choose(page, 0, "yes")
    # Whoever has ticked, and closes the tab, had this before their eyes.
    expect(page.get_by_text("まだ保存されていません。")).to_be_in_viewport(ratio=1)
    expect(send).to_be_in_viewport(ratio=1)
    page_at.picture(page, f"answer-{width}")
    page.locator('input[name$="-comment"]').first.fill("午後だけです")
    page.get_by_label("出席する方のお名前").fill("代理 のかた")
    send.click()
    expect(page.locator(".error-summary")).to_contain_text("1か所")
    expect(page.get_by_text("○、△、×のどれかを選んでください。").first).to_be_visible()
    expect(page.locator('input[name$="-comment"]').first).to_have_value("午後だけです")
    choose(page, 1, "maybe")
    page.get_by_role("button", name="回答を保存する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("回答を保存しました")
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
    expect(page).to_have_title("回答を保存しました - つなぐボット")
    expect(page.get_by_text("さんのお名前で受け取りました")).to_be_in_viewport()
    expect(page.locator("main")).to_contain_text("△")
    expect(page.locator("main")).to_contain_text("代理 のかた")
    expect(page.locator("main")).to_contain_text("同じリンクから")
    page_at.picture(page, f"answer-saved-{width}")
    assert page.evaluate(OVERFLOW) <= 0

    page.goto(link(local_server, poll=meeting_id))
    expect(page.get_by_role("heading", level=1)).to_have_text("この回答をお預かりしています")
    page.get_by_role("link", name="回答を変える").click()
    choose(page, 0, "no")
    page.get_by_role("button", name="回答を保存する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("回答を保存しました")
    given = hands.meeting(meeting_id).answers["A14"].values()
    assert sorted(str(a.symbol) for a in given) == ["maybe", "no"]

    hands.fix(meeting_id, reason="急ぐため。")
    page.goto(link(local_server, poll=meeting_id))
    attend(page)
    assert page.evaluate(OVERFLOW) <= 0
    assert page.context.cookies() == []


def test_a_referral_is_answered_on_an_old_phone_without_a_script(
    local_server: LocalServer, page_at: Pages
) -> None:
    """Passed on, after the next agency was forgotten."""
    hands = local_server.hands
    case_id = hands.open_case("A14", request="秘密の事情があります。")
    page = page_at(PHONE, 640, script=False)
    page.goto(link(local_server, case=case_id, referral=hands.referral(case_id, "A14").id))
    expect(page.locator("main")).not_to_contain_text("秘密の事情")
    expect(page.get_by_role("link", name="ログインして依頼内容を読む")).to_be_visible()
    page.locator("label", has_text="他機関へ").first.click()
    page.locator('textarea[name="reason"]').fill("担当の地域が違います。")
    page.get_by_role("button", name="返信する").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator('textarea[name="reason"]')).to_have_value("担当の地域が違います。")
    page.locator('select[name="next_agency"]').select_option("A17")
    page.locator('[name="pass_basis"][value="act_106_6"]').check(force=True)
    page.locator('textarea[name="pass_reason"]').fill("今日から支援が要るため。")
    page.get_by_role("button", name="返信する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("返信を保存しました")
    expect(page.locator("main")).to_contain_text(hands.agency_name("A17"))
    assert page.evaluate(OVERFLOW) <= 0


def test_no_answer_page_breaks_the_rules_or_overflows(
    local_server: LocalServer, page_at: Pages
) -> None:
    """Every state of them by axe, at 320 and 1280 pixels; none wider than its window, at 360 and
    with letters twice as large neither."""
    hands = local_server.hands
    case_id = hands.open_case("A14", "A17")
    asked, fixed, revoked = (hands.convene(hands.open_case("A14")) for _ in range(3))
    hands.answer(fixed, "A14", by=ELDERLY)
    hands.fix(fixed, reason="急ぐため。")
    back = link(local_server, poll=revoked)
    local_server.desk.handle(RevokeDatesLinks(revoked, "A14"), COORDINATOR)
    poll = link(local_server, poll=asked)
    reply = link(local_server, case=case_id, referral=hands.referral(case_id, "A14").id)
    page = page_at(PHONE)
    found: list[str] = []

    def look(name: str) -> None:
        for width in (SMALL, 1280):
            page.set_viewport_size({"width": width, "height": 640})
            # Where the bar with the button lies at its own place, and half covers no field.
            page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
            found.extend(f"{name} at {width}: {fault}" for fault in faults(page))
        for width, letters in ((PHONE, "100%"), (SMALL, "200%")):
            page.set_viewport_size({"width": width, "height": 568})
            page.evaluate(f"document.documentElement.style.fontSize = '{letters}'")
            if page.evaluate(OVERFLOW) > 0:
                found.append(f"{name} is wider than {width} with letters of {letters}")
        page.evaluate("document.documentElement.style.fontSize = ''")

    for name, path in (
        *(("poll", poll), ("fixed", link(local_server, poll=fixed)), ("reply", reply)),
        *(("revoked", back), ("unknown", "/a/none")),
    ):
        page.goto(path)
        look(name)
    page.goto(poll)
    page.get_by_role("button", name="回答を保存する").click()
    look("errors")
    hands.answer(asked, "A14", by=ELDERLY)
    page.goto(poll + "?done=1")
    look("saved")
    page.goto(poll)
    look("kept")
    page.goto(reply)
    page.get_by_role("button", name="返信する").click()
    look("reply with errors")
    hands.reply(case_id, "A14", by=ELDERLY)
    page.goto(reply)
    look("replied")
    page.goto(link(local_server, poll=fixed))
    page.get_by_role("button", name="出欠を保存する").click()
    look("attendance with errors")
    choose(page, 0, "no")
    page.get_by_role("button", name="出欠を保存する").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("「欠席」と保存しました")
    look("attendance saved")
    coordinator = page_at.as_person(COORDINATOR, PHONE)
    coordinator.goto(f"/meetings/{asked}")
    coordinator.get_by_text("メールで回答する機関のリンク").click()
    expect(coordinator.get_by_role("button", name=re.compile("送り直す")).first).to_be_visible()
    found += faults(coordinator)
    assert not found, "\n".join(found)
