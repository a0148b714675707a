"""Replies by mail: they reach who asked, as heard; they count as nobody's answer by themselves."""

import io
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

import bot
from handlers.cli.commands import run_commands
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mail.incoming import IncomingMailReply, read_incoming
from handlers.settings import load_settings
from handlers.words.notice_heads import MAILED
from handlers.words.texts import load_texts
from storage.database import DatabaseRefused
from storage.tables import mailbox
from tests.handlers.test_mail_bounce import report
from tests.handlers.test_mail_notices import Bag, drain
from tests.support.mail import SENDER, html_of, mail_way, read_mail, text_of
from tests.support.people import CLERK, COORDINATOR, ELDERLY, FARMING
from tests.support.spoilt import GARBAGE
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.permissions import Caller
from workflows.delivery.returned import ReportReturned
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import MoveMeeting
from workflows.outside.mail_replies import (
    LONGEST,
    MOST,
    MOST_A_DAY,
    KeepMailReply,
    MarkMailReplyOfCase,
    MarkMailReplyOfMeeting,
)
from workflows.outside.mail_reply_views import (
    GetMailRepliesOfCase,
    GetMailRepliesOfMeeting,
    MailReplyView,
)

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

TEXTS = load_texts(None)
TO = "m26@example.jp"
NOTICE = "0123456789abcdef0123456789abcdef"
MEETING = "fedcba9876543210fedcba9876543210"


def mail(
    body: str = "21日は行けます。",
    *more: str,
    sender: str = TO,
    answers: str = f"In-Reply-To: <{NOTICE}@town.example.jp>",
    subject: str = "Re: x",
) -> bytes:
    head = (f"From: <{sender}>", f"To: <{SENDER}>", f"Subject: {subject}", answers, *more)
    text = "\n".join((*head, "Content-Type: text/plain; charset=utf-8", "", body))
    return text.replace("\n", "\r\n").encode()


def calendar(
    word: str = "ACCEPTED",
    uid: str = f"{MEETING}@tsunagu",
    *,
    method: str = "REPLY",
    attendee: str = TO,
    start: str = "DTSTART:20261210T050000Z",
    sender: str = TO,
    head: str = "",
) -> bytes:
    """As Google, Outlook and Apple answer an invitation, shortened."""
    return f"""\
From: <{sender}>
To: <{SENDER}>
Subject: Accepted
{head}Content-Type: multipart/alternative; boundary="B"

--B
Content-Type: text/plain; charset=utf-8

--B
Content-Type: text/calendar; method={method}; charset=utf-8

BEGIN:VCALENDAR
PRODID:-//x//x//EN
VERSION:2.0
METHOD:{method}
BEGIN:VEVENT
UID:{uid}
SEQUENCE:0
DTSTAMP:20261120T010000Z
{start}
ORGANIZER:mailto:{SENDER}
ATTENDEE;CN=x;PARTSTAT={word}:mailto:{attendee}
END:VEVENT
END:VCALENDAR
--B--
""".replace("\n", "\r\n").encode()


# -- reading --------------------------------------------------------------------------------------


def test_words_that_answer_a_mail_of_ours_are_read() -> None:
    found = read_incoming(mail("21日は行けます。\n\n> 支援会議の日程\n> をお尋ねします"), SENDER)
    assert found == IncomingMailReply(NOTICE, "", TO, "", None, "21日は行けます。")


@pytest.mark.parametrize(
    "below",
    [
        "-----Original Message-----\nFrom: x\n支援会議",
        "2026年11月20日(金) 10:00 つなぐボット <bot@town.example.jp>のメール:\n支援会議",
        "On Fri, Nov 20, 2026 at 10:00 x <bot@town.example.jp> wrote:\n支援会議",
        "________________________________\n差出人: x\n支援会議",
        "差出人: つなぐボット\n支援会議",
    ],
)
def test_the_mail_below_is_not_taken_for_what_they_say(below: str) -> None:
    found = read_incoming(mail(f"行けます。\n\n{below}"), SENDER)
    assert isinstance(found, IncomingMailReply)
    assert found.text == "行けます。"


