"""DV, abuse, hidden address: named members alone, and for everybody else there is no such case."""

import re
from dataclasses import MISSING, fields, replace
from typing import Any, cast

import pytest

from handlers.words.hearing_words import changed_words
from handlers.words.texts import load_texts
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.audit.page import GetTrail, TrailSearch
from workflows.cases.find_case import GetCaseId
from workflows.cases.list_cases import ListCases
from workflows.cases.name_members import NameMember
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.messages import REGISTRY, Query
from workflows.core.permissions import Caller
from workflows.delivery.overview import GetAdministration
from workflows.digest.look import GetDigest
from workflows.directory.edit_town import GetTownToEdit
from workflows.directory.holdings import GetAgencyHoldings
from workflows.inbox.inbox import GetInbox
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import InviteAgency, UninviteAgency
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit
from workflows.model.directory import Role
from workflows.reminders.keep_promises import KeepNextPromise


@pytest.fixture(params=[{"danger": "yes"}, {"hidden_address": "yes"}], ids=["danger", "hidden"])
def case_id(hall: TownHall, request: pytest.FixtureRequest) -> str:
    """Written by 社協 to 地域包括: its writer and that agency's window are named."""
    return hall.open_case("A14", **request.param)


def sees(hall: TownHall, case_id: str, member_id: str) -> bool:
    """Whether the case is there for somebody; absent means absent in every place."""
    answers = []
    looks: tuple[Query[Any], ...] = (GetCase(case_id, CasePage.CASE), GetCaseId("R8-0001"))
    for query in looks:
        try:
            hall.desk.ask(query, member_id)
            answers.append(True)
        except NotFound:
            answers.append(False)
    answers.append("R8-0001" in str(hall.desk.ask(ListCases(), member_id)))
    assert len(set(answers)) == 1, answers
    return answers[0]


def test_only_the_named_see_that_it_exists(hall: TownHall, case_id: str) -> None:
    """The writer and the window that was asked are named; no colleague, coordinator or manager."""
    assert hall.case(case_id).named_member_ids == [COORDINATOR, ELDERLY]
    assert sees(hall, case_id, COORDINATOR)
    assert sees(hall, case_id, ELDERLY)
    for other in ("M27", "M22", OTHER_COORDINATOR, MANAGER, CHAIR, OUTSIDER):
        assert not sees(hall, case_id, other), other


def test_what_an_agency_holds_says_of_it_no_day(hall: TownHall, case_id: str) -> None:
    """An administrator who coordinates, too, sees the number of every other case: what has none is
    restricted, and until when something of it is due is nobody's to know."""
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    other = hall.open_case("A14")
    hall.reply(other, "A14", by=ELDERLY, lead="yes")
    with hall.database.open() as unit:
        both = unit.directory.member(ADMINISTRATOR)
        assert both
        roles = both.roles | {Role.COORDINATOR}
        unit.directory.save_members([replace(both, roles=roles)])
        unit.commit()
    held = hall.desk.ask(GetAgencyHoldings("A14"), ADMINISTRATOR)
    about_cases = [one for one in held if one.what in ("lead", "promise")]
    days = {(one.number, one.due is None) for one in about_cases}
    assert days == {("", True), (hall.case(other).number, False)}


def test_the_trail_says_of_it_neither_on_which_basis_nor_at_which_meeting(hall: TownHall) -> None:
    """A basis would say whose case it is, or by which law it was told; a meeting, who hears it."""
    case_id = hall.open_case("A14", danger="yes")
    meeting_id = hall.convene(hall.open_case("A14"), case_id)
    lines = hall.desk.ask(GetTrail(TrailSearch()), ADMINISTRATOR).lines
    hidden = [line for line in lines if line.hidden]
    assert len(hidden) > 3
    assert {(line.basis, line.meeting_id, line.number) for line in hidden} == {("", "", "")}
    assert meeting_id in {line.meeting_id for line in lines}  # it has another case, too


