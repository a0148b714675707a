"""What the page does better with a script: news without reloading, and saving while one types."""

from playwright.sync_api import Page, expect

from tests.stories.acts import answer_dates, choose, write
from tests.stories.scene import set_scene
from tests.support.browser import Pages
from tests.support.people import CLERK, COORDINATOR, ELDERLY
from tests.support.server import LocalServer

SUMMARY = "家賃を3か月滞納している。"
SOON = 12_000  # the live part asks every four seconds


def mark(page: Page) -> None:
    """Leave something in the window that no reload would keep."""
    page.evaluate("window.neverReloaded = true")


def is_still_marked(page: Page) -> bool:
    return bool(page.evaluate("window.neverReloaded === true"))


def test_answers_appear_on_the_organisers_open_page(
    local_server: LocalServer, page_at: Pages
) -> None:
    """While an agency answers in its window, the organiser's grid fills, spoken and unreloaded."""
    scene = set_scene(local_server)
    organiser = page_at.as_person(COORDINATOR, 1280)
    organiser.goto(f"/meetings/{scene.collecting}")
    mark(organiser)
    live = organiser.locator("#meeting-live")
    expect(live).to_have_attribute("aria-live", "polite")
    expect(live).to_contain_text("3機関のうち1機関が回答")
    agency = page_at.as_person(ELDERLY, 360)
    agency.goto(f"/meetings/{scene.collecting}/answer")
    answer_dates(agency, ["yes", "no", "yes"], {1: "研修のため"})
    expect(live).to_contain_text("3機関のうち2機関が回答", timeout=SOON)
    expect(live.locator("td.is-no")).to_contain_text("研修のため")
    assert is_still_marked(organiser)


def test_what_was_typed_survives_a_closed_window(local_server: LocalServer, page_at: Pages) -> None:
    """Nobody pressed a button; the page says that it saved, and the inbox has it the next time."""
    page = page_at.as_person(CLERK, 360)
    page.goto("/cases/new")
    mark(page)
    state = page.locator("[data-save-state]")
    expect(state).to_have_attribute("role", "status")
    choose(page, "urgency", "urgent")
    write(page, "summary", SUMMARY)
    expect(state).to_contain_text("保存しました")
    assert is_still_marked(page)
    page.context.close()
    again = page_at.as_person(CLERK, 360)
    again.get_by_role("link", name="続きを書く").click()
    expect(again.locator('[name="summary"]')).to_have_value(SUMMARY)
    expect(again.locator('input[name="urgency"][value="urgent"]')).to_be_checked()
