"""Single sign-on against a provider that really answers: whom it lets in, and what never does."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.support.oidc import CLIENT, SECRET, Provider, new_key, providing, signed, unsigned
from tests.support.people import HAS_LEFT, MANAGER
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat, web_app

START, CALLBACK = "/sign-in/oidc", "/sign-in/oidc/callback"
REFUSED = "ログインできませんでした"


@pytest.fixture
def provider(hall: TownHall) -> Iterator[Provider]:
    with providing(int(hall.clock.at.timestamp()), TOWN + CALLBACK) as found:
        yield found


def town(hall: TownHall, provider: Provider, **more: str) -> Flask:
    settings = {
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": SECRET,
        **more,
    }
    return web_app(hall, town=True, **settings)


def begun(seat: TownSeat) -> str:
    """Where the page sends the browser to sign in."""
    answer = seat.get(START)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_a_member_comes_in_by_the_towns_single_sign_on(hall: TownHall, provider: Provider) -> None:
    """The verified address names them; the account page says how they came.
    Of what the provider gave, the browser and its cookie hold nothing."""
    seat = TownSeat(town(hall, provider))
    assert 'href="/sign-in/oidc"' in seat.text("/sign-in")
    seat.text("/sign-in")
    before = seat.get(provider.approve(begun(seat)))
    assert before.location == "/"
    assert '<span class="me-name">筆野 しるす</span>' in seat.text("/")
    assert "庁内のシングルサインオン" in seat.text("/account")
    with seat.client.session_transaction(base_url=TOWN) as kept:
        assert set(kept) <= {"token", "csrf_token", "_permanent", "_flashes"}, set(kept)


def test_who_had_to_sign_in_first_gets_to_the_page_they_wanted(
    hall: TownHall, provider: Provider
) -> None:
    """Over the provider and back: the page that was asked for, kept in this browser alone."""
    seat = TownSeat(town(hall, provider))
    assert 'href="/sign-in?then=%2Fdirectory"' in seat.get("/directory").text
    seat.text("/sign-in?then=%2Fdirectory")
    assert seat.get(provider.approve(begun(seat))).location == "/directory"
    other = TownSeat(town(hall, provider))
    other.text("/sign-in?then=https://evil.example")
    assert other.get(provider.approve(begun(other))).location == "/"


def test_a_staff_code_in_another_claim_names_a_member(hall: TownHall, provider: Provider) -> None:
    """For a provider without addresses; then nothing has to be verified beside."""
    provider.changes = {"email": None, "email_verified": None, "staff_no": "M06"}
    seat = TownSeat(town(hall, provider, OIDC_CLAIM="staff_no"))
    assert seat.get(provider.approve(begun(seat))).location == "/"


@pytest.mark.parametrize(
    ("claim", "value", "comes_in"),
    [
        ("email", "M06@example.jp", False),
        ("email", "m06@example.jp ", False),
        ("email", "M06", False),  # a code, as an address that somebody chose
        ("upn", "m06@example.jp", True),
        ("upn", "M06", False),
        ("preferred_username", "m06@example.jp", False),  # its owner may be able to change it
        ("preferred_username", "M06", True),
        ("preferred_username", "m06", False),
        ("sub", "Ｍ０６", False),
    ],
)
def test_a_claim_is_compared_letter_by_letter_and_with_one_thing(
    hall: TownHall, provider: Provider, claim: str, value: str, *, comes_in: bool
) -> None:
    """Verified addresses with addresses, everything else with staff codes: no other spelling."""
    provider.changes = {claim: value}
    seat = TownSeat(town(hall, provider, OIDC_CLAIM=claim))
    answer = seat.get(provider.approve(begun(seat)))
    assert answer.status_code == (302 if comes_in else 403)
    assert seat.get("/").status_code == (200 if comes_in else 401)


def _with_our_secret(p: Provider) -> Callable[[str], str]:
    key = OctKey.import_key(SECRET * 4)
    return lambda nonce: jwt.encode({"alg": "HS256"}, p.claims(nonce), key)


Forgery = Callable[[Provider], None]


def claims(**changes: Any) -> Forgery:
    return lambda p: p.changes.update(changes)


def later(**seconds: int) -> Forgery:
    return lambda p: p.changes.update({name: p.now + n for name, n in seconds.items()})


def token(make: Callable[[Provider], Callable[[str], str]]) -> Forgery:
    return lambda p: setattr(p, "forged", make(p))


# What is wrong, and the reason that the log gives.
FORGED: dict[str, tuple[Forgery, str]] = {
    "another nonce": (claims(nonce="another"), "id_token:invalid_claim"),
    "no nonce": (claims(nonce=None), "id_token:missing_claim"),
    "another audience": (claims(aud="another"), "id_token:invalid_claim"),
    "no audience": (claims(aud=None), "id_token:missing_claim"),
    "our name among others": (claims(aud=[CLIENT, "another"]), "id_token:missing_claim"),
    "another party": (claims(azp="another"), "id_token:invalid_claim"),
    "another issuer": (claims(iss="https://id.example.com"), "id_token:invalid_claim"),
    "expired": (later(iat=-1000, exp=-100), "id_token:expired_token"),
    "no end": (claims(exp=None), "id_token:missing_claim"),
    "not yet good": (later(nbf=1000), "id_token:invalid_claim"),
    "made in the future": (later(iat=1000), "id_token:invalid_claim"),
    "another access token": (claims(at_hash="wrong"), "id_token:invalid_claim"),
    "alg none": (
        token(lambda p: lambda nonce: unsigned(p.claims(nonce))),
        "id_token:unsupported_algorithm",
    ),
    "signed with what both know": (token(_with_our_secret), "id_token:unsupported_algorithm"),
    "another key": (
        token(lambda p: lambda nonce: signed(p.claims(nonce), new_key("k1"))),
        "id_token:bad_signature",
    ),
    "no token": (token(lambda p: lambda nonce: "rubbish"), "id_token:decode_error"),
    "an address not verified": (claims(email_verified=False), "unverified"),
    "an address said to be verified": (claims(email_verified="true"), "unverified"),
    "an address nobody speaks of": (claims(email_verified=None), "unverified"),
    "no address": (claims(email=None), "no_claim"),
    "an address that is none": (claims(email=["m06@example.jp"]), "no_claim"),
    "an unknown address": (claims(email="nobody@example.jp"), ""),
    "who has left": (claims(email=f"{HAS_LEFT[0].lower()}@example.jp"), ""),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_what_does_not_vouch_for_a_member_of_today_opens_nothing(
    hall: TownHall, provider: Provider, forgery: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Signature, issuer, audience, time, nonce, verified address, directory: one refusal for all,
    each for its own reason, and nothing of what was claimed stands in the log."""
    forge, why = FORGED[forgery]
    forge(provider)
    seat = TownSeat(town(hall, provider))
    with caplog.at_level(logging.DEBUG):
        answer = seat.get(provider.approve(begun(seat)))
    assert (answer.status_code, REFUSED in answer.text) == (403, True)
    assert seat.get("/").status_code == 401
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("handlers")]
    assert [m.partition("why=")[2] for m in ours if m.startswith("oidc_refused")] == (
        [why] if why else []
    )
    assert "example.jp" not in str(ours)