def test_words_in_html_or_an_older_charset_are_read() -> None:
    html = mail("<p>行け<b>ます</b>&amp;伺います</p>").replace(b"text/plain", b"text/html")
    found = read_incoming(html, SENDER)
    assert isinstance(found, IncomingMailReply)
    assert "".join(found.text.split()) == "行けます&伺います"
    old = mail().decode().replace("utf-8", "iso-2022-jp").encode("iso-2022-jp")
    found = read_incoming(old, SENDER)
    assert isinstance(found, IncomingMailReply)
    assert found.text == "21日は行けます。"


@pytest.mark.parametrize(
    ("said", "word"), [("ACCEPTED", "comes"), ("DECLINED", "absent"), ("TENTATIVE", "perhaps")]
)
def test_a_calendars_word_is_read_with_its_date(said: str, word: str) -> None:
    """Also where the program says that it wrote the mail by itself, as Google's does."""
    for head in ("", "Auto-Submitted: auto-generated\n", "Precedence: bulk\n"):
        found = read_incoming(calendar(said, head=head), SENDER)
        assert isinstance(found, IncomingMailReply)
        assert (found.meeting_id, found.word, found.sender) == (MEETING, word, TO)
        assert found.starts_at is not None
        assert found.starts_at.astimezone(UTC).isoformat() == "2026-12-10T05:00:00+00:00"


@pytest.mark.parametrize(
    ("kept", "sent", "in_calendar"),
    [
        ("a..b.@docomo.ne.jp", '"a..b."@docomo.ne.jp', "%22a..b.%22@docomo.ne.jp"),
        ("o'hara@example.jp", "o'hara@example.jp", "o%27hara@example.jp"),
    ],
)
def test_an_address_is_known_however_mails_and_calendars_write_it(
    kept: str, sent: str, in_calendar: str
) -> None:
    """As the directory keeps it: else it would be a stranger's word, or nobody's."""
    found = read_incoming(mail(sender=sent), SENDER)
    assert isinstance(found, IncomingMailReply)
    assert found.sender == kept
    found = read_incoming(calendar(sender=sent, attendee=in_calendar), SENDER)
    assert isinstance(found, IncomingMailReply)
    assert (found.sender, found.word) == (kept, "comes")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        mail(answers="X: y"),
        mail(answers="In-Reply-To: <somebody-elses@example.jp>"),
        mail("不在です", "Auto-Submitted: auto-replied"),
        mail("不在です", "Auto-Submitted: auto-generated (vacation)"),
        mail("不在です", "Precedence: auto_reply"),
        mail("不在です", "Return-Path: <>"),
        mail("不在です", "X-Autoreply: yes"),
        mail("不在です", subject="自動返信: x"),
        mail("away", subject="Automatic reply: x"),
        mail("不在です", subject="=?utf-8?b?6Ieq5YuV5b+c562UOiB4?="),
        mail("x", sender=SENDER),  # our own mail, sent on to us
        mail("x", sender="MAILER-DAEMON@example.jp"),
        mail("x", "List-Id: <list.example.jp>"),
        calendar(method="REQUEST"),
        calendar("NEEDS-ACTION"),
        calendar(uid="someone-elses@example.jp"),
        calendar(attendee="other@example.jp"),  # who writes answers for somebody else
        calendar().replace(b"BEGIN:VEVENT", b"BEGIN:VEVENT\r\nBEGIN:VEVENT"),
        calendar(start="DTSTART:nonsense").replace(b"END:VCALENDAR", b""),
        b"From: a@b\r\nIn-Reply-To: " + b"<a@b> " * 200_000 + b"\r\n\r\nx",
        b"From: =?x?q?=?=\r\n\r\n",
    ],
)
def test_absence_notes_loops_and_what_is_none_of_ours_are_let_go(content: bytes) -> None:
    """RFC 3834; and nothing that strangers write breaks the reader or costs much."""
    before = time.process_time()
    assert read_incoming(content, SENDER) is None
    assert time.process_time() - before < 2


