"""The command line: a town is made, its lists come in and go out, and errors are sentences."""

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import bot
from handlers.cli.check import in_the_clear
from handlers.runtime.proxy_trouble import ProxyTrouble
from handlers.settings import Mode, Settings, load_settings
from handlers.words.texts import load_texts
from storage.revisions import newest_revision
from storage.vault import make_keys, read_keys
from tests.storage.test_upgrade import make_stale
from tests.support.commands import Command, commands_in
from tests.support.hands import Hands
from tests.support.spoilt import make_readable, make_unreadable
from workflows.core.permissions import RULES, Caller
from workflows.model.trail import TrailFilter
from workflows.sign_in.sign_in import GetSignedInMember, UseLink

ROOT = Path(__file__).parent.parent.parent
ALL_OPTIONS = (
    *("init", "--name", "試し町", "--kana", "ためしちょう"),
    *("--district", "東圏域,ひがしけんいき", "--district", "西圏域、にしけんいき"),
    *("--closed-day", "令和8年8月14日", "--agency", "福祉課", "--agency-kana", "ふくしか"),
    *("--admin", "山田 花", "--admin-kana", "やまだ はな", "--email", "hana@example.jp", "--yes"),
)
AGENCIES = (
    "コード,名称,フリガナ,区分,分野,圏域,電話,FAX,メール,所在地,開始日,終了日\r\n"
    "A01,福祉総務課,フクシソウムカ,庁内,総合,全域,,,,,,\r\n"
    "A02,東包括,ヒガシホウカツ,センター,高齢,東圏域,0000-10-0001,,,,,\r\n"
)
MEMBERS = (
    "コード,氏名,フリガナ,所属コード,役割,窓口担当,担当圏域,メール,開始日,終了日\r\n"
    "M02,包 まもる,ツツミ マモル,A02,連携担当者,はい,東圏域,m02@example.jp,,\r\n"
    "M03,見渡 はるか,ミワタリ ハルカ,A01,管理職,いいえ,,m03@example.jp,,\r\n"
)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command in a folder of its own; `typed` is what is entered, line by line."""
    for name in ("MODE", "HOST", "DATABASE_URL", "KEYS", "KEYS_FILE", "PUBLIC_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("TOWN_FOLDER", raising=False)
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    return commands_in(tmp_path, monkeypatch, capsys)


@pytest.fixture
def town(command: Command, tmp_path: Path) -> Command:
    """A real town, set up, with MODE=town in its `.env`."""
    assert command(*ALL_OPTIONS, "--core", "--write-env").status == 0
    return command


def file(folder: Path, text: str, name: str = "list.csv") -> str:
    path = folder / name
    path.write_text(text, "utf-8-sig")
    return str(path)


# -- init -----------------------------------------------------------------------------------------


def test_a_town_is_set_up_by_options_alone(command: Command, tmp_path: Path) -> None:
    """A script is asked nothing; keys and database are made, and the next steps are told."""
    said = command(*ALL_OPTIONS, "--write-env")
    assert (said.status, said.err) == (0, "")
    assert "試し町の設定をしました。" in said.out
    assert "keys.json は、データベースのバックアップとは別の場所に" in said.out
    for step in ("import agencies", "import members", "link M01", "bot.py check", "bot.py run"):
        assert step in said.out
    assert (tmp_path / "data/keys.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / ".env").read_text("utf-8") == "MODE=town\n"
    checked = command("check", PUBLIC_URL="https://tsunagu.example.jp")
    assert "町：試し町（機関1、担当者1）。" in checked.out


def test_a_town_is_set_up_by_answering(command: Command, tmp_path: Path) -> None:
    """Asked in turn, shown once more, confirmed; the closed day stands in Japanese."""
    typed = "試し町\nためしちょう\n東圏域,ひがし\n西圏域,にし\n\n8/14\n\n福祉課\nふくしか\n"
    said = command("init", typed=typed + "山田 花\nやまだ はな\n\ny\ny\n")
    assert said.status == 0
    assert "東圏域、西圏域（2圏域）" in said.out
    assert "8月14日" in said.out
    assert "MODE=town を書きました。" in said.out
    assert command("link", "M01").status == 0


@pytest.mark.parametrize(("word", "named"), [("y", "FK"), ("n", "")])
def test_who_answers_is_asked_for_the_core_agency(
    command: Command, tmp_path: Path, word: str, named: str
) -> None:
    """Beside the others, with what it is for; the check says when there is none."""
    typed = "試し町\nためしちょう\n東圏域,ひがし\n\n\n福祉課\nふくしか\n山田 花\nやまだ はな\n\n"
    said = command("init", typed=typed + f"{word}\ny\n")
    assert said.status == 0
    assert "「福祉課」を中核機関" in said.out
    checked = command("check", PUBLIC_URL="https://tsunagu.example.jp")
    assert ("中核機関が決まっていません" in checked.out) == (not named)


def test_saying_no_makes_nothing(command: Command, tmp_path: Path) -> None:
    """Until it is confirmed there is neither a database nor a key."""
    arguments = [a for a in ALL_OPTIONS if a != "--yes"]
    said = command(*arguments, typed="n\n")
    assert said.status == 1
    assert list(tmp_path.iterdir()) == []


def test_input_that_ends_makes_nothing(command: Command, tmp_path: Path) -> None:
    """Ctrl+D half-way is a sentence and status 1."""
    said = command("init", typed="試し町\n")
    assert (said.status, "何も変更していません。" in said.err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_everything_wrong_is_told_at_once_and_nothing_is_made(
    command: Command, tmp_path: Path
) -> None:
    """Each wrong answer with its name and, where there are many, its number."""
    said = command(
        *["init", "--name", "試し町", "--kana", "試し", "--district", "東圏域,東"],
        *["--closed-day", "8月40日", "--agency", "福祉課", "--agency-kana", "ふくしか"],
        *["--admin", "山田", "--admin-kana", "山田", "--email", "hana@", "--yes"],
    )
    assert said.status == 1
    assert "5か所を直してください。" in said.err
    for field in ("フリガナ：", "圏域の1つ目：", "閉まる日の1つ目：", "メールアドレス："):
        assert field in said.err
    assert list(tmp_path.iterdir()) == []


def test_what_was_typed_wrong_is_asked_for_once_more_and_nothing_else(
    command: Command, tmp_path: Path
) -> None:
    """A kanji among the kana, one district of three, one day of two: three answers mend it."""
    typed = "試し町\n試し町\n東圏域,ひがし\n西圏域,西\n北圏域,きた\n\n8/14\n8月40日\n\n"
    again = "ためしちょう\n西圏域,にし\n8/15\n"
    rest = "福祉課\nふくしか\n山田 花\nやまだ はな\n\n\n"
    said = command("init", typed=f"{typed}{rest}{again}y\n")
    assert said.status == 0, said
    assert "3か所を直してください。" in said.err
    assert "圏域の2つ目（空にすると、なくします）" in said.out
    assert "東圏域、西圏域、北圏域（3圏域）" in said.out
    assert "8月15日" in said.out


def test_a_wrong_answer_may_be_wrong_again_or_be_left_out(command: Command) -> None:
    """It is asked for until it is right; a line of many that is left empty is not wanted."""
    first = "試し町\nためしちょう\n東圏域,ひがし\n西圏域,西\n\n\n福祉課\nふくしか\n"
    first += "山田 花\n山田\nhana@\nn\n"
    second, third = "\n花\nhana@example.jp\n", "やまだ はな\n"
    said = command("init", typed=f"{first}{second}{third}y\n")
    assert (said.status, said.err.count("直してください")) == (0, 2), said
    assert "東圏域（1圏域）" in said.out
    assert "山田 花（ヤマダ ハナ）hana@example.jp" in said.out


def test_a_town_that_is_there_is_never_set_up_again(town: Command) -> None:
    """The second init says whose town it is, asks nothing and changes nothing."""
    said = town(*ALL_OPTIONS)
    assert said.status == 1
    assert "試し町はもう設定されています。" in said.err


def test_init_never_touches_the_fictional_town(command: Command, tmp_path: Path) -> None:
    """Whatever MODE says, init works on the town's database alone."""
    assert command("export", "agencies", "-").status == 0  # makes the fictional town
    before = (tmp_path / "data/local-keys.json").read_bytes()
    assert command(*ALL_OPTIONS, "--no-write-env", MODE="local").status == 0
    assert (tmp_path / "data/local-keys.json").read_bytes() == before
    assert "つなぎ野市" in command("check", MODE="local").out
    assert "試し町" in command("check", MODE="town").out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("town.csv", "名称,フリガナ\n東圏域,ヒガシ\n西圏域,ニシ\n"),
        (
            "town.yaml",
            "name: 試し町\nkana: タメシチョウ\ndistricts:\n  - {name: 東圏域, kana: ヒガシ}\n"
            "  - {name: 西圏域, kana: ニシ}\nclosed_days: [2026-08-14]\n"
            "opened_days: [2026-12-29]\n",
        ),
    ],
)
def test_districts_come_from_a_file(command: Command, tmp_path: Path, name: str, text: str) -> None:
    """A list of districts as CSV, or the whole town as YAML, in place of --district."""
    rest = [a for a in ALL_OPTIONS if a not in ("東圏域,ひがしけんいき", "西圏域、にしけんいき")]
    rest = [a for a in rest if a != "--district"]
    said = command(*rest, "--from", file(tmp_path, text, name), "--write-env")
    assert (said.status, said.err) == (0, "")
    assert command("import", "agencies", file(tmp_path, AGENCIES), "--yes").status == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [("town.csv", "地区\n東\n"), ("town.yaml", "- a\n"), ("town.yaml", "districts: {a: b}\n")],
)
def test_a_file_that_is_no_town_is_a_sentence(
    command: Command, tmp_path: Path, name: str, text: str
) -> None:
    """What must stand in the file is said, and nothing is made."""
    said = command("init", "--from", file(tmp_path, text, name))
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert name in said.err


