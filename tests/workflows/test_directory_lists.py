"""The two lists of the directory: reading, checking, comparing, and writing them for Excel."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from workflows.directory.exports import export_agencies, export_members
from workflows.directory.labels import Labels, labels_from
from workflows.directory.lists import ImportPlan, plan_agencies, plan_members
from workflows.directory.tables import RowError, UnreadableTable, read_table, write_table
from workflows.japanese.characters import trimmed
from workflows.japanese.kana import as_katakana, fifty_sounds
from workflows.model.directory import (
    FIELDS,
    Agency,
    AgencyKind,
    District,
    Member,
    Role,
    Town,
)

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

TODAY = date(2026, 11, 20)
LABELS: Labels = labels_from(
    yaml.safe_load(Path("templates/directory/labels.yaml").read_text(encoding="utf-8"))
)
SENTENCES: dict[str, str] = yaml.safe_load(
    Path("templates/words/lists.yaml").read_text(encoding="utf-8")
)
TOWN = Town("試験市", (District("D1", "山圏域"), District("D2", "海・川圏域")))
AGENCY = Agency("A1", "福祉課", "フクシカ", AgencyKind.TOWN_HALL, ("general",))
ADMIN = Member("M1", "A1", "鍵守", "カギモリ", frozenset({Role.ADMINISTRATOR}), is_contact=True)

AGENCY_HEAD = "コード,名称,フリガナ,区分,分野,圏域,電話,FAX,メール,所在地,開始日,終了日"
MEMBER_HEAD = "コード,氏名,フリガナ,所属コード,役割,窓口担当,担当圏域,メール,開始日,終了日"
GOOD_AGENCY = "A1,福祉課,フクシカ,庁内,総合,,,,,,,"
GOOD_MEMBER = "M1,鍵守,カギモリ,A1,管理者,はい,,,,"


def agencies_from(*lines: str, existing: Iterable[Agency] = ()) -> ImportPlan[Agency]:
    table = read_table("\n".join((AGENCY_HEAD, *lines)).encode())
    return plan_agencies(table, existing, TOWN, LABELS, TODAY)


def members_from(
    *lines: str, existing: Iterable[Member] = (), agencies: Iterable[Agency] = (AGENCY,)
) -> ImportPlan[Member]:
    table = read_table("\n".join((MEMBER_HEAD, *lines)).encode())
    return plan_members(table, existing, agencies, TOWN, LABELS, TODAY)


def said(errors: Iterable[RowError]) -> list[tuple[int | None, str, str]]:
    return [(error.row_number, error.column, error.key) for error in errors]


def sentence(error: RowError) -> str:
    """The error in words; a fact that the template misses raises."""
    template = Environment(undefined=StrictUndefined, autoescape=True)
    return template.from_string(SENTENCES[error.key]).render(error.facts)


# Reading the bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_list_reads_alike_however_it_was_saved(
    encoding: str, newline: str, delimiter: str
) -> None:
    """UTF-8 with or without BOM, CP932, Unicode text; LF or CRLF; comma or tab: one result."""
    lines = [AGENCY_HEAD, "A1,髙橋①課,ﾌｸｼｶ,庁内,総合,,,,,,,"]
    data = newline.join(lines).replace(",", delimiter).encode(encoding)
    plan = plan_agencies(read_table(data), (), TOWN, LABELS, TODAY)
    assert plan.errors == ()
    assert [(a.name, a.kana) for a in plan.added] == [("髙橋①課", "フクシカ")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_may_stand_there_twice(encoding: str) -> None:
    """A program that puts one there does not look for it first."""
    table = read_table(f"\ufeff{AGENCY_HEAD}\nA1,福祉課".encode(encoding), AGENCY_HEAD.split(","))
    assert table.header[0] == "コード"
    assert table.rows[0].cells["コード"] == "A1"


def test_a_title_may_stand_above_the_header() -> None:
    """As offices write it: a title, a day, an empty row. Rows keep the numbers of Excel."""
    data = f"機関の一覧,,\n令和8年4月1日現在,,,福祉課\n\n{AGENCY_HEAD}\nA1,福祉課\n".encode()
    (row,) = read_table(data, AGENCY_HEAD.split(",")).rows
    assert (row.number, row.cells["名称"]) == (5, "福祉課")


def test_a_list_without_a_header_is_not_guessed_at() -> None:
    """No row has a column that is looked for: the first one is the header, and is refused."""
    table = read_table("A1,福祉課\nA2,学校\n".encode(), AGENCY_HEAD.split(","))
    assert table.header == ("A1", "福祉課")
    assert plan_agencies(table, (), TOWN, LABELS, TODAY).errors


def test_a_file_saved_by_japanese_excel_is_read_from_its_real_bytes() -> None:
    """The bytes that Excel writes as plain CSV in Japan (CP932) give their Japanese words."""
    data = (
        b"\x83R\x81[\x83h,\x96\xbc\x8f\xcc\r\n"  # コード,名称
        b"A1,\x95\x9f\x8e\x83\x91\x8d\x96\xb1\x89\xdb\r\n"  # 福祉総務課
        b"A2,\x83\\\x81[\x83V\x83\x83\x83\x8b\r\n"  # ソーシャル: ソ ends in a backslash byte
    )
    table = read_table(data)
    assert table.header == ("コード", "名称")
    assert [row.cells["名称"] for row in table.rows] == ["福祉総務課", "ソーシャル"]


def test_rows_are_numbered_as_excel_shows_them() -> None:
    """A quoted line break stays inside its row and an empty row counts, as in Excel."""
    data = 'コード,名称\r\nA1,"上\r\n下"\r\n\r\nA2,次\r\n,\r\n'.encode()
    assert [(row.number, row.cells["名称"]) for row in read_table(data).rows] == [
        (2, "上\r\n下"),
        (4, "次"),
    ]


@pytest.mark.parametrize(
    ("data", "key", "row"),
    [
        (b"", "lists.empty", None),
        (b"\r\n,,\r\n", "lists.empty", None),
        ("コード\nA1\n".encode() + b"\xff\xfe\n", "lists.unreadable_characters", 3),
        ("コード,氏名\nA1,山田\nA2, #N/A \n".encode(), "lists.error_value", 3),
        ("コード\nあ\n".encode("cp932") + b"A1\n\xa0\n", "lists.unreadable_characters", 4),
        ('コード\nA1\n"A2\nA3\n'.encode(), "lists.broken_quotes", 3),
        ("コード,コード\n".encode(), "lists.duplicate_column", 1),
        ("コード\nA1,余り\n".encode(), "lists.cell_without_column", 2),
    ],
)
def test_a_file_that_is_no_table_names_the_row(data: bytes, key: str, row: int | None) -> None:
    """What cannot be read is refused with the row where it stands, never guessed at."""
    with pytest.raises(UnreadableTable) as refused:
        read_table(data)
    assert [(e.key, e.row_number) for e in refused.value.errors] == [(key, row)]


def test_an_error_in_a_column_that_is_not_read_is_nobodys_concern() -> None:
    """Offices keep columns of their own beside a list, with formulas that find nothing."""
    (row,) = read_table("コード,メモ\nA1,#REF!\n".encode(), ["コード"]).rows
    assert row.cells["コード"] == "A1"


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("cp932", "replace")))
def test_any_bytes_are_a_table_or_are_refused(data: bytes) -> None:
    """Whatever file somebody picks, the answer is a table or a named error, never a crash."""
    errors: tuple[RowError, ...] = ()
    try:
        read_table(b"\xe3\x82\xb3," + data)
    except UnreadableTable as refused:
        errors = refused.errors
    assert all(map(sentence, errors))


def test_headers_may_be_typed_in_other_widths_and_any_order() -> None:
    """ＦＡＸ, ﾌﾘｶﾞﾅ and a different order of columns are the same columns."""
    table = read_table("ﾌﾘｶﾞﾅ,ＦＡＸ , コード\nア,1,A1\n".encode())
    assert table.rows[0].cells == {"フリガナ": "ア", "FAX": "1", "コード": "A1"}


# Writing


@pytest.mark.parametrize("cell", ["=1+1", "+81-3", "-", "@a", "＝1", "'=1", "''=1", "\t=1", "'x"])
def test_no_cell_is_written_as_a_formula_and_each_comes_back(cell: str) -> None:
    """A formula gets an apostrophe that reading takes off again; other apostrophes stay."""
    data = write_table(["x"], [[cell]])
    written = data.decode("utf-8-sig").split("\r\n")[1].strip('"')
    assert written[0] not in "=+-@＝\t"
    assert read_table(data).rows[0].cells["x"] == cell


def test_an_export_opens_in_japanese_excel() -> None:
    """UTF-8 with BOM and CRLF, several words parted by 、, and 全域 said in words."""
    agency = replace(AGENCY, fields=("elderly", "work"), active_from=date(2026, 4, 1))
    data = export_agencies([agency], TOWN, LABELS)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig") == (
        f"{AGENCY_HEAD},中核機関\r\nA1,福祉課,フクシカ,庁内,高齢、就労,全域,,,,,2026-04-01,,\r\n"
    )


codes = st.from_regex(r"[A-Z][0-9]{1,4}", fullmatch=True)
any_text = st.text(
    st.characters(
        exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Zl", "Zp"), exclude_characters="�"
    ),
    max_size=40,
).map(trimmed)
names = any_text.filter(bool)
readings = (
    st.text(st.sampled_from("アイカガサザッャーヴ・ン "), min_size=1, max_size=60)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
phones = st.from_regex(r"(\+81-|0)[0-9]{1,4}-[0-9]{4}", fullmatch=True) | st.just("")
emails = st.sampled_from(["", "a@example.jp", "+x.y@mail.example.jp", "-z@example.jp"])
days = st.none() | st.dates(date(1990, 1, 1), date(2060, 12, 31))
places = st.lists(st.sampled_from(["D1", "D2"]), unique=True).map(tuple)
rooms = st.lists(any_text, max_size=2).map(lambda parts: trimmed("\n".join(parts)))


def in_order(entry: Agency) -> Agency:
    if entry.active_from and entry.active_until and entry.active_until < entry.active_from:
        return replace(entry, active_from=entry.active_until, active_until=entry.active_from)
    return entry


agencies_ = st.builds(
    Agency,
    id=codes,
    name=names,
    kana=readings,
    kind=st.sampled_from(AgencyKind),
    fields=st.lists(st.sampled_from(FIELDS), min_size=1, unique=True).map(tuple),
    district_ids=places,
    phone=phones,
    fax=phones,
    email=emails,
    address=rooms,
    active_from=days,
    active_until=days,
).map(in_order)
members_ = st.builds(
    Member,
    id=codes,
    agency_id=st.just("A1"),
    name=names,
    kana=readings,
    roles=st.frozensets(st.sampled_from(Role)),
    email=emails,
    is_contact=st.booleans(),
    district_ids=places,
    active_from=st.none(),
    active_until=days,
)


@given(st.lists(agencies_, unique_by=lambda one: one.id, max_size=5))
def test_importing_an_export_of_agencies_changes_nothing(agencies: list[Agency]) -> None:
    """Whatever the agencies hold, their own export finds no error and no difference."""
    table = read_table(export_agencies(agencies, TOWN, LABELS))
    plan = plan_agencies(table, agencies, TOWN, LABELS, TODAY)
    assert (plan.errors, plan.to_save, plan.missing) == ((), (), ())
    assert plan.unchanged == len(agencies)
    assert set(plan_agencies(table, (), TOWN, LABELS, TODAY).added) == set(agencies)


@given(st.lists(members_, unique_by=lambda one: one.id, max_size=5))
def test_importing_an_export_of_members_changes_nothing(members: list[Member]) -> None:
    """Whatever the members hold, their own export finds no error and no difference."""
    everyone = [*(one for one in members if one.id != "M1"), ADMIN]
    table = read_table(export_members(everyone, TOWN, LABELS))
    plan = plan_members(table, everyone, [AGENCY], TOWN, LABELS, TODAY)
    assert (plan.errors, plan.to_save, plan.missing) == ((), (), ())
    assert plan.unchanged == len(everyone)
    assert set(plan_members(table, (), [AGENCY], TOWN, LABELS, TODAY).added) == set(everyone)


@given(st.lists(st.lists(any_text, min_size=2, max_size=2).filter(any), max_size=6))
def test_every_cell_comes_back_as_it_was_written(rows: list[list[str]]) -> None:
    """Reading what was written gives the same cells, whatever they hold."""
    read = read_table(write_table(["一", "二"], rows))
    assert [list(row.cells.values()) for row in read.rows] == rows


# What a file would change


def test_a_plan_says_what_is_new_changed_same_and_missing() -> None:
    """Each entry is counted once, and a change names the fields that differ."""
    kept = replace(AGENCY, id="A2", name="同じ課", kana="オナジカ")
    gone = replace(AGENCY, id="A9")
    plan = agencies_from(
        "A1,福祉課,フクシカ,庁内,総合、地域,,0000-11-1111,,,,,",
        "A2,同じ課,おなじか,庁内,総合,,,,,,,",
        "A3,新しい課,アタラシイカ,庁内,総合,,,,,,,",
        existing=[AGENCY, kept, gone],
    )
    assert [one.id for one in plan.added] == ["A3"]
    assert [(c.old, c.fields) for c in plan.changed] == [(AGENCY, ("fields", "phone"))]
    assert plan.unchanged == 1
    assert plan.missing == (gone,)
    assert [one.id for one in plan.to_save] == ["A3", "A1"]


def test_the_order_and_repetition_of_words_make_no_difference() -> None:
    """住まい、高齢、住まい is what 高齢、住まい was: nothing has changed."""
    old = replace(AGENCY, fields=("elderly", "housing"))
    line = "A1,福祉課,フクシカ,庁内,住まい、高齢、住まい,,,,,,,"
    assert agencies_from(line, existing=[old]).unchanged == 1
    assert agencies_from(line).added[0].fields == ("housing", "elderly")


def test_one_error_and_nothing_of_the_file_is_taken() -> None:
    """All or nothing: a good row beside a bad one is not taken either."""
    plan = agencies_from(GOOD_AGENCY, "A2,,フクシカ,庁内,総合,,,,,,,")
    assert said(plan.errors) == [(3, "名称", "lists.required")]
    assert plan.to_save == ()


@pytest.mark.parametrize("between", ["、", "・", ";", "；", "／", "/", "､", "･", " 、 ", "\n"])
def test_several_words_in_a_cell_may_be_parted_in_any_usual_way(between: str) -> None:
    """、 ・ ; ／ and their other widths all part words; a name with ・ in it stays whole."""
    plan = agencies_from(
        f'A1,福祉課,フクシカ,庁内,"高齢{between}障がい","D1{between}海・川圏域",' + "," * 5
    )
    assert plan.errors == ()
    assert plan.added[0].fields == ("elderly", "disability")
    assert plan.added[0].district_ids == ("D1", "D2")


@pytest.mark.parametrize("whole", ["", "全域", "市全域"])
def test_no_district_means_the_whole_town(whole: str) -> None:
    """An empty cell and the town's word for everywhere are the same."""
    plan = agencies_from(f"A1,福祉課,フクシカ,庁内,総合,{whole},,,,,,")
    assert plan.added[0].covers("D1")
    assert plan.added[0].district_ids == ()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        (".a@ezweb.ne.jp", ".a@ezweb.ne.jp"),
        ('"""a..b.""@docomo.ne.jp"', "a..b.@docomo.ne.jp"),  # quoted, as csv quotes it once more
        ("ｔａｎｔｏ＠ｅｘａｍｐｌｅ．ｊｐ", "tanto@example.jp"),
    ],
)
def test_an_address_that_a_mobile_carrier_once_gave_out_is_taken(typed: str, kept: str) -> None:
    """What can be sent to is let in, by the check that sends; written as people write it."""
    plan = agencies_from(f"A1,福祉課,フクシカ,庁内,総合,,,,{typed},,,")
    assert not plan.errors
    assert [agency.email for agency in plan.to_save] == [kept]


