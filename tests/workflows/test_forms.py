"""Forms: what is typed is stored in one shape, what is wrong stands beside its field."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.words.formbook import load_formbook
from workflows.forms import BadForm, FieldType, Form, check, overlay, read_form

TODAY = date(2026, 11, 20)
BOOK = load_formbook(None)
SHEET = BOOK.form("sheet")
KNOWN = {
    FieldType.AGENCY: {"a1", "a2"},
    FieldType.MEMBER: {"m1"},
    FieldType.DISTRICT: {"north"},
}
FILLED: dict[str, Any] = {
    "received_at": "令和8年11月20日 14:00",
    "route": "visit_desk",
    "matters": ["care", "withdrawal"],
    "summary": "母の介護と、息子の暮らしの相談",
    "urgency": "normal",
    "danger": "no",
    "hidden_address": "いいえ",
    "district": "north",
    "consent": "not_asked",
}


def errors(form: Form = SHEET, **typed: Any) -> dict[str, str]:
    """Field to error key, for the sheet filled as usual but for what is given."""
    raw = {**(FILLED if form is SHEET else {}), **typed}
    return {e.field: e.key for e in check(form, raw, today=TODAY, known=KNOWN).errors}


def stored(**typed: Any) -> Mapping[str, Any]:
    """What is stored of the sheet; it must be right as a whole."""
    checked = check(SHEET, {**FILLED, **typed}, today=TODAY, known=KNOWN)
    assert checked.errors == ()
    return checked.values


def test_a_sheet_with_only_the_required_fields_is_accepted() -> None:
    """An anonymous caller's sheet is whole without name, address or birth date."""
    assert stored() == {
        **FILLED,
        "received_at": "2026-11-20T14:00:00+09:00",
        "danger": False,
        "hidden_address": False,
    }


def test_an_empty_sheet_names_every_required_field_in_the_order_of_the_form() -> None:
    """The first error is the first field on the page, so that it can take the focus."""
    checked = check(SHEET, {}, today=TODAY)
    assert [e.field for e in checked.errors] == [f.id for f in SHEET.fields if f.required]
    assert {e.key for e in checked.errors} == {"form.required"}
    assert checked.values == {}


def test_the_required_fields_come_first() -> None:
    """A clerk with the person at the desk fills the first two sections and can send."""
    assert {f.section for f in SHEET.fields if f.required} == {"intake", "consent"}
    assert [s.id for s in SHEET.sections][:2] == ["intake", "consent"]


@pytest.mark.parametrize("consent", ["written", "oral"])
def test_consent_given_needs_its_date_and_its_scope(consent: str) -> None:
    """A consent nobody can date, or to nobody, is none."""
    wrong = errors(consent=consent)
    assert wrong == {"consent_on": "form.required", "consent_scope": "form.required"}
    assert stored(consent=consent, consent_on="R8.11.20", consent_scope=["a1"])["consent_on"] == (
        "2026-11-20"
    )


def test_a_basis_without_consent_needs_its_reason_and_the_other_way_round() -> None:
    """Sharing without consent always records both."""
    assert errors(unconsented_basis="act_106_6") == {"unconsented_reason": "form.required"}
    assert errors(unconsented_reason="急ぐため") == {"unconsented_basis": "form.required"}


def test_a_refusal_names_the_next_agency_and_the_reason() -> None:
    """対応困難 and 他機関へ never leave the person without a next address."""
    for answer in ("declined", "passed_on"):
        assert errors(BOOK.form("reply"), answer=answer) == {
            "reason": "form.required",
            "next_agency": "form.required",
        }
    assert errors(BOOK.form("reply"), answer="partly") == {"reason": "form.required"}
    assert errors(BOOK.form("reply"), answer="accepted") == {}
    assert errors(BOOK.form("reply"), answer="accepted", lead="yes") == {
        "next_check_on": "form.required"
    }


def test_a_birth_date_in_the_future_is_refused_beside_its_field() -> None:
    """Today is still possible, tomorrow is not."""
    assert errors(birth_date="令和8年11月20日") == {}
    assert errors(birth_date="令和8年11月21日") == {"birth_date": "form.date_future"}


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("昭和70年1月1日", "date.era_mismatch"),
        ("令和8年2月30日", "date.impossible"),
        ("8.11.20", "date.unreadable"),
    ],
)
def test_a_date_says_how_it_is_wrong(typed: str, key: str) -> None:
    """The keys of the dates come through, with what may have been meant."""
    (error,) = check(SHEET, {**FILLED, "birth_date": typed}, today=TODAY, known=KNOWN).errors
    assert (error.field, error.key, error.facts["text"]) == ("birth_date", key, typed)


