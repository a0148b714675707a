"""世帯の方を別のケースにする on its pages: whom, the new sheet, what goes over, then one press."""

from typing import Any

from tests.support.page_forms import read_page
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from tests.workflows.test_split_case import BASIS, BOTH, REASON, household

PAGE = "/cases/R8-0001/split"


def second_page(worker: Seat, **more: Any) -> tuple[str, dict[str, Any]]:
    """The page with the new sheet, and its fields as they stand there."""
    chosen = {"whom": "0", "parts": ["summary", "urgency", "route", "matters"], "choose": "1"}
    html = worker.send(PAGE, {**chosen, **more}, page=PAGE).text
    return html, fields_of(html)


def fields_of(html: str) -> dict[str, Any]:
    forms, _ = read_page(html)
    [form] = [f for f in forms if f.action == PAGE]
    return dict(form.fields)


def test_a_case_is_begun_for_somebody_of_the_household(hall: TownHall) -> None:
    old = household(hall)
    app = web_app(hall)
    worker = Seat(app, COORDINATOR)
    assert f'href="{PAGE}"' in worker.text("/cases/R8-0001")
    first = worker.text(PAGE)
    assert "長男　浮舟 蓮（ウキフネ　レン）　40" in first
    wrong = worker.send(PAGE, {"choose": "1"}, page=PAGE)
    assert wrong.status_code == 422
    assert "一人選んでください" in wrong.text
    html, fields = second_page(worker)
    assert 'value="浮舟 蓮"' in html
    assert BOTH in html
    assert "もとのシートから写した文" in html
    item = f"reply:{hall.referral(old, 'A14').id}"
    fields |= {"over": item, f"{item}.basis": BASIS}
    looked = worker.send(PAGE, {**fields, "check": "1"}, page=PAGE)
    assert looked.status_code == 200
    number = '<span class="ref">R8-0001</span>'
    assert f"{hall.agency_name('A14')}は、引き継ぐと{number}を見られなくなります" in looked.text
    fields = fields_of(looked.text)
    unsaid = worker.send(PAGE, fields, page=PAGE)
    assert unsaid.status_code == 422
    assert f'id="f-{item}.why_told-error"' in unsaid.text
    assert 'id="f-texts_seen-error"' in unsaid.text
    assert 'id="f-summary-error"' in unsaid.text
    assert hall.numbers() == ["R8-0001"]
    fields = fields_of(unsaid.text) | {f"{item}.why_told": REASON, "texts_seen": "1"}
    done = worker.send(PAGE, fields, page=PAGE)
    assert done.status_code == 302, done.text
    assert "R8-0001の世帯の方について、R8-0002を始めました" in worker.text("/cases/R8-0002")
    assert "R8-0001の世帯から分けて始めました" in worker.text("/cases/R8-0002")
    there = worker.text("/cases/R8-0001")
    assert "世帯のうち、別のケースがある方" in there
    assert 'href="/cases/R8-0002"' in there
    assert "R8-0002" not in Seat(app, DISABILITY).text("/cases/R8-0001")
    assert "R8-0001" not in Seat(app, ELDERLY).text("/cases/R8-0002").split("つなぎと返信")[0]
    assert Seat(app, DISABILITY).get(PAGE).status_code == 403
    assert Seat(app, OUTSIDER).get(PAGE).status_code == 404


def test_what_goes_over_is_previewed_before_the_press(hall: TownHall) -> None:
    """One that was ticked since the preview is shown first; nothing typed is lost."""
    old = household(hall)
    worker = Seat(web_app(hall), COORDINATOR)
    _, fields = second_page(worker)
    item = f"reply:{hall.referral(old, 'A14').id}"
    fields |= {"over": item, f"{item}.basis": BASIS, f"{item}.why_told": REASON, "texts_seen": "1"}
    fields["summary"] = "長男だけのこと。"
    again = worker.send(PAGE, fields, page=PAGE)
    assert again.status_code == 200
    assert "引き継ぐものが変わりました" in again.text
    assert "長男だけのこと。" in again.text
    assert REASON in again.text
    assert hall.numbers() == ["R8-0001"]
    assert worker.send(PAGE, fields_of(again.text), page=PAGE).status_code == 302


def test_what_was_begun_is_found_again_and_thrown_away(hall: TownHall) -> None:
    old = household(hall)
    worker = Seat(web_app(hall), COORDINATOR)
    _, fields = second_page(worker)
    item = f"reply:{hall.referral(old, 'A14').id}"
    fields |= {"over": item, f"{item}.why_told": REASON, "summary": "書きかけ。"}
    assert worker.send(f"{PAGE}/draft", fields, page=PAGE).status_code == 200
    found = worker.text(PAGE)
    assert "下書きの続きです" in found
    assert "書きかけ。" in found
    assert REASON in found
    assert fields_of(found)["over"] == [item]
    assert f'href="{PAGE}"' in worker.text("/")
    gone = {"draft_id": fields["draft_id"], "discard": "1"}
    assert worker.send(f"{PAGE}/draft", gone, page=PAGE).status_code == 302
    assert "下書きの続きです" not in worker.text(PAGE)


def test_a_household_without_anybody_is_said(hall: TownHall) -> None:
    hall.open_case("A14")
    page = Seat(web_app(hall), COORDINATOR).text(PAGE)
    assert "世帯の欄に、だれも書かれていません" in page


def test_a_look_says_what_of_the_sheet_was_there(hall: TownHall) -> None:
    """The choice shows the household alone; the new sheet what was chosen for it, and what may go
    over; and what is typed since is one's own."""
    old = household(hall, wishes="海が見たい。")
    worker = Seat(web_app(hall), COORDINATOR)
    worker.text(PAGE)
    _, fields = second_page(worker, parts=["summary"])
    worker.send(PAGE, {**fields, "check": "1"}, page="/cases")
    looks: list[Any] = [e.facts["shown"] for e in hall.events(old) if e.kind == "read.read_case"]
    sheets = [
        {f for one in look if one["part"] == "sheet" for f in one["fields"]} for look in looks
    ]
    begins = {"household", "address", "district", "danger", "hidden_address", "summary"}
    assert sheets == [{"household"}, {"household"}, {"household"}, begins, {"household"}]
    assert [one["fields"] for one in looks[-1] if one["part"] == "requests"] == [["A14", "A17"]]
