"""同じ方のケースにまとめる on its page: the number, then what becomes of whom, then the deed."""

from tests.support.hands import consented
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, LIVELIHOOD
from tests.support.town import TownHall
from tests.support.web import Seat, web_app

PAGE = "/cases/R8-0001/merge"


def test_two_cases_are_merged_in_sight_of_what_follows(hall: TownHall) -> None:
    one = hall.open_case("A14", "A19", **consented("A14", "A19"))
    hall.open_case("A17", **consented("A14", "A17"))
    app = web_app(hall)
    worker = Seat(app, COORDINATOR)
    assert f'href="{PAGE}"' in worker.text("/cases/R8-0001")
    wrong = worker.send(PAGE, {"into": "R8-0009"}, page=PAGE)
    assert wrong.status_code == 422
    assert "この番号はありません" in wrong.text
    assert 'value="R8-0009"' in wrong.text
    assert worker.send(PAGE, {"into": ""}, page=PAGE).status_code == 422
    preview = worker.send(PAGE, {"into": "8-2"}, page=PAGE)
    assert preview.status_code == 200
    assert "R8-0001をR8-0002にまとめる" in preview.text
    assert "本人同意は引き継ぎません" in preview.text
    assert "令和8年11月20日（金）" in preview.text
    goes, ends = preview.text.split("引き継がれるもの")[1].split("引き継がれません")
    assert hall.agency_name("A14") in goes
    assert hall.agency_name("A19") in ends.split("</table>")[0]
    assert hall.case(one).is_open
    done = worker.send(PAGE, {"into": "R8-0002", "sure": "1"}, page=PAGE)
    assert done.status_code == 302
    goes_on = worker.text("/cases/R8-0002")
    assert "同じ方のR8-0001を、このケースにまとめました" in goes_on
    assert "R8-0001から引き継ぎ" in goes_on
    assert "R8-0001の経過" in goes_on
    theirs = Seat(app, DISABILITY).text("/cases/R8-0002")
    assert "R8-0001" not in theirs
    assert hall.agency_name("A14") in theirs
    ended = worker.text("/cases/R8-0001")
    assert "ほかのケースにまとめた" in ended
    assert "R8-0002にまとめました" in ended
    assert "R8-0001から引き継ぎ" in Seat(app, ELDERLY).text("/cases/R8-0002")
    assert Seat(app, LIVELIHOOD).get("/cases/R8-0001").status_code == 404
    assert Seat(app, ELDERLY).get(PAGE).status_code == 403
    assert worker.text(PAGE)


def test_a_newer_refusal_is_recorded_before_cases_are_merged(hall: TownHall) -> None:
    """The page says so with the way there, and has no button until it is done."""
    hall.open_case("A17", **consented("A17"))
    one = hall.open_case("A14", **consented("A14"))
    hall.clock.move(minutes=1)
    hall.consent(one, consent="withdrawn", consent_scope=[])
    page = "/cases/R8-0002/merge"
    worker = Seat(web_app(hall), COORDINATOR)
    preview = worker.send(page, {"into": "R8-0001"}, page=page).text
    assert 'href="/cases/R8-0001/consent"' in preview
    assert "新しい本人同意を記録してください" in preview
    assert "R8-0002をR8-0001にまとめる" not in preview
    refused = worker.send(page, {"into": "R8-0001", "sure": "1"}, page=page)
    assert refused.status_code == 422
    assert hall.case(one).is_open


def test_a_sitting_that_took_place_comes_first(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.open_case("A17", **consented("A17"))
    hall.fix(hall.convene(one, required=("A14",), days_ahead=(10,)))
    hall.clock.move(days=11)
    worker = Seat(web_app(hall), COORDINATOR)
    preview = worker.send(PAGE, {"into": "R8-0002"}, page=PAGE).text
    assert "開かれた会議の記録を確定してください" in preview
    assert "R8-0001をR8-0002にまとめる" not in preview


def test_the_papers_of_the_person_name_both_numbers(hall: TownHall) -> None:
    one = hall.open_case("A14", name="浮舟 はつ江", **consented("A14"))
    hall.open_case("A14", name="浮舟 はつ江", **consented("A14"))
    worker = Seat(web_app(hall), COORDINATOR)
    worker.send(PAGE, {"into": "R8-0002", "sure": "1"}, page=PAGE)
    assert hall.case(one).merged_into
    for number, other in (("R8-0001", "R8-0002"), ("R8-0002", "R8-0001")):
        for paper in (f"/cases/{number}/print", f"/cases/{number}/disclosures/print"):
            assert f"同じ方の{other}とまとめています" in worker.text(paper)
