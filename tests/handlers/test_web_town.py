"""町の設定 on its page: changed after init, refused beside the field, nothing typed is lost."""

from tests.handlers.test_web_directory import typed
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.model.directory import Town

ADMINISTRATOR, OTHER, COORDINATOR = "M05", "M61", "M21"
PATH = "/admin/town"


def town(hall: TownHall) -> Town:
    with hall.database.open() as unit:
        return unit.directory.town()


def form(hall: TownHall, person: Seat) -> dict[str, object]:
    """The page's form as a browser sends it: the districts stand in lists."""
    fields = typed(person, PATH)
    for cell, what in (("code", "id"), ("name", "name"), ("kana", "kana")):
        fields[f"district-{cell}"] = [getattr(d, what) for d in town(hall).districts]
    return {**fields, "closed_days": ""}


def test_the_administrator_changes_the_town_on_its_page(hall: TownHall) -> None:
    """From 管理 there is a way; a rename, a new district and a closed day are there at once."""
    person = Seat(web_app(hall), ADMINISTRATOR)
    assert f'href="{PATH}"' in person.text("/admin")
    fields = form(hall, person)
    names, kana, codes = (fields[f"district-{c}"] for c in ("name", "kana", "code"))
    assert isinstance(names, list)
    assert isinstance(kana, list)
    assert isinstance(codes, list)
    fields |= {"name": "つなぎ野町", "closed_days": "令和8年12月4日\r\n\r\nR9.1.12\r\n"}
    fields["district-name"] = ["ひなた圏域", *names[1:], "みなと圏域"]
    fields["district-kana"] = [*kana, "みなとけんいき"]
    fields["district-code"] = [*codes, ""]
    assert person.post(PATH, fields).location == PATH
    text = person.text(PATH)
    for told in (
        "町の設定を保存しました。",
        "令和8年12月4日（金）\n令和9年1月12日（火）",
        "ミナトケンイキ",
    ):
        assert told in text
    assert town(hall).name == "つなぎ野町"
    assert "ひなた圏域" in person.text("/directory")


def test_a_day_that_the_calendar_closes_is_opened_and_a_closed_one_is_announced(
    hall: TownHall,
) -> None:
    """臨時の開庁日 stands on the page as it was saved; who runs a meeting on a day that closes is
    told, and the page says so."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    day = hall.meeting(meeting_id).slots[0].starts_at.date().isoformat()
    person = Seat(web_app(hall), ADMINISTRATOR)
    fields = form(hall, person) | {"opened_days": "令和8年12月29日", "closed_days": day}
    assert person.post(PATH, fields).location == PATH
    text = person.text(PATH)
    assert "令和8年12月29日（火）" in text
    assert "招集した方にお知らせしました" in text
    assert hall.told("date_closed") >= {COORDINATOR}
    fields = form(hall, person)
    assert "opened_days" not in fields
    assert person.post(PATH, fields).location == PATH
    assert len(town(hall).opened_days) == 1, "a page of before takes nothing away"
    wrong = person.post(PATH, {**form(hall, person), "opened_days": "12月32日"})
    assert wrong.status_code == 422
    assert 'href="#f-opened_days"' in wrong.text


def test_what_is_refused_stands_beside_its_field_with_what_was_typed(hall: TownHall) -> None:
    """A removed district in use, a day that is none: which one, why, and nothing is lost."""
    person = Seat(web_app(hall), ADMINISTRATOR)
    before, fields = town(hall), form(hall, person)
    for cell in ("name", "kana"):
        column = fields[f"district-{cell}"]
        assert isinstance(column, list)
        fields[f"district-{cell}"] = ["", *column[1:]]
    answer = person.post(PATH, {**fields, "closed_days": "R8.12.4\n12月32日", "name": "つなぎ野町"})
    assert answer.status_code == 422
    for told in (
        f"「{before.districts[0].name}」は使われているため、消せません",
        "「12月32日」：",
        'href="#f-closed_days"',
        "R8.12.4\n12月32日",
        'value="つなぎ野町"',
    ):
        assert told in answer.text
    assert town(hall) == before


def test_a_row_is_added_without_a_script(hall: TownHall) -> None:
    """The button brings one more empty row and saves nothing."""
    person = Seat(web_app(hall), ADMINISTRATOR)
    rows = person.text(PATH).count('name="district-name"')
    answer = person.post(PATH, {**form(hall, person), "add_row": "districts"})
    assert answer.status_code == 200
    assert answer.text.count('name="district-name"') == rows + 1


def test_a_coordinator_has_no_such_page(hall: TownHall) -> None:
    """Neither to see nor to send."""
    person, other = Seat(web_app(hall), COORDINATOR), Seat(web_app(hall), ADMINISTRATOR)
    assert person.get(PATH).status_code == 403
    fields = {**form(hall, other), **person.tokens("/"), "name": "べつの市"}
    assert person.post(PATH, fields).status_code == 403
    assert town(hall).name != "べつの市"


def test_two_administrators_see_each_other(hall: TownHall) -> None:
    """The later one is shown how the town stands now, and goes on from there."""
    app = web_app(hall)
    first, second = Seat(app, ADMINISTRATOR), Seat(app, OTHER)
    late = form(hall, second)
    first.post(PATH, {**form(hall, first), "kana": "アタラシイノシ"})
    answer = second.post(PATH, {**late, "name": "つなぎ野町"})
    assert answer.status_code == 409
    assert "アタラシイノシ" in answer.text
    assert 'value="つなぎ野町"' in answer.text
