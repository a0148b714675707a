"""What people do in the stories, with their eyes and hands: links, buttons and fields alone."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Pages
from tests.support.server import LocalServer
from workflows.japanese.dates import TOKYO

AGENCY_ROW = 'select[name="referrals-{row}-agency"]'


class Story:
    """One town, one clock, and a window for each person."""

    def __init__(self, server: LocalServer, pages: Pages) -> None:
        self.server, self.pages = server, pages
        self._windows: dict[str, Page] = {}

    def window(self, member_id: str, width: int = 1280) -> Page:
        """The window of that person, opened when first asked for."""
        if member_id not in self._windows:
            self._windows[member_id] = self.pages.as_person(member_id, width)
        return self._windows[member_id]

    def inbox(self, member_id: str, width: int = 1280) -> Page:
        """That person at their inbox, with what has been sent by now."""
        self.server.tick()
        page = self.window(member_id, width)
        page.goto("/")
        return page

    def take_up(self, member_id: str, button: str, width: int = 1280) -> Page:
        """Press the button of the first thing that waits under this label."""
        page = self.inbox(member_id, width)
        page.locator(".todo a.button", has_text=button).first.click()
        return page

    def until(self, at: datetime) -> None:
        self.server.move_to(at)

    def days_on(self, days: int, hour: int = 9) -> None:
        later = (self.server.now() + timedelta(days=days)).astimezone(TOKYO)
        self.until(later.replace(hour=hour, minute=0, second=0, microsecond=0))

    def picture(self, page: Page, name: str, at: str = "") -> None:
        self.pages.picture(page, name, at)


def choose(page: Page, name: str, value: str) -> None:
    """Take one of several, or tick one."""
    page.locator(f'input[name="{name}"][value="{value}"]').check()


def write(page: Page, name: str, text: str) -> None:
    page.locator(f'[name="{name}"]').first.fill(text)


def everybody_came(page: Page) -> None:
    """Say of each agency on the record's attendance list that it was there."""
    for box in page.locator('input[name^="presence-"][value="present"]').all():
        box.check()


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).first.click()


def refer_to(page: Page, row: int, agency_id: str, purpose: str, request: str) -> None:
    """One row of つなぎ先 on the sheet."""
    if page.locator(f'[name="referrals-{row}-agency"]').count() == 0:
        page.locator('[data-row-add="f-referrals"]').click()
    page.locator(f'[name="referrals-{row}-agency"]').select_option(agency_id)
    page.locator(f'[name="referrals-{row}-purpose"]').select_option(purpose)
    write(page, f"referrals-{row}-request", request)


def reply(
    page: Page,
    answer: str,
    *,
    reason: str = "",
    next_agency: str = "",
    lead: bool = False,
    next_check_on: str = "",
) -> None:
    """Answer a referral on its page."""
    choose(page, "answer", answer)
    if reason:
        write(page, "reason", reason)
    if next_agency:
        page.locator('[name="next_agency"]').select_option(next_agency)
        choose(page, "pass_basis", "act_106_6")
        write(page, "pass_reason", "次の支援が今日から要るため。")
    if lead:
        choose(page, "lead", "yes")
    if next_check_on:
        write(page, "next_check_on", next_check_on)
    press(page, "返信する")


def answer_dates(
    page: Page, symbols: list[str], comments: dict[int, str] | None = None, who: str = ""
) -> None:
    """○△× for every date, in the order in which they stand on the page."""
    fields = page.locator('fieldset:has(input[name^="slot-"])')
    expect(fields).to_have_count(len(symbols))
    for number, symbol in enumerate(symbols):
        fields.nth(number).locator(f'input[type="radio"][value="{symbol}"]').check(force=True)
    for number, text in (comments or {}).items():
        page.locator('input[name$="-comment"]').nth(number).fill(text)
    if who:
        write(page, "who", who)
    press(page, "回答を保存する")
    expect(page.get_by_role("heading", name="回答を保存しました")).to_be_visible()


def attend(page: Page, who: str = "") -> None:
    page.locator('input[name="comes"][value="yes"]').check(force=True)
    if who:
        write(page, "who", who)
    press(page, "出欠を送る")


def follow_up(page: Page, result: str, comment: str = "", next_on: str | None = None) -> None:
    choose(page, "result", result)
    if comment:
        write(page, "comment", comment)
    if next_on is not None:
        write(page, "next_on", next_on)
    press(page, "様子を記録する")


def number_of(page: Page) -> str:
    """The case number in the page's address."""
    found = re.search(r"/cases/(R\d+-\d{4})", page.url)
    assert found, page.url
    return found[1]


def meeting_of(page: Page) -> str:
    found = re.search(r"/meetings/([0-9a-f]{32})", page.url)
    assert found, page.url
    return found[1]


def invite(page: Page, agency: str, need: str) -> None:
    """Choose 必須 or 任意 for an agency, wherever in the lists it stands."""
    radio = page.locator(f'input[name="agency-{agency}"][value="{need}"]')
    fold = page.locator("details", has=radio)
    if fold.count() and fold.first.get_attribute("open") is None:
        fold.first.locator("summary").click()
    radio.check()


def in_case(page: Page, name: str) -> Locator:
    """A field of the one case on the record."""
    return page.locator(f'[name$="-{name}"]').first


def role(page: Page, row: int, agency: str, task: str, due_on: str) -> None:
    if in_case(page, f"roles-{row}-agency").count() == 0:
        page.locator('[data-row-add$="-roles"]').click()
    in_case(page, f"roles-{row}-agency").select_option(agency)
    in_case(page, f"roles-{row}-task").fill(task)
    in_case(page, f"roles-{row}-due_on").fill(due_on)


def swear(page: Page) -> None:
    """Confirm the secrecy duty where it is asked for; it leads on to what was wanted."""
    if page.get_by_role("button", name="守秘義務を確認しました").count():
        press(page, "守秘義務を確認しました")
