"""Merging carries what is owed to the case that goes on: days, notices, trail, and who reads."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FAR_COORDINATOR,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall, TownMould
from workflows.cases.close_case import ReopenCase
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.merge_cases import MergeCases, MergePreview, PreviewMerge
from workflows.cases.name_members import NameMember
from workflows.cases.obligations import NOBODY_NAMED, NOT_COVERED, NOT_THERE
from workflows.cases.roles import TickRole
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.delivery.drop_reason import GetDropReason
from workflows.japanese.dates import show_date
from workflows.meetings.views import GetMeeting
from workflows.model.case import Case
from workflows.model.promise import PromiseKind

ASKED = "赤い屋根の家を訪ねてください。"
TASK = "火曜に弁当を届ける。"
PEOPLE = (COORDINATOR, OTHER_COORDINATOR, FAR_COORDINATOR, ELDERLY, DISABILITY, LIVELIHOOD,
          FARMING, CHAIR, MANAGER, OUTSIDER)  # fmt: skip


def merge(hall: TownHall, case_id: str, into: str, by: str = COORDINATOR) -> str:
    return hall.desk.handle(MergeCases(case_id, hall.case(into).number), by)


def preview(hall: TownHall, case_id: str, into: str) -> MergePreview:
    return hall.desk.ask(PreviewMerge(case_id, hall.case(into).number), COORDINATOR)


def seen(hall: TownHall, case_id: str, by: str) -> CaseView | None:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), by)
    except NotFound:
        return None


def reads(hall: TownHall, case_id: str, by: str) -> bool:
    view = seen(hall, case_id, by)
    return view is not None and view.reads


def give_role(hall: TownHall, case_id: str, agency_id: str = "A14", task: str = TASK) -> str:
    """A 支援会議 gave the agency a role; the writers confirm what they have to."""
    meeting_id = hall.convene(case_id, required=(agency_id, "A13"), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id, roles=[{"agency": agency_id, "task": task}])
    hall.confirm_record(meeting_id)
    return meeting_id


def owed(case: Case) -> list[tuple[str, str]]:
    return [("reply", r.agency_id) for r in case.waiting_referrals] + [
        ("role", r.agency_id) for r in case.open_roles
    ]


@pytest.fixture
def two(hall: TownHall) -> tuple[str, str]:
    """地域包括 was asked on the first; the person agreed to it on the second, too."""
    one = hall.open_case("A14", request=ASKED, **consented("A14", "A19"))
    return one, hall.open_case("A17", **consented("A14", "A17"))


# -- what is carried -------------------------------------------------------------------------------


def test_a_request_is_answered_in_the_other_case_by_the_same_day(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, other = two
    due = hall.referral(one, "A14").reply_by
    hall.clock.move(days=1)
    merge(hall, one, other)
    new = hall.referral(other, "A14")
    assert (new.reply_by, new.request, new.waits) == (due, ASKED, True)
    assert new.came is not None
    assert new.came.case_id == one
    old = hall.referral(one, "A14")
    assert not old.waits
    assert old.went is not None
    assert old.went.case_id == other
    [promise] = [p for p in hall.promises(other, PromiseKind.REPLY) if p.agency_id == "A14"]
    assert (promise.due_at, promise.since) == (due, new.asked_at)
    assert hall.promises(one) == []
    hall.reply(other, "A14", by=ELDERLY, lead="yes")
    assert hall.case(other).leading_agency_id == "A14"


def test_the_agency_is_told_the_new_number_and_the_old_card_goes(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, other = two
    merge(hall, one, other)
    cards = {n.case_id: n for n in hall.notices(ELDERLY, "referral_asked")}
    assert cards[other].facts["before"] == "R8-0001"
    assert cards[other].facts["number"] == "R8-0002"
    assert hall.desk.ask(GetDropReason(cards[one]), Caller.CLOCK) == "kept_meanwhile"
    assert hall.desk.ask(GetDropReason(cards[other]), Caller.CLOCK) == ""
    with pytest.raises(Refused):
        hall.reply(one, "A14", by=ELDERLY)


def test_what_consent_there_does_not_cover_ends_here_and_is_told(hall: TownHall) -> None:
    """No ground comes along: whom the first case's consent alone names is asked no more."""
    one = hall.open_case("A14", "A19", **consented("A14", "A19"))
    other = hall.open_case("A17", **consented("A14", "A17"))
    left = [(o.kind, o.agency, o.why_not) for o in preview(hall, one, other).ends]
    assert left == [("reply", hall.agency_name("A19"), NOT_COVERED)]
    merge(hall, one, other)
    assert [r.agency_id for r in hall.case(other).waiting_referrals] == ["A17", "A14"]
    assert hall.case(other).stated_grounds == []
    ended = hall.referral(one, "A19").taken_back
    assert ended is not None
    assert not ended.mistake
    assert LIVELIHOOD in hall.told("referral_taken_back")
    assert "R8-0002" not in str([n.facts for n in hall.notices(LIVELIHOOD)])
    assert OTHER_COORDINATOR in hall.told("parts_ended")
    assert not reads(hall, other, LIVELIHOOD)


