"""Who hears which case at a sitting is chosen case by case: nobody reads one for having been
invited for another (docs/rules.md 5)."""

from typing import Any

import pytest

from handlers.words.hearing_words import changed_words
from handlers.words.texts import load_texts
from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    MANAGER,
    OTHER_COORDINATOR,
)
from tests.support.town import TownHall
from workflows.cases.consents import GetConsents
from workflows.cases.preview_consent import PreviewConsent
from workflows.cases.record_consent import FIELDS
from workflows.cases.views import GetCase
from workflows.cases.who_sees import TO_CONFIRM
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import show_date
from workflows.meetings.fax import GetFaxInvitation
from workflows.meetings.plan_meeting import PlanMeeting
from workflows.meetings.preparation import GetPreparations
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import HearingOutcome, InviteAgency, UninviteAgency
from workflows.meetings.views import GetMeeting
from workflows.meetings.who_hears import (
    ChooseWhoHears,
    GetHearing,
    Hearing,
    HearingEdit,
    PreviewPutOn,
)

TEXTS = load_texts(None)


def hearing(hall: TownHall, meeting_id: str) -> list[list[str]]:
    return [sorted(i.agency_ids) for i in hall.meeting(meeting_id).agenda]


def may_open(hall: TownHall, case_id: str, member_id: str) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), member_id).reads
    except NotFound:
        return False


def keys(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str, Any]]:
    return [(e.field, e.key, e.facts.get("agencies")) for e in refused.value.errors]


def test_a_case_put_on_opens_for_those_whom_it_concerns(hall: TownHall) -> None:
    """A20 came for another household: the second sheet stays shut to it, also after swearing."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(first, required=("A13", "A14", "A20"))
    hall.swear(meeting_id, FARMING, ELDERLY)
    hall.desk.handle(PutOnAgenda(meeting_id, (hall.case(second).number,), "急ぐ"), COORDINATOR)
    assert may_open(hall, first, FARMING)
    assert not may_open(hall, second, FARMING)
    assert may_open(hall, second, ELDERLY)
    assert hearing(hall, meeting_id)[1] == ["A13", "A14"]
    assert FARMING not in hall.told("case_on_agenda")


def test_a_case_is_put_on_by_its_number_however_it_is_written(hall: TownHall) -> None:
    """Full-width or small: the same number as in the search."""
    meeting_id = hall.convene(hall.open_case("A14"))
    second = hall.open_case("A14")
    (seen,) = hall.desk.ask(PreviewPutOn(meeting_id, ("ｒ８－０００２",)), COORDINATOR)
    assert seen.number == "R8-0002"
    hall.desk.handle(PutOnAgenda(meeting_id, ("ｒ８－０００２",), "急ぐため。"), COORDINATOR)
    assert hall.meeting(meeting_id).item(second)


def test_an_agency_invited_later_hears_what_concerns_it(hall: TownHall) -> None:
    """Two households on one sitting: A17 was asked about the second alone."""
    first, second = hall.open_case("A14"), hall.open_case("A14", "A17")
    meeting_id = hall.convene(first, second, required=("A13", "A14"))
    assert hearing(hall, meeting_id) == [["A13", "A14"], ["A13", "A14"]]
    hall.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    hall.swear(meeting_id, DISABILITY)
    assert hearing(hall, meeting_id) == [["A13", "A14"], ["A13", "A14", "A17"]]
    assert not may_open(hall, first, DISABILITY)


def test_of_several_cases_each_opens_for_those_whom_it_concerns(hall: TownHall) -> None:
    """Convened together without a choice: nobody hears one for having been asked for another."""
    first, second = hall.open_case("A14"), hall.open_case("A20")
    meeting_id = hall.convene(first, second, required=("A13", "A14", "A20"), hearing={})
    assert hearing(hall, meeting_id) == [["A13", "A14"], ["A13", "A20"]]
    hall.swear(meeting_id, ELDERLY, FARMING)
    assert (may_open(hall, first, FARMING), may_open(hall, second, FARMING)) == (False, True)


def test_an_agency_that_would_hear_nothing_is_named_when_convening(hall: TownHall) -> None:
    """And a case that nobody was chosen for; nothing is saved."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    with pytest.raises(Invalid) as refused:
        hall.convene(first, second, required=("A14", "A20"), hearing={})
    name = [hall.agency_name("A20")]
    assert keys(refused) == [("required_agencies", "meeting.hears_nothing", name)]
    with pytest.raises(Invalid) as refused:
        hall.convene(first, second, required=("A14",), hearing={first: ["A14"], second: []})
    assert keys(refused) == [("cases", "meeting.nobody_chosen", None)]
    assert hall.case(first).live_meeting_ids == []


