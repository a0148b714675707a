"""docs/ref/command-line.md, drawn from what `--help` says of each command.

After a change: `python -m tests.support.command_line`.
"""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import bot
from handlers.cli.commands import run_commands
from storage.database import DatabaseRefused
from tests.support.documents import DOCS

TABLE = "| コマンド | すること |\n|---|---|\n"


def drawn() -> str:
    """The whole document: what stands above its table as it is, the rest drawn."""
    head = (DOCS / "ref/command-line.md").read_text("utf-8").partition(TABLE)[0]
    commands = list(_commands())
    listed = "".join(
        f"| [`{words}`](#{_anchor(words)}) | {told[0]} |\n" for words, told in commands
    )
    chapters = "".join(_chapter(words, told) for words, told in commands)
    return f"{head}{TABLE}{listed}\n{chapters}".rstrip() + "\n"


def _anchor(words: str) -> str:
    return f"bot.py {words}".replace(".", "").replace(" ", "-")


def _commands(*words: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with its paragraphs and lists, the groups' own lines left out."""
    told = _help(*words)
    below = re.findall(r"^  ([\w-]+)  ", told.partition("Commands:\n")[2], re.MULTILINE)
    if not below:
        yield " ".join(words), _parts(told)
    for word in below:
        yield from _commands(*words, word)


def _help(*words: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        run_commands(Path("/"), bot.CommandLineWiring(), DatabaseRefused, [*words, "--help"])
    return out.getvalue()


def _parts(told: str) -> list[str]:
    """The paragraphs, then "Arguments:" and "Options:" with a line for each."""
    usage, _, rest = told.partition("\n\n")
    parts = [re.sub(r"\s+", " ", usage.removeprefix("Usage: "))]
    paragraphs, *lists = re.split(r"^(Arguments|Options):\n", rest, flags=re.MULTILINE)
    said = [_joined(p.strip().splitlines()) for p in paragraphs.strip().split("\n\n")]
    rows = []
    for line in "".join(lists[1::2]).splitlines():
        if re.match(r"  \S", line):
            name, _, what = line.strip().partition("  ")
            rows.append([name, what.strip()])
        elif line.strip():
            rows[-1].append(line.strip())
    return [
        *said,
        *parts,
        *(f"| `{_joined(r[:1])}` | {_joined(r[1:])} |" for r in rows if r[0] != "--help"),
    ]


def _joined(lines: list[str]) -> str:
    """Lines that were wrapped, as one: with a blank between two words of Latin letters alone."""
    text = ""
    for line in (one.strip() for one in lines if one.strip()):
        apart = text and text[-1].isascii() and line[0].isascii()
        text += f" {line}" if apart else line
    return text.replace("|", "\\|").replace("[required]", "（必須）").replace("  ", " ")


def _chapter(words: str, told: list[str]) -> str:
    rows = [one for one in told if one.startswith("| `")]
    usage = next(one for one in told if one.startswith("python bot.py"))
    said = [one for one in told if one not in rows and one != usage]
    table = "| 指定 | 意味 |\n|---|---|\n" + "\n".join(rows) + "\n\n" if rows else ""
    return f"## bot.py {words}\n\n" + "\n\n".join(said) + f"\n\n```text\n{usage}\n```\n\n{table}"


if __name__ == "__main__":
    (DOCS / "ref/command-line.md").write_text(drawn(), "utf-8")
