"""Whatever is said of who reads a case no more, and who goes on, is what the desk then does."""

import random
from contextlib import suppress

import pytest

from handlers.words.hearing_words import changed_words
from handlers.words.texts import load_texts
from tests.attack.kinds import Kind
from tests.attack.rounds import seeds
from tests.support.deeds import AGENCIES, DEEDS, Rolled, live_meeting, one_case, open_first_case
from tests.support.hands import consented
from tests.support.people import COORDINATOR, FARMING
from tests.support.town import TownHall
from workflows.cases.preview_consent import PreviewConsent
from workflows.cases.record_consent import FIELDS, RecordConsent
from workflows.cases.views import GetCase
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.forms import Raw
from workflows.meetings.attend import ConfirmSecrecy
from workflows.meetings.run import HearingOutcome, InviteAgency, UninviteAgency
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit

pytestmark = pytest.mark.attack(Kind.PLANTED)

TEXTS = load_texts(None)


def readers(hall: TownHall, case_id: str) -> set[str]:
    """Names of the agencies of which somebody is shown the content."""
    with hall.database.open() as unit:
        people = unit.directory.members()
        names = {a.id: a.name for a in unit.directory.agencies()}
    found = set()
    for member in people:
        with suppress(Refused):
            if hall.desk.ask(GetCase(case_id, CasePage.CASE), member.id).reads:
                found.add(names[member.agency_id])
    return found


def check(hall: TownHall, changes: tuple[HearingOutcome, ...]) -> None:
    words = changed_words(TEXTS, changes)
    with hall.database.open() as unit:
        ids = {c.number: unit.cases.id_of(c.number) for c in changes}
    for one in changes:
        read = readers(hall, ids[one.number] or "")
        go_on = {agency for agency, why in one.go_on if why.startswith("why.")}
        to_confirm = {agency for agency, why in one.go_on if not why.startswith("why.")}
        assert not read & set(one.shut), words
        assert go_on <= read, words
        assert not to_confirm & read, words
        for agency in one.shut:
            assert f"{agency}は、{one.number}の内容を読めなくなりました。" in words
        for agency in go_on:
            assert f"{agency}は、" in words
            assert f"{one.number}の内容を引き続き読めます" in words


def change_hearing(hall: TownHall, dice: random.Random) -> None:
    """Someone is taken off, or chosen, or invited, at a meeting of the walk."""
    meeting_id = live_meeting(hall, Rolled(dice))
    meeting = hall.meeting(meeting_id)
    item = dice.choice(meeting.agenda)
    number, agency = hall.case(item.case_id).number, dice.choice(["A13", *AGENCIES])
    match dice.choice(("add", "remove", "remove", "uninvite", "invite", "swear")):
        case "uninvite":
            check(hall, hall.desk.handle(UninviteAgency(meeting_id, agency), COORDINATOR))
        case "invite":
            hall.desk.handle(InviteAgency(meeting_id, agency, False, (number,)), COORDINATOR)
        case "swear":
            hall.desk.handle(ConfirmSecrecy(meeting_id), FARMING)
        case how:
            one = HearingEdit(number, **{how: (agency,)})
            check(hall, hall.desk.handle(ChooseWhoHears(meeting_id, (one,)), COORDINATOR))


def change_consent(hall: TownHall, dice: random.Random) -> None:
    """What the preview of a consent says is what recording it then does."""
    case_id = one_case(hall, Rolled(dice))
    agreed = consented("A13", *dice.sample(AGENCIES, 2))
    withdrawn = {"consent": "withdrawn", "consent_on": "", "consent_scope": []}
    fields = dice.choice((agreed, withdrawn))
    raw: Raw = {f: fields.get(f) or "" for f in FIELDS}
    effects = hall.desk.ask(PreviewConsent(case_id, raw), COORDINATOR)
    before = readers(hall, case_id)
    hall.desk.handle(RecordConsent(case_id, hall.case(case_id).sheet_version, raw), COORDINATOR)
    after = readers(hall, case_id)
    assert set(effects.lose).isdisjoint(after)
    assert set(effects.after_confirming).isdisjoint(after)
    assert before - after == (set(effects.lose) | set(effects.after_confirming)) & before
    assert after - before == set(effects.gain)


@pytest.mark.parametrize("seed", seeds(6))
def test_what_is_said_of_who_reads_is_what_the_table_does(hall: TownHall, seed: int) -> None:
    dice = random.Random(seed)
    open_first_case(hall)
    for _ in range(20):
        with suppress(Refused, IndexError):
            dice.choice(DEEDS)(hall, Rolled(dice))
        with suppress(Refused, IndexError):
            dice.choice((change_hearing, change_hearing, change_consent))(hall, dice)
