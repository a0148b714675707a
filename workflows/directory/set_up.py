"""A town starts: its name, districts and closed days, and its first administrator."""

from dataclasses import dataclass

from workflows.desk import Command, handles
from workflows.directory.model import Agency, Member, Role, Town
from workflows.errors import Refused
from workflows.permissions import Action
from workflows.work import Work


@dataclass(frozen=True)
class SetUpTown(Command[None]):
    """Once, from the server's command line; a town that is there is never set up again."""

    town: Town
    agency: Agency
    administrator: Member


@handles(SetUpTown, Action.SET_UP)
def set_up_town(command: SetUpTown, work: Work) -> None:
    if work.uow.directory.town().name:
        raise Refused("set_up.already", town=work.uow.directory.town().name)
    if Role.ADMINISTRATOR not in command.administrator.roles:
        raise Refused("set_up.no_administrator")
    work.uow.directory.save_town(command.town)
    work.uow.directory.save_agencies([command.agency])
    work.uow.directory.save_members([command.administrator])
    work.record("town_set_up", districts=len(command.town.districts))
