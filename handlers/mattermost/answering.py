"""What is done about one press or one dialog, and what is told of it. Nothing is sent here."""

from collections.abc import Callable
from datetime import datetime

from handlers.mattermost.door import (
    MATTERMOST,
    PRESSED,
    SUBMITTED,
    Answer,
    Here,
    MattermostDoor,
    Press,
    Submission,
)
from handlers.mattermost.messages import Message, said
from workflows.chat.accounts import GetMemberOfAccount
from workflows.core.errors import AlreadyDone, Invalid, Refused
from workflows.core.permissions import Caller

Greet = Callable[[MattermostDoor, str, str], str | Message]


class Answers:
    """`greet` answers people who are not linked; it may link them and hand back their member."""

    def __init__(self, door: MattermostDoor, greet: Greet) -> None:
        self._door, self._greet = door, greet

    def member_of(self, user: str) -> str | None:
        """Who goes by this id there."""
        return self._door.ask(GetMemberOfAccount(MATTERMOST, user), Caller.DOOR)

    def pressed(self, user: str, token: dict[str, str], event: str, at: datetime | None) -> Answer:
        """`event` names the press, `at` is when it was, by our clock."""
        verb = token["v"]
        member_id = self.member_of(user)
        if member_id is None:
            found = self._greet(self._door, user, verb)
            if isinstance(found, Message):
                return found
            member_id = found
        act = PRESSED.get(verb)
        if act is None:
            return said(self._door.say("mattermost.stale"))
        here = Here(self._door, member_id, user, event, said_at=at)
        when = f"{(at or self._door.desk.now()).timestamp():.6f}"  # a text that sorts
        try:
            return act(Press(here, verb, token["s"], token["i"], when))
        except Refused as refused:  # done already, decided since, not allowed: it says why
            return said(self.why(refused))

    def handed_in(
        self, user: str, state: dict[str, str], chosen: dict[str, str], event: str
    ) -> Message:
        """Raises Refused, with which the dialog stays open, and Wrong."""
        act, member_id = SUBMITTED.get(state["v"]), self.member_of(user)
        if act is None or member_id is None:
            return said(self._door.say("mattermost.stale"))
        now = self._door.desk.now()
        here = Here(self._door, member_id, user, event, said_at=now)
        given = Submission(here, state["s"], state["i"], chosen, f"{now.timestamp():.6f}")
        try:
            return act(given)
        except AlreadyDone as done:
            return said(self._door.sentence(done))

    def why(self, refused: Refused) -> str:
        if isinstance(refused, Invalid):
            return "\n".join(self._door.say(one.key, **one.facts) for one in refused.errors)
        return self._door.sentence(refused)
