"""The session's cookie: sealed, for a time, and worth nothing under another secret."""

from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import BadSignature

from handlers.web.cookie import SealedCookie
from tests.support.search import Search, unpacked
from tests.support.town import TownHall
from tests.support.web import web_app

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
    for wrong in (theirs.dumps({"person": "M21"}), changed, "", "eyJwIjoxfQ.aa.bb", "あ"):
        with pytest.raises(BadSignature):
            ours.loads(wrong, max_age=60)


def test_a_cookie_that_is_too_old_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it was kept: its age is sealed with it."""
    signer = SealedCookie().get_signing_serializer(app_with(b"ours"))
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: 1_000_000)
    sealed = signer.dumps({"person": "M21"})
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: 1_000_000 + 61)
    with pytest.raises(BadSignature):
        signer.loads(sealed, max_age=60)
