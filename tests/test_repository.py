"""What stands around the code: the hosted check, hooks, templates and tags name what is there."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = frozenset(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
OF_THE_SYSTEM = frozenset({"apt-get"})


def from_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def missing(command: str) -> list[str]:
    """What of a command line is not there: programs and files of ours, targets of the Makefile."""
    found = []
    for part in re.split(r"&&|\|\||;|\n", command):
        words = shlex.split(part)
        if not words:
            continue
        program, rest = words[0], [w for w in words[1:] if not w.startswith("-") and "=" not in w]
        if program == "make":
            found += [w for w in rest if w not in TARGETS]
        elif program.startswith(".venv/bin/"):
            found += [] if program == ".venv/bin/python" else [program]
            found += [w for w in rest if w.endswith(".py") and not (ROOT / w).is_file()]
        elif program not in OF_THE_SYSTEM and not (ROOT / program).is_file():
            found += [program]
    return found


def test_the_hosted_check_runs_the_same_check_and_names_what_is_there() -> None:
    """.github/workflows/ci.yml does what .ci/run does, by running it."""
    jobs = from_yaml(".github/workflows/ci.yml")["jobs"]
    commands = [s["run"] for job in jobs.values() for s in job["steps"] if "run" in s]
    assert {c: missing(c) for c in commands if missing(c)} == {}
    assert ".ci/run" in [s.get("run") for s in jobs["check"]["steps"]]
    assert (ROOT / ".ci/run").stat().st_mode & 0o100, "it is run as it stands"


def test_a_hook_calls_what_make_test_calls() -> None:
    """Nothing is downloaded: every hook is local, in .venv, and one of the steps of `make test`."""
    (repository,) = from_yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    steps = MAKEFILE.partition("\ntest:")[2].partition("\n\n")[0]
    steps = steps.replace("$(PY)", ".venv/bin/python").replace("$(VENV)", ".venv")
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert missing(hook["entry"]) == [], hook["id"]
        program = " ".join(hook["entry"].split()[:3])
        assert program in steps, hook["id"]


def test_what_contributing_tells_to_run_is_there() -> None:
    """Every line of its blocks of commands: programs, targets, files that they are given."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    assert len(lines) > 5
    given = [path for line in lines for path in re.findall(r"tests/[\w/.]+", line)]
    assert [path for path in given if not (ROOT / path).exists()] == []
    assert {line: missing(line) for line in lines if missing(line)} == {}


@pytest.mark.parametrize("command", ["make nothing", ".ci/nothing", ".venv/bin/python no.py"])
def test_a_command_that_is_not_there_is_found(command: str) -> None:
    assert missing(command)


def test_templates_and_editors_can_read_theirs() -> None:
    """A form of an issue asks about no real person, and leads weaknesses elsewhere."""
    config = configparser.ConfigParser()
    config.read_string("[root]\n" + (ROOT / ".editorconfig").read_text("utf-8"))
    assert config["*"]["end_of_line"] == "lf"
    for form in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        written = yaml.safe_load(form.read_text("utf-8"))
        if form.name == "config.yml":
            continue
        ids = [field["id"] for field in written["body"] if "id" in field]
        assert ids
        assert len(ids) == len(set(ids)), form.name
        assert "実在の方の情報" in form.read_text("utf-8"), form.name


def make_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        # What the make around us was told, and hands on, is not told to this one.
        env={k: v for k, v in os.environ.items() if k not in ("TAG", "MESSAGE", "MAKEFLAGS")},
    )


# mypy ends only when pytest has begun, and pytest goes on only when mypy has.
BESIDE = """#!/bin/sh
case "$*" in
    *mypy*) echo > met; echo "types: $MYPY_ENDS"; exit $MYPY_ENDS ;;
    *pytest*) read line < met; echo "tests: $PYTEST_ENDS"; exit $PYTEST_ENDS ;;
esac
"""


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
@pytest.mark.parametrize(("types", "tests"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_types_are_checked_beside_the_tests_and_either_fails_the_check(
    tmp_path: Path, types: int, tests: int
) -> None:
    """What mypy found wrong comes after all that pytest says; of types that are right, nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(BESIDE, "utf-8")
    python.chmod(0o755)
    (tmp_path / "requirements-dev.txt").touch()
    (tmp_path / ".venv" / ".dev-stamp").touch()
    os.mkfifo(tmp_path / "met")
    done = make_in(tmp_path, "test", "NPM=", f"MYPY_ENDS={types}", f"PYTEST_ENDS={tests}")
    assert (done.returncode != 0) == bool(types or tests)
    assert f"tests: {tests}" in done.stdout
    assert (f"types: {types}" in done.stderr) == bool(types)


@pytest.mark.skipif(not (shutil.which("git") and shutil.which("make")), reason="needs git, make")
def test_a_tag_names_one_version_and_nothing_else(tmp_path: Path) -> None:
    """`make tag`: the version of pyproject.toml, dated in the CHANGELOG, of what is committed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").write_text('version = "1.2.3"\n', "utf-8")
    changes = tmp_path / "CHANGELOG.md"
    changes.write_text("## Unreleased\n", "utf-8")
    (tmp_path / ".gitignore").write_text("figures\n.venv\n", "utf-8")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)

    def town_is_kept(answer: int) -> None:
        python.write_text(f"#!/bin/sh\nexit {answer}\n", "utf-8")
        python.chmod(0o755)

    town_is_kept(1)
    (tmp_path / "figures").write_text("200 rounds from 0\n", "utf-8")

    def git(*words: str) -> str:
        named = ["-c", "user.name=a", "-c", "user.email=a@example.jp"]
        done = subprocess.run(
            ["git", *named, *words], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout

    git("init", "-q")
    git("config", "user.name", "a")
    git("config", "user.email", "a@example.jp")
    assert "CHANGELOG" in make_in(tmp_path, "tag-check").stderr
    changes.write_text("## Unreleased\n\n## 1.2.3 (2026-12-01)\n", "utf-8")
    assert make_in(tmp_path, "tag-check").returncode == 0
    assert make_in(tmp_path, "tag-check", "TAG=v1.2.4").returncode
    assert "コミット" in make_in(tmp_path, "tag", "MESSAGE=figures").stderr
    git("add", "-A")
    git("commit", "-q", "-m", "all")
    assert "MESSAGE" in make_in(tmp_path, "tag").stderr
    assert make_in(tmp_path, "tag", "MESSAGE=figures").returncode
    assert git("tag", "--list") == ""
    town_is_kept(0)
    done = make_in(tmp_path, "tag", "MESSAGE=figures")
    assert done.returncode == 0, done.stderr
    assert "200 rounds" in git("tag", "-n5", "-l", "v1.2.3")