@pytest.mark.parametrize("before", ["", "PORT=8800", "PORT=8800\n"])
def test_the_env_file_keeps_what_it_says(command: Command, tmp_path: Path, before: str) -> None:
    """One line is added at the end; the lines that were there stay."""
    if before:
        (tmp_path / ".env").write_text(before, "utf-8")
    command(*ALL_OPTIONS, "--write-env")
    kept = f"{before.strip()}\n" if before else ""
    assert (tmp_path / ".env").read_text("utf-8") == f"{kept}MODE=town\n"


def test_an_env_file_that_says_another_mode_is_left_alone(command: Command, tmp_path: Path) -> None:
    """The operator wrote it, the operator changes it: init says how."""
    (tmp_path / ".env").write_text("MODE=local\n", "utf-8")
    assert "MODE=town に直してください。" in command(*ALL_OPTIONS, "--write-env").out
    assert (tmp_path / ".env").read_text("utf-8") == "MODE=local\n"


# -- import and export ----------------------------------------------------------------------------


def test_an_import_shows_old_and_new_before_it_changes_anything(
    town: Command, tmp_path: Path
) -> None:
    """Added, changed with old → new, and the question; no leaves everything as it was."""
    before = town("export", "agencies", "-").out
    said = town("import", "agencies", file(tmp_path, AGENCIES), typed="n\n")
    assert said.status == 1
    assert "名称：福祉課 → 福祉総務課" in said.out
    assert "追加1件、変更1件、同じ0件" in said.out
    assert town("export", "agencies", "-").out == before
    assert town("import", "agencies", file(tmp_path, AGENCIES), typed="y\n").status == 0
    assert "東包括" in town("export", "agencies", "-").out


