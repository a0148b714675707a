"""Footings do not mix (docs/rules.md 6): what a meeting said and decided of a case is read by who
may read its record, and by who answers for the person.

One case with a sitting on every basis on which people are talked about. Each has its own agency and
a word of its own in everything that a meeting writes: record, decisions, roles and what became of
them, what was missing, preparation, the reason of telling. Readers of every other footing ask every
question there is and open the pages of the case.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, cast

import pytest

import workflows.registry
from tests.attack.kinds import Kind
from tests.handlers.test_planted_pages import LEFT_OUT
from tests.support.hands import consented
from tests.support.messages import made
from tests.support.people import CHAIR, COORDINATOR, DISABILITY, ELDERLY
from tests.support.town import FORMS, TownHall, TownMould
from tests.support.web import Seat, filled, web_app
from workflows.cases.merge_cases import MergeCases
from workflows.cases.roles import TickRole
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.views import GetCase
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.core.messages import Query
from workflows.core.permissions import RULES
from workflows.forms import FieldType
from workflows.japanese.dates import show_date
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.record_views import WriteRecord
from workflows.model.legal_basis import ENTRIES, BasisCondition, LegalBasis

pytestmark = pytest.mark.attack(Kind.PLANTED)

# One agency, by whom it answers, for each basis on which somebody is talked about.
AGENCIES = (("A14", "M26"), ("A17", "M30"), ("A19", "M32"), ("A20", "M33"), ("A21", "M34"),
            ("A22", "M35"), ("A23", "M36"))  # fmt: skip
BASES = [b for b in LegalBasis if ENTRIES[b].footing is not BasisCondition.NO_CONTENT]
assert len(AGENCIES) == len(BASES), f"AGENCIES: one for each basis; these are {', '.join(BASES)}"
WAITS, ACCEPTED, COMES, RUNS = "M37", "M38", "M39", "M10"  # A24, A25, A26, and who chairs the next
GIVEN = "M40"  # A27: was at no sitting, and has a role of the 支援会議
WORD = re.compile(r"語[a-z0-9_]+末")
CONTENT = [f.id for f in FORMS.form("record").fields if f.type in (FieldType.TEXT, FieldType.LONG)]
PREPARED = [
    f.id for f in FORMS.form("preparation").fields if f.type in (FieldType.TEXT, FieldType.LONG)
]


@dataclass
class Sittings:
    """`meetings`: basis to the meeting's id; `live` is one to come."""

    hall: TownHall
    case_id: str = ""
    meetings: dict[str, str] = field(default_factory=dict)
    live: str = ""

    def hold(self, basis: LegalBasis, agency_id: str, member_id: str) -> None:
        hall = self.hall
        meeting_id = hall.convene(
            self.case_id,
            required=("A13", agency_id),
            bases=(basis,),
            days_ahead=(10,),
            chair=CHAIR,
            basis_reason=word(basis, "why"),
        )
        self.meetings[basis] = meeting_id
        hall.swear(meeting_id, member_id, COORDINATOR, CHAIR)
        number = hall.case(self.case_id).number
        prepared = {name: word(basis, "prepared") for name in PREPARED}
        hall.desk.handle(SavePreparation(meeting_id, number, prepared), member_id)
        hall.fix(meeting_id)
        hall.clock.move(days=11)
        roles = [{"agency": agency_id, "task": word(basis, "task")}]
        if basis == "act_106_6":
            roles.append({"agency": "A27", "task": word(basis, "given")})
        said: dict[str, Any] = {name: word(basis, "said") for name in CONTENT}
        hall.save_record(
            meeting_id,
            decisions=[{"text": word(basis, "decided")}],
            roles=roles,
            closure_judgement="closed",
            **said,
        )
        hall.confirm_record(meeting_id)
        case = hall.case(self.case_id)
        done = next(r for r in case.roles if r.agency_id == agency_id)
        hall.desk.handle(TickRole(self.case_id, done.id, word(basis, "outcome")), member_id)
        judged = next(j for j in case.judgements if j.waits)
        reason = word(basis, "aside")
        hall.desk.handle(SetAsideJudgement(self.case_id, judged.id, reason), COORDINATOR)


