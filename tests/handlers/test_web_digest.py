"""週次のまとめ: for managers, led by who waits and what is overdue, never by totals."""

import re
from datetime import date

from tests.support.hands import Hands
from tests.support.people import CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.digest.look import GetDigest


def hands(hall: TownHall) -> Hands:
    return Hands(hall.desk, hall.database)


def test_the_digest_is_for_managers_alone(hall: TownHall) -> None:
    """A coordinator and a clerk are refused; a manager reads it."""
    app = web_app(hall)
    assert Seat(app, COORDINATOR).get("/digest").status_code == 403
    assert Seat(app, CLERK).get("/digest").status_code == 403
    assert Seat(app, MANAGER).get("/digest").status_code == 200


def test_a_quiet_town_is_told_in_sentences(hall: TownHall) -> None:
    """With nothing open every part says so, rather than standing empty."""
    text = Seat(web_app(hall), MANAGER).text("/digest")
    for sentence in (
        "支援を待っている人はいません。",
        "返信を待っているつなぎはありません。",
        "日程を待っている会議はありません。",
        "届かなかったお知らせはありません。",
    ):
        assert sentence in text


def test_who_waits_longest_comes_first_with_bar_and_number(hall: TownHall) -> None:
    """Each who waits has a row with the days as a number and as a bar, the longest on top."""
    hands(hall).open_case("A14")
    hall.clock.move(days=7)
    hands(hall).open_case("A14")
    text = Seat(web_app(hall), MANAGER).text("/digest")
    assert text.index("R8-0001") < text.index("R8-0002")
    assert "最も長い方で4開庁日" in text  # a holiday and a weekend lie between
    table = text[text.index('<table class="bars">') : text.index("</table>")]
    assert len(re.findall(r"<rect ", table)) == 2


def test_the_people_who_wait_come_before_the_totals(hall: TownHall) -> None:
    """Waiting, owed, failed, not checked; this week, what moved; the numbers only after them."""
    text = Seat(web_app(hall), MANAGER).text("/digest")
    parts = ("waiting", "overdue", "failed", "not-checked", "week", "moved", "totals")
    order = [text.index(f'id="{part}"') for part in parts]
    assert order == sorted(order)


def test_an_unanswered_referral_is_named_with_its_agency_and_days(hall: TownHall) -> None:
    """It stands there with its due date from the first day, as late once it is, until answered."""
    case_id = hands(hall).open_case("A14")
    seat = Seat(web_app(hall), MANAGER)
    text = seat.text("/digest")
    assert "1件（うち期限を過ぎたもの0件）" in text
    assert '<td data-label="期限">11/26（木）</td>' in text
    assert '<td class="number" data-label="遅れ">期限前</td>' in text
    hall.clock.move(days=10)
    text = seat.text("/digest")
    assert "地域包括支援センターひだまり" in text
    assert "1件（うち期限を過ぎたもの1件）" in text
    assert "期限前" not in text
    hands(hall).reply(case_id, "A14", by=ELDERLY)
    assert "返信を待っているつなぎはありません。" in seat.text("/digest")


def test_the_late_stand_before_those_that_still_have_time(hall: TownHall) -> None:
    """Overdue first, then by the day on which an answer is due."""
    hands(hall).open_case("A14")
    hall.clock.move(days=10)
    hands(hall).open_case("A17")
    hands(hall).open_case("A19", urgency="urgent")
    text = Seat(web_app(hall), MANAGER).text("/digest")
    table = text[text.index('<caption class="visually-hidden">返信のないつなぎ') :]
    table = table[: table.index("</table>")]
    assert re.findall(r"R8-\d{4}</a>", table) == ["R8-0001</a>", "R8-0003</a>", "R8-0002</a>"]


def test_many_earlier_digests_are_folded(hall: TownHall) -> None:
    """The last eight stand open, the rest behind one line; an old one that is read is unfolded."""
    app = web_app(hall)
    local = Seat(app, MANAGER)
    local.send("/local/clock", {"step": "to", "then": "/digest", "to": "令和9年2月10日"})
    text = local.text("/digest")
    part = text[text.index('id="earlier"') :]
    part = part[: part.index("</nav>")]
    shown, _, folded = part.partition("<details")
    assert shown.count('href="/digest/') == 8
    assert folded.count('href="/digest/') == 4
    assert "それより前の4件を見る" in folded
    assert not folded.startswith(' class="fold more" open')
    assert '<details class="fold more" open>' in local.text("/digest/2026-11-24")


def test_a_meeting_without_a_date_names_who_has_not_answered(hall: TownHall) -> None:
    """The agencies still to answer stand beside the meeting."""
    case_id = hands(hall).open_case("A14")
    meeting_id = hands(hall).convene(case_id)
    hands(hall).answer(meeting_id, "A13", by=COORDINATOR)
    text = Seat(web_app(hall), MANAGER).text("/digest")
    part = text[text.index("日程の決まらない会議") :]
    assert f'href="/meetings/{meeting_id}"' in part
    assert '<td data-label="未回答">地域包括支援センターひだまり</td>' in part


