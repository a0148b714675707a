"""A way in by which every modal that is handed in comes twice, as when its answer was lost."""

from dataclasses import dataclass

from tests.slack.endpoints import Endpoint, Reply
from tests.slack.limits import Json

ERRORS = "errors"


@dataclass
class ToldTwice:
    """Answers with the first answer; the second must be taken as calmly, and do nothing."""

    way: Endpoint
    count: int = 0

    def interaction(self, payload: Json) -> Reply:
        first = self.way.interaction(payload)
        if payload["type"] != "view_submission":
            return first
        self.count += 1
        again = self.way.interaction(payload)
        assert (first.status, again.status) == (200, 200), again
        if ERRORS not in _action(first):
            assert ERRORS not in _action(again), f"a second time it was wrong: {again.body!r}"
        return first

    def command(self, form: dict[str, str]) -> Reply:
        return self.way.command(form)

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        return self.way.event(envelope, retry)


def _action(reply: Reply) -> str:
    return str(reply.content.get("response_action", "")) if reply.body else ""