# Questions whose answer says that there is one more, and why.
COUNTED = {
    "GetDigest": "the town's figures count it and name none",
    "GetCoordinatorDesk": "coordinators see how many they do not see",
    "GetAdministration": "notices are counted, and to whom they went is told",
    "GetTownToEdit": "that the district may not be removed; the page counts without it",
    "GetIdsToCheck": "ids for who mends records: no page asks it",
}


def _answers(hall: TownHall, who: str) -> dict[str, str]:
    """Of every question that asks for nothing."""
    found = {}
    for kind in REGISTRY:
        asks_for = [f for f in fields(cast(Any, kind)) if f.default is f.default_factory is MISSING]
        if issubclass(kind, Query) and not asks_for:
            try:
                found[kind.__name__] = repr(hall.desk.ask(kind(), who))
            except Refused as wrong:
                found[kind.__name__] = wrong.key
    return found


def test_no_answer_changes_by_it_for_who_is_not_named(hall: TownHall) -> None:
    """A coordinator who is manager and administrator as well, whoever convenes, and an outsider:
    opened, answered, led and brought to a meeting, it moves nothing that they see, but what is
    counted on purpose."""
    with hall.database.open() as unit:
        member = unit.directory.member(OTHER_COORDINATOR)
        assert member
        roles = frozenset({Role.COORDINATOR, Role.MANAGER, Role.ADMINISTRATOR})
        unit.directory.save_members([replace(member, roles=roles)])
        unit.commit()
    hall.open_case("A14")
    people = (OTHER_COORDINATOR, CHAIR, OUTSIDER)
    before = {who: _answers(hall, who) for who in people}
    case_id = hall.open_case("A14", danger="yes")
    hall.convene(case_id, chair=COORDINATOR)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    changed = {
        name
        for who in people
        for name, answer in _answers(hall, who).items()
        if answer != before[who][name]
    }
    assert changed == COUNTED.keys()


def test_a_district_does_not_say_that_somebody_lives_there(hall: TownHall) -> None:
    """What stands on a district is counted without it; the district is kept all the same."""
    before = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR).used
    hall.open_case("A14", hidden_address="yes", district="D04")
    view = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)
    assert view.used["D04"] == replace(before["D04"], hidden=True)
    hall.open_case("A14", district="D04")
    assert hall.desk.ask(GetTownToEdit(), ADMINISTRATOR).used["D04"].cases == 1


def test_the_list_of_what_was_sent_says_not_that_somebody_was_named(hall: TownHall) -> None:
    """An administrator sees to whom notices went: of one about a case not its kind, unless it asks
    for something, because some kinds are written on restricted cases alone."""
    case_id = hall.open_case("A14", danger="yes")
    hall.open_case("A14")
    hall.unrestrict(case_id)
    every = {n.key for n in hall.notices() if n.case_id}
    assert {"member_named", "unrestrict_proposed", "unrestrict_settled"} <= every
    view = hall.desk.ask(GetAdministration(), ADMINISTRATOR)
    shown = {line.delivery.key for line in (*view.recent, *view.failed)}
    assert {"referral_asked", "case_notice"} <= shown
    assert not shown & {"member_named", "unrestrict_proposed", "unrestrict_settled"}


def test_an_agencys_inbox_shows_it_to_the_named_alone(hall: TownHall, case_id: str) -> None:
    """What is owed by the agency is shown to those of it who may know."""
    assert [t.number for t in hall.desk.ask(GetInbox(), ELDERLY).to_do] == ["R8-0001"]
    assert hall.desk.ask(GetInbox(), "M27").to_do == ()


def test_notices_go_to_the_named_alone(hall: TownHall, case_id: str) -> None:
    """All rungs of the ladder: nobody unnamed hears of it, the managers by its number alone."""
    hall.clock.move(days=30)
    while hall.desk.handle(KeepNextPromise(), Caller.CLOCK):
        hall.clock.move(days=1)
        if hall.clock.at.year > 2026:
            break
    told = {n.member_id for n in hall.notices() if n.case_id == case_id}
    assert told <= {COORDINATOR, ELDERLY, MANAGER, "M25"}
    assert {COORDINATOR, ELDERLY} <= told


