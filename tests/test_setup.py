"""What a fresh clone is set up from: the declared packages, the locks, and their explanation."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-release.txt"]
TYPES = "tests/slack/types"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def plain(requirement: str) -> str:
    """The bare name: `psycopg[binary]>=3.2` is psycopg."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower()


def declared(group: str) -> set[str]:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = {
        "run": project["project"]["dependencies"],
        "dev": project["dependency-groups"]["dev"],
        "release": project["dependency-groups"]["release"],
    }[group]
    return {plain(requirement) for requirement in wanted}


def locked(lock: str) -> dict[str, str]:
    """Name to version, as the lock pins them."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", read(lock), re.MULTILINE))


def test_the_locks_hold_every_declared_package() -> None:
    """Who declares a package and forgets `make lock` learns it here."""
    assert declared("run") <= locked("requirements.txt").keys()
    assert declared("run") | declared("dev") <= locked("requirements-dev.txt").keys()
    assert declared("release") <= locked("requirements-release.txt").keys()


def test_both_locks_agree() -> None:
    """What is tested is what runs: the development lock holds the runtime lock, same versions."""
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    """Nothing is installed that was not looked at when the lock was made."""
    pins = re.split(r"^(?=[a-z0-9])", read(lock), flags=re.MULTILINE)[1:]
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    """An office behind a mirror installs from the same lock."""
    assert not re.search(
        r"://|^\s*(-i|-f|--(extra-)?index-url|--find-links)", read(lock), re.MULTILINE
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_django_stays_out(lock: str) -> None:
    """Of django-htmx we use one JavaScript file, so what only Django needs is not installed."""
    assert not {"django", "asgiref", "sqlparse"} & locked(lock).keys()


def test_every_dependency_is_explained() -> None:
    """docs/dependencies.md has one line for each declared package, and none for another."""
    rows = set(re.findall(r"^\| ([a-z0-9@/-]+) \|", read("docs/dependencies.md"), re.MULTILINE))
    assert rows == declared("run") | declared("dev") | declared("release") | set(from_npm())


def from_npm() -> dict[str, str]:
    """Name to version, as package.json in tests/slack/types asks for them."""
    asked: dict[str, str] = json.loads(read(f"{TYPES}/package.json"))["devDependencies"]
    return asked


def test_npm_installs_what_was_looked_at() -> None:
    """Versions, not ranges, each with its hash, and no place to download from."""
    locked_there = json.loads(read(f"{TYPES}/package-lock.json"))["packages"]
    for name, version in from_npm().items():
        assert locked_there[f"node_modules/{name}"]["version"] == version
    installed = {name: found for name, found in locked_there.items() if name}
    assert [name for name, found in installed.items() if "integrity" not in found] == []
    assert [name for name, found in installed.items() if "resolved" in found] == []
