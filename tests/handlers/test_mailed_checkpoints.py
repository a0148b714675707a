"""Every week the newest checkpoint goes by mail to two people, and such a mail is compared with."""

import re
import textwrap
from pathlib import Path

import pytest

from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mail.smtp import SmtpPost
from handlers.runtime.checkpoint_file import read_checkpoints
from handlers.settings import BadSetting, load_settings
from handlers.settings.sign_in import read_mail_server
from handlers.words.notice_heads import MAILED
from handlers.words.texts import load_texts
from tests.handlers.test_trail_night import never, signed
from tests.support.backups import PLANTED
from tests.support.mail import Office, mail_office, mail_way, read_mail
from tests.support.people import ADMINISTRATOR
from tests.support.town import TownHall
from tests.support.web import Seat, web_app
from workflows.delivery.overview import GetAdministration

OTHER = "other@town.example.jp"
TWO = ("sasaki@town.example.jp", "kansa@town.example.jp")


def weeks(hall: TownHall, days: int, office: Office, addresses: tuple[str, ...] = TWO) -> None:
    """So many nights and the mornings after them, by a real mail server."""
    with mail_office(office, None) as port:
        post = SmtpPost(read_mail_server(f"smtp://127.0.0.1:{port}?starttls=no"))
        ways = {"mail": mail_way(hall.desk, post)}
        delivery = OutboxSender(
            hall.database.open, hall.desk, load_texts(None), Inbox((), MAILED), ways
        )
        for _ in range(days):
            NightlyTrailCheck(hall.desk, None, addresses=addresses).run_if_due(never)
            hall.clock.move(days=1)
            delivery.drain()


def sent(office: Office) -> list[tuple[str, bytes]]:
    """To whom checkpoints went, and the whole mails."""
    found = [(e.rcpt_tos[0], e.content) for e in office.taken if isinstance(e.content, bytes)]
    return [(to, mail) for to, mail in found if to in (*TWO, OTHER)]


def test_every_week_two_people_get_the_newest_checkpoint(hall: TownHall, tmp_path: Path) -> None:
    """Once a week, a week that was missed at the next night, at once where the addresses are
    others; it holds a signed line, how to compare, and nothing of anybody."""
    hall.open_case("A14", **PLANTED)
    office = Office()
    weeks(hall, 7, office)
    assert sorted(to for to, _ in sent(office)) == sorted(TWO)
    first = signed(hall)[0]
    for _, content in sent(office):
        mail = read_mail(content)
        parts = [p.get_payload(decode=True) for p in mail.walk() if not p.is_multipart()]
        whole = "".join(p.decode() for p in parts if isinstance(p, bytes))
        assert first.line() in whole
        assert "保管" in whole
        assert "audit verify --against" in whole
        assert "ご担当者 様" in whole
        assert not [w for w in (*PLANTED.values(), "R8-0001", ADMINISTRATOR) if str(w) in whole]
        path = tmp_path / "mail.eml"
        path.write_bytes(content)
        kept = read_checkpoints(path)
        assert (kept.checkpoints, kept.bad_lines) == ((first,), ())
    weeks(hall, 3, office)
    assert len(sent(office)) == 4
    hall.clock.move(days=14)  # it was off for two weeks
    weeks(hall, 3, office)
    assert len(sent(office)) == 6
    weeks(hall, 2, office, (TWO[0], OTHER))
    assert len(sent(office)) == 8
    weeks(hall, 3, office, ())
    assert len(sent(office)) == 8, "without the setting nobody gets any"


def test_a_mail_that_nobody_takes_is_seen_and_told(hall: TownHall) -> None:
    """On 管理 with the place in the setting, not with an address; the administrators are told."""
    weeks(hall, 1, Office(says={"RCPT": "550 5.1.1 nobody here"}))
    view = hall.desk.ask(GetAdministration(), ADMINISTRATOR)
    assert sorted(line.delivery.member_id for line in view.failed) == ["outside:1", "outside:2"]
    seat = Seat(web_app(hall), ADMINISTRATOR)
    page = seat.text("/admin")
    assert "設定 CHECKPOINT_MAIL の2人目" in page
    assert "監査の記録の署名付きの証跡" in page
    assert TWO[1] not in page
    cards = [load_texts(None).card(n) for n in hall.notices(ADMINISTRATOR, "mail_returned")]
    assert len(cards) == len(TWO)
    assert any("CHECKPOINT_MAIL の2人目" in card.body for card in cards)
    assert not [address for address in TWO if address in str(cards)]


def test_a_checkpoint_is_read_out_of_what_people_keep(hall: TownHall, tmp_path: Path) -> None:
    """The folder's file, the line alone, pasted with what stood around it, broken by a
    mail program, quoted in an answer; one that was torn is named by its line."""
    NightlyTrailCheck(hall.desk, None).run_if_due(never)
    (mark,) = signed(hall)
    line = mark.line()
    wrapped = textwrap.fill(line, 60)
    quoted = textwrap.indent(wrapped, "> ")
    path = tmp_path / "kept.txt"
    for text in (
        line,
        f"控えです。\n\n{line}\n\n以上",
        f"{wrapped}\n",
        f"件名\n{quoted}\n",
        f"{line}\n{line}\n",
    ):
        path.write_text(text, "utf-8")
        assert read_checkpoints(path).checkpoints == (mark,), text
        assert read_checkpoints(path).bad_lines == ()
    path.write_text(f'{line}\n{{"seq": 9, "at"', "utf-8")
    assert (read_checkpoints(path).checkpoints, read_checkpoints(path).bad_lines) == ((mark,), (2,))
    path.write_text("なにもない", "utf-8")
    assert read_checkpoints(path).checkpoints == ()


WRONG = ["a@example.jp", "a@example.jp, A@example.jp", "a@example.jp b@example.jp", "a,b",
         "a@example.jp, b@example.jp, c@example.jp", "a@example.jp, <b@example.jp>"]  # fmt: skip
SERVER = {"MODE": "town", "SMTP_URL": "smtps://mail.example.jp", "MAIL_FROM": "t@example.jp"}


@pytest.mark.parametrize("value", WRONG)
def test_two_different_addresses_or_a_sentence(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSetting) as why:
        load_settings(tmp_path, {**SERVER, "CHECKPOINT_MAIL": value})
    assert re.search("CHECKPOINT_MAIL", load_texts(None).say(why.value.key, **why.value.facts))


def test_the_setting_needs_a_mail_server_and_a_real_town(tmp_path: Path) -> None:
    given = {"CHECKPOINT_MAIL": "a@example.jp、b@example.jp"}
    assert load_settings(tmp_path, {**SERVER, **given}).checkpoint_mail == (
        "a@example.jp",
        "b@example.jp",
    )
    assert load_settings(tmp_path, {"MODE": "local", **given}).checkpoint_mail == ()
    with pytest.raises(BadSetting) as why:
        load_settings(tmp_path, {"MODE": "town", **given})
    assert str(why.value) == "setting.SMTP_URL.missing_for_checkpoint_mail"
