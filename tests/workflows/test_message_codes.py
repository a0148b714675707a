"""What is stored calls a command or query by its code: the class may get another name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import workflows.registry
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed
from workflows.core.looks import PAPERS, SHOWS, TRAIL_KINDS, CasePage
from workflows.core.messages import Query, handles, message_code
from workflows.core.permissions import Action
from workflows.core.restore_gate import CODES_OF_SESSION

REGISTRY = workflows.registry.REGISTRY
LIST = Path(__file__).with_name("message_codes.txt")


def test_the_list_of_codes_says_which_there_are_and_which_there_were() -> None:
    """A code stands in trails for as long as they are kept. One that is new goes into the list;
    one whose message is no more goes below `# gone`, and is never given to another."""
    now, gone = (part.split() for part in LIST.read_text("utf-8").split("# gone"))
    assert now == sorted(set(now)), f"{LIST.name} is in order"
    codes = {one.code for one in REGISTRY.values()}
    assert sorted(codes - set(now)) == [], f"new: add to {LIST.name}, in order"
    assert sorted(set(now) - codes) == [], f"no message has it: move it below # gone in {LIST.name}"
    assert set(gone) & set(now) == set()


def test_what_goes_by_a_code_names_one_that_there_is() -> None:
    codes = {one.code for one in REGISTRY.values()}
    assert SHOWS.keys() | TRAIL_KINDS.keys() | CODES_OF_SESSION <= codes
    assert {paper for paper in PAPERS.values() if paper} <= codes


@pytest.fixture
def renamed() -> Iterator[None]:
    """A class of a message goes by another name while the test lasts."""
    GetCase.__name__ = "ReadCase"
    yield
    GetCase.__name__ = "GetCase"


@pytest.mark.usefixtures("renamed")
def test_another_name_of_a_class_changes_nothing_that_is_stored(hall: TownHall) -> None:
    """The look stands in the trail as before, and what was declared of it holds; nor is a press
    that comes a second time, after an update, taken for another (handlers/lineworks/door.py)."""
    case_id = hall.open_case("A14")
    assert type(GetCase(case_id, CasePage.CASE)).__name__ == "ReadCase"
    assert message_code(GetCase(case_id, CasePage.CASE)) == "get_case"
    hall.desk.ask(GetCase(case_id, CasePage.CASE), ELDERLY)
    looks = [e for e in hall.events(case_id) if "asked" in e.facts]
    assert [(e.kind, e.facts["asked"]) for e in looks] == [("read.read_case", "get_case")]
    assert looks[0].facts["shown"]


@pytest.mark.parametrize("code", ["get_case", "GetCase", "", "a b", "x" * 41])
def test_a_code_that_is_none_or_anothers_is_refused_at_once(code: str) -> None:
    @dataclass(frozen=True)
    class Another(Query[None]):
        pass

    with pytest.raises(ValueError, match="code"):
        handles(Another, Action.USE, code=code)(lambda query, work: None)
    assert Another not in REGISTRY
    with pytest.raises(NotAllowed):
        message_code(Another())
