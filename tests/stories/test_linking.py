"""チャットの連携 in a browser: the administrator answers a wish, a member parts from an account."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stories.test_accessibility import DESK, tab_to
from tests.stories.test_signing_in import sound
from tests.support.browser import Pages
from tests.support.hands import confirm_permission_requests
from tests.support.people import ADMINISTRATOR, CLERK
from tests.support.served_town import served_town
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.directory.link_account import LinkAccount, RequestAccountLink
from workflows.sign_in.sign_in import PrintLink

WITH_SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret"}


@pytest.fixture
def windows(hall: TownHall, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Windows on a town with Slack, in which somebody asks to be known."""
    folder = str(request.config.getoption("--screenshots"))
    asks = RequestAccountLink("slack", "U0LOST", "筆野 しるす（福祉総務課・窓口）")
    hall.desk.handle(asks, Caller.DOOR, door="slack")
    with served_town(hall, **WITH_SLACK) as url:
        pages = Pages(browser, url, Path(folder) if folder else None)
        yield pages
        pages.close()
    assert pages.said == []


def come_in(hall: TownHall, page: Page, member_id: str, then: str) -> None:
    """By a printed link, straight to a page."""
    token = hall.desk.handle(PrintLink(member_id), Caller.CONSOLE)
    page.goto(f"/sign-in/{token}?then={then}")
    page.get_by_role("button", name="ログインする").click()
    page.wait_for_url(f"**{then}")


def test_a_wish_is_answered_with_the_keyboard_alone(hall: TownHall, windows: Pages) -> None:
    """From the list to the form, over a mistake, to the member; every page is sound."""
    hall.desk.handle(LinkAccount("slack", "U0OLD", "M04"), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)
    page = windows(DESK)
    come_in(hall, page, ADMINISTRATOR, "/admin/accounts")
    sound(page)
    windows.picture(page, "accounts")
    tab_to(page, page.get_by_role("link", name="この人に結びつける"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/link?platform=slack&account=U0LOST")
    sound(page)
    windows.picture(page, "account-link")
    tab_to(page, page.get_by_label("アカウントのID"))
    page.keyboard.press("Control+A")
    page.keyboard.type("筆野")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    field = page.get_by_label("アカウントのID")
    expect(field).to_be_focused()
    expect(field).to_have_value("筆野")
    sound(page)
    page.keyboard.press("Control+A")
    page.keyboard.type("U0LOST")
    page.keyboard.press("Enter")
    expect(page.get_by_text("連携の依頼を出しました")).to_be_visible()


def test_without_a_script_a_member_parts_and_is_linked_again(
    hall: TownHall, windows: Pages
) -> None:
    """On the own page; then by the administrator, who is asked before another's is taken."""
    hall.desk.handle(LinkAccount("slack", "U0LOST", CLERK), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)
    page = windows(DESK)
    come_in(hall, page, CLERK, "/account")
    sound(page)
    plain = windows(DESK, script=False)
    come_in(hall, plain, CLERK, "/account")
    plain.get_by_role("button", name="連携を解く").click()
    expect(plain.get_by_text("連携したアカウントはありません")).to_be_visible()
    hall.desk.handle(LinkAccount("slack", "U0LOST", "M04"), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)
    keeper = windows(DESK, script=False)
    come_in(hall, keeper, ADMINISTRATOR, "/admin/accounts/link")
    keeper.get_by_label("アカウントのID").fill("U0LOST")
    keeper.get_by_label("担当者").select_option(CLERK)
    keeper.get_by_role("button", name="結びつける").click()
    keeper.get_by_label("付け替えることを確かめました").check()
    keeper.get_by_role("button", name="結びつける").click()
    expect(keeper.get_by_text("連携の依頼を出しました")).to_be_visible()