def test_naming_and_unnaming(hall: TownHall, case_id: str) -> None:
    """A named member sees it the same moment, an unnamed one no more; somebody always stays."""
    name = hall.desk.handle
    name(NameMember(case_id, OTHER_COORDINATOR, True), COORDINATOR)
    assert sees(hall, case_id, OTHER_COORDINATOR)
    name(NameMember(case_id, OTHER_COORDINATOR, False), COORDINATOR)
    assert not sees(hall, case_id, OTHER_COORDINATOR)
    with pytest.raises(Refused) as refused:
        name(NameMember(case_id, COORDINATOR, False), COORDINATOR)
    assert refused.value.key == "name_members.nobody_left"


def test_who_has_left_is_not_named(hall: TownHall, case_id: str) -> None:
    """A named member is one who is here."""
    with pytest.raises(Invalid):
        hall.desk.handle(NameMember(case_id, "M59", True), COORDINATOR)


def test_passing_on_names_the_next_window(hall: TownHall, case_id: str) -> None:
    """The agency that is asked next can see what it is asked."""
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    assert sees(hall, case_id, DISABILITY)


def test_a_case_that_becomes_restricted_keeps_those_who_answer_for_it(hall: TownHall) -> None:
    """From that moment the rest do not see it; nobody who must act is shut out."""
    case_id = hall.open_case("A14")
    assert sees(hall, case_id, OTHER_COORDINATOR)
    hall.edit(case_id, danger="yes")
    assert sees(hall, case_id, COORDINATOR)
    assert sees(hall, case_id, ELDERLY)
    assert not sees(hall, case_id, OTHER_COORDINATOR)
    assert not sees(hall, case_id, "M27")


def test_the_digest_counts_it_and_does_not_show_it(hall: TownHall, case_id: str) -> None:
    """Neither number nor agency, in the digest of this moment and in one that was kept before it
    was restricted; the sums are those of all cases."""
    other = hall.open_case("A14")
    hall.clock.move(days=6)
    hall.keep_promises()
    first: Any = hall.desk.ask(GetDigest(), MANAGER).content
    assert [w["number"] for w in first["waiting"]] == ["R8-0002"]
    assert first["restricted"]["waiting"] == 1
    assert first["counts"]["waiting"] == 2
    (on,) = hall.desk.ask(GetDigest(), MANAGER).days[:1]
    assert "R8-0002" in str(hall.desk.ask(GetDigest(on), MANAGER).content)
    hall.edit(other, danger="yes")
    kept: Any = hall.desk.ask(GetDigest(on), MANAGER).content
    assert re.findall(r"R8-\d{4}", str(kept)) == []
    assert (kept["waiting"], kept["restricted"]["waiting"]) == ([], 2)


def test_a_meeting_on_it_names_those_who_come(hall: TownHall, case_id: str) -> None:
    """Chair, organiser and the windows of the agencies become named; their colleagues do not."""
    meeting_id = hall.convene(case_id, required=["A13", "A17"])
    named = set(hall.case(case_id).named_member_ids)
    assert {COORDINATOR, ELDERLY, CHAIR, DISABILITY} == named
    hall.swear(meeting_id, DISABILITY)
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), DISABILITY).number == "R8-0001"


