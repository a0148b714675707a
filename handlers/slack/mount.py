"""Slack's requests over HTTP, on the pages' own server: no session, no cookie, no CSRF token.

What speaks for a request is its signature alone, which Bolt checks; without a right one nothing
is written and nothing is logged, only counted.
"""

from typing import Final, cast

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect
from slack_bolt.adapter.flask import SlackRequestHandler

from handlers.slack.manifest import PATH
from handlers.slack.part import SlackPart

UNSIGNED: Final = 401


def mount(app: Flask, slack: SlackPart) -> None:
    """Let Slack reach its part of the bot under the pages' address; never in Socket Mode."""
    if slack.line:
        return
    handler = SlackRequestHandler(slack.app)

    def slack_events() -> Response:
        answer: Response = handler.handle(request)
        if answer.status_code == UNSIGNED:
            slack.book.turned_away()
            return Response(status=UNSIGNED)
        return answer

    app.add_url_rule(PATH, view_func=slack_events, methods=["POST"])
    cast(CSRFProtect, app.extensions["csrf"]).exempt(slack_events)
