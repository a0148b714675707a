"""`settings`: what is set, and the two files that are written from the table of settings."""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Annotated, Final

import typer

from handlers.cli.console import DONE, Voice
from handlers.settings import Settings, in_force
from handlers.settings.table import TABLE, Secret, Setting
from handlers.words.texts import Texts

_DOCUMENT: Final = re.compile(r"docs/ops/(\w+\.md)|docs/(ref/\w+\.md)")


def add_command(app: typer.Typer, voice: Voice, settled: Callable[[], Settings]) -> None:
    say = voice.texts.say

    @app.command("settings", help=say("cli.help.settings.command"))
    def settings(
        *,
        env_example: Annotated[
            bool, typer.Option("--env-example", help=say("cli.help.settings.env_example"))
        ] = False,
        page: Annotated[bool, typer.Option("--page", help=say("cli.help.settings.page"))] = False,
    ) -> int:
        if env_example or page:
            draw = draw_env_example if env_example else draw_page
            voice.out.file.write(draw(voice.texts))
            return DONE
        heads = ("setting", "in_force", "usual", "meaning")
        table = voice.table(*(say(f"cli.settings.{head}") for head in heads))
        for name, value in in_force(settled()):
            row = next(one for one in TABLE if one.name == name)
            table.add_row(name, value, row.usual, say(f"setting.{name}.meaning"))
        voice.out.print(table)
        return DONE


def draw_env_example(texts: Texts) -> str:
    """`.env.example`: every setting with what it means, switched off."""
    head = texts.say("cli.settings.env_example_head").splitlines()
    lines = [f"# {line}" for line in head]
    for section, rows in _sections():
        lines += ["", f"# -- {texts.say(f'setting.section.{section}')}"]
        lines += [f"# {line}" for line in texts.say(f"setting.section_note.{section}").splitlines()]
        for row in rows:
            lines += ["", *(f"# {line}" for line in _explained(row, texts))]
            lines += [f"#{row.name}={example}" for example in _examples(row, texts)]
    return "\n".join(lines) + "\n"


def draw_page(texts: Texts) -> str:
    """docs/ops/settings.md: the table of all settings."""
    lines = texts.say("cli.settings.page_head").splitlines()
    heads = ("setting", "kind", "usual", "meaning", "needed", "reader")
    for section, rows in _sections():
        lines += ["", f"## {texts.say(f'setting.section.{section}')}", ""]
        if note := texts.say(f"setting.section_note.{section}"):
            lines += [_linked(note), ""]
        lines.append("| " + " | ".join(texts.say(f"cli.settings.{head}") for head in heads) + " |")
        lines.append("|" + "---|" * len(heads))
        lines += [_line(row, texts) for row in rows]
    return "\n".join(lines) + "\n"


def _sections() -> Iterator[tuple[str, list[Setting]]]:
    for section, rows in groupby(TABLE, key=lambda row: row.section):
        yield str(section), list(rows)


def _line(row: Setting, texts: Texts) -> str:
    meaning = "<br>".join(texts.say(f"setting.{row.name}.meaning").splitlines())
    needed = texts.say("cli.settings.optional") if not _needed(row, texts) else _needed(row, texts)
    cells = (
        f"`{row.name}`",
        _kind(row, texts),
        f"`{row.usual}`" if row.usual else texts.say("cli.settings.none"),
        meaning,
        needed,
        texts.say(f"setting.reader.{row.read_by}"),
    )
    return "| " + " | ".join(_linked(cell.replace("|", "\\|")) for cell in cells) + " |"


def _kind(row: Setting, texts: Texts) -> str:
    facts = {"least": row.least, "most": row.most, "choices": list(row.choices)}
    kind = texts.say(f"setting.kind.{row.kind}", **facts)
    return (
        kind
        if row.secret is Secret.NOTHING
        else texts.say(f"cli.settings.secret_{row.secret}", kind=kind)
    )


def _explained(row: Setting, texts: Texts) -> list[str]:
    """What it means, and when it is needed, as lines."""
    lines = texts.say(f"setting.{row.name}.meaning").splitlines()
    if needed := _needed(row, texts):
        lines.append(texts.say("cli.settings.needed_when", when=needed))
    return lines


def _needed(row: Setting, texts: Texts) -> str:
    key = f"setting.{row.name}.needed"
    return texts.say(key) if texts.has(key) else ""


def _examples(row: Setting, texts: Texts) -> list[str]:
    key = f"setting.{row.name}.example"
    return texts.say(key).splitlines() if texts.has(key) else [row.usual]


def _linked(text: str) -> str:
    """Documents that are named, as links from docs/ops/."""
    return _DOCUMENT.sub(lambda m: f"[{m[0]}]({m[1] or '../' + m[2]})", text)
