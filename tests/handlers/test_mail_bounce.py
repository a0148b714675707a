"""Mails that come back: which notice it was, who hears of it, and what is none of ours."""

import io
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from handlers.cli.commands import run_commands
from handlers.mail.bounce import Bounce, read_bounce
from handlers.settings import load_settings
from handlers.words.texts import load_texts
from storage.database import DatabaseRefused
from storage.tables import outbox
from tests.handlers.test_mail_notices import Bag, drain, rows
from tests.support.mail import SENDER, read_mail, text_of
from tests.support.people import ADMINISTRATOR, COORDINATOR, ELDERLY
from tests.support.product import free_port
from tests.support.town import TownHall
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.delivery.overview import GetAdministration, SendAgain
from workflows.delivery.returned import ReportReturned
from workflows.outside.answer_links import SendDatesLinkAgain
from workflows.sign_in.sign_in import RequestSignInLink

TEXTS = load_texts(None)
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
        report()
        .replace(b"Action: failed", b"")
        .replace(b"550 5.1.1 no such user", b"hello")
        .replace(b"MAILER-DAEMON@", b"tanto@")
        .replace(b"Undelivered Mail Returned to Sender", b"hello"),
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


WARNING = "This message has not yet been delivered. Delivery attempts will continue."
COPY = f"""\
Return-Path: <{SENDER}>
Received: from town.example.jp (192.0.2.1) by mx.example.jp; Fri, 20 Nov 2026 10:00:00 +0900
Date: Fri, 20 Nov 2026 10:00:00 +0900
Message-ID: <{ID}@town.example.jp>
From: <{SENDER}>
To: <m26@example.jp>
Subject: =?utf-8?b?44GK?=

"""
FROM_DAEMON = "From: MAILER-DAEMON@mx.example.jp\nSubject: failure notice\n"
QMAIL = f"""\
Return-Path: <>
{FROM_DAEMON}
Hi. This is the qmail-send program at mx.example.jp.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<m26@example.jp>:
192.0.2.9 does not like recipient.
Remote host said: 550 5.1.1 <m26@example.jp>... User unknown

--- Below this line is a copy of the message.

{COPY}"""
EXIM = f"""\
Return-path: <>
X-Failed-Recipients: m26@example.jp
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.jp>
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  m26@example.jp
    host mx.example.jp [192.0.2.9]: 550 5.7.1 refused

------ This is a copy of the message, including all the headers. ------

{COPY}"""
KDDI = f"""\
From: no-reply@dion.example.jp
Subject: =?utf-8?b?44Ko44Op44O86YCa55+l?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="K"

--K
Content-Type: text/plain; charset="ISO-2022-JP"
Content-Transfer-Encoding: 7bit

送信先のメールボックスが一杯のため、送信できませんでした。

--K
Content-Type: message/rfc822
Content-Description: Original message

{COPY}
--K--
"""
M_FILTER = f"""\
Return-Path: <postmaster@example.jp>
From: POSTMASTER <postmaster@example.jp>
Subject: failure notice
Content-Type: text/plain; charset="ISO-2022-JP"
Content-Transfer-Encoding: 7bit

以下のメールアドレスへの送信に失敗しました。
m26@example.jp

-------server message
550 5.1.1 <m26@example.jp>: Recipient address rejected

-------original message
{COPY}"""
EXCHANGE_ONLINE = f"""\
From: Microsoft Outlook <postmaster@example.jp>
X-MS-Exchange-Message-Is-Ndr:
In-Reply-To: <{ID}@town.example.jp>
References: <{"e" * 32}@town.example.jp> <{ID}@town.example.jp>
Subject: =?iso-2022-jp?B?GyRCR1s/LhsoQg==?=
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary="X"

--X
Content-Type: multipart/alternative; boundary="Y"

--Y
Content-Type: text/plain; charset="iso-2022-jp"
Content-Transfer-Encoding: quoted-printable

x
--Y--

--X
Content-Type: message/delivery-status

Reporting-MTA: dns;mx.example.jp

Final-Recipient: rfc822;m26@example.jp
Action: failed
Status: 5.1.10

--X
Content-Type: text/rfc822-headers

From: <{SENDER}>
To: <m26@example.jp>

--X--
"""
EXCHANGE_OLD = f"""\
Return-Path: <>
From: mailer-daemon@example.jp
Subject: Undeliverable: x
Content-Type: multipart/mixed; boundary="X"

--X
Content-Type: text/plain; charset="us-ascii"

Delivery has failed to these recipients or distribution lists:

m26@example.jp
550 5.1.1 RESOLVER.ADR.RecipNotFound; not found

Original message headers:

   Received: from mx9.example.jp (192.0.2.41)
   Message-ID:
     <{ID}@town.example.jp>

--X--
"""
# Its second part is the copy itself, without saying so.
OPENMAIL = f"""\
Return-Path: <>
From: "Mail Deliver System" <MAILER-DAEMON>
Subject: Returned Mail
Content-Type: multipart/mixed; boundary="X"

--X
Content-Type: text/plain

---The following addresses had delivery errors---

m26@example.jp [no]

--X
{COPY}
--X--
"""
# Words that no list knows: the daemon's name and the copy say it.
TERSE = f"""\
Return-Path: <MAILER-DAEMON@mx.example.jp>
From: Postmaster <>
Subject: Processing Error

Intended recipient: m26@example.jp
--------RETURNED MAIL FOLLOWS--------
{COPY}"""
# A gateway under a name of its own, which nothing marks as a program's.
GATEWAY = f"""\
From: imss@example.jp
Subject: Mail could not be delivered
Content-Type: multipart/mixed; boundary="G"

--G
Content-Type: text/plain

Reason:  Exceeded Maximum Delivery Attempts.

--G
Content-Type: message/rfc822

{COPY}
--G--
"""
# A full mailbox, in the form that otherwise says "it was read".
DOVECOT = f"""\
Return-Path: <>
From: Mail Delivery Subsystem <tanto@example.jp>
Subject: Automatically rejected mail
Content-Type: multipart/report; report-type=disposition-notification; boundary="D"

--D
Content-Type: text/plain; charset=utf-8

Your message to <m26@example.jp> was automatically rejected:
Quota exceeded

--D
Content-Type: message/disposition-notification

Reporting-UA: mail; Dovecot Mail Delivery Agent
Disposition: automatic-action/MDN-sent-automatically; deleted

--D
Content-Type: message/rfc822

{COPY}
--D--
"""
IN_HTML = f"""\
From: Mail Delivery Subsystem <mailer-daemon@example.jp>
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p><b>Delivery to the following recipient failed perman=
ently:</b></p><p>550 5.2.1 closed</p><pre>
Message-ID: &lt;{ID}@town.example.jp&gt;
</pre>
"""


def wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("iso-2022-jp" if "ISO-2022-JP" in text else "ascii")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (QMAIL, "5.1.1"),
        (EXIM, "5.7.1"),
        (KDDI, ""),
        (M_FILTER, "5.1.1"),
        (EXCHANGE_ONLINE, "5.1.10"),
        (EXCHANGE_OLD, "5.1.1"),
        (OPENMAIL, ""),
        (IN_HTML, "5.2.1"),
        (TERSE, ""),
        (GATEWAY, ""),
        (DOVECOT, ""),
        (EXCHANGE_ONLINE.replace("Action: failed", "Action: failure"), "5.1.10"),
    ],
    ids=[
        "qmail",
        "exim",
        "kddi",
        "m-filter",
        "online",
        "exchange 2007",
        "openmail",
        "html",
        "terse",
        "gateway",
        "dovecot",
        "failure",
    ],
)
def test_each_server_says_in_its_own_way_what_did_not_arrive(text: str, status: str) -> None:
    """Prose with a copy below it, a copy as a part, or only the answer to what. By whatever line
    ends it comes."""
    content = wire(text)
    assert read_bounce(content) == Bounce(ID, status)
    assert read_bounce(content.replace(b"\r\n", b"\n")) == Bounce(ID, status)
    assert read_bounce(content.replace(b"\r\n", b"\r")) == Bounce(ID, status)


def test_a_report_inside_another_mail_is_read() -> None:
    """A gateway adds its own word and wraps it all, or somebody passes it on as an attachment."""
    assert read_bounce(report().replace(b"multipart/report", b"multipart/mixed")) == Bounce(
        ID, "5.1.1"
    )
    around = (
        b'Subject: FW\r\nContent-Type: multipart/mixed; boundary="Z"\r\n\r\n--Z\r\n'
        b"Content-Type: text/plain\r\n\r\nchecked\r\n--Z\r\nContent-Type: message/rfc822\r\n\r\n"
    )
    assert read_bounce(around + report() + b"\r\n--Z--\r\n") == Bounce(ID, "5.1.1")


