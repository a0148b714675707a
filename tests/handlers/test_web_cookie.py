"""The session's cookie: sealed, for a time, and worth nothing under another secret."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import BadSignature

from handlers.web.server.cookie import SealedCookie
from tests.support.people import CLERK
from tests.support.search import Search, unpacked
from tests.support.town import TownHall
from tests.support.web import Seat, web_app

NAME = "斑鳩 こむぎ"


def app_with(secret: bytes) -> Flask:
    app = Flask("cookies")
    app.config.update(SECRET_KEY=secret, PERMANENT_SESSION_LIFETIME=timedelta(hours=1))
    return app


def test_the_application_seals_its_cookie(hall: TownHall) -> None:
    """What lies in the session comes back, and is in no cookie that the browser keeps."""
    browser = web_app(hall).test_client()
    with browser.session_transaction(base_url="http://localhost") as session:
        session["_flashes"] = [("message", NAME)]
    kept = browser.get_cookie("tsunagu")
    assert kept
    for value in (kept.value.encode(), unpacked(f"tsunagu={kept.value}")):
        assert Search([NAME]).found(value) == set()
    with browser.session_transaction(base_url="http://localhost") as session:
        assert session["_flashes"] == [("message", NAME)]


def test_a_cookie_of_another_town_opens_nothing() -> None:
    """Nor one that was changed, nor words that nobody sealed."""
    ours = SealedCookie().get_signing_serializer(app_with(b"ours"))
    theirs = SealedCookie().get_signing_serializer(app_with(b"theirs"))
    sealed = ours.dumps({"person": "M21"})
    assert ours.loads(sealed, max_age=60) == {"person": "M21"}
    assert sealed != ours.dumps({"person": "M21"})
    changed = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    for wrong in (theirs.dumps({"person": "M21"}), changed, "", "eyJw", "eyJwIjoxfQ.aa.bb", "あ"):
        with pytest.raises(BadSignature):
            ours.loads(wrong, max_age=60)


def test_a_cookie_that_is_too_old_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it was kept: its age is sealed with it, and cannot be written anew."""
    ours = SealedCookie().get_signing_serializer(app_with(b"ours"))
    monkeypatch.setattr("handlers.web.server.cookie.time.time", lambda: 1_000_000)
    sealed = ours.dumps({"person": "M21"})
    raw = urlsafe_b64decode(sealed)
    younger = urlsafe_b64encode((1_000_060).to_bytes(8, "big") + raw[8:]).decode()
    monkeypatch.setattr("handlers.web.server.cookie.time.time", lambda: 1_000_000 + 60)
    assert ours.loads(sealed, max_age=60) == {"person": "M21"}
    monkeypatch.setattr("handlers.web.server.cookie.time.time", lambda: 1_000_000 + 61)
    for old in (sealed, younger):
        with pytest.raises(BadSignature):
            ours.loads(old, max_age=60)


def test_forms_are_signed_with_sha256(hall: TownHall) -> None:
    """Both tokens of a form, and not with the SHA-1 that is usual when nothing is said."""
    seat = Seat(web_app(hall), CLERK)
    for token in seat.tokens("/cases/new").values():
        assert len(token.rpartition(".")[2]) == 43, token
    with seat.client.session_transaction(base_url="http://localhost") as kept:
        assert len(kept["csrf_token"]) == 43


def test_a_clock_put_back_by_five_minutes_signs_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours, or that of the server that took over; by more it is a cookie that nobody can date."""
    ours = SealedCookie().get_signing_serializer(app_with(b"ours"))
    monkeypatch.setattr("handlers.web.server.cookie.time.time", lambda: 1_000_000)
    sealed = ours.dumps({"person": "M21"})
    monkeypatch.setattr("handlers.web.server.cookie.time.time", lambda: 1_000_000 - 300)
    assert ours.loads(sealed, max_age=60) == {"person": "M21"}
    monkeypatch.setattr("handlers.web.server.cookie.time.time", lambda: 1_000_000 - 301)
    with pytest.raises(BadSignature):
        ours.loads(sealed, max_age=60)
