"""Mails that come back: which notice it was, who hears of it, and what is none of ours."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from handlers.cli.commands import run_commands
from handlers.mail.bounce import Bounce, read_bounce
from handlers.settings import load_settings
from handlers.texts import Texts
from storage.database import DatabaseRefused
from storage.tables import outbox
from tests.handlers.test_mail_notices import Bag, drain, rows
from tests.support.mail import SENDER, read_mail, text_of
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.administration import GetAdministration, SendAgain
from workflows.answer_links import SendPollLinkAgain
from workflows.errors import Refused
from workflows.permissions import Caller
from workflows.returned import ReportReturned
from workflows.sign_in import AskLink

TEXTS = Texts()
ID = "0123456789abcdef0123456789abcdef"
# As Postfix sends it (bounce(8)), shortened.
REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mail.town.example.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {sender}
Auto-Submitted: auto-replied
Message-ID: <20261120.7F3A1@mail.town.example.jp>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<m26@example.jp>: host mx.example.jp said: 550 5.1.1 no such user (in reply to RCPT TO)

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.town.example.jp
X-Postfix-Queue-ID: 7F3A1

Final-Recipient: rfc822; m26@example.jp
Original-Recipient: rfc822;m26@example.jp
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.jp
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Description: Undelivered Message
Content-Type: {kind}

Subject: =?utf-8?b?44GK?=
From: <{sender}>
Message-ID: <{notice}@town.example.jp>
Content-Type: text/plain

{body}
--B--
"""


def report(
    notice: str = ID,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    kind: str = "message/rfc822",
) -> bytes:
    body = "" if kind == "text/rfc822-headers" else "hello\n"
    text = REPORT.format(
        sender=SENDER, notice=notice, action=action, status=status, kind=kind, body=body
    )
    return text.replace("\n", "\r\n").encode()


# -- reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_notice_by_the_mail_that_it_brings_back(kind: str) -> None:
    """Whether the server returns the whole mail or its header alone (RFC 6522)."""
    assert read_bounce(report(kind=kind)) == Bounce(ID, "5.1.1")
    assert read_bounce(report(kind=kind).replace(b"\r\n", b"\n")) == Bounce(ID, "5.1.1")


def test_the_report_itself_is_not_the_mail_that_came_back() -> None:
    """Even where a server of the town names its reports as we name our mails."""
    own, like_ours = b"<20261120.7F3A1@mail.town.example.jp>", b"<%s@town.example.jp>" % (b"f" * 32)
    assert own in report()
    assert read_bounce(report().replace(own, like_ours)) == Bounce(ID, "5.1.1")


def test_a_mail_that_is_only_late_is_no_news() -> None:
    """A server that goes on trying says "delayed"."""
    assert read_bounce(report(action="delayed", status="4.4.1")) is None


def test_a_report_without_a_code_still_counts() -> None:
    """What a server writes in its place is not kept."""
    assert read_bounce(report(status="no such user m26@example.jp")) == Bounce(ID, "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: lunch?\r\n\r\nHello",
        report("someone-elses-mail"),
        report().replace(b"multipart/report", b"multipart/mixed"),
        report().replace(b"--B--", b"").replace(b"Action: failed", b""),
        b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\n",
        report("").replace(b"Message-ID: <@", b"Message-ID: <a@["),
        report("").replace(b"Message-ID: <@town.example.jp>", b"Message-ID: <"),
        b"Content-Type: multipart/report\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    ],
)
def test_what_is_no_report_about_a_mail_of_ours_is_let_go(content: bytes) -> None:
    """Spam, absence notes, halves of mails, what is made to break a reader of mails: nothing is
    found, and nothing breaks."""
    assert read_bounce(content) is None


