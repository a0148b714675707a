"""A date is not made to fit by taking 必須 away, nor by a reason that says nothing."""

import pytest

from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import TownHall
from workflows.core.errors import Invalid
from workflows.japanese.characters import has_words
from workflows.meetings.fix_date import FixDate
from workflows.meetings.run import InviteAgency
from workflows.meetings.views import DateView, GetMeeting

BOTH = ("A13", "A14")


def makes(hall: TownHall, meeting_id: str, agency_id: str, *, required: bool) -> None:
    hall.desk.handle(InviteAgency(meeting_id, agency_id, required), COORDINATOR)


def against(hall: TownHall, meeting_id: str, reason: str = "") -> dict[str, object]:
    """What fixing the first date is answered with: keys, with the agencies named."""
    slot = hall.meeting(meeting_id).slots[0]
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(FixDate(meeting_id, slot.id, reason), COORDINATOR)
    assert hall.meeting(meeting_id).fixed_slot_id is None
    return {e.key: e.facts.get("agencies") for e in refused.value.errors}


def fixes(hall: TownHall, meeting_id: str, reason: str = "") -> None:
    slot = hall.meeting(meeting_id).slots[0]
    assert hall.desk.handle(FixDate(meeting_id, slot.id, reason), COORDINATOR)


def date(hall: TownHall, meeting_id: str) -> DateView:
    return hall.desk.ask(GetMeeting(meeting_id), COORDINATOR).dates[0]


@pytest.mark.parametrize("refused", [True, False], ids=["×", "silent"])
def test_who_was_required_is_named_when_the_date_is_fixed(hall: TownHall, refused: bool) -> None:
    """Its × or silence is not gone with 必須, until it says ○ or △."""
    meeting_id = hall.convene(hall.open_case("A14"), required=BOTH)
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    if refused:
        hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    makes(hall, meeting_id, "A14", required=False)
    name = hall.agency_name("A14")
    assert against(hall, meeting_id) == {"fix.was_required": [name]}
    seen = date(hall, meeting_id)
    assert (seen.needs_reason, seen.was_required) == (True, (name,))
    hall.answer(meeting_id, "A14", "maybe", by=ELDERLY)
    assert not date(hall, meeting_id).needs_reason
    fixes(hall, meeting_id)


def test_with_a_reason_it_is_fixed(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"), required=BOTH)
    for agency in BOTH:
        makes(hall, meeting_id, agency, required=False)
    names = [hall.agency_name(a) for a in BOTH]
    assert against(hall, meeting_id) == {"fix.was_required": names}
    fixes(hall, meeting_id, "急ぐため。")
    assert hall.meeting(meeting_id).override_reason == "急ぐため。"


def test_who_could_come_and_is_required_no_more_is_like_any_other(hall: TownHall) -> None:
    """Nothing was passed over; what it says later is the word of one who need not come."""
    meeting_id = hall.convene(hall.open_case("A14"), required=BOTH)
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    makes(hall, meeting_id, "A14", required=False)
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    fixes(hall, meeting_id)


def test_where_none_is_required_and_none_can_come_a_reason_is_asked_for(hall: TownHall) -> None:
    """× of all asks like silence of all; one △ is enough."""
    meeting_id = hall.convene(hall.open_case("A14"), required=BOTH)
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    for agency in BOTH:
        makes(hall, meeting_id, agency, required=False)
    hall.answer(meeting_id, "A13", "no", by=COORDINATOR)
    hall.answer(meeting_id, "A14", "no", by=ELDERLY)
    assert against(hall, meeting_id) == {"fix.nobody_comes": None}
    assert date(hall, meeting_id).needs_reason
    hall.answer(meeting_id, "A14", "maybe", by=ELDERLY)
    fixes(hall, meeting_id)


@pytest.mark.parametrize(
    "reason",
    ["・", "。", "-", "ー", "…。", "１２", "！？", "・\u3164", "あ", "ああ", "あア", "x", "ＸX。"],
)
def test_a_reason_without_a_letter_is_no_reason(hall: TownHall, reason: str) -> None:
    assert not has_words(reason)
    meeting_id = hall.convene(hall.open_case("A14"), required=BOTH)
    assert set(against(hall, meeting_id, reason)) == {"form.no_words"}


@pytest.mark.parametrize("reason", ["急", "ため", "会議A", "ﾊﾞｽ", "12日しかない"])
def test_a_reason_with_a_word_is_one(reason: str) -> None:
    assert has_words(reason)
