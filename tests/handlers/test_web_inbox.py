"""受信箱 and 机: what waits stands first, with one button that leads to how things are now."""

import re
from datetime import timedelta
from typing import Any

from tests.support.hands import Hands, meant
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, OUTSIDER
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.cases.drafts import SaveDraft
from workflows.inbox.inbox import GetInbox
from workflows.inbox.read_news import GetOlderNews
from workflows.japanese.dates import show_date, show_short
from workflows.meetings.convene import Convene
from workflows.model.notice import Notice


def hands(hall: TownHall) -> Hands:
    return Hands(hall.desk, hall.database)


def test_an_empty_inbox_says_what_to_do_first(hall: TownHall) -> None:
    """Nothing waits and nothing came: the page offers to write a sheet."""
    text = Seat(web_app(hall), OUTSIDER).text("/")
    assert "待っている用件はありません。" in text
    assert 'href="/cases/new"' in text


def test_a_referral_waits_with_its_button_until_it_is_answered(hall: TownHall) -> None:
    """The asked agency has one line with its due time in words; after the reply it is gone."""
    case_id = hands(hall).open_case("A14")
    referral = hands(hall).referral(case_id, "A14")
    elderly = Seat(web_app(hall), ELDERLY)
    text = elderly.text("/")
    assert "つなぎへの返信をお願いします。" in text
    assert f'href="/cases/R8-0001/referrals/{referral.id}/reply"' in text
    assert "あと3開庁日" in text
    hands(hall).reply(case_id, "A14", by=ELDERLY)
    assert f"{referral.id}/reply" not in elderly.text("/")


def test_what_is_overdue_says_so_in_words_and_stands_first(hall: TownHall) -> None:
    """A line past its time carries the word and comes before a newer one."""
    hands(hall).open_case("A14")
    hall.clock.move(days=10)
    hands(hall).open_case("A14")
    text = Seat(web_app(hall), ELDERLY).text("/")
    assert "期限超過" in text
    assert "開庁日の遅れ" in text
    assert text.index("R8-0001") < text.index("R8-0002")


def test_an_outsider_sees_nothing_of_it(hall: TownHall) -> None:
    """An agency without a part in the case finds neither line nor news nor count."""
    hands(hall).open_case("A14")
    ticks_of(hall).tick()
    assert "R8-0001" not in Seat(web_app(hall), OUTSIDER).text("/")


def test_news_lies_unread_until_its_button_is_pressed(hall: TownHall) -> None:
    """A delivered card is unread; its button marks it read and leads to the matter's page."""
    case_id = hands(hall).open_case("A14")
    referral = hands(hall).referral(case_id, "A14")
    ticks_of(hall).tick()
    seat = Seat(web_app(hall), ELDERLY)
    assert 'class="unread-word"' in seat.text("/")
    notice = hands(hall).mail(ELDERLY)[0].notice
    answer = seat.get(f"/inbox/open/{notice.id}/0")
    assert answer.location == f"/cases/R8-0001/referrals/{referral.id}/reply"
    assert 'class="unread-word"' not in seat.text("/")


def test_the_news_of_another_member_cannot_be_opened(hall: TownHall) -> None:
    """A notice's id is worth nothing to anybody but its receiver."""
    hands(hall).open_case("A14")
    ticks_of(hall).tick()
    notice = hands(hall).mail(ELDERLY)[0].notice
    assert Seat(web_app(hall), OUTSIDER).get(f"/inbox/open/{notice.id}/0").status_code == 404
    assert hands(hall).mail(ELDERLY)[0].read_at is None


def test_news_whose_matter_was_answered_says_so(hall: TownHall) -> None:
    """A card that asked for a reply tells, after the reply, that it has been dealt with."""
    case_id = hands(hall).open_case("A14")
    ticks_of(hall).tick()
    seat = Seat(web_app(hall), ELDERLY)
    assert "対応は済んでいます" not in seat.text("/")
    hands(hall).reply(case_id, "A14", by=ELDERLY)
    assert "対応は済んでいます" in seat.text("/")


def test_older_news_is_folded_away(hall: TownHall) -> None:
    """After ten cards the rest stands under 過去のお知らせ."""
    for _ in range(12):
        hands(hall).open_case("A14")
    ticks_of(hall).tick()
    text = Seat(web_app(hall), ELDERLY).text("/")
    assert "過去のお知らせ<small>2件</small>" in text
    assert text.index("過去のお知らせ") < text.rindex('class="news-item')


