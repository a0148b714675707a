"""A story in Slack: the town, its clock, and what each person sees and does there.

What is looked at is the screen: messages, modals, the Home tab, as the stand-in for Slack has them.
Whoever is `on_pages` answers on the web instead; the others notice nothing of it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from http import HTTPStatus

from tests.slack.filling import blocks_of, put
from tests.slack.limits import Json
from tests.slack.person import Person
from tests.slack.product import CHANNEL, SlackTown
from tests.slack.screen import pressable, words_in
from workflows.japanese.dates import TOKYO
from workflows.model.case import Case
from workflows.model.meeting import Meeting


@dataclass
class Story:
    """One case and its people."""

    town: SlackTown
    on_pages: frozenset[str] = frozenset()
    picture: Callable[[Json, str], None] = lambda shown, name: None

    def person(self, member_id: str) -> Person:
        return self.town.person(member_id)

    def until(self, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> None:
        """Time goes on to a moment; what is due is done."""
        self.town.clock.at = datetime(year, month, day, hour, minute, tzinfo=TOKYO)
        self.town.tick()

    def board(self) -> Json:
        """The case's card in the coordinators' channel."""
        (card,) = self.town.slack.messages(CHANNEL)
        return card

    def case(self) -> Case:
        (case_id,) = self.town.case_ids()
        return self.town.case(case_id)

    def meeting(self) -> Meeting:
        with self.town.database.open() as unit:
            (row,) = unit.meetings.rows()
        return self.town.meeting(row.id)

    def take_up(self, member_id: str, button: str) -> Person:
        """Press a button of the newest card in the conversation that has it."""
        person = self.person(member_id)
        person.press(button, in_=card_with(person, button))
        return person

    def hand_in(self, person: Person) -> str:
        """Hand in what is on the screen; the sentence that comes, after which it is closed."""
        person.submit()
        assert person.errors == {}
        told = person.screen_text()
        person.close_view(everything=True)
        self.town.tick()
        return told

    def home(self, member_id: str) -> str:
        """What stands on somebody's Home tab, which they open now."""
        self.person(member_id).open_home()
        self.town.tick()
        return self.person(member_id).home_text()

    def everything(self, member_id: str) -> str:
        """All that stands in somebody's conversation with the bot."""
        return "\n".join(text_of(m) for m in self.person(member_id).messages())

    def on_page(self, member_id: str, button: str, typed: Mapping[str, str]) -> str:
        """Take up what waits in somebody's inbox under this label; the page that comes of it."""
        seat = self.town.web(member_id)
        if seat.get("/").status_code == HTTPStatus.UNAUTHORIZED:
            seat.sign_in(self.town, member_id)  # months have passed
        found = re.search(rf'href="([^"]+)"[^>]*>\s*{button}', seat.text("/"))
        assert found, f"nothing waits for {member_id} under {button}"
        path = unescape(found[1])
        next_on = re.search(r'name="next_on"[^>]*? value="([^"]+)"', seat.text(path))
        proposed = {"next_on": next_on[1]} if next_on else {}
        done = seat.send(path, proposed | dict(typed), page=path, follow=True)
        assert done.status_code == HTTPStatus.OK, (path, done.status_code)
        return done.text


def buttons_of(message: Json) -> list[str]:
    return [words for block in message["blocks"] for words in pressable(block)]


def text_of(message: Json) -> str:
    return "\n".join(words_in(message["blocks"]))


def newest(person: Person) -> str:
    """What the newest message says."""
    return text_of(person.last_message())


def card_with(person: Person, button: str) -> Json:
    """The newest card that has this button."""
    for message in reversed(person.messages()):
        if button in buttons_of(message):
            return message
    raise LookupError(f"no card has {button}: {[buttons_of(m) for m in person.messages()]}")


def card_about(person: Person, words: str) -> Json:
    """The newest card that has these words."""
    found = [m for m in person.messages() if words in text_of(m)]
    assert found, f"no card has {words}: {[text_of(m) for m in person.messages()]}"
    return found[-1]


def put_part(person: Person, values: Mapping[str, str]) -> None:
    """The same as `put` for questions that are asked for each case of a record."""
    names = {name.partition("-")[2] or name: name for name in blocks_of(person)}
    put(person, {names[name]: value for name, value in values.items()})


def all_of_the_case(person: Person, number: str) -> str:
    """Whatever somebody is shown who asks for the case and for its sheet."""
    person.command("/tsunagu", number)
    seen = person.screen_text() + "".join(text_of(m) for m in person.ephemerals())
    if person.view is None:
        return seen
    if "シートを読む" in person.view.buttons:
        person.press("シートを読む")
        seen += person.screen_text()
        while "次へ" in person.view.buttons:
            person.press("次へ")
            seen += person.screen_text()
    person.close_view(everything=True)
    return seen
