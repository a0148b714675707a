"""What the person says after a merge holds in the case that ended, too: nobody goes on reading it
whom they shut out since, and nobody reads more."""

import pytest

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, LIVELIHOOD
from tests.support.town import TownHall
from tests.workflows.test_carry_over import merge, preview, reads
from workflows.cases.close_case import ReopenCase
from workflows.cases.preview_consent import PreviewConsent


@pytest.fixture
def merged(hall: TownHall) -> tuple[str, str]:
    """地域包括 and 自立相談 took part in the case that ended, 地域包括 reads the other one, too."""
    one = hall.open_case("A14", "A19", **consented("A14", "A19"))
    hall.reply(one, "A14", by=ELDERLY)
    hall.reply(one, "A19", by=LIVELIHOOD)
    other = hall.open_case("A17", **consented("A14", "A17"))
    merge(hall, one, other)
    return one, other


@pytest.mark.parametrize("word", ["no", "withdrawn"])
def test_a_refusal_shuts_out_of_the_merged_case_as_well(
    hall: TownHall, merged: tuple[str, str], word: str
) -> None:
    one, other = merged
    assert reads(hall, one, ELDERLY)
    hall.consent(other, consent=word, consent_on=None, consent_scope=None)
    assert not reads(hall, one, ELDERLY)
    assert not reads(hall, one, LIVELIHOOD)
    assert reads(hall, one, COORDINATOR)
    ended = [n.facts["number"] for n in hall.notices(ELDERLY, "part_ended")]
    assert "R8-0001" in ended
    assert {e.kind for e in hall.events(one)} >= {"consent_recorded"}
    assert hall.case(one).consent == word


def test_whom_the_new_answer_leaves_out_reads_it_no_more_and_the_others_do(
    hall: TownHall, merged: tuple[str, str]
) -> None:
    one, other = merged
    hall.consent(other, **{**consented("A14", "A17"), "consent_on": "令和8年11月20日"})
    hall.clock.move(days=1)
    hall.consent(other, **{**consented("A17", "A19"), "consent_on": "令和8年11月21日"})
    assert not reads(hall, one, ELDERLY)
    assert reads(hall, one, LIVELIHOOD)
    assert not reads(hall, one, DISABILITY)  # it had no part there, and gets none
    assert hall.case(one).scope == ("A19",)


def test_who_goes_on_by_a_ground_goes_on_there(hall: TownHall, merged: tuple[str, str]) -> None:
    one, other = merged
    ground = {f: UNCONSENTED[f] for f in ("unconsented_basis", "unconsented_reason")}
    hall.consent(other, goes_on=("A14",), consent="no", consent_on=None, consent_scope=None,
                 **ground)  # fmt: skip
    assert reads(hall, one, ELDERLY)
    assert not reads(hall, one, LIVELIHOOD)


def test_the_preview_of_a_consent_names_whom_it_shuts_out_of_a_merged_case(
    hall: TownHall, merged: tuple[str, str]
) -> None:
    _, other = merged
    found = hall.desk.ask(PreviewConsent(other, {"consent": "no"}), COORDINATOR)
    assert set(found.lose_merged) == {hall.agency_name("A14"), hall.agency_name("A19")}


def test_once_it_is_a_case_of_its_own_again_it_hears_nothing_of_the_other(
    hall: TownHall, merged: tuple[str, str]
) -> None:
    one, other = merged
    hall.desk.handle(ReopenCase(one, "別の方だったため。"), COORDINATOR)
    hall.consent(other, consent="no", consent_on=None, consent_scope=None)
    assert reads(hall, one, ELDERLY)


def test_a_newer_refusal_on_the_case_that_goes_on_holds_in_the_one_that_ends(
    hall: TownHall,
) -> None:
    """The person said no after this one had been agreed to: merging shows it, and it holds."""
    one = hall.open_case("A14", **consented("A14"))
    hall.reply(one, "A14", by=ELDERLY)
    hall.clock.move(days=1)
    other = hall.open_case("A17", consent="no")
    assert preview(hall, one, other).shut_out == (hall.agency_name("A14"),)
    merge(hall, one, other)
    assert not reads(hall, one, ELDERLY)
    assert hall.case(one).consent == "no"


def test_an_older_refusal_shuts_nobody_out(hall: TownHall) -> None:
    other = hall.open_case("A17", consent="no")
    hall.clock.move(days=1)
    one = hall.open_case("A14", **{**consented("A14"), "consent_on": "令和8年11月21日"})
    hall.reply(one, "A14", by=ELDERLY)
    assert preview(hall, one, other).shut_out == ()
    merge(hall, one, other)
    assert reads(hall, one, ELDERLY)


def test_it_reaches_a_case_that_was_merged_into_a_merged_one(hall: TownHall) -> None:
    first = hall.open_case("A14", **consented("A14"))
    hall.reply(first, "A14", by=ELDERLY)
    second, third = (hall.open_case("A17", **consented("A14", "A17")) for _ in range(2))
    merge(hall, first, second)
    merge(hall, second, third)
    hall.consent(third, consent="withdrawn", consent_scope=None)
    assert not reads(hall, first, ELDERLY)
