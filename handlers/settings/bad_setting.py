"""A setting that cannot be used: the start stops with one sentence that names it.

Every sentence is drawn from the table: what kind of value the setting takes, whether what was typed
may be said again, and the words of its row.
"""

from typing import Final

from handlers.settings.table import SAID_BY_KIND, setting_of

LONGEST_SHOWN: Final = 80  # characters of what was typed


class BadSetting(ValueError):
    """A setting is wrong; `key` and `facts` are the sentence that names it."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(facts.get("why", key))
        self.key, self.facts = key, facts


def wrong_value(name: str, value: str = "", reason: str = "", **facts: object) -> BadSetting:
    """What was typed cannot be used. It is said again, unless it may hold a secret.

    `reason` is the word of the sentence that says what to write, under the name of the setting;
    left out, the one that holds for all settings of its kind, or the setting's own `wrong`.
    """
    row = setting_of(name)
    said_by_kind = not reason and row.kind in SAID_BY_KIND
    why = (
        f"setting.kind.{row.kind}_wrong" if said_by_kind else f"setting.{name}.{reason or 'wrong'}"
    )
    facts |= {"least": row.least, "most": row.most, "choices": list(row.choices)}
    shown = "" if row.is_hidden else shown_value(value)
    return BadSetting("setting.cannot_be_used", name=name, value=shown, why=why, facts=facts)


def shown_value(typed: str) -> str:
    """What was typed as a terminal may show it: nothing in it steers one, and it leaves room for
    the sentence."""
    some = typed if len(typed) <= LONGEST_SHOWN else f"{typed[:LONGEST_SHOWN]}…"
    return "".join(one if one.isprintable() else "�" for one in some)


def missing(name: str, reason: str = "missing", **facts: object) -> BadSetting:
    """Nothing is set where something else that is set asks for it."""
    return BadSetting("setting.is_missing", name=name, why=f"setting.{name}.{reason}", facts=facts)


def other_spelling(name: str, typed: str) -> BadSetting:
    """A name that is one of ours but for its case, its width or a hyphen."""
    return BadSetting("setting.other_spelling", name=setting_of(name).name, typed=typed)


def unreadable_file(place: str) -> BadSetting:
    """The `.env` itself cannot be read."""
    return BadSetting("setting.env_unreadable", place=place)


def real_town_beside(found: tuple[str, ...]) -> BadSetting:
    """What only a real town has stands beside a MODE=local that was not said for this very run."""
    return BadSetting("setting.real_town_beside", found=found)
