"""On the pages: who follows the last reader of a restricted case, and two people who name one."""

import re

import pytest

from tests.handlers.test_web_directory import member_lists, seat, typed, upload
from tests.support.people import ADMINISTRATOR, ELDERLY, MANAGER, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.cases.views import GetCase
from workflows.core.errors import NotFound

COLLEAGUE = "M27"
ENDS = {"active_until": "令和8年12月28日"}


@pytest.fixture
def led(hall: TownHall) -> str:
    case_id = hall.open_case("A14", by="M24", hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    return case_id


@pytest.mark.parametrize("path", [f"/directory/members/{ELDERLY}", "/directory/agencies/A14"])
def test_an_end_asks_who_follows_and_loses_nothing_typed(
    hall: TownHall, led: str, path: str
) -> None:
    """The administrator may not see the case: its number stands nowhere on the page."""
    person = seat(hall)
    assert "見られるただ1人の担当者" in person.text(path)
    ending = typed(person, path) | ENDS | {"handover_seen": "1"}
    answer = person.post(path, ending)
    assert answer.status_code == 422
    assert "閲覧制限のケース1件を、" in answer.text
    assert "R8-0001" not in answer.text
    assert 'value="令和8年12月28日"' in answer.text
    select = re.search(r'<select id="f-follower".*?</select>', answer.text, re.DOTALL)
    assert select
    assert 'value="M01"' in select[0]
    assert OUTSIDER not in select[0]
    again = {**ending, **person.tokens(path), "follower": "M01"}
    assert person.post(path, again).status_code == 302
    assert hall.desk.ask(GetCase(led), "M01").number == "R8-0001"


def test_the_preview_of_a_list_asks_the_same(hall: TownHall, led: str) -> None:
    """Choosing nobody changes nothing; the choice stays with the file."""
    person = seat(hall)
    rows = member_lists(hall).decode("utf-8-sig").splitlines()
    data = "\r\n".join(r + "2026-12-28" if r.startswith(f"{ELDERLY},") else r for r in rows)
    answer = upload(person, "members", data.encode())
    assert answer.status_code == 200
    assert f'name="follower.{ELDERLY}"' in answer.text
    assert "閲覧制限のケース1件を、" in answer.text
    sent_back = {
        name: value
        for name, value in re.findall(r'name="([a-z]+)" value="([^"]*)"', answer.text)
        if name in ("list", "data", "stamp")
    }
    send = {**sent_back, "apply": "1"}
    refused = person.send("/directory/import", send, page="/directory/import")
    assert refused.status_code == 422
    assert "まだ取り込んでいません" in refused.text
    taken = person.send(
        "/directory/import",
        {**send, f"follower.{ELDERLY}": COLLEAGUE},
        page="/directory/import",
    )
    assert taken.status_code == 302
    assert hall.desk.ask(GetCase(led), COLLEAGUE).number == "R8-0001"


def test_two_people_name_a_reader_on_their_page(hall: TownHall, led: str) -> None:
    """Nobody else has the page; what was typed stays when it was wrong."""
    with hall.database.open() as unit:
        case = unit.cases.get(led, change=True)
        assert case is not None
        case.named_member_ids = []
        unit.commit()
    app = web_app(hall)
    manager, administrator = Seat(app, MANAGER), Seat(app, ADMINISTRATOR)
    path = "/unread-cases"
    assert Seat(app, ELDERLY).get(path).status_code == 403
    text = manager.text(path)
    assert "1件あります" in text
    assert "R8-0001" not in text
    wrong = manager.send(f"{path}/{led}", {"new_reader": COLLEAGUE, "reason": ""}, page=path)
    assert wrong.status_code == 422
    assert f'<option value="{COLLEAGUE}" selected>' in wrong.text
    good = {"new_reader": COLLEAGUE, "reason": "後任の方が引き継ぐため。"}
    assert manager.send(f"{path}/{led}", good, page=path).status_code == 302
    assert "承認して登録する" not in manager.text(path)
    seen = administrator.text(path)
    assert "後任の方が引き継ぐため。" in seen
    found = re.search(rf"{path}/{led}/([0-9a-f]+)", seen)
    assert found
    settle = found.group(0)
    own = manager.send(settle, {"answer": "agree"}, page=path)
    assert own.status_code == 409
    assert "ご自分の提案は、承認できません。" in own.text
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(led), COLLEAGUE)
    assert administrator.send(settle, {"answer": "agree"}, page=path).status_code == 302
    assert hall.desk.ask(GetCase(led), COLLEAGUE).number == "R8-0001"
    assert "見られる方のいないケースはありません。" in manager.text(path)
