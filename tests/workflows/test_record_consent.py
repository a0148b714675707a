"""本人同意 recorded by itself: what it changes, what it says before, what was shared without."""

from typing import Any

import pytest

from tests.support.hands import PASSED, UNCONSENTED, consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.consents import Consents, GetConsents
from workflows.cases.preview_consent import Effects, PreviewConsent
from workflows.cases.record_consent import RecordConsent
from workflows.cases.refer import Refer
from workflows.cases.views import GetCase
from workflows.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.meetings.run import InviteAgency
from workflows.model.case import Case

WITHDRAWN: dict[str, Any] = {"consent": "withdrawn", "consent_on": "令和8年11月20日"}
GIVEN: dict[str, Any] = {
    "consent": "written",
    "consent_on": "R8.11.20",
    "consent_method": "来所",
}


GROUND = {f: UNCONSENTED[f] for f in ("unconsented_basis", "unconsented_reason")}


def record(
    hall: TownHall,
    case_id: str,
    *,
    by: str = COORDINATOR,
    reason: str = "",
    goes_on: tuple[str, ...] = (),
    **raw: Any,
) -> int:
    version = hall.case(case_id).sheet_version
    return hall.desk.handle(RecordConsent(case_id, version, raw, reason, goes_on), by)


def preview(hall: TownHall, case_id: str, *, goes_on: tuple[str, ...] = (), **raw: Any) -> Effects:
    return hall.desk.ask(PreviewConsent(case_id, raw, "", goes_on), COORDINATOR)


def seen(hall: TownHall, case_id: str, by: str = COORDINATOR) -> Consents:
    return hall.desk.ask(GetConsents(case_id), by)


def reads(hall: TownHall, case_id: str, by: str) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), by).reads
    except NotFound:
        return False


@pytest.fixture
def agreed(hall: TownHall) -> str:
    """社協's case: the person agreed to 地域包括 (takes part, leads not) and 障害 (is asked)."""
    case_id = hall.open_case("A14", "A17", name="浮舟はつ江", **consented("A14", "A17"))
    hall.reply(case_id, "A14", by=ELDERLY)
    return case_id


def others(case: Case) -> dict[str, Any]:
    """The sheet without its answers on consent."""
    return {f: v for f, v in case.sheet.items() if not f.startswith(("consent", "unconsented"))}


def test_a_withdrawal_changes_its_own_fields_alone(any_hall: TownHall) -> None:
    """One version of the sheet more, the rest of it as it was, and who was in by consent is out."""
    hall = any_hall
    case_id = hall.open_case("A14", name="浮舟はつ江", **consented("A14"))
    before = hall.case(case_id)
    assert reads(hall, case_id, ELDERLY)
    assert record(hall, case_id, reason="家族に知られたくない。", **WITHDRAWN) == 2
    after = hall.case(case_id)
    assert others(after) == others(before)
    assert after.consents[-1].reason == "家族に知られたくない。"
    assert after.sheet["consent"] == "withdrawn"
    assert not reads(hall, case_id, ELDERLY)
    assert [e.kind for e in hall.events(case_id)].count("consent_recorded") == 1


def test_a_new_consent_opens_the_case_to_whom_it_names(hall: TownHall) -> None:
    """From then on they are told on consent and not on the basis."""
    case_id = hall.open_case("A14")
    record(hall, case_id, **GIVEN, consent_scope=["A14", "A17"])
    newest = seen(hall, case_id).entries[0]
    assert (newest.status, newest.method, newest.given) == ("written", "来所", True)
    assert newest.scope == (hall.agency_name("A14"), hall.agency_name("A17"))
    assert newest.by.startswith(
        hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).opened_by[:2]
    )


