"""The list of decisions outside the database goes on whatever stands in its file."""

import json
from pathlib import Path

import pytest

from handlers.decision_file import NAME, DecisionList, decisions_in
from tests.support.hands import consented
from tests.support.town import TownHall
from workflows.decisions import GetDecisions, open_decisions
from workflows.permissions import Caller

STRANGE = {
    "no line at all": "null",
    "broken off": '{"seq": 3, "seal',
    "a row far ahead": '{"seq": 99999, "sealed": "x"}',
    "a row that no database counts to": json.dumps({"seq": 10**30, "sealed": "x"}),
    "a row that is no number": '{"seq": 1e999}',
    "a row before all": '{"seq": -5}',
    "deep": "[" * 200_000,
}


@pytest.mark.parametrize("line", STRANGE.values(), ids=STRANGE)
def test_what_was_tampered_with_stops_no_list(hall: TownHall, tmp_path: Path, line: str) -> None:
    """What is decided afterwards stands there after the next start; and it all reads again."""
    case_id = hall.open_case("A14", **consented("A14"))
    DecisionList(hall.desk, tmp_path).write()
    before = decisions_in(tmp_path)
    with (tmp_path / NAME).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    hall.consent(case_id, consent="no", consent_on=None, consent_scope=None)
    started = DecisionList(hall.desk, tmp_path)
    started.write()
    started.write()
    lines = decisions_in(tmp_path)
    with hall.database.open() as unit:
        work = hall.desk._work(unit, Caller.CLOCK, "")
        found, broken = open_decisions(lines, 0, work)
    assert [d.kind for d in found].count("consent_recorded") == 1
    assert len(found) > len(before)
    assert broken == (line != STRANGE["a row before all"])
    assert hall.desk.ask(GetDecisions(found[-1].seq), Caller.CLOCK) == ()
