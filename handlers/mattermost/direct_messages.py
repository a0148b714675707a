"""What the bot says to one person: posted into the channel that both share, found, edited."""

import threading
from datetime import datetime, timedelta
from typing import Any, Final

from handlers.mattermost.api import FORBIDDEN, NOT_FOUND, MattermostRefused, nonsense
from handlers.mattermost.door import MattermostDoor
from handlers.mattermost.messages import Json, Message, post_of

MARK: Final = "tsunagu_message"  # a property of a post by which it is found again
PAGE, PAGES = 200, 5
# [ours] Where the server's clock and ours differ, or ours was put back meanwhile: so much further.
OUR_CLOCKS: Final = timedelta(days=8)


class DirectMessages:
    """By the ids of people there. Every method raises MattermostRefused."""

    def __init__(self, door: MattermostDoor) -> None:
        self._door = door
        self._bot = ""
        self._channels: dict[str, str] = {}  # by user
        self._lock = threading.Lock()

    def post(self, user: str, message: Message, mark: str = "") -> str:
        """The id of the new post. By its `mark` it is found; told twice within half a minute, it is
        one post."""
        body = post_of(message, self._door.integration_for(user))
        if mark:
            body["props"][MARK] = mark
            body["pending_post_id"] = mark
        return self.send(user, body)

    def send(self, user: str, body: Json) -> str:
        """A post in Mattermost's own shape; its id."""
        whole = body | {"channel_id": self._channel(user)}
        return _id_in(self._door.outgoing.call("posts.create", body=whole))

    def edit(self, user: str, post_id: str, message: Message, mark: str = "") -> bool:
        """Show this in its place; False when nobody can see it any more."""
        body = post_of(message, self._door.integration_for(user))
        if mark:
            body["props"][MARK] = mark
        try:
            self._door.outgoing.call("posts.patch", post=post_id, body=body)
        except MattermostRefused as refused:
            # Of one that is not there Mattermost says that we may not edit it.
            if refused.status not in (FORBIDDEN, NOT_FOUND) or self._is_there(post_id):
                raise
            return False
        return True

    def remove(self, post_id: str) -> None:
        try:
            self._door.outgoing.call("posts.delete", post=post_id)
        except MattermostRefused as refused:
            if refused.status not in (FORBIDDEN, NOT_FOUND):
                raise

    def find(self, user: str, mark: str, since: datetime, now: datetime) -> str:
        """The post with this mark, or "" when it is not there."""
        oldest = (min(since, now) - OUR_CLOCKS).timestamp() * 1000
        channel = self._channel(user)
        for page in range(PAGES):
            query = {"page": str(page), "per_page": str(PAGE)}
            answer = self._door.outgoing.call("channels.posts", channel=channel, query=query)
            posts = answer.get("posts")
            if not isinstance(posts, dict):
                raise nonsense()
            for post_id, post in posts.items():
                if _object(_object(post).get("props")).get(MARK) == mark:
                    return str(post_id)
            times = [_object(one).get("create_at") for one in posts.values()]
            known = [at for at in times if isinstance(at, int)]
            if len(posts) < PAGE or min(known, default=0) < oldest:
                break
        return ""

    def _is_there(self, post_id: str) -> bool:
        try:
            self._door.outgoing.call("posts.read", post=post_id)
        except MattermostRefused as refused:
            if refused.status not in (FORBIDDEN, NOT_FOUND):
                raise
            return False
        return True

    def _channel(self, user: str) -> str:
        """The channel of the bot and this person, made when there is none yet."""
        with self._lock:
            if user in self._channels:
                return self._channels[user]
        call = self._door.outgoing.call
        if not self._bot:
            self._bot = _id_in(call("users.me"))
        channel = _id_in(call("channels.direct", body=[self._bot, user]))
        with self._lock:
            self._channels[user] = channel
        return channel


def _object(found: Any) -> Json:
    return found if isinstance(found, dict) else {}


def _id_in(found: Any) -> str:
    """Raises MattermostRefused."""
    text = _object(found).get("id")
    if not (isinstance(text, str) and text.isascii() and text.isalnum()):
        raise nonsense()
    return text
