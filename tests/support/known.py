"""What the guard knows of one case."""

from workflows.cases.model import Case
from workflows.directory.model import Town
from workflows.guard_known import Known, identifying_values, known_of_sheets


def known_of(case: Case, town: Town | None = None) -> Known:
    return known_of_sheets(identifying_values(case), town)
