"""The test bench itself: its towns, its server and its browser are real."""

from tests.support.browser import Pages
from tests.support.people import ELDERLY
from tests.support.server import LocalServer
from tests.support.town import TownHall
from tests.support.visitor import Visitor


def test_a_case_can_be_opened_on_each_database(any_hall: TownHall) -> None:
    """The town works on SQLite and on PostgreSQL alike."""
    case_id = any_hall.open_case("A14")
    assert any_hall.case(case_id).number == "R8-0001"
    assert any_hall.told("referral_asked") == {ELDERLY}


def test_the_product_is_served_and_its_clock_stands_until_moved(local_server: LocalServer) -> None:
    """The served product answers, and time passes only when a story says so."""
    assert Visitor(local_server.url).get("/local")[0] == 200
    before = local_server.now()
    case_id = local_server.hands.open_case("A14")
    local_server.tick()
    assert [m.notice.key for m in local_server.mail(ELDERLY)] == ["referral_asked"]
    assert local_server.now() == before
    due = local_server.hands.referral(case_id, "A14").reply_by
    local_server.move_to(due)
    assert local_server.now() == due


def test_a_browser_sees_the_person_it_became(page_at: Pages) -> None:
    """A window is a person of its own."""
    page = page_at.as_person("M21", 360)
    page_at.picture(page, "inbox")
    assert "縁側 つむぎ" in page.locator("body").inner_text()
