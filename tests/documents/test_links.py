"""A link with # leads to a heading: as GitHub names headings."""

import re

from tests.support.documents import DOCS, ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]


def anchors(text: str) -> set[str]:
    """The names of the headings; of two alike the second has -1 behind it."""
    found: set[str] = set()
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.+)$", outside, re.MULTILINE):
        bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", bare.lower().strip()).replace(" ", "-")
        found.add(f"{name}-1" if name in found else name)
    return found


def test_every_place_that_a_document_points_at_is_there() -> None:
    missing = []
    for document in DOCUMENTS:
        for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text("utf-8")):
            there = (document.parent / target) if target else document
            if there.suffix == ".md" and anchor not in anchors(there.read_text("utf-8")):
                missing.append((str(document.relative_to(ROOT)), f"{target}#{anchor}"))
    assert missing == []
