"""Every payload that the product sends when everything in the town is as large as it can be.

`collect` drives a grown and crowded town (largest_town.py) by people who press everything
(largest_walk.py), and keeps what reached the stand-in: messages, modals (also those in the answer
to one that was handed in), Home tabs. `Reached` says which of the registered things took part.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from handlers.slack.door import FOR_ANYBODY, PRESSED, SUBMITTED
from handlers.slack.ui.drawing import NOTICES, POST_DRAWERS
from tests.slack.allowed import HOME, MESSAGE, MODAL
from tests.slack.endpoints import Endpoint, Reply
from tests.slack.limits import Json
from tests.slack.product import SlackTown
from tests.slack.typed import Payload
from tests.support.failures import failures_into

SURFACES = {
    "chat.postMessage": MESSAGE,
    "chat.update": MESSAGE,
    "chat.postEphemeral": MESSAGE,
    "views.open": MODAL,
    "views.push": MODAL,
    "views.update": MODAL,
    "views.publish": HOME,
}
# Refusals of Slack that have nothing to do with what was sent.
OF_THE_TIME = {"not_found", "hash_conflict", "exchanged_trigger_id", "expired_trigger_id"}


@dataclass
class Reached:
    """What took part: verbs that were pressed, callbacks handed in, notices and kinds drawn."""

    verbs: set[str] = field(default_factory=set)
    by_anybody: set[str] = field(default_factory=set)
    callbacks: set[str] = field(default_factory=set)
    drawn: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


@dataclass
class Collected:
    """`refused` is what Slack would not take, `broken` what failed on our side, in words."""

    payloads: list[Payload] = field(default_factory=list)
    reached: Reached = field(default_factory=Reached)
    posted: set[str] = field(default_factory=set)
    unsent: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, name: str, surface: str, content: Json) -> None:
        payload = Payload(f"{len(self.payloads)} {name}", surface, content)
        if all(one.content != content for one in self.payloads[-40:]):
            self.payloads.append(payload)


class Overheard:
    """The way from Slack to the product, with an ear on what it answers."""

    def __init__(self, way: Endpoint, collected: Collected) -> None:
        self._way, self._collected = way, collected

    def interaction(self, payload: Json) -> Reply:
        return self._kept(payload["type"], self._way.interaction(payload))

    def command(self, form: dict[str, str]) -> Reply:
        return self._kept("command", self._way.command(form))

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        return self._way.event(envelope, retry)

    def _kept(self, name: str, reply: Reply) -> Reply:
        if reply.body.strip().startswith(b"{"):
            view = reply.content.get("view")
            if view:
                self._collected.add(f"answer to {name}", MODAL, view)
        return reply


@contextmanager
def collecting(town: SlackTown) -> Iterator[Collected]:
    """Everything that happens in the block is kept; at its end `payloads` are complete."""
    collected = Collected()
    town.endpoint = Overheard(town.endpoint, collected)
    begun = len(town.slack.calls)
    with _watched(collected), failures_into(collected.broken):
        yield collected
        town.settle()
    for call in town.slack.calls[begun:]:
        surface = SURFACES.get(call.method)
        if surface is None:
            continue
        error = call.answer.get("error")
        if error and error not in OF_THE_TIME:
            collected.refused.append(f"{call.method}: {call.answer} {call.args}")
        elif surface == MESSAGE:
            content = {"text": call.args.get("text", ""), "blocks": call.args.get("blocks", [])}
            collected.add(call.method, surface, content)
        else:
            collected.add(call.method, surface, call.args["view"])


@contextmanager
def _watched(collected: Collected) -> Iterator[None]:
    """Every registered function notes that it was called."""
    reached = collected.reached
    kept: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for registry, noted in (
        (PRESSED, reached.verbs),
        (FOR_ANYBODY, reached.by_anybody),
        (SUBMITTED, reached.callbacks),
        (NOTICES, reached.drawn),
        (POST_DRAWERS, reached.kinds),
    ):
        functions: dict[str, Any] = registry
        kept.append((functions, dict(functions)))
        for name, act in list(functions.items()):
            functions[name] = _noting(act, noted, name)
    try:
        yield
    finally:
        for functions, before in kept:
            functions.update(before)


def _noting(act: Callable[..., Any], noted: set[str], name: str) -> Callable[..., Any]:
    def noting(*what: Any) -> Any:
        answer = act(*what)
        noted.add(name)
        return answer

    return noting
