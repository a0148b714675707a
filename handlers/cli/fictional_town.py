"""Local mode's town: plainly fictional, made from the same lists that a real town imports."""

from pathlib import Path
from typing import Final

import yaml

from handlers.words.labels import load_labels
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.directory.edit_lists import ImportAgencies, ImportMembers
from workflows.directory.set_up import SetUpTown
from workflows.directory.town import town_from
from workflows.model.directory import Agency, AgencyKind, Member, Role

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
TOWN: Final = TEMPLATES / "fictional_town"


def set_up_fictional_town(desk: Desk) -> None:
    """Set up つなぎ野市 with its agencies and members in an empty database."""
    town = town_from(yaml.safe_load((TOWN / "town.yaml").read_text("utf-8")))
    # Placeholders of the first agency and administrator: the lists bring their own words.
    agency = Agency("A01", "準備中", "ジュンビチュウ", AgencyKind.TOWN_HALL)
    first = Member("M05", "A01", "準備中", "ジュンビチュウ", frozenset({Role.ADMINISTRATOR}))
    desk.handle(SetUpTown(town, agency, first), Caller.CONSOLE)
    labels = load_labels()
    agencies = (TOWN / "agencies.csv").read_bytes()
    members = (TOWN / "members.csv").read_bytes()
    errors = [
        *desk.handle(ImportAgencies(agencies, labels, save=True), Caller.CONSOLE).errors,
        *desk.handle(
            ImportMembers(members, labels, save=True, doubts_seen=True), Caller.CONSOLE
        ).errors,
    ]
    if errors:
        raise ValueError(f"the fictional town has a bad row: {errors[0]}")
