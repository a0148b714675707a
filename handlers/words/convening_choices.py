"""Convening, for every door: which cases and bases somebody means, and what it is begun with."""

import re
from collections.abc import Iterable
from typing import Final

from workflows.japanese.characters import one_width
from workflows.japanese.my_number import contains_my_number
from workflows.meetings.plan_meeting import MeetingPlan
from workflows.model.legal_basis import (
    BasisCondition,
    LegalBasis,
    UsualBasis,
    condition_of_basis,
    conditions_of,
    usual_basis,
)

_BETWEEN: Final = re.compile(r"[、，,\s]+")


def numbers_typed(typed: str) -> tuple[str, ...]:
    """Case numbers as somebody typed them; a 12-digit number is left out and repeated nowhere."""
    plain = [n.upper() for n in _BETWEEN.split(one_width(typed)) if n]
    return tuple(dict.fromkeys(n for n in plain if not contains_my_number(n)))


def known_bases(codes: Iterable[str]) -> list[LegalBasis]:
    """The bases that were ticked; what is none of ours is told beside the field."""
    chosen = set(codes)
    return [b for b in LegalBasis if b in chosen]


def usual_bases(plan: MeetingPlan) -> list[str]:
    """What is ticked first: one basis if all cases have consent, else one that asks for none."""
    if not plan.cases:
        return []
    consented = all(c.has_consent for c in plan.cases)
    return [str(usual_basis(UsualBasis.CONSENTED if consented else UsualBasis.UNCONSENTED))]


def without_consent(codes: Iterable[str]) -> list[str]:
    """The same on a basis that asks for no consent. Of several bases each one's condition holds:
    those that ask for consent give way."""
    kept = [b for b in known_bases(codes) if condition_of_basis(b) is BasisCondition.SECRECY]
    return list(dict.fromkeys(map(str, [usual_basis(UsualBasis.UNCONSENTED), *kept])))


def required_at_first(plan: MeetingPlan, bases: Iterable[LegalBasis]) -> list[str]:
    """Agencies that are chosen already: where consent is asked for, none that it leaves out; of
    several cases those alone that one concerns, since nobody has chosen yet what others hear."""
    asks, several = BasisCondition.CONSENT in conditions_of(bases), len(plan.cases) > 1
    return [
        i.agency_id
        for i in plan.invitees
        if i.required
        and (i.covered or not asks)
        and (not several or any(h.concerned for h in i.hearing.values()))
    ]
