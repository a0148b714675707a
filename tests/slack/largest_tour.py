"""Who does what in the town at its largest, so that everything Slack can be shown is shown once.

First what is asked and planned, then, two weeks later, what is owed after a sitting.
"""

from collections import Counter
from dataclasses import replace

from handlers.slack.door import OPENING, PRESSED, SLACK
from handlers.slack.requests.commands import COMMAND, GLOBAL_SHORTCUT, MESSAGE_SHORTCUT
from tests.slack.largest import Collected
from tests.slack.largest_told import KEYS, tell, told_afterwards
from tests.slack.largest_town import Crowded, hold, hush, long, to_put_off
from tests.slack.largest_walk import MOST, Walker
from tests.slack.product import CHANNEL, SlackTown
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from workflows.model.promise import PromiseKind

DRAWING = "slack_cards"
AT_HOME = (COORDINATOR, CHAIR, MANAGER, ADMINISTRATOR, CLERK, OUTSIDER, ELDERLY)
STRANGER = "USTRANGER"


def tour(town: SlackTown, crowded: Crowded, collected: Collected) -> None:
    # What undoes the rest has its own turn.
    done: Counter[object] = Counter({"sheet_drop": 1, "send_back_record": 1})
    hush(town)
    town.press(town.person(COORDINATOR), "open_room", crowded.fixed)
    for member_id in AT_HOME:
        town.person(member_id).open_home()
    town.ticks.run_job(DRAWING)
    _told(town, crowded, [key for key in KEYS if not told_afterwards(key)], collected)
    for member_id in (ELDERLY, MANAGER, ADMINISTRATOR):
        walker = Walker(town, member_id, done)
        walker.messages()
        walker.home()
    Walker(town, MANAGER, done).opened("digest")
    _coordinator(town, crowded, Walker(town, COORDINATOR, done))
    hold(town, crowded)
    _told(town, crowded, [key for key in KEYS if told_afterwards(key)], collected)
    _afterwards(town, crowded, done)
    _stranger(town)
    _careful(town, crowded, collected)
    hush(town)
    town.ticks.run_job(DRAWING)


def _told(town: SlackTown, crowded: Crowded, keys: list[str], collected: Collected) -> None:
    """These messages go out; which of them arrived."""
    for key in keys:
        tell(town, crowded, key)
    while town.delivery.send_next(SLACK):
        pass
    with town.database.open() as unit:
        for one in unit.outbox.recent(400):
            if one.via == SLACK and one.state == "sent":
                collected.posted.add(one.key)
            elif one.via == SLACK:
                collected.unsent.append(f"{one.key}: {one.state} {one.error}")


def _coordinator(town: SlackTown, crowded: Crowded, walker: Walker) -> None:
    """Everything that is begun by somebody, and what a case and a meeting offer."""
    person, number = walker.person, town.case(crowded.case_id).number
    _convene(town, walker, number)
    for meeting_id in (crowded.fixed, crowded.asked):
        walker.opened("open_meeting", meeting_id)
    _invite(town, walker, crowded.asked)
    _edit(town, walker, crowded.case_id)
    walker.done["unname_member"] = MOST  # taking themselves off, they would see it no more
    for case_id in (crowded.restricted, crowded.closed, crowded.case_id, crowded.answered):
        walker.opened("open_case", town.case(case_id).number)
    town.press(person, "unname_member", town.case(crowded.restricted).number, CHAIR)
    walker.opened("close_case", town.case(crowded.answered).number)
    walker.opened("refer", number)
    walker.home()
    walker.messages()
    walker.opened_by(lambda: person.command(COMMAND))
    walker.opened_by(lambda: person.command(COMMAND, "会議"))
    walker.opened_by(lambda: person.command(COMMAND, "R8-9999"))
    walker.opened_by(lambda: person.global_shortcut(GLOBAL_SHORTCUT))
    message = person.say(CHANNEL, long(2900))
    walker.opened_by(lambda: person.message_shortcut(MESSAGE_SHORTCUT, message))
    town.press(person, "new_sheet")
    person.fill({"相談の概要": long(800)})
    person.press("sheet_keep", in_="view")
    town.press(person, "drafts")
    person.press("続きを書く", in_="view")
    person.press("sheet_drop", in_="view")
    person.mention(CHANNEL, "こんにちは")
    person.say_to_bot("こんにちは")


