"""Whom a case's meeting is suggested to invite, in what order, and why."""

from dataclasses import replace
from datetime import date

from workflows.directory.suggest import SuggestFrom, Suggestion, suggest_invitees
from workflows.model.directory import Agency, AgencyKind

TODAY = date(2026, 11, 20)


def agency(id_: str, kana: str, *fields: str, districts: tuple[str, ...] = ()) -> Agency:
    return Agency(id_, kana, kana, AgencyKind.CENTRE, fields, districts)


CARE = agency("A1", "ホウカツ", "elderly", districts=("D1",))
CARE_ELSEWHERE = agency("A2", "ベツホウカツ", "elderly", districts=("D2",))
TAX = agency("A3", "ゼイム", "tax")
NEIGHBOURS = agency("A4", "ミンセイ", "community", districts=("D1",))
WORK = agency("A5", "シゴト", "work", "farming")
FACTS = SuggestFrom(
    "D1", {"elderly": ("介護",), "farming": ("ひきこもり", "就職"), "work": ("就職",)}, {}
)
EVERYONE = [TAX, WORK, NEIGHBOURS, CARE_ELSEWHERE, CARE]


def ids(suggestions: list[Suggestion]) -> list[str]:
    return [suggestion.agency_id for suggestion in suggestions]


def test_field_and_district_choose_the_agencies() -> None:
    """Own district first, then the whole town, then those close by; other districts not at all."""
    assert ids(suggest_invitees(FACTS, EVERYONE, TODAY)) == ["A1", "A5", "A4"]


def test_each_suggestion_says_why() -> None:
    """Every reason is a key with the matters that wanted the field, or the district."""
    care, work, neighbours = suggest_invitees(FACTS, EVERYONE, TODAY)
    assert care.reasons == (
        ("suggest.field", {"field": "elderly", "matters": "介護"}),
        ("suggest.district", {"district": "D1"}),
    )
    assert work.reasons == (
        ("suggest.field", {"field": "work", "matters": "就職"}),
        ("suggest.field", {"field": "farming", "matters": "ひきこもり、就職"}),
    )
    assert neighbours.reasons == (("suggest.district", {"district": "D1"}),)


def test_who_is_on_the_case_comes_first_and_is_required() -> None:
    """The writer, the lead and those referred to are required, whatever their field or place."""
    facts = replace(FACTS, on_case={"A3": "writer", "A2": "referred"})
    found = suggest_invitees(facts, EVERYONE, TODAY)
    assert ids(found)[:2] == ["A3", "A2"]
    assert [one.agency_id for one in found if one.required] == ["A3", "A2"]
    assert found[0].reasons == (("suggest.on_case", {"what": "writer"}),)


def test_an_agency_that_has_ended_or_not_begun_is_not_suggested() -> None:
    """Only agencies of today are invited, even if they were on the case."""
    ended = replace(CARE, active_until=date(2026, 11, 19))
    future = replace(WORK, active_from=date(2026, 11, 21))
    facts = replace(FACTS, on_case={"A1": "lead"})
    assert suggest_invitees(facts, [ended, future], TODAY) == []
    last_day = replace(CARE, active_until=TODAY)
    assert ids(suggest_invitees(facts, [last_day], TODAY)) == ["A1"]


def test_inside_a_group_the_order_is_that_of_the_fifty_sounds() -> None:
    """ガ stands beside カ and a long vowel counts as its vowel."""
    three = [
        agency("B1", "カキ", "work"),
        agency("B2", "ガード", "work"),
        agency("B3", "アサ", "work"),
    ]
    assert ids(suggest_invitees(FACTS, three, TODAY)) == ["B3", "B2", "B1"]