def test_a_restricted_case_is_counted_alone(hall: TownHall) -> None:
    """No number, agency, district or urgency: a manager who is not named learns that one waits."""
    hands(hall).open_case("A42", danger="yes", urgency="emergency", district="D07")
    hall.clock.move(days=10)
    text = Seat(web_app(hall), MANAGER).text("/digest")
    main = text[text.index("<main") : text.index("</main>")]
    assert "ほかに、閲覧制限のケースが1件あります（最も長い方で" in main
    assert "待っている人が<strong>1人</strong>" in main
    assert "支援を待っている人はいません。" not in main
    for told in (
        "R8-0001",
        "あかり",
        "つきみ",
        "緊急",
        'href="/cases/R8-0001"',
        "つなぎ野市社会福祉協議会",
    ):
        assert told not in main


def test_the_weeks_digests_are_kept_and_say_what_moved(hall: TownHall) -> None:
    """A Monday's digest tells, in numbers and words, how the counts of the last one moved."""
    case_id = hands(hall).open_case("A14")
    app = web_app(hall)
    local = Seat(app, MANAGER)
    to = {"step": "to", "then": "/digest"}
    first = local.send("/local/clock", {**to, "to": "12/1"}, follow=True)
    assert "令和8年11月30日（月）" in first.text
    # The Monday before is a holiday: the first digest of all was made on the Tuesday.
    assert "前回のまとめがないため" in local.text("/digest/2026-11-24")
    hands(hall).reply(case_id, "A14", by=ELDERLY, lead="yes")
    hands(hall).plan(case_id, by=ELDERLY)
    local.send("/local/clock", {**to, "to": "12/8"})
    text = local.text("/digest/2026-12-07")
    moved = text[text.index('<table class="moves">') :]
    row = moved[moved.index("待っている人") :][:400]
    assert re.search(r"1<span[^>]*>→</span>.*<strong>0</strong>", row)
    assert "1減りました" in row
    assert 'href="/digest/2026-11-30"' in text
    assert "待っている人が<strong>1人</strong>" in local.text("/digest/2026-11-30"), (
        "kept as it was"
    )


def test_a_day_without_a_digest_is_told_so(hall: TownHall) -> None:
    """Another date, or what is no date, is answered with 404."""
    seat = Seat(web_app(hall), MANAGER)
    assert seat.get("/digest/2026-01-05").status_code == 404
    assert seat.get("/digest/soon").status_code == 404


def test_this_weeks_meetings_stand_on_their_days(hall: TownHall) -> None:
    """A fixed meeting of this week is in the strip with its time; Monday's holiday is closed."""
    case_id = hands(hall).open_case("A14")
    meeting_id = hands(hall).convene(case_id, days_ahead=(12,))
    for agency, member in (("A14", ELDERLY), ("A13", COORDINATOR)):
        hands(hall).answer(meeting_id, agency, by=member)
    hands(hall).fix(meeting_id)
    seat = Seat(web_app(hall), MANAGER)
    assert f'href="/meetings/{meeting_id}"' not in seat.text("/digest")
    hall.clock.move(days=10)
    week = seat.text("/digest")
    week = week[week.index('<ol class="week"') :]
    assert f'href="/meetings/{meeting_id}"' in week
    assert "午後2時" in week
    assert "12/2（水）" in week


def test_the_digest_holds_no_content(hall: TownHall) -> None:
    """Nothing a person said or is called: the words of the sheet are nowhere in it."""
    secret = "隣人の心配の声ここだけの話"
    hands(hall).open_case("A14", summary=secret, name="架空 花子")
    hall.clock.move(days=10)
    ticks_of(hall).tick()
    text = Seat(web_app(hall), MANAGER).text("/digest")
    assert secret not in text
    assert "花子" not in text


def test_a_digest_says_that_lines_of_disposed_cases_were_taken_out(hall: TownHall) -> None:
    """Its sums are those of then, so that fewer lines are no riddle; one of today says nothing."""
    content = hall.desk.ask(GetDigest(), MANAGER).content
    with hall.database.open() as unit:
        unit.digests.save(date(2026, 11, 16), {**content, "let_go": 2})
        unit.digests.save(date(2026, 11, 9), content)
        unit.commit()
    seat = Seat(web_app(hall), MANAGER)
    sentence = "廃棄したケース2件の行は、除いてあります。"
    assert sentence in seat.text("/digest/2026-11-16")
    for path in ("/digest/2026-11-09", "/digest"):
        assert "除いてあります" not in seat.text(path)