def test_what_happened_is_never_read_as_next_year() -> None:
    """10月1日 as the day of receipt is the one just gone, as a next date the coming one."""
    assert stored(received_at="10月1日 9時")["received_at"] == "2026-10-01T09:00:00+09:00"
    values = check(
        BOOK.form("followup"), {"result": "worse", "next_on": "10/1"}, today=TODAY
    ).values
    assert values["next_on"] == "2027-10-01"


def test_a_plan_does_not_end_before_it_begins() -> None:
    """The error names the other field."""
    raw = {"starts_on": "R8.12.1", "ends_on": "R8.11.30", "review_on": "R8.12.1"}
    found = {e.field: e for e in check(BOOK.form("plan"), raw, today=TODAY).errors}
    assert found["ends_on"].key == "form.date_order"
    assert found["ends_on"].facts == {"other": "開始日"}
    assert "review_on" not in found


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("やまかわ はなこ", "ヤマカワ　ハナコ"),
        ("ﾔﾏｶﾞﾜ　ﾊﾅｺ", "ヤマガワ　ハナコ"),
        ("おーの-しょう", "オーノーショウ"),
        ("グエン・ヴァン", "グエン・ヴァン"),
    ],
)
def test_kana_is_stored_in_full_width_katakana(typed: str, kept: str) -> None:
    """However it is typed."""
    assert stored(kana=typed)["kana"] == kept


def test_what_is_no_kana_is_refused() -> None:
    """Kanji and Latin letters have no reading of their own."""
    assert errors(kana="山川ハナコ") == {"kana": "form.kana"}
    assert errors(kana="Hanako") == {"kana": "form.kana"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("０９０（００００）１２３４", "090-0000-1234"),
        ("03 0000 1234", "03-0000-1234"),
        ("0300001234", "0300001234"),
        ("+81-90-0000-1234", "090-0000-1234"),
    ],
)
def test_a_telephone_is_stored_in_half_width(typed: str, kept: str) -> None:
    """Digits and hyphens, the country code as its 0."""
    assert stored(phone=typed)["phone"] == kept


@pytest.mark.parametrize("typed", ["22-1234", "090-0000-12345", "なし", "1234567890"])
def test_what_is_no_telephone_is_refused(typed: str) -> None:
    """Ten or eleven digits beginning with 0."""
    assert errors(phone=typed) == {"phone": "form.tel"}


def test_length_is_counted_as_people_count_it() -> None:
    """A composed が is one character, a Windows line break one; the fact says how long it is."""
    at_limit = "か\u3099" * 798 + "\r\nあ"
    assert stored(summary=at_limit)["summary"] == "が" * 798 + "\nあ"
    (error,) = check(SHEET, {**FILLED, "summary": at_limit + "い"}, today=TODAY, known=KNOWN).errors
    assert (error.key, error.facts) == ("form.too_long", {"max": 800, "length": 801})


@pytest.mark.parametrize("field", ["summary", "name", "address", "wishes", "phone", "kana"])
def test_a_my_number_is_refused_in_every_free_text(field: str) -> None:
    """Not one field lets it through, and it is not kept."""
    checked = check(SHEET, {**FILLED, field: "１２３４-5678 9012"}, today=TODAY, known=KNOWN)
    assert {e.field: e.key for e in checked.errors} == {field: "form.my_number"}
    assert field not in checked.values


def test_a_wrong_cell_is_named_by_its_row_and_column() -> None:
    """Rows are counted from 0 as typed, empty ones between them too."""
    rows = [{"relation": "母", "age_band": "age_80s"}, {"name": " "}, {"name": "1234-5678-9012"}]
    assert errors(household=rows) == {
        "household.2.relation": "form.required",
        "household.2.name": "form.my_number",
    }


def test_empty_rows_are_left_out_and_too_many_are_refused() -> None:
    """A page with blank lines is no error; an eleventh person is."""
    row = {"relation": "子", "name": ""}
    assert stored(household=[{}, row, {"name": ""}])["household"] == [{"relation": "子"}]
    assert "household" not in stored(household=[{}, {"name": ""}])
    assert errors(household=[row] * 10) == {}
    assert errors(household=[row] * 11) == {"household": "form.too_many"}


def test_choices_are_known_ones_in_the_order_of_the_form() -> None:
    """Doubles count once, a value that is none is refused."""
    assert stored(matters=["care", "housing", "care"])["matters"] == ["housing", "care"]
    assert errors(matters=["care", "gold"]) == {"matters": "form.choice"}
    assert errors(urgency="soon") == {"urgency": "form.choice"}
    assert errors(danger="maybe") == {"danger": "form.yes_no"}
    assert errors(matters=[]) == {"matters": "form.required"}


