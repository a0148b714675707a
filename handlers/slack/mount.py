"""Slack's requests over HTTP, on the pages' own server: no session, no cookie, no CSRF token.

What speaks for a request is its signature alone. It is checked before anything reads the body:
Bolt would read it first, and stumble over what is neither JSON nor a form. Without a right one
nothing is written and nothing is logged, only counted.
"""

from typing import Final, cast

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from handlers.slack.manifest import PATH
from handlers.slack.part import SlackPart

UNSIGNED: Final = 401


def mount(app: Flask, slack: SlackPart) -> None:
    """Let Slack reach its part of the bot under the pages' address; never in Socket Mode."""
    if slack.line:
        return
    handler = SlackRequestHandler(slack.app)
    verifier = SignatureVerifier(slack.door.slack.signing_secret)

    def slack_events() -> Response:
        if not _is_signed(verifier):
            slack.book.turned_away()
            return Response(status=UNSIGNED)
        answer: Response = handler.handle(request)
        return answer

    app.add_url_rule(PATH, view_func=slack_events, methods=["POST"])
    cast(CSRFProtect, app.extensions["csrf"]).exempt(slack_events)


def _is_signed(verifier: SignatureVerifier) -> bool:
    try:
        return verifier.is_valid_request(request.get_data(), dict(request.headers))
    except (TypeError, ValueError):  # a time that is no number, letters of no alphabet
        return False
