"""Restricted cases everywhere: whoever is not named meets neither number, place, title nor time.

One town in which a case was known to many before it was restricted, with its meetings, deadlines
gone by and digests; another has ended and is due to go. Everybody who is not named opens every
page, asks every question, carries out every command, presses every button of all chats, and reads
every notice and card of theirs. The walk is over the registries themselves: a new page, view,
command or button is walked by being there, and one that names something unknown here fails.
"""

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import workflows.registry
from handlers.lineworks import door as lineworks_door
from handlers.mattermost import door as mattermost_door
from handlers.slack import door as slack_door
from handlers.words.labels import load_labels
from storage.tables import case_numbers
from storage.tagged_rows import TaggedSession
from tests.attack.kinds import Kind
from tests.handlers.test_planted_pages import LEFT_OUT
from tests.lineworks.product import lineworks_product
from tests.mattermost.product import mattermost_product
from tests.mattermost.screen import as_text
from tests.slack.product import slack_product
from tests.support.hands import consented
from tests.support.messages import made
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import FORMS, TownHall, TownMould, holiday_name
from tests.support.web import TEXTS, Seat, filled, ticks_of, web_app
from workflows.cases.drafts import SaveDraft
from workflows.cases.name_members import NameMember
from workflows.core.errors import Refused
from workflows.core.messages import Command
from workflows.core.permissions import Action, Caller
from workflows.core.ports import UnitOfWork
from workflows.delivery.hidden_numbers import GetNoticeForReceiver
from workflows.desk import Desk
from workflows.digest.look import GetDigest
from workflows.directory.edit_lists import GetChangeWords
from workflows.retention.hold import SetHold

pytestmark = pytest.mark.attack(Kind.PLANTED)

WRITERS_MANAGER = "M25"  # of A13
NAMED = (COORDINATOR, DISABILITY)
# Who comes to a meeting on it, or runs it, has to know where and when, and not on which case.
COME = (ELDERLY, WRITERS_MANAGER, CHAIR)
APART = (OTHER_COORDINATOR, MANAGER, ADMINISTRATOR, OUTSIDER)
EVERYBODY = (*COME, *APART)
AT_PAGES = (ELDERLY, CHAIR, OTHER_COORDINATOR, MANAGER, ADMINISTRATOR)  # of each office one
SENDERS = (OTHER_COORDINATOR, MANAGER)
PLACE, TITLE, STARTS = "しずく会館", "ひだまりの会", "13:45"
SUMMARY, HELD = "ことりの巣の話", "ほたるの件のため"
WHERE_AND_WHEN = re.compile(rf"{PLACE}|{TITLE}|13:45|1時45分|134500|T044500|{SUMMARY}|{HELD}")
SECRET_NUMBERS = re.compile("R8-070[12]")
LABELS = load_labels()


