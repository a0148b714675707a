"""The stand-in's HTTP: calls as forms or JSON, the token in a header or beside them."""

import json
from contextlib import suppress
from dataclasses import dataclass

from tests.slack.limits import Json
from tests.support.stand_in import Request

AS_JSON = {"blocks", "view", "metadata", "attachments", "files"}
AS_FLAG = {
    "exclude_archived",
    "force",
    "include_all_metadata",
    "inclusive",
    "is_private",
    "return_im",
}


@dataclass(frozen=True)
class Asked:
    """One request: its path, the token it came with, and its arguments or its plain body."""

    path: str
    token: str
    body: bytes
    args: Json


def asked_by(request: Request) -> Asked:
    """Raises json.JSONDecodeError."""
    if request.path.startswith("/upload/"):
        return Asked(request.path, "", request.body, {})
    args: Json = request.query | (request.content() or {})
    token = request.authorization.removeprefix("Bearer ") or str(args.pop("token", ""))
    return Asked(request.path, token, request.body, decoded(args))


def decoded(args: Json) -> Json:
    """Arguments as their methods expect them, whether they came as a form or as JSON."""
    found = dict(args)
    for name in AS_JSON & found.keys():
        if isinstance(found[name], str):
            with suppress(json.JSONDecodeError):  # the method says what is wrong with it
                found[name] = json.loads(found[name])
    for name in AS_FLAG & found.keys():
        found[name] = found[name] in {True, "true", "1", "True"}
    return found
