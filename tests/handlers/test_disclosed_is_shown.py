"""The disclosure says what each page showed: no more and no less.

A case has a word of its own in every place where something is written about the person. People of
all roles open pages of it in random order, while the case goes on from the sheet to its closure.
After each page the words that its HTML really held are compared with the look that was written
down, and at the end of each day the disclosure to the person with both.
"""

import html
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from tests.attack.kinds import Kind
from tests.attack.rounds import seeds
from tests.support.hands import ask_for, consented
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    FARMING,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import FORMS, TownHall
from tests.support.web import Seat, filled, web_app
from workflows.cases.disclosures import GetDisclosures
from workflows.cases.refer import Refer
from workflows.cases.still_needed import SayStillNeeded
from workflows.core.looks import (
    CASE_PAGES,
    PAPERS,
    SHOWS,
    TRAIL_KINDS,
    CasePage,
    Part,
    ShownPart,
    shown_in,
)
from workflows.core.messages import REGISTRY
from workflows.core.permissions import RULES
from workflows.core.ports import Event
from workflows.followups.reassess import EndReassessment
from workflows.forms import FieldType
from workflows.japanese.dates import show_date
from workflows.meetings.preparation import SavePreparation
from workflows.model.mail_reply import MailReply
from workflows.retention.hold import SetHold

pytestmark = pytest.mark.attack(Kind.PLANTED)

READERS = (
    *(COORDINATOR, ELDERLY, FARMING) * 4, *(OTHER_COORDINATOR, CHAIR, LIVELIHOOD, MANAGER) * 2,
    ADMINISTRATOR, CLERK, OUTSIDER,
)  # fmt: skip
# What a look says of a part of which no word of ours is written: a code, a mark, a list.
WORDLESS = {Part.FOUND, Part.DISCLOSURES, Part.SCOPE, Part.NEAR_MISS, Part.JUDGEMENTS}
_WORD = re.compile(r"語[〇一二三四五六七八九]{4}")
_DIGITS = "〇一二三四五六七八九"

# A claim is what a look says: a part, its version, one field of it, whether it was confirmed.
Claim = tuple[str, int, str, bool | None]


def claims_of(shown: tuple[ShownPart, ...]) -> set[Claim]:
    found: set[Claim] = set()
    for one in shown:
        for name in one.fields or ("",):
            found.add((one.part, one.version, name, one.confirmed))
    return found


@dataclass
class Planted:
    """Every word with the claims of which one has to be made where it was seen."""

    claims: dict[str, set[Claim]] = field(default_factory=dict)

    def word(self, *claims: Claim) -> str:
        number = f"{len(self.claims) + 1:04d}"
        word = "語" + "".join(_DIGITS[int(d)] for d in number)
        self.claims[word] = set(claims)
        return word

    def also(self, word: str, *claims: Claim) -> None:
        self.claims[word] |= set(claims)

    def seen_in(self, text: str) -> set[str]:
        return set(_WORD.findall(html.unescape(text))) & set(self.claims)


@dataclass
class Told:
    """A case that goes on, with its words."""

    hall: TownHall
    planted: Planted
    case_id: str = ""
    meeting_id: str = ""
    sheet: dict[str, str] = field(default_factory=dict)

    def texts(self, form_id: str, **claims: Any) -> dict[str, str]:
        """A word for each free text of a form. The form's claims are made by `claims`."""
        found = {}
        for one in FORMS.form(form_id).fields:
            if one.type in (FieldType.TEXT, FieldType.LONG):
                found[one.id] = self.planted.word(*claims["of"](one.id))
        return found

    def person(self, name: str) -> str:
        with self.hall.database.open() as unit:
            member = unit.directory.member(name)
        assert member is not None
        return member.name


def sheet_claims(version: int, name: str) -> list[Claim]:
    found: list[Claim] = [("sheet", version, name, None), ("consent_form", version, name, None)]
    if name == "wishes":
        found.append(("wishes", version, "", None))
    if name in ("consent_method", "unconsented_reason"):
        found += [("consents", 0, "", None), ("sharings", 0, "", None)]
    return found


def opened(told: Told) -> None:
    """The sheet, asked of two agencies; the first takes it and leads."""
    hall, planted = told.hall, told.planted
    told.sheet = told.texts("sheet", of=lambda name: sheet_claims(1, name))
    del told.sheet["address"]  # it is a place, and is looked for as one
    request = planted.word(("requests", 0, "A14", None))
    told.case_id = hall.open_case(
        "A14",
        request=request,
        **{**consented("A14"), **told.sheet, "unconsented_basis": "act_106_6"},
        household=[{"name": planted.word(("sheet", 1, "household", None)), "relation": "子"}],
    )
    asked = ask_for("A17", planted.word(("requests", 0, "A17", None)))
    ground = planted.word(("sharings", 0, "", None))
    hall.desk.handle(Refer(told.case_id, (asked,), "act_106_6", ground), COORDINATOR)
    reason = planted.word(("replies", 0, "A14", None))
    hall.reply(told.case_id, "A14", by=ELDERLY, lead="yes", reason=reason)
    with hall.database.open() as unit:
        case = unit.cases.get(told.case_id, change=True)
        assert case is not None
        mail = planted.word(("mail", 0, "A17", None))
        case.mail_replies.append(
            MailReply("m1", hall.desk.now(), LIVELIHOOD, "A17", "", "", "", mail, True, "x@y.jp")
        )
        unit.commit()


