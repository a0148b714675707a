"""Payloads held against what Slack publishes of them as TypeScript types: `@slack/types`, by `tsc`.

Each payload is written out as a literal of its type, so that a field nobody knows, one that is
missing and one of a wrong kind are all refused. Lengths and counts are no types: see limits.py.
`npm ci` in types/ installs what is needed; `make test` does it where there is npm.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.slack.allowed import HOME, MESSAGE, MODAL
from tests.slack.limits import Json

HERE = Path(__file__).parent / "types"
MODULES = HERE / "node_modules"

# `KnownBlock` where Slack's own views say `AnyBlock`, which would take whatever has a type.
TYPES = """\
import type { HomeView, KnownBlock, ModalView } from '@slack/types';
type Message = { text: string; blocks: KnownBlock[] };
type Modal = Omit<ModalView, 'blocks'> & { blocks: KnownBlock[] };
type Home = Omit<HomeView, 'blocks'> & { blocks: KnownBlock[] };
"""
NAMES = {MESSAGE: "Message", MODAL: "Modal", HOME: "Home"}
SETTINGS: Json = {
    "compilerOptions": {
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "noEmit": True,
        "skipLibCheck": True,
        "target": "es2022",
        "module": "esnext",
        "moduleResolution": "bundler",
        "types": [],
    },
    "files": ["payloads.ts"],
}
TOLD = re.compile(r"payloads\.ts\((\d+),\d+\): (error .*)")


class NoTypes(Exception):
    """npm, or what it installs, is not there; the text says which."""


@dataclass(frozen=True)
class Payload:
    """One message, modal or Home tab: `content` as Slack was sent it, `name` what it is."""

    name: str
    surface: str
    content: Json


def look_for_types() -> None:
    """Raises NoTypes."""
    if shutil.which("node") is None:
        raise NoTypes("Node.js is not installed")
    if not (MODULES / ".stamp").exists():
        raise NoTypes("@slack/types is not installed (`make test` does it where there is npm)")


def type_errors(payloads: Sequence[Payload], folder: Path) -> dict[str, list[str]]:
    """What the compiler says about each payload, by its name; those it takes are not there.

    One run for all of them, in a `folder` that is made. Raises NoTypes.
    """
    look_for_types()
    folder.mkdir()
    lines = TYPES.splitlines()
    starts: list[tuple[int, str]] = []
    for at, payload in enumerate(payloads):
        starts.append((len(lines) + 1, payload.name))
        written = json.dumps(payload.content, ensure_ascii=False, indent=1)
        kind = NAMES[payload.surface]
        lines += f"export const p{at}: {kind} = {written};".splitlines()
    (folder / "payloads.ts").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    (folder / "node_modules").symlink_to(MODULES, target_is_directory=True)
    ran = subprocess.run(
        ["node", str(MODULES / "typescript" / "bin" / "tsc"), "--pretty", "false", "-p", "."],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    found: dict[str, list[str]] = {}
    for line in ran.stdout.splitlines():
        if told := TOLD.match(line):
            name = [name for start, name in starts if start <= int(told[1])][-1]
            found.setdefault(name, []).append(told[2])
    assert (ran.returncode == 0) == (not found), f"{ran.stdout}{ran.stderr}"
    return found
