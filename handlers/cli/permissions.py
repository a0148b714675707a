"""The permission table in words: who may do what, as it is in force."""

from handlers.cli.console import Voice
from workflows.administration import permission_groups
from workflows.permissions import RULES


def show_permissions(voice: Voice) -> None:
    """Print every rule; the same table as the page /permissions."""
    label = voice.texts.label
    voice.say("cli.permissions.note")
    for group in permission_groups():
        table = voice.table(
            voice.words("cli.permissions.action"),
            voice.words("cli.permissions.by"),
            title=voice.words(f"page.permissions.subject.{group.subject}"),
        )
        for action in group.actions:
            rule = RULES[action]
            who = "、".join(label("standing", s) for s in rule.anyone_of)
            recorded = f"（{voice.words('cli.permissions.recorded')}）" if rule.content else ""
            table.add_row(label("action", action) + recorded, who)
        voice.out.print(table)
