"""Signing in to a real town with a real browser: the mail, another browser, one's sessions."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mail.folder import FolderPost
from handlers.words.texts import load_texts
from tests.stories.test_accessibility import DESK, PHONE, faults, tab_to
from tests.support.browser import Pages
from tests.support.mail import mail_way, text_of
from tests.support.served_town import served_town
from tests.support.town import TownHall


@pytest.fixture
def windows(hall: TownHall, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Windows on a real town."""
    folder = str(request.config.getoption("--screenshots"))
    with served_town(hall) as url:
        pages = Pages(browser, url, Path(folder) if folder else None)
        yield pages
        pages.close()
    assert pages.said == []


def mailed(hall: TownHall, folder: Path, url: str) -> str:
    """The address in the newest mail."""
    channel = mail_way(hall.desk, FolderPost(folder), url)
    delivery = OutboxSender(
        hall.database.open, hall.desk, load_texts(None), Inbox(), {"mail": channel}
    )
    delivery.drain()
    text = text_of(max(folder.glob("*.eml")).read_bytes())
    return next(line for line in text.splitlines() if line.startswith(url))


def sound(page: Page) -> None:
    """No fault that a machine can see, at a desk and on a phone."""
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        assert faults(page) == [], (page.url, width)


def test_a_member_signs_in_by_mail_and_ends_another_session(
    hall: TownHall, windows: Pages, tmp_path: Path
) -> None:
    """With the keyboard alone: asked, mailed, pressed; elsewhere the link waits; one's sessions."""
    page, elsewhere = windows(), windows(PHONE)
    page.goto("/")
    sound(page)
    page.goto("/sign-in")
    sound(page)
    windows.picture(page, "sign-in")
    who = page.get_by_label("メールアドレスまたは職員コード")
    tab_to(page, who)
    page.keyboard.type("m06@example.jp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="メールを確かめてください")).to_be_visible()
    sound(page)
    address = mailed(hall, tmp_path, windows.url)
    elsewhere.goto(address)
    expect(elsewhere.get_by_text("求めたブラウザーで開いてください")).to_be_visible()
    sound(elsewhere)
    page.goto(address)
    sound(page)
    tab_to(page, page.get_by_role("button", name="ログインする"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("ログインしました。")).to_be_visible()
    elsewhere.goto("/sign-in")
    elsewhere.get_by_label("メールアドレスまたは職員コード").fill("M06")
    elsewhere.get_by_role("button", name="リンクを送る").click()
    hall.clock.move(minutes=1)  # the files of mails are named by the second
    elsewhere.goto(mailed(hall, tmp_path, windows.url))
    elsewhere.get_by_role("button", name="ログインする").click()
    page.get_by_role("link", name="ログイン中の端末").click()
    sound(page)
    windows.picture(page, "account")
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.get_by_text("この端末")).to_be_visible()
    page.get_by_role("button", name="終わらせる", exact=True).click()
    expect(page.get_by_text("1か所のログインを終わらせました。")).to_be_visible()
    elsewhere.goto("/")
    expect(elsewhere.get_by_role("heading", name="ログインしてください")).to_be_visible()


def test_without_a_script_one_signs_in_and_out(
    hall: TownHall, windows: Pages, tmp_path: Path
) -> None:
    """Forms and links alone; an empty field is told beside it."""
    page = windows(PHONE, script=False)
    page.goto("/sign-in")
    page.get_by_label("メールアドレスまたは職員コード").fill("  ")
    page.get_by_role("button", name="リンクを送る").click()
    expect(page.locator("#f-who-error")).to_contain_text("入力してください")
    page.get_by_label("メールアドレスまたは職員コード").fill("M06")
    page.get_by_role("button", name="リンクを送る").click()
    page.goto(mailed(hall, tmp_path, windows.url))
    page.get_by_role("button", name="ログインする").click()
    expect(page.get_by_text("筆野 しるす").first).to_be_visible()
    page.get_by_role("button", name="ログアウト").click()
    expect(page.get_by_role("heading", name="ログアウトしました")).to_be_visible()
    page.goto("/cases")
    expect(page.get_by_role("heading", name="ログインしてください")).to_be_visible()
