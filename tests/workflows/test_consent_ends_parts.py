"""Every change of consent × every part an agency can have: who reads, is told, is listed, and that
nothing which was written is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from storage.documents import to_text
from tests.support.hands import UNCONSENTED, consented
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import TownHall
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.list_cases import ListCases
from workflows.cases.preview_consent import PreviewConsent
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, NotFound
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.meetings.record_views import GetRecord

REQUEST = "みどりの屋根の家を訪ねてください。"
TASK = "金曜に魚を届ける。"
SAID = "庭の柿を分けることに決めた。"
LAYERED = ("multi_layered",)


def asked(hall: TownHall, case_id: str) -> None:
    """A14 was asked, and has not answered."""


def accepted(hall: TownHall, case_id: str) -> None:
    hall.reply(case_id, "A14", by=ELDERLY)


def leads(hall: TownHall, case_id: str) -> None:
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")


def planned(hall: TownHall, case_id: str, bases: tuple[str, ...] = LAYERED) -> str:
    meeting_id = hall.convene(
        case_id, bases=bases, required=("A14", "A17"), days_ahead=(10,), chair=CHAIR
    )
    hall.swear(meeting_id, ELDERLY, DISABILITY)
    return meeting_id


def hears_by_consent(hall: TownHall, case_id: str) -> None:
    planned(hall, case_id)


def hears_by_secrecy(hall: TownHall, case_id: str) -> None:
    planned(hall, case_id, ("act_106_6",))


def held(hall: TownHall, case_id: str, bases: tuple[str, ...] = LAYERED) -> str:
    meeting_id = planned(hall, case_id, bases)
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    roles = [{"agency": "A14", "task": TASK}]
    hall.save_record(meeting_id, ready=False, roles=roles, decisions=[{"text": SAID}])
    return meeting_id


def was_there(hall: TownHall, case_id: str) -> None:
    """The sitting took place; its record is saved and not confirmed."""
    held(hall, case_id)


def was_there_in_secrecy(hall: TownHall, case_id: str) -> None:
    held(hall, case_id, ("act_106_6",))


def has_a_role(hall: TownHall, case_id: str) -> None:
    meeting_id = held(hall, case_id)
    hall.save_record(
        meeting_id, roles=[{"agency": "A14", "task": TASK}], decisions=[{"text": SAID}]
    )
    hall.confirm_record(meeting_id)


PARTS: tuple[Callable[[TownHall, str], None], ...] = (
    asked,
    accepted,
    leads,
    hears_by_consent,
    hears_by_secrecy,
    was_there,
    was_there_in_secrecy,
    has_a_role,
)
DAY = "令和8年11月20日"
CHANGES: dict[str, dict[str, Any]] = {
    "narrower": {k: v for k, v in consented("A17").items() if v is not None},
    "no": {"consent": "no", "consent_on": DAY, "consent_scope": []},
    "not_asked": {"consent": "not_asked", "consent_on": "", "consent_scope": []},
    "withdrawn": {"consent": "withdrawn", "consent_on": DAY, "consent_scope": []},
}


def case_with(hall: TownHall, part: Callable[[TownHall, str], None]) -> str:
    """The person agreed to A14 and A17; A14 has this part, the writer's agency is A13's."""
    case_id = hall.open_case("A14", "A17", request=REQUEST, **consented("A14", "A17"))
    part(hall, case_id)
    return case_id


def sees(hall: TownHall, case_id: str, who: str = ELDERLY) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), who).reads
    except NotFound:
        return False


def is_listed(hall: TownHall, case_id: str, who: str = ELDERLY) -> bool:
    number = hall.case(case_id).number
    return any(line.number == number for line in hall.desk.ask(ListCases(), who).lines)


def records_read(hall: TownHall, case_id: str, who: str = ELDERLY) -> list[str]:
    """The meetings in whose record they read this case's part."""
    case, found = hall.case(case_id), []
    for meeting_id in [*case.live_meeting_ids, *case.past_meeting_ids]:
        try:
            seen = hall.desk.ask(GetRecord(meeting_id), who)
        except (NotFound, NotAllowed):
            continue
        found += [meeting_id for part in seen.cases if part.case_id == case_id]
    return found


