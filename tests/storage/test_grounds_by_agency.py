"""Carrying up a database in which a basis on the sheet let everybody be told who took part."""

from sqlalchemy import text

from storage.documents import to_text
from storage.tables import cases
from tests.support.hands import UNCONSENTED, consented
from tests.support.people import DISABILITY, ELDERLY
from tests.support.town import TownHall
from tests.support.versions import back_to, carried_up, place_in_row
from workflows.model.case import Case


def as_before(hall: TownHall, case: Case) -> None:
    """The document as the version before wrote it: the sheet's basis alone, stated for nobody."""
    for referral in case.referrals:
        referral.basis, referral.basis_reason, referral.ground_under = "", "", 0
    vault = hall.database.vault
    with hall.database.engine.begin() as connection:
        where = place_in_row(connection, cases, "content", case.id)
        connection.execute(
            text("UPDATE cases SET content = :content WHERE id = :id"),
            {
                "content": vault.seal(to_text(case), where),
                "id": case.id,
            },
        )


def test_who_was_told_on_the_sheets_basis_goes_on_until_the_person_says_something_new(
    hall: TownHall,
) -> None:
    """Each with that basis as its own; whom consent named needs none."""
    ground = {f: UNCONSENTED[f] for f in ("unconsented_basis", "unconsented_reason")}
    case_id = hall.open_case("A14", "A17", **{**consented("A17"), **ground})
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.reply(case_id, "A17", by=DISABILITY)
    as_before(hall, hall.case(case_id))
    assert not hall.case(case_id).covers("A14")
    back_to(hall.database, "0009")
    url = hall.database.engine.url.render_as_string(hide_password=False)
    carried = carried_up(url, hall.database.keys)
    with carried.open() as unit:
        case = unit.cases.get(case_id)
        row = unit.cases.row(case_id)
    assert case is not None
    assert row is not None
    assert [(g.agency_id, g.basis, g.reason) for g in case.stated_grounds] == [
        ("A14", ground["unconsented_basis"], ground["unconsented_reason"])
    ]
    assert case.answering_agency_id == "A14"
    assert row.covers("A14")
    carried.close()