def test_a_dry_run_changes_nothing(town: Command, tmp_path: Path) -> None:
    """Also with --yes beside it."""
    before = town("export", "agencies", "-").out
    arguments = ("import", "agencies", file(tmp_path, AGENCIES), "--dry-run", "--yes")
    assert town(*arguments).status == 0
    assert town("export", "agencies", "-").out == before


def test_members_missing_from_the_file_are_said_and_left_alone(
    town: Command, tmp_path: Path
) -> None:
    """The first administrator is not in the list and stays."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    said = town("import", "members", file(tmp_path, MEMBERS), "--yes")
    assert said.status == 0
    assert re.search(r"ファイルにない.*M01.*山田 花.*そのまま残します", said.out)
    assert "M01" in town("export", "members", "-").out


def test_one_bad_row_and_nothing_is_imported(town: Command, tmp_path: Path) -> None:
    """Row as Excel counts, column and reason, for every bad cell; the good rows wait too."""
    bad = (
        AGENCIES
        + "A03,学校,がっこう,寺,教育,北圏域,,,,,,\r\n,名なし,ナナシ,庁内,総合,全域,,,,,,\r\n"
    )
    said = town("import", "agencies", file(tmp_path, bad), "--yes")
    assert said.status == 1
    assert "3か所を直してください。何も変更していません。" in said.err
    for where in ("4行目 │ 区分", "4行目 │ 圏域", "5行目 │ コード"):
        assert where in said.err
    assert "東包括" not in town("export", "agencies", "-").out


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b'a,"b\n', b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_a_file_that_is_no_list_is_a_sentence(town: Command, tmp_path: Path, data: bytes) -> None:
    """An empty file, a picture, a broken quote: said in words, status 1."""
    (tmp_path / "x.csv").write_bytes(data)
    said = town("import", "members", str(tmp_path / "x.csv"), "--yes")
    assert said.status == 1
    assert "何も変更していません。" in said.err


def test_what_is_exported_imports_again_without_a_change(town: Command, tmp_path: Path) -> None:
    """The file is for its owner alone, is not written over unasked, and means the same."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    town("import", "members", file(tmp_path, MEMBERS), "--yes")
    for which, count in (("agencies", 2), ("members", 3)):
        place = tmp_path / f"{which}-out.csv"
        assert f"（{count}件）" in town("export", which, str(place)).out
        assert place.stat().st_mode & 0o777 == 0o600
        assert town("export", which, str(place)).status == 1
        assert town("export", which, str(place), "--force").status == 0
        said = town("import", which, str(place))
        assert (said.status, "変わるものはありません。" in said.out) == (0, True)


def test_local_mode_takes_no_real_list_and_makes_no_link(command: Command, tmp_path: Path) -> None:
    """Where anybody can be anybody, no real person's name may land; the refusal says what to do."""
    for arguments in (("import", "members", file(tmp_path, MEMBERS), "--yes"), ("link", "M05")):
        said = command(*arguments)
        assert said.status == 1
        assert said.err.startswith("いまは MODE=local（試用）です。")
    assert not (tmp_path / "data").exists()


# -- link and check -------------------------------------------------------------------------------


def test_a_link_signs_its_member_in_once(town: Command, tmp_path: Path) -> None:
    """The address is the public one; the token opens one session and is then spent."""
    said = town("link", "M01", PUBLIC_URL="https://tsunagu.example.jp/")
    match = re.search(r"^https://tsunagu\.example\.jp/sign-in/(\S+)$", said.out, re.MULTILINE)
    assert match
    data = tmp_path / "data"
    settings = Settings(
        mode=Mode.TOWN, database_url=f"sqlite:///{data / 'town.db'}", keys_file=data / "keys.json"
    )
    with bot.assembled(settings) as parts:
        assert parts.web.note_requests is None, "what others do is nobody's to see in a town"
        spend = UseLink(match[1], "any browser", 12)
        entry = parts.desk.handle(spend, Caller.DOOR)
        assert parts.desk.ask(GetSignedInMember(entry.token, 60), Caller.DOOR) == "M01"
        assert not parts.desk.handle(spend, Caller.DOOR).token


def test_nobody_unknown_gets_a_link(town: Command) -> None:
    """A code that is not on today's list is refused."""
    said = town("link", "M99")
    assert (said.status, "M99" in said.err) == (1, True)