def test_who_is_chosen_for_a_case_put_on_is_the_organisers_word(hall: TownHall) -> None:
    first, second = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(first, required=("A13", "A14", "A20"))
    number = hall.case(second).number
    with pytest.raises(Invalid) as refused:
        hall.desk.handle(PutOnAgenda(meeting_id, (number,), "急ぐ", {number: ()}), COORDINATOR)
    assert keys(refused) == [("hearing", "meeting.nobody_chosen", None)]
    hall.desk.handle(PutOnAgenda(meeting_id, (number,), "急ぐ", {number: ("A20",)}), COORDINATOR)
    assert hearing(hall, meeting_id)[1] == ["A20"]
    assert hall.told("case_on_agenda") == {FARMING}


# -- in sight of what each would read -------------------------------------------------------------


def seen(
    hall: TownHall, meeting_id: str, case_id: str, agency_id: str, by: str = COORDINATOR
) -> Hearing:
    number = hall.case(case_id).number
    found = {c.number: c for c in hall.desk.ask(GetHearing(meeting_id), by)}
    return next(a for a in found[number].agencies if a.agency_id == agency_id)


def test_the_preview_says_on_what_and_what_is_read_anyway(hall: TownHall) -> None:
    """A20 by the secrecy duty alone; A14, to which it was referred, reads it also without."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"))
    other = seen(hall, meeting_id, case_id, "A20")
    assert (other.hears, other.ground, other.swears, other.reads_anyway) == (
        True, "secrecy", True, ""
    )  # fmt: skip
    asked = seen(hall, meeting_id, case_id, "A14")
    assert asked.reads_anyway == "why.referred_agency"


def test_the_preview_of_a_consented_case_says_whom_consent_leaves_out(hall: TownHall) -> None:
    first = hall.open_case("A14", **consented("A14", "A17"))
    second = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(first, bases=("multi_layered",), required=("A14", "A17"))
    number = hall.case(second).number
    (case,) = hall.desk.ask(PreviewPutOn(meeting_id, (number,)), COORDINATOR)
    assert [(a.agency_id, a.hears, a.ground) for a in case.agencies] == [
        ("A14", True, "consent"),
        ("A17", False, ""),
    ]
    plan = hall.desk.ask(PlanMeeting((number,), ()), COORDINATOR)
    assert {i.agency_id for i in plan.invitees if i.hearing[number].ground} == {"A13", "A14"}


def test_the_preview_of_a_restricted_case_names_to_whom_it_opens(hall: TownHall) -> None:
    """For whoever may see it; the others choose nothing there."""
    case_id = hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    look = hall.desk.ask(GetHearing(meeting_id, "A17"), COORDINATOR)[0]
    assert look.may_choose
    assert look.agencies[0].names
    with pytest.raises(NotFound):
        hall.desk.ask(GetHearing(meeting_id, "A17"), OTHER_COORDINATOR)


# -- changed afterwards ---------------------------------------------------------------------------


def choose(
    hall: TownHall, meeting_id: str, case_id: str, by: str = COORDINATOR, **how: tuple[str, ...]
) -> tuple[HearingOutcome, ...]:
    change = HearingEdit(hall.case(case_id).number, **how)
    return hall.desk.handle(ChooseWhoHears(meeting_id, (change,)), by)


def test_who_is_removed_reads_no_more_and_who_is_added_reads(hall: TownHall) -> None:
    """At once, before the sitting and during it; both are told, without a word of the case."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"), days_ahead=(10,))
    hall.swear(meeting_id, FARMING)
    number, name = hall.case(case_id).number, hall.agency_name("A20")
    hall.fix(meeting_id)
    hall.clock.move(days=10, hours=4, minutes=10)
    assert hall.meeting(meeting_id).has_begun(hall.clock.at)
    (done,) = choose(hall, meeting_id, case_id, remove=("A20",))
    assert (done.shut, done.go_on) == ((name,), ())
    assert changed_words(TEXTS, [done]) == f"{name}は、{number}の内容を読めなくなりました。"
    assert not may_open(hall, case_id, FARMING)
    assert hall.told("case_not_heard") == {FARMING}
    with pytest.raises(NotFound):
        hall.desk.ask(GetPreparations(meeting_id, number), FARMING)
    choose(hall, meeting_id, case_id, add=("A20",))
    assert may_open(hall, case_id, FARMING)
    assert FARMING in hall.told("case_on_agenda")


