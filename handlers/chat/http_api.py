"""A platform's API over HTTP: asked once, within a time, and told apart by what may have been done.

What it answers, and what its own codes mean, is each platform's.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import requests
from urllib3.exceptions import NewConnectionError

from handlers.chat.platform_error import (
    NO_NETWORK,
    TOTAL_SECONDS,
    UNREACHABLE,
    ErrorKind,
    PlatformError,
)
from handlers.runtime.outgoing_http import call

TIMEOUT: Final = (4, 8)  # seconds to connect, and for each part of the answer
LONGEST_WORD: Final = 100
LONGEST_NUMBER: Final = 9  # digits

Refuse = Callable[[ErrorKind, str, timedelta | None], PlatformError]


def send_request(verb: str, address: str, refuse: Refuse, **more: Any) -> requests.Response:
    """An answer, whatever it says. Raises what `refuse` makes when there is none."""
    try:
        # Never elsewhere: what is sent is for this server alone.
        return call(
            verb, address, seconds=TOTAL_SECONDS, timeout=TIMEOUT, allow_redirects=False, **more
        )
    except requests.exceptions.ConnectTimeout:
        raise refuse(ErrorKind.LATER, UNREACHABLE, NO_NETWORK) from None
    except requests.exceptions.ConnectionError as error:
        if _never_there(error):
            raise refuse(ErrorKind.LATER, UNREACHABLE, NO_NETWORK) from None
        raise refuse(ErrorKind.MAYBE, "no_answer", None) from None
    except (requests.RequestException, TimeoutError):
        raise refuse(ErrorKind.MAYBE, "no_answer", None) from None


def _never_there(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no connection was made at all: then nothing was brought."""
    if isinstance(error, requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError)


def word(given: object) -> str:
    """A platform's code as it may be logged and shown; "" for whatever is none."""
    code = str(given or "")
    letters = code.replace("_", "").replace(".", "")
    return code if code.isascii() and letters.isalnum() and len(code) <= LONGEST_WORD else ""


def json_of(answer: requests.Response) -> Any:
    """Its JSON; None where it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def header_number(answer: requests.Response, header: str) -> int | None:
    """A number of a header, None where it holds none."""
    text = answer.headers.get(header, "").strip()
    fine = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if fine else None
