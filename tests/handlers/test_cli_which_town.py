"""No command acts on another town than the one that is meant, and each says on which it acts."""

import configparser
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.settings import NAMES
from tests.support.commands import Command, commands_in

ROOT = Path(__file__).parent.parent.parent
INIT = (
    *("init", "--name", "試し町", "--kana", "ためしちょう", "--district", "東圏域,ひがしけんいき"),
    *("--agency", "福祉課", "--agency-kana", "ふくしか", "--admin", "山田 花"),
    *("--admin-kana", "やまだ はな", "--yes"),
)
REAL, FICTIONAL = "対象：試し町（本番）", "対象：つなぎ野市（試用の架空の町）"
# Every command that opens a town, as a script would call it.
ACTING = {
    "backup": ("backup", "out.backup"),
    "check": ("check",),
    "export agencies": ("export", "agencies", "-"),
    "export members": ("export", "members", "-"),
    "audit verify": ("audit", "verify"),
    "audit checkpoint": ("audit", "checkpoint"),
    "audit key": ("audit", "key"),
    "audit accept-rows": ("audit", "accept-rows", "--reason", "repaired"),
    "broken list": ("broken", "list"),
    "permission-requests": ("permission-requests",),
    "migrate": ("migrate",),
    "keys show": ("keys", "show"),
    "show": ("show", "outbox", "--reason", "fault"),
    "explain": ("explain", "M01", "town"),
    "keys rotate": ("keys", "rotate"),
}
# Those that need more than is there to get as far as opening it.
ELSEWHERE = {
    "mail bounce": ("mail", "bounce", "mail.eml"),
    "mail receive": ("mail", "receive", "mail.eml"),
    "broken repair": ("broken", "repair", "none"),
    "broken remove": ("broken", "remove", "none"),
    "broken restore": ("broken", "restore", "none"),
    "restore": ("restore", "out.backup"),
    "restore-settle": ("restore-settle", "by_hand"),
    "keys make": ("keys", "make"),
    "keys forget": ("keys", "forget", "k1"),
    "setup lineworks": ("setup", "lineworks"),
    "link": ("link", "M01"),
    "import agencies": ("import", "agencies", "mail.eml"),
    "import members": ("import", "members", "mail.eml"),
    "run": ("run",),
}
NO_TOWN = {"slack manifest", "permissions", "init", "settings"}


def bare(folder: Path) -> Path:
    """A folder as a town has it: the program, its Python, and nothing else yet."""
    (folder / "bot.py").symlink_to(ROOT / "bot.py")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "mail.eml").write_text("Subject: hello\n\nhello\n")
    return folder


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command in a folder of its own, with this environment and no other setting."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(bare(tmp_path))
    return commands_in(tmp_path, monkeypatch, capsys)


@pytest.fixture
def both(command: Command, tmp_path: Path) -> Command:
    """A real town beside the fictional one, and no `.env`."""
    assert command("export", "agencies", "-").status == 0  # makes the fictional town
    assert command(*INIT, "--no-write-env").status == 0
    assert not (tmp_path / ".env").exists()
    return command


def test_every_command_is_looked_at(command: Command) -> None:
    """A new command has to be named above: it opens a town, or it does not."""
    found = set()

    def walk(*words: str) -> None:
        told = command(*words, "--help").out.partition("Commands:")[2]
        below = re.findall(r"^  ([\w-]+)  ", told, re.MULTILINE)
        assert "..." not in told, f"{words}: a sentence too long for its line says nothing"
        if not below:
            found.add(" ".join(words))
        for word in below:
            walk(*words, word)

    walk()
    assert found == set(ACTING) | set(ELSEWHERE) | NO_TOWN


def test_a_command_that_would_miss_the_real_town_stops_and_says_so(
    both: Command, tmp_path: Path
) -> None:
    """Without MODE it would act on the fictional town: nothing is done, status 2, and how to say
    which one is meant."""
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()}
    for words in (ACTING | ELSEWHERE).values():
        said = both(*words)
        assert (said.status, said.out) == (2, ""), words
        assert "本番の町のもの" in said.err
        assert "town.db" in said.err
        assert "MODE=town" in said.err
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(("mode", "words"), [("town", REAL), ("local", FICTIONAL)])
def test_every_command_says_which_town_it_acts_on(both: Command, mode: str, words: str) -> None:
    """On the standard error, once; what was asked for goes to the standard output alone."""
    for name, arguments in ACTING.items():
        said = both(*arguments, MODE=mode)
        assert said.town == f"{words}\n", (name, said)
        assert "対象：" not in said.out, name


def test_a_backup_says_whose_it_is_when_it_is_checked_and_restored(
    both: Command, tmp_path: Path
) -> None:
    """The file tells; after a restore it is said which town is there again."""
    assert both("backup", "kept.backup", MODE="town").status == 0
    checked = both("backup", "--check", "kept.backup", MODE="town")
    assert (checked.status, REAL in checked.town) == (0, True)
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    restored = both("restore", "kept.backup", MODE="town", DATABASE_URL=elsewhere)
    assert (restored.status, REAL in restored.town) == (0, True)


