"""`explain`: why somebody may or may not do something, from the permission table itself."""

from collections.abc import Callable
from typing import Annotated

import typer

from handlers.cli.console import DONE, Voice
from handlers.cli.wiring import OpensTown
from handlers.settings import Settings
from workflows.core.permissions import Caller
from workflows.maintenance.explain import About, ExplainedAction, Explanation, GetExplanation
from workflows.overview.access import Enough


def add_command(
    app: typer.Typer, wiring: OpensTown, voice: Voice, settled: Callable[[], Settings]
) -> None:
    """The command `explain`; `settled` reads the settings in force."""

    def help_text(key: str) -> str:
        return voice.words(f"cli.help.explain.{key}")

    @app.command("explain", help=help_text("command"))
    def explain(
        who: Annotated[str, typer.Argument(metavar="MEMBER", help=help_text("who"))],
        about: Annotated[About, typer.Argument(metavar="KIND", help=help_text("about"))],
        subject: Annotated[str, typer.Argument(metavar="WHICH", help=help_text("subject"))] = "",
        action: Annotated[str, typer.Option("--action", help=help_text("action"))] = "",
    ) -> int:
        if not subject and about is not About.TOWN:
            raise typer.BadParameter(subject, param_hint="WHICH")
        with wiring.open(settled()) as opened:
            asked = GetExplanation(who, about, subject, action)
            _show(opened.desk.ask(asked, Caller.CONSOLE), voice)
        return DONE


def _show(found: Explanation, voice: Voice) -> None:
    label = voice.texts.label
    voice.say(
        "cli.explain.head",
        code=found.member_id,
        name=found.name,
        agency=found.agency,
        subject=found.subject,
        restricted=found.restricted,
    )
    if not found.is_active:
        voice.say("cli.explain.not_active")
    voice.say("cli.explain.standings", standings=[label("standing", s) for s in found.standings])
    heads = ("action", "now", "why", "enough")
    table = voice.table(*(voice.words(f"cli.explain.{head}") for head in heads))
    for line in found.lines:
        may = found.is_active and line.decision.allowed
        table.add_row(
            f"{label('action', line.action)}\n{line.action}",
            voice.words("cli.explain.may" if may else "cli.explain.may_not"),
            "\n".join(_why(line, found, voice)),
            "\n".join(_enough(one, found, voice) for one in line.enough),
        )
    voice.out.print(table)
    voice.say("cli.explain.note")


def _why(line: ExplainedAction, found: Explanation, voice: Voice) -> list[str]:
    if not found.is_active:
        return [voice.words("denied.not_active")]
    if line.lacks:
        return [
            voice.words("cli.explain.lacks", what=voice.texts.label("condition", s))
            for s in line.lacks
        ]
    return [voice.words(line.decision.reason)]


def _enough(one: Enough, found: Explanation, voice: Voice) -> str:
    """A standing that is enough, marked where it holds; with the condition that it needs beside."""
    holds = one.standing in found.standings
    needed = voice.texts.label("condition", one.needs) if one.needs else ""
    return voice.words(
        "cli.explain.enough_line",
        holds=holds,
        standing=voice.texts.label("standing", one.standing),
        needs=needed,
        met=bool(one.needs) and one.needs in found.standings,
    )
