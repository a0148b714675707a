"""Mails: what they say, how they are handed over, and what each answer of a server means."""

import email.policy
import re
import socket
import stat
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope

from handlers.delivery.outbox import RETRIES, Inbox, OutboxSender
from handlers.delivery.sending import Result, SendOutcome
from handlers.mail.channel import MailChannel, MailTransport
from handlers.mail.folder import MOST, FolderPost
from handlers.mail.smtp import PAUSE, SmtpPost
from handlers.mail.written import POLICY, MailCalendarEntry
from handlers.settings.sign_in import MailServer, read_mail_server
from handlers.words.texts import load_texts
from storage.tables import outbox
from tests.support.clock import START
from tests.support.mail import (
    PASSWORD,
    SENDER,
    USER,
    Certificate,
    Office,
    certificate,
    closed_desk,
    html_of,
    mail_office,
    mail_way,
    read_mail,
    text_of,
)
from tests.support.people import CLERK
from tests.support.product import free_port
from tests.support.town import TownHall
from workflows.core.permissions import Caller
from workflows.delivery.receiver import Receiver
from workflows.japanese.mail_address import as_sent
from workflows.model.card import Card, CardButton
from workflows.model.notice import Notice
from workflows.sign_in.sign_in import SIGN_IN_LINK, RequestSignInLink

CARD = Card(
    "見本の題",
    "本文です。",
    (("会議", "支援会議"), ("期限", "12月3日")),
    (CardButton("開く", "sign_in", "", "token"), CardButton("別に開く", "directory", "")),
)
RECEIVER = Receiver("M06", "筆野 しるす", "m06@example.jp")
NOTICE = Notice("n1", SIGN_IN_LINK, "M06", "d1")


