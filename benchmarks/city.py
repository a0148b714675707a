"""A city of 3.7 million, written by the storage layer in batches: its directory, cases, meetings.

Each document is a copy of one that the desk itself has made, with an id, a number, agencies and
times of its own; lines, search keys, promises and tags are made by the code that always makes
them. BENCH_CASES says how many cases; a tenth of them is open [ours], the rest was closed.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table, insert

from benchmarks.places import Place
from storage.database import SqlUnitOfWork
from storage.documents import from_text, to_text
from storage.row_texts import row_text
from storage.tables import agencies, cases, match_keys, meetings, members, promises
from tests.support.hands import Hands
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import holiday_name
from workflows.cases.open_case import case_keys
from workflows.japanese.dates import TOKYO
from workflows.japanese.open_days import OpenDays
from workflows.model.case import Case
from workflows.model.case_row import case_row
from workflows.model.directory import Agency, AgencyKind, District, Member, Role
from workflows.model.meeting import Meeting
from workflows.model.meeting_row import meeting_row
from workflows.model.promise import Promise, promises_of_case, promises_of_meeting
from workflows.promises.ladder import rung_at

AGENCIES, MEMBERS, MEETINGS, DISTRICTS = 1_000, 5_000, 300, 150  # meetings in a month
CASES = int(os.environ.get("BENCH_CASES", "20000"))
ONE_OPEN_IN = 10
BATCH = 1_000
ONE_WAITS_IN = 11  # of those that are open, for an agency's reply; the others are supported
MORNING = datetime(2026, 12, 1, 6, tzinfo=TOKYO)  # a Tuesday, on which all of it is made
DAYS_WAITING, DAYS_BACK = 3, 40  # over which they began: so much is due on a day
DAYS_TO_ANSWER = 6  # for a meeting's dates, as the desk asks for it on that day
CLOSED_BACK = 400  # days since what is closed began
CONTACT, CITY_COORDINATOR = "C00200", "C00010"
Row = tuple[dict[str, Any], dict[str, str]]
Numbered = tuple[Promise, datetime | None]


@dataclass(frozen=True)
class Patterns:
    """Documents as the desk made them, which all others are copies of."""

    waiting: Case
    supported: Case
    closed: Case
    meeting: Meeting


def build(place: Place, count: int = CASES) -> None:
    """Make the fictional town in `place` a city with so many cases."""
    hall = place.hall
    hall.clock.set(MORNING)
    patterns = _patterns(hall)
    now = hall.desk.now()
    with hall.database.open() as unit:
        town = unit.directory.town()
        districts = tuple(District(f"K{n:03}", f"第{n}圏域", "ケンイキ") for n in range(DISTRICTS))
        unit.directory.save_town(replace(town, districts=(*town.districts, *districts)))
        days = OpenDays(holiday_name, town.closed_days, town.opened_days)
        _write(unit, agencies, _agencies())
        _write(unit, members, _members())
        unit.commit()
    busy = min(MEETINGS, count // ONE_OPEN_IN)
    for begin in range(0, count, BATCH):
        numbers = range(begin, min(begin + BATCH, count))
        with hall.database.open() as unit:
            made = [_case(patterns, n, busy) for n in numbers]
            _write(unit, cases, map(_case_stored, made))
            _index(unit, made)
            _promise(unit, [
                (p, rung_at(p, 0, days))
                for one in made if one.is_open
                for p in promises_of_case(one, days, now.date())
            ])  # fmt: skip
            unit.commit()
    with hall.database.open() as unit:
        held = [_meeting(patterns.meeting, n) for n in range(busy)]
        _write(unit, meetings, map(_meeting_stored, held))
        _promise(unit, [
            (p, rung_at(p, 0, days)) for one in held for p in promises_of_meeting(one, days)
        ])  # fmt: skip
        unit.commit()


# -- what is copied -------------------------------------------------------------------------------


def _patterns(hall: Hands) -> Patterns:
    words = {"name": "架空 花子", "kana": "カクウ ハナコ"}
    waiting, supported, closed = (hall.open_case("A14", **words) for _ in range(3))
    meeting_id = hall.convene(waiting)
    for one in (supported, closed):
        hall.reply(one, "A14", lead="yes", by=ELDERLY)
        hall.plan(one)
    hall.close(closed, by=COORDINATOR)
    waits = hall.case(waiting)
    waits.live_meeting_ids.clear()
    return Patterns(waits, hall.case(supported), hall.case(closed), hall.meeting(meeting_id))


_shifted: dict[tuple[str, int], Any] = {}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?=[T\"])")


def _earlier(pattern: Any, back: int) -> Any:
    """The same as it would be had all of it been so many days earlier."""
    key = (pattern.id, back)
    if key not in _shifted:

        def moved(found: re.Match[str]) -> str:
            return (date.fromisoformat(found[0]) - timedelta(days=back)).isoformat()

        _shifted[key] = from_text(_DATE.sub(moved, to_text(pattern)), type(pattern))
    return _shifted[key]


def case_id(number: int) -> str:
    return f"{number:032x}"


def agency_id(number: int) -> str:
    return f"X{number % AGENCIES:04}"


def _case(patterns: Patterns, number: int, busy: int) -> Case:
    """One in so many is open, of those a part waits for a reply; the first have meetings."""
    if number % ONE_OPEN_IN:
        pattern = _earlier(patterns.closed, 1 + number % CLOSED_BACK)
    else:
        which = number // ONE_OPEN_IN
        pattern = patterns.supported if which % ONE_WAITS_IN else patterns.waiting
        pattern = _earlier(pattern, which % (DAYS_BACK if which % ONE_WAITS_IN else DAYS_WAITING))
    agency = agency_id(number // ONE_OPEN_IN)
    has_meeting = not number % ONE_OPEN_IN and number // ONE_OPEN_IN < busy
    sheet = pattern.sheet | {
        "name": f"架空 第{number}",
        "kana": "カクウ ダイ",
        "district": f"K{number // ONE_OPEN_IN % DISTRICTS:03}",
    }
    made: Case = replace(
        pattern,
        id=case_id(number),
        number=f"R{5 + number % 3}-{number // 3 + 1:05}",
        sheet=sheet,
        referrals=[
            replace(one, id=f"{number:08x}{count}", agency_id=agency)
            for count, one in enumerate(pattern.referrals)
        ],
        lead_agency_id=agency if pattern.lead_agency_id else None,
        live_meeting_ids=[f"{number // ONE_OPEN_IN:032x}"] if has_meeting else [],
    )
    return made


def _meeting(pattern: Meeting, number: int) -> Meeting:
    """About the open case of this number, with its agency; spread over a month, from that day on
    on which its answers are due."""
    moved: Meeting = _earlier(pattern, DAYS_TO_ANSWER - number % 30)
    agency = agency_id(number)
    invited = {invite.agency_id: invite for invite in moved.invites}
    return replace(
        moved,
        id=f"{number:032x}",
        agenda=[
            replace(one, case_id=case_id(number * ONE_OPEN_IN), agency_ids=["A13", agency])
            for one in moved.agenda
        ],
        invites=[invited["A13"], replace(invited["A14"], agency_id=agency)],
    )


def _agencies() -> Iterator[Row]:
    for number in range(AGENCIES):
        one = Agency(agency_id(number), f"架空機関{number}", "カクウキカン", AgencyKind.CENTRE)
        yield {"id": one.id, "content": to_text(one)}, {}


def _members() -> Iterator[Row]:
    """The first ones are coordinators of a district each; every agency has its window."""
    for number in range(MEMBERS):
        coordinates = number < DISTRICTS
        one = Member(
            f"C{number:05}",
            "A13" if coordinates else agency_id(number),
            f"架空 職員{number}",
            "カクウ ショクイン",
            frozenset({Role.COORDINATOR}) if coordinates else frozenset(),
            is_contact=DISTRICTS <= number < DISTRICTS + AGENCIES,
            district_ids=(f"K{number:03}",) if coordinates else (),
        )
        yield {"id": one.id, "agency_id": one.agency_id}, {"content": to_text(one)}


# -- as it is stored ------------------------------------------------------------------------------


def _case_stored(one: Case) -> Row:
    values = {"id": one.id, "number": one.number, "is_open": one.is_open}
    return values, {"facts": row_text(case_row(one)), "content": to_text(one)}


def _meeting_stored(one: Meeting) -> Row:
    values = {"id": one.id, "is_live": one.is_live}
    return values, {"facts": row_text(meeting_row(one)), "content": to_text(one)}


def _write(unit: SqlUnitOfWork, table: Table, rows: Iterable[Row]) -> None:
    """Insert rows with their tags, many in one statement, and add them up for the trail's head."""
    session, waiting = unit.session, iter(rows)
    stored = session.of(table)
    while batch := list(islice(waiting, BATCH)):
        made = [stored.tagged_row(v, seal, session.first_version) for v, seal in batch]
        unit.connection.execute(insert(table), made)
        for row in made:
            session.note_change(table, come=row["tag"])


def _index(unit: SqlUnitOfWork, made: Iterable[Case]) -> None:
    rows = [
        {
            "case_id": one.id,
            "kind": key.kind,
            "digest": unit.session.vault.index(key.kind, key.value),
        }
        for one in made
        for key in case_keys(one)
    ]
    if rows:
        unit.connection.execute(insert(match_keys), rows)


def _promise(unit: SqlUnitOfWork, wanted: Iterable[Numbered]) -> None:
    rows = [_promise_row(promise, at) for promise, at in wanted]
    if rows:
        unit.connection.execute(insert(promises), rows)


def _promise_row(promise: Promise, at: datetime | None) -> Mapping[str, Any]:
    own = {c.name for c in promises.c} - {"key", "step", "next_at"}
    return {name: getattr(promise, name) for name in own} | {
        "key": promise.key,
        "step": 0,
        "next_at": at,
    }