def test_an_agency_that_accepted_a_referral_is_said_to_go_on_reading(hall: TownHall) -> None:
    """By both ways of taking it off: what is said is what the permission table says."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", by=ELDERLY)
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"))
    name, number = hall.agency_name("A14"), hall.case(case_id).number
    (done,) = choose(hall, meeting_id, case_id, remove=("A14",))
    assert (done.shut, done.go_on) == ((), ((name, "why.accepted_agency"),))
    words = changed_words(TEXTS, [done])
    assert words == f"{name}は、受理した機関として、{number}の内容を引き続き読めます。"
    choose(hall, meeting_id, case_id, add=("A14",))
    assert hall.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR) == (done,)
    assert may_open(hall, case_id, ELDERLY)


def test_another_sitting_that_is_still_to_be_confirmed_is_said_too(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    one = hall.convene(case_id, required=("A13", "A20"))
    hall.convene(case_id, required=("A13", "A20"), days_ahead=(30,))
    hall.swear(one, FARMING)
    (done,) = hall.desk.handle(UninviteAgency(one, "A20"), COORDINATOR)
    assert done.go_on == ((hall.agency_name("A20"), TO_CONFIRM),)
    assert "守秘義務を確認すると" in changed_words(TEXTS, [done])


def test_an_old_page_takes_back_nothing_that_others_chose(hall: TownHall) -> None:
    """Differences alone are said: saving twice changes once, and who was added stays."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"))
    choose(hall, meeting_id, case_id, remove=("A20",))
    assert choose(hall, meeting_id, case_id, remove=("A20",)) == ()
    assert choose(hall, meeting_id, case_id) == ()
    assert hearing(hall, meeting_id) == [["A13", "A14"]]
    assert [e.kind for e in hall.events(case_id)].count("hearing_changed") == 1


def test_what_may_not_be_chosen_is_refused_in_words(hall: TownHall) -> None:
    """Not invited, not covered, of a restricted case by who is not named, after the sitting."""
    covered = hall.open_case("A14", **consented("A14", "A17"))
    meeting_id = hall.convene(covered, bases=("multi_layered",), required=("A14", "A17"))
    with pytest.raises(Invalid) as refused:
        choose(hall, meeting_id, covered, add=("A20",))
    assert refused.value.errors[0].key == "hearing.not_invited"
    other = hall.open_case("A14", **consented("A14"))
    hall.desk.handle(PutOnAgenda(meeting_id, (hall.case(other).number,)), COORDINATOR)
    with pytest.raises(Invalid) as refused:
        choose(hall, meeting_id, other, add=("A17",))
    assert refused.value.errors[0].key == "meeting.not_covered"
    secret = hall.open_case("A14", danger="yes")
    held = hall.convene(secret, required=("A13", "A14"), days_ahead=(10,))
    choose(hall, held, secret, remove=("A14",))
    with pytest.raises(NotFound):
        choose(hall, held, secret, by=OTHER_COORDINATOR, add=("A14",))
    hall.fix(held)
    hall.clock.move(days=11)
    with pytest.raises(Refused) as kept:
        choose(hall, held, secret, add=("A14",))
    assert kept.value.key == "hearing.over"


