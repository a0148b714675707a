"""Slack's requests over HTTP, on the pages' own server: no session, no cookie, no CSRF token.

What speaks for a request is its signature alone. It is checked before anything reads the body:
Bolt would read it first, and stumble over what is neither JSON nor a form. Without a right one
nothing is written and nothing is logged, only counted.
"""

from typing import TYPE_CHECKING, Final, cast

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from slack_bolt.adapter.flask import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from handlers.slack.manifest import PATH
from handlers.slack.requests.early_ack import StoreBeforeHandling, is_signed

if TYPE_CHECKING:
    from handlers.slack.runtime import SlackRuntime

UNSIGNED: Final = 401


def mount(app: Flask, slack: "SlackRuntime") -> None:
    """Let Slack reach its part of the bot under the pages' address."""
    handler = SlackRequestHandler(slack.app)
    verifier = SignatureVerifier(slack.door.slack.signing_secret)

    def slack_events() -> Response:
        if not is_signed(verifier, request.get_data(), dict(request.headers)):
            slack.book.turned_away()
            return Response(status=UNSIGNED)
        answer: Response = handler.handle(request)
        return answer

    first = StoreBeforeHandling(app.wsgi_app, verifier, slack.ours, slack.waited)
    app.wsgi_app = first  # type: ignore[method-assign]
    app.add_url_rule(PATH, view_func=slack_events, methods=["POST"])
    cast(CSRFProtect, app.extensions["csrf"]).exempt(slack_events)
