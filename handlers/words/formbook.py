"""The forms of one town, read from its files: ours, and its own changes laid over them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from jinja2 import Environment, StrictUndefined

from handlers.words.reading_yaml import read_yaml
from workflows.forms import BadForm, Form, FormBook, overlay, read_form
from workflows.model.legal_basis import ENTRIES

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
OURS: Final = TEMPLATES / "forms" / "ja.yaml"
TOWN_FILE: Final = "forms.yaml"

# Plain sentences for the terminal and the settings page, which escapes what it shows.
_SENTENCES: Final = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701


def load_formbook(town_folder: Path | None) -> FormBook:
    """Our forms, changed as the `forms.yaml` in the town's folder says, if there is one.

    Raises BadForm, whose text is one Japanese sentence naming the file, the form and the field.
    """
    forms = dict(_ours())
    town_file = town_folder / TOWN_FILE if town_folder else None
    if town_file is None or not town_file.exists():
        return FormBook(forms)
    try:
        changes = _read(town_file)
        for form_id, change in changes.items():
            forms[form_id] = overlay(_form(forms, form_id), _change(form_id, change))
    except BadForm as bad:
        raise _told(bad, town_file, forms) from None
    return FormBook(forms)


@cache
def _ours() -> Mapping[str, Form]:
    """What comes with the program, read once."""
    try:
        described = _read(OURS)["forms"]
        if not isinstance(described, Mapping):
            raise BadForm("form_file.not_a_mapping", form="", facts={"word": "forms"})
        described = _with_bases(described)
        return {str(form_id): read_form(str(form_id), data) for form_id, data in described.items()}
    except BadForm as bad:
        raise _told(bad, OURS, {}) from None


def _with_bases(data: Any) -> Any:
    """The forms with the legal bases where they say that these are their choices."""
    match data:
        case {"choices": "legal_bases", **others}:
            choices = [
                {"value": code, "label": entry.label, "note": entry.note}
                for code, entry in ENTRIES.items()
            ]
            return {**others, "choices": choices}
        case dict():
            return {key: _with_bases(value) for key, value in data.items()}
        case list():
            return [_with_bases(value) for value in data]
        case _:
            return data


def _read(path: Path) -> dict[str, object]:
    try:
        data = read_yaml(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise BadForm("form_file.unreadable", form="", facts={"word": "UTF-8", "line": 0}) from None
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        place = {"word": "YAML", "line": mark.line + 1 if mark else 0}
        raise BadForm("form_file.unreadable", form="", facts=place) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise BadForm("form_file.not_a_mapping", form="", facts={"word": path.name})
    return {str(key): value for key, value in data.items()}


def _form(forms: Mapping[str, Form], form_id: str) -> Form:
    if form_id not in forms:
        raise BadForm("form_file.no_such_form", form="", facts={"word": form_id})
    return forms[form_id]


def _change(form_id: str, change: object) -> Mapping[str, object]:
    if not isinstance(change, Mapping):
        raise BadForm("form_file.not_a_mapping", form=form_id, facts={"word": form_id})
    return change


def _told(bad: BadForm, path: Path, forms: Mapping[str, Form]) -> BadForm:
    """The same complaint with its sentence: forms.yamlの様式「つなぐシート」（sheet）の項目 … ."""
    sentences: dict[str, str] = yaml.safe_load(
        (TEMPLATES / "words" / "forms.yaml").read_text(encoding="utf-8")
    )

    def say(key: str, **facts: object) -> str:
        return _SENTENCES.from_string(sentences[key]).render(facts)

    form = forms.get(bad.form)
    where = say(
        "form_file.where",
        file=str(path),
        form=bad.form,
        title=form.title if form else "",
        field=bad.field,
        label=form.field(bad.field).label if form and form.has(bad.field) else "",
    )
    sentence = say(bad.key, where=where, **bad.facts)
    return BadForm(bad.key, form=bad.form, field=bad.field, facts=bad.facts, sentence=sentence)
