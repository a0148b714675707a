"""The weekly digest in words, for every door: who waits, what moved since the last one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from handlers.words.texts import Texts

LATE: Final = ("reply", "role", "follow_up", "close_case", "revise_plan")
SHOWN: Final = 12  # people waiting who are drawn; the rest are one sentence
MOVES: Final = (
    "waiting",
    "overdue_reply",
    "no_date",
    "overdue_role",
    "overdue_judged",
    "overdue_follow_up",
    "failed",
)


@dataclass(frozen=True)
class CountChange:
    """One count against the last digest's, and where both stand on one scale (0 to 100)."""

    label: str
    before: int
    now: int
    word: str
    before_at: float
    now_at: float


def judged(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What meetings judged and nobody has carried out yet: late first, then with time left.

    `kind` says which duty it is. Digests made before it was said have it of what is late alone.
    """
    late = [
        {"waits": False, "kind": kind, **line}
        for kind in ("close_case", "revise_plan")
        for line in content["overdue"].get(kind, [])
    ]
    return [*late, *({"waits": True, **line} for line in content.get("judged", []))]


def count_restricted(content: Mapping[str, Any], *lists: str) -> int:
    """How many restricted cases are counted in these lists beside the lines that are shown."""
    counted = content.get("restricted", {})
    return sum(int(counted.get(name, 0)) for name in lists)


def restricted_sentence(texts: Texts, content: Mapping[str, Any], *lists: str) -> str:
    """The sentence that counts them; "" where there is none."""
    count = count_restricted(content, *lists)
    longest = content.get("restricted", {}).get("longest", 0) if "waiting" in lists else 0
    return texts.say("page.digest.restricted", count=count, longest=longest) if count else ""


def about_waiting(texts: Texts, waiting: Mapping[str, Any]) -> str:
    """What is said of one who waits."""
    return texts.say(
        "page.digest.about",
        state=waiting["state"],
        answering=waiting["answering"],
        urgency=waiting["urgency"],
        replies=waiting["waiting_replies"],
    )


def changes_since_last_digest(texts: Texts, content: Mapping[str, Any]) -> list[CountChange]:
    """What moved since the last digest; none the first time."""
    before = content["before"].get("counts") or {}
    if not before:
        return []
    now = content["counts"]
    most = max([1, *(int(c.get(k, 0)) for c in (before, now) for k in MOVES)])
    found = []
    for key in MOVES:
        was, is_now = int(before.get(key, 0)), int(now.get(key, 0))
        word = "fewer" if is_now < was else "more" if is_now > was else "same"
        found.append(
            CountChange(
                texts.say(f"page.digest.move.{key}"),
                was,
                is_now,
                texts.say(f"page.digest.moved.{word}", count=abs(is_now - was)),
                was * 100 / most,
                is_now * 100 / most,
            )
        )
    return found


def waiting_lines(texts: Texts, content: Mapping[str, Any], key: str) -> list[str]:
    """A line for each who waits, in the sentence of this key."""
    return [
        texts.say(key, number=one["number"], days=one["days"], about=about_waiting(texts, one))
        for one in content["waiting"]
    ]


def request_lines(texts: Texts, content: Mapping[str, Any]) -> list[str]:
    """開示・訂正・利用停止の請求 that are open, in a sentence; none without any."""
    found = content.get("requests", {})
    return [texts.say("notice.requests", **found)] if found.get("open") else []


def still_needed_lines(texts: Texts, content: Mapping[str, Any]) -> list[str]:
    """The cases that were asked about once more; none without any."""
    found = content.get("still_needed", {})
    if not found.get("asked"):
        return []
    return [texts.say("page.digest.still_needed_line", **found)]


def move_lines(texts: Texts, content: Mapping[str, Any], key: str) -> list[str]:
    """A line for each count beside the last digest's, in the sentence of this key."""
    return [
        texts.say(key, label=move.label, before=move.before, now=move.now, word=move.word)
        for move in changes_since_last_digest(texts, content)
    ]


def short_digest(
    texts: Texts, content: Mapping[str, Any], words: str
) -> list[tuple[str, Sequence[str]]]:
    """Headings, each with its lines, for where there is little room; all else is on the page.

    `words` is the group with the sentences `waiting`, `waiting_line`, `nobody`, `more`, `late`,
    `late_line`, `changes_since_last_digest` and `move_line`. What has no lines is left out.
    """
    parts: list[tuple[str, Sequence[str]]] = [
        (texts.say(f"{words}.waiting"), _longest_waiting(texts, content, words)),
        (texts.say(f"{words}.late"), _counted_late(texts, content, words)),
        (texts.say("page.request.title"), request_lines(texts, content)),
        (texts.say("page.still_needed.section"), still_needed_lines(texts, content)),
        (texts.say(f"{words}.moves"), move_lines(texts, content, f"{words}.move_line")),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def _longest_waiting(texts: Texts, content: Mapping[str, Any], words: str) -> list[str]:
    more = len(content["waiting"]) - SHOWN
    lines = waiting_lines(texts, content, f"{words}.waiting_line")[:SHOWN]
    if more > 0:
        lines.append(texts.say(f"{words}.more", count=more))
    if beside := restricted_sentence(texts, content, "waiting"):
        lines.append(beside)
    return lines or [texts.say(f"{words}.nobody")]


def _counted_late(texts: Texts, content: Mapping[str, Any], words: str) -> list[str]:
    overdue = content["overdue"]
    counts = {n: len(overdue.get(n, ())) + count_restricted(content, n) for n in LATE}
    counts = {name: count for name, count in counts.items() if count}
    counts |= Counter(str(line["kind"]) for line in content.get("overdue_others", []))
    lines = [
        texts.say(f"{words}.late_line", what=name, count=count) for name, count in counts.items()
    ]
    if beside := restricted_sentence(texts, content, "overdue_others"):
        lines.append(beside)
    return lines
