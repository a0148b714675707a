"""Every value that a document can hold, also one that nobody knows: no page, card or list fails.

One case and one meeting for each turn, every choice and every code of theirs set to its value of
that turn; the last turn is a code that no table knows. The walk is over the classes and the forms
themselves, so that a new one is in it by being there.
"""

import dataclasses
import logging
from collections.abc import Iterator
from copy import deepcopy
from enum import StrEnum
from typing import Any

import pytest

from handlers.words.texts import load_texts
from tests.handlers.test_texts import notice_keys
from tests.lineworks.product import LineworksTown
from tests.slack.product import SlackTown
from tests.support.largest_notice import LARGEST, largest
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
)
from tests.support.town import FORMS, TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.digest.look import GetDigest
from workflows.forms import Field, FieldType, Form
from workflows.model.case import Case
from workflows.model.codes import code_of
from workflows.model.meeting import Meeting

UNKNOWN = "x_gone"
# Fields that hold a code as plain text, and the question of which they hold the answer.
CODES = {
    "purpose": ("referral", "purpose"),
    "status": ("sheet", "consent"),
    "basis": ("sheet", "unconsented_basis"),
}
OTHER_CODES = {
    "heard_by": ("telephone", "fax", "in_person"),
    "origin": ("reply", "meeting", "plan", "answer", "reopen"),
}
# These say how far a document is, and that decides what else there must be in it: each state is
# walked through by deeds elsewhere. Here it is what they are set to by nobody that counts.
STEPS = {"state"}
VALUES = {
    "plans": "plan", "closures": "closure", "record": "record", "preparations": "preparation",
}  # fmt: skip
ROLES = (COORDINATOR, ELDERLY, CHAIR, MANAGER, ADMINISTRATOR, CLERK)


def turn_of(codes: list[str], turn: int) -> str:
    """Its value of that turn; of the turn past all of them, one that nobody knows."""
    return codes[turn % len(codes)] if turn < TURNS - 1 else UNKNOWN


def choices(field: Field) -> list[str]:
    return [choice.value for choice in field.choices]


TURNS = 1 + max(
    len(field.choices) for form in FORMS.forms.values() for field in form.fields if field.choices
)


def answers(form: Form, values: dict[str, Any], turn: int) -> None:
    """Every choice of the form at its value of this turn, also where it was blank."""
    for field in form.fields:
        if field.type is FieldType.CHOICE:
            values[field.id] = turn_of(choices(field), turn)
        elif field.type is FieldType.CHOICES:
            values[field.id] = [turn_of(choices(field), turn)]
        elif field.type is FieldType.ROWS:
            for row in values.get(field.id, []):
                for column in field.columns:
                    if column.choices:
                        row[column.id] = turn_of(choices(column), turn)
    if turn == TURNS - 1:
        values["x_no_question"] = UNKNOWN
        for field in form.fields:
            if field.type in (FieldType.DISTRICT, FieldType.YES_NO) and field.id != "danger":
                values[field.id] = UNKNOWN if field.type is FieldType.DISTRICT else False


def set_codes(thing: Any, turn: int, inside: str = "") -> None:
    """Every code in a document at its value of this turn, wherever it stands."""
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        setattr(thing, field.name, coded(value, field.name, turn, inside or field.name))


def coded(value: Any, name: str, turn: int, inside: str) -> Any:
    match value:
        case StrEnum():
            if name in STEPS:
                return value
            return code_of(type(value), turn_of([str(code) for code in type(value)], turn))
        case str() if value and name in CODES:
            form, field = CODES[name]
            return turn_of(choices(FORMS.form(form).field(field)), turn)
        case str() if value and name in OTHER_CODES:
            return turn_of(list(OTHER_CODES[name]), turn)
        case list():
            return [coded(one, name, turn, inside) for one in value]
        case dict() if name == "sheet":
            answers(FORMS.form("sheet"), value, turn)
        case dict() if name == "values":
            answers(FORMS.form(VALUES[inside]), value, turn)
        case dict() if name == "cases":  # of a record
            for values in value.values():
                answers(FORMS.form("record"), values, turn)
        case dict():
            return {key: coded(one, name, turn, inside) for key, one in value.items()}
        case _ if dataclasses.is_dataclass(value):
            set_codes(value, turn, inside)
        case _:
            pass
    return value


def full(hall: TownHall) -> tuple[Case, Meeting]:
    """A case and a meeting with one of everything in them."""
    case_id = hall.open_case("A14", "A17", household=[{"relation": "母", "age_band": "age_80s"}])
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.plan(case_id)
    meeting_id = hall.convene(case_id)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id, reason="急ぐため。")
    meeting = hall.meeting(meeting_id)
    assert meeting.fixed_slot is not None
    hall.clock.at = meeting.fixed_slot.ends_at
    hall.save_record(meeting_id)
    return hall.case(case_id), hall.meeting(meeting_id)


