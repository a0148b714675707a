"""`backup` and `restore` as an operator types them, and as a service manager or a full disk ends
them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bot
from handlers.settings import Mode, Settings
from handlers.web.app import create_app
from storage.backup import check_backup
from storage.vault import read_keys
from tests.support.backups import PLANTED, WORDS
from tests.support.commands import Command, commands_in, split_town_line
from tests.support.hands import Hands
from tests.support.people import COORDINATOR
from tests.support.product import Product, product_in, sheet_fields
from tests.support.town import TownMould
from tests.support.web import Seat

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command in local mode, in a folder of its own."""
    for name in ("MODE", "DATABASE_URL", "KEYS", "KEYS_FILE", "CHECKPOINT_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    return commands_in(tmp_path, monkeypatch, capsys)


@pytest.fixture
def town(tmp_path: Path, mould: TownMould) -> Path:
    """The fictional town with a case, where local mode looks for it; answers with the folder."""
    data = tmp_path / "data"
    data.mkdir()
    hall = mould.copy(data)
    hall.open_case("A14", "A17", **PLANTED)
    hall.database.close()
    (data / "town.db").rename(data / "local.db")
    (data / "keys.json").rename(data / "local-keys.json")
    return data


def lose(data: Path) -> None:
    """The database is gone; the keys were kept apart."""
    for file in data.glob("local.db*"):
        file.unlink()


def test_a_backup_is_made_checked_and_restored(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Each says what it did; after the restore the same case is there to be read."""
    path = tmp_path / "town.backup"
    said = command("backup", str(path))
    assert (said.status, said.err) == (0, "")
    assert f"バックアップ {path} を書き、読み戻して確かめました" in said.out
    assert "ケース1件" in said.out
    assert "鍵の写しを、別の場所に保管してください。" in said.out
    assert command("backup", "--check", str(path)).status == 0
    lose(town)
    said = command("restore", str(path))
    assert (said.status, said.err) == (0, "")
    for word in ("バックアップを戻しました（ケース1件）", "import members", "R8-0001 まで", "廃棄"):
        assert word in said.out
    with bot.assembled(Settings(data_folder=town)) as parts:
        page = Seat(create_app(parts.web), COORDINATOR).text("/cases/R8-0001")
        assert PLANTED["name"] in page
        assert Hands(parts.desk, parts.database).numbers() == ["R8-0001"]
    assert "異常はありません" in command("audit", "verify").out


def kept_elsewhere(town: Path, tmp_path: Path, command: Command) -> Path:
    """A folder with a checkpoint that was signed after the backup was taken; the town is lost."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert command("backup", str(tmp_path / "town.backup")).status == 0
    with bot.assembled(Settings(data_folder=town)) as parts:
        Hands(parts.desk, parts.database).open_case("A14")
    assert command("audit", "checkpoint", CHECKPOINT_FOLDER=str(folder)).status == 0
    lose(town)
    return folder


def test_after_a_restore_the_trail_is_sound_beside_what_is_kept_elsewhere(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """The lines of rows that are gone are kept under another name, and the command says which;
    compared with them, the gap still shows."""
    folder = kept_elsewhere(town, tmp_path, command)
    said = command("restore", str(tmp_path / "town.backup"), CHECKPOINT_FOLDER=str(folder))
    aside = next(folder.iterdir())
    assert aside.name.startswith("tsunagu-checkpoints-before-restore-20")
    assert (said.status, said.err, str(aside) in said.out) == (0, "", True)
    for arguments in (("verify",), ("checkpoint",), ("verify",)):
        assert command("audit", *arguments, CHECKPOINT_FOLDER=str(folder)).status == 0
    assert command("audit", "verify", "--against", str(aside)).status == 1


def test_a_kept_file_that_cannot_be_renamed_is_said(
    command: Command, town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a medium that is written once: the town is restored, and what is left to do is told."""
    folder = kept_elsewhere(town, tmp_path, command)

    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(1, "ServerOperation not permitted", str(path))

    with monkeypatch.context() as during:
        during.setattr(Path, "rename", refuse)
        said = command("restore", str(tmp_path / "town.backup"), CHECKPOINT_FOLDER=str(folder))
    assert (said.status, "バックアップを戻しました（ケース1件）" in said.out) == (2, True)
    assert said.err.count("\n") == 1
    for word in (str(folder / "tsunagu-checkpoints.jsonl"), "名前を変えてください"):
        assert word in said.err


def test_no_command_says_a_word_about_the_person(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Neither making, nor checking, nor restoring, nor a refusal."""
    path = str(tmp_path / "town.backup")
    said = [command("backup", path), command("backup", "--check", path), command("restore", path)]
    lose(town)
    said.append(command("restore", path))
    everything = "".join(s.out + s.err for s in said)
    assert not [word for word in WORDS if word in everything]


def test_a_file_that_is_there_is_not_written_over_unasked(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Status 1 and what to do; with --force it is."""
    path = tmp_path / "town.backup"
    path.write_bytes(b"yesterday's")
    said = command("backup", str(path))
    assert (said.status, "--force" in said.err) == (1, True)
    assert path.read_bytes() == b"yesterday's"
    assert command("backup", str(path), "--force").status == 0
    assert command("backup", "--check", str(path)).status == 0


def test_a_town_that_is_there_is_not_written_over(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Restoring over a town is refused with what to do."""
    command("backup", str(tmp_path / "town.backup"))
    said = command("restore", str(tmp_path / "town.backup"))
    assert (said.status, said.out) == (2, "")
    assert "バックアップは、空のデータベースにだけ戻せます。" in said.err


def test_what_cannot_be_read_is_a_sentence(command: Command, town: Path, tmp_path: Path) -> None:
    """No file, a folder, a letter, a file cut short, other keys, the other mode: status 2."""
    path = tmp_path / "town.backup"
    command("backup", str(path))
    (tmp_path / "letter").write_text("拝啓")
    (tmp_path / "short").write_bytes(path.read_bytes()[:-20])
    lose(town)
    for name, word in (
        ("nothing", "見つかりません"),
        ("data", "フォルダーです"),
        ("letter", "バックアップではありません"),
        ("short", "壊れているか、途中で切れています"),
    ):
        for arguments in (("backup", "--check"), ("restore",)):
            said = command(*arguments, str(tmp_path / name))
            assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
            assert word in said.err
    said = command("run", DATA_FOLDER=str(tmp_path / "letter"))
    assert (said.status, "同じ名前のファイルがあるため、使えません" in said.err) == (2, True)
    keys = tmp_path / "keys.json"
    shutil.copy(town / "local-keys.json", keys)
    said = command("restore", str(path), MODE="town", KEYS_FILE=str(keys))
    assert (said.status, "MODE=local のものです" in said.err) == (2, True)
    (town / "local-keys.json").unlink()
    said = command("restore", str(path))
    assert (said.status, "鍵のファイル" in said.err) == (2, True)
    assert list(town.iterdir()) == []


def test_a_backup_goes_into_a_file(command: Command) -> None:
    """What went down a pipe cannot be read back, so it is not offered."""
    said = command("backup", "-")
    assert (said.status, "「-」には書けません" in said.err) == (1, True)


def test_a_folder_that_is_not_there_is_a_sentence(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Nor is a folder taken for a file."""
    for place in (tmp_path / "no" / "town.backup", tmp_path):
        said = command("backup", str(place), "--force")
        assert (said.status, said.err.count("\n")) == (2, 1)
        assert str(place) in said.err


def test_damage_in_the_town_is_told_with_status_2(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """The copy is kept, and a script notices that something is wrong."""
    with bot.assembled(Settings(data_folder=town)) as parts, parts.database.engine.begin() as to:
        to.exec_driver_sql("UPDATE cases SET content = 'k1.' || substr(content, 4, 40)")
    said = command("backup", str(tmp_path / "town.backup"))
    assert (said.status, "開けない内容1件" in said.err) == (2, True)
    assert (tmp_path / "town.backup").exists()
    assert command("backup", "--check", str(tmp_path / "town.backup")).status == 2


# -- a process of its own -------------------------------------------------------------------------


def process(data: Path, *arguments: str, before: str = "") -> subprocess.Popen[bytes]:
    """`python bot.py …` as an operator starts it; `before` is said to the shell first."""
    environment = {"PATH": os.environ["PATH"], "DATA_FOLDER": str(data), "TMPDIR": str(data.parent)}
    line = f'{before}exec "$@"'
    return subprocess.Popen(
        ["/bin/sh", "-c", line, "sh", sys.executable, str(ROOT / "bot.py"), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def busy_town(town: Path) -> Path:
    """The same with so many cases that a backup takes a moment."""
    with bot.assembled(Settings(data_folder=town)) as parts:
        hands = Hands(parts.desk, parts.database)
        for _ in range(24):
            hands.open_case("A14", "A17")
    return town


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM])
def test_a_backup_that_is_killed_leaves_no_file_under_its_name(
    busy_town: Path, tmp_path: Path, kind: signal.Signals
) -> None:
    """Killed while it writes or tries it out. Asked politely, it leaves nothing at all."""
    path = tmp_path / "out" / "town.backup"
    path.parent.mkdir()
    running = process(busy_town, "backup", str(path))
    while not any(path.parent.iterdir()):  # another process: there is only the real time
        assert running.poll() is None, running.communicate()
        time.sleep(0.001)
    running.send_signal(kind)
    _, err = running.communicate()
    if kind is signal.SIGTERM:
        assert (running.returncode, "途中でやめました。" in err.decode()) == (1, True)
    assert not path.exists()
    left = [*path.parent.iterdir(), *tmp_path.glob("tsunagu-*")]
    assert all(p.name.startswith((".town.backup.", "tsunagu-")) for p in left)
    assert kind is signal.SIGKILL or left == []
    again = process(busy_town, "backup", str(path))
    out, err = again.communicate()
    assert split_town_line(again.returncode, out.decode(), err.decode()).err == ""
    assert again.returncode == 0
    assert check_backup(path, read_keys(busy_town / "local-keys.json")).cases == 25


def test_a_full_disk_is_a_sentence(busy_town: Path, tmp_path: Path) -> None:
    """The file cannot be written to its end: status 2, which file it was, and nothing is left."""
    path = tmp_path / "out" / "town.backup"
    path.parent.mkdir()
    running = process(busy_town, "backup", str(path), before="ulimit -f 128; ")  # of 512 bytes
    out, err = running.communicate()
    assert (running.returncode, out.decode()) == (2, "")
    said = split_town_line(2, "", err.decode())
    assert said.err == f"{path} に書けません。ディスクの空きを確かめてください。\n"
    assert list(path.parent.iterdir()) == []


@pytest.mark.timeout(300)
def test_a_backup_is_made_while_the_bot_serves_and_writes(tmp_path: Path) -> None:
    """The real product, people sending sheets, and the command beside it."""
    with product_in(tmp_path) as product:
        product.start()
        send(product)
        running = process(tmp_path / "data", "backup", str(tmp_path / "town.backup"))
        sent = 1
        while running.poll() is None:
            send(product)
            sent += 1
        assert running.returncode == 0, running.communicate()
        running.communicate()
        found = check_backup(
            tmp_path / "town.backup", read_keys(tmp_path / "data" / "local-keys.json")
        )
        assert found.findings.is_sound
        assert 1 <= found.cases <= sent == len(product.numbers())


def send(product: Product) -> None:
    status, _ = product.visitor(COORDINATOR).submit("/cases/new", sheet_fields("A14"))
    assert status == 302


def test_a_real_town_comes_back_with_its_mode(command: Command, tmp_path: Path) -> None:
    """init, backup, the disk is gone, restore: `check` finds the town as it was."""
    made = command(
        *("init", "--name", "試し町", "--kana", "ためしちょう", "--district", "東圏域,ひがし"),
        *("--agency", "福祉課", "--agency-kana", "ふくしか", "--admin", "山田 花"),
        *("--admin-kana", "やまだ はな", "--email", "hana@example.jp", "--yes", "--write-env"),
    )
    assert made.status == 0
    path = str(tmp_path / "town.backup")
    assert command("backup", path).status == 0
    for file in (tmp_path / "data").glob("town.db*"):
        file.unlink()
    assert command("restore", path).status == 0
    assert "町：試し町（機関1、担当者1）。" in command("check").out
    with (
        bot.assembled(
            Settings(
                mode=Mode.TOWN,
                database_url=f"sqlite:///{tmp_path / 'data/town.db'}",
                keys_file=tmp_path / "data/keys.json",
            )
        ) as parts,
        parts.database.open() as unit,
    ):
        assert [m.id for m in unit.directory.members()] == ["M01"]


def test_decisions_that_were_kept_elsewhere_are_carried_out_again_by_the_command(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """The town restricted a case after the backup; the list is read, used and kept under another
    name, and the command says how many decisions there were."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert command("backup", str(tmp_path / "town.backup")).status == 0
    with bot.assembled(Settings(data_folder=town, checkpoint_folder=folder)) as parts:
        hands = Hands(parts.desk, parts.database)
        (case_id,) = hands.case_ids()
        hands.edit(case_id, danger="yes")
        parts.ticks.tick()
    lose(town)
    said = command("restore", str(tmp_path / "town.backup"), CHECKPOINT_FOLDER=str(folder))
    assert said.status == 0
    assert "もう一度行いました（1件）" in said.out
    with bot.assembled(Settings(data_folder=town)) as parts:
        assert Hands(parts.desk, parts.database).case(case_id).is_restricted
    assert [p.name for p in folder.iterdir() if p.name.startswith("tsunagu-decisions")] == [
        p.name for p in folder.glob("tsunagu-decisions-before-restore-*.jsonl")
    ]


def test_a_list_that_was_cut_is_found_by_a_kept_checkpoint_at_the_restore(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Status 2, and everybody kept out: the mail with the checkpoint says that there was more. A
    file without one is a sentence, and nothing is restored."""
    folder, mail = tmp_path / "elsewhere", tmp_path / "mail.eml"
    folder.mkdir()
    backup = str(tmp_path / "town.backup")
    assert command("backup", backup).status == 0
    with bot.assembled(Settings(data_folder=town, checkpoint_folder=folder)) as parts:
        hands = Hands(parts.desk, parts.database)
        (case_id,) = hands.case_ids()
        hands.edit(case_id, danger="yes")
        parts.ticks.tick()
    made = command("audit", "checkpoint").out
    mail.write_text(f"From: bot@town.example.jp\nSubject: kept\n\n{made}", "utf-8")
    listed = folder / "tsunagu-decisions.jsonl"
    lines = listed.read_text("utf-8").splitlines(keepends=True)
    listed.write_text("".join(lines[:-1]), "utf-8")
    (folder / "tsunagu-checkpoints.jsonl").unlink()
    lose(town)
    given = {"CHECKPOINT_FOLDER": str(folder)}
    said = command("restore", backup, "--against", backup, **given)
    assert (said.status, "署名付きの証跡がありません" in said.err) == (1, True)
    said = command("restore", backup, "--against", str(mail), **given)
    assert (said.status, "restore-settle" in said.err) == (2, True)


def test_a_decision_that_is_left_keeps_everybody_out_and_is_settled_by_the_console(
    command: Command, town: Path, tmp_path: Path
) -> None:
    """Status 2 and what to do; then one command with its reason."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    assert command("backup", str(tmp_path / "town.backup")).status == 0
    (folder / "tsunagu-decisions.jsonl").write_text('{"seq": 999, "sealed": "broken"}\n')
    lose(town)
    said = command("restore", str(tmp_path / "town.backup"), CHECKPOINT_FOLDER=str(folder))
    assert said.status == 2
    assert "restore-settle by_hand" in said.err
    with bot.assembled(Settings(data_folder=town)) as parts:
        answer = Seat(create_app(parts.web), COORDINATOR).get("/cases/R8-0001")
        assert answer.status_code == 403
        assert "確認が終わっていないため" in answer.text
    assert command("restore-settle", "because").status == 2
    assert command("restore-settle", "not_needed").status == 0
    with bot.assembled(Settings(data_folder=town)) as parts:
        assert Seat(create_app(parts.web), COORDINATOR).get("/cases/R8-0001").status_code == 200