WAYS_IN = {
    "PUBLIC_URL": "https://tsunagu.example.jp",
    "SMTP_URL": "smtps://bot:hush@mail.example.jp",
    "MAIL_FROM": "bot@town.example.jp",
    "TRUSTED_PROXIES": "127.0.0.1",
    "CHECKPOINT_MAIL": "sasaki@town.example.jp, kansa@town.example.jp",
}


def test_check_asks_for_a_place_outside_for_checkpoints(town: Command, tmp_path: Path) -> None:
    """A folder or two people by mail; and it says what the last check of the trail found."""
    neither = {k: v for k, v in WAYS_IN.items() if k != "CHECKPOINT_MAIL"}
    said = town("check", **neither).out
    assert "監査の記録の署名付きの証跡が、データベースの外に残りません。" in said
    assert "CHECKPOINT_FOLDER" in said
    assert "CHECKPOINT_MAIL" in said
    assert "監査の記録は、まだ確かめていません。" in said
    mistyped = town("check", **WAYS_IN, SLACK_WORKERS="4", MAIL_REPLYS="hush")
    assert "MAIL_REPLYS という設定はありません。MAIL_REPLIES の書きまちがい" in mistyped.out
    assert "SLACK_WORKERS は、SLACK_BOT_TOKEN がないため使われていません。" in mistyped.out
    assert (mistyped.status, "hush" in mistyped.out) == (1, False)
    folder = {"CHECKPOINT_FOLDER": str(tmp_path)}
    assert "外に残りません" not in town("check", **neither, **folder).out
    assert "2人に毎週メールで送ります" in town("check", **WAYS_IN).out
    assert town("audit", "verify").status == 0
    assert (
        "異常はありませんでした。外に保管した証跡とは比べていません。"
        in town("check", **WAYS_IN).out
    )
    spoil(tmp_path, "UPDATE trail SET door = 'x' WHERE seq = 1")
    town("audit", "verify")
    assert "確かめたとき、異常がありました。" in town("check", **WAYS_IN).out


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("postgresql://bot:x@db.example.jp/town", True),
        ("postgresql://bot:x@10.0.0.5:5432/town?sslmode=require", True),  # whoever answers
        ("postgresql+psycopg:///town?host=db.example.jp&sslmode=prefer", True),
        ("postgresql://bot:x@db.example.jp/town?sslmode=verify-full&sslrootcert=ca.pem", False),
        ("postgresql://bot:x@127.0.0.1/town", False),
        ("postgresql://bot:x@localhost/town", False),
        ("postgresql:///town?host=/var/run/postgresql", False),
        ("postgresql:///town", False),
        ("sqlite:///data/town.db", False),
    ],
)
def test_a_database_elsewhere_is_spoken_to_under_encryption(url: str, clear: bool) -> None:
    """Else libpq falls back to plain text, or believes whoever answers: `check` says so."""
    assert in_the_clear(url) is clear


def test_check_names_what_is_missing(town: Command, tmp_path: Path) -> None:
    """No coordinator, an agency without a window, one without anybody: a sentence each."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    said = town("check", **WAYS_IN)
    assert said.status == 1
    assert "連携担当者が1人もいません。" in said.out
    assert "東包括（A02）に、今日働いている人がいません。" in said.out
    assert said.out.strip().endswith("直すところが3か所あります。")
    town("import", "members", file(tmp_path, MEMBERS), "--yes")
    said = town("check", **WAYS_IN)
    assert (said.status, said.out.strip().splitlines()[-1]) == (0, "直すところはありません。")


def test_files_are_for_their_owner_alone_and_check_names_those_that_are_not(
    town: Command, tmp_path: Path
) -> None:
    """Whatever the machine's umask; what somebody opened since, the operator learns by its name."""
    made = [tmp_path / ".env", *(tmp_path / "data").rglob("*"), tmp_path / "data"]
    assert len(made) > 3
    assert [p for p in made if p.stat().st_mode & 0o077] == []
    assert "ほかの利用者が読める" not in town("check", **WAYS_IN).out
    (tmp_path / "data" / "town.db").chmod(0o640)
    (tmp_path / ".env").chmod(0o604)
    (said,) = [li for li in town("check", **WAYS_IN).out.splitlines() if "chmod" in li]
    assert str(tmp_path / "data" / "town.db") in said
    assert str(tmp_path / ".env") in said
    assert "keys.json" not in said


def test_what_is_done_at_the_command_line_stands_in_the_trail(
    town: Command, tmp_path: Path
) -> None:
    """A copy, the lists, the keys shown, given out, changed and let go, the database carried up
    (once, when there was something to do): by the console, by ids."""
    town("backup", str(tmp_path / "out.backup"))
    town("export", "members", str(tmp_path / "m.csv"))
    town("export", "agencies", "-")
    town("keys", "make", str(tmp_path / "more.json"))
    town("keys", "rotate")
    town("keys", "show")
    town("keys", "forget", "k1")
    settings = load_settings(tmp_path)
    with bot.assembled(settings) as parts:
        make_stale(parts.database)
    assert "合わせました" in town("migrate").out
    assert "することはありませんでした" in town("migrate").out
    with bot.assembled(settings) as parts:
        make_stale(parts.database)
    town("keys", "show")  # whatever opens the file first carries it up
    with bot.assembled(settings) as parts, parts.database.open() as unit:
        rows = reversed(unit.events.page(TrailFilter(door="cli"), 0, 100))
    done = [(r.kind, dict(r.facts or {})) for r in rows]
    now = newest_revision()
    assert done[-10:] == [
        ("backup_taken", {"key": ""}),
        ("read.member_list", {"rows": 1}),
        ("read.agency_list", {"rows": 1}),
        ("keys_given_out", {"key": "k2"}),
        ("keys_rotated", {"key": "k2"}),
        ("keys_listed", {"key": ""}),
        ("key_forgotten", {"key": "k1"}),
        ("database_carried_up", {"before": now, "after": now}),
        ("database_carried_up", {"before": now, "after": now}),
        ("keys_listed", {"key": ""}),
    ]


