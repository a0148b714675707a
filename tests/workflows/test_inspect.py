"""Whoever runs the server sees why somebody may or may not, and what is kept: and that is seen."""

import pytest

from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    HAS_LEFT,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.core.errors import NotAllowed, Refused
from workflows.core.permissions import NEEDS, RULES, Action, Caller, Standing
from workflows.directory.people import GetPeople
from workflows.maintenance.explain import About, Explanation, GetExplanation
from workflows.maintenance.show_record import RecordKind, ShowReason, ShowRecord
from workflows.model.trail import TrailFilter
from workflows.overview.access import GetCaseAccess

SUMMARY = "架空の相談の内容"


def explained(hall: TownHall, who: str, subject: str, action: str = "") -> Explanation:
    return hall.desk.ask(GetExplanation(who, About.CASE, subject, action), Caller.CONSOLE)


def test_why_somebody_may_or_may_not_is_what_the_table_says(hall: TownHall) -> None:
    """The standings that hold, and of each action all that would be enough with what each needs:
    the same as the person's own page, also of a case that they do not see."""
    case_id = hall.open_case("A14")
    for who in (ELDERLY, COORDINATOR):
        own = hall.desk.ask(GetCaseAccess(case_id), who).access
        found = explained(hall, who, "r8-1")
        assert (found.subject, found.restricted, found.is_active) == ("R8-0001", False, True)
        assert found.standings == own.standings
        decisions = {line.action: line.decision for line in own.lines}
        assert {line.action: line.decision for line in found.lines} == decisions
        for line in found.lines:
            rule = RULES[line.action]
            assert tuple(e.standing for e in line.enough) == rule.anyone_of
            needs = [NEEDS.get(s) if rule.has_needs else None for s in rule.anyone_of]
            assert [e.needs for e in line.enough] == needs
    stranger = explained(hall, OUTSIDER, "R8-0001", "read_case")
    (line,) = stranger.lines
    assert (line.action, line.decision.allowed, line.lacks) == (Action.READ_CASE, False, ())
    assert not {e.standing for e in line.enough} & set(stranger.standings)


def test_a_restricted_case_lacks_the_name_and_who_has_left_may_nothing(hall: TownHall) -> None:
    hall.open_case("A14", danger="yes")
    found = explained(hall, DISABILITY, "R8-0001", "see_case")
    assert (found.restricted, found.lines[0].lacks) == (True, (Standing.NAMED,))
    assert not explained(hall, HAS_LEFT[0], "R8-0001", "see_case").is_active
    town = hall.desk.ask(GetExplanation(CLERK, About.TOWN), Caller.CONSOLE)
    assert {line.action for line in town.lines} >= {Action.OPEN_CASE, Action.SEE_DESK}


def test_a_member_is_named_by_code_or_whole_name(hall: TownHall) -> None:
    """However it is spaced; what is nobody's, or several people's, is refused in words."""
    hall.open_case()
    people = hall.desk.ask(GetPeople(), Caller.CONSOLE)
    person = next(m for m in people if m.member_id == CLERK)
    for typed in (CLERK, person.name, person.name.replace(" ", "　"), person.name.replace(" ", "")):
        assert explained(hall, typed, "R8-0001").member_id == CLERK
    for wrong, key in (
        (("山", "R8-0001"), "inspect.no_member"),
        (("", "R8-0001"), "inspect.no_member"),
        ((CLERK, "R8-0009"), "inspect.no_case"),
        ((CLERK, "R8-0001", "fly"), "inspect.no_action"),
    ):
        with pytest.raises(Refused) as refused:
            explained(hall, *wrong)
        assert refused.value.key == key


def test_what_is_kept_is_shown_with_its_reason_in_the_trail(hall: TownHall) -> None:
    """A case, its meeting, a member, what is owed and what is told; on a restricted case too: who
    holds the keys could read it anyway, and so it is at least seen that somebody did."""
    case_id = hall.open_case("A14", danger="yes", summary=SUMMARY)
    notice = hall.notices(ELDERLY)[0].id
    shown = {}
    for kind, which in (
        (RecordKind.CASE, "R8-0001"),
        (RecordKind.MEMBER, CLERK),
        (RecordKind.PROMISES, "R8-0001"),
        (RecordKind.PROMISES, ELDERLY),
        (RecordKind.OUTBOX, ""),
        (RecordKind.OUTBOX, ELDERLY),
        (RecordKind.OUTBOX, notice),
    ):
        found = hall.desk.handle(ShowRecord(kind, which, ShowReason.FAULT), Caller.CONSOLE)
        shown[kind, which] = str(found)
    assert SUMMARY in shown[RecordKind.CASE, "R8-0001"]
    assert "reply" in shown[RecordKind.PROMISES, "R8-0001"]
    assert "referral_asked" in shown[RecordKind.OUTBOX, ELDERLY]
    assert notice in shown[RecordKind.OUTBOX, notice]
    with hall.database.open() as unit:
        page = unit.events.page(TrailFilter(door="cli"), 1_000_000, 50)
    rows = [row for row in page if row.kind == "record_shown"]
    assert len(rows) == len(shown)
    first = rows[-1]
    assert (first.case_id, first.door, first.actor_id) == (case_id, "cli", None)
    assert first.facts == {"what": "case", "which": case_id, "why": "fault"}
    assert SUMMARY not in str(rows)


def test_without_a_reason_nothing_is_shown_and_no_member_may(hall: TownHall) -> None:
    """Neither is there a row: nothing happened."""
    hall.open_case("A14")
    for why in ("", "because", "FAULT"):
        with pytest.raises(Refused) as refused:
            hall.desk.handle(ShowRecord(RecordKind.CASE, "R8-0001", why), Caller.CONSOLE)
        assert refused.value.key == "inspect.no_reason"
    for actor in (COORDINATOR, MANAGER, ADMINISTRATOR, Caller.CLOCK, Caller.DOOR):
        with pytest.raises(NotAllowed):
            hall.desk.handle(ShowRecord(RecordKind.CASE, "R8-0001", "fault"), actor)
        with pytest.raises(NotAllowed):
            hall.desk.ask(GetExplanation(CLERK, About.TOWN), actor)
    with hall.database.open() as unit:
        assert unit.events.last_of(["record_shown"]) is None
