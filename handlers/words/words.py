"""The words of one town by dotted key: from the files of words, its forms and its list labels."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from jinja2 import TemplateError

from handlers.words.formbook import load_formbook
from handlers.words.labels import load_labels
from handlers.words.notice_heads import heads
from handlers.words.reading_yaml import read_yaml
from workflows.model.legal_basis import ENTRIES, UsualBasis, usual_basis

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
WORDS: Final = "words"

# Codes that a form offers are called what the form calls them, also when a town renames them:
# label group -> (form, field).
_FORM_LABELS: Final = {
    "route": ("sheet", "route"),
    "urgency": ("sheet", "urgency"),
    "matter": ("sheet", "matters"),
    "tag": ("sheet", "tags"),
    "consent": ("sheet", "consent"),
    "age_band": ("sheet", "age_band"),
    "gender": ("sheet", "gender"),
    "purpose": ("referral", "purpose"),
    "reply_answer": ("reply", "answer"),
    "meeting_kind": ("meeting", "kind"),
    "meeting_called": ("meeting", "kind"),
    "legal_basis": ("meeting", "bases"),
    "minutes": ("meeting", "minutes"),
    "plan_adequate": ("record", "plan_adequate"),
    "closure_judgement": ("record", "closure_judgement"),
    "follow_up_result": ("followup", "result"),
    "closure_kind": ("closure", "kind"),
    "goals_reached": ("closure", "goals_reached"),
}


class BadTemplate(TemplateError):
    """A file of words or messages, ours or a town's, that cannot be used; the text says where."""


def load_words(town_folder: Path | None) -> dict[str, str]:
    """Our words with the town's laid over them.

    A town rewords what there is and names codes of its own; another key is a slip: BadTemplate.
    """
    ours = _ours()
    if town_folder is None:
        return dict(ours)
    own = read_words(town_folder / WORDS)
    unknown = sorted(k for k in own if k not in ours and not k.startswith("label."))
    if unknown:
        raise BadTemplate(f"{town_folder / WORDS}: {unknown[0]}")
    return {**ours, **_form_labels(town_folder), **own}


@cache
def _ours() -> Mapping[str, str]:
    """The words that come with the program, read once."""
    names = {f"label.message.{key}": _plain(head.name) for key, head in heads().items()}
    forms, own = _form_labels(None), read_words(TEMPLATES / WORDS)
    return {**_list_labels(), **forms, **names, **_basis_words(), **own}


def read_words(folder: Path) -> dict[str, str]:
    """All words of a folder's *.yaml by dotted key; groups may be written nested."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            data = read_yaml(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, yaml.YAMLError) as wrong:
            raise BadTemplate(f"{path}: {wrong}") from None
        for key, sentence in _flat(data or {}, "", path):
            if key in found:
                raise BadTemplate(f"{path}: {key}")
            found[key] = sentence
    return found


def _flat(data: object, before: str, path: Path) -> Iterator[tuple[str, str]]:
    match data:
        case str():
            yield before, data
        case dict():
            for key, value in data.items():
                # A bare yes or no is a truth value in YAML: the key wants its quotes.
                if not isinstance(key, str):
                    raise BadTemplate(f"{path}: {before}.{key}")
                yield from _flat(value, f"{before}.{key}" if before else key, path)
        case _:
            raise BadTemplate(f"{path}: {before}")


def _form_labels(town_folder: Path | None) -> dict[str, str]:
    """Choices by their group, and the fields of each form as `label.<form>_field.<id>`."""
    book = load_formbook(town_folder)
    found: dict[str, str] = {}
    for form_id, form in book.forms.items():
        for field in form.fields:
            found[f"label.{form_id}_field.{field.id}"] = _plain(field.label)
    for group, (form_id, field_id) in _FORM_LABELS.items():
        form = book.form(form_id)
        if form.has(field_id):
            for choice in form.field(field_id).choices:
                found[f"label.{group}.{choice.value}"] = _plain(choice.label)
    return found


def _basis_words() -> dict[str, str]:
    """What the meetings of each legal basis are called, and the basis that asks for no consent, as
    sentences name it."""
    called = {f"label.meeting_called.{c}": _plain(e.called) for c, e in ENTRIES.items()}
    one = ENTRIES[usual_basis(UsualBasis.UNCONSENTED)]
    named = {"name": one.label, "short": one.short or one.label, "called": one.called}
    return called | {f"basis_without_consent.{k}": _plain(word) for k, word in named.items()}


def _list_labels() -> dict[str, str]:
    """Of several words that the lists of agencies and members accept, the one they write."""
    labels = load_labels()
    groups = {"agency_kind": labels.kinds, "field": labels.fields, "role": labels.roles}
    return {
        f"label.{group}.{code}": _plain(words[0])
        for group, by_code in groups.items()
        for code, words in by_code.items()
    }


def _plain(label: str) -> str:
    """A label is no template: whatever a town writes in a form stands as it is."""
    return "{% raw %}" + label + "{% endraw %}" if "{" in label else label