def test_the_history_tells_every_answer_the_newest_first(hall: TownHall, agreed: str) -> None:
    """Date, method, scope, the basis in its place then, who recorded it, why it was withdrawn."""
    hall.clock.move(days=1)
    record(hall, agreed, by=COORDINATOR, reason="気持ちが変わった。", **WITHDRAWN)
    hall.clock.move(days=1)
    stated = {**GROUND, "unconsented_reason": "食事がない。"}
    record(hall, agreed, goes_on=("A14",), consent="no", **stated)
    told = [
        (e.status, e.scope != (), e.basis, e.basis_reason, e.reason)
        for e in seen(hall, agreed).entries
    ]
    assert told == [
        ("no", False, "act_106_6", "食事がない。", ""),
        ("withdrawn", False, "", "", "気持ちが変わった。"),
        ("written", True, "", "", ""),
    ]


def test_it_is_said_before_whom_it_shuts_out_and_from_which_meetings_it_falls(
    hall: TownHall, agreed: str
) -> None:
    """What the page told is what happened."""
    meeting_id = hall.convene(agreed, bases=["multi_layered"], required=["A13", "A14"])
    effects = preview(hall, agreed, **WITHDRAWN)
    assert effects.lose == (hall.agency_name("A17"), hall.agency_name("A14"))
    (there,) = effects.meetings
    assert (there.meeting_id, there.called, there.off) == (meeting_id, "multi_layered", True)
    assert (effects.gain, effects.go_on, effects.changes) == ((), (), True)
    assert hall.case(agreed).consent == "written"  # nothing was done yet
    record(hall, agreed, **WITHDRAWN)
    assert hall.meeting(meeting_id).agenda == []
    assert not reads(hall, agreed, ELDERLY)
    assert not reads(hall, agreed, DISABILITY)


def test_a_narrower_scope_is_said_with_the_meeting_at_which_an_agency_falls_silent(
    hall: TownHall, agreed: str
) -> None:
    """The agencies that stay attend for it, the other one does not."""
    meeting_id = hall.convene(agreed, bases=["multi_layered"], required=["A14", "A17"])
    left_out = preview(hall, agreed, **GIVEN, consent_scope=["A14"])
    assert left_out.lose == (hall.agency_name("A17"),)
    assert [(m.off, m.lost) for m in left_out.meetings] == [(False, (hall.agency_name("A17"),))]
    assert [(p.agency, p.waited, p.led) for p in left_out.parts] == [
        (hall.agency_name("A17"), True, False)
    ]
    effects = preview(hall, agreed, goes_on=("A17",), **GIVEN, consent_scope=["A14"], **GROUND)
    assert effects.go_on == (hall.agency_name("A17"),)
    assert (effects.lose, effects.meetings, effects.parts) == ((), (), ())
    record(hall, agreed, goes_on=("A17",), **GIVEN, consent_scope=["A14"], **GROUND)
    assert reads(hall, agreed, DISABILITY)
    assert hall.meeting(meeting_id).agenda[0].agency_ids == ["A14", "A17"]
    (shared,) = [e for e in hall.events(agreed) if e.kind == "shared_without_consent"]
    assert (shared.basis, shared.facts["agency"], shared.facts["how"]) == (
        "act_106_6",
        "A17",
        "goes_on",
    )


def test_a_preview_refuses_what_the_recording_refuses(hall: TownHall, agreed: str) -> None:
    """No day, no agency, a day to come, a My Number, a reason for nothing: beside their fields."""
    tries: list[tuple[dict[str, Any], str, str]] = [
        ({"consent": "written", "consent_scope": ["A14"]}, "", "consent_on"),
        ({**GIVEN, "consent_scope": []}, "", "consent_scope"),
        ({**WITHDRAWN, "consent_on": "令和9年1月1日"}, "", "consent_on"),
        ({**GIVEN, "consent_scope": ["A99"]}, "", "consent_scope"),
        (WITHDRAWN, "番号は1234-5678-9012です", "withdrawal_reason"),
        (WITHDRAWN, "あ" * 301, "withdrawal_reason"),
        ({**GIVEN, "consent_scope": ["A14", "A17"]}, "やめたい", "withdrawal_reason"),
        ({"consent": "no", **GROUND}, "", "goes_on"),
    ]
    for raw, reason, field in tries:
        for message in (
            PreviewConsent(agreed, raw, reason),
            RecordConsent(agreed, 1, raw, reason),
        ):
            with pytest.raises(Invalid) as refused:
                hall.desk.handle(message, COORDINATOR)  # type: ignore[arg-type]
            assert field in {e.field for e in refused.value.errors}, (raw, field)
    assert hall.case(agreed).sheet_version == 1


