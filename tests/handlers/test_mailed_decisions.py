"""The sealed list of what a restore must not undo goes by mail, and a restore reads it there."""

from dataclasses import replace
from pathlib import Path

import bot
from handlers.clock.nightly_trail_check import NightlyTrailCheck
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mail.smtp import SmtpPost
from handlers.settings import Settings
from handlers.settings.sign_in import read_mail_server
from handlers.words.notice_heads import MAILED
from handlers.words.texts import load_texts
from tests.handlers.test_cli_backup import command, lose, town
from tests.handlers.test_trail_night import never
from tests.storage.test_restore_decisions import dispose, restore_with
from tests.support.backups import PLANTED, back_up
from tests.support.commands import Command
from tests.support.hands import Hands
from tests.support.mail import Office, mail_office, mail_way, read_mail
from tests.support.people import COORDINATOR
from tests.support.town import TownHall
from tests.workflows.test_retention import AFTER, closed, is_there
from workflows.inbox.inbox import GetShell
from workflows.model.directory import Member, Role

__all__ = ["command", "town"]  # fixtures


def nights(hall: TownHall, count: int = 1) -> list[tuple[str, bytes, str]]:
    """So many nights and the mornings after them, by a real mail server: to whom, the file that
    came along, and the whole mail as it is read."""
    office = Office()
    with mail_office(office, None) as port:
        post = SmtpPost(read_mail_server(f"smtp://127.0.0.1:{port}?starttls=no"))
        ways = {"mail": mail_way(hall.desk, post)}
        delivery = OutboxSender(
            hall.database.open, hall.desk, load_texts(None), Inbox((), MAILED), ways
        )
        for _ in range(count):
            NightlyTrailCheck(hall.desk, None, mails=True).run_if_due(never)
            hall.clock.move(days=1)
            delivery.drain()
    found = []
    for envelope in office.taken:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = read_mail(content)
        for part in mail.iter_attachments():
            name, inside = part.get_filename() or "", part.get_payload(decode=True)
            assert isinstance(inside, bytes)
            if name.startswith("tsunagu-decisions-"):
                texts = [p.get_payload(decode=True) for p in mail.walk() if not p.is_multipart()]
                headers = "\n".join(f"{k}: {v}" for k, v in mail.items())
                whole = headers + "".join(t.decode() for t in texts if isinstance(t, bytes))
                found.append((envelope.rcpt_tos[0], inside, whole))
    return found


def administrators(hall: TownHall) -> list[Member]:
    today = hall.desk.now().date()
    with hall.database.open() as unit:
        everybody = unit.directory.members()
    return [m for m in everybody if Role.ADMINISTRATOR in m.roles and m.is_active(today)]


def test_administrators_get_the_list_when_something_was_decided(hall: TownHall) -> None:
    """By night, once; nothing is mailed while nothing is new, and nothing in it is readable."""
    case_id = closed(hall, **PLANTED)
    hall.clock.set(AFTER)
    dispose(hall, case_id)
    hall.open_case("A14", danger="yes", **{**PLANTED, "name": "乙山丙子"})
    mailed = nights(hall, 3)
    addresses = [m.email for m in administrators(hall)]
    assert sorted(to for to, _, _ in mailed) == sorted(addresses), "once each"
    _, lines, whole = mailed[0]
    with hall.database.open() as unit:
        *inner, ending = lines.decode().splitlines()
        opened = [unit.decisions.open(line) for line in inner]
        assert unit.decisions.is_mail_terminator(ending)
    assert "disposed" in {d.kind for d in opened if d}
    assert all(opened)
    planted = [*PLANTED.values(), "乙山丙子", case_id, "R8-000", COORDINATOR]
    assert not [w for w in planted if str(w) in whole]
    assert "復元用の決定一覧" in whole
    hall.open_case("A14", danger="yes")
    assert len(nights(hall, 4)) == len(addresses)