BROKEN_DATES = [
    "DTSTART:99999999T999999",
    "DTSTART:",
    "DTSTART;TZID=Asia/Tokyo:20261301T140000",
    "DTSTART;VALUE=PERIOD:a/b",
    "DTSTART;VALUE=DATE:99999999",
    "DTSTART:00000000T000000Z",
]
NUMBERS = ["&#" + "9" * 5000, "&#" + "9" * 20_000 + ";", "&#x" + "f" * 5000 + ";"]


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Each of these is read, not let go by the last means of all."""
    yield
    assert not caplog.records


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize("start", BROKEN_DATES)
def test_a_word_stands_where_its_date_cannot_be_read(start: str) -> None:
    found = read_incoming(calendar(start=start), SENDER)
    assert isinstance(found, IncomingMailReply)
    assert (found.word, found.meeting_id, found.starts_at) == ("comes", MEETING, None)


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize("number", NUMBERS, ids=("unended", "long", "hex"))
def test_letters_by_numbers_that_none_has_are_passed_over(number: str) -> None:
    """In a reply, and in what a server sends back."""
    html = mail(f"<p>行けます。{number} よろしく</p>").replace(b"text/plain", b"text/html")
    found = read_incoming(html, SENDER)
    assert isinstance(found, IncomingMailReply)
    assert "行けます。" in found.text
    assert found.text.endswith("よろしく")


@pytest.mark.usefixtures("warned")
@pytest.mark.parametrize("mark", ["(", '"', "<", "(a", "=?utf-8?q?(?= ", "["])
def test_a_sender_made_to_break_the_reader_is_let_go(mark: str) -> None:
    head = f"From: {mark * 8000} <{TO}>\r\nIn-Reply-To: <{NOTICE}@x>\r\n\r\nhi"
    assert read_incoming(head.encode(), SENDER) is None


@pytest.mark.usefixtures("warned")
def test_halves_of_letters_are_not_kept() -> None:
    raw = mail("\\ud800 行けます").replace(b"utf-8", b"raw_unicode_escape")
    found = read_incoming(raw, SENDER)
    assert isinstance(found, IncomingMailReply)
    assert found.text.encode()


@pytest.mark.usefixtures("warned")
@given(
    start=st.sampled_from(BROKEN_DATES) | st.text(max_size=40).map("DTSTART:{}".format),
    body=st.sampled_from(NUMBERS) | st.text(max_size=80),
    sender=st.sampled_from(["(" * 8000, '"' * 8000, TO]) | st.text(max_size=60),
    kind=st.sampled_from(["text/plain", "text/html", "text/calendar", "message/delivery-status"]),
    charset=st.sampled_from(["utf-8", "utf-7", "idna", "punycode", "raw_unicode_escape", "x\x00"]),
)
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_that_a_stranger_sends_breaks_the_reader(
    start: str, body: str, sender: str, kind: str, charset: str
) -> None:
    read_incoming(calendar(start=start, sender=sender), SENDER)
    read_incoming(mail(body, sender=sender).replace(b"text/plain", kind.encode()), SENDER)
    read_incoming(mail(body).replace(b"utf-8", charset.encode()), SENDER)


def test_a_mail_that_breaks_its_reader_is_let_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By whatever error: the server that hands it over would else keep it and try for days."""

    def breaks(_content: bytes) -> None:
        raise RuntimeError("what they wrote")

    monkeypatch.setattr("handlers.mail.incoming.parsed", breaks)
    assert read_incoming(mail(), SENDER) is None
    assert [said.partition(" at=")[0] for said in caplog.messages] == [
        "mail_not_read error=RuntimeError"
    ]
    assert "what they wrote" not in caplog.text


def test_a_mail_that_came_back_is_no_reply() -> None:
    found = read_incoming(report(), SENDER)
    assert not isinstance(found, IncomingMailReply)
    assert found is not None


# -- to who asked ---------------------------------------------------------------------------------


