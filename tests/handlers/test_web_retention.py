"""保存と廃棄 on its pages: chosen, confirmed, carried out by time, and printed as a proof."""

import re
from datetime import datetime
from typing import Any

from tests.handlers.test_web_requests import made
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.drafts import SaveDraft
from workflows.core.permissions import Caller
from workflows.japanese.dates import TOKYO
from workflows.maintenance.daily_chores import GetChores

AFTER = datetime(2032, 4, 1, 9, 0, tzinfo=TOKYO)


def closed(hall: TownHall, **sheet: Any) -> str:
    case_id = hall.open_case("A14", **sheet)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.close(case_id)
    return case_id


def is_there(hall: TownHall, case_id: str) -> bool:
    with hall.database.open() as unit:
        return unit.cases.get(case_id) is not None


def manager(hall: TownHall) -> Seat:
    return Seat(web_app(hall), MANAGER)


def hidden(text: str, name: str) -> list[str]:
    return re.findall(rf'type="hidden" name="{name}" value="([^"]*)"', text)


def test_a_manager_chooses_confirms_and_finds_the_proof(hall: TownHall) -> None:
    """From the menu to the printed record, without opening a case."""
    going, staying = closed(hall, name="甲野乙之介"), closed(hall)
    hall.clock.set(AFTER)
    person = manager(hall)
    assert 'href="/retention"' in person.text("/")
    page = person.text("/retention")
    for told in ("R8-0001", "R8-0002", "令和14年3月31日", hall.agency_name("A14")):
        assert told in page
    assert "甲野" not in page
    chosen = person.send("/retention/confirm", {"case": going}, page="/retention")
    assert chosen.status_code == 200
    assert hidden(chosen.text, "case") == [going]
    assert "R8-0002" not in chosen.text
    assert is_there(hall, going)
    sent = person.send("/retention/approve", {"case": going, "sure": "1"}, page="/retention")
    assert sent.location == "/retention"
    assert "ケース1件の廃棄を承認しました。" in person.text("/retention")
    ticks_of(hall).tick()
    assert not is_there(hall, going)
    assert is_there(hall, staying)
    for path in ("/retention/record", "/retention/record/print"):
        record = person.text(path)
        for told in ("R8-0001", "令和8年11月20日", "令和14年4月1日", "つなぐシート1版"):
            assert told in record, (path, told)
        assert "甲野" not in record
    assert person.get("/cases/R8-0001").status_code == 404


def test_everything_is_chosen_with_one_button(hall: TownHall) -> None:
    """Without a script, too: cases and people who left."""
    ids = {closed(hall), closed(hall)}
    hall.clock.set(AFTER)
    person = manager(hall)
    answer = person.send("/retention/confirm", {"all": "1"}, page="/retention")
    assert set(hidden(answer.text, "case")) == ids
    assert "M57" in hidden(answer.text, "member")


def test_a_name_of_somebody_who_left_is_replaced_on_every_page(hall: TownHall) -> None:
    """What the list calls them afterwards is a word and their code."""
    hall.clock.set(AFTER)
    person = manager(hall)
    assert "M57" in person.text("/retention")
    with hall.database.open() as unit:
        before = unit.directory.member("M57")
    assert before is not None
    assert before.name in person.text("/retention")
    person.send("/retention/approve", {"member": "M57", "sure": "1"}, page="/retention")
    page = person.text("/retention")
    assert "退職した職員1人の名前を消しました。" in page
    assert before.name not in page
    assert "退職した職員M57" in person.text("/retention/record")
    administrator = Seat(web_app(hall), ADMINISTRATOR)
    shown = administrator.text("/directory/members/M57")
    assert "退職した職員M57" in shown
    assert before.name not in shown


