"""保存期間の満了, by a real browser: with the keyboard, without a script, on a phone, on A4."""

import re
from dataclasses import replace
from datetime import datetime

from playwright.sync_api import expect

from tests.stories.test_accessibility import DESK, PHONE, faults, tab_to
from tests.support.browser import Pages
from tests.support.people import ADMINISTRATOR, ELDERLY, MANAGER
from tests.support.server import LocalServer
from workflows.japanese.dates import TOKYO
from workflows.retention.hold import KeepLonger, SetHold

AFTER = datetime(2028, 4, 3, 9, 0, tzinfo=TOKYO)  # of a town that keeps for one year


def closed(server: LocalServer, **sheet: str) -> str:
    case_id = server.hands.open_case("A14", **sheet)
    server.hands.reply(case_id, "A14", by=ELDERLY, lead="yes")
    server.hands.close(case_id)
    return case_id


def set_scene(server: LocalServer) -> tuple[str, str]:
    """Three cases due, one of them restricted, one held, one kept longer. Answers with the ids of
    the first and of the held one.
    """
    first, _, _ = closed(server), closed(server, danger="yes"), closed(server)
    held, longer = closed(server), closed(server)
    server.desk.handle(SetHold(held, "訴訟のため。"), MANAGER)
    with server.database.open() as unit:
        unit.directory.save_town(replace(unit.directory.town(), retention_years=1))
        unit.commit()
    server.move_to(AFTER)
    server.desk.handle(KeepLonger(longer, "2040/3/31", "相談が続くため。"), MANAGER)
    return first, held


def test_no_page_of_letting_go_breaks_the_rules_or_overflows(
    local_server: LocalServer, page_at: Pages
) -> None:
    """WCAG 2.2 A and AA at both widths: the list, its refusals, the confirmation, one case."""
    first, held = set_scene(local_server)
    found = []
    for member in (MANAGER, ADMINISTRATOR):
        page = page_at.as_person(member, DESK)
        for path in (
            "/retention",
            f"/retention/cases/{first}",
            f"/retention/cases/{held}",
            "/retention/record",
        ):
            for width in (DESK, PHONE):
                page.set_viewport_size({"width": width, "height": 800})
                page.goto(path)
                found += [f"{path} at {width}: {fault}" for fault in faults(page)]
                page_at.picture(page, f"retention-{member}-{path.split('/')[-1][:6]}-{width}")
    page = page_at.as_person(MANAGER, PHONE)
    page.goto("/retention")
    page.get_by_role("button", name="選んだものを確かめる").click()
    expect(page.locator(".error-summary")).to_be_visible()
    found += [f"nothing chosen: {fault}" for fault in faults(page)]
    page.get_by_role("button", name="すべてを確かめる").click()
    expect(page.get_by_role("heading", name="廃棄の承認")).to_be_visible()
    found += [f"confirm: {fault}" for fault in faults(page)]
    page_at.picture(page, "retention-confirm-360")
    page.get_by_role("button", name="廃棄を承認する").click()
    expect(page.locator(".error-summary")).to_be_visible()
    found += [f"not sure: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_a_case_is_let_go_with_the_keyboard_alone_and_its_proof_prints_on_a4(
    local_server: LocalServer, page_at: Pages
) -> None:
    """Chosen, confirmed, approved with Tab, Space and Enter; then the record as a paper."""
    first, _ = set_scene(local_server)
    page = page_at.as_person(MANAGER, DESK)
    page.goto("/retention")
    tab_to(page, page.locator(f'input[value="{first}"]'))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="選んだものを確かめる"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/retention/confirm")
    tab_to(page, page.locator('input[name="sure"]'))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="廃棄を承認する"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/retention$"))
    expect(page.get_by_text("ケース1件の廃棄を承認しました。")).to_be_visible()
    local_server.tick()
    page.goto("/retention/record/print")
    expect(page.get_by_text("R8-0001")).to_be_visible()
    assert not faults(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("button")).to_have_count(0)
    page_at.picture(page, "retention-paper")
    paper = page.pdf(prefer_css_page_size=True)
    assert {s.decode() for s in re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* \d+", paper)} == {"594"}


def test_a_case_is_let_go_without_a_script(local_server: LocalServer, page_at: Pages) -> None:
    """On a phone, JavaScript off: the same steps, and the page says what waits."""
    first, held = set_scene(local_server)
    page = page_at.as_person(MANAGER, PHONE, script=False)
    page.goto(f"/retention/cases/{held}")
    page.get_by_role("button", name="停止を解除する").click()
    expect(page.get_by_text("停止を解除しました")).to_be_visible()
    page.goto("/retention")
    page.locator(f'input[value="{first}"]').check()
    page.get_by_role("button", name="選んだものを確かめる").click()
    page.locator('input[name="sure"]').check()
    page.get_by_role("button", name="廃棄を承認する").click()
    expect(page.get_by_text("1件を順に廃棄しています。")).to_be_visible()
    local_server.tick()
    page.goto("/retention")
    expect(page.get_by_text("1件を順に廃棄しています。")).to_have_count(0)
    page.goto("/retention/record")
    expect(page.get_by_text("R8-0001")).to_be_visible()