@pytest.mark.parametrize(
    ("line", "column", "key"),
    [
        (",福祉課,フクシカ,庁内,総合,,,,,,,", "コード", "lists.required"),
        ("課1,福祉課,フクシカ,庁内,総合,,,,,,,", "コード", "lists.bad_code"),
        ("A1,福祉課,,庁内,総合,,,,,,,", "フリガナ", "lists.required"),
        ("A1,福祉課,福祉課,庁内,総合,,,,,,,", "フリガナ", "lists.not_kana"),
        ("A1,福祉課,フクシカ,,総合,,,,,,,", "区分", "lists.required"),
        ("A1,福祉課,フクシカ,謎,総合,,,,,,,", "区分", "lists.unknown_kind"),
        ("A1,福祉課,フクシカ,庁内,,,,,,,,", "分野", "lists.required"),
        ("A1,福祉課,フクシカ,庁内,高齢、謎,,,,,,,", "分野", "lists.unknown_field"),
        ("A1,福祉課,フクシカ,庁内,総合,谷圏域,,,,,,", "圏域", "lists.unknown_district"),
        ("A1,福祉課,フクシカ,庁内,総合,,なし,,,,,", "電話", "lists.bad_phone"),
        ("A1,福祉課,フクシカ,庁内,総合,,,,a@b,,,", "メール", "lists.bad_email"),
        ("A1,福祉課,フクシカ,庁内,総合,,,,たんとう@example.jp,,,", "メール", "lists.bad_email"),
        ("A1,福祉課,フクシカ,庁内,総合,,,,a@-example.jp,,,", "メール", "lists.bad_email"),
        ("A1,福祉課,フクシカ,庁内,総合,,,,a.(b)@example.jp,,,", "メール", "lists.bad_email"),
        ("A1,福祉課,フクシカ,庁内,総合,,,,,,R8.4.2,R8.4.1", "終了日", "lists.ends_before_start"),
        (f"A1,{'長' * 41},フクシカ,庁内,総合,,,,,,,", "名称", "lists.too_long"),
        (f"A1,福祉課,{'ア' * 61},庁内,総合,,,,,,,", "フリガナ", "lists.too_long"),
        ('A1,"福\n祉",フクシカ,庁内,総合,,,,,,,', "名称", "lists.line_break"),
    ],
)
def test_a_wrong_cell_of_an_agency_is_named_with_its_row_and_column(
    line: str, column: str, key: str
) -> None:
    """Each mistake is said where it stands, and in words that exist."""
    plan = agencies_from(line)
    assert said(plan.errors) == [(2, column, key)]
    assert sentence(plan.errors[0])