def test_check_says_that_no_core_desk_is_named(command: Command, tmp_path: Path) -> None:
    """緊急 would reach the coordinators alone."""
    assert command(*ALL_OPTIONS, "--write-env").status == 0
    assert "中核機関が決まっていません。" in command("check", **WAYS_IN).out


@pytest.mark.parametrize(
    ("role", "told"),
    [("管理職", "連携担当者、管理職のうち2人"), ("", "連携担当者のうち1人")],
)
def test_check_names_the_roles_that_a_shared_address_shuts_out(
    town: Command, tmp_path: Path, role: str, told: str
) -> None:
    """Whoever leads or coordinates gets no link by it; who does neither is not counted."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    said = "メールアドレスが、ほかの方と同じです"
    assert said not in town("check", **WAYS_IN).out
    shared = MEMBERS.replace("m03@example.jp", "m02@example.jp").replace("管理職", role)
    assert town("import", "members", file(tmp_path, shared), "--yes").status == 0
    (line,) = (one for one in town("check", **WAYS_IN).out.splitlines() if said in one)
    assert f"{told}のメールアドレス" in line


def test_a_list_at_the_command_line_waits_for_somebody_of_the_town(
    town: Command, tmp_path: Path
) -> None:
    """The first list of a new town is taken as it is; later ones ask, and the console, which asked,
    does not confirm where an administrator could. What is asked is listed and taken back."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    first = town("import", "members", file(tmp_path, MEMBERS), "--yes")
    assert "承認すると" not in first.out
    assert "承認待ちの依頼はありません。" in town("permission-requests").out
    more = MEMBERS.replace("A01,管理職,", "A01,管理職、連携担当者,")
    said = town("import", "members", file(tmp_path, more), "--yes")
    assert said.status == 0
    assert said.out.count("承認すると反映されます") == 2  # before, and when it is done
    (line,) = town("permission-requests").out.strip().splitlines()
    assert "M03" in line
    assert "役割" in line
    one = line.split("\u3000")[0]
    refused = town("permission-requests", "--agree", one)
    assert (refused.status, "承認できません" in refused.err) == (1, True)
    assert town("permission-requests", "--agree", one, "--end", one).status == 1
    assert "承認しない（取り下げ）としました" in town("permission-requests", "--end", one).out
    assert "連携担当者" not in town("export", "members", "-").out.split("M03")[1]


def test_check_names_what_is_missing_to_sign_in(town: Command, tmp_path: Path) -> None:
    """No public address, no mail server, members without an address; never a secret."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    without = MEMBERS.replace("m02@example.jp", "").replace("m03@example.jp", "")
    town("import", "members", file(tmp_path, without), "--yes")
    said = town("check")
    assert "PUBLIC_URL がありません" in said.out
    assert "SMTP_URL がありません" in said.out
    assert "メールアドレスのない担当者が2人います。" in said.out
    single = {
        "OIDC_ISSUER": "https://id.example.jp",
        "OIDC_CLIENT_ID": "tsunagu",
        "OIDC_CLIENT_SECRET": "hush",
    }
    said = town("check", **WAYS_IN, **single, OIDC_ONLY="yes")
    assert "smtps://bot:***@mail.example.jp:465 から送ります" in said.out
    assert "https://tsunagu.example.jp/sign-in/oidc/callback" in said.out
    assert "メールアドレスのない担当者" not in said.out
    assert "hush" not in said.out + said.err


def test_check_warns_when_nobody_says_who_asks(town: Command, tmp_path: Path) -> None:
    """Pages over https have a proxy in front: unless it is trusted, all are one address."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    town("import", "members", file(tmp_path, MEMBERS), "--yes")
    said = town("check", **{**WAYS_IN, "TRUSTED_PROXIES": "0"})
    assert said.status == 1
    assert "TRUSTED_PROXIES がありません。" in said.out
    here = {**WAYS_IN, "TRUSTED_PROXIES": "0", "PUBLIC_URL": "http://localhost:8710"}
    assert "TRUSTED_PROXIES" not in town("check", **here).out
    assert "TRUSTED_PROXIES" not in town("check", **WAYS_IN).out


