"""`init`: asks for what a town needs to start, checks it as a whole, and makes it."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from dotenv import dotenv_values

from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.cli.wiring import HasDesk
from handlers.runtime.spreadsheet import as_csv
from handlers.settings import Settings, in_force
from handlers.words import filters
from handlers.words.labels import load_labels
from workflows.core.errors import Invalid, Refused
from workflows.core.permissions import Caller
from workflows.directory.set_up import FIRST_MEMBER, SetUpTown, TypedTown, read_set_up
from workflows.directory.tables import UnreadableTable, read_table
from workflows.forms import FieldError

# What is asked for in one line each, in the order of the questions.
_ASKED: Final = {
    "name": "ask_name",
    "kana": "ask_kana",
    "agency_name": "ask_agency",
    "agency_kana": "ask_agency_kana",
    "admin_name": "ask_admin",
    "admin_kana": "ask_admin_kana",
    "admin_email": "ask_email",
}
_EMAIL: Final = "admin_email"  # may be left empty


@dataclass(frozen=True)
class InitOptions:
    """The options as typed; what is empty is asked for. `email` None has not been said yet."""

    name: str
    kana: str
    districts: tuple[str, ...]
    from_file: Path | None
    closed_days: tuple[str, ...] | None
    opened_days: tuple[str, ...]
    agency: str
    agency_kana: str
    admin: str
    admin_kana: str
    email: str | None
    core: bool | None  # None has not been said yet
    yes: bool
    write_env: bool | None


@dataclass(frozen=True)
class InitTarget:
    """Where the town is made: its settings, the folder of `.env`, and how its database opens."""

    settings: Settings
    folder: Path
    open_new: Callable[[], AbstractContextManager[HasDesk]]


def set_up(given: InitOptions, making: InitTarget, voice: Voice, today: date) -> int:
    """Ask, check, confirm, make, and tell what comes next. Wrong words make nothing."""
    told = _with_file(given, voice)
    typed = _asked(told, given, voice)
    command = _checked(typed, voice, today)
    while isinstance(command, Invalid):
        if typed is told:  # a script told it all: nobody is there to ask again
            return NOT_DONE
        typed = _asked_again(typed, command.errors, voice)
        command = _checked(typed, voice, today)
    if not given.yes:
        _show(command, making.settings, voice)
        if not voice.confirm("cli.init.confirm"):
            voice.complain("cli.trouble.stopped")
            return NOT_DONE
    with making.open_new() as opened:
        opened.desk.handle(command, Caller.CONSOLE)
    voice.say("cli.init.done", town=command.town.name)
    note = "keys.init_note" if making.settings.keys else "cli.init.keys_note"
    voice.say(note, place=str(making.settings.keys_file))
    _env(given, making.folder, voice)
    voice.say("cli.init.next")
    steps = ("step_export", "step_agencies", "step_members", "step_check", "step_run", "step_link")
    for number, step in enumerate(steps, start=1):
        sentence = voice.words(f"cli.init.{step}", member=FIRST_MEMBER)
        voice.out.print(f"{number}. {sentence}", soft_wrap=True)
    return DONE


def _checked(typed: TypedTown, voice: Voice, today: date) -> SetUpTown | Invalid:
    """What would be made; or what is wrong, once it is said."""
    try:
        return read_set_up(typed, load_labels(), today)
    except Invalid as wrong:
        voice.complain("cli.init.wrong", count=len(wrong.errors))
        for error in wrong.errors:
            sentence = voice.words(error.key, **error.facts)
            voice.err.print(f"・{_field(error, voice)}：{sentence}", soft_wrap=True)
        return wrong


def _field(error: FieldError, voice: Voice) -> str:
    name, _, number = error.field.partition(".")
    return _named(name, number, voice)


def _named(name: str, number: str, voice: Voice) -> str:
    key = f"cli.init.field.{name}"
    field = voice.words(key) if voice.texts.has(key) else name
    return voice.words("cli.init.of_many", field=field, number=number) if number else field


def _with_file(given: InitOptions, voice: Voice) -> TypedTown:
    """What the options and the file say; an option stands over the file."""
    typed = TypedTown()
    if given.from_file:
        data = given.from_file.read_bytes()
        read = _yaml if given.from_file.suffix.lower() in (".yaml", ".yml") else _csv
        typed = read(data, str(given.from_file), voice)
    return replace(
        typed,
        name=given.name or typed.name,
        kana=given.kana or typed.kana,
        districts=tuple(_pair(d) for d in given.districts) or typed.districts,
        closed_days=typed.closed_days if given.closed_days is None else given.closed_days,
        opened_days=given.opened_days or typed.opened_days,
        agency_name=given.agency,
        agency_kana=given.agency_kana,
        admin_name=given.admin,
        admin_kana=given.admin_kana,
        admin_email=given.email or "",
        core=bool(given.core),
    )


def _csv(data: bytes, place: str, voice: Voice) -> TypedTown:
    columns = load_labels().agency_columns
    name, kana, code = columns["name"], columns["kana"], columns["id"]
    try:
        table = read_table(as_csv(data), (name, kana, code))
    except UnreadableTable as wrong:
        error = wrong.errors[0]
        raise Refused(error.key, **error.facts) from None
    if not {name, kana} <= set(table.header):
        raise Refused("cli.init.file_header", place=place)
    rows = (r.cells for r in table.rows)
    return TypedTown(districts=tuple((r[name], r[kana], r.get(code, "")) for r in rows))


def _yaml(data: bytes, place: str, voice: Voice) -> TypedTown:
    try:
        plain = yaml.safe_load(data.decode("utf-8-sig"))
        found = _texts(plain)
        districts = [_texts(d) for d in _list(plain, "districts")]
    except (UnicodeDecodeError, yaml.YAMLError, TypeError):
        raise Refused("cli.init.file_yaml", place=place) from None
    return TypedTown(
        name=found.get("name", ""),
        kana=found.get("kana", ""),
        districts=tuple((d.get("name", ""), d.get("kana", ""), d.get("id", "")) for d in districts),
        closed_days=tuple(str(day) for day in _list(plain, "closed_days")),
        opened_days=tuple(str(day) for day in _list(plain, "opened_days")),
    )


def _texts(plain: object) -> Mapping[str, str]:
    if not isinstance(plain, dict):
        raise TypeError
    return {str(k): str(v) for k, v in plain.items() if v is not None}


def _list(plain: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = plain.get(key) or []
    if not isinstance(found, list):
        raise TypeError(key)
    return found


def _pair(line: str) -> tuple[str, str]:
    """A name and its kana as typed in one line: ひだまり圏域,ヒダマリケンイキ."""
    for sign in (",", "，", "、", "\t"):
        name, found, kana = line.partition(sign)
        if found:
            return name.strip(), kana.strip()
    return line.strip(), ""


def _asked(typed: TypedTown, given: InitOptions, voice: Voice) -> TypedTown:
    """What is still missing, asked for in turn; whatever is typed is checked afterwards."""
    missing = [field for field in _ASKED if field != _EMAIL and not getattr(typed, field)]
    if not missing and typed.districts:
        return typed  # told all by options: a script is asked nothing
    voice.say("cli.init.welcome")
    for field in ("name", "kana"):
        if field in missing:
            typed = _set(typed, field, voice.ask(f"cli.init.{_ASKED[field]}"))
    if not typed.districts:
        typed = replace(typed, districts=tuple(_pair(line) for line in _districts(voice)))
    if given.closed_days is None and not typed.closed_days:
        days = _lines("cli.init.ask_closed_days", "cli.init.ask_closed_day", voice)
        typed = replace(typed, closed_days=tuple(days))
    for field in missing:
        if field not in ("name", "kana"):
            typed = _set(typed, field, voice.ask(f"cli.init.{_ASKED[field]}"))
    if given.email is None:
        typed = replace(typed, admin_email=voice.ask(f"cli.init.{_ASKED[_EMAIL]}"))
    if given.core is None:
        typed = replace(typed, core=voice.confirm("cli.init.ask_core", agency=typed.agency_name))
    return typed


def _asked_again(typed: TypedTown, errors: Sequence[FieldError], voice: Voice) -> TypedTown:
    """What is wrong alone; of many lines the wrong ones. What is right is not typed twice."""
    for field in dict.fromkeys(error.field for error in errors):
        name, _, number = field.partition(".")
        if not number and name in _ASKED:
            typed = _set(typed, name, voice.ask(f"cli.init.{_ASKED[name]}"))
        elif not number:  # no district at all
            typed = _set(typed, name, tuple(_pair(line) for line in _districts(voice)))
        else:
            lines: list[Any] = list(getattr(typed, name))
            line = voice.ask("cli.init.ask_again", field=_named(name, number, voice))
            lines[int(number) - 1] = _pair(line) if name == "districts" else line
            typed = _set(typed, name, tuple(lines))
    # A line that is left empty this time is taken out.
    return replace(
        typed,
        districts=tuple(d for d in typed.districts if any(d)),
        closed_days=tuple(d for d in typed.closed_days if d),
        opened_days=tuple(d for d in typed.opened_days if d),
    )


def _districts(voice: Voice) -> list[str]:
    return _lines("cli.init.ask_districts", "cli.init.ask_district", voice)


def _set(typed: TypedTown, field: str, value: object) -> TypedTown:
    changes: dict[str, Any] = {field: value}
    return replace(typed, **changes)


def _lines(title: str, prompt: str, voice: Voice) -> list[str]:
    voice.say(title)
    found: list[str] = []
    while line := voice.ask(prompt, number=len(found) + 1):
        found.append(line)
    return found


def _show(command: SetUpTown, settings: Settings, voice: Voice) -> None:
    table = voice.table("", "", title=voice.words("cli.init.confirm_title"))
    table.show_header = False
    town, agency, first = command.town, command.agency, command.administrator
    names = [d.name for d in town.districts]
    days = [filters.day(d) for d in sorted(town.closed_days)]
    opened = [filters.day(d) for d in sorted(town.opened_days)]
    values = dict(in_force(settings))
    rows = (
        ("cli.init.field.name", f"{town.name}（{town.kana}）"),
        (
            "cli.init.field.districts",
            voice.words("cli.init.districts", names=names, count=len(names)),
        ),
        ("cli.init.field.closed_days", "、".join(days) or voice.words("cli.init.no_days")),
        *([("cli.init.field.opened_days", "、".join(opened))] if opened else []),
        (
            "cli.init.field.agency_name",
            f"{agency.name}（{agency.kana}）"
            + voice.words("cli.init.core" if town.core_agency_id else "cli.init.no_core"),
        ),
        ("cli.init.field.admin_name", f"{first.name}（{first.kana}）{first.email}"),
        ("cli.init.place", values["DATABASE_URL"]),
        ("cli.init.keys", values["KEYS_FILE"] or "KEYS"),
    )
    for key, value in rows:
        table.add_row(voice.words(key), value)
    voice.out.print(table)


def _env(given: InitOptions, folder: Path, voice: Voice) -> None:
    """Make MODE=town the usual, unless the operator will not have it or says otherwise there.

    Without it every later command, those of the night too, would not know the town that is meant.
    """
    path = folder / ".env"
    mode = (dotenv_values(path).get("MODE") or "").strip().lower()
    if mode == "town" or os.environ.get("MODE", "").strip().lower() == "town":
        voice.say("cli.init.env_set")
    elif mode:
        voice.say("cli.init.env_other", place=str(path))
    elif given.write_env is False:
        voice.say("cli.init.env_to_do", place=str(path))
    else:
        try:
            text = path.read_text("utf-8") if path.exists() else ""
            text += "" if not text or text.endswith("\n") else "\n"
            path.write_text(f"{text}MODE=town\n", "utf-8")
        except OSError:  # the town is made all the same
            voice.complain("cli.init.env_unwritable", place=str(path))
        else:
            voice.say("cli.init.env_written", place=str(path))
