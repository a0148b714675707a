"""惜しいケース and 足りなかった社会資源 stand on the case and on the coordinators' weekly list."""

import pytest

from tests.support.hands import consented
from tests.support.people import CHAIR, COORDINATOR, ELDERLY, MANAGER, OTHER_COORDINATOR
from tests.support.town import TownHall
from tests.workflows.test_judgements import recorded
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed
from workflows.core.looks import CasePage
from workflows.digest.look import GetDigest
from workflows.digest.look_back import GetLookBack
from workflows.model.promise import PromiseKind

LACK = "夜に来てくれる見守り"


def listed(hall: TownHall, by: str = COORDINATOR) -> dict[str, tuple[bool, int]]:
    lines = hall.desk.ask(GetLookBack(), by)
    return {line.number: (line.near_miss, len(line.missing_on)) for line in lines}


@pytest.fixture
def lacking(hall: TownHall) -> str:
    case_id = hall.open_case("A14", **consented("A13", "A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    recorded(hall, case_id, missing_resources=LACK)
    return case_id


def test_what_was_missing_stands_on_the_case_and_on_the_list(hall: TownHall, lacking: str) -> None:
    """Its words on the case, for who may read it; the list names the case alone."""
    number = hall.case(lacking).number
    assert listed(hall) == {number: (False, 1)}
    assert LACK not in str(hall.desk.ask(GetLookBack(), COORDINATOR))
    seen = hall.desk.ask(GetCase(lacking, CasePage.CASE), ELDERLY)
    assert [m.text for m in seen.missing_resources] == [LACK]
    for who in (MANAGER, CHAIR):
        with pytest.raises(NotAllowed):
            hall.desk.ask(GetLookBack(), who)


def test_a_near_miss_stands_on_the_list_until_a_year_after_the_case(hall: TownHall) -> None:
    case_id = hall.open_case("A14", tags=["near_miss", "8050"])
    hall.open_case("A14", tags=["8050"])
    assert listed(hall) == {hall.case(case_id).number: (True, 0)}
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.close(case_id)
    assert listed(hall) == {hall.case(case_id).number: (True, 0)}
    hall.clock.move(days=366)
    assert listed(hall) == {}


def test_a_restricted_case_is_listed_for_the_named_alone(hall: TownHall) -> None:
    """docs/rules.md 7: the others do not even see its number."""
    case_id = hall.open_case("A14", tags=["near_miss"], danger="yes")
    named = hall.case(case_id).named_member_ids
    assert COORDINATOR in named
    assert OTHER_COORDINATOR not in named
    assert listed(hall) == {hall.case(case_id).number: (True, 0)}
    assert listed(hall, OTHER_COORDINATOR) == {}


def test_managers_and_chats_get_numbers_alone(hall: TownHall, lacking: str) -> None:
    """Once a week the coordinators are told how many; the digest counts; no case is named."""
    hall.open_case("A14", tags=["near_miss"])
    content = hall.desk.ask(GetDigest(), MANAGER).content
    assert content["look_back"] == {"near_miss": 1, "missing": 1, "missing_new": 1}
    (promise,) = hall.promises(None, PromiseKind.DIGEST)
    hall.clock.set(promise.due_at)
    hall.keep_promises()
    told = hall.notices(key="look_back")
    assert COORDINATOR in {n.member_id for n in told}
    assert MANAGER not in {n.member_id for n in told}
    assert (told[0].facts["near_miss"], told[0].facts["missing"]) == (1, 1)
    assert hall.case(lacking).number not in str(told)
    assert LACK not in str(told)


def test_a_town_without_any_is_told_nothing(hall: TownHall) -> None:
    (promise,) = hall.promises(None, PromiseKind.DIGEST)
    hall.clock.set(promise.due_at)
    hall.keep_promises()
    assert hall.notices(key="weekly_digest")
    assert hall.notices(key="look_back") == []


@pytest.mark.parametrize("consent", [True, False])
def test_a_plan_for_a_person_without_consent_is_announced_as_such(
    hall: TownHall, *, consent: bool
) -> None:
    """The agencies with a part in it are told, each whether consent covers it."""
    case_id = hall.open_case("A14", **(consented("A14") if consent else {}))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    parts = [{"agency": a, "content": "訪問する。"} for a in ("A14", "A17")]
    hall.plan(case_id, parts=parts)
    told = {n.member_id: n.facts for n in hall.notices(key="plan_saved")}
    assert {f["consented"] for f in told.values()} == {consent}
    assert told[ELDERLY]["covered"] is consent
    assert {f["covered"] for m, f in told.items() if m != ELDERLY} == {False}
