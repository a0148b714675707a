"""News in the inbox stays what it was when it came, and says what became of it since."""

import re
from datetime import timedelta

from tests.support.hands import meant
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.take_back import TakeBackReferral
from workflows.japanese.dates import TOKYO, show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import AddDates, UninviteAgency

DONE, REPLACED, WITHDRAWN = "対応は済んでいます", "前のお知らせです", "取り消されました"
OVER = "会議は終わりました"


def articles(hall: TownHall, member: str, title: str) -> list[str]:
    """What a member's inbox says in the cards of this title, the newest first."""
    ticks_of(hall).tick()
    page = Seat(web_app(hall), member).text("/")
    found = re.findall(r"<article>.*?</article>", page, re.DOTALL)
    return [one for one in found if title in re.sub(r"<[^>]+>", "", one)]


def to_the_moment(hall: TownHall) -> None:
    """Let the clock say what is due, and hand it out."""
    hall.keep_promises()
    ticks_of(hall).tick()


def test_a_reminder_that_came_in_time_reads_so_ever_after(hall: TownHall) -> None:
    """It said that the deadline was near, on that day: it does not say later that it is over."""
    case_id = hall.open_case("A14")
    due = hall.referral(case_id, "A14").reply_by
    hall.clock.set(due - timedelta(days=1))
    to_the_moment(hall)
    assert articles(hall, ELDERLY, "返信の期限が近づいています")
    hall.clock.set(due + timedelta(hours=2))
    assert articles(hall, ELDERLY, "返信の期限が近づいています")
    (asked,) = articles(hall, ELDERLY, "つなぎの依頼です")
    assert "過ぎて" not in asked


def test_a_card_that_was_answered_asks_for_nothing(hall: TownHall) -> None:
    """A card that came late says so; once it is answered it asks for nothing."""
    case_id = hall.open_case("A14")
    hall.clock.set(hall.referral(case_id, "A14").reply_by + timedelta(days=1))
    (asked,) = articles(hall, ELDERLY, "つなぎの依頼です")
    assert "急ぎ返信をお願いします。" in asked
    hall.reply(case_id, "A14", by=ELDERLY)
    (asked,) = articles(hall, ELDERLY, "つなぎの依頼です")
    assert DONE in asked
    assert "お願いします" not in asked


def test_a_date_that_was_moved_is_earlier_news(hall: TownHall) -> None:
    """The card of the old date keeps its words, is marked, and puts nothing into a calendar."""
    meeting_id = hall.convene(hall.open_case("A14"))
    hall.fix(meeting_id)
    (card,) = articles(hall, ELDERLY, "日程が決まりました")
    assert "予定表に入れる" in card
    assert REPLACED not in card
    hall.clock.move(minutes=5)
    hall.move(meeting_id, 24)
    (card,) = articles(hall, ELDERLY, "日程が決まりました")
    assert REPLACED in card
    assert "予定表に入れる" not in card
    assert "会議を見る" in card
    (moved,) = articles(hall, ELDERLY, "日時が変わりました")
    assert REPLACED not in moved
    hall.desk.handle(CancelMeeting(meeting_id, "事情が変わったため。"), COORDINATOR)
    for title in ("日程が決まりました", "日時が変わりました"):
        (card,) = articles(hall, ELDERLY, title)
        assert WITHDRAWN in card
        assert "出欠を答える" not in card


def test_who_is_not_invited_any_more_has_no_button_to_nowhere(hall: TownHall) -> None:
    """What led to the meeting is gone with the invitation; what was asked is not called done."""
    meeting_id = hall.convene(hall.open_case("A13"), required=("A13", "A14"))
    hall.fix(meeting_id)
    assert "出欠を答える" in articles(hall, ELDERLY, "日程が決まりました")[0]
    hall.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    for title in ("日程が決まりました", "日程をお尋ねします"):
        for card in articles(hall, ELDERLY, title):
            assert WITHDRAWN in card
            assert DONE not in card
            assert "<a " not in card


def test_of_dates_asked_for_twice_the_last_stands(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"))
    (card,) = articles(hall, ELDERLY, "日程をお尋ねします")
    assert REPLACED not in card
    hall.clock.move(minutes=5)
    day = hall.in_days(25).astimezone(TOKYO).date()
    rows = ({"day": show_date(day), "starts": "14:00"},)
    hall.desk.handle(AddDates(meeting_id, rows, confirmed=meant([day], "14:00")), COORDINATOR)
    (again,) = articles(hall, ELDERLY, "日程をもう一度お尋ねします")
    (card,) = articles(hall, ELDERLY, "日程をお尋ねします")
    assert REPLACED in card
    assert REPLACED not in again


def test_the_number_of_a_case_is_not_broken_in_a_card(hall: TownHall) -> None:
    """R8-0001 has a hyphen, at which a narrow screen would break it."""
    hall.open_case("A14")
    (asked,) = articles(hall, ELDERLY, "つなぎの依頼です")
    assert '<span class="ref">R8-0001</span> つなぎの依頼です' in asked


def test_what_the_answers_came_to_before_is_earlier_news(hall: TownHall) -> None:
    """No date worked; then one does: the card that asks for further dates asks no more."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    (none,) = articles(hall, COORDINATOR, "回答がそろいました")
    assert "候補日を加えてください" in none
    hall.clock.move(minutes=5)
    hall.answer(meeting_id, "A14", "yes", by=ELDERLY)
    newest, older = articles(hall, COORDINATOR, "回答がそろいました")
    assert "日程を決めてください" in newest
    assert REPLACED not in newest
    assert REPLACED in older
    assert "候補日を加えてください" not in older


def test_what_was_asked_before_a_meeting_is_asked_no_more_once_it_is_over(hall: TownHall) -> None:
    """Who came stands in the record: nobody is asked any more whether they will. That it comes
    near has been said, and is not "done"."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(30, 31))
    hall.fix(meeting_id)
    starts_at = hall.meeting(meeting_id).slots[0].starts_at
    for at in (starts_at - timedelta(days=3), starts_at - timedelta(hours=53)):
        hall.clock.set(at)
        to_the_moment(hall)
    asked = articles(hall, ELDERLY, "出欠の回答をお願いします")
    assert asked
    assert not [one for one in asked if OVER in one]
    hall.clock.set(hall.meeting(meeting_id).slots[0].ends_at)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id)
    for title in ("出欠の回答をお願いします", "日程が決まりました", "が近づいています"):
        cards = articles(hall, ELDERLY, title)
        assert cards, title
        for card in cards:
            assert OVER in card
            assert "出欠を答える" not in card
            assert "予定表に入れる" not in card
            assert "会議を見る" in card


def test_news_of_a_case_that_was_shut_since_leads_nowhere(hall: TownHall) -> None:
    """What was told before a referral was taken back is marked, asks for nothing, has no button."""
    case_id = hall.open_case("A14")
    (asked,) = articles(hall, ELDERLY, "つなぎの依頼です")
    assert "/inbox/open/" in asked
    referral = hall.referral(case_id, "A14")
    hall.desk.handle(TakeBackReferral(case_id, referral.id, True, "宛先の誤り。"), COORDINATOR)
    (asked,) = articles(hall, ELDERLY, "つなぎの依頼です")
    assert "いまは見られません" in asked
    assert "/inbox/open/" not in asked
    (told,) = articles(hall, ELDERLY, "つなぎは取り下げられました")
    assert "いまは見られません" not in told
