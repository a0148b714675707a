"""An agency that heard the case at a past sitting alone is told when it loses the record."""

from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY, LIVELIHOOD
from tests.support.town import TownHall
from tests.workflows.test_consent_ends_parts import CHANGES
from workflows.cases.preview_consent import Effects, PreviewConsent
from workflows.core.errors import NotAllowed, NotFound
from workflows.meetings.record_views import GetRecord


def heard(hall: TownHall, bases: tuple[str, ...] = ("multi_layered",), **more: Any) -> str:
    """A14 and A17 take part; A19 sat there, and was asked for nothing. The record is confirmed."""
    agencies = ("A14", "A17", "A19")
    case_id = hall.open_case("A14", "A17", **consented("A02", "A13", *agencies), **more)
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.reply(case_id, "A17", by=DISABILITY)
    meeting_id = hall.convene(case_id, bases=bases, required=("A13", *agencies), days_ahead=(10,))
    hall.swear(meeting_id, ELDERLY, DISABILITY, LIVELIHOOD, CHAIR, COORDINATOR)
    hall.fix(meeting_id, reason="急ぐため。")
    hall.clock.move(days=11)
    hall.save_record(meeting_id)
    hall.confirm_record(meeting_id, by=CHAIR)
    return meeting_id


def case_of(hall: TownHall) -> str:
    return hall.case_ids()[0]


def reads(hall: TownHall, meeting_id: str, who: str = LIVELIHOOD) -> bool:
    try:
        seen = hall.desk.ask(GetRecord(meeting_id), who)
    except (NotAllowed, NotFound):
        return False
    return bool(seen.cases)


def previewed(hall: TownHall, **changes: Any) -> Effects:
    raw = {"consent": "written", "consent_on": "", "consent_scope": [], **changes}
    return hall.desk.ask(PreviewConsent(case_of(hall), raw), COORDINATOR)


@pytest.mark.parametrize("change", CHANGES)
def test_who_loses_the_record_is_told_once(hall: TownHall, change: str) -> None:
    """By every kind of answer that leaves it out; said before, and by the case's number alone."""
    meeting_id = heard(hall)
    assert reads(hall, meeting_id)
    seen = previewed(hall, **CHANGES[change])
    assert seen.lose_record == (hall.agency_name("A19"),)
    hall.consent(case_of(hall), **CHANGES[change])
    assert not reads(hall, meeting_id)
    (told,) = hall.notices(LIVELIHOOD, "part_ended")
    assert told.facts["number"] == hall.case(case_of(hall)).number
    assert told.case_id is None
    hall.clock.move(days=1)
    again: dict[str, Any] = {"consent": "no", "consent_on": "令和8年11月20日", "consent_scope": []}
    hall.consent(case_of(hall), **again)
    assert len(hall.notices(LIVELIHOOD, "part_ended")) == 1


def test_who_goes_on_reading_it_is_told_nothing(hall: TownHall) -> None:
    """The person goes on naming it; who took part and is named no more is told."""
    meeting_id = heard(hall)
    narrower: dict[str, Any] = {**CHANGES["narrower"], "consent_scope": ["A02", "A13", "A19"]}
    hall.consent(case_of(hall), **narrower)
    assert reads(hall, meeting_id)
    assert hall.notices(LIVELIHOOD, "part_ended") == []
    assert hall.notices(ELDERLY, "part_ended"), "it took part"


def test_of_what_was_said_in_secrecy_it_is_told_as_well(hall: TownHall) -> None:
    """Outside the person's word, whatever an older sharing rested on."""
    meeting_id = heard(hall, ("act_106_6",))
    hall.consent(case_of(hall), **CHANGES["withdrawn"])
    assert not reads(hall, meeting_id)
    assert len(hall.notices(LIVELIHOOD, "part_ended")) == 1


def test_who_runs_the_meeting_reads_on_and_is_told_nothing(hall: TownHall) -> None:
    heard(hall)
    hall.consent(case_of(hall), **CHANGES["narrower"])
    assert hall.notices(COORDINATOR, "part_ended") == []


def test_a_record_that_was_closed_to_it_already_is_no_loss(hall: TownHall) -> None:
    """Thirty days after it was confirmed it read it no more."""
    meeting_id = heard(hall)
    hall.clock.move(days=40)
    assert not reads(hall, meeting_id)
    hall.consent(case_of(hall), **CHANGES["withdrawn"])
    assert hall.notices(LIVELIHOOD, "part_ended") == []