def _convene(town: SlackTown, walker: Walker, number: str) -> None:
    """First as a meeting that needs consent, which is not there."""

    def without_consent() -> None:
        town.press(walker.person, "convene", number)
        walker.person.fill({"kind": "case", "bases": ["multi_layered"]})
        walker.person.submit()

    walker.opened_by(without_consent)
    walker.opened("convene", number)


def _invite(town: SlackTown, walker: Walker, meeting_id: str) -> None:
    """One that is not invited yet: what it would hear is asked next."""
    invited = {i.agency_id for i in town.meeting(meeting_id).invites}
    with town.database.open() as unit:
        other = next(a for a in unit.directory.agencies() if a.id not in invited)

    def chosen() -> None:
        town.press(walker.person, "change_agencies", meeting_id)
        walker.person.fill({"agency": other.name, "do": "required"})
        walker.person.submit()

    walker.opened_by(chosen)


def _edit(town: SlackTown, walker: Walker, case_id: str) -> None:
    """Somebody else saves the sheet meanwhile."""

    def overtaken() -> None:
        town.press(walker.person, "edit_sheet", town.case(case_id).number)
        town.edit(case_id, by=OTHER_COORDINATOR, summary=long(790))

    walker.opened_by(overtaken)


def _afterwards(town: SlackTown, crowded: Crowded, done: Counter[object]) -> None:
    """What is owed after a sitting, and the record that the chair reads."""
    for member_id in (CHAIR, ELDERLY):
        town.swear(crowded.proposed, member_id)
        town.swear(crowded.recorded, member_id)
    chair = town.person(CHAIR)
    town.press(chair, "confirm_record", crowded.proposed)
    chair.submit()
    for member_id in (CHAIR, ELDERLY, COORDINATOR):
        walker = Walker(town, member_id, done)
        walker.messages()
    coordinator = Walker(town, COORDINATOR, done)
    coordinator.opened("close_case", town.case(crowded.answered).number)
    town.swear(crowded.held, CHAIR)
    town.save_record(crowded.held)
    town.press(chair, "confirm_record", crowded.held)
    chair.press("send_back_record", in_="view")
    (check,) = town.promises(crowded.answered, PromiseKind.FOLLOW_UP)
    lead, number = Walker(town, ELDERLY, done), town.case(crowded.answered).number
    town.press(lead.person, "remind_tomorrow", to_put_off(town, ELDERLY))
    town.press(lead.person, "follow_up_as", number, f"{check.item_id}:worse")
    lead.opened("follow_up", number, check.item_id)
    town.check_on(crowded.answered, "worse", by=COORDINATOR)
    Walker(town, COORDINATOR, done).opened("reassess", number)


def _careful(town: SlackTown, crowded: Crowded, collected: Collected) -> None:
    """The town wants nothing personal to be written or read in Slack: whatever opens a modal is
    tried, which does not count as reached."""
    reached = set(collected.reached.verbs)
    door, person = town.part.door, town.person(COORDINATOR)
    door.slack = replace(door.slack, personal_data=False)
    number = town.case(crowded.answered).number
    for verb in sorted(OPENING & PRESSED.keys()):
        for subject in (number, crowded.asked):
            town.press(person, verb, subject)
    collected.reached.verbs &= reached


def _stranger(town: SlackTown) -> None:
    """Somebody whom nobody knows."""
    town.slack.add_user(STRANGER, "stranger", "知らない人")
    person = town.slack.person(STRANGER, town.endpoint)
    person.open_home()
    person.command(COMMAND)
    person.press("ask_to_be_linked.0", in_="view")