@pytest.mark.parametrize(
    "given",
    [
        {"DATABASE_URL": "sqlite:///elsewhere/town.db"},
        {"KEYS": "{}"},
        {"KEYS_FILE": "k"},
        {"SMTP_URL": "smtp://mail.example.jp"},
        {"OIDC_ISSUER": "https://id.example.jp"},
    ],
)
def test_a_setting_of_a_real_town_is_a_sign_of_it(
    command: Command, tmp_path: Path, given: dict[str, str]
) -> None:
    """A container that has the address or the keys and forgot MODE makes no fictional town; nor
    does one that knows how mail leaves or who signs people in, which no fictional town does."""
    said = command("backup", "out.backup", **given)
    assert (said.status, next(iter(given)) in said.err) == (2, True)
    assert not (tmp_path / "data").exists()


def test_a_file_that_once_said_local_does_not_speak_for_every_night(
    both: Command, tmp_path: Path
) -> None:
    """`.env` is left from the days of trying: only MODE said for this very run is meant."""
    (tmp_path / ".env").write_text("MODE=local\n")
    assert both("check").status == 2
    assert FICTIONAL in both("check", MODE="local").town


def test_a_town_beside_the_program_is_found_from_another_folder(
    both: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cron line that forgot to change the folder makes no fictional town where it stands."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    assert both("check").status == 2
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize("name", ["town.db", "keys.json"])
def test_a_town_on_a_disk_that_is_not_there_now_is_a_sign_of_it(
    command: Command, tmp_path: Path, name: str
) -> None:
    """The file is a link to a disk that nobody mounted: no fictional town takes its place."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).symlink_to(tmp_path / "unmounted" / name)
    said = command("backup", "out.backup")
    assert (said.status, name in said.err) == (2, True)
    assert [p.name for p in (tmp_path / "data").iterdir()] == [name]


def test_init_leaves_the_town_that_every_later_command_means(
    command: Command, tmp_path: Path
) -> None:
    """Also when a script makes it: the next command needs no word of its own."""
    assert command(*INIT).status == 0
    assert (tmp_path / ".env").read_text() == "MODE=town\n"
    assert REAL in command("backup", "out.backup").town


# -- what the documents tell an operator to install --------------------------------------------

Ran = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real town beside the fictional one, made by processes as an operator starts them."""
    folder = bare(tmp_path_factory.mktemp("tsunagu-bot"))
    for words in (("export", "agencies", "-"), (*INIT, "--no-write-env")):
        made = shell(folder, shlex.join([".venv/bin/python", "bot.py", *words]))
        assert made.returncode == 0, made.stderr
    return folder


def shell(folder: Path, line: str, typed: str = "", **environment: str) -> Ran:
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "TMPDIR": str(folder), **environment},
        input=typed,
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )


def blocks(document: str, kind: str) -> list[str]:
    text = (ROOT / "docs/ops" / document).read_text("utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for its_kind, block in found if its_kind == kind]


def there(text: str, place: Path) -> str:
    """The two folders of the documents are folders of the test; nothing else is changed."""
    return text.replace("/opt/tsunagu-bot", str(place)).replace("/backups", str(place / "kept"))


def unit(place: Path) -> Ran:
    """The service as systemd runs it: its environment alone, one command after the other."""
    files = re.split(
        r"^# /etc/systemd/system/.*$", blocks("backup.md", "ini")[0], flags=re.MULTILINE
    )
    read = configparser.RawConfigParser()
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(there(next(f for f in files if "[Service]" in f), place))
    service = read["Service"]
    environment = dict(e.split("=", 1) for e in shlex.split(service["Environment"]))
    done = [
        shell(
            Path(service["WorkingDirectory"]),
            shlex.join(shlex.split(service[key].replace("%%", "%"))),
            **environment,
        )
        for key in ("ExecStart", "ExecStartPost")
    ]
    assert done[1].returncode == 0, done[1].stderr
    return done[0]


def cron(place: Path) -> Ran:
    """The line as cron runs it: from the home folder, with next to no environment."""
    line = next(b for b in blocks("backup.md", "") if re.match(r"\d", b))
    command = there(line.strip(), place).split(maxsplit=5)[5].replace(r"\%", "%")
    (place / "home").mkdir(exist_ok=True)
    return shell(place / "home", command)


def pipe(place: Path) -> Ran:
    """The pipe as Postfix runs it: as its user, in its folder, the mail on the standard input."""
    [service] = [b for b in blocks("mail.md", "") if " pipe\n" in b]
    said = dict(re.findall(r"\b(user|directory|argv)=(.*?)(?= directory=|\n)", service))
    assert f"User={said['user']}\n" in blocks("install.md", "ini")[0]  # who may read the keys
    assert there(said["directory"], place) == str(place)
    return shell(place, there(said["argv"], place), "Subject: hello\n\nhello\n")


@pytest.mark.parametrize("way", [unit, cron, pipe])
def test_what_the_documents_install_acts_on_the_real_town(
    installed: Path, way: Callable[[Path], Ran]
) -> None:
    """The nightly backup holds the real town, with no `.env` to help."""
    kept = installed / "kept"
    kept.mkdir(exist_ok=True)
    for old in kept.iterdir():
        old.unlink()
    done = way(installed)
    assert done.returncode == 0, done.stderr
    assert (REAL in done.stderr) is (way is not pipe)  # a mail about nothing of ours opens none
    assert [p.stat().st_mode & 0o777 for p in kept.iterdir()] == [0o600] * (way is not pipe)