class Kept:
    """Takes every mail, and keeps it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    def take(self, mail: EmailMessage, now: datetime) -> Result:
        self.mails.append(mail)
        return Result(SendOutcome.SENT)


def channel(post: MailTransport) -> MailChannel:
    """The mail door for cards that lead to pages alone, and announce no meeting."""
    return mail_way(closed_desk(), post)


def written(receiver: Receiver = RECEIVER, notice: Notice = NOTICE) -> EmailMessage:
    kept = Kept()
    assert channel(kept).send(receiver, notice, CARD, START, 1) == Result(SendOutcome.SENT)
    return kept.mails[0]


# -- what a mail says -----------------------------------------------------------------------------


def test_a_mail_is_the_card_in_plain_words() -> None:
    """Subject, title, greeting, body, facts, an address for each button, and whom not to answer."""
    content = written().as_bytes()
    mail, text = read_mail(content), text_of(content)
    assert mail["Subject"] == "【つなぐボット】見本の題"
    assert mail["From"] == "つなぐボット <bot@town.example.jp>"
    assert mail["To"] == "m06@example.jp"
    assert mail["Date"].datetime == START
    parts = [(p.get_content_type(), p.get_content_charset()) for p in mail.iter_parts()]
    assert mail.get_content_type() == "multipart/alternative"
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]
    assert text.startswith(
        "見本の題\n\n筆野 しるす 様\n\n本文です。\n\n会議：支援会議\n期限：12月3日\n\n"
    )
    assert "開く：\nhttps://town.example.jp/sign-in/token\n" in text
    assert "別に開く：\nhttps://town.example.jp/directory\n" in text
    assert "心当たりがないときは、何もせずに、このメールを消してください。\n" in text
    assert text.rstrip().endswith("このメールへの返信は、どなたにも届きません。")


def test_every_attempt_carries_the_same_id_and_no_absence_note_answers() -> None:
    """Two of it can be seen to be one, and robots do not talk with each other."""
    first, again, other = written(), written(), written(notice=Notice("n2", "k", "M06", "d2"))
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["X-Auto-Response-Suppress"] == "All"


def test_a_mail_crosses_every_server_whole() -> None:
    """ASCII lines of bearable length, whatever the text: no server has to change a byte."""
    content = written().as_bytes()
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) < 200


LONG_TITLE = "支援会議の日程の回答をお願いします（地域包括支援センターひがし ほか12機関）"


@pytest.mark.parametrize("filler", ["", "a", "ab"])  # one that ends just at the edge is among them
def test_words_of_a_header_are_as_long_as_the_rule_lets_them(filler: str) -> None:
    """RFC 2047, 2: an encoded word has at most 75 characters, a line with one at most 76; and what
    is read back is what was said."""
    kept = Kept()
    card = replace(CARD, title=filler + LONG_TITLE)
    channel(kept).send(RECEIVER, NOTICE, card, START, 1)
    for content in (kept.mails[0].as_bytes(), kept.mails[0].as_bytes(policy=POLICY)):
        head = content.partition(b"\r\n\r\n")[0]
        words = re.findall(rb"=\?[^?]+\?[bBqQ]\?[^?]*\?=", head)
        assert len(words) > 2
        assert max(map(len, words)) <= 75
        assert max(len(line) for line in head.split(b"\r\n") if b"=?" in line) <= 76
        assert read_mail(content)["Subject"] == f"【つなぐボット】{filler}{LONG_TITLE}"


def test_a_town_with_a_long_domain_keeps_its_threads() -> None:
    """What finds a mail again is never cut or encoded, however long it is."""
    sender = "tsunagu-bot@fukushi-soudan.city.minami-alps-yatsugatake.lg.example.jp"
    domain, notice = (
        sender.partition("@")[2],
        Notice("f" * 32, "k", "M06", "d", meeting_id="e" * 32),
    )
    kept = Kept()
    way = mail_way(closed_desk(), kept, sender=sender)
    way._closing = lambda *_: ""  # type: ignore[method-assign]
    way.send(RECEIVER, notice, CARD, START, 1)
    content = kept.mails[0].as_bytes(policy=POLICY)
    unfolded = content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    assert f"Message-ID: <{'f' * 32}@{domain}>" in " ".join(unfolded.split(" ")).replace("  ", " ")
    assert f"References: <meeting-{'e' * 32}@{domain}>" in unfolded.replace("  ", " ")
    assert max(len(line) for line in content.split(b"\r\n")) < 200


@pytest.mark.parametrize("with_entry", [False, True])
def test_the_language_is_said_of_the_mail_and_of_each_text(*, with_entry: bool) -> None:
    """Content-Language (RFC 3282) crosses the wire: a reader aloud speaks Japanese."""
    writer = mail_way(closed_desk(), Kept())._writer
    entry = (
        MailCalendarEntry("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "REQUEST", "x")
        if with_entry
        else None
    )
    mail = writer.write(
        RECEIVER, RECEIVER.email, NOTICE, CARD, buttons=(), entry=entry, closing="", now=START
    ).as_bytes(policy=POLICY)
    read = read_mail(mail)
    assert read.get_all("Content-Language") == ["ja"]
    said = {p.get_content_type(): p["Content-Language"] for p in read.walk()}
    assert (said["text/plain"], said["text/html"]) == ("ja", "ja")
    assert "multipart/alternative" in said


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "no_address"),
        ("a@b\r\nBcc: c@d", "bad_address"),
        ("nobody", "bad_address"),
        ("a b@example.jp", "bad_address"),
        ("たんとう@example.jp", "bad_address"),
        ("tanto@日本.example", "bad_address"),
        ('a"b@example.jp', "bad_address"),
        (f"{'a' * 65}@example.jp", "bad_address"),
        ("a@-example.jp", "bad_address"),
        ("a@127.0.0.1", "bad_address"),
        ("a@localhost", "bad_address"),
    ],
)
def test_an_address_that_is_none_is_dead_and_not_quoted(address: str, why: str) -> None:
    """No header can be slipped in, and the administrator sees the kind of error alone."""
    kept = Kept()
    receiver = Receiver("M06", "筆野", address)
    assert channel(kept).send(receiver, NOTICE, CARD, START, 1) == Result(SendOutcome.DEAD, why)
    assert kept.mails == []
    assert not as_sent(address)


# -- handing it over ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


def make_page_server(port: int, **changes: bool | str) -> MailServer:
    usual: dict[str, bool | str] = {"host": "127.0.0.1", "implicit_tls": False, "starttls": True}
    return MailServer(port=port, **{**usual, **changes})  # type: ignore[arg-type]


def handed(port: int, tls: Certificate, **changes: bool | str) -> Result:
    return SmtpPost(make_page_server(port, **changes), tls.client).take(written(), START)


@pytest.mark.parametrize("implicit", [True, False])
def test_a_mail_reaches_the_server_encrypted_and_by_name(
    tls: Certificate, *, implicit: bool
) -> None:
    """TLS from the start or after STARTTLS, signed in, and the mail is whole."""
    office = Office()
    with mail_office(office, tls.server, implicit=implicit) as port:
        result = handed(
            port, tls, implicit_tls=implicit, starttls=not implicit, user=USER, password=PASSWORD
        )
    assert result == Result(SendOutcome.SENT)
    (envelope,) = office.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["m06@example.jp"])
    assert isinstance(envelope.content, bytes)
    assert text_of(envelope.content) == text_of(written().as_bytes())
    assert html_of(envelope.content) == html_of(written().as_bytes())
    assert (office.was_encrypted, len(office.logins)) == ([True], 1)


@pytest.mark.parametrize(
    ("address", "quoted"),
    [
        ("a..b.@docomo.ne.jp", '"a..b."@docomo.ne.jp'),
        (".a-b@ezweb.ne.jp", '".a-b"@ezweb.ne.jp'),
        ("ab.@docomo.ne.jp", '"ab."@docomo.ne.jp'),
        ("o'brien+x/y=z@example.jp", "o'brien+x/y=z@example.jp"),
        (f"{'x' * 64}@{'d' * 60}.{'e' * 60}.example.jp",) * 2,
    ],
)
def test_an_old_address_of_a_mobile_carrier_is_sent_to_quoted(
    tls: Certificate, address: str, quoted: str
) -> None:
    """Dots beside dots or at an end are no address without quotes (RFC 5321, 4.1.2): a real server
    is told it so, in the envelope and in the mail."""
    kept, office = Kept(), Office()
    receiver = Receiver("M06", "筆野", address)
    assert channel(kept).send(receiver, NOTICE, CARD, START, 1) == Result(SendOutcome.SENT)
    with mail_office(office, tls.server) as port:
        result = SmtpPost(make_page_server(port), tls.client).take(kept.mails[0], START)
    assert result == Result(SendOutcome.SENT)
    (envelope,) = office.taken
    assert office.recipients == [f"TO:<{quoted}>"]
    assert envelope.rcpt_tos == [address]
    assert isinstance(envelope.content, bytes)
    head = envelope.content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
    assert f"To: {quoted}" in re.sub(r":\s+", ": ", head).splitlines()


def test_lines_that_begin_with_a_dot_arrive(tls: Certificate) -> None:
    """A lone dot ends a mail on the wire; in a text it does not."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"] = SENDER, "m06@example.jp"
    mail.set_content(".\n..\n.end\nbye\n", cte="7bit")
    office = Office()
    with mail_office(office, tls.server) as port:
        assert (
            SmtpPost(make_page_server(port), tls.client).take(mail, START).outcome
            is SendOutcome.SENT
        )
    (envelope,) = office.taken
    assert isinstance(envelope, Envelope)
    assert isinstance(envelope.content, bytes)
    assert text_of(envelope.content) == ".\n..\n.end\nbye\n"


