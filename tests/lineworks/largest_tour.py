"""Who does what in the town at its largest, so that everything LINE WORKS can be told is told once.

First what is asked and planned; then, two weeks later, what is owed after a sitting.
"""

from collections import Counter
from dataclasses import replace

from handlers.lineworks.door import LINEWORKS, PRESS
from handlers.lineworks.setup import set_up_lineworks
from tests.lineworks.largest import Collected
from tests.lineworks.person import Person
from tests.lineworks.pieces import Json
from tests.lineworks.product import LineworksTown
from tests.lineworks.screen import buttons
from tests.slack.largest_told import KEYS, tell, told_afterwards
from tests.slack.largest_town import AGENCIES, Crowded, fullest, hold, hush, long, to_put_off
from tests.support.chat_town import ChatTown
from tests.support.hands import meant
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import FORMS
from workflows.japanese.dates import show_date
from workflows.meetings.answer import AnswerSlot
from workflows.meetings.convene import Convene
from workflows.meetings.slots import MOST_SLOTS
from workflows.model.promise import PromiseKind

CASES = 4
STRANGER = "ustranger"
TYPED = ("メニュー", "ヘルプ", "9", "R8-9999", long(2000), "会議")


def tour(town: LineworksTown, crowded: Crowded, collected: Collected) -> None:
    crowded = replace(crowded, asked=widest_meeting(town))
    hush(town)
    assert all(found.is_good for found in set_up_lineworks(town.part.door))
    done: Counter[str] = Counter()
    _told(town, crowded, [key for key in KEYS if not told_afterwards(key)], collected)
    _typed_answers(town, crowded)
    _dates(town, crowded.asked)
    for member_id in (ELDERLY, COORDINATOR, MANAGER, ADMINISTRATOR, CLERK, OUTSIDER):
        _walk(town, town.person(member_id), done)
    person = town.person(COORDINATOR)
    for case_id in (crowded.restricted, crowded.closed, crowded.case_id, crowded.answered):
        person.say(town.case(case_id).number)
    for words in TYPED:
        person.say(words)
    town.ticks.run_job("lineworks_calendars")
    hold(town, crowded)
    _told(town, crowded, [key for key in KEYS if told_afterwards(key)], collected)
    _typed_afterwards(town, crowded)
    for member_id in (ELDERLY, CHAIR, MANAGER, COORDINATOR):
        _walk(town, town.person(member_id), done)
    town.press(town.person(MANAGER), "digest")
    town.press(town.person(ELDERLY), "remind_tomorrow", to_put_off(town, ELDERLY))
    # On a card only where meetings do not come into calendars by themselves.
    town.press(town.person(COORDINATOR), "calendar", crowded.asked)
    _late(town)
    _others(town)


def _told(town: LineworksTown, crowded: Crowded, keys: list[str], collected: Collected) -> None:
    """These messages go out; which of them did not arrive."""
    for key in keys:
        tell(town, crowded, key, LINEWORKS)
    while town.delivery.send_next(LINEWORKS):
        pass
    with town.database.open() as unit:
        collected.unsent += [
            f"{one.key}: {one.state} {one.error}"
            for one in unit.outbox.recent(400)
            if one.via == LINEWORKS and one.key in keys and one.state != "sent"
        ]


def widest_meeting(town: ChatTown) -> str:
    """About several cases, with as many dates as there may be. Answers with its id."""
    raw = fullest(
        FORMS.form("meeting"),
        kind="case",
        bases=["act_106_6"],
        chair=CHAIR,
        minutes="60",
        required_agencies=list(AGENCIES[:2]),
        optional_agencies=list(AGENCIES[2:]),
        online_url="",
    )
    numbers = tuple(town.numbers()[:CASES])
    days = [town.in_days(9 + n).date() for n in range(MOST_SLOTS)]
    slots = tuple({"day": show_date(day), "starts": "10:00"} for day in days)
    answer_by = show_date(town.in_days(7).date())
    everybody = dict.fromkeys(numbers, AGENCIES)
    command = Convene(raw, numbers, slots, answer_by, meant(days, "10:00"), everybody)
    return town.desk.handle(command, COORDINATOR)


# -- what people do -------------------------------------------------------------------------------


def _walk(town: LineworksTown, person: Person, done: Counter[str]) -> None:
    """Press whatever can be pressed, from the menu and every message on, the newest first."""
    town.press(person, "menu")
    town.press(person, "waiting")
    town.press(person, "my_meetings")
    todo = [one.content for one in person.messages() if one.by == "bot"]
    while todo:
        content = todo.pop()
        for verb, token in _tokens(town, content):
            if not done[verb]:
                done[verb] += 1
                seen = len(person.messages())
                person.event(town.lineworks.world.event("postback", user=person.id, data=token))
                todo += [one.content for one in person.messages()[seen:] if one.by == "bot"]


def _tokens(town: LineworksTown, content: Json) -> list[tuple[str, str]]:
    """What can be pressed in a message: its verb, and what the button carries."""
    carried = (b.action.get("data") or b.action.get("postback") for b in buttons(content))
    found = [str(token) for token in carried if token]
    return [(town.part.door.tokens.open(PRESS, token)["v"], token) for token in found]


def _dates(town: LineworksTown, meeting_id: str) -> None:
    """All dates but the last are answered elsewhere; the last one here, and then changed."""
    person = town.person(ELDERLY)
    for slot in town.meeting(meeting_id).slots[:-1]:
        town.desk.handle(AnswerSlot(meeting_id, "A14", slot.id, "maybe"), ELDERLY)
    town.press(person, "answer_dates", meeting_id)
    person.say("2")
    for label in ("回答を変える", "ほかの日"):
        person.press(label)


def _typed_answers(town: LineworksTown, crowded: Crowded) -> None:
    """A short answer where it is plain what it answers."""
    person = town.person(ELDERLY)
    town.press(person, "attend", crowded.fixed)
    person.say("1")
    (check,) = town.promises(crowded.answered, PromiseKind.FOLLOW_UP)
    number = town.case(crowded.answered).number
    town.press(person, "follow_up", number, check.item_id)
    person.press("変化なし")


def _typed_afterwards(town: LineworksTown, crowded: Crowded) -> None:
    person, case = town.person(ELDERLY), town.case(crowded.answered)
    role = next(r for r in case.roles if r.agency_id == "A14" and not r.done_at)
    town.press(person, "tick_role", case.number, role.id)
    person.say("○")


def _late(town: LineworksTown) -> None:
    """There is no room for a while: a link whose time has run is not told, but asked for anew."""
    person = town.person(ELDERLY)
    for verb in ("inbox", "meetings"):
        town.lineworks.fail("send.user", status=429, retry_after=240, times=1)
        town.press(person, verb)
        town.clock.move(minutes=5)
        town.ticks.run_job("lineworks_callbacks")
        ((again, token),) = _tokens(town, person.last().content)
        assert again == verb
        person.event(town.lineworks.world.event("postback", user=person.id, data=token))


def _others(town: LineworksTown) -> None:
    """Somebody whom nobody knows, a room with others, and who begins."""
    lineworks = town.lineworks
    lineworks.add_user(STRANGER, "長" * 40 + " " + "名" * 40, email="nobody@example.jp")
    stranger = lineworks.person(STRANGER, town.endpoint)
    stranger.begin()
    stranger.press("登録を頼む")
    stranger.press("登録を頼む")
    town.press(town.person(ELDERLY), "ask_to_be_linked")
    town.person(OUTSIDER).press_begin()
    lineworks.add_room([STRANGER], "連携室")
    lineworks.deliver(town.endpoint)
