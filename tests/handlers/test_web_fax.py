"""Agencies with a telephone and a FAX: the invitation on paper, and what they said entered here."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask

from storage.documents import from_text, to_text
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.meetings.run import CloseAnswers
from workflows.model.meeting import HeardBy, Meeting

PERSON = "架空 花子"
SLOT = re.compile(r'name="(slot-[0-9a-f]+)"')


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@pytest.fixture
def meeting_id(hall: TownHall) -> str:
    case_id = hall.open_case("A14", name=PERSON, kana="カクウ ハナコ", summary="近所から心配の声。")
    return hall.convene(case_id, required=("A13", "A14"), optional=("A19",))


def fax(meeting_id: str, agency_id: str = "A14") -> str:
    return f"/meetings/{meeting_id}/agencies/{agency_id}/fax"


def phone_and_fax(hall: TownHall, agency_id: str, *, without_fax: bool = False) -> tuple[str, str]:
    with hall.database.open() as unit:
        agency = unit.directory.agency(agency_id)
        assert agency is not None
        if without_fax:
            unit.directory.save_agencies([replace(agency, fax="")])
            unit.commit()
        return agency.phone, agency.fax


def enter(app: Flask, path: str, data: dict[str, str]) -> int:
    return Seat(app, COORDINATOR).send(path, data, page=path).status_code


def dates(app: Flask, path: str) -> dict[str, str]:
    return dict.fromkeys(set(SLOT.findall(Seat(app, COORDINATOR).text(path))), "yes")


# -- what was heard --------------------------------------------------------------------------------


@pytest.mark.parametrize("heard_by", ["", *HeardBy])
def test_what_was_heard_for_an_agency_is_marked_wherever_it_stands(
    hall: TownHall, app: Flask, meeting_id: str, heard_by: str
) -> None:
    """By which way, who entered it and when: on the page, its live part, the form and the story."""
    path = f"/meetings/{meeting_id}/answer?agency=A14"
    assert enter(app, path, {**dates(app, path), "heard_by": heard_by}) == 302
    words = {
        "": "代わりに入力",
        "telephone": "電話で聞き取り",
        "fax": "FAXで受け取り",
        "in_person": "窓口などで聞き取り",
        "mail": "メールで受け取り",
    }[heard_by]
    for seat in (Seat(app, COORDINATOR), Seat(app, ELDERLY)):
        for page in (f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/live"):
            marks = re.findall(r'<span class="heard">(.*?)</span>', seat.text(page))
            assert len(marks) == 1
            assert marks[0].startswith(f"{words}（")
            assert "さんが11/20（金）午前10時に入力）" in marks[0]
    story = Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    assert "日程の回答を代わりに入力しました" + (f"（{words}）" if heard_by else "。") in story
    again = Seat(app, COORDINATOR).text(path)
    assert "さんが代わりに入力しています" in again
    if heard_by:
        assert f'value="{heard_by}" selected' in again


def test_an_agency_that_answers_itself_takes_the_mark_away(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """The same answer by its own hand is its own; entering it once more does not mark it again."""
    path = f"/meetings/{meeting_id}/answer?agency=A14"
    given = dates(app, path)
    enter(app, path, {**given, "heard_by": "telephone"})
    hall.answer(meeting_id, "A14", by=ELDERLY)
    assert 'class="heard"' not in Seat(app, COORDINATOR).text(f"/meetings/{meeting_id}")
    enter(app, path, {**given, "heard_by": "fax"})
    assert not any(a.entered_for for a in hall.meeting(meeting_id).answers["A14"].values())


def test_the_way_means_nothing_for_ones_own_agency(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    path = f"/meetings/{meeting_id}/answer"
    assert "heard_by" not in Seat(app, COORDINATOR).text(path)
    assert enter(app, path, {**dates(app, path), "heard_by": "telephone"}) == 302
    assert {(a.entered_for, a.heard_by) for a in hall.meeting(meeting_id).answers["A13"].values()} \
        == {(False, "")}  # fmt: skip


@pytest.mark.parametrize("what", ["answer", "attend"])
def test_a_way_that_there_is_not_is_refused_beside_its_field(
    hall: TownHall, app: Flask, meeting_id: str, what: str
) -> None:
    typed = {"comes": "yes"}
    if what == "attend":
        hall.answer(meeting_id, "A13", by=COORDINATOR)
        hall.fix(meeting_id)
    path = f"/meetings/{meeting_id}/{what}?agency=A14"
    typed |= dates(app, path)
    answer = Seat(app, COORDINATOR).send(path, {**typed, "heard_by": "pigeon"}, page=path)
    assert answer.status_code == 422
    assert 'id="f-heard_by-error"' in answer.text
    meeting = hall.meeting(meeting_id)
    invite = meeting.invite("A14")
    assert invite is not None
    assert (meeting.answers.get("A14"), invite.attendance) == (None, None)


def test_attendance_that_was_heard_is_marked_too(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """Until the agency says so itself: the word stays, the mark goes."""
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.fix(meeting_id)
    path, page = f"/meetings/{meeting_id}/attend", f"/meetings/{meeting_id}"
    typed = {"comes": "yes", "who": "代理 一郎"}
    assert enter(app, f"{path}?agency=A14", {**typed, "heard_by": "fax"}) == 302
    shown = Seat(app, ELDERLY).text(page)
    assert "FAXで受け取り（" in shown
    assert "出席を代わりに答えました（FAXで受け取り）" in shown
    own = Seat(app, ELDERLY)
    assert own.send(path, typed, page=path).status_code == 302
    shown = own.text(page).partition("これまでの経過")[0]
    assert "代理 一郎" in shown
    assert "FAXで受け取り（" not in shown


def test_answers_of_before_the_mark_are_read_as_they_were(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """A document that knows no way: entered for the agency, nobody said how it was heard."""
    hall.answer(meeting_id, "A14", by=COORDINATOR)
    document = json.loads(to_text(hall.meeting(meeting_id)))
    for answer in document["answers"]["A14"].values():
        del answer["heard_by"]
    old = from_text(json.dumps(document), Meeting)
    assert {(a.entered_for, a.heard_by) for a in old.answers["A14"].values()} == {(True, "")}


# -- the invitation --------------------------------------------------------------------------------


def test_the_invitation_says_all_that_an_agency_needs_to_answer(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """To whom and from whom with their numbers, which meeting, each date with ○△×, until when."""
    page = Seat(app, COORDINATOR).text(fax(meeting_id))
    to, sender = phone_and_fax(hall, "A14"), phone_and_fax(hall, "A13")
    assert "御中" in page
    assert page.count(to[1]) == 1
    assert page.count(sender[0]) == 1
    assert page.count(sender[1]) == 2  # at the head, and where it goes back to
    for words in ("支援会議（R8-0001）", "社会福祉法106条の6", "庁舎2階 第3会議室", "必須"):
        assert words in page
    assert "切り取らずにこのままお送りください" in page
    rows = re.findall(r'<tr><th scope="row">(12/\d+（.）午後2時から午後3時<.*?)</tr>', page)
    assert len(rows) == 2
    for row in rows:
        assert re.findall(r'<td class="mark">(.)</td>', row) == ["○", "△", "×"]


def test_the_invitation_says_nothing_of_the_case(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """A FAX may come out at a wrong number: no name, no word of the sheet, no title typed.

    A place that names whom the case is about is masked.
    """
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        # a record that came to know the name later
        meeting.title, meeting.place = "花子さんの会議", f"{PERSON}さんの家"
        unit.commit()
    page = Seat(app, COORDINATOR).text(fax(meeting_id))
    for secret in (PERSON, "花子", "カクウ", "近所"):
        assert secret not in page


def test_a_number_that_the_directory_lacks_is_left_to_be_written(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """A blank on the paper, and a word about it on the screen."""
    for agency_id in ("A14", "A13"):
        phone_and_fax(hall, agency_id, without_fax=True)
    page = Seat(app, COORDINATOR).text(fax(meeting_id))
    assert page.count('class="blank"') == 3
    assert page.count("FAX番号が名簿にありません") == 2


def test_the_button_stands_beside_each_agency_that_has_not_answered(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """For who runs the meeting, while answers are collected."""
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    page = f"/meetings/{meeting_id}"
    found = re.findall(r'href="([^"]*/fax)"', unescape(Seat(app, COORDINATOR).text(page)))
    assert found == [fax(meeting_id), fax(meeting_id, "A19")]
    assert "/fax" not in Seat(app, ELDERLY).text(page)
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    assert "/fax" not in Seat(app, COORDINATOR).text(page)


def test_the_invitation_is_for_who_runs_the_meeting_and_for_invited_agencies(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    for member in (COORDINATOR, OTHER_COORDINATOR, CHAIR):
        assert Seat(app, member).get(fax(meeting_id)).status_code == 200, member
    for member in (ELDERLY, MANAGER):
        assert Seat(app, member).get(fax(meeting_id)).status_code == 403, member
    assert Seat(app, OUTSIDER).get(fax(meeting_id)).status_code == 404
    assert Seat(app, COORDINATOR).get(fax(meeting_id, "A21")).status_code == 404


def test_no_invitation_is_printed_once_answers_are_closed(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    answer = Seat(app, COORDINATOR).get(fax(meeting_id))
    assert answer.status_code == 409
    assert "締め切" in answer.text


def test_dates_that_have_passed_are_not_offered_on_paper(hall: TownHall, app: Flask) -> None:
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(10, 20))
    assert Seat(app, COORDINATOR).text(fax(meeting_id)).count('<td class="mark">○') == 2
    hall.clock.move(days=12)
    assert Seat(app, COORDINATOR).text(fax(meeting_id)).count('<td class="mark">○') == 1


def test_after_the_deadline_the_paper_asks_for_an_answer_soon(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    hall.clock.move(days=10)
    said = Seat(app, COORDINATOR).text(fax(meeting_id))
    assert "を過ぎています。お早めにお返事ください" in said
    assert "までにお返事ください" not in re.sub(r"<[^>]+>", "", said)


def test_that_it_was_printed_is_told_once_a_day(
    hall: TownHall, app: Flask, meeting_id: str
) -> None:
    """In the trail and the story: for which agency, by whom; loading it again adds nothing."""
    seat = Seat(app, COORDINATOR)

    def printed() -> list[str]:
        with hall.database.open() as unit:
            found = [e for e in unit.events.of_meeting(meeting_id) if "printed" in e.kind]
            return [str(e.facts["agency"]) for e in found]

    for agency_id in ("A14", "A14", "A19"):
        seat.text(fax(meeting_id, agency_id))
    assert printed() == ["A14", "A19"]
    hall.clock.move(days=1, hours=-2)  # eight in the morning: another day elsewhere
    seat.text(fax(meeting_id))
    seat.text(fax(meeting_id))
    Seat(app, OTHER_COORDINATOR).text(fax(meeting_id))
    assert printed() == ["A14", "A19", "A14", "A14"]
    assert "FAX用の案内" in seat.text(f"/meetings/{meeting_id}").partition("これまでの経過")[2]


def test_a_date_on_a_closed_day_is_marked_on_paper_too(hall: TownHall, app: Flask) -> None:
    """Who answers by FAX sees that it is a Saturday that is meant."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(22, 24))
    paper = Seat(app, COORDINATOR).text(fax(meeting_id))
    assert paper.count("※") == 2  # the date, and what the mark means
