"""監査の記録 on its page: what was looked at and changed in words, its filters, its file."""

import csv
import io
import logging
import re
from html import unescape

import pytest
from sqlalchemy import Connection, select, text, update

from storage.tables import trail, trail_head
from tests.support.hands import Fields
from tests.support.people import (
    ADMINISTRATOR,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.watched import last_row, rows_after
from tests.support.web import Seat, web_app
from workflows.audit.check import MakeCheckpoint, RememberCheck, verify_whole_trail
from workflows.cases.name_members import NameMember
from workflows.core.permissions import Caller
from workflows.meetings.answer import AnswerDates
from workflows.model.trail import ChainFault, ChainProgress, Fault

PATH = "/admin/audit"
SECRET: Fields = {"name": "空野 星子", "summary": "夜も眠れない。", "phone": "090-1111-2222"}


def keeper(hall: TownHall) -> Seat:
    return Seat(web_app(hall), ADMINISTRATOR)


def lines(page: str) -> list[str]:
    """The rows of the table, tags taken off."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        " ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in body.split("</tr>")[:-1]
    ]


def test_it_tells_who_did_what_when_by_which_door_and_why(hall: TownHall) -> None:
    """Sentences of the story, looks marked as such, staff by name, cases by number, no content."""
    case_id = hall.open_case("A14", **SECRET)
    Seat(web_app(hall), ELDERLY).text("/cases/R8-0001")
    hall.clock.move(days=7)
    hall.keep_promises()
    page = keeper(hall).text(PATH)
    told = lines(page)
    opened = next(li for li in told if "つなぐシートを送りました" in li)
    assert "R8-0001" in opened
    assert "10:00:00" in opened
    look = next(li for li in told if "ケースの内容を見ました" in li)
    for word in ("閲覧", "画面", "つなぎ先の機関", "R8-0001"):
        assert word in look
    reminded = next(li for li in told if "返信をお願いしました" in li)
    assert reminded.count("自動処理") == 2  # door and standing
    for secret in ("空野", "眠れない", "1111", case_id):
        assert secret not in page
    assert 'href="/admin/audit"' in keeper(hall).text("/admin")


@pytest.mark.parametrize("member_id", [COORDINATOR, MANAGER, OUTSIDER, "M03"])
def test_nobody_but_administrators_opens_it(hall: TownHall, member_id: str) -> None:
    """The page and the file, for everybody else, are refused."""
    person = Seat(web_app(hall), member_id)
    end = last_row(hall)
    for path in (PATH, f"{PATH}.csv", f"{PATH}?member=M21"):
        assert person.get(path).status_code == 403
    assert last_row(hall) == end


def test_what_was_shared_without_consent_stands_on_a_law_in_words(hall: TownHall) -> None:
    """No code of ours on the page: the basis of such a sharing is the law's name."""
    hall.open_case("A14")
    page = keeper(hall).text(PATH)
    shared = next(li for li in lines(page) if "同意によらず共有しました" in li)
    assert shared.count("支援会議（社会福祉法106条の6）") == 2  # the standing and the sentence
    assert "act_106_6" not in page.partition("<tbody>")[2]


def test_the_filters_are_typed_as_people_type(hall: TownHall) -> None:
    """A day in Japanese, a number in full width; what was chosen stays chosen."""
    hall.open_case("A14")
    hall.clock.move(days=1)
    hall.open_case("A14")
    person = keeper(hall)
    query = "?since=令和8年11月21日&until=11/21&number=&group=case&door="
    page = person.text(PATH + query)
    assert {li.split()[-1] for li in lines(page)} == {"R8-0002"}
    assert 'value="令和8年11月21日"' in page
    assert '<option value="case" selected>' in page
    assert {li.split()[-1] for li in lines(person.text(f"{PATH}?number=ｒ８－０００１"))} == {
        "R8-0001"
    }
    assert "当てはまる記録はありません。" in person.text(f"{PATH}?number=R8-0099")


def test_what_came_by_a_mail_s_link_can_be_asked_for(hall: TownHall) -> None:
    """Nobody is signed in there: it is the door that is to be looked at first."""
    meeting_id = hall.convene(hall.open_case("A14"))
    answers = {slot.id: "yes" for slot in hall.meeting(meeting_id).slots}
    hall.desk.handle(AnswerDates(meeting_id, "A14", answers, {}), ELDERLY, door="link")
    (line,) = lines(keeper(hall).text(f"{PATH}?door=link"))
    assert "回答の画面" in line


@pytest.mark.parametrize(
    ("query", "field", "typed"),
    [
        ("since=2月30日", "since", "2月30日"),
        ("until=きのう", "until", "きのう"),
        ("since=令和8年11月21日&until=令和8年11月20日", "until", "令和8年11月20日"),
    ],
)
def test_a_day_that_is_none_is_told_beside_its_field(
    hall: TownHall, query: str, field: str, typed: str
) -> None:
    """What was typed stays, the summary leads there, and nothing is shown or written."""
    hall.open_case("A14")
    person = keeper(hall)
    end = last_row(hall)
    answer = person.get(f"{PATH}?{query}&member=M21")
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert '<option value="M21" selected>' in answer.text
    assert lines(answer.text) == []
    assert person.get(f"{PATH}.csv?{query}").status_code == 422
    assert last_row(hall) == end


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=-1",
        f"before={'9' * 40}",
        "group=x",
        "door=%27",
        "member=%00",
        "before=²",
    ],
)
def test_an_address_that_somebody_made_up_is_no_error(any_hall: TownHall, query: str) -> None:
    """Whatever stands in it, a page comes."""
    assert keeper(any_hall).get(f"{PATH}?{query}").status_code in (200, 400)


