"""同じ方のケースにまとめる on its page: the number, then what becomes of whom, then the deed."""

from tests.support.hands import consented
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, web_app

PAGE = "/cases/R8-0001/merge"


def test_two_cases_are_merged_in_sight_of_what_follows(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.open_case("A17", **consented("A17"))
    app = web_app(hall)
    worker = Seat(app, COORDINATOR)
    assert f'href="{PAGE}"' in worker.text("/cases/R8-0001")
    assert "まだ残っていることがあります。" in worker.text(PAGE)
    hall.reply(one, "A14", by=ELDERLY)
    wrong = worker.send(PAGE, {"into": "R8-0009"}, page=PAGE)
    assert wrong.status_code == 422
    assert "この番号はありません" in wrong.text
    assert 'value="R8-0009"' in wrong.text
    assert worker.send(PAGE, {"into": ""}, page=PAGE).status_code == 422
    preview = worker.send(PAGE, {"into": "8-2"}, page=PAGE)
    assert preview.status_code == 200
    assert "R8-0001をR8-0002にまとめる" in preview.text
    assert "本人同意は引き継ぎません" in preview.text
    assert hall.case(one).is_open
    done = worker.send(PAGE, {"into": "R8-0002", "sure": "1"}, page=PAGE)
    assert done.status_code == 302
    assert "同じ方のR8-0001を、このケースにまとめました" in worker.text("/cases/R8-0002")
    ended = worker.text("/cases/R8-0001")
    assert "ほかのケースにまとめた" in ended
    assert "R8-0002にまとめました" in ended
    assert "R8-0002" not in Seat(app, ELDERLY).text("/cases/R8-0001")
    assert Seat(app, ELDERLY).get(PAGE).status_code == 403
    assert worker.text(PAGE)
