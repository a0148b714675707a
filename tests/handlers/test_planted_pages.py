"""Planted words on every page, paper and older version, after each thing that a person decides.

A word of its own stands in every free text of a case, from its sheet to its record. Then the person
leaves an agency out, takes all back, is in danger, turns out to be somebody else, is let go; and
everybody in the town opens every address there is, those of what stood before among them.
"""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from flask import Flask

from tests.attack.kinds import Kind
from tests.handlers.test_disclosed_is_shown import (
    Planted,
    Told,
    confirmed,
    convened,
    opened,
    planned,
    written,
)
from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, filled, ticks_of, web_app
from tests.workflows.test_requests import recorded
from tests.workflows.test_retention import approve, everything_readable, keep_house
from workflows.cases.drafts import SaveDraft
from workflows.cases.name_members import NameMember
from workflows.cases.roles import TickRole
from workflows.requests.record import AssignRequestToCase
from workflows.retention.hold import LiftHold

pytestmark = pytest.mark.attack(Kind.PLANTED)

EVERYBODY = (COORDINATOR, ELDERLY, CHAIR, MANAGER, ADMINISTRATOR, OUTSIDER)
# Opened by nobody here: they change who sits there, or stream, or belong to nobody's case.
LEFT_OUT = ("/sign-in", "/signed-out", "/static", "/local", "/a/<token>")
_WORD = re.compile(r"語[〇一二三四五六七八九]{4}")


def written_again(told: Told) -> None:
    """What stood in the record before is an older version of it."""
    told.hall.save_record(told.meeting_id, decisions=[{"text": told.planted.word()}])


class Town:
    """A case with its words in it, and the pages over it."""

    def __init__(self, hall: TownHall) -> None:
        self.hall, self.told, self.app = hall, Told(hall, Planted()), web_app(hall)
        for stage in (opened, planned, convened, written, written_again, confirmed):
            stage(self.told)
            hall.clock.move(days=1)
        self.case_id, self.meeting_id = self.told.case_id, self.told.meeting_id
        self.number = hall.case(self.case_id).number
        kept: Any = {"fields": {"summary": self.word()}, "opened": "", "version": 1}
        for who in (ELDERLY, COORDINATOR):
            hall.desk.handle(SaveDraft("sheet", kept, subject=self.number), who)
        asked = ("person", "asker", "authority", "checked", "wanted")
        texts = {name: self.word() for name in asked}
        self.of_request = set(texts.values())
        self.request_id = recorded(hall, asked_as="agent", **texts)
        hall.desk.handle(AssignRequestToCase(self.request_id, self.number), COORDINATOR)

    def word(self) -> str:
        return self.told.planted.word()

    @property
    def words(self) -> set[str]:
        """All that were typed."""
        return set(self.told.planted.claims) - self.of("address")

    def of(self, part: str) -> set[str]:
        """The words that stand in one part of the case, or in one field of its forms."""
        claims = self.told.planted.claims.items()
        return {word for word, of in claims if any(part in (c[0], c[2]) for c in of)}

    def addresses(self) -> list[str]:
        """Every address, filled in with what belongs to the case, also what stood before."""
        case, meeting = self.hall.case(self.case_id), self.hall.meeting(self.meeting_id)
        return _filled(
            self.app,
            {
                "number": [case.number],
                "case_id": [case.id],
                "meeting_id": [self.meeting_id],
                "referral_id": [r.id for r in case.referrals],
                "follow_up_id": [f.id for f in case.follow_ups],
                "role_id": [r.id for r in case.roles],
                "judgement_id": [j.id for j in case.judgements],
                "agency_id": [i.agency_id for i in meeting.invites],
                "request_id": [self.request_id],
                "member_id": [ELDERLY],
                "version": ["1", "2"],
                "on": ["2026-11-23"],
                "wrong_id": [w.id for w in case.wrong_persons],
            },
        )

    def seen(
        self, people: Iterable[str], addresses: Iterable[str] = (), *, number: bool = False
    ) -> dict[str, set[str]]:
        """Address with who opened it, to the words that were there; with its number, where that
        is not only what was asked for, or an example of how one is written."""
        found, every = {}, list(dict.fromkeys(addresses)) or self.addresses()
        for who in people:
            seat = Seat(self.app, who)
            for address in every:
                text = html.unescape(seat.get(address).text)
                words = set(_WORD.findall(text)) & self.words
                if number and self.number not in address and address != "/meetings/new":
                    plain = re.sub("<[^>]*>", "", text)  # 請R8-0001 is that of a request
                    words |= set(re.findall(f"(?<!請){self.number}", plain))
                if words:
                    found[f"{who} {address}"] = words
        return found


def _filled(app: Flask, ids: Mapping[str, list[str]]) -> list[str]:
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(LEFT_OUT):
            continue
        found += filled(rule.rule, rule.arguments, ids)
    number = ids["number"][0]
    return [*found, f"/meetings/new?case={number}", f"/cases?q={number}", f"/meetings?q={number}"]


