"""A town's single sign-on (OpenID Connect): authorization code with PKCE, state and nonce.

Whatever is wrong with an answer, it opens nothing and is told in the same words; the log names
its kind alone. Specification: OpenID Connect Core 1.0, 3.1.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import Blueprint, abort, current_app, redirect, request, session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from werkzeug.wrappers import Response

from handlers.runtime.deadline import Deadline
from handlers.runtime.outgoing_http import call, limit_session
from handlers.settings.server_address import is_safe_address
from handlers.settings.sign_in import SingleSignOn
from handlers.web.door import WEB, page, texts
from handlers.web.sign_in.sign_in import WAY_IN, come_in, refusal_page, town_door
from workflows.core.permissions import Caller
from workflows.sign_in.sign_in import SignInByName, SignInLinkState

log = logging.getLogger(__name__)
pages = Blueprint("oidc", __name__)

CALLBACK: Final = "/sign-in/oidc/callback"
PENDING: Final = "oidc"  # in the session: what this browser's answer must fit
EXTENSION: Final = "tsunagu_oidc"
TIMEOUT: Final = 10  # seconds to connect, and for each part of the answer
TOTAL_SECONDS: Final = 15  # seconds for a whole one
PENDING_LIFE: Final = timedelta(minutes=10)
KNOWN_FOR: Final = timedelta(hours=1)  # how long what the provider says of itself is believed
# Claims that are compared with e-mail addresses: one that the provider says it has verified, and
# the name that an organisation's own administrators give (Microsoft Entra). Others, which their
# owner may be able to change, are compared with staff codes alone.
ADDRESS_CLAIMS: Final = ("email", "upn")
LEEWAY: Final = 60  # seconds by which its clock may differ from ours
# Signatures that only the provider can make: neither "none" nor a secret shared with us.
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]


class ProviderDown(Exception):
    """The provider cannot be reached, or says nothing we understand."""


class NotVouched(Exception):
    """The answer is not one that lets somebody in. The text is a kind for the log, no content."""


@dataclass(frozen=True)
class Endpoints:
    """What the provider says of itself."""

    authorization: str
    token: str
    keys: str
    known_at: datetime
    says_issuer: bool  # its answers carry `iss` (RFC 9207)


class Provider:
    """The town's provider, asked when it is needed; what it says of itself is kept a while."""

    def __init__(self, settings: SingleSignOn, callback: str) -> None:
        self._settings, self._callback = settings, callback
        self._endpoints: Endpoints | None = None
        self._keys: KeySet | None = None

    def begin(self, now: datetime) -> tuple[str, dict[str, str]]:
        """Where to send the browser, and what its answer has to fit. Raises ProviderDown."""
        verifier, nonce = token_urlsafe(48), token_urlsafe(24)
        with self._client() as client:
            address, state = client.create_authorization_url(
                self._known(now).authorization, code_verifier=verifier, nonce=nonce
            )
        pending = {"state": state, "nonce": nonce, "verifier": verifier, "at": now.isoformat()}
        return address, pending

    @property
    def names_address(self) -> bool:
        """Whether a member goes by an e-mail address there; else by a staff code."""
        return self._settings.claim in ADDRESS_CLAIMS

    def name_of(self, answer: dict[str, str], pending: dict[str, str], now: datetime) -> str:
        """The claim that names a member. Raises ProviderDown, NotVouched."""
        known = self._known(now)
        self._check(answer, pending, known, now)
        token = self._token(known, answer["code"], pending["verifier"])
        claims = self._claims(token, known, pending["nonce"], now)
        return _name_in(claims, self._settings.claim)

    def _check(
        self, answer: dict[str, str], pending: dict[str, str], known: Endpoints, now: datetime
    ) -> None:
        if not compare_digest(answer.get("state", "").encode(), pending["state"].encode()):
            raise NotVouched("state")
        if now - datetime.fromisoformat(pending["at"]) > PENDING_LIFE:
            raise NotVouched("late")
        issuer = answer.get("iss")
        if (issuer is not None or known.says_issuer) and issuer != self._settings.issuer:
            raise NotVouched("issuer")
        if not answer.get("code"):
            raise NotVouched("no_code")

    def _client(self) -> OAuth2Session:
        return OAuth2Session(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            scope="openid email profile",
            redirect_uri=self._callback,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )

    def _known(self, now: datetime) -> Endpoints:
        if self._endpoints is None or now - self._endpoints.known_at > KNOWN_FOR:
            issuer = self._settings.issuer
            told = _fetched(issuer.rstrip("/") + "/.well-known/openid-configuration")
            if told.get("issuer") != issuer:
                raise ProviderDown("discovery")
            self._endpoints = Endpoints(
                authorization=_address(told, "authorization_endpoint"),
                token=_address(told, "token_endpoint"),
                keys=_address(told, "jwks_uri"),
                known_at=now,
                says_issuer=told.get("authorization_response_iss_parameter_supported") is True,
            )
            self._keys = None
        return self._endpoints

    def _token(self, known: Endpoints, code: str, verifier: str) -> dict[str, Any]:
        try:
            with Deadline(TOTAL_SECONDS), self._client() as client:
                limit_session(client)
                token = client.fetch_token(
                    known.token,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    allow_redirects=False,
                )
        except AuthlibBaseError:  # a code that was used, or is somebody else's
            raise NotVouched("code") from None
        except (requests.RequestException, TimeoutError, ValueError):
            raise ProviderDown("token") from None
        return dict(token)

    def _claims(
        self, token: dict[str, Any], known: Endpoints, nonce: str, now: datetime
    ) -> CodeIDToken:
        try:
            opened = self._opened(str(token.get("id_token", "")), known)
            claims = CodeIDToken(
                opened.claims,
                opened.header,
                {
                    "iss": {"essential": True, "value": self._settings.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
                {
                    "nonce": nonce,
                    "client_id": self._settings.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
        except JoseError as error:
            raise NotVouched(f"id_token:{error.error}") from None
        except (ValueError, TypeError, KeyError):  # what is no token at all
            raise NotVouched("id_token") from None
        return claims

    def _opened(self, text: str, known: Endpoints) -> jwt.Token:
        """The token, its signature checked; keys are fetched anew when they were changed."""
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        keys = self._keys or self._fetched_keys(known)
        try:
            return jwt.decode(text, key=keys, registry=registry)
        except InvalidKeyIdError:
            return jwt.decode(text, key=self._fetched_keys(known), registry=registry)

    def _fetched_keys(self, known: Endpoints) -> KeySet:
        told = _fetched(known.keys)
        try:
            self._keys = KeySet.import_key_set(told)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderDown("keys") from None
        return self._keys


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = call("GET", address, seconds=TOTAL_SECONDS, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        told = answer.json()
    except (requests.RequestException, TimeoutError, ValueError):
        raise ProviderDown(urlsplit(address).path.rpartition("/")[2]) from None
    if not isinstance(told, dict):
        raise ProviderDown("no_object")
    return told


def _address(told: dict[str, Any], name: str) -> str:
    """A place that the provider names, if it is one where a secret may be sent."""
    address = told.get(name)
    if not isinstance(address, str) or not is_safe_address(address):
        raise ProviderDown("discovery")
    return address


def _name_in(claims: CodeIDToken, claim: str) -> str:
    """What names the member. An address counts only when the provider has verified it."""
    value = claims.get(claim)
    if not isinstance(value, str) or not value.strip():
        raise NotVouched("no_claim")
    if claim == "email" and claims.get("email_verified") is not True:
        raise NotVouched("unverified")
    return value


def provider() -> Provider:
    """The town's provider; where there is none, there is no such page."""
    town_door()
    found: Provider | None = current_app.extensions[EXTENSION]
    if found is None:
        abort(404)
    return found


@pages.get("/sign-in/oidc")
def start() -> Response | tuple[str, int]:
    """To the provider, from a button of ours. Browsers say when another site leads here: then the
    way in is shown, so that nobody comes in without having pressed anything."""
    found, now = provider(), town_door().desk.now()
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return redirect(WAY_IN)
    try:
        address, pending = found.begin(now)
    except ProviderDown as down:
        return _down(down)
    session[PENDING] = pending
    return redirect(address)


@pages.get(CALLBACK)
def callback() -> Response | tuple[str, int]:
    """Where the provider sends the browser back to. What it must fit is good for one answer."""
    found, desk = provider(), town_door().desk
    pending = session.pop(PENDING, None)
    try:
        if pending is None:
            raise NotVouched("not_asked")
        name = found.name_of(dict(request.args), pending, desk.now())
    except ProviderDown as down:
        return _down(down)
    except NotVouched as why:
        log.warning("oidc_refused why=%s", why)
        return _refused()
    hours = town_door().settings.sign_in.session_hours
    vouched = SignInByName(name, hours, found.names_address)
    entry = desk.handle(vouched, Caller.DOOR, door=WEB)
    return come_in(entry) if entry.token else _refused(entry.state)


def _refused(state: SignInLinkState = SignInLinkState.OVER) -> tuple[str, int]:
    """Whom the provider vouches for and several are is told so: the address is their own."""
    title = texts().say("page.sign_in.title")
    if state is SignInLinkState.RESTORING:
        return page("sign_in.html", title, step="restoring"), 403
    if state is SignInLinkState.PASSKEY:
        return refusal_page(state)
    if state is SignInLinkState.SHARED:
        by_link = not town_door().settings.sign_in.oidc_only
        return page("sign_in.html", title, step="shared", by_link=by_link), 403
    return page("sign_in.html", title, step="refused"), 403


def _down(down: ProviderDown) -> tuple[str, int]:
    log.error("oidc_provider_down at=%s", down)
    return page("sign_in.html", texts().say("page.sign_in.title"), step="down"), 503