def test_check_says_what_the_running_bot_met_before_it(town: Command, tmp_path: Path) -> None:
    """A proxy that is not listed: by which address it comes, until the bot is started anew."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    town("import", "members", file(tmp_path, MEMBERS), "--yes")
    assert town("check", **WAYS_IN).status == 0
    data = tmp_path / "data"
    settings = Settings(
        mode=Mode.TOWN, database_url=f"sqlite:///{data / 'town.db'}", keys_file=data / "keys.json"
    )
    with bot.assembled(settings) as parts:
        parts.web.keep_proxy_troubles((ProxyTrouble("unlisted", "10.0.0.5"),))
    said = town("check", **WAYS_IN)
    assert said.status == 1
    assert "10.0.0.5 からのアクセスは、TRUSTED_PROXIES にない相手を通っています。" in said.out


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["fly"], "fly"),
        (["link"], "MEMBER"),
        (["--fast"], "--fast"),
        (["import"], "import --help"),
        (["import", "agencies"], "FILE"),
        (["export", "members", "a", "b"], "export members --help"),
    ],
)
def test_a_command_typed_wrong_is_a_sentence(
    command: Command, arguments: list[str], word: str
) -> None:
    """Status 2, one line in Japanese that names the word and where help is."""
    said = command(*arguments)
    assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
    assert word in said.err
    assert "--help" in said.err


def test_a_town_that_is_not_set_up_is_not_made_by_a_slip(command: Command, tmp_path: Path) -> None:
    """MODE=town without init: every command says to run init first, and nothing is made."""
    for arguments in (["run"], ["check"], ["link", "M01"], ["export", "members", "-"]):
        said = command(*arguments, MODE="town")
        assert said.status == 2
        assert "python bot.py init" in said.err
    assert not (tmp_path / "data").exists()


def test_lost_keys_are_named_and_never_made_anew(town: Command, tmp_path: Path) -> None:
    """A new key would open nothing and look as if all were well."""
    (tmp_path / "data/keys.json").unlink()
    for arguments in (["check"], ALL_OPTIONS):
        said = town(*arguments)
        assert (said.status, "keys.json" in said.err) == (2, True)
    assert not (tmp_path / "data/keys.json").exists()


def test_the_keys_of_another_database_are_refused(town: Command, tmp_path: Path) -> None:
    """A keys file that was mixed up is named before anything is written with it."""
    make_keys(tmp_path / "other.json")
    said = town("check", KEYS_FILE=str(tmp_path / "other.json"))
    assert (said.status, "いまの鍵では開けません" in said.err) == (2, True)


def test_each_database_not_to_be_touched_has_its_sentence(town: Command, tmp_path: Path) -> None:
    """Rubbish, somebody else's tables, the fictional town's file: said, and left as it was."""
    (tmp_path / "rubbish.db").write_bytes(b"no database at all" * 100)
    with sqlite3.connect(tmp_path / "foreign.db") as connection:
        connection.execute("CREATE TABLE accounts (id)")
    town("export", "agencies", "-", MODE="local")
    for name, word in (
        ("rubbish", "壊れて"),
        ("foreign", "ではない表"),
        ("local", "MODE=local"),
    ):
        place = tmp_path / ("data/local.db" if name == "local" else f"{name}.db")
        before = place.read_bytes()
        said = town("check", DATABASE_URL=f"sqlite:///{place}")
        assert (said.status, word in said.err) == (2, True), said
        assert place.read_bytes() == before


def test_a_towns_bad_file_is_a_sentence(command: Command, tmp_path: Path) -> None:
    """A slip in forms.yaml or in a town's words stops the start and names the file."""
    own = tmp_path / "town"
    own.mkdir()
    (own / "forms.yaml").write_text("sheet: 3\n", "utf-8")
    said = command("check", TOWN_FOLDER=str(own))
    assert (said.status, "forms.yaml" in said.err) == (2, True)
    (own / "forms.yaml").unlink()
    (own / "words").mkdir()
    (own / "words/own.yaml").write_text("no.such.key: あ\n", "utf-8")
    said = command("check", TOWN_FOLDER=str(own))
    assert (said.status, "no.such.key" in said.err) == (2, True)


