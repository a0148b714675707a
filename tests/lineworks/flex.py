"""A flex message through LINE's own models and back: what they refuse, and what gets lost.

    assert flex_faults(content["contents"]) == []

LINE WORKS takes a part of what LINE takes; a property that LINE does not know, it will not know
either. Loading the models takes two seconds, so that happens when first asked.
"""

from typing import Any


def flex_faults(contents: object) -> list[str]:
    """Each fault with a pointer to its place; empty when `contents` (a bubble or a carousel) comes
    back from `linebot.v3.messaging` as it went in."""
    # It ships no types; and its two seconds are spent by those alone who ask (see above).
    from linebot.v3.messaging import FlexContainer  # type: ignore[import-untyped] # noqa: PLC0415

    try:
        returned = FlexContainer.from_dict(contents).to_dict()
    except (ValueError, TypeError, KeyError, AttributeError) as why:
        # pydantic's own errors are ValueErrors; the others come from a shape it did not expect.
        return [f"LINE's models refuse this: {type(why).__name__}: {why}"]
    return lost(contents, returned, "")


def lost(given: Any, returned: Any, where: str) -> list[str]:
    """How what came back differs from what was given, each with its place."""
    match given, returned:
        case dict(), dict():
            gone = [f"does not survive [{where}/{one}]" for one in given.keys() - returned.keys()]
            added = [f"came from nowhere [{where}/{one}]" for one in returned.keys() - given.keys()]
            kept = [
                fault
                for name in given.keys() & returned.keys()
                for fault in lost(given[name], returned[name], f"{where}/{name}")
            ]
            return sorted(gone + added + kept)
        case list(), list() if len(given) == len(returned):
            pairs = enumerate(zip(given, returned, strict=True))
            return [x for at, (a, b) in pairs for x in lost(a, b, f"{where}/{at}")]
        case _:
            return [] if given == returned else [f"{given!r} became {returned!r} [{where}]"]
