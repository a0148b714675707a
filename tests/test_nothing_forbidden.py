"""Random members do random things; nobody ever sees a word of a case that the rules keep from them.

What is allowed is worked out here a second time, from docs/rules.md and the documents themselves,
and not from the permission table: a mistake in the table shows as well as one in a view.
"""

import logging
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

import workflows.registry
from handlers.words.labels import load_labels
from handlers.words.texts import load_texts
from tests.attack.kinds import Kind
from tests.attack.rounds import seeds
from tests.support.deeds import DEEDS, Rolled, marks, number_of, open_first_case, said_mark
from tests.support.messages import made
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
    SSW,
)
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.core.errors import Refused
from workflows.core.messages import Command, Query
from workflows.core.permissions import Caller
from workflows.model.case import Case
from workflows.model.directory import Member, Role
from workflows.model.meeting import Meeting, MeetingState

pytestmark = pytest.mark.attack(Kind.PLANTED)

CAST = (
    COORDINATOR, OTHER_COORDINATOR, CHAIR, MANAGER, ADMINISTRATOR, CLERK, ELDERLY, DISABILITY,
    LIVELIHOOD, FARMING, COMMISSIONER, SSW, OUTSIDER,
)  # fmt: skip
KINDS = sorted(workflows.registry.REGISTRY, key=lambda kind: kind.__name__)
NOT_ASKED = {"GetChangeWords"}  # puts into words what the asker hands over, nothing else
PAGES_EACH = 8  # that every one of the cast opens after a walk, drawn by chance
MOST_SUBJECTS = 12  # cases with a meeting that are asked about after a walk, drawn by chance
SECRECY = {"act_106_6", "livelihood_act_9", "child_protection"}
MINUTES_OPEN = timedelta(days=30)


LABELS = load_labels()


# -- what the rules allow, said a second time -----------------------------------------------------


@dataclass(frozen=True)
class Judge:
    """Who may read what at this moment."""

    hall: TownHall
    cases: dict[int, Case]
    meetings: list[Meeting]

    def reads_case(self, member: Member, case: Case) -> bool:
        """docs/rules.md 1, 2, 5 and 7."""
        if case.is_restricted and member.id not in case.named_member_ids:
            return False
        mine = member.agency_id
        if Role.COORDINATOR in member.roles or mine in (case.writer_agency_id, case.lead_agency_id):
            return True
        part = any(r.agency_id == mine and (r.waits or r.took_part) for r in case.referrals)
        part = part or any(r.agency_id == mine for r in case.roles)
        if part and self._covered(member, case):
            return True
        ahead = [m for m in self.meetings if m.is_live and m.item(case.id)]
        return any(self._hears(member, meeting, case) for meeting in ahead)

    def reads_what_was_said(self, member: Member, case: Case) -> bool:
        """Of any sitting on the case: those who heard it there, and whoever may read the case."""
        if self.reads_case(member, case):
            return True
        if case.is_restricted and member.id not in case.named_member_ids:
            return False
        on_it = [m for m in self.meetings if m.item(case.id)]
        return any(
            self._hears(member, meeting, case) and self._still_open(member, meeting)
            for meeting in on_it
        )

    def _covered(self, member: Member, case: Case) -> bool:
        consent = case.consents[-1]
        agreed = consent.status in ("written", "oral")
        by_basis = case.sheet.get("unconsented_basis") and case.sheet.get("unconsented_reason")
        mine = member.agency_id
        # Whoever asked this agency stated a ground for it, since the person last said anything.
        asked = [r for r in case.referrals if r.agency_id == mine]
        stated = any(r.basis and r.ground_under == len(case.consents) for r in asked)
        # Or a meeting that may discuss without consent gave it a role, and said why, since then.
        given = [g for g in case.stated_grounds if g.agency_id == mine]
        stated = stated or any(g.under == len(case.consents) for g in given)
        own = mine == case.writer_agency_id
        return own or bool(by_basis) or stated or (agreed and mine in consent.scope)

    def _hears(self, member: Member, meeting: Meeting, case: Case) -> bool:
        item = meeting.item(case.id)
        writer = meeting.record.writer_id if meeting.record else None
        runs = member.id in (meeting.organiser_id, meeting.chair_id, writer)
        if item is None or not (runs or member.agency_id in item.agency_ids):
            return False
        if set(meeting.bases) & SECRECY:
            return member.id in meeting.secrecy
        agreed = case.consents[-1].status in ("written", "oral")
        return agreed and (member.id == meeting.organiser_id or self._covered(member, case))

    def _still_open(self, member: Member, meeting: Meeting) -> bool:
        writer = meeting.record.writer_id if meeting.record else None
        if member.id in (meeting.organiser_id, meeting.chair_id, writer):
            return True
        if meeting.state is MeetingState.CANCELLED:
            return False
        confirmed = meeting.record.confirmed_at if meeting.record else None
        if confirmed is None or self.hall.clock.at < confirmed + MINUTES_OPEN:
            return True
        on_agenda = [c for c in self.cases.values() if meeting.item(c.id)]
        return any(c.is_open and member.agency_id in c.agency_ids() for c in on_agenda)

    def forbidden_to(self, member_id: str) -> tuple[str, ...]:
        """Every planted word that this member must not see now."""
        with self.hall.database.open() as unit:
            member = unit.directory.member(member_id)
        assert member is not None
        found: list[str] = []
        for number, case in self.cases.items():
            if not self.reads_case(member, case):
                found += marks(number)
            if not self.reads_what_was_said(member, case):
                found.append(said_mark(number))
        return tuple(found)

    def all_words(self) -> tuple[str, ...]:
        return tuple(w for n in self.cases for w in (*marks(n), said_mark(n)))