class Town:
    """The town, with the ids of what is restricted there: two cases, and two meetings on one alone.
    On a third meeting it stands beside another case."""

    def __init__(self, hall: TownHall) -> None:
        self.hall = hall
        self.plain = hall.open_case("A14")
        self._number_from(700)
        agreed = consented("A14", "A17")
        self.case_id = hall.open_case("A14", "A17", summary=SUMMARY, **agreed)
        self.ended = hall.open_case("A14", danger="yes", **agreed)
        self._number_from(1)
        self.number = hall.case(self.case_id).number
        hall.reply(self.ended, "A14", by=ELDERLY)
        hall.close(self.ended)
        said: Any = {"place": PLACE, "title": TITLE, "starts": STARTS}
        self.collecting = hall.convene(self.case_id, **said, days_ahead=(40,))
        self.fixed = hall.convene(self.case_id, **said, days_ahead=(17,))
        self.mixed = hall.convene(self.plain, self.case_id, days_ahead=(21,))
        for meeting_id in (self.fixed, self.mixed):
            hall.answer(meeting_id, "A14", by=ELDERLY)
            hall.fix(meeting_id)
        hall.desk.handle(SetHold(self.case_id, HELD), MANAGER)
        hall.desk.handle(SaveDraft("sheet", {"x": SUMMARY}, subject=self.number), ELDERLY)
        self._days(7)
        told = [i.notice for who in (MANAGER, ELDERLY) for i in hall.mail(who)]
        self.before = f"{hall.desk.ask(GetDigest(), MANAGER)} {told}"
        hall.edit(self.case_id, danger="yes")
        for case_id in (self.case_id, self.ended):
            self._named(case_id)
        self._let_go_soon()
        self._days(6)

    def _number_from(self, last: int) -> None:
        with self.hall.database.engine.connect() as connection, connection.begin():
            year = connection.execute(select(case_numbers.c.fiscal_year)).scalar_one()
            numbers = TaggedSession(connection, self.hall.database.vault).of(case_numbers)
            numbers.put({"fiscal_year": year, "last": last})

    def _named(self, case_id: str) -> None:
        for member_id in NAMED:
            self.hall.desk.handle(NameMember(case_id, member_id, True), COORDINATOR)
        for member_id in {*self.hall.case(case_id).named_member_ids} - {*NAMED}:
            self.hall.desk.handle(NameMember(case_id, member_id, False), COORDINATOR)

    def _let_go_soon(self) -> None:
        """It ended so long ago that it may go."""
        with self.hall.database.open() as unit:
            case = unit.cases.get(self.ended, change=True)
            assert case is not None
            case.closures[-1].at -= timedelta(days=366 * 7)
            unit.commit()

    def _days(self, many: int) -> None:
        ticks = ticks_of(self.hall)
        for _ in range(many):
            self.hall.clock.move(days=1)
            ticks.tick()

    @property
    def secret(self) -> set[str]:
        return {self.case_id, self.collecting, self.fixed}

    def ids(self) -> dict[str, list[str]]:
        """What an address asks for, by its name; a page that asks for something else fails."""
        case, meeting = self.hall.case(self.case_id), self.hall.meeting(self.fixed)
        with self.hall.database.open() as unit:
            digests = [d.isoformat() for d in unit.digests.days()]
        return {
            "number": [self.number],
            "case_id": [self.case_id, self.ended],
            "meeting_id": [self.fixed, self.mixed],
            "referral_id": [case.referrals[0].id],
            "agency_id": ["A14"],
            "member_id": [ELDERLY],
            "version": ["1"],
            "on": digests,
            "slot_id": [meeting.slots[0].id],
            "button": ["0"],
            **{name: ["x"] for name in NOTHING_SECRET},
        }

    def met(self, who: str, text: str, *asked: str) -> set[str]:
        """What of the restricted cases stands in a text that somebody is shown; the number is not
        counted where they asked for it by itself."""
        found = set(SECRET_NUMBERS.findall(text)) - {*asked}
        if who in APART:
            found |= set(WHERE_AND_WHEN.findall(text))
        if who in APART and who != ADMINISTRATOR:  # who mends what does not open, by its id
            found |= {i for i in self.secret if i in text and i not in asked}
        return found


# Parts of an address that name nothing about a case, or what this town has none of.
NOTHING_SECRET = (
    *("token", "name", "platform", "key", "file", "form", "kind", "item", "draft_id"),
    *("request_id", "disposal_id", "wrong_id", "judgement_id", "need_ask_id", "follow_up_id"),
    *("role_id", "reply_id", "notice_id", "proposal", "wrong", "asked"),
)