def test_nothing_chosen_and_not_confirmed_are_said_beside_the_field(hall: TownHall) -> None:
    """Each with its way to the field, and what was chosen stays chosen."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    person = manager(hall)
    nothing = person.send("/retention/confirm", {}, page="/retention")
    assert nothing.status_code == 422
    assert "廃棄するものを選んでください。" in nothing.text
    assert 'href="#f-cases"' in nothing.text
    unsure = person.send("/retention/approve", {"case": case_id}, page="/retention")
    assert unsure.status_code == 422
    assert "印を付けてください" in unsure.text
    assert hidden(unsure.text, "case") == [case_id]
    assert hall.desk.ask(GetChores(), Caller.CLOCK).disposals == ()


def test_a_second_press_changes_nothing(hall: TownHall) -> None:
    """The same form twice, and an old page whose case is gone: told in words."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    person = manager(hall)
    form = {**person.tokens("/retention"), "case": case_id, "sure": "1"}
    assert person.post("/retention/approve", form).location == "/retention"
    assert person.post("/retention/approve", form).location == "/retention"
    ticks_of(hall).tick()
    answer = person.send("/retention/confirm", {"case": case_id}, page="/")
    assert answer.status_code == 422
    late = {"case": case_id, "sure": "1"}
    assert person.send("/retention/approve", late, page="/retention").status_code in (302, 422)
    with hall.database.open() as unit:
        assert len(unit.disposals.done()) == 1