def answered(hall: TownHall, bag: Bag, words: str, to: str = TO) -> str:
    """The id of the notice whose mail has these words in its subject."""
    found = [m for m in bag.to(to) if words in str(read_mail(m)["Subject"])]
    return str(read_mail(found[-1])["Message-ID"]).strip("<>").partition("@")[0]


def told(hall: TownHall, member_id: str) -> list[str]:
    drain(hall, Bag())
    found = [m.notice for m in hall.mail(member_id) if m.notice.key == "mail_replied"]
    return [str(TEXTS.card(notice)) for notice in found]


def keep(hall: TownHall, notice: str, text: str = "21日は行けます。", *, sender: str = TO) -> bool:
    said = KeepMailReply(notice, "", sender, "", None, text)
    return hall.desk.handle(said, Caller.CLOCK)


def of_meeting(
    hall: TownHall, meeting_id: str, who: str = COORDINATOR
) -> tuple[MailReplyView, ...]:
    return hall.desk.ask(GetMailRepliesOfMeeting(meeting_id), who)


def test_a_reply_about_dates_reaches_the_organiser(any_hall: TownHall) -> None:
    """That it came, in every way they have; what it says, on the page alone. It is no answer."""
    hall, bag = any_hall, Bag()
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, bag)
    assert keep(hall, answered(hall, bag, "日程をお尋ね"), "架空 花子さんの件、21日は行けます。")
    (card,) = told(hall, COORDINATOR)
    assert hall.agency_name("A14") in card
    assert meeting_id in card
    assert "花子" not in card
    assert "21日" not in card
    assert not hall.meeting(meeting_id).has_answered("A14")
    seat = Seat(web_app(hall), COORDINATOR)
    assert "対応を待っています" in seat.text(f"/meetings/{meeting_id}")
    page = seat.text(f"/meetings/{meeting_id}/mail-replies")
    assert "21日は行けます。" in page
    assert "名簿と違うアドレス" not in page
    hall.clock.move(minutes=5)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    assert not of_meeting(hall, meeting_id)[0].is_open


def test_a_reply_to_a_referral_reaches_who_asked(any_hall: TownHall) -> None:
    """And the coordinators, who may enter it."""
    hall, bag = any_hall, Bag()
    case_id = hall.open_case("A14", by=CLERK)
    drain(hall, bag)
    assert keep(hall, answered(hall, bag, "つなぎの依頼"), "受けられます。")
    assert told(hall, CLERK)
    assert told(hall, COORDINATOR)
    assert told(hall, ELDERLY) == []
    referral = hall.referral(case_id, "A14")
    assert referral.waits
    (reply,) = hall.desk.ask(GetMailRepliesOfCase(case_id), CLERK)
    assert (reply.text, reply.waiting_referral) == ("受けられます。", referral.id)
    assert "対応を待っています" not in Seat(web_app(hall), ELDERLY).text("/cases/R8-0001")


@pytest.fixture
def fixed(hall: TownHall) -> str:
    found = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(found, agency, by=who)
    hall.fix(found)
    drain(hall, Bag())
    return found


def accepted(hall: TownHall, meeting_id: str, word: str = "comes", sender: str = TO) -> bool:
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    said = KeepMailReply("", meeting_id, sender, word, slot.starts_at, "")
    return hall.desk.handle(said, Caller.CLOCK)


