"""The permission table in words: who may do what, on which condition, as it is in force."""

from handlers.cli.console import Voice
from workflows.overview.access import Enough, PermissionTable, permission_table


def show_permissions(voice: Voice) -> None:
    """Print every rule with its conditions, the footings and what holds for everything.

    The same table as the page /permissions.
    """
    label, table = voice.texts.label, permission_table()
    voice.say("cli.permissions.note")
    for group in table.groups:
        shown = voice.table(
            voice.words("cli.permissions.action"),
            voice.words("cli.permissions.by"),
            title=voice.words(f"page.permissions.subject.{group.subject}"),
        )
        for line in group.lines:
            recorded = f"（{voice.words('cli.permissions.recorded')}）" if line.recorded else ""
            who = "、".join(_who(voice, one) for one in line.enough)
            shown.add_row(label("action", line.action) + recorded, who)
        voice.out.print(shown)
    _footings(voice, table)
    voice.say("cli.permissions.holds")
    for name, facts in table.holds.items():
        voice.out.print("・" + voice.words(f"page.permissions.holds.{name}", **facts))


def _who(voice: Voice, one: Enough) -> str:
    needs = f"（{voice.texts.label('condition', one.needs)}）" if one.needs else ""
    return voice.texts.label("standing", one.standing) + needs


def _footings(voice: Voice, table: PermissionTable) -> None:
    shown = voice.table(
        voice.words("cli.permissions.basis"),
        voice.words("cli.permissions.footing"),
        title=voice.words("cli.permissions.footings"),
    )
    for basis, footing in table.footings:
        shown.add_row(
            voice.texts.label("legal_basis", basis), voice.texts.label("footing", footing)
        )
    voice.out.print(shown)
