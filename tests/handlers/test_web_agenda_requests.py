"""会議で取り上げる依頼 on the pages: asked with a number alone, answered by who answers for it."""

import re

from tests.support.people import (
    CHAIR,
    COORDINATOR,
    ELDERLY,
    FAR_COORDINATOR,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from tests.workflows.test_agenda_requests import asked, convene, reads, settle
from workflows.core.permissions import Caller
from workflows.japanese.dates import show_date
from workflows.maintenance.daily_chores import Chore, DoChore

NEW = "/meetings/new"


def test_a_chair_asks_with_a_number_and_a_reason_and_the_page_says_nothing_else(
    hall: TownHall,
) -> None:
    """The same page for a number that is there and one that is not; then the meeting's page."""
    hall.open_case("A14", by=ELDERLY)
    chair = Seat(web_app(hall), CHAIR)
    pages = [chair.text(f"{NEW}?case={number}") for number in ("R8-0001", "R8-4444")]
    for text, number in zip(pages, ("R8-0001", "R8-4444"), strict=True):
        assert "担当の方が承諾するまで議題になりません" in text
        assert f"/cases/{number}" not in text
        assert "いますぐ内容を見る必要がある" in text
    tokens = re.compile(r'value="[^"]{20,}"')
    same = [tokens.sub("", t).replace("R8-4444", "R8-0001") for t in pages]
    assert same[0] == same[1]
    meeting_id = convene(hall, "R8-0001")
    page = f"/meetings/{meeting_id}"
    shown = chair.text(page)
    assert "承諾を待っている番号" in shown
    assert "R8-0001" in shown
    assert 'href="/cases/R8-0001"' not in shown
    assert chair.send(f"{page}/asked/R8-0001/end", {}, page=page).location == page
    assert "承諾を待っている番号" not in chair.text(page)


def test_it_is_answered_on_the_cases_page_in_sight_of_who_would_hear_it(hall: TownHall) -> None:
    case_id = hall.open_case("A14", by=ELDERLY)
    convene(hall, "R8-0001")
    app = web_app(hall)
    path = "/cases/R8-0001/agenda-requests"
    writer = Seat(app, ELDERLY)
    assert "会議で取り上げる依頼（1件が待っています）" in writer.text("/cases/R8-0001")
    text = writer.text(path)
    for said in ("近所から続けて相談があるため。", "結城野 まとめ", "福祉総務課"):
        assert said in text
    assert Seat(app, OUTSIDER).get(path).status_code == 404
    assert Seat(app, MANAGER).get(path).status_code == 403
    send = f"{path}/{asked(hall, case_id).id}"
    nobody = writer.send(send, {"answer": "agree"}, page=path)
    assert (nobody.status_code, "1つ以上選んでください" in nobody.text) == (422, True)
    done = writer.send(send, {"answer": "agree", "agency": "A01"}, page=path)
    assert done.location == path
    assert "承諾：日向坂 ゆるり" in writer.text(path)
    assert reads(hall, case_id, CHAIR)


def test_what_waits_for_an_answer_stands_first_in_the_inbox_and_on_the_desk(hall: TownHall) -> None:
    """For who may answer it, until somebody has; then its news says that it is done with."""
    ids = [hall.open_case("A14", by=ELDERLY) for _ in range(2)]
    convene(hall, "R8-0001")
    convene(hall, "R8-0002", urgent=True)
    ticks_of(hall).tick()
    app = web_app(hall)
    writer, coordinator = Seat(app, ELDERLY), Seat(app, COORDINATOR)
    asks = (
        "会議で取り上げてよいか、答えてください。",
        "緊急に閲覧が始まりました。確かめてください。",
    )
    doors = [(writer, "/"), (coordinator, "/"), (coordinator, "/desk")]
    for seat, path in doors:
        text = seat.text(path)
        for number, said in zip(("R8-0001", "R8-0002"), asks, strict=True):
            assert said in text, path
            assert f'href="/cases/{number}/agenda-requests"' in text
        assert "令和8年11月26日" in text or "11/26" in text
    for who in (CHAIR, OUTSIDER, MANAGER):
        assert not any(said in Seat(app, who).text("/") for said in asks)
    assert not any(said in Seat(app, FAR_COORDINATOR).text("/desk?who=all") for said in asks)
    settle(hall, ids[0], ELDERLY, agrees=False)
    for seat, path in doors:
        assert asks[0] not in seat.text(path)
        assert asks[1] in seat.text(path)
    assert "対応は済んでいます" in coordinator.text("/")
    settle(hall, ids[1], ELDERLY)
    for seat, path in doors:
        assert asks[1] not in seat.text(path)


def test_whoever_convenes_is_told_what_waits_and_what_was_opened(hall: TownHall) -> None:
    """Numbers that wait with their last day; what 緊急 opened, and what it did not."""
    hall.open_case("A14", by=ELDERLY)
    hall.open_case("A14", by=ELDERLY, hidden_address="yes")
    chair = Seat(web_app(hall), CHAIR)
    day, by = (show_date(hall.in_days(n).date()) for n in (20, 7))
    fields = {
        "cases": "R8-0001、R8-0002", "kind": "case", "bases": "act_106_6", "chair": CHAIR,
        "basis_reason": "近所から続けて相談があるため。", "agency-A01": "required",
        "slots-0-day": day, "slots-0-starts": "14:00", "answer_by": by,
    }  # fmt: skip
    for urgent, said in (
        ({}, ("R8-0001、R8-0002は、担当の方の承諾を待っています（令和8年11月26日（木）まで）。",)),
        (
            {"urgent": "1"},
            (
                "R8-0001は、緊急のため議題になり、内容を読めます。",
                "R8-0002は、担当の方の承諾を待っています（令和8年11月26日（木）まで）。緊急でもすぐには",
            ),
        ),
    ):
        answer = chair.send(NEW, {**fields, **urgent}, page=NEW)
        shown = chair.text(answer.location)
        for sentence in said:
            assert sentence in shown


def test_an_urgent_one_is_shut_again_by_one_press(hall: TownHall) -> None:
    case_id = hall.open_case("A14", by=ELDERLY)
    convene(hall, "R8-0001", urgent=True)
    person, path = Seat(web_app(hall), COORDINATOR), "/cases/R8-0001/agenda-requests"
    assert "緊急の閲覧" in person.text(path)
    hall.clock.move(days=8)
    hall.desk.handle(DoChore(Chore.AGENDA_REQUESTS), Caller.CLOCK)
    ticks_of(hall).tick()
    late = Seat(web_app(hall), MANAGER).text("/")  # who may not answer is asked to press for it
    assert "緊急の閲覧が、まだ確かめられていません" in late
    assert "確かめる</a>" not in late
    assert "確かめる</a>" in person.text("/")
    send = f"{path}/{asked(hall, case_id).id}"
    assert person.send(send, {"answer": "take_off"}, page=path).location == path
    assert not reads(hall, case_id, CHAIR)
    shown = person.text(path)
    assert "議題から外した" in shown
    assert "議題にした方にお知らせしました" in shown
    assert "読めるようになった機関" in shown


def test_the_reason_for_ones_own_agency_is_asked_for_beside_its_field(hall: TownHall) -> None:
    """Where it is missing, and where it says nothing; what was ticked and typed stays."""
    meeting_id = hall.convene(hall.open_case("A14"))
    person, path = Seat(web_app(hall), OTHER_COORDINATOR), f"/meetings/{meeting_id}/agencies"
    fields = {"agency": "A01", "look": "1", "hears": "R8-0001", "do": "optional"}
    for typed, said in (("", "ご自分の機関を加える理由"), ("。。。", "")):
        refused = person.send(path, {**fields, "reason": typed}, page=f"{path}?agency=A01")
        assert refused.status_code == 422
        beside = refused.text.partition('id="f-reason-error"')[2].partition("</div>")[0]
        assert said in beside
        assert "エラー" in beside
        assert 'href="#f-reason"' in refused.text
        assert f'value="{typed}"' in refused.text
    edit = {"hears-R8-0001": ["A13", "A14", "A01"], "was-R8-0001": "A13 A14"}
    page = f"/meetings/{meeting_id}/hearing"
    done = person.send(path, {**fields, "reason": "助言のため。"}, page=f"{path}?agency=A01")
    assert done.status_code == 302
    person.send(page, {"hears-R8-0001": ["A13", "A14"], "was-R8-0001": "A01 A13 A14"}, page=page)
    refused = person.send(page, edit, page=page)
    assert 'id="f-reason-error"' in refused.text
