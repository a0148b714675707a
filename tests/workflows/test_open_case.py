"""Opening a case: numbers without gaps, refusals that save nothing, the same person pointed out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.support.hands import Fields, ask_for, consented, sheet
from tests.support.people import (
    CLERK,
    COORDINATOR,
    ELDERLY,
    FAR_COORDINATOR,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.open_case import OpenCase, open_case
from workflows.cases.refer import Refer
from workflows.cases.reply import ReplyToReferral
from workflows.core.errors import AlreadyDone, Invalid, NotFound
from workflows.core.messages import REGISTRY, RegisteredMessage
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import FieldError
from workflows.japanese.dates import TOKYO
from workflows.model.case import CaseState
from workflows.model.promise import PromiseKind

HOSHIKO = {"name": "空野 星子", "kana": "ソラノ ホシコ", "birth_date": "昭和20年5月5日"}


def errors(
    hall: TownHall, *agencies: str, by: str = COORDINATOR, **changes: Any
) -> list[FieldError]:
    """What is wrong with such a sheet; nothing may have been saved."""
    wanted = tuple(ask_for(a) for a in agencies or ("A14",))
    before = (hall.numbers(), hall.notices(), hall.promises())
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(OpenCase(sheet(**changes), wanted), by)
    assert (hall.numbers(), hall.notices(), hall.promises()) == before, "something was saved"
    return list(refused.value.errors)


def test_a_sheet_becomes_a_case_that_somebody_answers_for(any_hall: TownHall) -> None:
    """The writer's agency answers for it, the agency is told and has a day to reply by."""
    case_id = any_hall.open_case("A14", "A17")
    case = any_hall.case(case_id)
    assert (case.number, case.state) == ("R8-0001", CaseState.ASKING)
    assert case.answering_agency_id == "A13"
    assert any_hall.told("referral_asked") == {ELDERLY, "M30"}
    owed = any_hall.promises(case_id)
    assert {(p.kind, p.agency_id) for p in owed} == {
        (PromiseKind.REPLY, "A14"),
        (PromiseKind.REPLY, "A17"),
    }
    # Friday: three open days, with 勤労感謝の日 on Monday the 23rd between.
    assert {p.due_at for p in owed} == {datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO)}


@pytest.mark.parametrize(
    ("urgency", "due"),
    [
        ("emergency", datetime(2026, 11, 20, 17, 15, tzinfo=TOKYO)),
        ("urgent", datetime(2026, 11, 24, 17, 15, tzinfo=TOKYO)),
        ("normal", datetime(2026, 11, 26, 17, 15, tzinfo=TOKYO)),
    ],
)
def test_the_urgency_says_by_when(hall: TownHall, urgency: str, due: datetime) -> None:
    """緊急 is the same day, 至急 one open day, 通常 three."""
    case_id = hall.open_case("A14", urgency=urgency)
    assert hall.referral(case_id, "A14").reply_by == due