def test_who_may_not_see_it_lets_nobody_in_by_an_invitation(hall: TownHall, case_id: str) -> None:
    """A coordinator who is not named cannot invite their way to the case: for them there is no such
    meeting, and where it has another case too, they let an agency hear that one alone."""
    meeting_id = hall.convene(case_id, by=COORDINATOR, required=("A13", "A14"))
    own_agency = "A01"
    with pytest.raises(NotFound) as why:
        hall.desk.handle(InviteAgency(meeting_id, own_agency, True), OTHER_COORDINATOR)
    assert why.value.key == "not_found.meeting"
    mixed = hall.convene(case_id, hall.open_case("A14"), required=("A13", "A14"), days_ahead=(25,))
    numbers = ("R8-0001", "R8-0002")
    hall.desk.handle(
        InviteAgency(mixed, own_agency, True, numbers, reason="母の相談を受けているため"),
        OTHER_COORDINATOR,
    )
    heard = {i.case_id: own_agency in i.agency_ids for i in hall.meeting(mixed).agenda}
    assert heard.pop(case_id) is False
    assert list(heard.values()) == [True]
    assert OTHER_COORDINATOR not in hall.case(case_id).named_member_ids
    hall.desk.handle(InviteAgency(meeting_id, "A17", True), COORDINATOR)
    assert DISABILITY in hall.case(case_id).named_member_ids


# -- named for hearing it at a sitting ------------------------------------------------------------


WINDOW = "M02"  # of A01, and a coordinator: as such they read any case that they are named on
NAME = "架橋 わたる"


def hears(hall: TownHall, meeting_id: str, case_id: str, **change: tuple[str, ...]) -> str:
    edit = HearingEdit(hall.case(case_id).number, **change)
    done = hall.desk.handle(ChooseWhoHears(meeting_id, (edit,)), COORDINATOR)
    return changed_words(load_texts(None), done)


@pytest.fixture
def heard(hall: TownHall, case_id: str) -> str:
    """A sitting to which A01 came for another case, and now hears the restricted one too."""
    other = hall.open_case("A14")
    both = ("A13", "A14")
    chosen = {other: (*both, "A01"), case_id: both}
    meeting_id = hall.convene(other, case_id, required=(*both, "A01"), hearing=chosen)
    assert not sees(hall, case_id, WINDOW)
    hears(hall, meeting_id, case_id, add=("A01",))
    assert sees(hall, case_id, WINDOW)
    return meeting_id


def test_who_was_named_for_hearing_it_is_so_no_longer_than_that(
    hall: TownHall, case_id: str, heard: str
) -> None:
    """A coordinator reads whatever they are named on: so the naming ends with the hearing."""
    said = hears(hall, heard, case_id, remove=("A01",))
    assert f"{NAME}、" in said
    assert "R8-0001を見られる担当者から外れました。" in said
    assert not sees(hall, case_id, WINDOW)
    kinds = [e.kind for e in hall.events(case_id) if e.facts.get("member") == WINDOW]
    assert kinds == ["member_named", "member_unnamed"]
    hears(hall, heard, case_id, add=("A01",))
    (done,) = (
        d for d in hall.desk.handle(UninviteAgency(heard, "A01"), COORDINATOR)
        if d.number == hall.case(case_id).number
    )  # fmt: skip
    assert NAME in done.unnamed
    assert not sees(hall, case_id, WINDOW)


def test_a_sitting_that_is_cancelled_leaves_nobody_named_for_it(
    hall: TownHall, case_id: str, heard: str
) -> None:
    hall.desk.handle(CancelMeeting(heard, "日程を決め直します。"), COORDINATOR)
    assert not sees(hall, case_id, WINDOW)
    assert COORDINATOR in hall.case(case_id).named_member_ids


@pytest.mark.parametrize("how", ["by hand", "referral", "another sitting"])
def test_who_is_named_for_something_else_too_stays(
    hall: TownHall, case_id: str, heard: str, how: str
) -> None:
    match how:
        case "by hand":
            hall.desk.handle(NameMember(case_id, WINDOW, True), COORDINATOR)
        case "referral":
            hall.refer(case_id, "A01")
        case _:
            hall.convene(case_id, required=("A13", "A01"), days_ahead=(25,))
    assert NAME not in hears(hall, heard, case_id, remove=("A01",))
    assert WINDOW in hall.case(case_id).named_member_ids