@pytest.mark.parametrize(("word", "comes"), [("comes", True), ("absent", False)])
def test_accepting_in_a_calendar_is_entered_with_one_press(
    hall: TownHall, fixed: str, word: str, comes: bool
) -> None:
    """Only noted until the organiser enters it; marked as having come by mail."""
    hall.clock.move(minutes=5)
    assert accepted(hall, fixed, word)
    invite = hall.meeting(fixed).invite("A14")
    assert invite is not None
    assert invite.attendance is None
    (card,) = told(hall, COORDINATOR)
    assert "承諾" in card if comes else "辞退" in card
    (reply,) = of_meeting(hall, fixed)
    assert (reply.word, reply.may_enter, reply.is_of_date) == (word, True, True)
    hall.clock.move(minutes=5)
    seat, page = Seat(web_app(hall), COORDINATOR), f"/meetings/{fixed}/mail-replies"
    shown = seat.text(page)
    assert f"「{'出席' if comes else '欠席'}」と入力する" in shown
    form = {"comes": "yes" if comes else "no", "heard_by": "mail", "date": reply.slot_id}
    answer = seat.send(f"/meetings/{fixed}/attend?agency=A14", form, page=page)
    assert answer.status_code == 302
    invite = hall.meeting(fixed).invite("A14")
    assert invite is not None
    assert invite.attendance is not None
    assert (invite.attendance.comes, invite.attendance.heard_by) == (comes, "mail")
    assert invite.attendance.entered_for
    assert not of_meeting(hall, fixed)[0].is_open


def test_a_word_on_a_date_that_moved_is_not_entered(hall: TownHall, fixed: str) -> None:
    """It is shown, with the doubt."""
    assert accepted(hall, fixed)
    day = show_date(hall.in_days(25).date())
    hall.desk.handle(MoveMeeting(fixed, day, "10:00", "会場の都合。"), COORDINATOR)
    (reply,) = of_meeting(hall, fixed)
    assert (reply.is_of_date, reply.may_enter) == (False, False)
    page = Seat(web_app(hall), COORDINATOR).text(f"/meetings/{fixed}/mail-replies")
    assert "いまの日時への返事かどうかを確かめられません" in page


def test_only_who_is_invited_is_heard_by_calendar(hall: TownHall, fixed: str) -> None:
    """Nobody else's word is kept, and none about a meeting that is not there."""
    assert not accepted(hall, fixed, sender="m30@example.jp")
    assert not accepted(hall, fixed, sender="stranger@example.jp")
    assert not hall.desk.handle(KeepMailReply("", "f" * 32, TO, "comes", None, ""), Caller.CLOCK)
    assert of_meeting(hall, fixed) == ()


def test_a_calendars_word_from_an_address_of_several_is_nobodys(hall: TownHall, fixed: str) -> None:
    """Of two invited agencies with one mailbox nobody can tell for which of them it speaks."""
    with hall.database.open() as unit:
        member = unit.directory.member(FARMING)
        assert member is not None
        unit.directory.save_members([replace(member, agency_id="A13", email=TO)])
        unit.commit()
    assert not accepted(hall, fixed)
    assert of_meeting(hall, fixed) == ()


def test_a_reply_from_another_address_is_said_to_be_one(hall: TownHall, fixed: str) -> None:
    """Passed on to a colleague, or written in somebody's name: the organiser sees it."""
    bag = Bag()
    hall.desk.handle(
        MoveMeeting(fixed, show_date(hall.in_days(25).date()), "10:00", "会場の都合。"), COORDINATOR
    )
    drain(hall, bag)
    assert keep(hall, answered(hall, bag, "日時が変わり"), sender="home@example.com")
    (reply,) = of_meeting(hall, fixed)
    assert (reply.own_address, reply.sender) == (False, "home@example.com")
    page = Seat(web_app(hall), COORDINATOR).text(f"/meetings/{fixed}/mail-replies")
    assert "名簿と違うアドレスから届きました（home@example.com）" in page


def test_a_reply_is_bounded_and_no_my_number_is_kept(hall: TownHall, fixed: str) -> None:
    bag = Bag()
    day = show_date(hall.in_days(25).date())
    hall.desk.handle(MoveMeeting(fixed, day, "10:00", "会場の都合。"), COORDINATOR)
    drain(hall, bag)
    notice = answered(hall, bag, "日時が変わり")
    assert keep(hall, notice, "あ\x00\u200b" * 5000)
    assert keep(hall, notice, "番号は1234-5678-9018です")
    number, long = of_meeting(hall, fixed)
    assert len(long.text) == LONGEST
    assert set(long.text) == {"あ"}
    assert (number.text, number.kept) == ("", False)
    page = Seat(web_app(hall), COORDINATOR).text(f"/meetings/{fixed}/mail-replies")
    assert "本文は保存していません" in page