def test_a_real_mail_of_ours_comes_back_and_is_known(hall: TownHall) -> None:
    """The Message-ID that is sent is the one that is read."""
    bag = Bag()
    hall.open_case("A14")
    drain(hall, bag)
    sent = bag.mails[0]
    raw = b"".join(
        (
            b'Content-Type: multipart/report; report-type=delivery-status; boundary="X"\r\n\r\n',
            b"--X\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\n",
            b"Final-Recipient: rfc822; m26@example.jp\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n",
            b"--X\r\nContent-Type: message/rfc822\r\n\r\n" + sent + b"\r\n--X--\r\n",
        )
    )
    found = read_bounce(raw)
    assert found is not None
    assert found.status == "5.2.2"
    assert f"<{found.notice_id}@" in read_mail(sent)["Message-ID"]


# -- what comes of it -----------------------------------------------------------------------------


def sent_to(hall: TownHall, member_id: str, key: str) -> str:
    """The id of a notice that went to a member by mail."""
    with hall.database.engine.connect() as connection:
        query = outbox.select().where(outbox.c.via == "mail", outbox.c.key == key)
        (row,) = [r for r in connection.execute(query) if r.member_id == member_id]
    return str(row.id)


def told(hall: TownHall, member_id: str) -> list[str]:
    drain(hall, Bag())
    found = [m.notice for m in hall.mail(member_id) if m.notice.key == "mail_returned"]
    return [str(TEXTS.card(notice)) for notice in found]


def test_a_returned_mail_is_dead_and_told_once(any_hall: TownHall) -> None:
    """On the deliveries page with its reason. Who convened is to telephone, the administrators
    mend the address, and a repeat is no news."""
    hall = any_hall
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, Bag())
    notice = sent_to(hall, ELDERLY, "dates_asked")
    returned = ReportReturned(notice, "bounced:5.1.1")
    assert hall.desk.handle(returned, Caller.CLOCK)
    assert not hall.desk.handle(returned, Caller.CLOCK)
    assert ("mail", "dead", "bounced:5.1.1") in rows(hall, "dates_asked")
    (line,) = hall.desk.ask(GetAdministration(), ADMINISTRATOR).failed
    assert (line.delivery.notice_id, line.may_send_again) == (notice, True)
    (card,) = told(hall, COORDINATOR)
    assert hall.agency_name("A14") in card
    assert meeting_id in card
    assert "R8-0001" not in card
    (mine,) = told(hall, ADMINISTRATOR)
    assert "「管理」の画面から、もう一度送ってください" in mine
    assert told(hall, ELDERLY) == []


def test_with_the_address_mended_the_same_mail_goes_once_more(any_hall: TownHall) -> None:
    """Whole, with its buttons, to the new address; it is written down who sent it again, and it
    may come back again."""
    hall = any_hall
    hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    bag = Bag()
    drain(hall, bag)
    (before,) = bag.to("m26@example.jp")
    notice = sent_to(hall, ELDERLY, "dates_asked")
    hall.desk.handle(ReportReturned(notice, "bounced:5.1.1"), Caller.CLOCK)
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        unit.directory.save_members([replace(member, email="right@example.jp")])
        unit.commit()
    hall.desk.handle(SendAgain(notice), ADMINISTRATOR)
    drain(hall, bag)
    (again,) = bag.to("right@example.jp")
    assert text_of(again) == text_of(before)
    assert ("mail", "sent", "") in rows(hall, "dates_asked")
    assert hall.desk.handle(ReportReturned(notice, "bounced:5.2.2"), Caller.CLOCK)


def test_what_was_answered_meanwhile_is_not_sent_again(hall: TownHall) -> None:
    """The organiser had telephoned: the question is asked once more whether it still holds."""
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, Bag())
    notice = sent_to(hall, ELDERLY, "dates_asked")
    hall.desk.handle(ReportReturned(notice, "bounced:5.1.1"), Caller.CLOCK)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.desk.handle(SendAgain(notice), ADMINISTRATOR)
    bag = Bag()
    drain(hall, bag)
    assert [m for m in bag.to("m26@example.jp") if "お尋ね" in read_mail(m)["Subject"]] == []
    assert ("mail", "dropped", "kept_meanwhile") in rows(hall, "dates_asked")