@pytest.mark.parametrize(
    ("line", "column", "key"),
    [
        ("M2,鍵守,カギモリ,,,,,,,", "所属コード", "lists.required"),
        ("M2,鍵守,カギモリ,A7,,,,,,", "所属コード", "lists.unknown_agency"),
        ("M2,鍵守,カギモリ,A1,王様,,,,,", "役割", "lists.unknown_role"),
        ("M2,鍵守,カギモリ,A1,,たぶん,,,,", "窓口担当", "lists.not_yes_no"),
        ("M2,鍵守,カギモリ,A1,,,全域,,,", "担当圏域", "lists.unknown_district"),
        ("m1,鍵守,カギモリ,A1,,,,,,", "コード", "lists.duplicate_code"),
    ],
)
def test_a_wrong_cell_of_a_member_is_named_with_its_row_and_column(
    line: str, column: str, key: str
) -> None:
    """Each mistake is said where it stands, and in words that exist."""
    plan = members_from(GOOD_MEMBER, line)
    assert said(plan.errors) == [(3, column, key)]
    assert sentence(plan.errors[0])


@pytest.mark.parametrize(
    "written", ["2026-04-01", "2026/4/1", "令和8年4月1日", "R8.4.1", "２０２６年４月１日"]
)
def test_a_day_may_be_written_in_any_usual_form(written: str) -> None:
    """Western and era dates, in either width, are the same day."""
    plan = agencies_from(f"A1,福祉課,フクシカ,庁内,総合,,,,,,{written},")
    assert plan.added[0].active_from == date(2026, 4, 1)