def test_others_see_no_more_than_they_should(hall: TownHall) -> None:
    """An administrator looks without a button; everybody else is refused, also at the record."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    app = web_app(hall)
    administrator = Seat(app, ADMINISTRATOR)
    page = administrator.text("/retention")
    assert "R8-0001" in page
    assert 'name="case"' not in page
    assert "承認できるのは管理職です。" in page
    tokens = administrator.tokens("/directory/members/new")
    for path in ("/retention/confirm", "/retention/approve"):
        posted = administrator.post(path, {**tokens, "case": case_id, "sure": "1"})
        assert posted.status_code == 403
    assert "reason" not in administrator.text(f"/retention/cases/{case_id}")
    for other in (COORDINATOR, CLERK, ELDERLY):
        seat = Seat(app, other)
        assert "/retention" not in seat.text("/")
        for path in ("", "/record", "/record/print", f"/cases/{case_id}"):
            assert seat.get(f"/retention{path}").status_code == 403
    assert is_there(hall, case_id)


def test_a_case_is_held_and_let_loose_on_its_page(hall: TownHall) -> None:
    """From the case to the reason and back; the case page says so to everybody who sees it."""
    case_id = closed(hall)
    person, path = manager(hall), f"/retention/cases/{case_id}"
    assert f'href="{path}"' in person.text("/cases/R8-0001")
    wrong = person.send(f"{path}/hold", {"hold_reason": ""}, page=path)
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    told = person.send(f"{path}/hold", {"hold_reason": "訴訟のため。"}, page=path, follow=True)
    assert "廃棄を止めました。" in told.text
    assert "訴訟のため。" in told.text
    assert "廃棄を止めています。" in person.text("/cases/R8-0001")
    assert "訴訟" not in person.text("/cases/R8-0001")
    assert "訴訟" in Seat(web_app(hall), COORDINATOR).text("/cases/R8-0001")
    hall.clock.set(AFTER)
    page = person.text("/retention")
    assert 'name="case"' not in page
    assert "廃棄を止めているケース" in page
    lifted = person.send(f"{path}/lift", {}, page=path, follow=True)
    assert "停止を解除しました" in lifted.text
    again = person.send(f"{path}/lift", {}, page=path)
    assert again.status_code == 409
    assert 'name="case"' in person.text("/retention")


def test_keeping_longer_keeps_what_was_typed_when_it_is_refused(hall: TownHall) -> None:
    """A day in the past stands beside its field, and the reason is not lost."""
    case_id = closed(hall)
    hall.clock.set(AFTER)
    person, path = manager(hall), f"/retention/cases/{case_id}"
    typed = {"until": "令和3年1月1日", "longer_reason": "家族の相談が続くため。"}
    wrong = person.send(f"{path}/longer", typed, page=path)
    assert wrong.status_code == 422
    assert "令和14年3月31日" in wrong.text
    assert "家族の相談が続くため。" in wrong.text
    assert 'value="令和3年1月1日"' in wrong.text
    right = person.send(f"{path}/longer", {**typed, "until": "R20.3.31"}, page=path, follow=True)
    assert "令和20年3月31日（水）まで保存します。" in right.text
    assert "R8-0001" in person.text("/retention")
    assert 'name="case"' not in person.text("/retention")


def test_a_restricted_case_shows_its_fiscal_year_alone(hall: TownHall) -> None:
    """On the list and on the confirmation: no number, agency or day; a page of its own is there
    for a manager who is named."""
    case_id = closed(hall, danger="yes")
    hall.clock.set(AFTER)
    person = manager(hall)
    confirm = person.send("/retention/confirm", {"case": case_id}, page="/retention").text
    assert person.get(f"/retention/cases/{case_id}").status_code == 404
    assert f"/retention/cases/{case_id}" not in person.text("/retention")
    for text in (person.text("/retention"), confirm):
        assert "閲覧制限のケース（令和8年度）" in text
        assert "R8-0001" not in text
        assert "令和8年11月20日" not in text


def test_an_empty_page_says_what_comes_next(hall: TownHall) -> None:
    """Nothing due, nothing held, nothing disposed of: each in a sentence."""
    person = manager(hall)
    assert "保存期間の過ぎたものはありません。" in person.text("/retention")
    assert "廃棄したものはまだありません。" in person.text("/retention/record")
    assert "廃棄したものはまだありません。" in person.text("/retention/record/print")
    assert person.get("/retention/cases/nonsense").status_code == 404
    assert person.get("/retention/confirm").location == "/retention"


def test_the_years_are_set_on_the_towns_page(hall: TownHall) -> None:
    """With a sentence on what changes; a wrong number stays beside its field."""
    person = Seat(web_app(hall), ADMINISTRATOR)
    page = person.text("/admin/town")
    assert 'name="retention_years" value="5"' in page
    assert "承認なしに消えることはありません。" in page
    with hall.database.open() as unit:
        town = unit.directory.town()
    stamp = re.findall(r'name="stamp" value="([^"]*)"', page)[0]
    form: dict[str, object] = {
        "name": town.name,
        "kana": town.kana,
        "stamp": stamp,
        "closed_days": "",
        "district-code": [d.id for d in town.districts],
        "district-name": [d.name for d in town.districts],
        "district-kana": [d.kana for d in town.districts],
    }
    wrong = person.send("/admin/town", {**form, "retention_years": "100"}, page="/admin/town")
    assert wrong.status_code == 422
    assert "1から30までの数" in wrong.text
    assert 'value="100"' in wrong.text
    person.send("/admin/town", {**form, "retention_years": "１０"}, page="/admin/town")
    assert 'name="retention_years" value="10"' in person.text("/admin/town")
    assert "10年間保存します。" in manager(hall).text("/retention")


def test_cards_lead_to_their_pages(hall: TownHall) -> None:
    """The manager's card opens the list, the writer's the drafts."""
    closed(hall)
    hall.desk.handle(SaveDraft("sheet", {"summary": "途中。"}), MANAGER)
    ticks = ticks_of(hall)
    hall.clock.set(AFTER)
    ticks.tick()
    person = manager(hall)
    page = person.text("/")
    assert "保存期間の満了の確認をお願いします" in page
    assert "まもなく消えます" in page
    ways = re.findall(r'href="(/inbox/open/[^"]+)"', page)
    assert {"/retention", "/#drafts"} <= {person.get(way).location for way in ways}


def test_a_restricted_case_is_agreed_to_by_a_second_person_on_the_page(hall: TownHall) -> None:
    """The confirmation says that it takes two; the administrator ticks and agrees; who approved it
    can only take it back; both names stand in the record and on its paper."""
    case_id = closed(hall, danger="yes")
    hall.clock.set(AFTER)
    person, other = manager(hall), Seat(web_app(hall), ADMINISTRATOR)
    confirm = person.send("/retention/confirm", {"case": case_id}, page="/retention")
    assert "ほかの管理職か管理者がもう1人承認すると" in confirm.text
    person.send("/retention/approve", {"case": case_id, "sure": "1"}, page="/retention")
    page = person.text("/retention")
    assert "うち1件は、ほかの管理職か管理者が承認すると" in page
    assert "承認を取り下げる" in page
    assert "もう1人の承認を待つケース" in other.text("/retention")
    assert "R8-0001" not in other.text("/retention")
    (path,) = set(re.findall(r'action="(/retention/second/\w+/agree)"', other.text("/retention")))
    unsure = other.send(path, {}, page="/retention")
    assert unsure.status_code == 422
    assert "印を付けてください" in unsure.text
    ticks_of(hall).tick()
    assert is_there(hall, case_id)
    other.send(path, {"sure": "1"}, page="/retention")
    assert "廃棄を承認しました。" in other.text("/retention")
    ticks_of(hall).tick()
    assert not is_there(hall, case_id)
    with hall.database.open() as unit:
        names = [m.name for i in (MANAGER, ADMINISTRATOR) if (m := unit.directory.member(i))]
    for path in ("/retention/record", "/retention/record/print"):
        assert all(name in person.text(path) for name in names)


def test_the_second_person_declines_on_the_page_and_it_waits_again(hall: TownHall) -> None:
    """A judgement that can be taken back as long as nothing went."""
    case_id = closed(hall, danger="yes")
    hall.clock.set(AFTER)
    person, other = manager(hall), Seat(web_app(hall), ADMINISTRATOR)
    person.send("/retention/approve", {"case": case_id, "sure": "1"}, page="/retention")
    (path,) = set(re.findall(r'action="(/retention/second/\w+/end)"', other.text("/retention")))
    other.send(path, {}, page="/retention")
    assert "廃棄の承認を取り消しました。" in other.text("/retention")
    again = other.send(path, {}, page="/retention")
    assert again.status_code == 409
    assert "もう決まっています" in again.text
    assert case_id in person.text("/retention")


def test_whose_name_stays_is_said_with_the_reason(hall: TownHall) -> None:
    """A colleague who left years ago, in a case that goes on."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.has_left(ELDERLY)
    hall.clock.set(AFTER)
    page = manager(hall).text("/retention")
    assert "名前を残している職員" in page
    assert "そのケースが終わるまで、名前を消せません" in page
    assert f"（{ELDERLY}）" in page
    assert f'value="{ELDERLY}"' not in page