def test_every_refusal_reads_the_same(hall: TownHall, provider: Provider) -> None:
    """Who is not registered learns no more than who forged a token."""
    told = set()
    for forgery in ("another nonce", "an unknown address", "who has left", "alg none"):
        provider.changes, provider.forged = {}, None
        FORGED[forgery][0](provider)
        seat = TownSeat(town(hall, provider))
        told.add(seat.get(provider.approve(begun(seat))).text)
    assert len(told) == 1


def test_an_answer_is_good_once_and_in_the_browser_that_asked(
    hall: TownHall, provider: Provider
) -> None:
    """A code seen by another, sent again, or with another state signs nobody in."""
    app = town(hall, provider)
    seat, thief, late = TownSeat(app), TownSeat(app), TownSeat(app)
    answer = provider.approve(begun(seat))
    assert thief.get(answer).status_code == 403  # never asked
    begun(thief)
    assert thief.get(answer).status_code == 403  # asked, with another state
    assert seat.get(answer).location == "/"
    assert TownSeat(app).get(answer).status_code == 403
    assert seat.get(answer).status_code == 403  # sent again by the same browser
    used = provider.approve(begun(late))
    state = used.partition("&state=")[2]
    spent = answer.partition("&state=")[0]
    assert late.get(f"{spent}&state={state}").status_code == 403  # its code is spent
    assert thief.get("/").status_code == late.get("/").status_code == 401


def test_a_stolen_code_does_not_fit_another_browsers_verifier(
    hall: TownHall, provider: Provider
) -> None:
    """PKCE: an unspent code under one's own state is refused by the provider."""
    app = town(hall, provider)
    victim, thief = TownSeat(app), TownSeat(app)
    stolen = provider.approve(begun(victim)).partition("&state=")[0]
    own_state = provider.approve(begun(thief)).partition("&state=")[2]
    assert thief.get(f"{stolen}&state={own_state}").status_code == 403


def test_an_answer_that_comes_late_is_refused(hall: TownHall, provider: Provider) -> None:
    """Ten minutes after asking one asks again."""
    seat = TownSeat(town(hall, provider))
    answer = provider.approve(begun(seat))
    hall.clock.move(minutes=11)
    assert seat.get(answer).status_code == 403


