"""The fictional town that the product starts with when nothing else is set up."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, StrictUndefined

from handlers.words.texts import load_texts
from workflows.directory.exports import export_agencies, export_members
from workflows.directory.labels import labels_from
from workflows.directory.lists import plan_agencies, plan_members
from workflows.directory.suggest import SuggestFrom, suggest_invitees
from workflows.directory.tables import read_table
from workflows.directory.town import town_from
from workflows.model.directory import FIELDS, Agency, AgencyKind, Member, Role

TODAY = date(2026, 11, 20)
HERE = Path("templates/fictional_town")
LABELS = labels_from(
    yaml.safe_load(Path("templates/directory/labels.yaml").read_text(encoding="utf-8"))
)
TOWN = town_from(yaml.safe_load((HERE / "town.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def agencies() -> tuple[Agency, ...]:
    table = read_table((HERE / "agencies.csv").read_bytes())
    plan = plan_agencies(table, (), TOWN, LABELS, TODAY)
    assert (plan.errors, plan.warnings) == ((), ())
    return plan.added


@pytest.fixture(scope="module")
def members(agencies: tuple[Agency, ...]) -> tuple[Member, ...]:
    table = read_table((HERE / "members.csv").read_bytes())
    plan = plan_members(table, (), agencies, TOWN, LABELS, TODAY)
    assert (plan.errors, plan.warnings) == ((), ())
    return plan.added


def test_the_town_is_large_enough_to_try_everything(
    agencies: tuple[Agency, ...], members: tuple[Member, ...]
) -> None:
    """At least 6 districts, 25 agencies and 40 members, and they import without a word."""
    assert len(TOWN.districts) >= 6
    assert all(district.kana for district in TOWN.districts)
    assert len(agencies) >= 25
    assert len(members) >= 40


def test_every_kind_and_every_field_is_there(agencies: tuple[Agency, ...]) -> None:
    """No kind of body and no field of work is missing among today's agencies."""
    today = [agency for agency in agencies if agency.is_active(TODAY)]
    assert {agency.kind for agency in today} == set(AgencyKind)
    assert {field for agency in today for field in agency.fields} == set(FIELDS)


def test_every_agency_has_a_contact(
    agencies: tuple[Agency, ...], members: tuple[Member, ...]
) -> None:
    """Each agency, also one of the past or the future, has somebody to tell."""
    assert {m.agency_id for m in members if m.is_contact} == {a.id for a in agencies}


def test_every_role_is_played(members: tuple[Member, ...]) -> None:
    """Clerks, coordinators, chairs, managers and an administrator work there today."""
    today = [member for member in members if member.is_active(TODAY)]
    playing = {role: [m.id for m in today if role in m.roles] for role in Role}
    assert {role: len(ids) for role, ids in playing.items()} == {
        Role.CLERK: 7,
        Role.COORDINATOR: 5,
        Role.CHAIR: 2,
        Role.MANAGER: 2,
        Role.ADMINISTRATOR: 2,
    }
    assert sum(not member.roles for member in today) > len(today) / 2


def test_every_district_has_a_coordinator_and_commissioners(
    agencies: tuple[Agency, ...], members: tuple[Member, ...]
) -> None:
    """Wherever a case is, there is a coordinator, a nurse's patch and the commissioners."""
    today = [member for member in members if member.is_active(TODAY)]
    for district in TOWN.districts:
        here = [member for member in today if district.id in member.district_ids]
        assert any(Role.COORDINATOR in member.roles for member in here)
        assert any(member.agency_id == "A06" for member in here)
        assert any(
            agency.kind is AgencyKind.COMMISSIONERS and district.id in agency.district_ids
            for agency in agencies
        )


def test_somebody_has_left_and_somebody_is_yet_to_come(members: tuple[Member, ...]) -> None:
    """The transfers of April can be seen: a past end and a future start."""
    assert any(m.active_until is not None and m.active_until < TODAY for m in members)
    assert any(m.active_from is not None and m.active_from > TODAY for m in members)


def test_the_lists_are_as_an_export_would_write_them(
    agencies: tuple[Agency, ...], members: tuple[Member, ...]
) -> None:
    """They show a town the form: exporting and importing them again changes nothing."""
    again = plan_agencies(
        read_table(export_agencies(agencies, TOWN, LABELS)), agencies, TOWN, LABELS, TODAY
    )
    assert (again.unchanged, again.to_save) == (len(agencies), ())
    table = read_table(export_members(members, TOWN, LABELS))
    plan = plan_members(table, members, agencies, TOWN, LABELS, TODAY)
    assert (plan.unchanged, plan.to_save) == (len(members), ())


def test_the_8050_case_finds_its_agencies(agencies: tuple[Agency, ...]) -> None:
    """Published case A: its six agencies are suggested from the matters and the district."""
    facts = SuggestFrom(
        "D01",
        {
            "elderly": ("介護",),
            "disability": ("ひきこもり・不登校",),
            "livelihood": ("収入・生活費",),
            "housing": ("住まい",),
        },
        {"A13": "writer"},
    )
    found = [suggestion.agency_id for suggestion in suggest_invitees(facts, agencies, TODAY)]
    assert found[0] == "A13"
    assert {"A13", "A14", "A17", "A19", "A20", "A21"} <= set(found)
    assert not {"A15", "A16", "A22", "A44", "A45"} & set(found)


def test_nothing_in_it_can_be_mistaken_for_real(
    agencies: tuple[Agency, ...], members: tuple[Member, ...]
) -> None:
    """Numbers begin with an unassigned 0000 and addresses end in the example domain."""
    assert all(a.phone.startswith("0000-") and a.fax.startswith("0000-") for a in agencies)
    mails = [*(a.email for a in agencies), *(m.email for m in members)]
    assert all(mail.endswith("@example.jp") for mail in mails)
    assert len(set(mails)) == len(mails)


@pytest.mark.parametrize("file", ["lists.yaml", "suggest.yaml"])
def test_every_sentence_of_the_directory_is_a_template(file: str) -> None:
    """Each sentence compiles and ends as a sentence does."""
    words = yaml.safe_load((Path("templates/words") / file).read_text(encoding="utf-8"))
    environment = Environment(undefined=StrictUndefined, autoescape=True)
    load_texts(None).register(environment)
    for key, sentence in words.items():
        assert key.startswith(f"{file.removesuffix('.yaml')}.")
        environment.from_string(sentence)


def test_a_moment_in_the_settings_file_is_no_day() -> None:
    """YAML reads 2026-04-01 09:00:00 as a moment: it is refused in a sentence as a word is."""
    for day in (datetime(2026, 4, 1, 9, 0, tzinfo=UTC), "2026-04-01 09:00:00", "春"):
        with pytest.raises(ValueError, match="is no day"):
            town_from({"name": "市", "closed_days": [day]})
