"""A file shared where somebody reads it: uploaded once, and found again instead of sent twice.

https://docs.slack.dev/messaging/working-with-files (getUploadURLExternal, then the bytes, then
completeUploadExternal). When no answer came it may have arrived: so does a second press. Whoever
shares looks first whether a file of this name stands in the channel already.
"""

import threading
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request

from handlers.runtime.deadline import Deadline
from handlers.runtime.outgoing_http import limited_opener
from handlers.settings.server_address import is_on_server
from handlers.slack.api import SLACK_HOSTS, TIMEOUT, Api, ErrorKind, SlackRefused

NEWEST: Final = 200  # messages in which a file is looked for
SERVER_FAULT: Final = 500
TOTAL_SECONDS: Final = 60  # seconds for a file


@dataclass(frozen=True)
class File:
    """`name` tells it from every other in the channel; nothing personal in it or in `title`."""

    name: str
    title: str
    content: bytes = field(repr=False)


_at_it: set[tuple[str, str]] = set()
_lock = threading.Lock()


def direct_channel(api: Api, user: str) -> str:
    """The conversation between the app and one person. Raises SlackRefused."""
    return str(api.call("conversations.open", users=user)["channel"]["id"])


def share(api: Api, channel: str, file: File, comment: str = "") -> bool:
    """Share a file in a channel; False when it stands there already, or is on its way.

    Raises SlackRefused.
    """
    mine = (channel, file.name)
    with _lock:
        if mine in _at_it:
            return False
        _at_it.add(mine)
    try:
        if find(api, channel, file.name):
            return False
        file_id = upload(api, file)
        complete(api, file_id, file.title, channel, comment)
        return True
    finally:
        with _lock:
            _at_it.discard(mine)


def find(api: Api, channel: str, name: str) -> str:
    """The id of a file that we shared there under this name, or "". Raises SlackRefused.

    Without the right to look it is as if there were none.
    """
    try:
        answer = api.call("conversations.history", channel=channel, limit=NEWEST)
    except SlackRefused as refused:
        if refused.code in ("missing_scope", "channel_not_found", "not_in_channel"):
            return ""
        raise
    shared: list[dict[str, Any]] = [f for m in answer["messages"] for f in m.get("files", ())]
    return next((str(f["id"]) for f in shared if f.get("name") == name), "")


def upload(api: Api, file: File) -> str:
    """Upload without sharing: the id of the file. Raises SlackRefused."""
    made = api.call("files.getUploadURLExternal", filename=file.name, length=len(file.content))
    _send(api, str(made["upload_url"]), file.content)
    return str(made["file_id"])


def complete(api: Api, file_id: str, title: str, channel: str = "", comment: str = "") -> None:
    """Finish an upload: shared in a channel with a comment, or kept to be shown in a message."""
    more = {"channel_id": channel} if channel else {}
    more |= {"initial_comment": comment} if comment else {}
    files = [{"id": file_id, "title": title}]
    api.call("files.completeUploadExternal", files=files, **more)


def _send(api: Api, url: str, content: bytes) -> None:
    """The bytes to the address that Slack gave. Nothing is shared by this alone."""
    if not is_on_server(url, api.address, *SLACK_HOSTS):
        raise SlackRefused(ErrorKind.NEVER, "upload_url")
    request = Request(url, content, {"Content-Type": "application/octet-stream"}, method="POST")  # noqa: S310 - Slack's own, looked at above
    try:
        with Deadline(TOTAL_SECONDS), limited_opener().open(request, timeout=TIMEOUT):
            return
    except HTTPError as error:
        kind = ErrorKind.LATER if error.code >= SERVER_FAULT else ErrorKind.NEVER
        raise SlackRefused(kind, f"upload_{error.code}") from None
    except (URLError, TimeoutError, ConnectionError):
        raise SlackRefused(ErrorKind.LATER, "upload_broke") from None