def judge_of(hall: TownHall) -> Judge:
    with hall.database.open() as unit:
        meetings = [
            m for r in unit.meetings.rows(live_only=False) if (m := unit.meetings.get(r.id))
        ]
    return Judge(hall, {number_of(hall, c): hall.case(c) for c in hall.case_ids()}, meetings)


# -- what members get to see ----------------------------------------------------------------------


def subjects(judge: Judge) -> Iterator[dict[str, Any]]:
    """What a message may be about: every case, with every meeting."""
    meeting_ids = [m.id for m in judge.meetings] or ["none"]
    for case in judge.cases.values():
        for meeting_id in meeting_ids:
            referral = case.referrals[-1].id if case.referrals else "none"
            yield {
                "case_id": case.id,
                "number": case.number,
                "case_number": case.number,
                "meeting_id": meeting_id,
                "referral_id": referral,
                "labels": LABELS,
            }


def questions(kind: type[Any], about_what: list[dict[str, Any]]) -> Iterator[Any]:
    """This kind of question about each of these, once each."""
    asked = set()
    names = {f.name for f in fields(kind)}
    for about in about_what:
        known = {name: value for name, value in about.items() if name in names}
        once = tuple(map(str, known.values()))
        if once not in asked:
            asked.add(once)
            yield made(kind, **known)


def check_views(hall: TownHall, judge: Judge, dice: random.Random) -> int:
    """Ask everything as everybody. Answers with how many words were rightly seen."""
    seen = 0
    there = list(subjects(judge))
    about_what = dice.sample(there, min(len(there), MOST_SUBJECTS))
    for actor in (*CAST, Caller.CLOCK, Caller.CONSOLE):
        forbidden = judge.all_words() if isinstance(actor, Caller) else judge.forbidden_to(actor)
        for kind in KINDS:
            if not issubclass(kind, Query) or kind.__name__ in NOT_ASKED:
                continue
            for question in questions(kind, about_what):
                with suppress(Refused):
                    told = repr(hall.desk.ask(question, actor))
                    wrong = [w for w in forbidden if w in told]
                    assert not wrong, f"{actor} sees {wrong} by {question}"
                    seen += any(w in told for w in judge.all_words())
    return seen