def test_two_at_once_are_told_of_each_other(hall: TownHall, agreed: str) -> None:
    """The version that was on the screen guards the sheet here too."""
    hall.edit(agreed, summary="書き足しました。")
    with pytest.raises(Conflict):
        hall.desk.handle(RecordConsent(agreed, 1, WITHDRAWN), COORDINATOR)
    assert hall.case(agreed).consent == "written"


def test_a_ground_from_before_does_not_outlive_a_withdrawal(hall: TownHall) -> None:
    """Whoever was told by it reads no more, and it is said before."""
    case_id = hall.open_case("A14", **{**consented("A17"), **UNCONSENTED, "consent": "oral",
                                       "consent_on": "R8.11.1"})  # fmt: skip
    assert reads(hall, case_id, ELDERLY)
    effects = preview(hall, case_id, **WITHDRAWN)
    assert hall.agency_name("A14") in effects.lose
    record(hall, case_id, **WITHDRAWN)
    assert not reads(hall, case_id, ELDERLY)


def test_a_ground_is_for_agencies_that_are_named_and_whoever_is_named_has_one(
    hall: TownHall, agreed: str
) -> None:
    """Half of it is refused beside what is missing; an agency that nobody knows as well."""
    tries: list[tuple[tuple[str, ...], dict[str, Any], set[str]]] = [
        (("A17",), {}, {"unconsented_basis", "unconsented_reason"}),
        ((), GROUND, {"goes_on"}),
        (("A99",), GROUND, {"goes_on"}),
    ]
    for goes_on, ground, fields in tries:
        with pytest.raises(Invalid) as refused:
            preview(hall, agreed, goes_on=goes_on, **GIVEN, consent_scope=["A14"], **ground)
        assert {e.field for e in refused.value.errors} == fields


def test_a_day_put_right_takes_no_ground_away(hall: TownHall) -> None:
    """The person said nothing new: who was told goes on being told."""
    case_id = hall.open_case("A14", **{**consented("A17"), **GROUND})
    record(hall, case_id, **GIVEN | {"consent_on": "R8.11.12"}, consent_scope=["A17"])
    assert reads(hall, case_id, ELDERLY)
    record(hall, case_id, **GIVEN, consent_scope=["A17", "A19"])
    assert not reads(hall, case_id, ELDERLY)


def test_a_closed_case_keeps_its_consents(hall: TownHall, agreed: str) -> None:
    """The history is read; an answer is recorded after reopening."""
    hall.reply(agreed, "A17", by=DISABILITY)
    hall.close(agreed)
    assert not seen(hall, agreed).is_open
    with pytest.raises(Refused) as refused:
        record(hall, agreed, **WITHDRAWN)
    assert refused.value.key == "case.closed"


def test_the_outsider_and_who_only_takes_part(hall: TownHall, agreed: str) -> None:
    """Consent is content: read by who reads the case, recorded by who answers for the sheet."""
    with pytest.raises(NotFound):
        seen(hall, agreed, OUTSIDER)
    assert not seen(hall, agreed, ELDERLY).may_record.allowed
    with pytest.raises(NotAllowed):
        record(hall, agreed, by=ELDERLY, **WITHDRAWN)


# -- sharing without consent -----------------------------------------------------------------------


