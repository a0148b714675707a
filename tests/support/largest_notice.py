"""Notices with every fact at its longest."""

from collections.abc import Iterator

from workflows.ladder import LADDERS
from workflows.notices import Fact, Notice

LONG_AGENCY = "つなぎ野市こもれび・そよかぜ・あさつゆ地区民生委員児童委員協議会連合会事務局分室"
assert len(LONG_AGENCY) == 40
LARGEST: dict[str, Fact] = {
    "agency": LONG_AGENCY,
    "from_agency": LONG_AGENCY,
    "next_agency": LONG_AGENCY,
    "lead": LONG_AGENCY,
    "number": "R88-99999999",
    "other": "R88-99999999",
    "numbers": [f"R88-9999999{n}" for n in range(10)],
    "purpose": "handover",
    "urgency": "emergency",
    "answer": "declined",
    "heard_by": "in_person",
    "by": "名" * 80,
    "by_agency": LONG_AGENCY,
    "phone": "0000-00-0000",
    "state": "asking",
    "kind": "project",
    "reply_by": "2026-12-23T17:15:00+09:00",
    "due_at": "2026-12-23T17:15:00+09:00",
    "answer_by": "2026-12-23T17:15:00+09:00",
    "starts_at": "2026-12-23T14:45:00+09:00",
    "ends_at": "2026-12-23T15:45:00+09:00",
    "due_on": "2026-12-23",
    "next_on": "2026-12-23",
    "next_check_on": "2026-12-23",
    "on": "2026-12-23",
    "place": "場" * 60,
    "online": True,
    "passed": True,
    "required": True,
    "overdue_days": 999,
    "item": "f" * 32,
    "word": "comes",
    "via": "lineworks",
    "sure": False,
    "times": 99,
    "version": 99,
    "slots": 20,
    "dates": [f"2026-12-{day}T14:45:00+09:00" for day in range(10, 30)],
    "odd_dates": [f"2026-12-{day}T14:45:00+09:00" for day in range(10, 30)],
    "off_hours": "休日（勤労感謝の日）",
    "none_works": True,
    "fixed": True,
    "agencies": 50,
    "came": 50,
    "invited": 50,
    "not_known": 50,
    "decisions": 99,
    "near_miss": 999,
    "missing": 999,
    "missing_new": 999,
    "consented": False,
    "covered": False,
    "roles": [[LONG_AGENCY, "2026-12-23"] for _ in range(10)],
    "waiting": 9999,
    "longest": 9999,
    "overdue": 9999,
    "no_date": 9999,
    "failed": 9999,
    "cases": 9999,
    "agreed": False,
    "people": 999,
    "drafts": 99,
    "summary": "要" * 100,
    "why": "nobody_there",
    "writer": LONG_AGENCY,
    "restricted": False,
    "opens": True,
    "missed": "2026-12-23",
    "ends_on": "2026-12-23",
    "moved_from": "2026-12-23T14:45:00+09:00",
    "lost": [LONG_AGENCY] * 10,
    "gained": [LONG_AGENCY] * 10,
    "nowhere": [LONG_AGENCY] * 10,
    "token": "t" * 43,
    "organiser_name": "名" * 80,
    "asked": [LONG_AGENCY] * 10,
    "next_days": [[f"R88-9999999{n}", "2026-12-23"] for n in range(10)],
    "best": "2026-12-23T14:45:00+09:00",
    "row": 9_999_999,
    "what": "confirm_record_reminder",
    "organiser": True,
    "fault": "contradicted",
    "platform": "slack",
    "account": "U" * 21,
    "code": "not_allowed_token_type",
    "needed": "channels:manage,groups:write",
    "name": "名" * 80,
    "about": "R8-999999",
    "call": LONG_AGENCY,
    "ended": [LONG_AGENCY] * 10,
    "led": LONG_AGENCY,
    "answering": LONG_AGENCY,
    "open_roles": 99,
    "stopped": 99,
    "mistake": True,
    "sees": True,
    "looked": 999,
    "attend_by": "2026-12-23T14:45:00+09:00",
}  # fmt: skip


def largest(key: str) -> Iterator[Notice]:
    """The notice with everything at its longest, on every rung it has and each way round."""
    rungs = {str(r.tell) for ladder in LADDERS.values() for r in ladder if r.message == key}
    for rung in sorted(rungs) or [""]:
        for way in ({}, {"next_agency": ""}, {"next_agency": "", "lead": ""}, {"required": False}):
            facts: dict[str, Fact] = {**LARGEST, **way}
            if rung:
                facts["rung"] = rung
            if key == "case_closed":
                facts["kind"] = "suspended"
            yield Notice("n", key, "M01", "d", facts, meeting_id="m" * 32)
