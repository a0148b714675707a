"""What a notice is about: of several about the same matter only the newest says how it is."""

from collections.abc import Mapping
from hashlib import sha256

from workflows.inbox.news_kinds import kind_of
from workflows.model.notice import Fact, Notice, once_of, request_of


def topic_of(notice: Notice) -> str:
    """The same text for news about the same matter; at most 200 characters, no words of anybody."""
    if notice.promise:
        return notice.promise
    about = f"{notice.key}:{notice.case_id or ''}:{notice.meeting_id or ''}:"
    match kind_of(notice.key).newest_of:
        case tuple(names):
            return about + _told_apart(names, notice.facts)
        case "request":
            return about + _digest(request_of(notice))
        case "promise" | None:
            return about + _digest(once_of(notice))


def town_topic_of(key: str, **facts: Fact) -> str:
    """The matter of news of this kind with these facts, about no case or meeting. Each fact named
    in `newest_of` of its kind tells it from others."""
    names = kind_of(key).newest_of
    assert isinstance(names, tuple)  # noqa: S101 - only such news is looked for
    return f"{key}:::{_told_apart(names, facts)}"


def _told_apart(names: tuple[str, ...], facts: Mapping[str, Fact]) -> str:
    values = [str(facts.get(name, "")) for name in names]
    return _digest("\n".join(values)) if any(values) else ""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