def test_something_that_is_no_day_is_said_beside_its_cell() -> None:
    """A date that does not exist stops the import and names the cell."""
    plan = agencies_from("A1,福祉課,フクシカ,庁内,総合,,,,,,2026/2/30,")
    assert [(e.row_number, e.column) for e in plan.errors] == [(2, "開始日")]


def test_hiragana_becomes_katakana() -> None:
    """A reading in hiragana, half-width kana or with a dash for ー is kept in one spelling."""
    assert as_katakana("せんたー ゔ") == "センター ヴ"
    assert as_katakana("ｾﾝﾀｰ　ﾎﾟｶﾎﾟｶ") == "センター ポカポカ"
    assert as_katakana("センタ-") == "センター"
    assert as_katakana("センター1") is None


def test_the_order_is_that_of_the_fifty_sounds() -> None:
    """Voicing, small letters and long vowels do not part what sounds belong together."""
    kana = ["ハル", "パート", "カキ", "ガカ", "キャク", "キヤ", "カー", "カア", "ハード"]
    assert sorted(kana, key=fifty_sounds) == [
        "カア", "カー", "ガカ", "カキ", "キヤ", "キャク", "ハード", "パート", "ハル",
    ]  # fmt: skip


def test_a_code_keeps_the_spelling_it_has() -> None:
    """a1 in full or half width, small or capital, is the A1 that is there already."""
    plan = agencies_from("ａ１,福祉課,フクシカ,庁内,総合,,,,,,,", existing=[AGENCY])
    assert (plan.unchanged, plan.added) == (1, ())
    member = members_from("M1,鍵守,カギモリ,ａ１,管理者,○,,,,").added[0]
    assert member.agency_id == "A1"


