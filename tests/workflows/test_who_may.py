"""Every command and query tried by everybody: what the desk does is what the table says.

Generated from REGISTRY and RULES. How each person stands to each subject is written down here by
hand (STANDS), so that a mistake in working standings out shows as well as one at the gate.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

import workflows.registry
from handlers.words.labels import load_labels
from tests.attack.kinds import Kind
from tests.support.hands import consented
from tests.support.messages import made
from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    HAS_LEFT,
    MANAGER,
    NOT_YET_HERE,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import FORMS, TownHall, TownMould, holiday_name
from workflows.cases.name_members import NameMember
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import RULES, Action, Caller, Standing, decide
from workflows.core.ports import UnitOfWork
from workflows.desk import Desk
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.preparation import GetPreparations, SavePreparation
from workflows.meetings.record import TakeOverWriting
from workflows.meetings.record_views import GetRecord

pytestmark = pytest.mark.attack(Kind.ACCESS)

KINDS = sorted(workflows.registry.REGISTRY, key=lambda kind: kind.__name__)
LABELS = load_labels()
NOT_CARRIED_OUT = {"GetChangeWords"}  # puts into words what the asker hands over, nothing else
S = Standing

WRITER, WRITERS_MANAGER = "M24", "M25"  # A13
REFERRED, COLLEAGUE = "M26", "M27"  # A14; the colleague is named on no case
ACCEPTED, LEAD, ROLE = "M30", "M32", "M33"  # A17, A19, A20
CONFIRMED_SECRECY, NOT_CONFIRMED_SECRECY = "M34", "M35"  # A21, A22 attend the 支援会議
SWORN_TOO, RECORD_WRITER = "M17", "M18"  # A10
CONSENTED, DROPPED = "M36", "M37"  # A23 and A24 were invited to the 重層的支援会議
ORGANISER, CHAIR = "M03", "M10"
NOBODY = (HAS_LEFT[0], NOT_YET_HERE[0], "M999")  # one who has left, one to come, one never heard of
FOR_ANOTHER = "M40"  # A27 attends the 支援会議 too, for one of its cases alone
CAME_ONCE, WAS_TO_COME = "M38", "M39"  # A25 at the one recorded, A26 at the one cancelled

TOWN: Mapping[str | Caller, set[Standing]] = {
    **{m: {S.MEMBER} for m in (OUTSIDER, WRITER, REFERRED, COLLEAGUE, ACCEPTED, LEAD, ROLE)},
    **{
        m: {S.MEMBER}
        for m in (CONFIRMED_SECRECY, NOT_CONFIRMED_SECRECY, SWORN_TOO, CONSENTED, DROPPED)
    },
    **{m: {S.MEMBER} for m in (CAME_ONCE, WAS_TO_COME, FOR_ANOTHER)},
    **{m: {S.MEMBER, S.CLERK} for m in (CLERK, RECORD_WRITER)},
    **{m: {S.MEMBER, S.CHAIR} for m in (ORGANISER, CHAIR)},
    **{m: {S.MEMBER, S.MANAGER} for m in (MANAGER, WRITERS_MANAGER)},
    COORDINATOR: {S.MEMBER, S.COORDINATOR},
    OTHER_COORDINATOR: {S.MEMBER, S.COORDINATOR},  # of an agency with no part
    ADMINISTRATOR: {S.MEMBER, S.ADMINISTRATOR},
    Caller.CLOCK: {S.CLOCK},
    Caller.CONSOLE: {S.CONSOLE},
    Caller.DOOR: {S.DOOR},
    **{m: set() for m in NOBODY},
}
COMES = {S.INVITED_AGENCY, S.ATTENDEE}
_TEAM: dict[str, set[Standing]] = {
    WRITER: {S.WRITER_AGENCY, S.COVERED},
    WRITERS_MANAGER: {S.WRITER_AGENCY, S.COVERED},
    COORDINATOR: {S.WRITER_AGENCY, S.COVERED},
    REFERRED: {S.REFERRED_AGENCY},
    COLLEAGUE: {S.REFERRED_AGENCY},
    ACCEPTED: {S.ACCEPTED_AGENCY},
    LEAD: {S.ACCEPTED_AGENCY, S.LEAD_AGENCY},
}
_AT_LIVE: dict[str, set[Standing]] = {
    CONFIRMED_SECRECY: {S.ATTENDEE, S.SECRECY_CONFIRMED},
    NOT_CONFIRMED_SECRECY: {S.ATTENDEE, S.SECRECY_UNCONFIRMED},
    SWORN_TOO: {S.ATTENDEE, S.SECRECY_CONFIRMED},
    RECORD_WRITER: {S.ATTENDEE, S.SECRECY_UNCONFIRMED},
    ORGANISER: {S.ATTENDEE, S.SECRECY_CONFIRMED},
    CHAIR: {S.ATTENDEE, S.SECRECY_UNCONFIRMED},
}
# Subject, then person, to how they stand to it beside their roles in town.
STANDS: Mapping[str, Mapping[str, set[Standing]]] = {
    # With consent in force for A14, A17, A19, A20 and A23.
    "shared": {
        **_TEAM,
        **_AT_LIVE,
        **{m: _TEAM[m] | {S.COVERED} for m in (REFERRED, COLLEAGUE, ACCEPTED, LEAD)},
        ROLE: {S.ROLE_AGENCY, S.COVERED},
        CONSENTED: {S.ATTENDEE, S.SECRECY_CONFIRMED, S.COVERED},
        COORDINATOR: _TEAM[COORDINATOR] | {S.ATTENDEE, S.SECRECY_CONFIRMED},
    },
    # The same team; the person took the consent back, and no ground was stated: the parts of the
    # others count no more. A 支援会議 was called on it since.
    "withdrawn": {
        **{m: _TEAM[m] for m in (WRITER, WRITERS_MANAGER, COORDINATOR)},
        **_AT_LIVE,
        FOR_ANOTHER: {S.ATTENDEE, S.SECRECY_CONFIRMED},
    },
    # Shared on a recorded basis, restricted: the contacts are named, and who runs its meeting.
    "restricted": {
        **{m: {S.COVERED} for m in TOWN if m not in (*Caller, *NOBODY)},
        **{m: found | {S.COVERED} for m, found in {**_TEAM, **_AT_LIVE}.items()},
        **{
            m: {*{**_TEAM, **_AT_LIVE}[m], S.COVERED, S.NAMED}
            for m in (
                WRITER,
                REFERRED,
                ACCEPTED,
                LEAD,
                CONFIRMED_SECRECY,
                NOT_CONFIRMED_SECRECY,
                SWORN_TOO,
                ORGANISER,
                CHAIR,
            )
        },
    },
    "live": {
        CONFIRMED_SECRECY: COMES | {S.SECRECY_CONFIRMED},
        NOT_CONFIRMED_SECRECY: COMES | {S.SECRECY_UNCONFIRMED},
        SWORN_TOO: COMES | {S.SECRECY_CONFIRMED},
        # That it is chosen for one of the cases alone is asked case by case.
        FOR_ANOTHER: COMES | {S.SECRECY_CONFIRMED},
        RECORD_WRITER: COMES | {S.RECORD_WRITER, S.SECRECY_UNCONFIRMED},
        ORGANISER: {S.ORGANISER, S.ATTENDEE, S.SECRECY_CONFIRMED},
        CHAIR: {S.MEETING_CHAIR, S.ATTENDEE, S.SECRECY_UNCONFIRMED},
    },
    "consented": {
        CONSENTED: COMES | {S.SECRECY_CONFIRMED},
        # Invited for another case; that they do not hear this one is asked case by case.
        DROPPED: COMES | {S.SECRECY_CONFIRMED},
        COORDINATOR: {S.ORGANISER, S.ATTENDEE, S.SECRECY_CONFIRMED},
        CHAIR: {S.MEETING_CHAIR, S.ATTENDEE, S.SECRECY_CONFIRMED},
    },
    "recorded": {
        WRITER: COMES | {S.SECRECY_UNCONFIRMED},
        WRITERS_MANAGER: COMES | {S.SECRECY_UNCONFIRMED},
        ROLE: COMES | {S.SECRECY_CONFIRMED},
        CAME_ONCE: COMES | {S.SECRECY_CONFIRMED},
        COORDINATOR: COMES | {S.ORGANISER, S.RECORD_WRITER, S.SECRECY_CONFIRMED},
        ORGANISER: {S.MEETING_CHAIR, S.ATTENDEE, S.SECRECY_CONFIRMED},
    },
    "cancelled": {
        WAS_TO_COME: {S.INVITED_AGENCY},
        WRITER: {S.INVITED_AGENCY},
        WRITERS_MANAGER: {S.INVITED_AGENCY},
        COORDINATOR: {S.INVITED_AGENCY, S.ORGANISER},
        ORGANISER: {S.MEETING_CHAIR},
    },
}
CASES = ("shared", "withdrawn", "restricted")
MEETINGS = ("live", "consented", "recorded", "cancelled")
# Words planted in each subject, and the action without which nobody reads them.
SAID = {name: f"{name}のひみつ" for name in STANDS}


@dataclass(frozen=True)
class Scene:
    """The ids of the subjects, and a desk at which nothing that is done is kept."""

    hall: TownHall
    ids: Mapping[str, str]
    desk: Desk
    numbers: Mapping[str, str]  # of the cases

    def message(self, kind: type[Any], subject: str) -> Any:
        case, meeting = self.of(subject)
        return made(
            kind,
            case_id=self.ids[case],
            meeting_id=self.ids[meeting],
            number=self.numbers[case],
            case_number=self.numbers[case],
            case_numbers=tuple(self.numbers.values()),
            labels=LABELS,
        )

    def of(self, subject: str) -> tuple[str, str]:
        """A case and a meeting on it, one of which is the subject."""
        return ("shared", subject) if subject in MEETINGS else (subject or "shared", "live")


def _build(hall: TownHall) -> dict[str, str]:
    """Three cases of one team, and four meetings on them."""
    agreed = ("A14", "A17", "A19", "A20", "A23")
    ids: dict[str, str] = {}
    for name, consent in (
        ("shared", consented(*agreed, "A24")),
        ("withdrawn", consented(*agreed, "A24")),
        ("restricted", {"danger": "yes"}),
    ):
        said = {"summary": SAID[name], **consent}
        ids[name] = case_id = hall.open_case("A14", "A17", "A19", by=WRITER, **said)
        hall.reply(case_id, "A17", by=ACCEPTED)
        hall.reply(case_id, "A19", by=LEAD, lead="yes")
    shared, withdrawn, restricted = ids.values()
    another = hall.open_case("A24", by=WRITER, **consented("A24"))
    ids["consented"] = hall.convene(
        *(shared, another),
        bases=["multi_layered"],
        chair=CHAIR,
        required=("A23", "A24"),
        hearing={shared: ("A23", "A24"), another: ("A24",)},
    )
    prepare(hall, ids, "consented", CONSENTED)
    hall.edit(shared, by=WRITER, consent_scope=list(agreed))
    hall.edit(withdrawn, by=WRITER, consent="withdrawn", consent_on="", consent_scope=[])
    _past_meetings(hall, ids)
    hall.desk.handle(NameMember(restricted, ORGANISER, True), WRITER)
    ids["live"] = hall.convene(
        *(shared, withdrawn, restricted),
        by=ORGANISER,
        chair=CHAIR,
        required=("A21", "A22", "A10", "A27"),
        hearing={
            shared: ("A21", "A22", "A10"),
            withdrawn: ("A21", "A22", "A10", "A27"),
            restricted: ("A21", "A22", "A10"),
        },
    )
    for case_id in (shared, withdrawn, restricted):  # whoever convened did not read them
        hall.agree_to_agenda_request(case_id, by=WRITER)
    hall.swear(ids["live"], CONFIRMED_SECRECY, SWORN_TOO, FOR_ANOTHER)
    hall.desk.handle(TakeOverWriting(ids["live"], RECORD_WRITER), ORGANISER)
    prepare(hall, ids, "live", CONFIRMED_SECRECY)
    return ids


def _past_meetings(hall: TownHall, ids: dict[str, str]) -> None:
    """One was held, recorded and gave A20 a role; one was prepared and cancelled."""
    for name, agencies in (("recorded", ("A13", "A20", "A25")), ("cancelled", ("A13", "A26"))):
        ids[name] = hall.convene(
            ids["shared"], chair=ORGANISER, required=agencies, days_ahead=(10,)
        )
    hall.swear(ids["recorded"], ROLE, CAME_ONCE)
    hall.swear(ids["cancelled"], WAS_TO_COME, ORGANISER)
    prepare(hall, ids, "recorded", ROLE)
    prepare(hall, ids, "cancelled", WAS_TO_COME)
    hall.desk.handle(CancelMeeting(ids["cancelled"], "大雪のため"), COORDINATOR)
    hall.fix(ids["recorded"])
    hall.clock.move(days=11)
    task = {"agency": "A20", "task": "週に一度訪ねる。"}
    hall.save_record(ids["recorded"], roles=[task], issues=SAID["recorded"])
    hall.confirm_record(ids["recorded"], by=ORGANISER)


def prepare(hall: TownHall, ids: dict[str, str], name: str, by: str) -> None:
    number = hall.case(ids["shared"]).number
    hall.desk.handle(SavePreparation(ids[name], number, {"household_view": SAID[name]}), by)


@pytest.fixture(scope="module")
def scene(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    hall = mould.copy(tmp_path_factory.mktemp("who_may"))
    ids = _build(hall)

    @contextmanager
    def rehearsed() -> Iterator[UnitOfWork]:
        with hall.database.open() as unit:
            yield unit
            unit.committed = False

    numbers = {name: hall.case(ids[name]).number for name in CASES}
    yield Scene(hall, ids, Desk(rehearsed, hall.clock, FORMS, holiday_name), numbers)
    hall.database.close()


# -- what the table says of them ------------------------------------------------------------------


def stands(person: str | Caller, subject: str = "") -> set[Standing]:
    beside = STANDS[subject].get(person, set()) if subject else set()
    return TOWN[person] | beside


def asked_of(kind: type[Any]) -> tuple[str, ...]:
    """The subjects on which this message is tried; "" for one that names none."""
    named = {f.name for f in fields(kind)}
    if "meeting_id" in named:
        return MEETINGS
    return CASES if "case_id" in named else ("",)


def expected(kind: type[Any], person: str | Caller, subject: str) -> str:
    """`why.…` when the desk lets them in, else the key of its refusal."""
    if person in NOBODY:
        return "denied.not_active"
    action = workflows.registry.REGISTRY[kind].action
    restricted = subject == "restricted"
    asks_to_be_named = restricted and not RULES[action].unnamed
    decision = decide(action, stands(person, subject), restricted=asks_to_be_named)
    if decision.allowed or not subject:
        return decision.reason
    sees = Action.SEE_CASE if subject in CASES else Action.SEE_MEETING
    if not decide(sees, stands(person, subject), restricted=restricted).allowed:
        return "not_found.case" if subject in CASES else "not_found.meeting"
    return decision.reason


def reads(person: str | Caller, subject: str) -> bool:
    """Whether they may read what was planted there."""
    if subject == "consented" and person in (DROPPED, CHAIR):
        return False  # consent covers their agencies for none of its cases
    if subject == "live" and person == FOR_ANOTHER:
        return False  # what is planted there was said of another case
    action = Action.READ_CASE if subject in CASES else Action.READ_RECORD
    return decide(action, stands(person, subject), restricted=subject == "restricted").allowed


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_the_desk_lets_in_exactly_whom_the_table_lets_in(
    scene: Scene, kind: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For everybody and every subject: allowed with this reason, or refused with that one."""
    registered = workflows.registry.REGISTRY[kind]
    monkeypatch.setitem(
        workflows.registry.REGISTRY, kind, replace(registered, run=lambda _, work: work.basis)
    )
    wrong = {}
    for subject in asked_of(kind):
        for person in TOWN:
            try:
                answer = scene.desk.handle(scene.message(kind, subject), person)
            except (NotAllowed, NotFound) as refused:
                answer = refused.key
            if answer != expected(kind, person, subject):
                wrong[subject, str(person)] = (answer, expected(kind, person, subject))
    assert wrong == {}


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k.__name__ not in NOT_CARRIED_OUT], ids=lambda k: k.__name__
)
def test_whatever_is_asked_shows_nobody_what_they_may_not_read(
    scene: Scene, kind: type[Any]
) -> None:
    """Really carried out: an answer or a refusal in words, never a crash; and no foreign word."""
    shown = set()
    for subject in asked_of(kind):
        for person in TOWN:
            try:
                answer = scene.desk.handle(scene.message(kind, subject), person)
            except Refused as refused:
                answer = (refused.key, refused.facts, getattr(refused, "errors", ()))
            told = repr(answer)
            shown |= {(str(person), n) for n, said in SAID.items() if said in told}
    names = {str(p): p for p in TOWN}
    assert {(p, n) for p, n in shown if not reads(names[p], n)} == set()


def test_what_was_planted_is_there_to_be_found(scene: Scene) -> None:
    """The test before this one can fail: those who may read each word are shown it."""
    ask, ids = scene.desk.ask, scene.ids
    number = scene.numbers["shared"]
    for name in CASES:
        assert SAID[name] in repr(ask(GetCase(ids[name], CasePage.CASE), WRITER))
    assert SAID["recorded"] in repr(ask(GetRecord(ids["recorded"]), CAME_ONCE))
    for name, reader in (("live", CONFIRMED_SECRECY), ("consented", CONSENTED), ("recorded", ROLE)):
        assert SAID[name] in repr(ask(GetPreparations(ids[name], number), reader))


def test_the_cast_covers_every_standing() -> None:
    """A standing that nobody here has would be one that nothing is tried with."""
    found = {s for found in TOWN.values() for s in found}
    found |= {s for people in STANDS.values() for one in people.values() for s in one}
    assert found == set(Standing)


def test_every_person_of_the_cast_stands_somewhere() -> None:
    """STANDS speaks of people of the cast alone; a review once tried 27 callers."""
    assert {p for people in STANDS.values() for p in people} <= set(TOWN)
    assert len(TOWN) >= 27