def test_without_a_mail_server_nothing_waits_to_be_mailed(hall: TownHall) -> None:
    hall.open_case("A14", danger="yes")
    NightlyTrailCheck(hall.desk, None).run_if_due(never)
    assert not hall.notices(key="decisions_kept")


def test_who_has_no_address_gets_none_and_then_it_is_still_to_be_mailed(hall: TownHall) -> None:
    hall.open_case("A14", danger="yes")
    before = administrators(hall)
    with hall.database.open() as unit:
        unit.directory.save_members([replace(m, email="") for m in before])
        unit.commit()
    assert not nights(hall)
    with hall.database.open() as unit:
        unit.directory.save_members(before)
        unit.commit()
    assert len(nights(hall, 4)) == len(before)  # a notice waits for an open day


def test_a_restore_carries_out_what_came_by_mail(any_hall: TownHall, tmp_path: Path) -> None:
    """The folder was lost with the machine: the newest mail alone is enough for a backup that is
    as old as backups may be, also where it says less than the folder's list."""
    gone, shut = closed(any_hall, **PLANTED), any_hall.open_case("A14")
    any_hall.clock.set(AFTER)
    back_up(any_hall, tmp_path / "town.backup")
    dispose(any_hall, gone)
    nights(any_hall)
    any_hall.clock.move(days=34)
    any_hall.edit(shut, danger="yes")
    (_, lines, _) = nights(any_hall)[-1]
    url = f"sqlite:///{tmp_path / 'new.db'}"
    mailed = tuple(lines.decode().splitlines())
    again = restore_with(any_hall, tmp_path / "town.backup", mailed, url)
    try:
        assert not is_there(again, gone)
        assert again.case(shut).is_restricted
    finally:
        again.database.close()


def test_of_one_row_that_came_twice_one_line_that_opens_is_enough(
    hall: TownHall, tmp_path: Path
) -> None:
    """The folder's file was broken off; the mail has the row. A line of before the backup that no
    key opens keeps nobody out."""
    shut = hall.open_case("A14", danger="yes")
    back_up(hall, tmp_path / "town.backup")
    hall.unrestrict(shut)
    (_, lines, _) = nights(hall)[-1]
    mailed = lines.decode().splitlines()
    seqs = [line.partition(",")[0] for line in mailed[:-1]]
    broken = [f'{seq}, "sealed": "v1:nonsense"}}' for seq in seqs]
    url = f"sqlite:///{tmp_path / 'new.db'}"
    early = '{"seq": 1, "sealed": "v1:nonsense"}'
    again = restore_with(hall, tmp_path / "town.backup", (early, *broken, *mailed), url)
    try:
        assert not again.case(shut).is_restricted
        again.desk.ask(GetShell(), COORDINATOR)
    finally:
        again.database.close()


def test_the_command_takes_mailed_files_beside_the_folder(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Several; one that is not there, or empty, changes nothing."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    backup, mailed, empty = (str(tmp_path / name) for name in ("t.backup", "m.jsonl", "e.jsonl"))
    assert command("backup", backup).status == 0
    with bot.assembled(Settings(data_folder=town, checkpoint_folder=folder)) as parts:
        hands = Hands(parts.desk, parts.database)
        (case_id,) = hands.case_ids()
        hands.edit(case_id, danger="yes")
        parts.ticks.tick()
    (folder / "tsunagu-decisions.jsonl").rename(mailed)
    Path(empty).write_text("\n")
    lose(town)
    for wrong in (empty, str(tmp_path / "nowhere")):
        said = command("restore", backup, "--decisions", mailed, "--decisions", wrong)
        assert said.status != 0
        assert f"一覧のファイル {wrong} を読めない" in said.err
    said = command("restore", backup, "--decisions", mailed)
    assert said.status == 0
    assert "もう一度行いました（1件）" in said.out
    with bot.assembled(Settings(data_folder=town)) as parts:
        assert Hands(parts.desk, parts.database).case(case_id).is_restricted
