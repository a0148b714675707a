"""What is too long is refused before anything reads it, and before a transaction is begun."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from tests.attack.kinds import Kind
from tests.support.clock import START
from tests.support.growth import CLASSES, text_of
from tests.support.people import CLERK
from tests.support.town import FORMS, TownHall, holiday_name
from workflows.cases import drafts
from workflows.cases.drafts import DropDraft, GetDraft, SaveDraft
from workflows.cases.open_case import OpenCase
from workflows.core.bounds import LARGEST_MESSAGE, MOST_ENTRIES, refuse_too_long
from workflows.core.errors import Invalid, NotAllowed, Refused
from workflows.core.free_text import read_text
from workflows.core.messages import REGISTRY
from workflows.core.ports import UnitOfWork
from workflows.desk import Desk
from workflows.directory import cells
from workflows.directory.cells import Cells
from workflows.directory.tables import Row
from workflows.forms import LONGEST_TEXT, Field, FieldType, check, checking
from workflows.inbox.inbox import GetInbox
from workflows.japanese.characters import as_typed

pytestmark = pytest.mark.attack(Kind.TEXT_BOMBS)

SIZES = (10_000, 100_000, 1_000_000)
FIELDS = [(form, field) for form in FORMS.forms.values() for field in form.fields]
READERS = (
    "as_typed", "composed", "contains_my_number", "has_control", "has_words", "joined_voicing",
    "one_width", "parse_date", "parse_instant", "to_katakana",
)  # fmt: skip


class Seen:
    """The longest text that anything which reads one was given."""

    def __init__(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.longest = 0
        for name in (n for n in READERS if hasattr(module, n)):
            monkeypatch.setattr(module, name, self._spied(getattr(module, name)))

    def _spied(self, read: Any) -> Any:
        def spy(text: str, *args: Any, **how: Any) -> Any:
            self.longest = max(self.longest, len(text))
            return read(text, *args, **how)

        return spy


@pytest.mark.parametrize(("form", "field"), FIELDS, ids=[f"{f.id}.{x.id}" for f, x in FIELDS])
def test_of_no_field_more_is_read_than_it_takes(
    form: Any, field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    """10 KB, 100 KB and 1 MB of every class of letters: each is answered beside its field."""
    seen = Seen(checking, monkeypatch)
    columns = field.columns or (None,)
    for size in SIZES:
        for letters in CLASSES if size == SIZES[0] else CLASSES[:10]:
            typed = text_of(letters, size)
            for column in columns:
                raw: Any = {field.id: [{column.id: typed}] if column else typed}
                errors = check(form, raw, today=START.date()).errors
                said = [e for e in errors if e.field.startswith(field.id)]
                assert said or not as_typed(typed), (letters, size, column)
    assert seen.longest <= LONGEST_TEXT


@pytest.mark.parametrize("kind", [FieldType.TEXT, FieldType.LONG, FieldType.KANA, FieldType.TEL])
def test_the_sentence_says_how_long_it_may_be(kind: FieldType) -> None:
    field = next(x for _, x in FIELDS if x.type is kind)
    form = next(f for f, x in FIELDS if x is field)
    for size in SIZES:
        errors = check(form, {field.id: "一" * size}, today=START.date()).errors
        (wrong,) = [e for e in errors if e.field == field.id]
        assert (wrong.key, wrong.facts) == ("form.too_long", {"max": field.max, "length": size})


def test_the_length_is_that_of_what_is_kept() -> None:
    """Kana in halves and line breaks of two count once: as much as is kept may be typed."""
    form, field = next((f, x) for f, x in FIELDS if x.type is FieldType.LONG and x.max)
    most = field.max or 0
    for typed in ("カ\u3099" * most, "\r\n".join("あ" * (most // 2))):
        errors = check(form, {field.id: typed}, today=START.date()).errors
        assert not [e for e in errors if e.field == field.id]


@pytest.mark.parametrize("size", SIZES)
def test_of_a_free_text_and_a_cell_no_more_is_read_either(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Seen(cells, monkeypatch)
    for letters in CLASSES:
        typed = text_of(letters, size)
        text, errors = read_text("place", typed, 60)
        assert errors or not text
        cell = Cells(Row(2, {"名前": typed}), {"name": "名前"}, [], [])
        cell.name("name")
        assert cell.errors
    assert seen.longest <= LONGEST_TEXT


# -- at the desk -----------------------------------------------------------------------------------


def _kinds() -> Iterator[tuple[type[Any], str]]:
    for kind in REGISTRY:
        hints = get_type_hints(kind)
        yield from ((kind, f.name) for f in fields(kind) if hints[f.name] in (str, str | None))


@pytest.mark.parametrize(
    ("kind", "name"), list(_kinds()), ids=[f"{k.__name__}.{n}" for k, n in _kinds()]
)
def test_every_text_of_every_command_is_bounded_before_a_transaction(
    hall: TownHall, kind: type[Any], name: str
) -> None:
    """SQLite has one writer: what is too long keeps nobody else from writing, however often."""
    message = object.__new__(kind)
    for one in fields(kind):
        object.__setattr__(message, one.name, None)
    object.__setattr__(message, name, "一" * 540_000)
    with pytest.raises(Invalid) as refused:
        _desk_without_a_database(hall).handle(message, CLERK)
    assert [(e.field, e.key) for e in refused.value.errors] == [(name, "form.too_long")]
    assert refused.value.errors[0].facts == {"max": LONGEST_TEXT, "length": 540_000}


def _desk_without_a_database(hall: TownHall) -> Desk:
    def opened() -> AbstractContextManager[UnitOfWork]:
        raise AssertionError("a transaction is begun")

    return Desk(opened, hall.clock, FORMS, holiday_name)


def test_the_fields_of_a_form_are_named_as_in_it(hall: TownHall) -> None:
    raw: Any = {"address": "一" * 540_000, "household": [{}, {"name": "山" * 30_000}]}
    with pytest.raises(Invalid) as refused:
        _desk_without_a_database(hall).handle(OpenCase(raw, (), None), CLERK)
    assert [e.field for e in refused.value.errors] == ["address", "household.1.name"]


def test_all_together_has_a_bound_as_well() -> None:
    many = {f"f{n}": "一" * 19_000 for n in range(LARGEST_MESSAGE // 19_000 + 1)}
    with pytest.raises(Refused) as refused:
        refuse_too_long(SaveDraft("sheet", many))
    assert refused.value.key == "too_much"
    with pytest.raises(Invalid):
        refuse_too_long(SaveDraft("sheet", {"agencies": ["A1"] * (MOST_ENTRIES + 1)}))
    with pytest.raises(Invalid):  # what a field is called, too
        refuse_too_long(SaveDraft("sheet", {"一" * 20_001: ""}))
    names: Any = {f"{n}" + "一" * 19_000: "" for n in range(LARGEST_MESSAGE // 19_000 + 1)}
    with pytest.raises(Refused) as refused:
        refuse_too_long(SaveDraft("sheet", names))
    assert refused.value.key == "too_much"


# -- drafts ----------------------------------------------------------------------------------------


def test_a_member_begins_so_many_and_no_more(hall: TownHall) -> None:
    """What was begun stays and can be written on; one that is dropped makes room."""
    ids = [hall.desk.handle(SaveDraft("sheet", {}), CLERK) for _ in range(drafts.MOST_DRAFTS)]
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SaveDraft("sheet", {"summary": "もう1つ"}), CLERK)
    assert refused.value.key == "draft.too_many"
    hall.desk.handle(SaveDraft("sheet", {"summary": "続き"}, ids[0]), CLERK)
    assert hall.desk.ask(GetDraft(ids[0]), CLERK).raw == {"summary": "続き"}
    hall.desk.handle(SaveDraft("sheet", {}), "M16")  # another's are another's
    hall.desk.handle(DropDraft(ids[1]), CLERK)
    hall.desk.handle(SaveDraft("sheet", {}), CLERK)
    assert len(hall.desk.ask(GetInbox(), CLERK).drafts) == drafts.MOST_DRAFTS


def test_a_draft_and_all_of_them_have_a_size(hall: TownHall) -> None:
    large = {f"f{n}": "一" * 19_000 for n in range(10)}
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SaveDraft("sheet", {**large, "more": "二" * 19_000}), CLERK)
    assert refused.value.key == "draft.too_large"
    for _ in range(5):
        hall.desk.handle(SaveDraft("sheet", large), CLERK)
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SaveDraft("sheet", large), CLERK)
    assert refused.value.key == "draft.all_too_large"
    hall.desk.handle(SaveDraft("sheet", {"summary": "短い"}), CLERK)


def test_what_is_no_message_of_ours_is_refused_as_before(hall: TownHall) -> None:
    with pytest.raises(NotAllowed):
        hall.desk.handle(object(), CLERK)  # type: ignore[arg-type]