def test_a_link_that_came_back_is_not_sent_again(hall: TownHall) -> None:
    """It lies in no inbox: whoever runs the meeting sends a new one from its page."""
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, Bag())
    hall.desk.handle(SendPollLinkAgain(meeting_id, "A14"), COORDINATOR)
    drain(hall, Bag())
    notice = sent_to(hall, ELDERLY, "answer_link")
    assert hall.desk.handle(ReportReturned(notice, "bounced:5.1.1"), Caller.CLOCK)
    (line,) = hall.desk.ask(GetAdministration(), ADMINISTRATOR).failed
    assert not line.may_send_again
    with pytest.raises(Refused, match=r"send_again\.not_kept"):
        hall.desk.handle(SendAgain(notice), ADMINISTRATOR)


def test_what_did_not_go_by_mail_cannot_come_back(hall: TownHall) -> None:
    """An id of the inbox, or of nothing: ignored, and nothing changes."""
    hall.open_case("A14")
    drain(hall, Bag())
    with hall.database.engine.connect() as connection:
        query = outbox.select().where(outbox.c.via == "", outbox.c.key == "referral_asked")
        inbox = connection.execute(query).one().id
    for notice in (inbox, ID):
        assert not hall.desk.handle(ReportReturned(notice, "bounced"), Caller.CLOCK)
    assert rows(hall, "mail_returned") == []
    assert ("", "sent", "") in rows(hall, "referral_asked")


def test_of_a_mail_about_a_returned_mail_nobody_is_told(hall: TownHall) -> None:
    """Two administrators with bad addresses would tell each other for ever."""
    hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    drain(hall, Bag())
    hall.desk.handle(ReportReturned(sent_to(hall, ELDERLY, "dates_asked"), "bounced"), Caller.CLOCK)
    drain(hall, Bag())
    about = sent_to(hall, ADMINISTRATOR, "mail_returned")
    before = len(rows(hall, "mail_returned"))
    assert hall.desk.handle(ReportReturned(about, "bounced:5.1.1"), Caller.CLOCK)
    assert len(rows(hall, "mail_returned")) == before


def test_the_mail_server_hands_a_returned_mail_to_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a pipe or a file; what is none of ours ends well too, or the mail server would send an
    error back to whoever wrote it."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))

    def bounced(content: bytes, *file: str) -> tuple[int, str]:
        with monkeypatch.context() as during:
            during.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
            arguments = ["mail", "bounce", *file]
            status = run_commands(tmp_path, bot.Wiring(), DatabaseRefused, arguments)
        return status, capsys.readouterr().out

    with bot.assembled(load_settings(tmp_path)) as parts:
        parts.desk.handle(AskLink(ELDERLY, "browser"), Caller.DOOR)
        parts.ticks.tick_everything()
    (path,) = (tmp_path / "data/mail").glob("*.eml")
    (tmp_path / "spam").write_text("Subject: lunch?\n\nHello")
    notice = read_mail(path.read_bytes())["Message-ID"].strip("<>").partition("@")[0]
    assert bounced(b"", str(tmp_path / "spam")) == (0, TEXTS.say("cli.mail.ignored") + "\n")
    assert bounced(report()) == (0, TEXTS.say("cli.mail.ignored") + "\n")
    told_so = TEXTS.say("cli.mail.returned", code="bounced:5.1.1") + "\n"
    assert bounced(report(notice)) == (0, told_so)
    assert bounced(report(notice)) == (0, TEXTS.say("cli.mail.ignored") + "\n")
    assert bounced(b"", str(tmp_path / "nothing"))[0] == 2
    with bot.assembled(load_settings(tmp_path)) as parts:
        (line,) = parts.desk.ask(GetAdministration(), ADMINISTRATOR).failed
    assert (line.delivery.key, line.delivery.error) == ("sign_in_link", "bounced:5.1.1")
