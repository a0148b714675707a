"""What a button does: every verb has a page, and every promise is kept by one of them."""

import pytest

from handlers.web.server.navigation import link, promise_link
from handlers.words.to_do import promise_action
from handlers.words.verbs import (
    VERB_OF_PROMISE,
    VERBS,
    address_of,
    is_of_case,
    is_of_meeting,
    route,
)
from tests.support.town import TownHall
from tests.support.web import web_app
from workflows.model.card import CardButton
from workflows.model.promise import PromiseKind


def test_every_verb_has_its_page_and_every_promise_its_verb(hall: TownHall) -> None:
    pages = {r.rule for r in web_app(hall).url_map.iter_rules() if "GET" in (r.methods or ())}
    assert {route(verb) for verb in VERBS} <= pages
    assert set(VERB_OF_PROMISE) == set(PromiseKind) - {PromiseKind.DIGEST}, "which the clock keeps"
    assert sum(len(verb.keeps) for verb in VERBS.values()) == len(VERB_OF_PROMISE), "one keeps it"
    assert [verb for verb in VERBS if is_of_case(verb) and is_of_meeting(verb)] == []


def test_an_address_names_what_it_is_about() -> None:
    assert address_of("reply", "R8-0001", "r1") == "/cases/R8-0001/referrals/r1/reply"
    assert address_of("convene", "R8-0001") == "/meetings/new?case=R8-0001"
    assert address_of("attend", "m1") == "/meetings/m1/attend"
    assert address_of("sign_in", "", "t1") == "/sign-in/t1"
    assert [address_of("digest", "", on) for on in ("2026-12-01", "")] == [
        "/digest/2026-12-01",
        "/digest",
    ]
    assert [address_of(verb) for verb in ("inbox", "drafts", "cases")] == [
        "/",
        "/#drafts",
        "/cases",
    ]
    assert link(CardButton("", "open_case", "R8-0001")) == "/cases/R8-0001"
    assert promise_link(PromiseKind.ROLE, "R8-0001", "", "r1") == "/cases/R8-0001/roles/r1"
    assert promise_action("of another version", "", "m1", "").verb == "open_meeting"  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        address_of("opne_case", "R8-0001")
