"""権限変更の承認 on its page: changes are in sight, confirmed by another, said everywhere."""

import pytest

from tests.handlers.test_web_directory import typed
from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    SECOND_ADMINISTRATOR,
)
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from tests.workflows.test_permission_requests import end_now, import_list, member, save, waiting
from workflows.core.permissions import Caller
from workflows.model.directory import Role

PATH = "/permission-requests"


def test_who_confirms_sees_what_would_change_and_who_may_not_sees_no_address(
    hall: TownHall,
) -> None:
    """The administrator's page says that it waits; the manager sees role, agency and address; a
    coordinator that there is one; nobody else has the page."""
    app = web_app(hall)
    asker, manager = Seat(app, ADMINISTRATOR), Seat(app, MANAGER)
    path = f"/directory/members/{ELDERLY}"
    fields = {**typed(asker, path), "roles": "連携担当者", "agency_id": "A20",
              "email": "other@example.jp", "handover_seen": "1"}  # fmt: skip
    answer = asker.post(path, fields)
    assert answer.status_code == 302
    shown = asker.text(path)
    assert "別の方が承認すると反映されます" in shown
    assert "権限変更の依頼が承認待ちです" in shown
    assert "other@example.jp" in shown  # what waits is said, and that nothing else was changed
    assert "ほかの内容は保存しました" not in shown
    assert "権限変更を依頼しました" in shown
    asker.post(
        path,
        fields
        | typed(asker, path)
        | {"roles": "連携担当者", "agency_id": "A20", "email": "other@example.jp"},
    )
    assert "同じ依頼が、もう承認待ちになっています" in asker.text(path)
    asker.post(path, {**typed(asker, path), "kana": "ヒナタザカ ユルリン", "is_contact": "はい"})
    assert "職員の登録を保存しました" in asker.text(path)
    text = manager.text(PATH)
    for said in ("連携担当者", "other@example.jp", "日向坂 ゆるり", "→"):
        assert said in text
    assert "other@example.jp" not in Seat(app, COORDINATOR).text(PATH)
    assert Seat(app, CLERK).get(PATH).status_code == 403
    (line,) = waiting(hall)
    own = asker.text(PATH)
    assert "選んだ依頼を承認する</button>" not in own  # one's own is taken back alone
    refused = asker.send(PATH, {"request": line.id, "answer": "agree"}, page=PATH)
    assert refused.status_code == 409
    assert "別の方が承認します" in refused.text
    nothing = manager.send(PATH, {"answer": "agree"}, page=PATH)
    assert (nothing.status_code, "依頼を選んでください" in nothing.text) == (422, True)
    assert manager.send(PATH, {"request": line.id, "answer": "agree"}, page=PATH).location == PATH
    now = member(hall, ELDERLY)
    assert (now.roles, now.agency_id, now.email) == (
        frozenset({Role.COORDINATOR}), "A20", "other@example.jp",
    )  # fmt: skip
    over = manager.text(PATH)
    assert "承認：見渡 はるか" in over
    assert "other@example.jp" not in over
    again = manager.send(PATH, {"request": line.id, "answer": "agree"}, page=PATH)
    assert again.status_code == 409


def test_it_is_declined_and_asked_for_once_more(hall: TownHall) -> None:
    save(hall, CLERK, roles="事務担当、管理職")
    (line,) = waiting(hall)
    ticks_of(hall).tick()
    app = web_app(hall)
    person, manager = Seat(app, SECOND_ADMINISTRATOR), Seat(app, MANAGER)
    asks = "権限変更を承認するかどうか、決めてください。"
    assert [asks in s.text("/") for s in (person, manager, Seat(app, ADMINISTRATOR))] == [
        True,
        True,
        False,
    ]
    assert person.send(PATH, {"request": line.id, "answer": "end"}, page=PATH).location == PATH
    assert "承認しない" in person.text(PATH)
    assert asks not in manager.text("/")
    assert "対応は済んでいます" in manager.text("/")
    save(hall, CLERK, roles="事務担当、管理職")
    assert len(waiting(hall)) == 1
    ticks_of(hall).tick()
    assert asks in manager.text("/")


@pytest.mark.parametrize("by", [ADMINISTRATOR, Caller.CONSOLE])
def test_a_list_that_smuggles_a_role_says_what_waits(hall: TownHall, by: str | Caller) -> None:
    plan = import_list(hall, {CLERK: {"roles": "事務担当、管理者"}}, by)
    assert plan.waiting_member_ids == (CLERK,)
    end_now(hall, CLERK)
    assert member(hall, CLERK).roles == {Role.CLERK}
