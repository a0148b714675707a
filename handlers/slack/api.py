"""Slack's Web API, called: what it answers, or why not, told apart by what may be done about it."""

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from handlers.chat.calling import recording_health
from handlers.chat.platform_error import NO_NETWORK, TOTAL_SECONDS, PlatformError
from handlers.chat.platform_error import NOT_NOW as NOT_NOW  # noqa: PLC0414 - also from here
from handlers.chat.platform_error import UNREACHABLE as UNREACHABLE  # noqa: PLC0414
from handlers.chat.platform_error import ErrorKind as ErrorKind  # noqa: PLC0414
from handlers.delivery.platform_state import PlatformHealth
from handlers.runtime.deadline import Deadline
from handlers.runtime.outgoing_http import limited_opener
from handlers.settings.server_address import is_on_server

log = logging.getLogger(__name__)

TIMEOUT: Final = 8  # seconds to connect, and for each part of the answer
MISSING_SCOPE: Final = "missing_scope"
NO_SUCH_ADDRESS: Final = "no_response_url"
# Where Slack takes answers to an interaction; a response_url of another host is none of Slack's.
# Nor is a file brought to one.
SLACK_HOSTS: Final = (".slack.com", ".slack-gov.com")

# The app itself may not do anything any more: somebody has to see to it.
ACCESS_ENDED_CODES: Final = frozenset(
    {
        "account_inactive",
        "app_uninstalled",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_authed",
        "not_allowed_token_type",
        "org_login_required",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
    }
)
# Slack's own trouble: it says so, and nothing was done.
BUSY: Final = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_busy"})
# It says that something broke; what was asked for may have been done all the same.
SERVER_ERROR_CODES: Final = frozenset({"fatal_error", "internal_error", "request_timeout"})


class SlackRefused(PlatformError):
    """Slack said no, or nothing."""

    no_permission = MISSING_SCOPE


class _Client(WebClient):
    """Slack's own, which takes no longer than TOTAL_SECONDS, however slowly it is answered."""

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        with Deadline(TOTAL_SECONDS), limited_opener().open(req, timeout=self.timeout) as answer:
            charset = answer.headers.get_content_charset() or "utf-8"
            body = answer.read().decode(charset)
        return {"status": answer.status, "headers": answer.headers, "body": body}


class Api:
    """The town's app at Slack. Nothing is retried here: that is for who knows what it was for."""

    def __init__(self, bot_token: str, api_url: str) -> None:
        # Slack's library logs what it sends and hears, word by word.
        logging.getLogger("slack_sdk").setLevel(logging.CRITICAL + 1)
        self.address = api_url
        self._client = _Client(
            token=bot_token, base_url=api_url, timeout=TIMEOUT, retry_handlers=[]
        )
        self._opener = limited_opener(_NoRedirect)
        self.health = PlatformHealth()

    def call(self, method: str, **args: Any) -> dict[str, Any]:
        """What Slack answers to a method such as "chat.postMessage". Raises SlackRefused."""
        response = self._response(method, args)
        return response.data if isinstance(response.data, dict) else {}

    def respond(self, url: str, **args: Any) -> None:
        """Answer an interaction at the address that came with it: five times in half an hour, and
        beside the limits of all methods. Raises SlackRefused."""
        if not is_on_server(url, self.address, *SLACK_HOSTS):
            raise SlackRefused(ErrorKind.NEVER, NO_SUCH_ADDRESS)
        body = json.dumps(args, ensure_ascii=False).encode()
        asked = Request(url, body, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - looked at above
        try:
            with Deadline(TOTAL_SECONDS), self._opener.open(asked, timeout=TIMEOUT):
                return
        except HTTPError as error:
            with error:
                raise _answer_refused(error) from None
        except URLError as error:
            raise _broken(error.reason) from None
        except (TimeoutError, HTTPException, ConnectionError) as error:
            raise _broken(error) from None

    def scopes(self) -> tuple[str, frozenset[str]]:
        """The workspace's name, and what the token allows. Raises SlackRefused."""
        response = self._response("auth.test", {})
        granted = str(response.headers.get("x-oauth-scopes", ""))
        return str(response.get("team", "")), frozenset(s.strip() for s in granted.split(","))

    def _response(self, method: str, args: Mapping[str, Any]) -> SlackResponse:
        with recording_health(self.health):
            return self._asked(method, args)

    def _asked(self, method: str, args: Mapping[str, Any]) -> SlackResponse:
        try:
            # As a form, because Slack's reading methods take no JSON.
            return self._client.api_call(method, data={k: _sent(v) for k, v in args.items()})
        except SlackApiError as error:
            raise _refused(method, error) from None
        except URLError as error:
            raise _broken(error.reason) from None
        except (TimeoutError, HTTPException, SlackClientError, ConnectionError) as error:
            raise _broken(error) from None


def _sent(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _refused(method: str, error: SlackApiError) -> SlackRefused:
    response = error.response
    answer = response.data if isinstance(getattr(response, "data", None), dict) else {}
    status, code = int(getattr(response, "status_code", 0) or 0), str(answer.get("error", ""))
    if not code.replace("_", "").isalnum():  # the library's own sentence, which quotes the answer
        code = ""
    if status == 429 or code in BUSY:  # noqa: PLR2004 - too many requests
        seconds = str(response.headers.get("Retry-After", "") or "1")
        wait = int(seconds) if seconds.isdigit() else 1
        return SlackRefused(ErrorKind.LATER, code or "ratelimited", timedelta(seconds=wait))
    if status >= 500 or not code or code in SERVER_ERROR_CODES:  # noqa: PLR2004 - the server's fault
        return SlackRefused(ErrorKind.MAYBE, code or f"http_{status}")
    if code in ACCESS_ENDED_CODES:
        needed = str(answer.get("needed", ""))
        log.error("slack_closed method=%s error=%s needed=%s", method, code, needed)
        return SlackRefused(ErrorKind.CLOSED, code, NOT_NOW, needed)
    return SlackRefused(ErrorKind.NEVER, code)


class _NoRedirect(HTTPRedirectHandler):
    """What is said to one person is sent to no other address."""

    def redirect_request(self, *args: Any, **more: Any) -> None:
        return None


def _answer_refused(error: HTTPError) -> SlackRefused:
    """A response_url that was used up, that is too old, or that says to wait."""
    if error.code == 429:  # noqa: PLR2004 - too many requests
        seconds = str(error.headers.get("Retry-After", "") or "1")
        wait = int(seconds) if seconds.isdigit() else 1
        return SlackRefused(ErrorKind.LATER, "ratelimited", timedelta(seconds=wait))
    if error.code >= 500:  # noqa: PLR2004 - the server's fault
        return SlackRefused(ErrorKind.MAYBE, f"http_{error.code}")
    return SlackRefused(ErrorKind.NEVER, f"http_{error.code}")


def _broken(reason: object) -> SlackRefused:
    """A connection that was never there brought nothing; one that broke may have."""
    if isinstance(reason, ConnectionRefusedError | OSError) and not isinstance(
        reason, TimeoutError | ConnectionResetError | ConnectionAbortedError | BrokenPipeError
    ):
        return SlackRefused(ErrorKind.LATER, UNREACHABLE, NO_NETWORK)
    return SlackRefused(ErrorKind.MAYBE, "no_answer")
