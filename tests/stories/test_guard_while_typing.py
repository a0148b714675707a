"""The summary for the chats in a real browser: told while typing, by script or without."""

from playwright.sync_api import expect

from tests.stories.acts import press, write
from tests.support.browser import Pages
from tests.support.people import COORDINATOR
from tests.support.server import LocalServer

SOON = 15_000


def test_the_writer_is_told_beside_the_field_while_typing(
    local_server: LocalServer, page_at: Pages
) -> None:
    """A name brings the sentence within a moment, a number takes it away; saving goes through."""
    hands = local_server.hands
    meeting_id = hands.convene(hands.open_case("A14", name="架空 花子"))
    hands.fix(meeting_id)
    hands.swear(meeting_id, COORDINATOR)
    slot = hands.meeting(meeting_id).fixed_slot
    assert slot is not None
    local_server.move_to(slot.ends_at)
    page = page_at.as_person(COORDINATOR, 360)
    page.goto(f"/meetings/{meeting_id}/record")
    hint = page.locator("#f-summary-live")
    expect(hint).to_have_attribute("role", "status")
    write(page, "summary", "花子さんの見守りを決めました。")
    expect(hint).to_contain_text("氏名が含まれています", timeout=SOON)
    write(page, "summary", "R8-0001の見守りを決めました。")
    expect(hint).to_contain_text("見つかりません", timeout=SOON)
    write(page, "summary", "花子さんの見守りを決めました。")
    press(page, "途中まで保存する")
    box = page.locator("#f-summary")
    expect(box).to_have_value("花子さんの見守りを決めました。")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