@pytest.mark.parametrize(
    ("step", "answer", "result"),
    [
        ("MAIL", "550 not you", Result(SendOutcome.RETRY, "mail_sender:550", PAUSE, is_down=True)),
        ("MAIL", "451 later", Result(SendOutcome.RETRY, "mail_sender:451", PAUSE, is_down=True)),
        ("RCPT", "550 no m06@example.jp here", Result(SendOutcome.DEAD, "mail_recipient:550")),
        ("RCPT", "450 full", Result(SendOutcome.RETRY, "mail_recipient:450")),
        ("DATA", "554 spam", Result(SendOutcome.DEAD, "mail_content:554")),
        ("DATA", "452 no room", Result(SendOutcome.RETRY, "mail_content:452")),
    ],
)
def test_an_answer_of_the_server_decides_and_is_not_quoted(
    tls: Certificate, step: str, answer: str, result: Result
) -> None:
    """What will never be taken is dead, what may be later waits; its words name the address. That
    our own address is refused is no fault of the mail's: it waits until that is mended."""
    with mail_office(Office(says={step: answer}), tls.server) as port:
        assert handed(port, tls) == result


def test_a_line_that_breaks_after_the_mail_leaves_it_unknown(tls: Certificate) -> None:
    """The server may have it: neither sent a second time by itself nor called sent."""
    office = Office(hangs_up=True)
    with mail_office(office, tls.server) as port:
        assert handed(port, tls) == Result(SendOutcome.UNKNOWN, "mail_no_answer")
    assert len(office.taken) == 1


def test_a_mail_server_that_is_down_is_tried_again(tls: Certificate) -> None:
    """The server is down: later."""
    assert handed(free_port(), tls) == Result(
        SendOutcome.RETRY, "mail_connection", PAUSE, is_down=True
    )


