"""What a browser's authenticator answers, checked with py_webauthn: of our site, and by its user.

The site is PUBLIC_URL: its name is the relying party, its origin the only one. That the user was
verified there (a PIN, a finger, a face) is always asked. https://www.w3.org/TR/webauthn-3/
"""

import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LARGEST: Final = 20_000  # characters of an answer; without attestation it has about a thousand
TIMEOUT: Final = 300_000  # milliseconds, as long as the challenge is good
RELYING_PARTY_NAME: Final = "つなぐボット"
# What is no such answer at all breaks in many ways, inside the library as well.
_INVALID: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)


class InvalidAnswer(Exception):
    """The answer does not count. The text is a kind for the trail: answer or counter."""


@dataclass(frozen=True)
class RelyingParty:
    """For whom a passkey is: the name of the site, and its one origin."""

    name: str
    origin: str


@dataclass(frozen=True)
class NewCredential:
    """A new credential, as it is kept; ids and keys in base64url."""

    challenge: str
    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True)
class VerifiedSignIn:
    challenge: str
    sign_count: int


def relying_party_of(page_address: str) -> RelyingParty | None:
    """The site of these pages; None where there can be none: passkeys want a name, no number."""
    parts = urlsplit(page_address)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return RelyingParty(host, f"{parts.scheme}://{parts.netloc}") if host else None
    return None


def register_options(
    site: RelyingParty, challenge: str, user: str, name: str, known: tuple[str, ...]
) -> dict[str, Any]:
    """What navigator.credentials.create is called with, in JSON."""
    return options_to_json_dict(
        generate_registration_options(
            rp_id=site.name,
            rp_name=RELYING_PARTY_NAME,
            user_id=bytes.fromhex(user),
            user_name=name,
            user_display_name=name,
            challenge=challenge.encode(),
            timeout=TIMEOUT,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known
            ],
        )
    )


def sign_in_options(site: RelyingParty, challenge: str) -> dict[str, Any]:
    """What navigator.credentials.get is called with, in JSON: whose passkey is not asked."""
    return options_to_json_dict(
        generate_authentication_options(
            rp_id=site.name,
            challenge=challenge.encode(),
            timeout=TIMEOUT,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def read_answer(text: str) -> dict[str, Any]:
    """The answer as an object. Raises InvalidAnswer."""
    try:
        found = json.loads(text) if len(text) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("id"), str):
        raise InvalidAnswer("answer")
    return found


def check_registration(site: RelyingParty, answer: dict[str, Any]) -> NewCredential:
    """Raises InvalidAnswer."""
    challenge = _challenge(answer)
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _INVALID:
        raise InvalidAnswer("answer") from None
    return NewCredential(
        challenge,
        bytes_to_base64url(found.credential_id),
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
    )


def check_sign_in(
    site: RelyingParty, answer: dict[str, Any], public_key: str, count: int
) -> VerifiedSignIn:
    """`count` is what the authenticator counted at the last use. Raises InvalidAnswer.

    One that counts and is not ahead of it may be a copy: its answer is refused.
    """
    challenge = _challenge(answer)
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=0,  # asked below, so that it is told from a forgery
            require_user_verification=True,
        )
    except _INVALID:
        raise InvalidAnswer("answer") from None
    if (found.new_sign_count or count) and found.new_sign_count <= count:
        raise InvalidAnswer("counter")
    return VerifiedSignIn(challenge, found.new_sign_count)


def _challenge(answer: dict[str, Any]) -> str:
    """What the browser says was asked; whether it was, the workflow knows. Raises InvalidAnswer."""
    try:
        said = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(said["challenge"]).decode("ascii")
    except _INVALID:
        raise InvalidAnswer("answer") from None
    if said.get("crossOrigin"):
        raise InvalidAnswer("answer")  # from within another site's frame
    return challenge
