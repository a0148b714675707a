"""Who is who on chat platforms, on both databases."""

from dataclasses import replace

from storage.tables import accounts
from tests.support.clock import START
from tests.support.town import TownHall
from workflows.core.ports import Account

LINKED = Account("slack", "U26", "M26", "linked", "日向坂ゆるり", START)


def test_an_account_is_kept_sealed_and_found_by_its_id_and_its_member(any_hall: TownHall) -> None:
    with any_hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.accounts.save(replace(LINKED, platform="lineworks", external_id="x"))
        unit.commit()
    with any_hall.database.open() as unit:
        assert unit.accounts.get("slack", "U26") == LINKED
        assert unit.accounts.get("slack", "U27") is None
        assert [a.platform for a in unit.accounts.of_member("M26")] == ["lineworks", "slack"]
        assert unit.accounts.all("slack") == [LINKED]
    with any_hall.database.engine.connect() as connection:
        rows = connection.execute(accounts.select()).all()
    assert "日向坂" not in str(rows)


def test_saved_again_it_is_the_same_account_in_another_state(any_hall: TownHall) -> None:
    """Gone, it is nobody's way any more, and it is remembered whose it was."""
    gone = replace(LINKED, state="gone")
    with any_hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.accounts.save(gone)
        assert unit.accounts.all("slack") == [gone]
        assert unit.accounts.of_member("M26") == []
        unit.accounts.remove("slack", "U26")
        assert unit.accounts.all() == []


def test_an_account_whose_name_cannot_be_read_is_still_its_members(any_hall: TownHall) -> None:
    """It leads to them as before, and keeps nobody else from being found."""
    other = replace(LINKED, external_id="U30", member_id="M30")
    with any_hall.database.open() as unit:
        unit.accounts.save(LINKED)
        unit.accounts.save(other)
        unit.commit()
    with any_hall.database.engine.begin() as connection:
        broken = accounts.update().where(accounts.c.external_id == "U26")
        connection.execute(broken.values(content="broken"))
    with any_hall.database.open() as unit:
        nameless = replace(LINKED, name="")
        assert unit.accounts.of_member("M26") == [nameless]
        assert {a.external_id: a for a in unit.accounts.all("slack")} == {
            "U26": nameless,
            "U30": other,
        }
