"""The town's forms are read from files, and a wrong file says where it is wrong."""

from pathlib import Path

import pytest
import yaml

from handlers.words.formbook import TEMPLATES, load_formbook
from workflows.forms import BadForm, FieldType


def town(folder: Path, text: str) -> Path:
    """A town's folder with that forms.yaml."""
    (folder / "forms.yaml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_town_file_every_form_is_there() -> None:
    """The forms of the field: sheet, referral, reply, meeting, record, plan and the rest."""
    assert set(load_formbook(None).forms) == {
        "sheet", "referral", "reply", "meeting", "record", "preparation", "plan", "followup",
        "closure",
    }  # fmt: skip


def test_an_empty_or_missing_town_file_changes_nothing(tmp_path: Path) -> None:
    """A town that wrote nothing gets our forms."""
    assert load_formbook(tmp_path) == load_formbook(None)
    assert load_formbook(town(tmp_path, "# まだ何も変えていません\n")) == load_formbook(None)


def test_a_town_file_changes_its_form_and_no_other(tmp_path: Path) -> None:
    """A byte order mark, as an editor on Windows writes it, is no obstacle."""
    text = (
        "\ufeffsheet:\n  title: 連携シート\n  fields:\n    x_school: {label: 学校名, type: text}\n"
    )
    book = load_formbook(town(tmp_path, text))
    assert book.form("sheet").title == "連携シート"
    assert book.form("sheet").field("x_school").type is FieldType.TEXT
    assert book.form("plan") == load_formbook(None).form("plan")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "sheet: {fields: {urgency: {hidden: true}}}",
            "の様式「つなぐシート」（sheet）の項目「緊急度」（urgency）は、"
            "なくすと仕事が進まないため、隠せません。",
        ),
        (
            "sheet: {fields: {x_a: {label: 学校, type: txt}}}",
            "の様式「つなぐシート」（sheet）の項目「x_a」の種類（type）「txt」は使えません。",
        ),
        ("sheat: {title: a}", "に「sheat」とありますが、その様式はありません。"),
        (
            "sheet: [a]",
            "の様式「つなぐシート」（sheet）の「sheet」は、「名前: 値」の形で書いてください。",
        ),
        ("- sheet", "の「forms.yaml」は、「名前: 値」の形で書いてください。"),
        ("sheet:\n  title: [\n", "を読み取れません（3行目）。"),
    ],
)
def test_a_wrong_town_file_says_where_in_one_sentence(
    tmp_path: Path, text: str, words: str
) -> None:
    """File, form and field, then what is wrong."""
    with pytest.raises(BadForm) as bad:
        load_formbook(town(tmp_path, text))
    assert str(bad.value) == bad.value.sentence == f"{tmp_path / 'forms.yaml'}{words}"


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Shift_JIS from an old editor is named as what it is: not UTF-8."""
    (tmp_path / "forms.yaml").write_bytes("sheet: {title: 連携シート}".encode("cp932"))
    with pytest.raises(BadForm, match="UTF-8"):
        load_formbook(tmp_path)


def test_every_complaint_has_its_sentence() -> None:
    """Each key that the code can raise stands in the file of sentences, and none is left over."""
    folder = TEMPLATES.parent
    code = [*(folder / "workflows" / "forms").glob("*.py"), folder / "workflows/japanese/dates.py"]
    code += [folder / "handlers/words/formbook.py", folder / "workflows/core/free_text.py"]
    raised = "\n".join(path.read_text(encoding="utf-8") for path in code)
    sentences = yaml.safe_load((TEMPLATES / "words" / "forms.yaml").read_text(encoding="utf-8"))
    for key in sentences:
        assert f'"{key}"' in raised, key
    quoted = {part for part in raised.split('"') if part.split(".")[0] in {"form_file", "form"}}
    assert {part for part in quoted if "." in part} <= set(sentences)