def test_a_draft_can_be_gone_on_with_and_thrown_away(hall: TownHall) -> None:
    """An unfinished sheet is listed for its writer alone, and gone when thrown away."""
    typed = {"summary": "途中", "received_at": "令和8年11月20日 9:30"}
    draft_id = hall.desk.handle(SaveDraft("sheet", typed), COORDINATOR)
    seat = Seat(web_app(hall), COORDINATOR)
    text = seat.text("/")
    assert f'href="/cases/new?draft={draft_id}"' in text
    assert "受付 令和8年11月20日 9:30" in text
    assert "途中" not in text
    other = Seat(web_app(hall), ELDERLY)
    assert draft_id not in other.text("/")
    other.send("/inbox/drafts/drop", {"draft": draft_id})
    assert draft_id in seat.text("/"), "another member threw it away"
    asked = seat.send("/inbox/drafts/drop", {"draft": draft_id}).text
    assert "消すと、元に戻せません。" in asked
    assert "途中" not in asked
    assert draft_id in seat.text("/"), "it asked, and threw it away already"
    seat.send("/inbox/drafts/drop", {"draft": draft_id, "sure": "1"})
    assert draft_id not in seat.text("/")


def test_the_part_that_refreshes_stays_the_same_while_nothing_happens(hall: TownHall) -> None:
    """Asked twice, the live part is the same text: no token in it makes it new each time."""
    hands(hall).open_case("A14")
    ticks_of(hall).tick()
    hall.desk.handle(SaveDraft("sheet", {"summary": "途中"}), ELDERLY)
    seat = Seat(web_app(hall), ELDERLY)
    assert seat.text("/inbox/live") == seat.text("/inbox/live")
    assert "csrf_token" not in seat.text("/inbox/live")


def test_a_refresh_does_not_use_up_what_the_page_was_to_say(hall: TownHall) -> None:
    """A sentence about what was done is kept for the whole page, not lost to a refresh."""
    seat = Seat(web_app(hall), COORDINATOR)
    seat.send("/inbox/read", {"all": "1"})
    seat.get("/inbox/live", headers={"HX-Request": "true"})
    assert "お知らせを既読にしました。" in seat.text("/")


def test_the_count_in_the_menu_is_the_number_of_lines(hall: TownHall) -> None:
    """What may not be seen is not counted either: a restricted case of unnamed colleagues."""
    hands(hall).open_case("A14")
    hands(hall).open_case("A14", danger="yes")
    seat = Seat(web_app(hall), "M27")  # a colleague at the same agency, not its window
    text = seat.text("/")
    assert "R8-0002" not in text
    assert '<span class="count">1<' in text


def test_the_desk_is_for_coordinators_alone(hall: TownHall) -> None:
    """Somebody else is refused with a reason and sees no case."""
    hands(hall).open_case("A14")
    answer = Seat(web_app(hall), ELDERLY).get("/desk")
    assert answer.status_code == 403
    assert "R8-0001" not in answer.text


def test_the_desk_groups_by_what_is_stuck_with_one_button_a_line(hall: TownHall) -> None:
    """A case goes from group to group as things happen, and stands there exactly once."""
    seat = Seat(web_app(hall), COORDINATOR)

    def stands_in() -> str:
        """The only group, the one line in it and where its button leads."""
        text = seat.text("/desk/live")
        found = text.split('<section aria-labelledby="g-')[1:]
        assert len(found) == 1, [f[:20] for f in found]
        buttons = found[0].split('class="button small secondary" href="')[1:]
        assert len(buttons) == 1
        return found[0].split('"')[0] + " " + buttons[0].split('"')[0]

    first = hands(hall).open_case("A14")
    assert stands_in() == "no_answer /cases/R8-0001"
    hands(hall).reply(first, "A14", by=ELDERLY)
    assert stands_in() == "no_lead /cases/R8-0001/lead"
    hands(hall).close(first)
    second = hands(hall).open_case("A14")
    hands(hall).reply(second, "A14", by=ELDERLY, lead="yes")
    assert stands_in() == "in_order /cases/R8-0002"
    meeting_id = hands(hall).convene(second)
    assert stands_in() == f"no_date /meetings/{meeting_id}"
    for agency, member in (("A14", ELDERLY), ("A13", COORDINATOR)):
        hands(hall).answer(meeting_id, agency, by=member)
    hands(hall).fix(meeting_id)
    assert stands_in() == "in_order /cases/R8-0002"
    hall.clock.move(days=20, hours=8)
    assert stands_in() == f"no_record /meetings/{meeting_id}/record"


