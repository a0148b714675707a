"""The fictional town shows what its last requests did inside; a real one cannot be made to."""

from pathlib import Path

import pytest

from handlers.settings import load_settings
from handlers.web.app import create_app
from handlers.web.door import Pulse, WebDoor
from handlers.web.server.recent_requests import KEPT, STATEMENTS, ObservedDesk, RecentRequests
from storage.watch_statements import watch_statements
from tests.support.people import CLERK, COORDINATOR
from tests.support.town import FORMS, TownHall, holiday_name
from tests.support.web import TEXTS, TOWN_SETTINGS, Seat, web_app
from workflows.desk import Desk

PLANTED = "架空見本之助"


def door_of(desk: Desk, recent: RecentRequests, *, moves: bool, **settings: str) -> WebDoor:
    return WebDoor(
        desk=desk,
        texts=TEXTS,
        forms=FORMS,
        settings=load_settings(Path("/nowhere"), settings),
        secret=b"only for tests",
        pulse=lambda: Pulse(None, ""),
        move_clock=(lambda to: None) if moves else None,
        note_requests=recent.mount,
    )


def test_each_request_says_its_messages_statements_and_times(hall: TownHall) -> None:
    """The newest first, so many and no more; a refusal by its key; no values, no words."""
    recent = RecentRequests()
    watch_statements(hall.database.engine, recent.note_statement)
    desk = ObservedDesk(recent, hall.database.open, hall.clock, FORMS, holiday_name)
    case = hall.open_case("A14", name=PLANTED)  # the clock's and others' work is not a request
    seat = Seat(create_app(door_of(desk, recent, moves=True)), COORDINATOR)
    assert list(recent.kept) == []
    assert PLANTED in seat.text("/cases/R8-0001")
    assert seat.get("/cases/R8-0099").status_code == 404
    shown = seat.text("/local/requests").partition('id="main"')[2]
    assert shown.index("結果 404") < shown.index("結果 200")
    assert "GET /cases/&lt;number&gt;" in shown
    assert "workflows.cases.views.GetCase" in shown
    assert "not_found.case" in shown
    assert "SELECT" in shown
    first, second = recent.kept
    assert (first.status, second.status) == (200, 404)
    assert 0 < first.sql_milliseconds < first.milliseconds
    for word in (PLANTED, case, "R8-0099", COORDINATOR):
        assert word not in shown, word
    for _ in range(KEPT):
        seat.get("/cases/R8-0099")
    assert len(recent.kept) == KEPT
    assert all(one.status == 404 for one in recent.kept)


def test_a_request_keeps_so_many_statements_and_counts_the_others(hall: TownHall) -> None:
    recent = RecentRequests()
    app = create_app(door_of(hall.desk, recent, moves=True))

    def many() -> str:
        for n in range(STATEMENTS + 5):
            recent.note_statement(f"SELECT {n}", 0.001)
        return "done"

    app.view_functions["local.choose"] = many
    assert Seat(app, CLERK).text("/local") == "done"
    (one,) = recent.kept
    assert (len(one.statements), one.left_out) == (STATEMENTS, 5)


def test_a_town_cannot_be_made_to_show_its_requests(hall: TownHall) -> None:
    """By its settings or by its clock: the page is refused to be mounted, whatever is wired."""
    for moves, settings in ((False, {}), (True, TOWN_SETTINGS), (False, TOWN_SETTINGS)):
        with pytest.raises(RuntimeError):
            create_app(door_of(hall.desk, RecentRequests(), moves=moves, **settings))
    assert Seat(web_app(hall), CLERK).get("/local/requests").status_code == 404