def word(basis: str, what: str) -> str:
    return f"語{basis}末{what}"


@pytest.fixture(scope="module")
def sittings(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sittings]:
    hall = mould.copy(tmp_path_factory.mktemp("footings"))
    found = Sittings(hall)
    agreed = [agency for agency, _ in AGENCIES]
    found.case_id = hall.open_case("A25", by=COORDINATOR, **consented(*agreed, "A24", "A25"))
    hall.reply(found.case_id, "A25", by=ACCEPTED)
    for basis, (agency_id, member_id) in zip(BASES, AGENCIES, strict=True):
        found.hold(basis, agency_id, member_id)
    hall.refer(found.case_id, "A24")
    found.live = hall.convene(
        found.case_id, required=("A13", "A26"), bases=("child_protection",), chair=RUNS,
        days_ahead=(10,), basis_reason="次を決めるため。",
    )  # fmt: skip
    hall.swear(found.live, COMES, RUNS, COORDINATOR)
    yield found
    hall.database.close()


def read_by(member_id: str) -> set[str]:
    """The bases on which this member's agency was, or all of who answers for the person."""
    if member_id == COORDINATOR:
        return {str(b) for b in BASES}
    return {str(b) for b, (_, m) in zip(BASES, AGENCIES, strict=True) if m == member_id}


READERS = (WAITS, ACCEPTED, COMES, RUNS, GIVEN, *(m for _, m in AGENCIES), COORDINATOR)


def words_in(text: str) -> set[str]:
    """The bases whose words stand in a text; of the role that A27 has, it reads its own."""
    own = text.replace(word(LegalBasis("act_106_6"), "given"), "")
    return {found[1:-1] for found in WORD.findall(own)}


def questions(sittings: Sittings) -> Iterator[Query[Any]]:
    """Every question about a case or a meeting; the case's own on each of its pages."""
    number = sittings.hall.case(sittings.case_id).number
    about = {"case_id": sittings.case_id, "number": number, "case_number": number,
             "case_numbers": (number,), "kept_id": sittings.case_id}  # fmt: skip
    for page in CasePage:
        yield GetCase(sittings.case_id, page)
    for kind in sorted(workflows.registry.REGISTRY, key=lambda kind: kind.__name__):
        if not issubclass(kind, Query) or RULES[workflows.registry.REGISTRY[kind].action].anyone_of[
            0
        ] in ("clock", "console", "door"):
            continue
        names = {f.name for f in fields(cast(Any, kind))}
        if "meeting_id" in names:
            for meeting_id in (*sittings.meetings.values(), sittings.live):
                yield made(kind, meeting_id=meeting_id, **about)
        elif names & about.keys():
            yield made(kind, **about)


def test_every_basis_that_talks_of_people_is_held_and_every_part_written(
    sittings: Sittings,
) -> None:
    """Else finding nothing says nothing: who answers for the person reads each word, and who was
    at a sitting reads its record."""
    ask, case_id = sittings.hall.desk.ask, sittings.case_id
    seen = repr(ask(GetCase(case_id, CasePage.CASE), COORDINATOR))
    for basis in BASES:
        for what in ("task", "outcome", "aside", "said"):
            assert word(basis, what) in seen, (basis, what)
    for basis, (_, member_id) in zip(BASES, AGENCIES, strict=True):
        assert word(basis, "task") in repr(ask(GetCase(case_id, CasePage.CASE), member_id))
    assert word(LegalBasis("act_106_6"), "given") in repr(
        ask(GetCase(case_id, CasePage.CASE), GIVEN)
    )