def test_a_choice_outlives_a_consent_that_was_narrowed_and_given_again(hall: TownHall) -> None:
    """Whom it covers anew hears it only if it was chosen for it: A17 came for the other case."""
    first = hall.open_case("A14", **consented("A14", "A17"))
    second = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(
        first, second, bases=("multi_layered",), required=("A14", "A17"),
        hearing={first: ["A14", "A17"], second: ["A14"]},
    )  # fmt: skip
    hall.edit(second, consent_scope=["A14", "A17"])
    assert hearing(hall, meeting_id) == [["A14", "A17"], ["A14"]]
    hall.edit(first, consent_scope=["A14"])
    hall.edit(first, consent_scope=["A14", "A17"])
    assert hearing(hall, meeting_id) == [["A14", "A17"], ["A14"]]


def test_who_was_taken_off_after_it_began_is_not_brought_back_by_a_consent(hall: TownHall) -> None:
    """Nor is it said that they would be: the organiser's word stands at a sitting under way."""
    case_id = hall.open_case("A14", **consented("A14", "A20"))
    meeting_id = hall.convene(case_id, required=("A13", "A14", "A20"), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.swear(meeting_id, FARMING)
    assert may_open(hall, case_id, FARMING)
    off = HearingEdit(hall.case(case_id).number, remove=("A20",))
    hall.desk.handle(ChooseWhoHears(meeting_id, (off,)), COORDINATOR)
    hall.clock.move(minutes=1)
    wider: Any = consented("A13", "A14", "A20")
    raw: Any = {name: wider.get(name) or "" for name in FIELDS}
    seen = hall.desk.ask(PreviewConsent(case_id, raw), COORDINATOR)
    hall.edit(case_id, **wider)
    assert not may_open(hall, case_id, FARMING)
    assert (seen.gain, seen.meetings) == ((), ())
    with hall.database.open() as unit:
        assert not [e for e in unit.events.of_case(case_id) if e.kind == "scope_followed"]


def test_nobody_is_told_that_they_do_not_hear_what_they_never_heard(hall: TownHall) -> None:
    """A17 was chosen, and consent does not cover it any more: its number is not said once more."""
    case_id = hall.open_case("A14", **consented("A14", "A17"))
    meeting_id = hall.convene(case_id, bases=("multi_layered",), required=("A14", "A17"))
    hall.edit(case_id, consent_scope=["A14"])
    number = hall.case(case_id).number
    edit = HearingEdit(number, remove=("A14", "A17"))
    hall.desk.handle(ChooseWhoHears(meeting_id, (edit,)), COORDINATOR)
    assert hearing(hall, meeting_id) == [[]]
    assert ELDERLY in hall.told("case_not_heard")
    assert DISABILITY not in hall.told("case_not_heard")


# -- numbers --------------------------------------------------------------------------------------


def test_each_is_told_the_numbers_of_what_they_hear(hall: TownHall) -> None:
    """Cards, inbox, page, register and FAX name no case of another household."""
    first, second = hall.open_case("A14"), hall.open_case("A20")
    one, two = hall.case(first).number, hall.case(second).number
    meeting_id = hall.convene(first, second, required=("A13", "A14", "A20"), hearing={})
    for member, mine in ((ELDERLY, one), (FARMING, two)):
        (asked,) = hall.notices(member, "dates_asked")
        assert asked.facts["numbers"] == [mine]
        shown = hall.desk.ask(GetMeeting(meeting_id), member)
        assert (shown.line.numbers, shown.line.others) == ((mine,), 1)
        assert [c.number for c in shown.cases] == [mine]
        todo = next(t for t in hall.desk.ask(GetInbox(), member).to_do if t.meeting_id)
        assert todo.numbers == (mine,)
    fax = hall.desk.ask(GetFaxInvitation(meeting_id, "A20"), COORDINATOR)
    assert fax.numbers == (two,)
    assert hall.desk.ask(GetMeeting(meeting_id), CHAIR).line.numbers == (one, two)
    hall.fix(meeting_id, reason="急ぐため")
    for member, told in ((ELDERLY, [one]), (FARMING, [two]), (CHAIR, [one, two])):
        assert hall.notices(member, "meeting_fixed")[0].facts["numbers"] == told
    hall.desk.handle(UninviteAgency(meeting_id, "A20"), COORDINATOR)
    assert hall.notices(FARMING, "uninvited")[0].facts["numbers"] == [two]


def test_an_office_that_oversees_no_meetings_makes_nobody_know_of_more_cases(
    hall: TownHall,
) -> None:
    """A clerk, a chair of other meetings and an administrator come for one case like anybody."""
    first, second = hall.open_case("A14"), hall.open_case("A20")
    one, two = hall.case(first).number, hall.case(second).number
    invited = ("A01", "A02", "A04", "A14", "A20")
    meeting_id = hall.convene(
        *(first, second),
        chair=CHAIR,
        required=invited,
        hearing={first: ("A01", "A02", "A04", "A14"), second: ("A20",)},
    )
    for who in (ADMINISTRATOR, "M07", "M10"):
        assert hall.desk.ask(GetMeeting(meeting_id), who).line.numbers == (one,), who
    for who in (OTHER_COORDINATOR, MANAGER):
        assert hall.desk.ask(GetMeeting(meeting_id), who).line.numbers == (one, two), who


def test_the_card_of_a_record_tells_of_the_cases_that_its_receiver_heard(hall: TownHall) -> None:
    """Numbers, roles and next days of another household are not on it."""
    first, second = hall.open_case("A14"), hall.open_case("A20")
    meeting_id = hall.convene(
        first, second, required=("A13", "A14", "A20"), days_ahead=(10,), hearing={}
    )
    hall.fix(meeting_id, reason="急ぐため")
    hall.clock.move(days=11)
    day = hall.in_days(40).date()
    given = {"roles": [{"agency": "A20", "task": "訪ねる"}], "next_on": show_date(day)}
    hall.save_record(meeting_id, cases={second: given})
    hall.confirm_record(meeting_id)
    name = hall.agency_name("A20")
    (whole,) = hall.notices(CHAIR, "record_posted")
    said = dict(load_texts(None).card(whole).facts)["次回"]
    assert said == f"{hall.case(second).number}は{show_date(day)}", "of one case, and says of which"
    assert whole.facts["next_days"] == hall.notices(FARMING, "record_posted")[0].facts["next_days"]
    assert hall.notices(ELDERLY, "record_posted")[0].facts["next_days"] == []
    for member, number, roles in (
        (ELDERLY, hall.case(first).number, []),
        (FARMING, hall.case(second).number, [name]),
    ):
        (card,) = hall.notices(member, "record_posted")
        assert card.facts["numbers"] == [number]
        assert [r[0] for r in card.facts["roles"]] == roles  # type: ignore[union-attr]


def test_what_was_shared_beyond_consent_names_those_who_heard_it(hall: TownHall) -> None:
    """An agency invited for the other household is in no list of this person."""
    first, second = hall.open_case("A14"), hall.open_case("A14")
    meeting_id = hall.convene(first, second, required=("A13", "A14"))
    number = hall.case(second).number
    hall.desk.handle(InviteAgency(meeting_id, "A20", True, (number,)), COORDINATOR)
    told = [a for s in hall.desk.ask(GetConsents(first), COORDINATOR).sharings for a in s.agencies]
    assert hall.agency_name("A20") not in told
    choose(hall, meeting_id, first, add=("A20",))
    told = [a for s in hall.desk.ask(GetConsents(first), COORDINATOR).sharings for a in s.agencies]
    assert hall.agency_name("A20") in told