def planned(told: Told) -> None:
    """Two plans, the sheet corrected, a check answered."""
    hall, planted = told.hall, told.planted
    for version in (1, 2):
        texts = told.texts("plan", of=lambda name, v=version: [("plan", v, name, None)])
        hall.plan(told.case_id, **texts)
    corrected = planted.word(*sheet_claims(2, "summary"))
    for name, word in told.sheet.items():
        if name != "summary":
            planted.also(word, *sheet_claims(2, name))
    household = next(w for w, c in planted.claims.items() if ("sheet", 1, "household", None) in c)
    planted.also(household, ("sheet", 2, "household", None))
    hall.edit(told.case_id, summary=corrected)
    comment = planted.word(("checks", 0, "", None))
    hall.check_on(told.case_id, "worse", by=ELDERLY, comment=comment, next_on="")
    outcome = planted.word(("reassessments", 0, "", None))
    hall.desk.handle(EndReassessment(told.case_id, outcome), COORDINATOR)
    reason = planted.word(("holds", 0, "", None))
    hall.desk.handle(SetHold(told.case_id, reason), MANAGER)
    hall.ask_whether_needed(told.case_id)
    needed = [planted.word(("still_needed", 0, "", None)) for _ in range(2)]
    hall.desk.handle(SayStillNeeded(told.case_id, *needed), ELDERLY)
    hall.ask_whether_needed(told.case_id)


def convened(told: Told) -> None:
    """A 支援会議 with somebody beyond the consent, and a sheet of preparation."""
    hall, planted = told.hall, told.planted
    told.meeting_id = hall.convene(
        told.case_id,
        required=["A13", "A14", "A20"],
        basis_reason=planted.word(("sharings", 0, "", None)),
    )
    hall.swear(told.meeting_id, ELDERLY, FARMING, COORDINATOR, CHAIR)
    prepared = told.texts("preparation", of=lambda _: [("preparations", 0, "A14", None)])
    number = hall.case(told.case_id).number
    hall.desk.handle(SavePreparation(told.meeting_id, number, prepared), ELDERLY)
    hall.fix(told.meeting_id, reason="急ぐため。")


def written(told: Told) -> None:
    """The record, which nobody has confirmed yet."""
    hall, planted = told.hall, told.planted
    slot = hall.meeting(told.meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)

    def of(name: str) -> list[Claim]:
        return [("record", 1, name, confirmed) for confirmed in (False, True)]

    texts: dict[str, Any] = {**told.texts("record", of=of)}
    planted.also(texts["missing_resources"], ("missing", 0, "", None))
    decided, task = planted.word(*of("decisions")), planted.word(*of("roles"))
    planted.also(decided, ("before", 0, "", None))
    planted.also(task, ("before", 0, "", None), ("roles", 0, "A14", None))
    later = show_date(hall.in_days(60).date())
    hall.save_record(
        told.meeting_id,
        decisions=[{"text": decided}],
        roles=[{"agency": "A14", "task": task, "due_on": later}],
        next_on=later,
        **texts,
    )


def confirmed(told: Told) -> None:
    told.hall.confirm_record(told.meeting_id)


def withdrawn(told: Told) -> None:
    """The person takes back what they agreed to."""
    hall, planted = told.hall, told.planted
    version = hall.case(told.case_id).sheet_version + 1
    for name, word in told.sheet.items():
        planted.also(word, *sheet_claims(version, name))
    for word, claims in planted.claims.items():
        if any(c[:2] == ("sheet", 2) for c in claims):
            planted.also(word, *[(p, version, f, k) for p, v, f, k in claims if v == version - 1])
    hall.edit(told.case_id, consent="withdrawn", consent_scope=[], consent_on="")


def ended(told: Told) -> None:
    hall = told.hall
    texts = told.texts("closure", of=lambda name: [("ends", 0, name, None)])
    hall.close(told.case_id, "watching", **texts)


STAGES = (opened, planned, convened, written, confirmed, withdrawn, ended)
SENT_EMPTY = ("/sheet", "/plan", "/close", "/reply", "/entered", "/consent", "/refer")
VISITS = 22  # of each stage


def addresses(app: Flask, told: Told) -> list[str]:
    """Every page there is, filled in with what belongs to the case."""
    case = told.hall.case(told.case_id)
    ids: dict[str, list[str]] = {
        "number": [case.number],
        "case_id": [case.id],
        "kept_id": [case.id],
        "meeting_id": [told.meeting_id] if told.meeting_id else [],
        "referral_id": [r.id for r in case.referrals],
        "follow_up_id": [f.id for f in case.follow_ups],
        "role_id": [r.id for r in case.roles],
        "judgement_id": [j.id for j in case.judgements],
        "need_ask_id": [a.id for a in case.need_asks],
        "agency_id": ["A14", "A20"],
        "version": [str(e.version - 1) for e in case.sheet_edits],
    }
    found = [f"/meetings/new?case={case.number}"]
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        paths = filled(rule.rule, rule.arguments, ids)
        found += [p for p in paths if "cases" in p or "meetings" in p or "retention" in p]
    return found