@pytest.mark.parametrize(
    "text",
    [
        QMAIL.replace("I'm afraid I wasn't able to deliver", WARNING),
        EXIM.replace("A message that you sent could not", f"{WARNING} could not"),
        TERSE.replace("Intended", "This is just a warning.\nIntended"),
        TERSE.replace("Processing Error", "Delayed (still being retried)"),
        GATEWAY.replace("Reason:", "Delivery has been postponed:"),
        # A person, who quotes what they answer or sends it back as it was.
        KDDI.replace("From: no-reply@dion", "From: tanto@example"),
        GATEWAY.replace("Subject: ", "Subject: Fw: "),
        QMAIL.replace("Return-Path: <>\n", "").replace("MAILER-DAEMON@", "tanto@"),
        # An absence note, which answers us too.
        f"Return-Path: <>\nFrom: tanto@example.jp\nIn-Reply-To: <{ID}@town.example.jp>\n"
        "Auto-Submitted: auto-replied\nSubject: x\n\nunknown user? I am away, mailbox is full\n",
        # It was read; somebody complains about it.
        EXCHANGE_ONLINE.replace("=delivery-status", "=disposition-notification"),
        EXCHANGE_ONLINE.replace("=delivery-status", "=feedback-report"),
        DOVECOT.replace("Automatically rejected mail", "Read: x"),
        EXCHANGE_ONLINE.replace("Action: failed", "Action: delayed"),
        EXCHANGE_ONLINE.replace("Action: failed", "Action: relayed (to a server without reports)"),
        QMAIL.replace(ID, "not-ours"),
    ],
    ids=str,
)
def test_what_is_late_read_or_written_by_a_person_is_no_bounce(text: str) -> None:
    """The server goes on trying; or it did arrive."""
    assert read_bounce(wire(text)) is None


@pytest.mark.parametrize(
    "content",
    [
        b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n' + b"--B\r\n\r\n" * 150_000,
        b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
            for n in range(20_000)
        ),
        b"From: postmaster@a\r\nSubject: =?utf-8?b?" + b"A" * 900_000 + b"?=\r\n\r\n550 x",
        b"From: postmaster@a\r\nReferences: " + b"<a@b> " * 150_000 + b"\r\n\r\n550 user unknown",
        b"From: postmaster@a\r\n\r\n550 " + b"Message-ID:\r\n " * 60_000,
        b"From: postmaster@a\r\nContent-Type: text/plain; charset=idna\r\n\r\n550 \xff..",
        b"From: postmaster@a\r\nContent-Type: text/plain; charset=hex\r\n\r\n550 zz",
        b"From: =?x?b?!?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: postmaster@a\r\n\r\n" + b"could not " * 100_000,
    ],
)
def test_a_mail_that_is_made_to_break_readers_costs_little(content: bytes) -> None:
    """However long, deep or wrong: nothing is found, nothing breaks, and no server stands still."""
    before = time.process_time()
    assert read_bounce(content) is None
    assert time.process_time() - before < 2


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
    assert "R8-0001" in card
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
    hall.desk.handle(SendDatesLinkAgain(meeting_id, "A14"), COORDINATOR)
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


@pytest.mark.parametrize("why", ["locked", "away", "setting"])
def test_what_cannot_be_recorded_now_is_handed_over_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """A mail server that reads another status than 75 sends an error to whoever wrote, and the mail
    is lost to us: a reply, or the word that one of ours came back."""
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    with bot.assembled(load_settings(tmp_path)) as parts:
        file = parts.settings.local_database_url.removeprefix("sqlite:///")
    monkeypatch.setattr("storage.wait_limits.BUSY_SECONDS", 0)

    def handed_over() -> int:
        with monkeypatch.context() as during:
            during.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(report())))
            if why == "away":
                during.setenv("DATABASE_URL", f"postgresql://x@127.0.0.1:{free_port()}/x")
            elif why == "setting":
                during.setenv("MODE", "village")
            return run_commands(
                tmp_path, bot.CommandLineWiring(), DatabaseRefused, ["mail", "receive"]
            )

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        if why == "locked":
            other.execute("BEGIN IMMEDIATE")
        assert handed_over() == 75
    if why == "locked":
        assert handed_over() == 0


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
            status = run_commands(tmp_path, bot.CommandLineWiring(), DatabaseRefused, arguments)
        return status, capsys.readouterr().out

    with bot.assembled(load_settings(tmp_path)) as parts:
        parts.desk.handle(RequestSignInLink(ELDERLY, "browser"), Caller.DOOR)
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