def test_a_ground_stated_on_the_first_case_is_none_on_the_other(hall: TownHall) -> None:
    one = hall.open_case("A14")  # on a ground
    other = hall.open_case("A17")
    merge(hall, one, other)
    assert [r.agency_id for r in hall.case(other).waiting_referrals] == ["A17"]
    assert not hall.case(other).covers("A14")
    assert hall.referral(one, "A14").taken_back is not None


def test_a_role_goes_with_its_task_and_its_day(hall: TownHall, two: tuple[str, str]) -> None:
    one, other = two
    hall.reply(one, "A14", by=ELDERLY)
    give_role(hall, one)
    [role] = hall.case(one).open_roles
    merge(hall, one, other)
    [new] = hall.case(other).open_roles
    assert (new.task, new.due_on, new.member_id) == (TASK, role.due_on, role.member_id)
    assert hall.case(one).open_roles == []
    assert [n.facts["before"] for n in hall.notices(ELDERLY, "role_given") if n.case_id == other]
    with pytest.raises(Refused):
        hall.desk.handle(TickRole(one, role.id), ELDERLY)
    hall.desk.handle(TickRole(other, new.id), ELDERLY)
    assert hall.case(other).open_roles == []


def test_a_role_that_cannot_go_ends_without_being_done(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY)
    give_role(hall, one, "A19")
    other = hall.open_case("A17", **consented("A17"))
    merge(hall, one, other)
    [role] = hall.case(one).roles
    assert role.ended_at is not None
    assert role.done_at is None
    assert hall.case(other).roles == []
    view = seen(hall, one, COORDINATOR)
    assert view is not None
    assert [r.stopped for r in view.roles] == ["ended"]
    assert LIVELIHOOD in hall.told("part_ended")
    assert not reads(hall, one, LIVELIHOOD)


@pytest.mark.parametrize(("theirs", "carried"), [(None, True), (60, True), (5, False)])
def test_the_next_check_goes_unless_the_other_is_looked_at_sooner(
    hall: TownHall, theirs: int | None, carried: bool
) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    check = hall.case(one).next_follow_up
    assert check is not None
    other = hall.open_case("A17", **consented("A17"))
    if theirs:
        on = show_date(hall.in_days(theirs).date())
        hall.reply(other, "A17", by=DISABILITY, lead="yes", next_check_on=on)
    merge(hall, one, other)
    came = [f for f in hall.case(other).follow_ups if f.came]
    assert [f.due_on for f in came] == ([check.due_on] if carried else [])
    days = [p.due_at.date() for p in hall.promises(other, PromiseKind.FOLLOW_UP)]
    assert min(days) <= check.due_on or carried