def looks(hall: TownHall, case_id: str, after: int) -> list[Event]:
    return [e for e in hall.events(case_id) if e.id > after and e.kind.startswith("read.")]


def last_event(hall: TownHall, case_id: str) -> int:
    return max(e.id for e in hall.events(case_id))


def check(told: Told, address: str, seen: set[str], said: set[Claim]) -> None:
    """No less: each word that was on the page is explained by something that was said. No more:
    of everything that was said at least one word was there."""
    planted = told.planted
    for word in seen:
        assert planted.claims[word] & said, (address, word, planted.claims[word], said)
    explained = {c for word in seen for c in planted.claims[word]}
    written_of = {c for claims in planted.claims.values() for c in claims}
    for claim in said:
        if claim[0] in WORDLESS or claim not in written_of:
            continue  # of an answer that is no free text no word is looked for
        assert claim in explained, (address, claim, sorted(seen))


def visits(told: Told, app: Flask, chance: random.Random) -> Iterator[tuple[str, set[Claim]]]:
    """People look; yields who, and what was said of each look."""
    hall = told.hall
    every = addresses(app, told)
    for _ in range(VISITS):
        reader, address = chance.choice(READERS), chance.choice(every)
        seat, before = Seat(app, reader), last_event(hall, told.case_id)
        if address.endswith(SENT_EMPTY) and chance.random() < 0.3:
            # The page with the tokens is a look of its own, at the case itself.
            tokens = f"/cases/{hall.case(told.case_id).number}"
            text = seat.get(tokens).text
            answer = seat.send(address, {}, page=tokens)
            text += seat.get(address).text if answer.status_code < 400 else answer.text
        else:
            text = seat.get(address).text
        said: set[Claim] = set()
        for event in looks(hall, told.case_id, before):
            shown = shown_in(event.facts)
            assert shown is not None, (address, event)
            assert event.actor_id == reader
            said |= claims_of(shown)
        check(told, address, told.planted.seen_in(text), said)
        yield reader, said


def named(hall: TownHall, claims: set[Claim]) -> set[Claim]:
    """With agencies by their names, as the disclosure says them."""
    of_agencies = ("requests", "replies", "roles", "preparations", "mail")
    return {
        (p, v, hall.agency_name(f) if f and p in of_agencies else f, k) for p, v, f, k in claims
    }


@pytest.mark.parametrize("seed", seeds(2, share=0.2))
def test_the_disclosure_says_what_each_page_held_no_more_and_no_less(
    hall: TownHall, seed: int
) -> None:
    """Random people on random pages, from the first sheet to the end."""
    app, chance = web_app(hall), random.Random(seed)
    told = Told(hall, Planted())
    for stage in STAGES:
        stage(told)
        hall.clock.move(days=1)
        day: dict[str, set[Claim]] = {}
        for reader, said in visits(told, app, chance):
            day.setdefault(told.person(reader), set()).update(said)
        on = show_date(hall.desk.now().date())
        seen = hall.desk.ask(GetDisclosures(told.case_id, on, on), COORDINATOR, door="web")
        disclosed: dict[str, set[Claim]] = {}
        for line in (t for a in seen.agencies for t in a.told if t.what == "look"):
            assert line.shown is not None
            disclosed.setdefault(line.who, set()).update(claims_of(line.shown))
        own = {Part.DISCLOSURES, Part.REQUESTS, Part.SHARINGS}  # of the look that asks just now
        for who, said in day.items():
            extra = disclosed.get(who, set()) - named(hall, said)
            assert named(hall, said) <= disclosed.get(who, set())
            assert not extra or (
                who == told.person(COORDINATOR) and {c[0] for c in extra} <= own
            ), (stage.__name__, who, extra)


# -- nothing is left to a default -----------------------------------------------------------------


def test_every_message_that_opens_content_says_what_it_shows() -> None:
    """And nothing is declared of a message that is not there, or kept under a kind of nobody's."""
    names = {one.code: one for one in REGISTRY.values()}
    opens = {n for n, one in names.items() if RULES[one.action].content}
    assert opens <= set(SHOWS)
    assert set(SHOWS) <= set(names)
    assert set(SHOWS) - opens == set(TRAIL_KINDS)
    assert set(CASE_PAGES) == set(CasePage)
    assert set().union(*SHOWS.values()) == set(Part)


def test_every_paper_says_what_fills_it() -> None:
    """A print that is added is missed here until somebody says what it shows."""
    from pathlib import Path  # noqa: PLC0415

    kept = {p.name for p in Path("templates/paper").glob("[!_]*.html")} - {"base.html"}
    assert kept == set(PAPERS)
    assert {m for m in PAPERS.values() if m} <= set(SHOWS)
