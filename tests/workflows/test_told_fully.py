"""What a message says by itself: what, where, until when, and whom to ask."""

from datetime import timedelta

from handlers.words.texts import load_texts
from tests.support.hands import meant
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from tests.workflows.test_core_desk import core_is
from workflows.meetings.run import AddDates, UninviteAgency
from workflows.model.notice import Notice

TEXTS = load_texts(None)


def read(notice: Notice) -> str:
    card = TEXTS.card(notice)
    return "\n".join([card.title, card.body, *(f"{name}: {text}" for name, text in card.facts)])


def test_dates_are_asked_with_the_place_and_what_is_odd_of_them(hall: TownHall) -> None:
    """Where it is held, and which dates lie on closed days, the first time and again."""
    meeting_id = hall.convene(hall.open_case("A14"), place="市役所2階")
    (asked, *_) = hall.notices(ELDERLY, "dates_asked")
    assert "場所: 市役所2階" in read(asked)
    sunday = hall.clock.at.date() + timedelta(days=60)
    sunday += timedelta(days=6 - sunday.weekday())
    rows = ({"day": sunday.isoformat(), "starts": "14:00"},)
    hall.desk.handle(AddDates(meeting_id, rows, confirmed=meant([sunday], "14:00")), COORDINATOR)
    (again, *_) = hall.notices(ELDERLY, "dates_asked_again")
    assert "場所: 市役所2階" in read(again)
    assert "閉庁日・時間外の候補日: " in read(again)
    assert "回答期限: " in read(again)


def test_who_asked_learns_until_when_the_next_agency_answers(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", "declined", by=ELDERLY, next_agency="A17")
    (told, *_) = hall.notices(COORDINATOR, "referral_replied")
    assert told.facts["reply_by"] == hall.referral(case_id, "A17").reply_by.isoformat()
    assert "回答期限: 令和" in read(told)


def test_the_core_desk_is_told_whom_it_is_to_call(hall: TownHall) -> None:
    """An emergency names the agencies that were asked; a restricted one its number alone."""
    core_is(hall, "A20")
    hall.open_case("A14", by=OUTSIDER, urgency="emergency")
    (told, *_) = hall.notices(key="core_desk")
    assert f"つなぎ先: {hall.agency_name('A14')}" in read(told)
    hall.open_case("A14", by=OUTSIDER, urgency="emergency", danger="yes")
    shut = next(n for n in hall.notices(key="core_desk") if n.facts["restricted"])
    assert hall.agency_name("A14") not in read(shut)


def test_who_need_not_come_is_told_whom_to_ask(hall: TownHall) -> None:
    """The organiser by name, and the telephone of their agency."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A14", "A17"))
    hall.desk.handle(UninviteAgency(meeting_id, "A17"), COORDINATOR)
    (told, *_) = hall.notices(DISABILITY, "uninvited")
    with hall.database.open() as unit:
        organiser = unit.directory.member(COORDINATOR)
        assert organiser
        agency = unit.directory.agency(organiser.agency_id)
        assert agency
    assert f"招集者: {organiser.name}（{agency.name}）" in read(told)
    assert f"電話: {agency.phone}" in read(told)


def test_the_reason_of_a_move_is_called_so(hall: TownHall) -> None:
    """On the meeting's page: it is no reason for a date that somebody could not make."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    hall.move(meeting_id, 22)
    page = Seat(web_app(hall), COORDINATOR).text(f"/meetings/{meeting_id}")
    assert "変更の理由" in page
    assert "理由を書いて決めた日です" not in page.split("経過")[0]


def test_the_record_is_asked_for_as_its_page_is(hall: TownHall) -> None:
    """Who came is not filled in beforehand."""
    facts = {"rung": "writer", "kind": "case"}
    words = read(Notice("1", "record_ask", COORDINATOR, "x", facts, meeting_id="m1"))
    assert "出欠と議題は入っています" not in words
    assert "出席は、実際に来た機関を選んでください" in words
