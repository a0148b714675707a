"""What a check found: good, or to be mended, as one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """`key` names the sentence, `facts` what it is said with: never a secret."""

    is_good: bool
    key: str
    facts: Mapping[str, object] = field(default_factory=dict)


def fine(key: str, /, **facts: object) -> Finding:
    return Finding(True, key, facts)


def wrong(key: str, /, **facts: object) -> Finding:
    return Finding(False, key, facts)