def test_a_request_is_chosen_confirmed_and_stands_in_the_record(hall: TownHall) -> None:
    """By number and days alone, also on the page before the last; afterwards its page is gone."""
    seat = Seat(web_app(hall), COORDINATOR)
    at = made(seat)
    given = {"outcome": "given", "on": "R8.11.20", "given": "写し"}
    assert seat.send(f"{at}/answer", given, page=at).status_code == 302
    hall.clock.set(AFTER)
    person, request_id = manager(hall), at.rpartition("/")[2]
    page = person.text("/retention")
    assert f'name="request" value="{request_id}"' in page
    assert "開示などの請求は、答えた年度の終わりから5年間保存します。" in page
    chosen = person.send("/retention/confirm", {"request": request_id}, page="/retention")
    assert hidden(chosen.text, "request") == [request_id]
    assert "請R8-0001" in chosen.text
    assert "浮舟" not in page + chosen.text
    sent = {"request": request_id, "sure": "1"}
    assert person.send("/retention/approve", sent, page="/retention").location == "/retention"
    assert "開示などの請求1件を廃棄しました。" in person.text("/retention")
    for path in ("/retention/record", "/retention/record/print"):
        assert "請R8-0001" in person.text(path)
        assert "開示などの請求" in person.text(path)
    assert seat.get(at).status_code == 404
