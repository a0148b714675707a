"""What the guard knows of one case."""

from workflows.guard.known import Known, identifying_values, known_of_sheets
from workflows.model.case import Case
from workflows.model.directory import Town


def known_of(case: Case, town: Town | None = None) -> Known:
    return known_of_sheets(identifying_values(case), town)