def test_agencies_members_and_districts_must_exist() -> None:
    """An id that is not in the directory is refused, also inside a row."""
    assert errors(district="south") == {"district": "form.unknown"}
    assert errors(consent="oral", consent_on="11/20", consent_scope=["a1", "zz"]) == {
        "consent_scope": "form.unknown"
    }
    wrong = errors(BOOK.form("record"), roles=[{"agency": "zz", "member": "m9", "task": "訪問"}])
    assert wrong["roles.0.agency"] == wrong["roles.0.member"] == "form.unknown"


def test_more_agencies_than_allowed_are_refused() -> None:
    """The preparation sheet takes ten."""
    many = [f"a{n}" for n in range(11)]
    form = BOOK.form("preparation")
    assert [e.key for e in check(form, {"wanted_agencies": many}, today=TODAY).errors] == [
        "form.too_many"
    ]


def test_invisible_characters_are_not_stored() -> None:
    """A zero-width blank would break the search. What breaks the database is refused: see
    test_unclean_texts.py."""
    assert stored(name="\u200b山川\u202e 花子\n")["name"] == "山川 花子"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([f.id for f in SHEET.fields]) | st.text(), JUNK))
def test_nothing_typed_makes_the_check_fail(raw: dict[str, Any]) -> None:
    """Whatever arrives, there are values of known fields and errors, never an exception."""
    checked = check(SHEET, raw, today=TODAY, known=KNOWN)
    assert set(checked.values) <= {f.id for f in SHEET.fields}
    assert all(SHEET.has(e.field.split(".")[0]) for e in checked.errors)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "summary": st.text(max_size=50),
            "kana": st.text("あいうがーアイ ・", max_size=10),
            "phone": st.text("0123456789-() ", max_size=14),
            "birth_date": st.dates(date(1900, 1, 1), TODAY).map(lambda d: f"{d:%Y/%m/%d}"),
            "danger": st.sampled_from(["yes", "no", "はい", "on"]),
            "tags": st.lists(st.sampled_from(["8050", "hoarding", "near_miss"])),
            "household": st.lists(st.fixed_dictionaries({"relation": st.text(max_size=5)})),
        },
    )
)
def test_what_was_stored_may_be_checked_again(typed: dict[str, Any]) -> None:
    """A saved sheet that is opened and saved stays as it is."""
    once = check(SHEET, typed, today=TODAY).values
    assert check(SHEET, once, today=TODAY).values == once


def test_no_message_shows_what_is_personal() -> None:
    """In every form, a field that a chat may show is neither personal nor free text."""
    for form in BOOK.forms.values():
        for field in (*form.fields, *(c for f in form.fields for c in f.columns)):
            if field.chat:
                assert field.klass in {"N", "S"}, field.id
                assert field.type not in {FieldType.TEXT, FieldType.LONG, FieldType.KANA}, field.id


def test_every_question_has_its_guideline() -> None:
    """One or two short polite sentences beside each field."""
    for form in BOOK.forms.values():
        for field in form.fields:
            assert field.guideline.endswith("。"), f"{form.id}.{field.id}"
            assert len(field.guideline) <= 80, f"{form.id}.{field.id}"


def test_a_town_words_its_form_in_its_own_way() -> None:
    """Labels, order, required, limits, own fields and choices: all without code."""
    town = overlay(
        SHEET,
        {
            "title": "連携シート",
            "order": ["district"],
            "section_order": ["person"],
            "sections": {"person": {"title": "ご本人"}, "x_town": {"title": "町の欄"}},
            "fields": {
                "phone": {"label": "連絡先", "required": True, "max": 40},
                "summary": {"max": 3000, "guideline": "町の手引きを見てください。"},
                "gender": {"hidden": True},
                "matters": {
                    "choices": {
                        "relabel": {"housing": "住居"},
                        "remove": ["food"],
                        "add": [{"value": "x_flood", "label": "水害", "fields": ["housing"]}],
                    }
                },
                "household": {"columns": {"situation": {"label": "様子", "max": 200}}},
                "x_school": {"label": "学校名", "type": "text", "section": "x_town", "max": 30},
            },
        },
    )
    assert (town.title, town.fields[0].id, town.sections[0].id) == (
        "連携シート",
        "district",
        "person",
    )
    assert (town.field("phone").label, town.field("summary").max) == ("連絡先", 3000)
    assert not town.has("gender")
    assert town.field("matters").choice("housing").label == "住居"
    assert town.field("matters").choice("x_flood").fields == ("housing",)
    assert "food" not in {c.value for c in town.field("matters").choices}
    assert town.field("household").column("situation").max == 200
    assert [f.id for f in town.in_section("x_town")] == ["x_school"]
    assert (town.field("x_school").klass, town.field("x_school").core) == ("H", False)
    assert errors(town, **FILLED) == {"phone": "form.required"}
    assert SHEET.field("phone").label == "電話"