def test_every_referral_beyond_consent_is_listed_with_its_own_reason(hall: TownHall) -> None:
    """A later reason does not stand beside an earlier sharing; ids and codes alone in the trail."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.clock.move(hours=1)
    one = ({"agency": "A17", "purpose": "handover", "request": "お願いします。"},)
    hall.desk.handle(Refer(case_id, one, "act_106_6", "食事がないため。"), COORDINATOR)
    hall.clock.move(hours=1)
    two = ({"agency": "A19", "purpose": "handover", "request": "お願いします。"},)
    hall.desk.handle(Refer(case_id, two, "livelihood_act_9", "家賃が払えないため。"), COORDINATOR)
    told = [(s.how, s.agencies, s.bases, s.reason) for s in seen(hall, case_id).sharings]
    assert told == [
        ("referral", (hall.agency_name("A17"),), ("act_106_6",), "食事がないため。"),
        ("referral", (hall.agency_name("A19"),), ("livelihood_act_9",), "家賃が払えないため。"),
    ]
    shared = [e for e in hall.events(case_id) if e.kind == "shared_without_consent"]
    assert [(e.basis, e.facts) for e in shared] == [
        ("act_106_6", {"agency": "A17", "ground": "act_106_6", "how": "referral"}),
        ("livelihood_act_9", {"agency": "A19", "ground": "livelihood_act_9", "how": "referral"}),
    ]


def test_passing_on_beyond_consent_is_listed(hall: TownHall) -> None:
    """The agency that sends it on tells somebody new."""
    case_id = hall.open_case("A14")
    hall.clock.move(hours=1)
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A19")
    last = seen(hall, case_id).sharings[-1]
    assert (last.how, last.agencies) == ("passed_on", (hall.agency_name("A19"),))
    assert (last.bases, last.reason) == ((PASSED["pass_basis"],), PASSED["pass_reason"])


def test_a_shared_case_on_a_support_meeting_is_listed_with_the_agendas_reason(
    hall: TownHall,
) -> None:
    """Whom it was put before, who was invited later, and whom a role was given to."""
    case_id = hall.open_case("A14", **consented("A14"))
    hall.reply(case_id, "A14", by=ELDERLY)
    hall.clock.move(hours=1)
    meeting_id = hall.convene(case_id, required=["A14", "A20"], basis_reason="命に関わるため。")
    hall.clock.move(hours=1)
    hall.desk.handle(InviteAgency(meeting_id, "A21", False), COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id, reason="急ぐため。")
    hall.clock.move(days=21)
    role = {"agency": "A19", "task": "家賃の相談", "due_on": "令和9年1月20日"}
    hall.save_record(meeting_id, roles=[role])
    hall.confirm_record(meeting_id, by=CHAIR)
    told = [(s.how, s.agencies, s.bases, s.reason) for s in seen(hall, case_id).sharings]
    basis = ("act_106_6",)
    assert told == [
        ("meeting", (hall.agency_name("A20"),), basis, "命に関わるため。"),
        ("invited", (hall.agency_name("A21"),), basis, "命に関わるため。"),
        ("role", (hall.agency_name("A19"),), basis, "命に関わるため。"),
    ]


def test_sharing_within_consent_is_no_such_sharing(hall: TownHall, agreed: str) -> None:
    """Nothing is listed, and nothing is written down as if it were."""
    hall.convene(agreed, bases=["multi_layered"], required=["A14"])
    assert seen(hall, agreed).sharings == ()
    assert "shared_without_consent" not in [e.kind for e in hall.events(agreed)]
    assert LIVELIHOOD not in hall.told("referral_asked")


def test_to_whom_a_restricted_case_opens_with_the_consent_is_said_before(hall: TownHall) -> None:
    """Its hearers are named by the recording: the page that asks first counts them in."""
    case_id = hall.open_case("A14", danger="yes", **consented("A14", "A20"))
    hall.convene(case_id, bases=["multi_layered"], required=["A14", "A20"])
    record(hall, case_id, **GIVEN, consent_scope=["A14"])
    effects = preview(hall, case_id, **GIVEN, consent_scope=["A14", "A20"])
    before = hall.case(case_id).named_member_ids
    record(hall, case_id, **GIVEN, consent_scope=["A14", "A20"])
    assert FARMING in set(hall.case(case_id).named_member_ids) - set(before)
    assert effects.gain == (hall.agency_name("A20"),)