def test_no_answer_says_what_was_decided_on_a_footing_of_others(sittings: Sittings) -> None:
    """Nor what was judged, by whom a role was ended and how, why somebody was told."""
    found: dict[tuple[str, str], set[str]] = {}
    for question in questions(sittings):
        for who in READERS:
            try:
                answer = sittings.hall.desk.ask(question, who)
            except Refused as refused:
                answer = (refused.facts, getattr(refused, "errors", ()))
            if more := words_in(repr(answer)) - read_by(who):
                found[who, type(question).__name__] = more
    assert found == {}


def test_no_judgement_is_said_to_who_was_not_there(sittings: Sittings) -> None:
    for who in (WAITS, ACCEPTED, COMES, RUNS, GIVEN):
        seen = sittings.hall.desk.ask(GetCase(sittings.case_id, CasePage.CASE), who)
        assert seen.reads, who
        assert {j.what for j in seen.judgements} == {""}, who
        assert seen.missing_resources == (), who


def test_no_page_or_print_of_the_case_says_it(sittings: Sittings) -> None:
    """Those of a waiting referral, of who comes to the next meeting and of one of the earlier."""
    hall, found = sittings.hall, {}
    app, case = web_app(hall), hall.case(sittings.case_id)
    ids = {
        "number": [case.number],
        "case_id": [case.id],
        "meeting_id": [sittings.live, sittings.meetings[BASES[0]], sittings.meetings[BASES[-1]]],
        "referral_id": [r.id for r in case.referrals],
        "role_id": [r.id for r in case.roles][:2],
        "judgement_id": [j.id for j in case.judgements][:2],
        "follow_up_id": [f.id for f in case.follow_ups][:1],
        "agency_id": ["A24", "A14"],
        "version": ["1"],
    }
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(LEFT_OUT):
            continue
        for address in filled(rule.rule, rule.arguments, ids):
            for who in (WAITS, COMES, AGENCIES[0][1]):
                text = html.unescape(Seat(app, who).get(address).text)
                if more := words_in(text) - read_by(who):
                    found[who, address] = more
    assert found == {}


def test_what_came_by_a_merge_is_read_as_it_was_where_it_was_decided(hall: TownHall) -> None:
    """Who answers for the case that goes on, and was only asked in the one that ended, reads no
    more of its meetings there; who was at the meeting does."""
    one = hall.open_case("A14", "A17", **consented("A14", "A17"))
    other = hall.open_case("A14", by=DISABILITY, **consented("A14", "A17"))
    meeting_id = hall.convene(one, required=("A13", "A14"), days_ahead=(10,))
    hall.fix(meeting_id)
    hall.clock.move(days=11)
    task = "火曜に弁当を届ける。"
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": task}])
    hall.confirm_record(meeting_id)
    hall.desk.handle(MergeCases(one, hall.case(other).number), COORDINATOR)
    told = {
        who: [r.task for r in hall.desk.ask(GetCase(other, CasePage.CASE), who).roles]
        for who in (DISABILITY, ELDERLY, COORDINATOR)
    }
    assert told == {DISABILITY: [""], ELDERLY: [task], COORDINATOR: [task]}


def test_beside_a_record_stand_the_open_roles_of_its_own_footing_alone(hall: TownHall) -> None:
    """Also for who reads both: what a 要対協 decided is not before who writes for another."""
    case_id = hall.open_case("A14")
    found = []
    for basis in ("child_protection", "act_106_6", "act_106_6"):
        meeting_id = hall.convene(
            case_id, required=("A13", "A14"), bases=(basis,), days_ahead=(10,)
        )
        hall.fix(meeting_id)
        hall.swear(meeting_id, COORDINATOR)
        hall.clock.move(days=11)
        seen = hall.desk.ask(WriteRecord(meeting_id, drawn=True), COORDINATOR).cases[0]
        found.append([r.task for r in seen.open_roles])
        due = show_date(hall.in_days(90).date())
        hall.save_record(
            meeting_id,
            roles=[{"agency": "A14", "task": f"{basis}の役割。", "due_on": due}],
        )
        hall.confirm_record(meeting_id)
    assert found == [[], [], ["act_106_6の役割。"]]