@pytest.fixture(scope="module")
def town(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    hall = mould.copy(tmp_path_factory.mktemp("restricted"))
    yield Town(hall)
    hall.database.close()


def rehearsed(town: Town, touched: list[str]) -> TownHall:
    """The same town at a desk at which nothing is kept; which documents a command would change is
    noted."""

    @contextmanager
    def opened() -> Iterator[UnitOfWork]:
        with town.hall.database.open() as unit:
            yield unit
            if unit.committed:
                touched.extend(d.id for d in unit.changed())
            unit.committed = False

    desk = Desk(opened, town.hall.clock, FORMS, holiday_name)
    return TownHall(desk, town.hall.database, town.hall.clock)


def test_the_words_searched_for_were_shown_before_the_restriction(town: Town) -> None:
    """Else finding nothing says nothing: the digest of then and what was told named it; whoever is
    named meets it now."""
    assert {town.number, PLACE} <= set(re.findall(f"{town.number}|{PLACE}", town.before))
    page = Seat(web_app(town.hall), COORDINATOR).text(f"/meetings/{town.fixed}")
    assert {PLACE, town.number, "1時45分"} <= set(re.findall(f"{PLACE}|R8-0701|1時45分", page))


def test_no_page_of_anybody_who_is_not_named_shows_it(town: Town) -> None:
    """Every page, print, calendar and export, opened; every form sent, by whoever has an office."""
    touched: list[str] = []
    app, ids, found = web_app(rehearsed(town, touched)), town.ids(), {}
    for who in AT_PAGES:
        seat = Seat(app, who)
        tokens = seat.tokens("/")
        sent = {"reason": "片付けるため。", "sure": "1", "agency": "A14", "case": town.ended}
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith(LEFT_OUT):
                continue
            assert not rule.arguments - ids.keys(), f"say in ids() what {rule.rule} asks for"
            methods = (rule.methods or set()) & {"GET", "POST"}
            for address in filled(rule.rule, rule.arguments, ids):
                for method in methods if who in SENDERS else methods & {"GET"}:
                    if method == "GET":
                        answer = seat.get(address)
                    else:
                        answer = seat.post(address, {**tokens, **sent})
                    if met := town.met(who, html.unescape(answer.text), *address.split("/")):
                        found[who, method, address] = met
        if who in APART:
            assert not town.secret & {*touched}, f"{who} changes it"
        touched.clear()
    assert found == {}


KINDS = sorted(workflows.registry.REGISTRY, key=lambda kind: kind.__name__)
# Who asks them is no member.
_NO_MEMBER = {Action.KEEP_TIME, Action.CHECK_TRAIL, Action.SET_UP, Action.SIGN_IN,
              Action.PRINT_LINK}  # fmt: skip


def messages(town: Town, kind: type[Any], case_id: str, meeting_id: str) -> Any:
    meeting = town.hall.meeting(meeting_id)
    referral = town.hall.case(case_id).referrals[0].id
    number = town.hall.case(case_id).number
    return made(
        kind,
        case_id=case_id,
        kept_id=case_id,
        case_ids=(case_id,),
        meeting_id=meeting_id,
        of_meeting=meeting_id,
        number=number,
        case_number=number,
        case_numbers=(number,),
        referral_id=referral,
        agency_id="A14",
        agency_ids=("A13", "A14"),
        named_member_id=MANAGER,
        slot_id=meeting.slots[0].id,
        reason="片付けるため。",
        answer_by="令和9年1月12日",
        writer_id=CHAIR,
        labels=LABELS,
        except_case_id="",
    )


def asked_about(kind: type[Any], town: Town) -> Iterable[tuple[str, str]]:
    names = {f.name for f in fields(kind)}
    if names & {"meeting_id", "of_meeting"}:
        return ((town.case_id, town.fixed), (town.case_id, town.collecting),
                (town.case_id, town.mixed))  # fmt: skip
    if names & {"case_id", "number", "kept_id", "case_ids", "case_numbers", "case_number"}:
        return ((town.case_id, town.fixed), (town.ended, town.fixed))
    return ((town.case_id, town.fixed),)


def test_no_answer_and_no_refusal_says_it_and_no_command_changes_it(town: Town) -> None:
    """Every question and every command there is, by everybody who is not named."""
    touched: list[str] = []
    desk = rehearsed(town, touched).desk
    found: dict[tuple[str, str, str], set[str]] = {}
    for kind in KINDS:
        if workflows.registry.REGISTRY[kind].action in _NO_MEMBER or kind is GetChangeWords:
            continue
        for case_id, meeting_id in asked_about(kind, town):
            message = messages(town, kind, case_id, meeting_id)
            for who in EVERYBODY:
                text = answer_to(desk, message, who)
                if met := town.met(who, text, *_values(message)):
                    found[who, kind.__name__, "mixed" if meeting_id == town.mixed else ""] = met
                if who in APART and issubclass(kind, Command) and town.secret & {*touched}:
                    found[who, kind.__name__, "changes"] = town.secret & {*touched}
                touched.clear()
    assert found == {}


def answer_to(desk: Desk, message: Any, who: str) -> str:
    """What somebody learns: the answer, or the refusal with its facts."""
    try:
        return repr(desk.handle(message, who))
    except Refused as refused:
        return repr((refused.key, refused.facts, getattr(refused, "errors", ())))


def test_a_number_that_is_guessed_right_looks_like_one_that_is_not(town: Town) -> None:
    """Whatever asks for a case by its number or id answers as it does where there is none."""
    desk, found = rehearsed(town, []).desk, {}
    for kind in KINDS:
        names = {f.name for f in fields(kind)} & {*NAMING}
        if not names or workflows.registry.REGISTRY[kind].action in _NO_MEMBER:
            continue
        for case_id in (town.case_id, town.ended):
            message = messages(town, kind, case_id, town.mixed)
            number = town.hall.case(case_id).number
            other = replace(message, **{n: NAMING[n] for n in names})
            for who in APART:
                real = answer_to(desk, message, who).replace(number, NOBODYS)
                if real.replace(case_id, NAMING["case_id"]) != answer_to(desk, other, who):
                    found[who, kind.__name__, number] = real
    assert found == {}


NOBODYS = "R8-0999"
NAMING: dict[str, Any] = {
    "number": NOBODYS,
    "case_number": NOBODYS,
    "case_numbers": (NOBODYS,),
    "case_id": "0" * 32,
    "kept_id": "0" * 32,
}


def _values(message: Any) -> list[str]:
    return [str(v) for f in fields(message) for v in _each(getattr(message, f.name))]


def _each(value: Any) -> Iterable[Any]:
    return value if isinstance(value, tuple) else (value,)


def test_no_notice_or_card_of_theirs_says_it(town: Town) -> None:
    """What was told and lies somewhere, drawn as it goes out today: to a chat, by mail, anew."""
    hall, found, told = town.hall, {}, 0
    agencies = everybody(hall)
    for notice in [i.notice for who in everybody(hall) for i in hall.mail(who)] + hall.notices():
        if notice.member_id in NAMED:
            continue
        known = hall.desk.ask(GetNoticeForReceiver(notice), Caller.CLOCK)
        if known is None:
            continue
        told += 1
        who = notice.member_id
        text = f"{known.facts} {TEXTS.card(known)}"
        if met := set(SECRET_NUMBERS.findall(text)):
            found[who, notice.key] = met
        if agencies[who] not in ("A13", "A14") and who != CHAIR and WHERE_AND_WHEN.search(text):
            found[who, notice.key] = {"where and when"}
    assert told > 10
    assert found == {}


def everybody(hall: TownHall) -> dict[str, str]:
    """Each member with their agency."""
    with hall.database.open() as unit:
        return {m.id: m.agency_id for m in unit.directory.members()}


def test_no_chat_button_opens_a_restricted_case(town: Town) -> None:
    """The homes, the week with its picture, and every button of all, by hand-made tokens."""
    found: dict[tuple[str, str], set[str]] = {}
    with slack_product(town.hall) as slack:
        slack.tick()
        for who in (OTHER_COORDINATOR, MANAGER):
            person = slack.person(who)
            person.open_home()
            slack.tick()
            if met := town.met(who, person.home_text() + str(person.messages())):
                found[who, "home"] = met
            for verb in sorted(slack_door.PRESSED) if who == OTHER_COORDINATOR else ["digest"]:
                for subject in (town.number, town.fixed):
                    person.close_view(everything=True) if person.view else None
                    seen = len(person.ephemerals())
                    slack.press(person, verb, subject if verb != "digest" else "")
                    here = person.ephemerals()[seen:]
                    shown = str(person.view and person.view.text) + str(here)
                    if met := town.met(who, shown, subject):
                        found[who, f"slack {verb} {subject}"] = met
        pictures = [str(c) for c in slack.slack.calls]
        assert town.met("", " ".join(c for c in pictures if "alt_text" in c)) == set()
    with lineworks_product(town.hall) as lineworks:
        for who in (OTHER_COORDINATOR, MANAGER):
            writer = lineworks.person(who)
            for verb in sorted(lineworks_door.PRESSED) if who == OTHER_COORDINATOR else ["digest"]:
                for subject in (town.number, town.fixed):
                    lineworks.press(writer, verb, subject if verb != "digest" else "")
            if met := town.met(who, writer.screen_text()):
                found[who, "lineworks"] = met
    with mattermost_product(town.hall) as mattermost:
        for who in (OTHER_COORDINATOR, MANAGER):
            reader = mattermost.person(who)
            for verb in sorted(mattermost_door.PRESSED) if who == OTHER_COORDINATOR else ["digest"]:
                for subject in (town.number, town.fixed):
                    seen = len(reader.posts())
                    mattermost.press(reader, verb, subject if verb != "digest" else "")
                    posted = [as_text(one) for one in reader.posts()[seen:]]
                    shown = str(posted) + str(reader.dialog and reader.dialog.content)
                    if met := town.met(who, shown, subject):
                        found[who, f"mattermost {verb} {subject}"] = met
            mattermost.tick()
            if met := town.met(who, reader.screen_text(), town.number, town.fixed):
                found[who, "mattermost"] = met
    assert found == {}