def test_a_server_that_hangs_up_at_once_is_tried_again(tls: Certificate) -> None:
    """Whatever breaks before the mail was given over leaves nothing there."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = listening.getsockname()[1]
        assert handed(port, tls) == Result(
            SendOutcome.RETRY, "mail_connection", PAUSE, is_down=True
        )
        thread.join()


def test_a_wrong_password_waits_for_the_operator(tls: Certificate) -> None:
    """It is a setting to be mended, and no mail is lost by it."""
    with mail_office(Office(), tls.server) as port:
        result = handed(port, tls, user=USER, password="wrong")
    assert result == Result(SendOutcome.RETRY, "mail_login", PAUSE, is_down=True)


def test_a_setting_that_no_server_can_take_waits_for_the_operator(tls: Certificate) -> None:
    """A password in Japanese letters, a host with two dots: no mail is lost by a slip."""
    with mail_office(Office(), tls.server) as port:
        result = handed(port, tls, user=USER, password="ひみつ")
    assert result == Result(SendOutcome.RETRY, "mail_login", PAUSE, is_down=True)
    result = handed(free_port(), tls, host="mail..example.jp")
    assert result == Result(SendOutcome.RETRY, "mail_connection", PAUSE, is_down=True)


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tls: Certificate) -> None:
    """No link and no password goes to whoever sits between."""
    office = Office()
    with mail_office(office, tls.server) as port:
        result = SmtpPost(make_page_server(port, user=USER, password=PASSWORD)).take(
            written(), START
        )
    assert result == Result(SendOutcome.RETRY, "mail_tls", PAUSE, is_down=True)
    assert (office.taken, office.logins) == ([], [])


def test_a_server_without_tls_gets_nothing(tls: Certificate) -> None:
    """STARTTLS that is not offered, or was taken out on the way, is no reason to go on."""
    office = Office()
    with mail_office(office, None) as port:
        assert handed(port, tls) == Result(SendOutcome.RETRY, "mail_tls", PAUSE, is_down=True)
        assert (
            handed(port, tls, starttls=False).outcome is SendOutcome.SENT
        )  # on this machine alone
    assert len(office.taken) == 1
    assert not read_mail_server("smtp://127.0.0.1:25?starttls=no").starttls


def test_a_mail_that_is_too_large_for_the_server_is_dead_at_once(tls: Certificate) -> None:
    """What it says beforehand (SIZE, RFC 1870) is believed: the mail is not even begun."""
    office = Office(largest=2000)
    with mail_office(office, tls.server) as port:
        assert handed(port, tls) == Result(SendOutcome.DEAD, "mail_too_large")
    assert office.taken == []


# -- without a server -----------------------------------------------------------------------------


def test_without_a_server_mails_are_files_for_their_owner_alone(tmp_path: Path) -> None:
    """One file each, in a folder that nobody else may look into."""
    folder = tmp_path / "mail"
    for notice in (NOTICE, Notice("n2", "k", "M06", "d2"), NOTICE):
        assert channel(FolderPost(folder)).send(RECEIVER, notice, CARD, START, 1).outcome == "sent"
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == ["20261120-100000-n1.eml", "20261120-100000-n2.eml"]
    assert [stat.S_IMODE(f.stat().st_mode) for f in (folder, *files)] == [0o700, 0o600, 0o600]
    assert "筆野 しるす 様" in text_of(files[0].read_bytes())


def test_files_of_mails_are_gone_when_their_links_are_long_dead(tmp_path: Path) -> None:
    """Each mail takes away those of more than a day ago, and nothing that is no mail of ours."""
    (tmp_path / "notes.txt").write_text("kept")
    (tmp_path / "handed-over.eml").write_text("kept")
    post = FolderPost(tmp_path)
    for number, hours in enumerate((0, 1, 24, 25, 26)):
        notice = Notice(f"n{number}", "k", "M06", "d1")
        channel(post).send(RECEIVER, notice, CARD, START + timedelta(hours=hours), 1)
    ours = sorted(f.name[16:] for f in tmp_path.iterdir() if f.name.startswith("2026"))
    assert ours == ["n2.eml", "n3.eml", "n4.eml"]
    assert (tmp_path / "notes.txt").exists()
    assert (tmp_path / "handed-over.eml").exists()


def test_strangers_cannot_fill_the_disk_with_files(tmp_path: Path) -> None:
    """However many are asked for, two hundred stay, and the newest is among them."""
    way = channel(FolderPost(tmp_path))
    for number in range(MOST + 5):
        at = START + timedelta(seconds=number)
        way.send(RECEIVER, Notice(f"n{number}", "k", "M06", "d"), CARD, at, 1)
    names = sorted(f.name for f in tmp_path.iterdir())
    assert (len(names), MOST) == (200, 200)
    assert (names[0][16:], names[-1][16:]) == ("n5.eml", "n204.eml")


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """A full disk, or a file in its place: no mail is given up for it."""
    (tmp_path / "mail").write_text("in the way")
    result = FolderPost(tmp_path / "mail").take(written(), START)
    assert (result.outcome, result.after) == (SendOutcome.RETRY, PAUSE)


# -- from the outbox ------------------------------------------------------------------------------


class Wire:
    """A channel that looks, while it sends, whether a transaction is open."""

    def __init__(self, hall: TownHall, *results: Result) -> None:
        self._hall, self._results = hall, list(results)
        self.sent: list[tuple[Receiver, Notice]] = []

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        # SQLite has one writer at a time: inside a transaction this would wait for ever.
        with self._hall.database.open() as unit:
            sending = unit.outbox.get(notice.id)
            assert sending is not None
            assert sending.state == "sending"
        self.sent.append((receiver, notice))
        return self._results.pop(0) if self._results else Result(SendOutcome.SENT)


@pytest.fixture
def waiting(any_hall: TownHall) -> TownHall:
    """A link that was asked for lies in the outbox."""
    any_hall.desk.handle(RequestSignInLink(CLERK, "browser"), Caller.DOOR)
    return any_hall


def drain(hall: TownHall, wire: Wire) -> int:
    ways = {"mail": wire}
    return OutboxSender(hall.database.open, hall.desk, load_texts(None), Inbox(), ways).drain()


def row(hall: TownHall) -> tuple[str, str, bool]:
    """State, error, and whether something is left to read, of the link that was asked for."""
    with hall.database.engine.connect() as connection:
        asked = outbox.select().where(outbox.c.key == SIGN_IN_LINK)
        found = connection.execute(asked).one()
    return found.state, found.error, bool(found.content)


def test_a_mail_is_sent_outside_any_transaction(waiting: TownHall) -> None:
    """Claimed, committed, sent, recorded: no lock is held while a server takes its time."""
    wire = Wire(waiting)
    assert drain(waiting, wire) == 1
    ((receiver, notice),) = wire.sent
    assert (receiver.member_id, receiver.email) == (CLERK, "m06@example.jp")
    assert re.fullmatch(r"[\w-]{43}", str(notice.facts["token"]))
    assert row(waiting) == ("sent", "", False)
    assert waiting.mail(CLERK) == []


def test_a_mail_that_cannot_go_now_goes_later(waiting: TownHall) -> None:
    """After a minute, once; the inbox is no way round."""
    wire = Wire(waiting, Result(SendOutcome.RETRY, "mail_connection"))
    drain(waiting, wire)
    assert row(waiting) == ("waiting", "mail_connection", True)
    waiting.clock.move(seconds=RETRIES[0].total_seconds())
    drain(waiting, wire)
    assert (row(waiting), len(wire.sent)) == (("sent", "", False), 2)


@pytest.mark.parametrize("outcome", [SendOutcome.DEAD, SendOutcome.UNKNOWN])
def test_a_mail_that_may_not_have_come_is_shown_to_the_administrator(
    waiting: TownHall, outcome: SendOutcome
) -> None:
    """Whoever waits for a link gets what may have come once more, up to three times; sent again by
    hand it is too old, and then emptied."""
    wire = Wire(waiting, *[Result(outcome, "mail_recipient:550")] * 3)
    for minutes in (2, 6, 1):
        drain(waiting, wire)
        waiting.clock.move(minutes=minutes)
    assert len(wire.sent) == (3 if outcome is SendOutcome.UNKNOWN else 1)
    assert row(waiting)[:2] == (str(outcome), "mail_recipient:550")
    waiting.clock.move(minutes=9)
    with waiting.database.open() as unit:
        (failed,) = (d for d in unit.outbox.failed() if d.key == SIGN_IN_LINK)
        assert unit.outbox.send_again(failed.notice_id, waiting.clock.at, ["dead", "unknown"])
        unit.commit()
    drain(waiting, wire)
    assert row(waiting) == ("dropped", "link_over", False)
