"""Passkeys with a real browser and its virtual authenticator: registered, signed in with, required,
taken away."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.stories.test_accessibility import DESK, PHONE, faults
from tests.support.browser import Pages
from tests.support.people import ADMINISTRATOR, MANAGER
from tests.support.served_town import served_town
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.sign_in.passkey_rule import GetPasskeyRule, SavePasskeyRule
from workflows.sign_in.sign_in import PrintLink


@pytest.fixture
def windows(hall: TownHall, browser: Browser) -> Iterator[Pages]:
    """Windows on a real town."""
    with served_town(hall) as url:
        pages = Pages(browser, url, None)
        yield pages
        pages.close()
    assert pages.said == []


def authenticator(page: Page) -> Any:
    """A virtual one of this page: asked for its credentials, it lists them."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    which = {"authenticatorId": made["authenticatorId"]}
    return lambda: session.send("WebAuthn.getCredentials", which)["credentials"]


def come_in(hall: TownHall, page: Page, member_id: str) -> None:
    page.goto("/sign-in/" + hall.desk.handle(PrintLink(member_id), Caller.CONSOLE))
    page.get_by_role("button", name="ログインする").click()
    expect(page.get_by_text("としてログインしました。")).to_be_visible()


def sound(page: Page) -> None:
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        assert faults(page) == [], (page.url, width)


def test_a_passkey_from_its_registration_until_it_is_taken_away(
    hall: TownHall, windows: Pages
) -> None:
    """Registered by its name, refused a second time on the same device, signed in with alone, then
    the only way in for a role that needs one; taken away by an administrator it opens nothing."""
    page = windows()
    credentials = authenticator(page)
    come_in(hall, page, MANAGER)
    page.goto("/account/passkeys")
    page.get_by_label("名前").fill("庁内のノートPC")
    page.get_by_role("button", name="この端末やキーを登録する").click()
    expect(page.get_by_text("パスキーを登録しました。")).to_be_visible()
    expect(page.get_by_role("rowheader", name="庁内のノートPC")).to_be_visible()
    sound(page)
    (made,) = credentials()
    assert (made["rpId"], made["isResidentCredential"]) == ("localhost", True)
    page.get_by_role("button", name="この端末やキーを登録する").click()
    expect(page.get_by_text("このキーは、もう登録されています。")).to_be_visible()

    page.get_by_role("button", name="ログアウト").click()
    page.goto("/sign-in")
    sound(page)
    page.get_by_role("button", name="パスキーでログインする").click()
    expect(page.locator(".me-name")).to_have_text("見渡 はるか")

    rule = hall.desk.ask(GetPasskeyRule(), ADMINISTRATOR)
    wanted = SavePasskeyRule(("manager",), "令和8年12月1日", rule.stamp)
    hall.desk.handle(wanted, ADMINISTRATOR)
    hall.clock.move(days=14)
    page.goto("/sign-in")
    page.get_by_label("メールアドレスまたは職員コード").fill(MANAGER)
    page.get_by_role("button", name="リンクを送る").click()
    expect(page.get_by_role("heading", name="メールを確かめてください")).to_be_visible()
    (notice,) = hall.notices(MANAGER, "sign_in_link")
    page.goto(f"/sign-in/{notice.facts['token']}")
    expect(page.get_by_text("お持ちの役割の方は、パスキーでログインします。")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="パスキーでログインする").click()
    expect(page.locator(".me-name")).to_have_text("見渡 はるか")

    other = windows()
    come_in(hall, other, ADMINISTRATOR)
    other.goto("/admin/passkeys")
    sound(other)
    other.get_by_role("row", name="見渡 はるか").get_by_role(
        "button", name="すべて取り消す"
    ).click()
    expect(other.get_by_text("元に戻せません。")).to_be_visible()
    sound(other)
    other.get_by_role("button", name="すべて取り消す").click()
    expect(other.get_by_text("パスキーを1個取り消しました。")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="ログインしてください")).to_be_visible()
    page.goto("/sign-in")
    page.get_by_role("button", name="パスキーでログインする").click()
    expect(page.get_by_text("このパスキーでは、ログインできませんでした。")).to_be_visible()
    sound(page)


def test_without_a_script_a_sentence_stands_where_passkeys_would(
    hall: TownHall, windows: Pages
) -> None:
    """The other ways in go on."""
    page = windows(PHONE, script=False)
    page.goto("/sign-in")
    expect(page.get_by_role("button", name="パスキーでログインする")).to_be_hidden()
    expect(page.get_by_text("JavaScriptが動き")).to_be_visible()
    page.goto("/sign-in/" + hall.desk.handle(PrintLink(MANAGER), Caller.CONSOLE))
    page.get_by_role("button", name="ログインする").click()
    expect(page.get_by_text("としてログインしました。")).to_be_visible()