def test_a_column_left_out_is_asked_for_and_a_strange_one_is_said() -> None:
    """Left out would read as emptied, so it is an error; an extra column is only not read."""
    table = read_table("コード,名称,備考\nA1,福祉課,x\n".encode())
    plan = plan_agencies(table, (), TOWN, LABELS, TODAY)
    assert {e.key for e in plan.errors} == {"lists.missing_column"}
    head, line = AGENCY_HEAD + ",備考", GOOD_AGENCY + ",x"
    plan = plan_agencies(read_table(f"{head}\n{line}".encode()), (), TOWN, LABELS, TODAY)
    assert said(plan.warnings) == [(None, "備考", "lists.unread_column")]
    assert sentence(plan.warnings[0])
    assert len(plan.added) == 1


def test_a_number_that_lost_its_zero_is_warned_of() -> None:
    """Excel drops the zero of a number typed without hyphens; that is said, not refused."""
    plan = agencies_from("A1,福祉課,フクシカ,庁内,総合,,312345678,,,,,")
    assert said(plan.warnings) == [(2, "電話", "lists.lost_zero")]
    assert sentence(plan.warnings[0])


def test_an_agency_without_a_window_is_a_warning() -> None:
    """Nobody to tell is said, but a town may import before it has named everyone."""
    other = replace(AGENCY, id="A2", name="次の課")
    ended = replace(AGENCY, id="A3", active_until=date(2026, 3, 31))
    plan = members_from(
        GOOD_MEMBER,
        "M2,去年,キョネン,A2,,はい,,,,2026-03-31",
        agencies=[AGENCY, other, ended],
    )
    assert plan.errors == ()
    assert [(w.key, w.facts["code"]) for w in plan.warnings] == [("lists.no_contact", "A2")]
    assert "次の課" in sentence(plan.warnings[0])