def test_the_desk_names_every_agency_that_owes_a_case_something(hall: TownHall) -> None:
    """Of two that have not replied, the second is not only 「ほかに：つなぎへの返信」."""
    hall.open_case("A14", "A19")
    text = Seat(web_app(hall), COORDINATOR).text("/desk")
    both = {hall.agency_name(a) for a in ("A14", "A19")}
    (also,) = re.findall(r"ほかに：つなぎへの返信（([^）]+)）", text)
    assert also in both
    assert f"{(both - {also}).pop()}" in text


def test_a_worse_answer_stands_on_top_of_the_desk(hall: TownHall) -> None:
    """「悪化」 goes before everything else, with a button that convenes a meeting."""
    first = hands(hall).open_case("A14")
    hands(hall).open_case("A14", urgency="urgent")
    hands(hall).reply(first, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=31)
    hands(hall).check_on(first, "worse", by=ELDERLY)
    text = Seat(web_app(hall), COORDINATOR).text("/desk")
    assert text.index("g-worse") < text.index("g-no_answer")
    assert 'href="/meetings/new?case=R8-0001"' in text


def test_the_desk_shows_my_districts_first_and_all_when_asked(hall: TownHall) -> None:
    """Without asking, a coordinator sees the cases of their own districts."""
    hands(hall).open_case("A14", district="D01")
    hands(hall).open_case("A14", district="D05")
    seat = Seat(web_app(hall), COORDINATOR)
    assert "R8-0001" in seat.text("/desk")
    assert "R8-0002" not in seat.text("/desk")
    assert "R8-0002" in seat.text("/desk?who=all")


def test_a_restricted_case_is_counted_but_not_shown(hall: TownHall) -> None:
    """A coordinator who is not named learns that there is one, and not which."""
    hands(hall).open_case("A14", danger="yes")
    named = Seat(web_app(hall), COORDINATOR).text("/desk")
    other = Seat(web_app(hall), "M01").text("/desk?who=all")
    assert "R8-0001" in named
    assert "R8-0001" not in other
    assert "名前を登録された担当者だけが見られるケースが1件あります" in other


def test_one_meeting_for_two_cases_is_one_line(hall: TownHall) -> None:
    """Cases that wait for the same date stand together, with the one button that fixes it."""
    ids = [hands(hall).open_case("A14") for _ in range(2)]
    for case_id in ids:
        hands(hall).reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hands(hall).convene(*ids)
    hands(hall).answer(meeting_id, "A13", by=COORDINATOR)
    text = Seat(web_app(hall), COORDINATOR).text("/desk/live")
    assert "R8-0001、R8-0002" in text
    assert "2機関のうち1機関が回答しました。" in text
    assert text.count(f'class="button small secondary" href="/meetings/{meeting_id}"') == 1


def test_a_meeting_that_is_over_asks_nobody_whether_they_come(hall: TownHall) -> None:
    """Attendance not told before the meeting is no longer asked for after it."""
    case_id = hands(hall).open_case("A14")
    meeting_id = hands(hall).convene(case_id)
    hands(hall).answer(meeting_id, "A14", by=ELDERLY)
    hands(hall).answer(meeting_id, "A13", by=COORDINATOR)
    hands(hall).fix(meeting_id)
    seat = Seat(web_app(hall), ELDERLY)
    assert "会議の出欠をお知らせください。" in seat.text("/")
    hall.clock.move(days=25)
    assert "会議の出欠をお知らせください。" not in seat.text("/")


def test_forty_open_cases_stand_on_one_page(hall: TownHall) -> None:
    """The desk of a full town is one page: every case stands on it exactly once as a line."""
    for _ in range(40):
        hands(hall).open_case("A14", district="D01")
        hall.clock.move(minutes=1)
    text = Seat(web_app(hall), COORDINATOR).text("/desk")
    assert all(text.count(f'href="/cases/R8-{n:04d}">R8-') == 1 for n in range(1, 41))


def test_meetings_without_cases_are_told_apart(hall: TownHall) -> None:
    """By their title, else by their dates, for the eye and in the buttons that are read out."""
    facts: dict[str, Any] = {"bases": ["liaison"], "kind": "plenary", "required": ["A13", "A14"]}
    hall.convene(**facts, title="北部の連絡会")
    hall.convene(**facts, days_ahead=(25,))
    text = Seat(web_app(hall), ELDERLY).text("/")
    lines = [re.sub(r"<[^>]+>", "", one) for one in text.split('<li class="todo')[1:]]
    titled, dated = lines[0], lines[1]
    # In the line, and in each of its two buttons.
    assert titled.count("北部の連絡会") == 3
    assert dated.count(show_short(hall.in_days(25).date())) == 3
    assert "：</span>" not in text


