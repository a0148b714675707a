"""Requests that nobody means, by everybody, to every address: no failure, and nothing given away.

A few in `make test`; `make attack` sends as many as ATTACK_ROUNDS says. A round that failed is
repeated by its seed.
"""

import random
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.attack.kinds import Kind
from tests.attack.odd import odd
from tests.attack.rounds import seeds
from tests.support.hands import Hands
from tests.support.page_forms import BUTTONS, PageForm, read_page
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    ELDERLY,
    LIVELIHOOD,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import TownHall
from tests.support.web import Seat, web_app

REQUESTS: Final = 120  # of a round
COLLEAGUE: Final = "M27"  # of the agency that is asked, and named on nothing
# Two of them would read the restricted case, were they only named.
MEMBERS: Final = (
    COORDINATOR, OTHER_COORDINATOR, COLLEAGUE, CHAIR, MANAGER, ADMINISTRATOR, ELDERLY, LIVELIHOOD,
    OUTSIDER,
)  # fmt: skip
CALLERS: Final = (*MEMBERS, None)
SECRETS: Final = {
    "name": "秘田 灯子",
    "kana": "ヒメダ トウコ",
    "address": "隠町九丁目",
    "phone": "0900000013",
}
LEFT_OUT: Final = ("/static", "/local")  # these let anybody be anybody: local mode alone
HEADERS: Final = (
    "Accept-Language", "Content-Type", "HX-Request", "If-Modified-Since", "Range", "Referer",
    "Origin", "X-Forwarded-For", "X-Forwarded-Proto", "Sec-Fetch-Site", "User-Agent",
)  # fmt: skip


class Attack:
    """A town with open, restricted and finished things, and somebody who sends at random."""

    def __init__(self, hall: TownHall, seed: int) -> None:
        self.dice = random.Random(seed)
        self.hall, self.app = hall, web_app(hall)
        hands = Hands(hall.desk, hall.database)
        self.restricted = hands.open_case("A14", danger="yes", **SECRETS)
        case_id = hands.open_case("A14", "A19")
        hands.reply(case_id, "A14", by=ELDERLY, lead="yes")
        meetings = [hands.convene(case_id), hands.convene(self.restricted)]
        cases = [hall.case(one) for one in (case_id, self.restricted)]
        self.ids = {
            "number": [c.number for c in cases],
            "case_id": [c.id for c in cases],
            "referral_id": [r.id for c in cases for r in c.referrals],
            "meeting_id": meetings,
            "agency_id": ["A13", "A14"],
            "member_id": [ELDERLY, MANAGER],
            "version": ["1"],
        }
        self.names = ["do", "note", "reason", "version"]  # of fields, more as they are seen
        self.knows = set(hall.case(self.restricted).named_member_ids)
        self.rules = [
            rule for rule in self.app.url_map.iter_rules() if not rule.rule.startswith(LEFT_OUT)
        ]

    def address(self, rule: Rule) -> str:
        """The rule, filled in with what there is, or with what there is not."""

        def value(found: re.Match[str]) -> str:
            known = self.ids.get(found[1])
            if known and self.dice.random() < 0.8:
                return self.dice.choice(known)
            return quote(odd(self.dice)[:300], safe="")

        path = re.sub(r"<(?:\w+:)?(\w+)>", value, rule.rule)
        if self.dice.random() < 0.3:
            names = ("then", "page", "q", "on", "before", "case", "kind", "since", "area", "form")
            path += "?" + urlencode({self.dice.choice(names): odd(self.dice)[:500]})
        return path

    def headers(self) -> dict[str, str]:
        if self.dice.random() < 0.7:
            return {}
        value = odd(self.dice)[:200].encode("ascii", "ignore").decode()
        return {self.dice.choice(HEADERS): re.sub(r"[\r\n\0]", "", value)}

    def fields(self, form: PageForm) -> dict[str, list[str]]:
        """What the form would send, with one to three things otherwise."""
        sent = {name: [*values] for name, values in form.fields.items()}
        sent[self.dice.choice(BUTTONS)] = ["1"]
        names = sorted(form.names) or ["x"]
        for _ in range(self.dice.randint(1, 3)):
            name, chance = self.dice.choice(names), self.dice.random()
            if name in ("csrf_token", "once") and chance < 0.9:
                continue
            if chance < 0.15:
                sent.pop(name, None)
            elif chance < 0.3:
                sent[name] = [odd(self.dice), odd(self.dice)]
            elif chance < 0.5 and form.options.get(name):
                sent[name] = [self.dice.choice(form.options[name])]
            elif chance < 0.6:
                sent[name.replace("-0-", "-99999-")] = [odd(self.dice)]
            else:
                sent[name] = [odd(self.dice)]
        return sent

    def blind(self, token: str) -> dict[str, list[str]]:
        """What no form of ours would send there: fields of others."""
        names = [self.dice.choice(self.names) for _ in range(self.dice.randint(0, 6))]
        return {"csrf_token": [token]} | {name: [odd(self.dice)] for name in names}

    def answers(self) -> Iterator[tuple[str | None, str, Mapping[str, object], TestResponse]]:
        """Each request of the round: by whom, to where, what was sent, and the answer."""
        seats = {who: Seat(self.app, who) for who in CALLERS}
        tokens = {who: seats[who].tokens("/sign-in").get("csrf_token", "") for who in CALLERS}
        for _ in range(REQUESTS):
            who = self.dice.choice(CALLERS)
            seat, rule = seats[who], self.dice.choice(self.rules)
            path = self.address(rule)
            if "GET" not in (rule.methods or ()):
                sent = self.blind(tokens[who])
                yield who, path, sent, seat.client.post(path, data=sent, headers=self.headers())
                continue
            opened = seat.get(path, headers=self.headers())
            yield who, path, {}, opened
            forms = read_page(opened.text)[0] if opened.mimetype == "text/html" else []
            forms = [form for form in forms if not form.action.startswith(LEFT_OUT)]
            for form in forms:
                self.names = sorted({*self.names, *form.names})
            if forms:
                form = self.dice.choice(forms)
                path, sent = form.action or path, self.fields(form)
                yield who, path, sent, seat.client.post(path, data=sent, headers=self.headers())


@pytest.mark.attack(Kind.FUZZ)
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds(2))
def test_whatever_is_sent_nothing_fails_and_no_secret_comes_back(
    hall: TownHall, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """No answer is a failure, and no word of a restricted case is in an answer or a log line for
    whoever was never named on it."""
    attack = Attack(hall, seed)
    for who, path, sent, answer in attack.answers():
        wrong = (seed, who, path, sent)
        assert answer.status_code < 500, wrong
        attack.knows |= set(hall.case(attack.restricted).named_member_ids)
        if who not in attack.knows:
            for word in SECRETS.values():
                assert word not in answer.text, wrong
            assert not any(word in str(answer.headers) for word in SECRETS.values()), wrong
    logged = caplog.text
    assert "page_failed" not in logged
    assert not any(word in logged for word in SECRETS.values())
