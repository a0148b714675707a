"""What the guard knows of one case."""

from workflows.guard.known import IdentifyingData, identifying_data_of_sheets, identifying_values
from workflows.model.case import Case
from workflows.model.directory import Town


def known_of(case: Case, town: Town | None = None) -> IdentifyingData:
    return identifying_data_of_sheets(identifying_values(case), town)