def test_a_port_that_is_taken_is_a_sentence(command: Command) -> None:
    """Nothing is said to have started, and the sentence names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = command("run", PORT=port)
    assert (said.status, said.out) == (2, "")
    assert f"ポート {port} は、ほかのプログラムが使っています。" in said.err


# -- keys -----------------------------------------------------------------------------------------


def test_keys_are_made_for_a_setting_and_the_town_lives_without_a_file(
    command: Command, tmp_path: Path
) -> None:
    """What `keys make` prints is the setting, on one line; no keys file is read or written."""
    made = command("keys", "make", MODE="town")
    assert (made.status, made.out.count("\n")) == (0, 1)
    assert "これは秘密です。" in made.err
    assert "k1" in json.loads(made.out)["seal"]
    keys = {"KEYS": made.out.strip(), "MODE": "town"}
    said = command(*ALL_OPTIONS, "--no-write-env", **keys)
    assert (said.status, "設定 KEYS の鍵は" in said.out) == (0, True)
    assert "設定 KEYS の鍵で開けます。" in command("check", **keys).out
    assert [p.name for p in (tmp_path / "data").iterdir() if "keys" in p.name] == []
    assert command("check", MODE="town").status == 2


def test_keys_by_a_setting_are_changed_in_three_steps(command: Command) -> None:
    """Make, set, rotate; then the old one is let go, and what to set is printed once more."""
    first = command("keys", "make", MODE="town").out.strip()
    assert command(*ALL_OPTIONS, "--no-write-env", KEYS=first).status == 0
    said = command("keys", "rotate", MODE="town", KEYS=first)
    assert (said.status, "keys make" in said.err) == (1, True)
    made = command("keys", "make", MODE="town", KEYS=first)
    assert "k2 を足しました。" in made.err
    second = made.out.strip()
    assert "用意してある" in command("keys", "show", MODE="town", KEYS=second).out
    assert "鍵を更新し（新しい鍵 k2）" in command("keys", "rotate", MODE="town", KEYS=second).out
    lost = command("check", MODE="town", KEYS=first)
    assert (lost.status, lost.err.startswith("鍵 k2 がありません。")) == (2, True)
    forgotten = command("keys", "forget", "k1", MODE="town", KEYS=second)
    third = forgotten.out.strip()
    assert list(json.loads(third)["seal"]) == ["k2"]
    assert command("export", "members", "-", MODE="town", KEYS=third).status == 0
    assert command("keys", "forget", "k2", MODE="town", KEYS=third).status == 1


def test_a_bad_keys_setting_is_a_sentence_that_does_not_quote_it(town: Command) -> None:
    """Half a paste is refused; the value is in no word that is printed."""
    good = town("keys", "make").out.strip()
    for bad in (good[:-40], "hush-hush", good.replace('"k1"', '"key"'), good.replace("k1", "K1")):
        said = town("check", KEYS=bad)
        assert (said.status, said.out, said.err.count("\n")) == (2, "", 1)
        assert said.err.startswith("設定 KEYS は使えません。鍵として読み取れません。")
        assert bad[3:9] not in said.err
        assert bad[-30:] not in said.err


def test_keys_are_made_into_a_file_for_its_owner_alone(town: Command, tmp_path: Path) -> None:
    """For the other servers: those in force with one more; nothing is written over."""
    place = tmp_path / "new.json"
    said = town("keys", "make", str(place))
    assert (said.status, said.out) == (0, "")
    assert place.stat().st_mode & 0o777 == 0o600
    made, held = read_keys(place), read_keys(tmp_path / "data/keys.json")
    assert (made.current, set(made.seal), made.seal["k1"]) == ("k1", {"k1", "k2"}, held.seal["k1"])
    assert town("keys", "make", str(place)).status == 1
    assert read_keys(place) == made


def test_keys_are_rotated_shown_and_forgotten(town: Command, tmp_path: Path) -> None:
    """With a file: one command; each key with its state and how many values it seals."""
    before = town("export", "members", "-").out
    said = town("keys", "rotate")
    assert (said.status, said.err) == (0, "")
    assert re.search(r"^1件 / \d+件$|^\d+件 / \d+件$", said.out, re.MULTILINE)
    assert "鍵を更新し（新しい鍵 k2）" in said.out
    shown = town("keys", "show").out
    assert re.search(r"k1\s+│ 前の鍵\s+│ 0 ", shown)
    assert re.search(r"k2\s+│ 使っている │ [1-9]", shown)
    assert town("export", "members", "-").out == before
    assert (town("keys", "forget", "k2").status, town("keys", "forget", "k1").status) == (1, 0)
    keys = read_keys(tmp_path / "data/keys.json")
    assert list(keys.seal) == ["k2"]
    for key in (*keys.seal.values(), keys.index, keys.web):
        assert key.hex() not in said.out + shown


def test_a_terminal_shows_how_far_the_rotation_is(town: Command) -> None:
    """A bar with the values done and in all, instead of lines."""
    said = town("keys", "rotate", FORCE_COLOR="1")
    assert said.status == 0
    done = re.search(r"鍵を更新し（新しい鍵 k2）、(\d+)件", said.out)
    assert done
    assert re.search(rf"{done[1]}/{done[1]}", said.out)


def test_local_mode_rotates_its_own_keys(command: Command, tmp_path: Path) -> None:
    """The fictional town has its own file, also where a real town's keys are set."""
    made = command("keys", "make", MODE="town").out.strip()
    assert command("keys", "rotate", KEYS=made, MODE="local").status == 0
    assert read_keys(tmp_path / "data/local-keys.json").current == "k2"


def test_permissions_prints_every_rule_in_words(command: Command) -> None:
    """The table in force, without opening a database."""
    said, texts = command("permissions", COLUMNS="300"), load_texts(None)
    assert said.status == 0
    for action in RULES:
        assert texts.label("action", str(action)) in said.out