def much_news(hall: TownHall, pieces: int) -> list[str]:
    """The ids of so much news for the coordinator, the newest first."""
    with hall.database.open() as unit:
        for n in range(pieces):
            at = hall.clock.at - timedelta(minutes=n // 3)  # some of one moment
            notice = Notice(
                id=f"{n:032x}",
                key="role_done",
                member_id=COORDINATOR,
                dedupe_key=f"role_done:{n}",
                facts={"number": "R8-0001", "agency": f"機関{n:03}"},
                created_at=at,
            )
            unit.outbox.put(notice)
            unit.mailbox.deliver(notice, at)
        unit.commit()
        items = unit.mailbox.items(COORDINATOR, limit=200)
    return [item.notice.id for item in items]


def test_all_news_can_be_seen_and_what_nobody_saw_stays_unread(hall: TownHall) -> None:
    """Every one of 120 is on some page, once; "read" marks what stood there."""
    ids = much_news(hall, 120)
    seat = Seat(web_app(hall), COORDINATOR)
    shown: list[str] = []
    address = "/"
    while address:
        text = seat.text(address)
        here = re.findall(r'name="notice" value="([0-9a-f]{32})" class', text)
        shown += here
        found = re.search(r'href="(/inbox/older\?before=[^"]+)"', text)
        address = found[1] if found else ""
    assert shown == ids
    first = seat.text("/")
    marked = re.findall(r'form="read-shown-form" name="notice" value="([0-9a-f]{32})"', first)
    assert marked == ids[:10], "what is folded away is not marked with what is open"
    seat.send("/inbox/read", {"notice": marked})
    assert "未読110件" in seat.text("/")


def test_older_news_is_opened_and_answered_like_the_newest(hall: TownHall) -> None:
    """News beyond the first page leads to its matter, and is nobody else's."""
    ids = much_news(hall, 70)
    seat = Seat(web_app(hall), COORDINATOR)
    assert seat.get(f"/inbox/open/{ids[-1]}/0").location == "/cases/R8-0001"
    older = f"/inbox/older?before={ids[49]}"
    assert f'value="{ids[-1]}" class' not in seat.text(older), "it is read"
    assert f'value="{ids[-2]}" class' in seat.text(older)
    assert Seat(web_app(hall), ELDERLY).get(older).status_code == 404
    assert seat.get("/inbox/older").location == "/", "an address cut short leads to the inbox"


def test_what_waits_for_an_answer_is_found_behind_any_amount_of_news(hall: TownHall) -> None:
    """A question that a page answers stands on top, also when sixty pieces of news came after."""
    number = hall.case(hands(hall).open_case("A14")).number
    day = hall.in_days(20).date()
    asked = {
        "kind": "case",
        "bases": ["act_106_6"],
        "basis_reason": "近所から続けて相談があるため。",
        "required_agencies": ["A01"],
        "chair": CHAIR,
    }
    slots = ({"day": show_date(day), "starts": "14:00"},)
    answer_by = show_date(hall.in_days(7).date())
    hall.desk.handle(Convene(asked, (number,), slots, answer_by, meant([day], "14:00")), CHAIR)
    ticks_of(hall).tick()
    hall.clock.move(days=1)
    much_news(hall, 60)
    assert "承諾・承認・確認のお願い" in Seat(web_app(hall), COORDINATOR).text("/")


def test_news_of_one_moment_stands_in_the_order_in_which_it_was_written(hall: TownHall) -> None:
    """The newest first, page by page; of one minute what is urgent stands above the rest."""
    for _ in range(52):
        hall.open_case("A14")
    ticks_of(hall).tick()
    written = [f"R8-{n:04}" for n in range(52, 0, -1)]
    assert [item.notice.facts["number"] for item in hall.mail(ELDERLY)] == written
    first = hall.desk.ask(GetInbox(), ELDERLY)
    rest = hall.desk.ask(GetOlderNews(first.older_than), ELDERLY).news
    assert [i.notice.facts["number"] for i in (*first.news, *rest)] == written
    hall.open_case("A14", urgency="emergency")
    hall.clock.move(seconds=2)
    hall.open_case("A14")
    ticks_of(hall).tick()
    news = hall.desk.ask(GetInbox(), ELDERLY).news
    assert [i.notice.facts["number"] for i in news[:3]] == ["R8-0053", "R8-0054", "R8-0052"]
