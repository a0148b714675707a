"""No message names a case or meeting where the desk would not see it: it is refused at import."""

from dataclasses import dataclass, field, fields
from typing import Any

import pytest

import workflows.registry
from workflows.core.messages import Command, Query, handles
from workflows.core.permissions import RULES, Action, Standing

REGISTRY = workflows.registry.REGISTRY
TO_CASES = {Standing.WRITER_AGENCY, Standing.LEAD_AGENCY, Standing.ATTENDEE, Standing.NAMED}


def registered(
    named: dict[str, Any], action: Action, others: dict[str, str] | None = None
) -> type[Any]:
    """A query with these fields, handed to `handles`; it does not stay registered."""
    kind: type[Any] = dataclass(frozen=True)(
        type("Sneaky", (Query,), {"__annotations__": dict(named)})
    )
    try:
        handles(kind, action, code="sneaky", others=others or {})(lambda query, work: None)
    finally:
        REGISTRY.pop(kind, None)
    return kind


@pytest.mark.parametrize("name", ["the_case", "case_number", "kept_id", "of", "subject_id", "key"])
def test_a_question_for_content_without_a_subject_is_refused(name: str) -> None:
    """Whatever its field is called: no standing to it would be asked, and no look written."""
    for action in Action:
        to_a_subject = bool(TO_CASES & set(RULES[action].anyone_of)) or RULES[action].content
        if to_a_subject:
            with pytest.raises(TypeError, match="names no case or meeting"):
                registered({name: str}, action)


@pytest.mark.parametrize(
    "name",
    ["number", "case_numbers", "of_meeting", "kept_id", "other_case_id", "subject", "poll", "x_id"],
)
def test_a_case_or_meeting_under_another_name_has_to_be_declared(name: str) -> None:
    """Also where an action of the town is enough, and beside a subject."""
    for beside in ({}, {"case_id": str}):
        action = Action.SEE_CASE if beside else Action.USE
        with pytest.raises(TypeError, match=name):
            registered({**beside, name: str}, action)
        registered({**beside, name: str}, action, {name: "it is asked"})


def test_it_is_found_in_a_wish_as_well() -> None:
    """A field that holds several answers is opened."""

    @dataclass(frozen=True)
    class Wish:
        since: str = ""
        number: str = ""

    with pytest.raises(TypeError, match="wish"):
        registered({"wish": Wish}, Action.USE)
    with pytest.raises(TypeError, match="wish"):
        registered({"wish": Wish | None}, Action.USE)


def test_a_subject_is_one_and_always_there() -> None:
    """With two the desk would ask about one of them; an empty one would be no subject at all."""
    with pytest.raises(TypeError, match="a case and a meeting"):
        registered({"case_id": str, "meeting_id": str}, Action.SEE_MEETING)
    with pytest.raises(TypeError, match="always filled"):
        registered({"case_id": str | None}, Action.READ_CASE)


def test_what_is_declared_is_there() -> None:
    """A reason that outlived its field would hide the next one of that name."""
    with pytest.raises(TypeError, match="no such other subject: kept_id"):
        registered({"agency_id": str}, Action.USE, {"kept_id": "it is asked"})


def test_ids_of_other_things_and_parts_of_the_subject_pass() -> None:
    """The rule does not get in the way of a referral of a case, or of an agency."""
    registered({"agency_id": str, "member_ids": tuple[str, ...]}, Action.USE)
    registered({"case_id": str, "referral_id": str}, Action.REPLY)
    with pytest.raises(TypeError, match="referral_id"):
        registered({"referral_id": str}, Action.USE)


@pytest.mark.parametrize("kind", REGISTRY, ids=lambda k: k.__name__)
def test_every_message_has_been_through_it(kind: type[Any]) -> None:
    """Content and standings to a subject are asked about a subject, in the whole registry."""
    rule = RULES[REGISTRY[kind].action]
    names = {f.name for f in fields(kind)}
    if rule.content or TO_CASES & set(rule.anyone_of):
        assert len(names & {"case_id", "meeting_id"}) == 1
    assert set(REGISTRY[kind].others) <= names
    assert all(reason.strip() for reason in REGISTRY[kind].others.values())
    assert issubclass(kind, Command | Query)


def test_a_refused_message_is_not_registered() -> None:
    """Nothing carries it out by mistake."""

    @dataclass(frozen=True)
    class Sneaky(Query[None]):
        kept_id: str = field(default="")

    with pytest.raises(TypeError):
        handles(Sneaky, Action.USE, code="sneaky")(lambda query, work: None)
    assert Sneaky not in REGISTRY