def test_older_ones_are_a_page_away(hall: TownHall) -> None:
    """Fifty a page; the filter goes along."""
    for _ in range(15):
        hall.open_case("A14", "A17", "A19")
    person = keeper(hall)
    page = person.text(f"{PATH}?group=case")
    assert len(lines(page)) == 50
    (older,) = re.findall(r'href="([^"]*before=[^"]*)"', page)
    assert "group=case" in older
    rest = person.text(unescape(older))
    assert 0 < len(lines(rest)) <= 50
    assert "新しい記録に戻る" in rest
    assert not set(lines(page)) & set(lines(rest))


def rows_of(person: Seat, query: str = "") -> list[dict[str, str]]:
    answer = person.get(f"{PATH}.csv{query}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_it_is_written_out_for_excel(hall: TownHall, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that fits, in however many stretches, written down as one look."""
    monkeypatch.setattr("workflows.audit.page.CHUNK", 7)
    for _ in range(5):
        hall.open_case("A14", "A17")
    end = last_row(hall)
    rows = rows_of(keeper(hall))
    assert [int(r["番号"]) for r in rows] == list(range(end, 0, -1))
    opened = next(r for r in rows if "つなぐシートを送りました" in r["したこと"])
    assert opened["日時"] == "2026-11-20T10:00:00+09:00"
    assert (opened["コード"], opened["ケース"]) == (COORDINATOR, "R8-0005")
    exports = [r for r in rows_after(hall, end) if r.kind == "read.audit"]
    assert [(r.facts or {}).get("export") for r in exports] == [True]
    only = rows_of(keeper(hall), "?number=R8-0002")
    assert {r["ケース"] for r in only} == {"R8-0002"}


def last_row_in(connection: Connection) -> int:
    return int(connection.execute(select(trail_head.c.seq)).scalar_one())


def test_no_cell_of_the_file_runs_as_a_formula(hall: TownHall) -> None:
    """A row that somebody slipped into the database is text to a spreadsheet."""
    false = {"actor_id": "=1+1", "door": "@SUM(A1)", "basis": "+1", "facts": "x"}
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(text("DROP TRIGGER trail_no_update"))
        newest = trail.c.seq == last_row_in(connection)
        connection.execute(update(trail).where(newest).values(**false))
    row = rows_of(keeper(hall))[0]
    assert (row["コード"], row["入口"], row["立場"]) == ("'=1+1", "'@SUM(A1)", "'+1")
    assert row["したこと"] == "この記録は読めません。つながりを確かめてください。"


def test_a_restricted_case_has_no_number_here(hall: TownHall) -> None:
    """Neither on the page nor in the file, unless the administrator is named on it."""
    case_id = hall.open_case("A14", danger="yes")
    Seat(web_app(hall), COORDINATOR).text("/cases/R8-0001")
    person = keeper(hall)
    page = person.text(PATH)
    assert "R8-0001" not in page
    assert "閲覧制限のケースの内容を見ました。" in page
    assert "R8-0001" not in person.get(f"{PATH}.csv").data.decode()
    hall.desk.handle(NameMember(case_id, ADMINISTRATOR, True), COORDINATOR)
    assert "R8-0001" in person.text(PATH)


def test_the_state_of_the_chain_stands_on_top(hall: TownHall) -> None:
    """When it was checked, the last checkpoint and the key; before the first night it says so."""
    person = keeper(hall)
    assert "まだ確かめていません。" in person.text(PATH)
    hall.desk.handle(RememberCheck(verify_whole_trail(hall.desk, Caller.CLOCK)), Caller.CLOCK)
    made = hall.desk.handle(MakeCheckpoint(), Caller.CLOCK)
    assert made is not None
    page = person.text(PATH)
    assert "令和8年11月20日（金）午前10時に" in page
    assert f"{made.seq}番まで" in page
    assert "外に保管した証跡とは比べていない" in page
    walk = verify_whole_trail(hall.desk, Caller.CLOCK, [made])
    hall.desk.handle(RememberCheck(walk), Caller.CLOCK)
    page = person.text(PATH)
    assert f"{made.seq}番までは、外に保管した証跡とも一致しました。" in page
    assert "比べていない" not in page
    assert "-----BEGIN PUBLIC KEY-----" in page


def test_a_broken_chain_shows_on_every_page_of_the_administrators(hall: TownHall) -> None:
    """What and where on the page of the trail; a notice above all others, for nobody else."""
    broken = ChainFault(Fault.CHANGED, 3, hall.clock.at, "case_opened")
    hall.desk.handle(RememberCheck(ChainProgress(2, "x", done=True, broken=broken)), Caller.CLOCK)
    person = keeper(hall)
    for path in ("/", "/admin", "/directory", PATH):
        assert "監査の記録に異常があります。" in person.text(path)
    page = person.text(PATH)
    assert "3番（令和8年11月20日（金）午前10時、種類 case_opened）の記録が書き換えられて" in page
    assert "監査の記録に異常があります。" not in Seat(web_app(hall), COORDINATOR).text("/")


def test_a_sentence_that_can_no_longer_be_told_does_not_break_the_page(hall: TownHall) -> None:
    """A row of an older version, or one that does not open, is shown as what it is."""
    case_id = hall.open_case("A14")
    with hall.database.open() as unit:
        row = unit.events.of_case(case_id)[0]
        for kind, facts in (
            ("referred", {}),
            ("unheard_of", {"a": "b"}),
            ("replied", {"answer": 7}),
        ):
            unit.events.add(
                type(row)(0, row.at, "M21", "web", kind, "clerk", row.case_id, None, facts)
            )
        unit.commit()
    with hall.database.engine.connect() as connection, connection.begin():
        newest = trail.c.seq == last_row_in(connection)
        connection.execute(update(trail).where(newest).values(facts="x"))
    told = lines(keeper(hall).text(PATH))
    for word in ("referred", "unheard_of", "この記録は読めません。"):
        assert any(word in li for li in told), word


def test_an_attempt_that_is_refused_is_logged_by_ids_alone(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """One line: what was tried, why not, by whom and where; no number and no name in it."""
    hall.open_case("A14", **SECRET)
    caplog.set_level(logging.WARNING)
    end = last_row(hall)
    assert Seat(web_app(hall), OUTSIDER).get("/cases/R8-0001").status_code == 404
    assert Seat(web_app(hall), OUTSIDER).get("/desk").status_code == 403
    told = [r.getMessage() for r in caplog.records if r.getMessage().startswith("refused ")]
    assert told == [
        f"refused action=cases.one reason=not_found.case member={OUTSIDER} door=web",
        f"refused action=overview.desk reason=denied.see_desk member={OUTSIDER} door=web",
    ]
    assert "R8-0001" not in caplog.text
    assert last_row(hall) == end