def spread(hall: TownHall) -> list[str]:
    """A copy of both for each turn; answers with the numbers of the cases."""
    case, meeting = full(hall)
    numbers = []
    for turn in range(TURNS):
        one, sitting = deepcopy(case), deepcopy(meeting)
        one.id, one.number, sitting.id = f"case{turn}", f"R8-{turn + 100:04}", f"meeting{turn}"
        one.live_meeting_ids = [sitting.id]
        sitting.agenda[0].case_id = one.id
        assert sitting.record is not None
        sitting.record.cases = {one.id: deepcopy(next(iter(sitting.record.cases.values())))}
        kinds = choices(FORMS.form("meeting").field("kind"))
        set_codes(one, turn)
        set_codes(sitting, turn)
        # About cases it goes by its basis; else by its kind.
        sitting.kind = "case" if turn % 2 else turn_of(kinds, turn)
        with hall.database.open() as unit:
            unit.cases.add(one)
            unit.meetings.add(sitting)
            unit.commit()
        numbers.append(one.number)
    return numbers


def pages(hall: TownHall, number: str, meeting_id: str) -> Iterator[str]:
    """Every page that needs no more than a case's number or a meeting's id."""
    case = hall.case("case0")
    ids = {"referral_id": case.referrals[0].id, "follow_up_id": case.follow_ups[0].id}
    for rule in web_app(hall).url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in ("static", "htmx"):
            path = str(rule.rule).replace("<number>", number).replace("<meeting_id>", meeting_id)
            for name, item in ids.items():
                path = path.replace(f"<{name}>", item)
            if "<" not in path:
                yield path


@pytest.fixture
def numbers(hall: TownHall) -> list[str]:
    return spread(hall)


def test_every_page_of_every_role_shows_a_code_that_nobody_knows(
    hall: TownHall, numbers: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No page fails or says that it cannot be read; the code stands where its words would."""
    caplog.set_level(logging.ERROR)
    app, last = web_app(hall), TURNS - 1
    for role in ROLES:
        seat = Seat(app, role)
        for path in pages(hall, numbers[last], f"meeting{last}"):
            assert seat.get(path).status_code < 500, (role, path)
    assert caplog.text == ""
    told = Seat(app, COORDINATOR).text(f"/cases/{numbers[last]}")
    assert told.count(UNKNOWN) >= 8
    assert UNKNOWN in Seat(app, COORDINATOR).text(f"/meetings/meeting{last}")


def test_every_value_of_every_choice_is_shown_in_its_words(
    hall: TownHall, numbers: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """On the pages of its case and meeting, and in every list."""
    caplog.set_level(logging.ERROR)
    seat = Seat(web_app(hall), COORDINATOR)
    for turn, number in enumerate(numbers):
        for path in (f"/cases/{number}", f"/cases/{number}/print", f"/meetings/meeting{turn}"):
            assert seat.get(path).status_code in (200, 404), path
    for path in ("/cases", "/desk?who=all", "/meetings?all=1", "/"):
        assert seat.get(path).status_code == 200, path
    hall.desk.ask(GetDigest(None), MANAGER)
    ticks_of(hall).tick()
    assert caplog.text == ""
    assert TURNS == len(numbers) > 10


@pytest.mark.parametrize("key", sorted(notice_keys()))
def test_every_card_is_drawn_with_a_code_that_nobody_knows(key: str) -> None:
    """Whatever a fact of it says: by the words of every platform, which draw the same card."""
    texts = load_texts(None)
    coded_facts = {
        name: UNKNOWN
        for name, fact in LARGEST.items()
        if isinstance(fact, str) and name in {
            "kind", "state", "urgency", "purpose", "answer", "heard_by", "platform", "fault",
            "basis", "result", "closure", "what", "about", "rung",
        }
    }  # fmt: skip
    for notice in largest(key):
        changed = dataclasses.replace(notice, facts={**notice.facts, **coded_facts})
        assert texts.card(changed).title


def test_slack_shows_them_at_home_and_in_its_windows(
    slack_town: SlackTown, caplog: pytest.LogCaptureFixture
) -> None:
    """The start page, the case's window and the meeting's, for each turn of the codes."""
    numbers = spread(slack_town)
    caplog.set_level(logging.ERROR)
    person = slack_town.person(COORDINATOR)
    person.open_home()
    slack_town.tick()
    for turn in (0, TURNS - 2, TURNS - 1):
        slack_town.press(person, "open_case", numbers[turn])
        slack_town.press(person, "open_meeting", f"meeting{turn}")
    assert caplog.text == ""


def test_lineworks_shows_them_in_its_answers(
    lineworks_town: LineworksTown, caplog: pytest.LogCaptureFixture
) -> None:
    """What waits, the meetings, the desk and the week, of every turn of the codes."""
    spread(lineworks_town)
    caplog.set_level(logging.ERROR)
    for member_id, words in ((COORDINATOR, ("待っている用件", "会議", "机")), (MANAGER, ("週次",))):
        person = lineworks_town.person(member_id)
        for word in words:
            person.say(word)
    assert caplog.text == ""