def test_a_late_check_is_late_in_the_other_case_and_not_missed(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    other = hall.open_case("A17", **consented("A17"))
    hall.clock.move(days=40)
    merge(hall, one, other)
    [check] = hall.case(other).follow_ups
    assert check.waits
    assert check.due_on < hall.desk.now().date()
    [old] = hall.case(one).follow_ups
    assert old.missed_at is None
    assert not old.waits


def test_the_lead_goes_where_nobody_leads_yet(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    other = hall.open_case("A17", **consented("A14", "A17"))
    merge(hall, one, other)
    assert hall.case(other).leading_agency_id == "A14"
    told = [n for n in hall.notices(ELDERLY, "lead_given") if n.case_id == other]
    assert [n.facts["before"] for n in told] == ["R8-0001"]


def test_who_leads_the_other_goes_on_leading(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    other = hall.open_case("A17", **consented("A14", "A17"))
    hall.reply(other, "A17", by=DISABILITY, lead="yes")
    assert preview(hall, one, other).into_lead == hall.agency_name("A17")
    merge(hall, one, other)
    assert hall.case(other).leading_agency_id == "A17"
    assert not reads(hall, other, ELDERLY)


def test_a_reassessment_asked_for_is_not_lost_with_the_merged_case(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=31)
    hall.check_on(one, "worse", by=ELDERLY, comment="食べていない。")
    asked = hall.case(one).reassessment_asked_at
    other = hall.open_case("A17", **consented("A17"))
    merge(hall, one, other)
    assert hall.case(other).reassessment_asked_at == asked
    assert hall.promises(other, PromiseKind.REASSESS)


# -- meetings --------------------------------------------------------------------------------------


def test_the_other_takes_the_place_on_an_agenda_for_who_may_hear_it(hall: TownHall) -> None:
    """The chair's agency hears whatever is said there: it reads the other case already."""
    one = hall.open_case("A14", **consented("A14", "A19", "A02"))
    other = hall.open_case("A17", **consented("A14", "A17"))
    hall.refer(other, "A02")
    meeting_id = hall.convene(one, required=("A14", "A19"), chair=COORDINATOR)
    merge(hall, one, other)
    meeting = hall.meeting(meeting_id)
    [item] = meeting.agenda
    assert (item.case_id, item.agency_ids) == (other, ["A14"])
    assert item.came is not None
    assert item.came.case_id == one
    [seen] = hall.desk.ask(GetMeeting(meeting_id), COORDINATOR).cases
    assert seen.came_from == "R8-0001"
    assert [i.case_id for i in meeting.taken_off] == [one]
    assert hall.case(one).live_meeting_ids == []
    assert hall.case(other).live_meeting_ids == [meeting_id]
    assert meeting.invite("A19") is None  # it had nothing to come for any more
    told = [n for n in hall.notices(ELDERLY, "case_on_agenda") if n.case_id == other]
    assert [n.facts["before"] for n in told] == ["R8-0001"]
    assert LIVELIHOOD in hall.told("uninvited")
    hall.swear(meeting_id, ELDERLY)
    assert reads(hall, other, ELDERLY)


def test_where_both_are_on_an_agenda_one_leaves(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    other = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(one, other, required=("A14",))
    merge(hall, one, other)
    assert [i.case_id for i in hall.meeting(meeting_id).agenda] == [other]


def test_a_chair_who_may_not_hear_the_other_keeps_it_off_the_agenda(hall: TownHall) -> None:
    """Who runs a sitting hears all of it."""
    one = hall.open_case("A14", **consented("A14"))
    other = hall.open_case("A17", **consented("A14", "A17"))
    meeting_id = hall.convene(one, required=("A14",), chair=CHAIR)
    assert [o.why_not for o in preview(hall, one, other).ends if o.kind == "meeting"] == [NOT_THERE]
    merge(hall, one, other)
    assert hall.meeting(meeting_id).agenda == []
    assert not reads(hall, other, CHAIR)
    assert CHAIR in hall.told("case_off_agenda")


def test_a_sitting_that_took_place_is_recorded_first(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    other = hall.open_case("A17", **consented("A17"))
    meeting_id = hall.convene(one, required=("A14",), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    assert preview(hall, one, other).begun
    with pytest.raises(Refused) as refused:
        merge(hall, one, other)
    assert refused.value.key == "merge.record_waits"
    assert hall.meeting(meeting_id).item(one) is not None


# -- consent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "then", "newer"),
    [
        (consented("A14", "A17"), {"consent": "withdrawn", "consent_scope": []}, "refused"),
        (consented("A14", "A17"), {"consent": "no", "consent_scope": []}, "refused"),
        (consented("A14", "A17"), consented("A14"), "narrower"),
        (consented("A14"), consented("A14", "A17"), ""),
        ({"consent": "not_asked"}, {"consent": "withdrawn", "consent_scope": []}, ""),
    ],
)
def test_the_newest_word_of_the_person_stands(
    hall: TownHall, first: dict[str, Any], then: dict[str, Any], newer: str
) -> None:
    """What they said last, where it lets fewer be told, is recorded on the one that goes on first;
    consent itself is never carried."""
    day = "令和8年11月21日"
    other = hall.open_case("A14", **{**first, **(UNCONSENTED if "consent_on" not in first else {})})
    one = hall.open_case("A14", **consented("A14"))
    hall.clock.move(days=2)
    kept = {k: v for k, v in then.items() if v is not None}
    hall.consent(one, **{**kept, "consent_on": day})
    before = hall.case(other).consents
    assert preview(hall, one, other).newer == newer
    if newer == "refused":
        with pytest.raises(Refused) as refused:
            merge(hall, one, other)
        assert refused.value.key == "merge.newer_word"
        hall.consent(other, **{**kept, "consent_on": day})
        before = hall.case(other).consents
    merge(hall, one, other)
    assert hall.case(other).consents == before


# -- restricted ------------------------------------------------------------------------------------


def test_a_restricted_case_is_not_merged_into_an_open_one(hall: TownHall) -> None:
    hidden, other = hall.open_case("A14", danger="yes"), hall.open_case("A17")
    with pytest.raises(Invalid) as refused:
        merge(hall, hidden, other)
    assert [e.key for e in refused.value.errors] == ["merge.restricted"]


def test_nobody_is_named_by_a_merge(hall: TownHall) -> None:
    """What an agency owes goes to a restricted case only where somebody of it may see that one."""
    one = hall.open_case("A14", **consented("A14"))
    hidden = hall.open_case("A17", danger="yes", **consented("A14", "A17"))
    named = hall.case(hidden).named_member_ids
    assert [o.why_not for o in preview(hall, one, hidden).ends] == [NOBODY_NAMED]
    merge(hall, one, hidden)
    assert hall.case(hidden).named_member_ids == named
    assert not reads(hall, hidden, ELDERLY)


def test_whoever_is_named_there_goes_on(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hidden = hall.open_case("A17", danger="yes", **consented("A14", "A17"))
    hall.desk.handle(NameMember(hidden, ELDERLY, True), COORDINATOR)
    merge(hall, one, hidden)
    assert "A14" in [r.agency_id for r in hall.case(hidden).waiting_referrals]


def test_a_lead_that_goes_names_nobody_either(hall: TownHall) -> None:
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    hidden = hall.open_case("A17", danger="yes", **consented("A14", "A17"))
    with hall.database.open() as unit:
        colleagues = [m.id for m in unit.directory.members() if m.agency_id == "A14"]
    other = next(m for m in colleagues if m != ELDERLY)
    hall.desk.handle(NameMember(hidden, other, True), COORDINATOR)
    merge(hall, one, hidden)
    assert hall.case(hidden).leading_agency_id == "A14"
    assert not reads(hall, hidden, ELDERLY)


# -- both in one place, and the way back -----------------------------------------------------------


def test_both_are_seen_in_one_place_by_who_may_read_both(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, other = two
    merge(hall, one, other)
    view = seen(hall, other, OTHER_COORDINATOR)
    assert view is not None
    assert [m.number for m in view.merged] == ["R8-0001"]
    assert {"case_opened", "referred", "case_merged"} <= {e.kind for e in view.merged[0].story}
    assert {r.came_from for r in view.referrals} == {"", "R8-0001"}
    apart = seen(hall, other, DISABILITY)
    assert apart is not None
    assert apart.merged == ()
    assert {r.came_from for r in apart.referrals} == {""}
    assert ASKED not in str(apart)
    mine = seen(hall, other, ELDERLY)
    assert mine is not None
    assert ASKED in str(mine)


def test_the_disclosure_names_both(hall: TownHall, two: tuple[str, str]) -> None:
    one, other = two
    merge(hall, one, other)
    assert hall.desk.ask(GetDisclosures(one), COORDINATOR, door="web").merged == ("R8-0002",)
    told = hall.desk.ask(GetDisclosures(other), COORDINATOR, door="web")
    assert told.merged == ("R8-0001",)
    [to_them] = [a for a in told.agencies if a.agency == hall.agency_name("A14")]
    assert [t.at for t in to_them.told if t.what == "request"] == [hall.desk.now()]


def test_the_trail_says_on_both_sides_what_was_carried(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, other = two
    item = hall.referral(one, "A14").id
    merge(hall, one, other)
    [here] = [e for e in hall.events(one) if e.kind == "case_merged"]
    [there] = [e for e in hall.events(other) if e.kind == "case_merged_here"]
    assert (here.facts["other"], there.facts["other"]) == (other, one)
    assert here.facts["carried"] == there.facts["carried"] == [f"reply:{item}"]
    assert ASKED not in str(here.facts)


def test_reopening_leaves_what_was_carried_where_it_is(
    hall: TownHall, two: tuple[str, str]
) -> None:
    one, other = two
    merge(hall, one, other)
    hall.desk.handle(ReopenCase(one, "別の方でした。"), COORDINATOR)
    assert "A14" in [r.agency_id for r in hall.case(other).waiting_referrals]
    assert hall.case(one).waiting_referrals == []
    assert hall.promises(one, PromiseKind.REPLY) == []


def test_words_keep_their_readers_through_two_merges(hall: TownHall, two: tuple[str, str]) -> None:
    """Who reads the second case, and never read the first, does not read the first one's words in
    the third."""
    one, other = two
    third = hall.open_case("A19", **consented("A14", "A17", "A19"))
    merge(hall, one, other)
    hall.reply(other, "A17", by=DISABILITY)
    merge(hall, other, third)
    new = hall.referral(third, "A14")
    assert new.came is not None
    assert new.came.case_id == one
    hall.reply(third, "A19", by=LIVELIHOOD)
    view = seen(hall, third, LIVELIHOOD)
    assert view is not None
    assert view.reads
    assert ASKED not in str(view)


# -- nobody reads more -----------------------------------------------------------------------------

AGENCIES = {"A14": ELDERLY, "A17": DISABILITY, "A19": LIVELIHOOD, "A20": FARMING}
_some = st.lists(st.sampled_from(list(AGENCIES)), unique=True, min_size=1, max_size=3)
_case = st.tuples(_some, _some, st.sampled_from(["", "accepted", "lead"]), st.booleans())


def _open(hall: TownHall, word: str, drawn: tuple[list[str], list[str], str, bool]) -> str:
    """A case on which these were asked, under this consent, with a role or a meeting perhaps."""
    asked, scope, reply, meets = drawn
    said: dict[str, Any] = {
        "consent": "written",
        "consent_on": "令和8年11月20日",
        "consent_scope": scope,
    }
    ground = {f: v for f, v in UNCONSENTED.items() if f != "consent"}
    said |= ground
    case_id = hall.open_case(*asked, request=f"{word}の依頼", summary=f"{word}の相談", **said)
    if reply:
        lead = {"lead": "yes"} if reply == "lead" else {}
        hall.reply(case_id, asked[0], by=AGENCIES[asked[0]], **lead)
    if meets:
        meeting_id = hall.convene(case_id, required=asked, chair=COORDINATOR)
        hall.swear(meeting_id, *(AGENCIES[a] for a in asked))
    return case_id


def _words(hall: TownHall, cases: tuple[str, str], who: str) -> set[str]:
    """Which cases' words somebody sees on the pages of both."""
    text = "".join(str(seen(hall, c, who)) for c in cases)
    return {w for w in ("梅林", "竹藪") if w in text}


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=_case, second=_case)
def test_nobody_reads_more_through_a_merge(
    mould: TownMould, tmp_path_factory: pytest.TempPathFactory, first: Any, second: Any
) -> None:
    """Whoever reads the words of the case that ends read them before; whoever newly reads the one
    that goes on owes something there, and the person's word or a ground names them there."""
    hall = mould.copy(tmp_path_factory.mktemp("town"))
    try:
        one, other = _open(hall, "梅林", first), _open(hall, "竹藪", second)
        before = {m: _words(hall, (one, other), m) for m in PEOPLE}
        due = {r.agency_id: r.reply_by for r in hall.case(one).waiting_referrals}
        merge(hall, one, other)
        case = hall.case(other)
        owes = {r.agency_id for r in case.referrals if r.came}
        items = [hall.meeting(m).item(other) for m in case.live_meeting_ids]
        owes |= {a for item in items if item for a in item.agency_ids}
        owes |= {case.leading_agency_id or ""}
        by_member = {m: a for a, m in AGENCIES.items()}
        for who in PEOPLE:
            more = _words(hall, (one, other), who) - before[who]
            assert "梅林" not in more
            if more:
                assert by_member[who] in owes
                assert case.covers(by_member[who])
        assert owed(hall.case(one)) == []
        assert hall.promises(one) == []
        for referral in case.referrals:
            if referral.came:
                assert referral.reply_by == due[referral.agency_id]
    finally:
        hall.database.close()


# -- what does not come along ----------------------------------------------------------------------


def test_a_request_leaves_its_ground_and_where_it_was_passed_on_from(hall: TownHall) -> None:
    """The ground was stated for telling the agency of the first case."""
    one = hall.open_case("A14")
    hall.reply(one, "A14", "declined", by=ELDERLY, next_agency="A17")
    old = hall.referral(one, "A17")
    assert (old.basis, old.passed_from) != ("", None)
    other = hall.open_case("A14", **consented("A14", "A17"))
    merge(hall, one, other)
    new = hall.referral(other, "A17")
    assert (new.basis, new.basis_reason, new.passed_from) == ("", "", None)
    assert hall.case(other).grounds == ()


def test_who_is_told_that_it_ended_gets_no_way_to_the_case(hall: TownHall) -> None:
    one = hall.open_case("A14", "A19", **consented("A14", "A19"))
    merge(hall, one, hall.open_case("A17", **consented("A17")))
    [told] = hall.notices(LIVELIHOOD, "referral_taken_back")
    assert (told.case_id, told.facts["sees"]) == (None, False)


def test_of_a_restricted_case_the_named_alone_hear_of_a_role_that_comes(hall: TownHall) -> None:
    """The colleague who had it in the first case is not named on the other."""
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY)
    meeting_id = hall.convene(one, required=("A14", "A13"), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": TASK, "member": "M27"}])
    hall.confirm_record(meeting_id)
    other = hall.open_case("A14", danger="yes", **consented("A14"))
    hall.reply(other, "A14", by=ELDERLY)
    assert "M27" not in hall.case(other).named_member_ids
    merge(hall, one, other)
    [role] = hall.case(other).open_roles
    assert role.member_id == "M27"
    told = {n.member_id for n in hall.notices(key="role_given") if n.case_id == other}
    assert told == {ELDERLY}


def test_who_was_taken_off_one_list_is_not_named_by_the_other(hall: TownHall) -> None:
    one, other = (hall.open_case("A14", danger="yes", **consented("A14")) for _ in range(2))
    for case_id in (one, other):
        hall.desk.handle(NameMember(case_id, OTHER_COORDINATOR, True), COORDINATOR)
    hall.desk.handle(NameMember(one, ELDERLY, False), COORDINATOR)
    hall.desk.handle(NameMember(one, OTHER_COORDINATOR, False), COORDINATOR)
    merge(hall, one, other)
    assert hall.case(other).kept_off == []  # both are named there, by hand or as they were asked
    again = hall.open_case("A17", danger="yes", **consented("A17"))
    merge(hall, other, again)
    third = hall.open_case("A17", danger="yes", **consented("A14", "A17"))
    hall.desk.handle(NameMember(again, DISABILITY, False), COORDINATOR)
    hall.desk.handle(NameMember(third, DISABILITY, False), COORDINATOR)
    hall.desk.handle(NameMember(again, ELDERLY, True), COORDINATOR)
    hall.desk.handle(NameMember(again, ELDERLY, False), COORDINATOR)
    merge(hall, again, third)
    assert set(hall.case(third).kept_off) == {DISABILITY, ELDERLY}


def test_two_checks_on_one_day_are_one(hall: TownHall) -> None:
    one, other = (
        hall.open_case("A14", **consented("A14")),
        hall.open_case("A17", **consented("A17")),
    )
    hall.reply(one, "A14", by=ELDERLY, lead="yes")
    hall.reply(other, "A17", by=DISABILITY, lead="yes")
    merge(hall, one, other)
    assert [f.came for f in hall.case(other).follow_ups] == [None]