def written(hall: TownHall, case_id: str, meetings: list[str]) -> str:
    return to_text(hall.case(case_id)) + "".join(to_text(hall.meeting(m)) for m in meetings)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_whom_the_person_leaves_out_is_told_nothing_more(
    hall: TownHall, part: Callable[[TownHall, str], None], change: str
) -> None:
    """Reads and lists nothing, owes nothing, is told once that it is so; the preview said it; and
    every word that was written is still there."""
    case_id = case_with(hall, part)
    case = hall.case(case_id)
    meetings = [*case.live_meeting_ids, *case.past_meeting_ids]
    words = [w for w in (REQUEST, TASK, SAID) if w in written(hall, case_id, meetings)]
    assert sees(hall, case_id)
    assert is_listed(hall, case_id)
    said = hall.desk.ask(PreviewConsent(case_id, CHANGES[change]), COORDINATOR)
    hall.consent(case_id, **CHANGES[change])
    after = hall.case(case_id)
    assert not sees(hall, case_id)
    assert not is_listed(hall, case_id)
    assert records_read(hall, case_id) == []
    assert "A14" not in after.agency_ids()
    assert not [p for p in hall.promises(case_id) if p.agency_id == "A14"]
    assert hall.agency_name("A14") in said.lose
    (notice,) = hall.notices(ELDERLY, "part_ended")
    assert hall.desk.ask(GetDropReason(notice), Caller.CLOCK) == ""
    assert hall.notices(COORDINATOR, "parts_ended")
    for word in words:
        assert word in written(hall, case_id, meetings), word
    assert after.answering_agency_id == "A13"


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_whom_somebody_goes_on_telling_on_a_ground_keeps_its_part(
    hall: TownHall, part: Callable[[TownHall, str], None], change: str
) -> None:
    """Where the meeting's own footing lets it: one that asks for consent has none to speak on."""
    case_id = case_with(hall, part)
    before = hall.case(case_id).agency_ids().get("A14")
    hall.consent(case_id, goes_on=("A14",), **CHANGES[change])
    assert hall.case(case_id).agency_ids().get("A14") == before
    assert sees(hall, case_id)
    assert hall.notices(ELDERLY, "part_ended") == []
    shared = [e for e in hall.events(case_id) if e.kind == "shared_without_consent"]
    assert [(e.facts["agency"], e.basis) for e in shared] == [
        ("A14", UNCONSENTED["unconsented_basis"])
    ]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_whom_the_person_names_again_has_its_part_back(
    hall: TownHall, part: Callable[[TownHall, str], None]
) -> None:
    """A scope narrowed by mistake is put right by recording it again: the way back of a slip."""
    case_id = case_with(hall, part)
    before, meetings = hall.case(case_id), hall.case(case_id).live_meeting_ids
    heard = {m: sorted(hall.meeting(m).agenda[0].agency_ids) for m in meetings}
    hall.consent(case_id, **consented("A17"))
    hall.consent(case_id, **consented("A14", "A17"))
    after = hall.case(case_id)
    assert after.agency_ids() == before.agency_ids()
    assert after.answering_agency_id == before.answering_agency_id
    assert sees(hall, case_id)
    assert {m: sorted(hall.meeting(m).agenda[0].agency_ids) for m in meetings} == heard
    for referral in [r for r in after.waiting_referrals if r.agency_id == "A14"]:
        assert referral.reply_by > hall.desk.now()


def test_who_holds_a_sitting_writes_its_record_to_the_end(hall: TownHall) -> None:
    """Yesterday's 重層的支援会議 keeps agenda, words and roles when consent is taken back today;
    what was decided for who may be told no more is for others to take on."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    meeting_id = held(hall, case_id)
    hall.consent(case_id, **CHANGES["withdrawn"])
    meeting = hall.meeting(meeting_id)
    assert [i.case_id for i in meeting.agenda] == [case_id]
    assert meeting.record is not None
    assert meeting.record.cases[case_id]["decisions"] == [{"text": SAID}]
    roles = [{"agency": "A14", "task": TASK}]
    hall.save_record(meeting_id, roles=roles, decisions=[{"text": SAID}])
    hall.confirm_record(meeting_id)
    case = hall.case(case_id)
    assert case.past_meeting_ids == [meeting_id]
    assert [r.task for r in case.roles_without_agency] == [TASK]
    assert hall.notices(ELDERLY, "role_given") == []
    assert 1 in [n.facts["open_roles"] for n in hall.notices(COORDINATOR, "parts_ended")]
    assert not sees(hall, case_id)


def test_who_came_was_told_whatever_the_person_says_since(hall: TownHall) -> None:
    """The person's own question who was told what is answered as it was: A14 sat there."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    meeting_id = held(hall, case_id)
    hall.consent(case_id, **CHANGES["narrower"])
    told = hall.desk.ask(GetDisclosures(case_id), COORDINATOR)
    (there,) = told.meetings
    (sat,) = [a for a in there.attendees if a.agency == hall.agency_name("A14")]
    assert there.id == meeting_id
    assert "sitting" in [t.what for t in sat.told]


def test_writing_a_record_is_no_look(hall: TownHall) -> None:
    """By whichever door it was saved: the trail says that nothing was shown."""
    case_id = hall.open_case("A14", "A17", **consented("A14", "A17"))
    held(hall, case_id)
    told = hall.desk.ask(GetDisclosures(case_id), COORDINATOR)
    lines = [t for m in told.meetings for a in m.attendees for t in a.told]
    assert [t for t in lines if t.what == "look"] == []
