"""That somebody was told by telephone what no mail or chat message brought them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class ReachedByPhone:
    """`by` told the member `member_id` of all that did not reach them by the way `via` so far."""

    member_id: str
    via: str
    by: str
    at: datetime

    def covers(self, member_id: str, via: str, at: datetime) -> bool:
        return (self.member_id, self.via) == (member_id, via) and at <= self.at