def test_who_floods_silences_nobody_and_loses_no_word(hall: TownHall, fixed: str) -> None:
    """Their own older words give way; of 承諾 and 辞退 the last stays, whatever comes before or
    after it. Who asked hears of it, and once that there is more than is kept."""
    slot = hall.meeting(fixed).fixed_slot
    assert slot is not None

    def written(text: str, word: str = "") -> None:
        said = KeepMailReply("", fixed, TO, word, slot.starts_at, text)
        assert hall.desk.handle(said, Caller.CLOCK)

    written("行けます", "comes")
    for n in range(30):
        hall.clock.move(minutes=1)
        written(f"不在です {n}")
    hall.clock.move(minutes=1)
    written("行けなくなりました", "absent")
    kept = of_meeting(hall, fixed)
    assert len(kept) == MOST_A_DAY
    assert [r.word for r in kept if r.word] == ["absent", "comes"]
    assert next(r.text for r in kept if not r.word) == "不在です 29"
    cards = told(hall, COORDINATOR)
    assert len(cards) == MOST_A_DAY + 2
    assert sum("返信が多いため" in card for card in cards) == 2
    for _ in range(20):
        hall.clock.move(days=1)
        for n in range(MOST_A_DAY):
            written(f"不在です {n}")
    assert len(of_meeting(hall, fixed)) == MOST
    assert accepted(hall, fixed, "absent", sender=f"{COORDINATOR.lower()}@example.jp")
    words = [r.word for r in of_meeting(hall, fixed)]
    assert words.count("absent") == 2
    assert words.count("comes") == 1


@pytest.mark.parametrize("waits", [True, False])
def test_the_reply_of_who_moved_is_of_the_agency_that_was_asked(
    hall: TownHall, *, waits: bool
) -> None:
    """A referral and dates were asked of the one where they were; what they say is about that,
    also where somebody there has answered by now."""
    bag = Bag()
    case_id = hall.open_case("A14", by=CLERK)
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, bag)
    referred, dates = answered(hall, bag, "つなぎの依頼"), answered(hall, bag, "日程をお尋ね")
    waiting = hall.referral(case_id, "A14").id if waits else ""
    if not waits:
        hall.reply(case_id, "A14", by=ELDERLY)
        hall.answer(meeting_id, "A14", by=ELDERLY)
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        unit.directory.save_members([replace(member, agency_id="A20")])
        unit.commit()
    assert keep(hall, referred)
    assert keep(hall, dates)
    (reply,) = hall.desk.ask(GetMailRepliesOfCase(case_id), CLERK)
    assert (reply.agency_id, reply.waiting_referral) == ("A14", waiting)
    assert [r.agency_id for r in of_meeting(hall, meeting_id)] == ["A14"]
    assert hall.agency_name("A14") in told(hall, CLERK)[0]


@pytest.mark.parametrize("kept", ["nothing", "what does not open"])
def test_a_reply_is_heard_although_the_inbox_keeps_its_notice_no_more(
    hall: TownHall, kept: str
) -> None:
    """Of which meeting it was stands beside the notice as well; a bounce of it is told too."""
    bag = Bag()
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, bag)
    with hall.database.engine.connect() as connection, connection.begin():
        lost = delete(mailbox) if kept == "nothing" else update(mailbox).values(content=GARBAGE)
        connection.execute(lost)
    assert keep(hall, answered(hall, bag, "日程をお尋ね"))
    assert [r.agency_id for r in of_meeting(hall, meeting_id)] == ["A14"]
    bounce = ReportReturned(answered(hall, bag, "日程をお尋ね"), "bounced:5.1.1")
    assert hall.desk.handle(bounce, Caller.CLOCK)
    told_of = {n.meeting_id for n in hall.notices(key="mail_returned") if n.facts["organiser"]}
    assert told_of == {meeting_id}