def test_somebody_who_said_no_there_is_told_so_here(hall: TownHall, provider: Provider) -> None:
    """An answer without a code is the same refusal, and no crash."""
    seat = TownSeat(town(hall, provider))
    state = provider.approve(begun(seat)).partition("&state=")[2]
    assert seat.get(f"{CALLBACK}?error=access_denied&state={state}").status_code == 403
    for query in ("", "?code=x", "?state=x&code=y", "?state=%E3%81%82"):
        assert seat.get(CALLBACK + query).status_code == 403


def test_an_answer_of_another_provider_is_refused(hall: TownHall, provider: Provider) -> None:
    """Mix-up: an answer says by `iss` from whom it is (RFC 9207), and must where that is known."""
    app = town(hall, provider)
    seat = TownSeat(app)
    answer = provider.approve(begun(seat))
    assert seat.get(f"{answer}&iss=https://id.example.com").status_code == 403
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    strict = TownSeat(town(hall, provider))
    assert strict.get(provider.approve(begun(strict))).status_code == 403
    answer = provider.approve(begun(strict))
    assert strict.get(f"{answer}&iss={provider.issuer}").location == "/"


@pytest.mark.parametrize("status", [500, 404])
def test_a_provider_that_is_down_is_a_sentence(
    hall: TownHall, provider: Provider, status: int
) -> None:
    """At the start and at the end: 503 in words; when it is back, one comes in."""
    seat = TownSeat(town(hall, provider))
    provider.status = status
    down = seat.get(START)
    assert (down.status_code, "つながりません" in down.text) == (503, True)
    provider.status = 0
    answer = provider.approve(begun(seat))
    provider.status = 500
    assert seat.get(answer).status_code == 503
    provider.status = 0
    assert seat.get(provider.approve(begun(seat))).location == "/"


def test_a_provider_that_is_not_there_at_all_is_a_sentence(hall: TownHall) -> None:
    """Nobody listens at its port."""
    with providing(0, "") as gone:
        pass
    answer = TownSeat(town(hall, gone)).get(START)
    assert (answer.status_code, "つながりません" in answer.text) == (503, True)


@pytest.mark.parametrize(
    "discovery",
    [
        {"issuer": "https://id.example.com"},
        {"token_endpoint": "http://id.example.com/token"},
        {"authorization_endpoint": None},
        {"jwks_uri": 3},
    ],
)
def test_a_provider_that_names_other_places_is_not_believed(
    hall: TownHall, provider: Provider, discovery: dict[str, Any]
) -> None:
    """Another issuer, or a place where the secret would cross the network in the clear."""
    provider.discovery = discovery
    assert TownSeat(town(hall, provider)).get(START).status_code == 503


def test_new_keys_of_the_provider_are_fetched(hall: TownHall, provider: Provider) -> None:
    """It changed them since: known by their name, fetched once more."""
    app = town(hall, provider)
    for name in ("k1", "k2"):
        provider.key = new_key(name)
        seat = TownSeat(app)
        assert seat.get(provider.approve(begun(seat))).location == "/"
    assert provider.asked.count("/.well-known/openid-configuration") == 1


def test_a_town_without_single_sign_on_has_no_such_page(hall: TownHall) -> None:
    """404 at both addresses, and no button."""
    seat = TownSeat(web_app(hall, town=True))
    assert "/sign-in/oidc" not in seat.text("/sign-in")
    assert [seat.get(a).status_code for a in (START, CALLBACK)] == [404, 404]


def test_nobody_is_signed_in_by_a_page_of_somebody_else(hall: TownHall, provider: Provider) -> None:
    """What another site leads to is the way in, with its button; only pressing that goes on."""
    seat = TownSeat(town(hall, provider))
    for site in ("cross-site", "same-site"):
        answer = seat.get(START, headers={"Sec-Fetch-Site": site})
        assert (answer.status_code, answer.location) == (302, "/sign-in")
    for site in ("same-origin", "none"):  # our button; an address typed or kept
        answer = seat.get(START, headers={"Sec-Fetch-Site": site})
        assert str(answer.location).startswith(provider.issuer)


def test_single_sign_on_ends_the_earlier_session(hall: TownHall, provider: Provider) -> None:
    """Nothing of an earlier session goes over to the new one."""
    seat = TownSeat(town(hall, provider))
    seat.sign_in(hall, MANAGER)
    before = seat.cookie()
    assert seat.get(provider.approve(begun(seat))).location == "/"
    said = seat.text("/")
    assert "筆野 しるすさんとしてログインしました。" in said
    assert "見渡 はるかさんは、この端末からログアウトしました。" in said
    other = TownSeat(town(hall, provider))
    other.client.set_cookie(
        "__Host-tsunagu", before, domain=TOWN.removeprefix("https://"), secure=True
    )
    assert other.get("/").status_code == 401