def test_the_real_process_ends_with_the_status_and_without_a_traceback(tmp_path: Path) -> None:
    """python bot.py as an operator runs it: one sentence on standard error, status 2."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bot.py"), "check"],
        env={"PATH": os.environ["PATH"], "MODE": "town", "DATA_FOLDER": str(tmp_path / "d")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("町の設定がまだありません。")


# -- audit ----------------------------------------------------------------------------------------


def spoil(folder: Path, *statements: str) -> None:
    """What somebody does who owns the database."""
    with sqlite3.connect(folder / "data/town.db", isolation_level=None) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_the_trail_is_verified_signed_and_its_key_shown(town: Command, tmp_path: Path) -> None:
    """Sound is status 0; the checkpoint is one line to be kept; the key is PEM alone."""
    said = town("audit", "verify")
    assert (said.status, said.err) == (0, "")
    assert re.search(r"監査の記録\d+件のつながりを確かめました。異常はありません。", said.out)
    assert "外に保管した証跡とは比べていません。" in said.out
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    made = town("audit", "checkpoint", CHECKPOINT_FOLDER=str(folder))
    line = json.loads(made.out)
    chained = {"version", "previous", "decisions"}
    assert set(line) == {"seq", "at", "hash", "signature", *chained}
    kept = folder / "tsunagu-checkpoints.jsonl"
    assert kept.read_text("utf-8") == made.out
    assert str(kept) in made.err
    key = town("audit", "key").out
    assert key.startswith("-----BEGIN PUBLIC KEY-----\n")
    said = town("audit", "verify", "--against", str(kept))
    assert (said.status, f"{kept} の証跡1件と一致しました。" in said.out) == (0, True)
    assert f"{line['seq']}番までは、外に保管した証跡とも一致しました。" in said.out
    assert "比べていません" not in said.out


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE trail SET actor_id = 'M99' WHERE seq = 2", "2番"),
        ("DELETE FROM trail WHERE seq = 2", "2番の記録が抜けています。"),
        ("DELETE FROM trail WHERE seq >= 3", "末尾の記録がなくなっています。"),
        ("DELETE FROM trail_head", "末尾の印（最後の記録がどれかの印）がありません。"),
        ("UPDATE trail SET facts = 'x' WHERE seq = 1", "1番"),
    ],
)
def test_the_first_fault_is_told_with_its_place(
    town: Command, tmp_path: Path, statement: str, told: str
) -> None:
    """Status 1, what is wrong and where, and what to do; every time it is asked."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    town("import", "members", file(tmp_path, MEMBERS), "--yes")
    spoil(tmp_path, statement)
    for _ in range(2):
        said = town("audit", "verify")
        assert (said.status, said.out) == (1, "")
        assert told in said.err
        assert "保全" in said.err


def test_a_kept_file_finds_what_the_database_no_longer_knows(town: Command, tmp_path: Path) -> None:
    """The end, its note and the checkpoints are gone together: the note is none of the bot's, and
    the file knows how many rows are missing."""
    town("import", "agencies", file(tmp_path, AGENCIES), "--yes")
    kept = tmp_path / "kept.jsonl"
    kept.write_text(town("audit", "checkpoint").out, "utf-8")
    spoil(
        tmp_path,
        "DELETE FROM checkpoints",
        "DELETE FROM trail WHERE seq > 1",
        "UPDATE trail_head SET seq = 1, hash = (SELECT hash FROM trail)",
    )
    said = town("audit", "verify", "--against", str(kept))
    assert (said.status, "末尾の記録がなくなっています。" in said.err) == (1, True)
    said = town("audit", "verify")
    assert (said.status, "つなぐボットの書いたものではありません。" in said.err) == (1, True)
    town("import", "members", file(tmp_path, MEMBERS), "--yes")  # it grows again
    said = town("audit", "verify", "--against", str(kept))
    assert (said.status, "署名付きの証跡と食い違います。" in said.err) == (1, True)


@pytest.mark.parametrize("text", ["", "\n\n", "no checkpoint\n", '{"seq": 1}\n'])
def test_a_file_that_holds_no_checkpoint_is_a_sentence(
    town: Command, tmp_path: Path, text: str
) -> None:
    """Which line cannot be read, or that there is none; not a word about the trail."""
    said = town("audit", "verify", "--against", file(tmp_path, text, "kept.jsonl"))
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert "kept.jsonl" in said.err
    assert town("audit", "verify", "--against", str(tmp_path / "none")).status == 2


def test_the_checkpoints_of_another_town_are_not_ours(town: Command, tmp_path: Path) -> None:
    """Signed with other keys: told as such, and kept as no result of this town's trail."""
    strange = town("audit", "checkpoint", MODE="local").out
    said = town("audit", "verify", "--against", file(tmp_path, strange, "kept.jsonl"))
    assert (said.status, "署名が、つなぐボットのものではありません。" in said.err) == (1, True)


def test_what_cannot_be_read_is_listed_read_again_and_taken_away(
    town: Command, tmp_path: Path
) -> None:
    """By the number of the case; what is refused is a sentence, and the exit status says so."""
    data = tmp_path / "data"
    settings = Settings(
        mode=Mode.TOWN, database_url=f"sqlite:///{data / 'town.db'}", keys_file=data / "keys.json"
    )
    with bot.assembled(settings) as parts:
        hall = Hands(parts.desk, parts.database)
        with hall.database.open() as unit:
            (member,) = unit.directory.members()
            district = unit.directory.town().districts[0].id
        hall.open_case(member.agency_id, by=member.id, district=district)
        (case_id,) = hall.case_ids()
        stood = make_unreadable(hall, case_id, "content", "facts")
    said = town("broken", "list")
    assert (said.status, "R8-0001" in said.out or "R9-0001" in said.out) == (1, True)
    number = re.findall(r"R\d+-0001", said.out)[0]
    said = town("broken", "repair", number)
    assert said.status == 1
    assert "まだ開けません" in said.err
    assert "外しました" in town("broken", "remove", number, "--yes").out
    assert "一覧から外したもの" in town("broken", "list").out
    assert "戻しました" in town("broken", "restore", number).out
    with bot.assembled(settings) as parts:
        hands = Hands(parts.desk, parts.database)
        make_readable(hands, case_id, {"content": stood["content"]})
    assert "読み直しました" in town("broken", "repair", number).out
    assert town("broken", "list").status == 0
    assert "一覧にありません" in town("broken", "repair", number).err
