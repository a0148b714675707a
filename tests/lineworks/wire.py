"""The stand-in's HTTP: forms and JSON in, JSON out."""

from dataclasses import dataclass
from typing import Any

from tests.support.stand_in import Answer, Request, answered


@dataclass(frozen=True)
class Asked:
    """One request. `body` is None where it was neither a form nor JSON."""

    verb: str
    path: str
    query: dict[str, str]
    token: str
    body: Any


def asked_by(request: Request) -> Asked:
    """Raises json.JSONDecodeError."""
    words = request.authorization.split(" ")
    token = words[1] if len(words) == 2 and words[0] == "Bearer" else ""
    return Asked(request.verb, request.path, request.query, token, request.content())


def refusal(status: int, code: str, description: str, **headers: str) -> Answer:
    """No, as LINE WORKS says it."""
    return answered({"code": code, "description": description}, status, **headers)