@pytest.mark.parametrize(
    ("field", "typed", "key"),
    [
        ("received_at", None, "form.required"),
        ("route", None, "form.required"),
        ("matters", [], "form.required"),
        ("summary", None, "form.required"),
        ("summary", "あ" * 801, "form.too_long"),
        ("summary", "個人番号は1234 5678 9012です", "form.my_number"),
        ("wishes", "123456789012", "form.my_number"),
        ("name", "野" * 41, "form.too_long"),
        ("urgency", "someday", "form.choice"),
        ("danger", None, "form.required"),
        ("hidden_address", None, "form.required"),
        ("district", "D99", "form.unknown"),
        ("consent", None, "form.required"),
        ("birth_date", "令和8年2月30日", "date.impossible"),
        ("birth_date", "令和9年4月1日", "form.date_future"),
        ("received_at", "令和8年11月21日 9:00", "form.date_future"),
        ("phone", "12", "form.tel"),
        ("kana", "空野", "form.kana"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(
    hall: TownHall, field: str, typed: Any, key: str
) -> None:
    """The error stands beside its field; not a number, notice or promise is left behind."""
    found = errors(hall, **{field: typed})
    assert (field, key) in [(e.field, e.key) for e in found]


@pytest.mark.parametrize(
    ("referral", "field", "key"),
    [
        (ask_for("A99"), "referrals.0.agency", "form.unknown"),
        (ask_for("A44"), "referrals.0.agency", "form.unknown"),  # it closed last March
        (ask_for("A14", request=""), "referrals.0.request", "form.required"),
        (ask_for("A14", request="い" * 301), "referrals.0.request", "form.too_long"),
        (ask_for("A14", request="123456789012"), "referrals.0.request", "form.my_number"),
        (ask_for("A14", purpose=""), "referrals.0.purpose", "form.required"),
        (ask_for("", request=""), "referrals.0.agency", "sheet.no_referral"),
    ],
)
def test_a_wrong_referral_is_named_by_its_row(
    hall: TownHall, referral: dict[str, Any], field: str, key: str
) -> None:
    """An agency that is not there, or a request left out, is said beside its row."""
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(OpenCase(sheet(), (referral,)), COORDINATOR)
    assert (field, key) in [(e.field, e.key) for e in refused.value.errors]
    assert hall.numbers() == []


def test_the_same_agency_twice_is_refused(hall: TownHall) -> None:
    """One agency is asked once."""
    assert [(e.field, e.key) for e in errors(hall, "A14", "A14")] == [
        ("referrals.1.agency", "refer.twice")
    ]


def test_sharing_without_consent_wants_its_basis_and_its_reason(hall: TownHall) -> None:
    """docs/rules.md 3: no consent, or an agency beyond it, needs both; within consent it needs
    none."""
    bare: Fields = {"unconsented_basis": None, "unconsented_reason": None}
    wanted = {
        ("unconsented_basis", "sheet.basis_needed"),
        ("unconsented_reason", "sheet.basis_needed"),
    }
    assert {(e.field, e.key) for e in errors(hall, **bare)} == wanted
    assert {(e.field, e.key) for e in errors(hall, "A14", "A17", **consented("A14"))} == wanted
    assert hall.case(hall.open_case("A14", **consented("A14"))).has_consent


def test_all_that_is_wrong_is_said_at_once(hall: TownHall) -> None:
    """Nobody sends a sheet five times to learn of five mistakes."""
    found = errors(hall, "A99", summary=None, district=None, unconsented_reason=None)
    assert {"summary", "district", "unconsented_reason", "referrals.0.agency"} <= {
        e.field for e in found
    }


def test_the_same_submission_twice_is_one_case(any_hall: TownHall) -> None:
    """A double click opens one case."""
    command = OpenCase(sheet(), (ask_for("A14"),))
    any_hall.desk.handle(command, COORDINATOR, once=("web", "n1"))
    with pytest.raises(AlreadyDone):
        any_hall.desk.handle(command, COORDINATOR, once=("web", "n1"))
    assert any_hall.numbers() == ["R8-0001"]


def test_a_refused_submission_may_be_sent_again(any_hall: TownHall) -> None:
    """What was refused was not remembered: mended, the same form goes through."""
    with pytest.raises(Invalid):
        any_hall.desk.handle(OpenCase(sheet(summary=""), ()), COORDINATOR, once=("web", "n1"))
    any_hall.desk.handle(OpenCase(sheet(), (ask_for("A14"),)), COORDINATOR, once=("web", "n1"))
    assert any_hall.numbers() == ["R8-0001"]


def test_many_writers_at_once_get_numbers_without_gap_or_repeat(any_hall: TownHall) -> None:
    """Eight people send sheets at once, some of them wrong: the numbers run on as if in a row."""
    members = [COORDINATOR, OTHER_COORDINATOR, CLERK, ELDERLY, OUTSIDER, "M30", "M32", "M33"]

    def write(number: int) -> str | None:
        by = members[number % len(members)]
        try:
            if number % 3 == 0:  # takes a number, then fails: it must give it back
                any_hall.desk.handle(_FailsLate(sheet(), (ask_for("A14"),)), by)
            return any_hall.open_case("A31", by=by)
        except _Late:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [c for c in pool.map(write, range(32)) if c]
    assert len(made) == 21
    assert any_hall.numbers() == [f"R8-{n:04d}" for n in range(1, 22)]


class _Late(Exception):
    """A failure after the number was taken."""


class _FailsLate(OpenCase):
    """A sheet whose sender's connection breaks in the middle of its transaction."""


@pytest.fixture(autouse=True)
def _late_failures() -> Iterator[None]:
    """Registers the sheet that fails late, for these tests alone."""

    def fail(command: _FailsLate, work: Work) -> None:
        open_case(command, work)
        raise _Late

    REGISTRY[_FailsLate] = RegisteredMessage(Action.OPEN_CASE, "fails_late", fail)
    yield
    del REGISTRY[_FailsLate]


def test_numbers_begin_anew_with_the_fiscal_year(any_hall: TownHall) -> None:
    """31 March is still 令和8年度; on 1 April the numbers begin with 1 again."""
    any_hall.open_case()
    any_hall.clock.set(datetime(2027, 3, 31, 23, 59, tzinfo=TOKYO))
    any_hall.open_case()
    any_hall.clock.set(datetime(2027, 4, 1, 0, 0, tzinfo=TOKYO))
    any_hall.open_case()
    assert any_hall.numbers() == ["R8-0001", "R8-0002", "R9-0001"]


def test_the_same_person_is_pointed_out_to_the_coordinators_alone(hall: TownHall) -> None:
    """A second sheet for one person tells the district's coordinators, by number alone."""
    hall.open_case("A14", by=CLERK, **HOSHIKO)
    hall.open_case("A17", by=OUTSIDER, **HOSHIKO)
    found = hall.notices(key="same_person")
    assert {n.member_id for n in found} == {COORDINATOR, OTHER_COORDINATOR}
    assert {n.facts["other"] for n in found} == {"R8-0001"}
    assert "ホシコ" not in str(found)
    assert FAR_COORDINATOR not in {n.member_id for n in found}


def test_another_person_is_not_pointed_out(hall: TownHall) -> None:
    """The same name alone is not the same person."""
    hall.open_case("A14", **HOSHIKO)
    hall.open_case("A14", **{**HOSHIKO, "birth_date": "昭和21年5月5日"})
    assert hall.notices(key="same_person") == []


@pytest.mark.parametrize("which", [0, 1], ids=["the first restricted", "the second restricted"])
def test_a_restricted_case_is_never_pointed_out(hall: TownHall, which: int) -> None:
    """A case of DV shows up in nobody's notice, whichever of the two it is."""
    for number in range(2):
        hall.open_case("A14", danger="yes" if number == which else "no", **HOSHIKO)
    assert hall.notices(key="same_person") == []


def test_a_long_day_of_cases_counts_past_nine(hall: TownHall) -> None:
    """Numbers are sorted as people count them."""
    for _ in range(11):
        hall.open_case()
    assert hall.numbers()[8:] == ["R8-0009", "R8-0010", "R8-0011"]


def test_messages_do_not_take_other_peoples_referrals(hall: TownHall) -> None:
    """An id of another case's referral is no key to it."""
    first, second = hall.open_case("A14"), hall.open_case("A17")
    foreign = hall.referral(first, "A14").id
    with pytest.raises(NotFound):
        hall.desk.handle(ReplyToReferral(second, foreign, {"answer": "accepted"}), "M30")
    with pytest.raises(Invalid):
        hall.desk.handle(Refer(second, ()), COORDINATOR)


# -- letters that were lost -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "山?花子"}, "name"),
        ({"name": "〓田　花子"}, "name"),
        ({"name": "\ue000田　花子"}, "name"),
        ({"summary": "母の\ufffd護の相談"}, "summary"),
        ({"household": [{"relation": "母", "name": "山？ハル"}]}, "household.0.name"),
    ],
    ids=str,
)
def test_a_letter_that_may_have_been_lost_is_pointed_out_and_not_forbidden(
    hall: TownHall, typed: dict[str, Any], field: str
) -> None:
    """外字, 〓 and the ? of another program, before they are kept; once seen they are kept."""
    raw, asked = sheet(**typed), (ask_for("A14"),)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(OpenCase(raw, asked), COORDINATOR)
    assert [e.field for e in wrong.value.errors] == [field, "letters_seen"]
    case_id = hall.desk.handle(OpenCase(raw, asked, letters_seen=True), COORDINATOR)
    first = field.partition(".")[0]
    assert hall.case(case_id).sheet[first] == typed[first]


def test_a_question_in_free_text_is_a_question(hall: TownHall) -> None:
    """And a kanji of the register is a letter like others."""
    hall.open_case("A14", name="\ufa10本　花", summary="来月から施設？　本人は迷っている。〓印あり")


def test_what_was_seen_once_is_not_asked_again_when_something_else_changes(hall: TownHall) -> None:
    """Only what is changed is looked at."""
    raw = sheet(name="山?花子")
    case_id = hall.desk.handle(OpenCase(raw, (ask_for("A14"),), letters_seen=True), COORDINATOR)
    hall.edit(case_id, summary="別のこと")
    with pytest.raises(Invalid):
        hall.edit(case_id, name="川?花子")