def test_nobody_is_told_of_a_reply_to_what_told_of_one(hall: TownHall, fixed: str) -> None:
    """Two programs that answer each other come to an end."""
    assert accepted(hall, fixed)
    bag = Bag()
    drain(hall, bag)
    own = f"{COORDINATOR.lower()}@example.jp"
    about = answered(hall, bag, "返信メールが届きました", own)
    assert not keep(hall, about, sender=own)
    assert len(of_meeting(hall, fixed)) == 1


def test_only_who_asked_reads_and_marks_it(hall: TownHall, fixed: str) -> None:
    """With a way back."""
    assert accepted(hall, fixed)
    (reply,) = of_meeting(hall, fixed)
    with pytest.raises(NotAllowed):
        of_meeting(hall, fixed, ELDERLY)
    with pytest.raises(NotAllowed):
        hall.desk.handle(MarkMailReplyOfMeeting(fixed, reply.id, handled=True), ELDERLY)
    with pytest.raises(NotFound):
        hall.desk.handle(MarkMailReplyOfMeeting(fixed, "x", handled=True), COORDINATOR)
    assert "対応を待っています" not in Seat(web_app(hall), ELDERLY).text(f"/meetings/{fixed}")
    seat, page = Seat(web_app(hall), COORDINATOR), f"/meetings/{fixed}/mail-replies"
    for handled in ("yes", "no"):
        sent = seat.send(f"{page}/{reply.id}", {"handled": handled}, page=page)
        assert sent.status_code == 302
        assert of_meeting(hall, fixed)[0].is_open == (handled == "no")


def test_a_reply_about_a_case_is_marked_by_who_asked(hall: TownHall) -> None:
    bag = Bag()
    case_id = hall.open_case("A14", by=CLERK)
    drain(hall, bag)
    assert keep(hall, answered(hall, bag, "つなぎの依頼"))
    (reply,) = hall.desk.ask(GetMailRepliesOfCase(case_id), CLERK)
    with pytest.raises(NotAllowed):
        hall.desk.handle(MarkMailReplyOfCase(case_id, reply.id, handled=True), ELDERLY)
    seat, page = Seat(web_app(hall), CLERK), "/cases/R8-0001/mail-replies"
    assert "21日は行けます。" in seat.text(page)
    assert seat.send(f"{page}/{reply.id}", {"handled": "yes"}, page=page).status_code == 302
    assert hall.desk.ask(GetMailRepliesOfCase(case_id), CLERK)[0].handled_by


# -- where nobody reads, and where somebody does --------------------------------------------------


@pytest.mark.parametrize("read", [False, True])
def test_each_mail_says_whether_a_reply_reaches_anybody(hall: TownHall, *, read: bool) -> None:
    """And where one answers instead."""
    hall.open_case("A14")
    bag = Bag()
    way = mail_way(hall.desk, bag)
    way._replies_are_read = read
    OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox((), MAILED), {"mail": way}).drain()
    (sent,) = bag.to(TO)
    for said in (text_of(sent), html_of(sent)):
        assert ("このメールへの返信は、どなたにも届きません" in said) != read
        assert ("このメールに返信すると、お願いした担当者に伝わります" in said) == read
        assert "上のリンクから" in said


def test_the_mail_server_hands_a_reply_to_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its new name and its old one; once, however often it is handed over."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))

    def handed(content: bytes, name: str) -> tuple[int, str]:
        with monkeypatch.context() as during:
            during.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
            status = run_commands(
                tmp_path, bot.CommandLineWiring(), DatabaseRefused, ["mail", name]
            )
        return status, capsys.readouterr().out

    with bot.assembled(load_settings(tmp_path)) as parts:
        parts.ticks.tick_everything()
    ignored = TEXTS.say("cli.mail.ignored")
    for name in ("receive", "bounce"):
        status, said = handed(mail("hello", answers="X: y"), name)
        assert status == 0
        assert ignored in said
        status, said = handed(mail("hello"), name)
        assert status == 0
        assert ignored in said