@pytest.fixture
def town(hall: TownHall) -> Town:
    return Town(hall)


def test_planted_words_are_shown_to_who_may_read(town: Town) -> None:
    """Else finding none below says nothing. Nobody without a part meets one of them."""
    seen = town.seen(EVERYBODY)
    read = {who: set[str]() for who in EVERYBODY}
    for at, words in seen.items():
        read[at.split(" ")[0]] |= words
    assert town.words - read[COORDINATOR] - read[ELDERLY] == set()
    assert len(read[ELDERLY]) > 20
    assert read[MANAGER] == town.of("holds"), "why it is kept longer"
    assert read[ADMINISTRATOR] | read[OUTSIDER] == set()
    places = {at.split(" ")[1] for at in seen}
    for paper in ("/print", "/record/print", "/record/versions/1", "/disclosures/print"):
        assert any(p.endswith(paper) for p in places), paper
    assert f"/requests/{town.request_id}/cases/{town.number}" in places


def leaves_out(town: Town, **said: Any) -> None:
    answer = {k: v for k, v in said.items() if v is not None}
    town.hall.consent(town.case_id, **answer)


WITHDRAWN = {"consent": "withdrawn", "consent_on": "", "consent_scope": []}


@pytest.mark.parametrize(
    "said",
    [{**consented("A17"), "consent_on": "R8.11.25"}, WITHDRAWN],
    ids=["left out", "withdrawn"],
)
def test_an_agency_that_is_shut_out_meets_no_word_anywhere(
    town: Town, said: Mapping[str, Any]
) -> None:
    """Not at an older version, a paper, its own draft or preparation, by no address of before."""
    before, case_page = town.addresses(), [f"/cases/{town.number}"]
    assert all(town.seen([who], case_page) for who in (ELDERLY, "M27"))
    leaves_out(town, **said)
    assert town.seen([ELDERLY, "M27", OUTSIDER], [*before, *town.addresses()]) == {}
    still = town.seen([COORDINATOR], before)
    assert set().union(*still.values()) >= town.words & (town.of("sheet") | town.of("record"))


def test_a_restricted_case_shows_no_word_to_who_is_not_named(town: Town) -> None:
    """Neither to who read it until now and ran or chaired its meeting, nor to who recorded the
    person's request. Nor is its number, or that there is one, on any page."""
    hall, before = town.hall, town.addresses()
    hall.edit(town.case_id, danger="yes")
    hall.desk.handle(NameMember(town.case_id, OTHER_COORDINATOR, True), COORDINATOR)
    for member_id in set(hall.case(town.case_id).named_member_ids) - {OTHER_COORDINATOR}:
        hall.desk.handle(NameMember(town.case_id, member_id, False), OTHER_COORDINATOR)
    assert hall.case(town.case_id).named_member_ids == [OTHER_COORDINATOR]
    hall.clock.move(days=9)
    hall.keep_promises()
    ticks_of(hall).tick()
    others = [*set(EVERYBODY) - {OTHER_COORDINATOR}, "M25", "M27"]
    seen = town.seen(others, [*before, *town.addresses()], number=True)
    assert seen == {}
    assert town.seen([OTHER_COORDINATOR])


def test_what_stood_about_another_person_is_read_by_who_answers_for_it_alone(town: Town) -> None:
    """After the sheet turned out to be somebody else's: those who were told until now read of the
    one it is about, and no page, paper or version says a word of the one it was about."""
    name = str(town.hall.case(town.case_id).sheet["name"])
    assert name in town.words
    town.hall.edit(town.case_id, whose="another", name="別所 まこと")
    others = [DISABILITY, FARMING, *EVERYBODY[1:]]
    assert name not in set().union(*town.seen(others).values())
    assert name in set().union(*town.seen([COORDINATOR]).values())


def test_after_disposal_no_word_is_on_any_page_and_in_no_table(town: Town) -> None:
    """Everybody opens every address there was; every column is opened, the sealed ones too."""
    hall, before = town.hall, town.addresses()
    hall.desk.handle(LiftHold(town.case_id), MANAGER)
    for role in hall.case(town.case_id).open_roles:
        hall.desk.handle(TickRole(town.case_id, role.id), ELDERLY)
    hall.reply(town.case_id, "A17", by=DISABILITY, reason=town.word())
    hall.close(town.case_id)
    hall.clock.move(days=366 * 6)
    assert approve(hall, town.case_id).cases == 1
    assert words_in(everything_readable(hall))["cases"] >= town.words & town.of("sheet")
    keep_house(hall)
    kept = words_in(everything_readable(hall))
    assert {t: w - town.of_request for t, w in kept.items() if w - town.of_request} == {}
    seen = town.seen(EVERYBODY, before)
    assert {at: w - town.of_request for at, w in seen.items() if w - town.of_request} == {}


def words_in(tables: Mapping[str, str]) -> dict[str, set[str]]:
    return {table: set(_WORD.findall(text)) for table, text in tables.items()}
