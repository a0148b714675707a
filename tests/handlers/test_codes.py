"""Every code that can be stored has its words; one that has none is shown as itself."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

import workflows
from handlers.words import filters
from handlers.words.form_words import in_words
from handlers.words.formbook import load_formbook
from handlers.words.texts import Texts, load_texts
from handlers.words.words import load_words
from storage.documents import from_text, to_text
from tests.support.hands import sheet
from tests.support.people import COORDINATOR
from tests.support.town import TownHall
from workflows.cases.edit_sheet import EditSheet
from workflows.model.case import Urgency, urgency_known
from workflows.model.codes import code_of, is_known
from workflows.model.legal_basis import BasisCondition, conditions_of

ROOT = Path(__file__).parents[2]
TEXTS = load_texts(None)
FORMS = load_formbook(None)

# Where the words of an enum stand: groups of labels, or of sentences. A new enum is named here.
ENUMS: dict[str, tuple[str, ...]] = {
    "CaseState": ("label.case_state",),
    "Urgency": ("label.urgency",),
    "ReplyAnswer": ("label.reply_answer",),
    "FollowUpResult": ("label.follow_up_result",),
    "LegalBasis": ("label.legal_basis", "label.meeting_called"),
    "BasisCondition": ("label.footing",),
    "MeetingState": ("label.meeting_state",),
    "Symbol": ("label.symbol", "label.symbol_brief", "label.symbol_mark", "label.symbol_word"),
    "HeardBy": ("label.heard_by", "label.heard_mark", "label.heard_here"),
    "PromiseKind": ("label.promise_kind", "promise", "promise_button"),
    "Standing": ("label.standing", "why"),
    "Action": ("label.action",),
    "Role": ("label.role",),
    "AgencyKind": ("label.agency_kind",),
    "Stuck": ("page.overview.group", "page.overview.hint"),
    "Tell": ("label.rung",),
    "Part": ("label.part",),
    "Whose": ("page.whose",),
    "RequestKind": ("label.request_kind",),
    "AskedAs": ("label.asked_as",),
    "RequestOutcome": ("label.request_outcome",),
    "Fault": ("label.fault", "audit.fault"),
    "NewsState": ("page.inbox.news_state",),
    "ServerOperation": ("story",),
    "AcceptReason": ("label.accept_reason",),
    "ShowReason": ("label.show_reason",),
    "RecordKind": ("label.record_kind",),
}
# These say what is done inside, and stand in no document and on no page; the choices of NameChange
# are words of its own form.
INSIDE = {
    "About",
    "Caller",
    "CasePage",
    "Chore",
    "FieldType",
    "AnswerLinkState",
    "SignInLinkState",
    "NameChange",
    "AnswerState",
    "UsualBasis",
    "SettleReason",
}

# Groups that are looked up for the answers to a question: group -> (form, field).
ASKED = {
    "meeting_called": ("meeting", "kind"),
    "meeting_kind": ("meeting", "kind"),
    "legal_basis": ("meeting", "bases"),
    "consent": ("sheet", "consent"),
    "consent_chat": ("sheet", "consent"),
    "route": ("sheet", "route"),
    "urgency": ("sheet", "urgency"),
    "purpose": ("referral", "purpose"),
    "reply_answer": ("reply", "answer"),
    "closure_kind": ("closure", "kind"),
    "follow_up_result": ("followup", "result"),
}


def enums() -> Iterator[type[StrEnum]]:
    for module in pkgutil.walk_packages(workflows.__path__, "workflows."):
        for found in vars(importlib.import_module(module.name)).values():
            is_enum = isinstance(found, type) and issubclass(found, StrEnum)
            if is_enum and found.__module__ == module.name:
                yield found


def looked_up() -> set[str]:
    """The groups of labels that a template, a word or a line of code asks."""
    asked = re.compile(r"\blabel\(\s*['\"]([a-z_]+)['\"]|say\(['\"]label\.([a-z_]+)\.")
    paths = [p for d in ("templates", "handlers") for p in (ROOT / d).rglob("*.*")]
    texts = [p.read_text("utf-8") for p in paths if p.suffix in (".py", ".html", ".j2", ".yaml")]
    return {one or other for text in texts for one, other in asked.findall(text)}


def test_every_enum_has_its_words_in_every_group_that_may_be_asked() -> None:
    """None is left out: an enum that is added is either named here, or never shown."""
    found = {e.__name__: e for e in enums()}
    assert set(found) == set(ENUMS) | INSIDE
    wanted = {f"{g}.{c}" for name, groups in ENUMS.items() for g in groups for c in found[name]}
    assert sorted(key for key in wanted if not TEXTS.has(key)) == []


def test_every_choice_of_every_form_has_its_words() -> None:
    """In the form itself, and in every group by which its answers are looked up elsewhere."""
    for form in FORMS.forms.values():
        for field in (f for one in form.fields for f in (one, *one.columns)):
            assert all(field.label_of(c.value) == c.label for c in field.choices)
    wanted = {
        f"label.{group}.{choice.value}"
        for group, (form_id, field_id) in ASKED.items()
        for choice in FORMS.form(form_id).field(field_id).choices
    }
    assert sorted(key for key in wanted if not TEXTS.has(key)) == []


def test_every_group_that_is_looked_up_has_words() -> None:
    """A group that is asked by a slip of the pen would show codes for ever."""
    groups = {key.split(".")[1] for key in load_words(None) if key.startswith("label.")}
    assert len(looked_up()) > 40
    assert looked_up() - groups == set()
    assert set(ASKED) <= looked_up() | {"meeting_kind"}


def test_a_code_without_words_is_shown_as_itself_by_every_way_to_words() -> None:
    environment = Environment(autoescape=True)
    TEXTS.register(environment)
    for group in sorted(looked_up()):
        assert TEXTS.label(group, "x_gone") == "x_gone"
        shown = environment.from_string("{{ code | label(group) }}")
        assert shown.render(code="x_gone", group=group) == "x_gone"
    assert TEXTS.word("promise", "x_gone") == "x_gone"


@pytest.mark.parametrize("show", [filters.day, filters.moment, filters.short, filters.time])
def test_a_stored_text_that_is_no_date_is_shown_as_it_stands(show: Any) -> None:
    assert show("令和の昔") in ("令和の昔", "")
    assert show("2026-13-99") in ("2026-13-99", "")


def test_a_code_of_another_version_reads_as_itself_and_is_written_back() -> None:
    """A document of another version opens: what is unknown in it counts as none of ours."""
    assert from_text('"x_new"', Urgency) == "x_new"
    assert to_text(from_text('"x_new"', Urgency)) == '"x_new"'
    assert from_text('"urgent"', Urgency) is Urgency.URGENT
    assert not is_known(code_of(Urgency, "x_new"))
    assert urgency_known("x_new") is Urgency.URGENT
    assert list(Urgency) == ["emergency", "urgent", "normal"]
    with pytest.raises(ValueError, match="x_new"):
        Urgency("x_new")


def test_a_basis_that_nobody_knows_asks_for_consent() -> None:
    """The closed answer for what is unknown."""
    meeting = from_text('["act_106_6", "x_new"]', list[str])
    assert BasisCondition.CONSENT in conditions_of(meeting)  # type: ignore[arg-type]


def test_a_choice_that_a_town_takes_away_keeps_its_words_in_older_documents(tmp_path: Path) -> None:
    """And one that nobody knows is its code; a question asked no more keeps its answer."""
    (tmp_path / "forms.yaml").write_text(
        "sheet: {fields: {route: {choices: {remove: [phone]}}, wishes: {hidden: true}}}", "utf-8"
    )
    form, texts = load_formbook(tmp_path).form("sheet"), Texts(tmp_path)
    values = {
        "route": "phone", "tags": ["x_gone", "8050"], "wishes": "家にいたい", "x_own": ["a", "b"],
        "district": "D77", "consent_scope": ["A99"], "received_at": "昔", "danger": "x_maybe",
    }  # fmt: skip
    told = {a.label: a.text for s in in_words(form, values, {}, texts) for a in s.answers}  # type: ignore[arg-type]
    assert told["経路"] == "電話"
    assert told["複合課題"] == "x_gone、8050問題"
    assert told["本人の希望"] == "家にいたい"
    assert told["x_own"] == "a、b"
    assert (told["圏域"], told["受付日時"]) == ("D77", "昔")
    assert told["生命・虐待・DV等の懸念"] == "x_maybe"
    assert told["同意の範囲（提供先機関）"] == "A99"


def test_an_answer_to_a_question_asked_no_more_outlives_an_edit(hall: TownHall) -> None:
    """What the form does not show, saving it does not delete."""
    case_id = hall.open_case()
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.sheet["x_own"] = "町の項目"
        unit.commit()
    hall.desk.handle(EditSheet(case_id, 1, sheet(summary="書き直した概要。")), COORDINATOR)
    assert hall.case(case_id).sheet["x_own"] == "町の項目"
    assert hall.case(case_id).sheet["summary"] == "書き直した概要。"