def test_the_last_administrator_cannot_be_taken_away() -> None:
    """A file after which nobody administers today is refused; one left alone still counts."""
    demoted = "M1,鍵守,カギモリ,A1,事務担当,はい,,,,"
    plan = members_from(demoted, existing=[ADMIN])
    assert said(plan.errors) == [(None, "役割", "lists.no_administrator")]
    assert "管理者" in sentence(plan.errors[0])
    second = replace(ADMIN, id="M2", is_contact=False)
    plan = members_from(demoted, existing=[ADMIN, second])
    assert plan.errors == ()
    assert plan.missing == (second,)


def test_labels_that_miss_a_code_or_share_a_word_are_refused() -> None:
    """A town that changes its words hears at once when a code has none, or two share one."""
    plain = yaml.safe_load(Path("templates/directory/labels.yaml").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match=r"roles\.chair is missing"):
        labels_from({**plain, "roles": {**plain["roles"], "chair": []}})
    with pytest.raises(ValueError, match="shares a word"):
        labels_from({**plain, "roles": {**plain["roles"], "chair": ["管理職"]}})


@pytest.mark.parametrize("typed", ["9999-12-31", "９９９９年１２月３１日", "99991231"])
def test_what_other_programs_write_for_no_end_is_no_end(typed: str) -> None:
    """終了日 9999-12-31 is nobody's last day: the entry has none, and is the same as without."""
    agency, member = GOOD_AGENCY + typed, GOOD_MEMBER + typed
    assert agencies_from(agency, existing=[AGENCY]).unchanged == 1
    assert members_from(member, existing=[ADMIN]).unchanged == 1


def test_no_other_day_of_that_year_is_read() -> None:
    """9999 in 開始日, or another day of it, is a slip and said so."""
    begins, ends = f"{GOOD_AGENCY[:-1]}9999-12-31,", f"{GOOD_AGENCY}9999-01-01"
    assert said(agencies_from(begins).errors) == [(2, "開始日", "date.too_late")]
    assert said(agencies_from(ends).errors) == [(2, "終了日", "date.too_late")]