LONG = "x_" + "a" * 59  # a chat has no room for longer names


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"fields": {"urgency": {"hidden": True}}}, "urgency", "core_hidden"),
        ({"fields": {"urgency": {"required": False}}}, "urgency", "core_required"),
        ({"fields": {"urgency": {"choices": {"remove": ["normal"]}}}}, "urgency", "core_choice"),
        (
            {"fields": {"urgency": {"choices": {"add": [{"value": "x_a", "label": "特急"}]}}}},
            "urgency",
            "closed_choices",
        ),
        ({"fields": {"matters": {"choices": {"remove": ["other"]}}}}, "matters", "core_choice"),
        (
            {"fields": {"matters": {"choices": {"add": [{"value": "flood", "label": "水害"}]}}}},
            "matters",
            "own_prefix",
        ),
        (
            {"fields": {"matters": {"choices": {"add": [{"value": LONG, "label": "水害"}]}}}},
            "matters",
            "long_name",
        ),
        ({"fields": {LONG: {"label": "学校", "type": "text"}}}, LONG, "long_name"),
        ({"fields": {"name": {"chat": True}}}, "name", "unknown_word"),
        ({"fields": {"name": {"class": "N"}}}, "name", "unknown_word"),
        ({"fields": {"name": {"max": 0}}}, "name", "not_a_count"),
        ({"fields": {"name": {"max": "多め"}}}, "name", "not_a_count"),
        ({"fields": {"birth_date": {"max": 3}}}, "birth_date", "no_max"),
        ({"fields": {"name": {"label": 7}}}, "name", "not_text"),
        ({"fields": {"name": {"section": "attic"}}}, "name", "no_such"),
        ({"fields": {"school": {"label": "学校", "type": "text"}}}, "school", "no_such"),
        ({"fields": {"x_a": {"label": "学校", "type": "txt"}}}, "x_a", "type"),
        ({"fields": {"x_a": {"type": "text"}}}, "x_a", "not_text"),
        ({"fields": {"x_a": {"label": "学", "type": "date", "class": "N", "chat": True}}},
         "x_a", "chat"),
        ({"fields": {"household": {"columns": {"relation": {"required": False}}}}},
         "household.relation", "core_required"),
        ({"fields": {"household": {"columns": {"pet": {"label": "犬"}}}}},
         "household.pet", "no_such"),
        ({"order": ["attic"]}, "", "no_such"),
        ({"sections": {"attic": {"title": "屋根裏"}}}, "attic", "own_prefix"),
        ({"colour": "red"}, "", "unknown_word"),
        ({"fields": ["name"]}, "", "not_a_mapping"),
    ],
)  # fmt: skip
def test_a_town_cannot_take_away_what_the_work_rests_on(
    changes: dict[str, Any], field: str, key: str
) -> None:
    """The refusal names the field and the reason."""
    with pytest.raises(BadForm) as bad:
        overlay(SHEET, changes)
    assert (bad.value.form, bad.value.field, bad.value.key) == ("sheet", field, f"form_file.{key}")


def test_hiding_a_field_that_another_leans_on_is_refused() -> None:
    """A condition that points at nothing would never hold."""
    form = read_form(
        "f",
        {
            "title": "t",
            "sections": [
                {
                    "id": "s",
                    "title": "s",
                    "fields": [
                        {"id": "a", "label": "a", "type": "text", "core": False},
                        {"id": "b", "label": "b", "type": "text", "required_when": {"a": ["*"]}},
                    ],
                }
            ],
        },
    )
    with pytest.raises(BadForm) as bad:
        overlay(form, {"fields": {"a": {"hidden": True}}})
    assert (bad.value.field, bad.value.key) == ("b", "form_file.no_such")


@pytest.mark.parametrize("letter", ["\ufa10", "\uf9dc", "\ufa19", "\ufa1a", "\ufa1b", "\U0002f804"])
def test_a_kanji_of_a_name_stays_the_one_it_is(letter: str) -> None:
    """NFC makes 塚, 隆, 神, 祥, 福 of the register into other letters."""
    assert stored(name=f"{letter}本　花")["name"] == f"{letter}本　花"
    assert stored(summary=f"{letter}本さん")["summary"] == f"{letter}本さん"


def test_kana_and_latin_letters_come_in_one_piece() -> None:
    """As another system writes them apart, with a mark of its own or one beside."""
    assert stored(name="ハ\u309aク e\u0301va")["name"] == "パク éva"
    assert stored(kana="カ゛モウ　ハ゜ク")["kana"] == "ガモウ　パク"
    assert stored(kana="か\u3099もう")["kana"] == "ガモウ"
    assert stored(name="\u1112\u1161\u11ab")["name"] == "한"
