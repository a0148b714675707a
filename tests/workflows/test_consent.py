"""The consent gate: what a 重層的支援会議 may take, and what a withdrawal does."""

import pytest

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.model.promise import PromiseKind


def wrong(hall: TownHall, case_id: str, *bases: str) -> set[str]:
    """Why such a meeting is refused; nothing may have been saved."""
    before = hall.notices()
    with pytest.raises(Invalid) as refused:
        hall.convene(case_id, bases=bases)
    assert hall.notices() == before
    assert hall.case(case_id).live_meeting_ids == []
    return {e.key for e in refused.value.errors}


@pytest.mark.parametrize("consent", ["no", "not_asked", "withdrawn"])
def test_a_case_without_consent_is_on_no_multi_layered_meeting(
    hall: TownHall, consent: str
) -> None:
    """docs/rules.md 2: refused with its reason; a 支援会議 under 106-6 is possible."""
    case_id = hall.open_case("A14", **{**UNCONSENTED, "consent": consent})
    assert wrong(hall, case_id, "multi_layered") == {"meeting.needs_consent"}
    assert hall.convene(case_id, bases=["act_106_6"])


@pytest.mark.parametrize("consent", ["written", "oral"])
def test_a_case_with_consent_is(hall: TownHall, consent: str) -> None:
    """Written or oral: both are consent."""
    case_id = hall.open_case("A14", **{**consented("A14"), "consent": consent})
    hall.convene(case_id, bases=["multi_layered"])
    assert hall.case(case_id).live_meeting_ids


def test_a_liaison_meeting_takes_no_case(hall: TownHall) -> None:
    """連絡会 has no content of cases, consent or not."""
    case_id = hall.open_case("A14", **consented("A14"))
    assert wrong(hall, case_id, "liaison") == {"meeting.no_content"}


def test_a_case_without_consent_is_not_slipped_onto_a_planned_meeting(hall: TownHall) -> None:
    """The gate stands at both doors."""
    agreed = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(agreed, bases=["multi_layered"])
    hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(PutOnAgenda(meeting_id, ("R8-0002",)), COORDINATOR)
    assert [e.key for e in refused.value.errors] == ["meeting.needs_consent"]
    assert len(hall.meeting(meeting_id).agenda) == 1


def withdraw(hall: TownHall, case_id: str) -> None:
    hall.edit(case_id, by=ELDERLY, consent="withdrawn", consent_scope=[], consent_on="")


@pytest.fixture
def agreed(hall: TownHall) -> str:
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    return case_id


def test_a_withdrawal_takes_the_case_off_the_planned_meeting(hall: TownHall, agreed: str) -> None:
    """It takes effect at once; the organiser is told; the agencies may read it no more there."""
    meeting_id = hall.convene(agreed, bases=["multi_layered"], required=["A13", "A14"])
    withdraw(hall, agreed)
    assert hall.meeting(meeting_id).agenda == []
    assert hall.case(agreed).live_meeting_ids == []
    assert hall.told("taken_off_agenda") == {COORDINATOR}
    assert "taken_off_agenda" in [e.kind for e in hall.events(agreed)]
    assert {p.kind for p in hall.promises(agreed)} == {PromiseKind.FOLLOW_UP, PromiseKind.NAME_LEAD}


def test_a_withdrawal_leaves_a_meeting_that_needs_none(hall: TownHall, agreed: str) -> None:
    """A 支援会議 under 106-6 may go on talking about the person."""
    meeting_id = hall.convene(agreed, bases=["act_106_6"])
    withdraw(hall, agreed)
    assert [i.case_id for i in hall.meeting(meeting_id).agenda] == [agreed]


def test_a_case_taken_off_a_meeting_is_still_owed_a_step(hall: TownHall) -> None:
    """Nobody answered yet and the meeting is gone: somebody still has to do something."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", "partly", by=ELDERLY)
    hall.convene(case_id, bases=["multi_layered"])
    hall.edit(case_id, consent="withdrawn", consent_scope=[], consent_on="")
    assert hall.promises(case_id)


def test_the_newest_consent_is_in_force_and_the_older_ones_are_kept(
    hall: TownHall, agreed: str
) -> None:
    """When, by whom, what: the history of consent can be read."""
    withdraw(hall, agreed)
    hall.edit(agreed, **consented("A14", "A17"))
    assert [(c.status, c.by) for c in hall.case(agreed).consents] == [
        ("written", COORDINATOR),
        ("withdrawn", ELDERLY),
        ("written", COORDINATOR),
    ]
