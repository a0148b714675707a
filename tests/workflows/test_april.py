"""April, as docs/guide/administrator.md tells it: entered in March, true on the first."""

from datetime import datetime

from tests.support.people import ADMINISTRATOR, CLERK, SECOND_ADMINISTRATOR
from tests.support.town import TownHall
from tests.workflows.test_permission_requests import import_list, member, settle, waiting
from workflows.core.errors import NotAllowed
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import TOKYO

LEAVER, NEW = "M07", "M90"


def on(hall: TownHall, month: int, day: int) -> None:
    hall.clock.set(datetime(2027, month, day, 9, 0, tzinfo=TOKYO))


def works(hall: TownHall, who: str) -> bool:
    try:
        hall.desk.ask(GetInbox(), who)
    except NotAllowed:
        return False
    return True


def test_who_comes_and_goes_in_april_is_entered_in_march(hall: TownHall) -> None:
    """Who leaves works until 31 March and who comes from 1 April, with nothing to do on the day;
    a move of agency counts when it is confirmed; numbers begin anew, cases of before keep theirs.
    """
    on(hall, 3, 15)
    before = hall.open_case("A14")
    new = {
        "name": "新野 あらた",
        "kana": "アラノ アラタ",
        "agency_id": "A02",
        "is_contact": "はい",
        "active_from": "2027-04-01",
    }
    import_list(hall, {LEAVER: {"active_until": "2027-03-31"}, NEW: new}, ADMINISTRATOR)
    assert len(waiting(hall, SECOND_ADMINISTRATOR)) == 1  # to bring in waits, to end does not
    settle(hall, SECOND_ADMINISTRATOR)
    on(hall, 3, 31)
    assert works(hall, LEAVER)
    assert not works(hall, NEW)
    on(hall, 4, 1)
    assert not works(hall, LEAVER)
    assert works(hall, NEW)
    import_list(hall, {CLERK: {"agency_id": "A14"}}, ADMINISTRATOR)
    assert member(hall, CLERK).agency_id != "A14"
    settle(hall, SECOND_ADMINISTRATOR)
    assert member(hall, CLERK).agency_id == "A14"
    assert hall.case(hall.open_case("A14")).number == "R9-0001"
    assert hall.case(before).number == "R8-0001"


def test_a_request_of_march_that_nobody_confirms_brings_in_nobody(hall: TownHall) -> None:
    on(hall, 3, 15)
    cells = {"name": "新野 あらた", "kana": "アラノ アラタ", "agency_id": "A02"}
    import_list(hall, {NEW: cells}, ADMINISTRATOR)
    on(hall, 4, 1)
    assert not waiting(hall, SECOND_ADMINISTRATOR)
    assert not works(hall, NEW)