def addresses(app: Flask, judge: Judge) -> list[str]:
    found = set()
    for about in subjects(judge):
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and rule.endpoint not in ("static", "htmx"):
                parts = [(part[0], part[1]) for part in rule._trace]
                found.add("".join(about.get(t, "none") if dynamic else t for dynamic, t in parts))
    return sorted(a.strip("|") for a in found)


def check_pages(hall: TownHall, judge: Judge, dice: random.Random) -> None:
    """Open pages by chance, as one after the other of the cast."""
    app = web_app(hall)
    there = addresses(app, judge)
    for member_id in CAST:
        forbidden = judge.forbidden_to(member_id)
        seat = Seat(app, member_id)
        for address in dice.sample(there, min(len(there), PAGES_EACH)):
            answer = seat.get(address)
            told = answer.get_data(as_text=True) + str(answer.headers)
            wrong = [w for w in forbidden if w in told]
            assert not wrong, f"{member_id} sees {wrong} at {address}"


def check_cards(hall: TownHall, judge: Judge) -> None:
    """No card bears a word of anybody's, whoever receives it: not even where they may read it."""
    texts = load_texts(None)
    ticks_of(hall).tick()
    for member_id in CAST:
        for item in hall.mail(member_id):
            told = f"{texts.card(item.notice)} {texts.drawn(item.notice)} {item.notice}"
            wrong = [w for w in judge.all_words() if w in told]
            assert not wrong, f"{item.notice.key} tells {wrong}"


def try_anything(hall: TownHall, dice: random.Random, judge: Judge) -> None:
    """Any member tries any command on any subject; mostly a rule says no."""
    commands: list[type[Any]] = [k for k in KINDS if issubclass(k, Command)]
    about = dice.choice(list(subjects(judge)))
    kind = dice.choice(commands)
    known = {f.name: about[f.name] for f in fields(kind) if f.name in about}
    with suppress(Refused):
        hall.desk.handle(made(kind, **known), dice.choice(CAST))


@pytest.mark.parametrize("seed", seeds(5, share=0.2))
def test_nobody_sees_what_the_rules_keep_from_them(
    hall: TownHall, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    """After any deeds, no view, page, card or log holds a word that its reader may not see."""
    caplog.set_level(logging.DEBUG)
    dice = random.Random(seed)
    open_first_case(hall)
    for _ in range(dice.randint(25, 50)):
        with suppress(Refused):
            dice.choice(DEEDS)(hall, Rolled(dice))
        try_anything(hall, dice, judge_of(hall))
    judge = judge_of(hall)
    check_views(hall, judge, dice)
    check_pages(hall, judge, dice)
    check_cards(hall, judge)
    wrong = [w for w in judge.all_words() if w in caplog.text]
    assert not wrong, f"the log tells {wrong}"


def test_the_words_are_there_for_those_who_may_read_them(hall: TownHall) -> None:
    """The walk above can fail: its words are seen where they may be, and its judge says no."""
    open_first_case(hall)
    judge, dice = judge_of(hall), random.Random(0)
    assert check_views(hall, judge, dice) >= 3
    assert judge.forbidden_to(ELDERLY) == ()
    assert set(judge.forbidden_to(OUTSIDER)) == set(judge.all_words())
    with pytest.raises(AssertionError, match="sees"):
        check_views(hall, _blind(judge), dice)


def _blind(judge: Judge) -> Judge:
    """A judge who lets nobody read anything."""

    class Strict(Judge):
        def reads_case(self, member: Member, case: Case) -> bool:
            return False

        def reads_what_was_said(self, member: Member, case: Case) -> bool:
            return False

    return Strict(judge.hall, judge.cases, judge.meetings)
