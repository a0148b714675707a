"""What every look shows of a case: declared here for each message and page, recorded with the look.

No kind of look has a default. A message that may show content stands in `SHOWS` with the parts it
may show (nothing is one too); what it really showed is said with `Work.show` where the view is
made, and whatever is not declared is refused. So the trail holds what was on the page, and the
disclosure to the person (disclosures.py) says exactly that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from workflows.model.case import Case
    from workflows.model.case_row import CaseRow
    from workflows.model.meeting import Meeting


class Part(StrEnum):
    """A part of what a case holds, as it is named to the person."""

    FOUND = "found"
    FOUND_FOR_REQUEST = "found_for_request"
    DISCLOSURES = "disclosures"
    SHEET = "sheet"
    FORMER = "former"  # the sheet as it stood about another person, by mistake
    SCOPE = "scope"  # which agencies the consent leaves out
    REQUESTS = "requests"
    REPLIES = "replies"
    ROLES = "roles"
    PLAN = "plan"
    WISHES = "wishes"  # the sheet's wishes, with which a first plan begins
    CHECKS = "checks"
    REASSESSMENTS = "reassessments"
    CONSENTS = "consents"
    CONSENT_FORM = "consent_form"
    SHARINGS = "sharings"
    HOLDS = "holds"
    LONGER = "longer"
    ENDS = "ends"
    STILL_NEEDED = "still_needed"  # why the case is still needed, as was said when it was asked
    JUDGEMENTS = "judgements"
    MISSING = "missing"
    NEAR_MISS = "near_miss"
    RECORD = "record"
    BEFORE = "before"  # what the last sittings left, beside a record that is written
    PREPARATIONS = "preparations"
    MAIL = "mail"


class CasePage(StrEnum):
    """A page about a case, at whichever door: `CASE_PAGES` says what of the case it shows."""

    NOTHING = "nothing"
    CASE = "case"
    PAPER = "paper"
    SHEET = "sheet"
    SHEET_READ = "sheet_read"
    REPLY = "reply"
    REPLIED = "replied"
    REFER = "refer"
    PLAN = "plan"
    CHECK = "check"
    ROLE = "role"
    CLOSE = "close"
    JUDGEMENT = "judgement"
    STILL_NEEDED = "still_needed"
    SPLIT = "split"  # whom of the household
    SPLIT_SHEET = "split_sheet"  # and what their sheet begins with, and may go over


_P = Part
CASE_PAGES: Final[Mapping[CasePage, frozenset[Part]]] = {
    CasePage.NOTHING: frozenset(),
    CasePage.CASE: frozenset(
        {
            _P.SHEET, _P.REQUESTS, _P.REPLIES, _P.ROLES, _P.PLAN, _P.CHECKS, _P.REASSESSMENTS,
            _P.CONSENTS, _P.HOLDS, _P.ENDS, _P.STILL_NEEDED, _P.JUDGEMENTS, _P.MISSING,
            _P.NEAR_MISS,
        }
    ),
    CasePage.PAPER: frozenset(
        {
            _P.SHEET, _P.REQUESTS, _P.REPLIES, _P.ROLES, _P.PLAN, _P.CHECKS, _P.ENDS,
            _P.STILL_NEEDED, _P.JUDGEMENTS, _P.MISSING,
        }
    ),
    CasePage.SHEET: frozenset({_P.SHEET}),
    CasePage.SHEET_READ: frozenset(
        {_P.SHEET, _P.REQUESTS, _P.REPLIES, _P.JUDGEMENTS, _P.MISSING}
    ),
    CasePage.REPLY: frozenset({_P.SHEET, _P.REQUESTS, _P.REPLIES, _P.SCOPE}),
    CasePage.REPLIED: frozenset({_P.REPLIES}),
    CasePage.REFER: frozenset({_P.SCOPE}),
    CasePage.PLAN: frozenset({_P.PLAN, _P.WISHES}),
    CasePage.CHECK: frozenset({_P.CHECKS, _P.PLAN}),
    CasePage.ROLE: frozenset({_P.ROLES}),
    CasePage.CLOSE: frozenset({_P.JUDGEMENTS}),
    CasePage.JUDGEMENT: frozenset({_P.JUDGEMENTS}),
    CasePage.STILL_NEEDED: frozenset({_P.STILL_NEEDED}),
    CasePage.SPLIT: frozenset({_P.SHEET}),
    CasePage.SPLIT_SHEET: frozenset({_P.SHEET, _P.REQUESTS, _P.ROLES}),
}  # fmt: skip
PRINTED_PAGES: Final = frozenset({CasePage.PAPER})
# Pages that show the newest version of the plan alone, and those about one line of the case.
NEWEST_PLAN: Final = frozenset({CasePage.PAPER, CasePage.PLAN, CasePage.CHECK})

# Parts whose `fields` name agencies; those of the others are ids of a form's answers.
OF_AGENCIES: Final = frozenset({_P.REQUESTS, _P.REPLIES, _P.ROLES, _P.PREPARATIONS, _P.MAIL})

_NOTHING: Final[frozenset[Part]] = frozenset()

# Every message under a rule that opens content, and every other that shows any, by its code.
SHOWS: Final[Mapping[str, frozenset[Part]]] = {
    "get_case": frozenset().union(*CASE_PAGES.values()),
    "get_consents": frozenset({_P.CONSENTS, _P.SHARINGS, _P.CONSENT_FORM}),
    "get_disclosures": frozenset({_P.DISCLOSURES, _P.REQUESTS, _P.SHARINGS}),
    "get_keeping": frozenset({_P.HOLDS, _P.LONGER}),
    "get_mail_replies_of_case": frozenset({_P.MAIL}),
    "get_record": frozenset({_P.RECORD}),
    "get_earlier_record": frozenset({_P.RECORD}),
    "write_record": frozenset({_P.RECORD, _P.BEFORE}),
    "get_preparations": frozenset({_P.PREPARATIONS}),
    "get_look_back": frozenset({_P.NEAR_MISS}),
    "plan_meeting": frozenset({_P.SHEET}),
    "find_person": frozenset({_P.FOUND}),
    "find_same_person": frozenset({_P.FOUND}),
    "find_for_request": frozenset({_P.FOUND_FOR_REQUEST}),
    # Commands answer with a version or a sentence; what their writer sees next is a look of its
    # own. The preview of a consent names agencies, the ones that would read.
    "edit_sheet": _NOTHING,
    "preview_whose_sheet": _NOTHING,
    "preview_wrong_person": _NOTHING,
    "preview_merge": _NOTHING,
    "merge_cases": _NOTHING,
    "preview_split": _NOTHING,
    "split_case": _NOTHING,
    "take_back_wrong_person_report": _NOTHING,
    "report_wrong_person": _NOTHING,
    "get_former_sheet": frozenset({_P.FORMER}),
    "get_sheet_versions": frozenset({_P.SHEET, _P.FORMER}),
    "get_earlier_sheet": frozenset({_P.SHEET, _P.FORMER}),
    "record_consent": _NOTHING,
    "preview_consent": _NOTHING,
    "save_plan": _NOTHING,
    "save_preparation": _NOTHING,
    "save_record": _NOTHING,
    "confirm_record": _NOTHING,
    "send_back_record": _NOTHING,
}

# The kind under which the trail keeps a look of a message that no rule for content lets in.
TRAIL_KINDS: Final[Mapping[str, str]] = {
    "get_case": "read.read_case",
    "get_keeping": "read.hold",
    "get_look_back": "read.read_case",
    "plan_meeting": "read.read_case",
    "find_person": "read.find_person",
    "find_same_person": "read.find_person",
    "find_for_request": "read.find_person",
}

# What leaves on paper, by the template of the paper, with the message that fills it; None where
# it says nothing of what a case holds.
PAPERS: Final[Mapping[str, str | None]] = {
    "sheet.html": "get_case",
    "sheet_versions.html": "get_sheet_versions",
    "sheet_version.html": "get_earlier_sheet",
    "request_former.html": "get_former_sheet",
    "record.html": "get_record",
    "disclosures.html": "get_disclosures",
    "request.html": "get_disclosures",  # with get_case and get_record before it
    "disposals.html": None,
    "fax.html": None,
    "fax_reply.html": None,
}


@dataclass(frozen=True)
class ShownPart:
    """One part that was on the page, or was said.

    `fields` are ids: of the answers of a form (sheet, plan, ends, record, consent_form), of
    agencies for requests, replies, roles, preparations and mail. `version` is 0 where there is
    none.
    `confirmed` is of a record alone: whether it was confirmed when it was shown.
    """

    part: str
    version: int = 0
    fields: tuple[str, ...] = ()
    confirmed: bool | None = None

    def as_fact(self) -> dict[str, object]:
        """The form in which the trail keeps it: ids and codes, no words."""
        found: dict[str, object] = {"part": self.part}
        if self.version:
            found["version"] = self.version
        if self.fields:
            found["fields"] = list(self.fields)
        if self.confirmed is not None:
            found["confirmed"] = self.confirmed
        return found


def shown_in(facts: Mapping[str, object]) -> tuple[ShownPart, ...]:
    """What a look of the trail showed; empty where it showed nothing."""
    kept = cast("list[dict[str, Any]]", facts["shown"])
    return tuple(
        ShownPart(
            one["part"],
            one.get("version", 0),
            tuple(one.get("fields", ())),
            one.get("confirmed"),
        )
        for one in kept
    )


@dataclass
class Look:
    """What one message has shown of one case so far, before it is written down."""

    case: "Case | CaseRow"
    meeting: "Meeting | None"
    basis: str
    shown: list[ShownPart]


def merged_by_part(shown: Iterable[ShownPart]) -> list[ShownPart]:
    """One `ShownPart` for each part and version, with all fields, in the order of `Part`."""
    merged: dict[tuple[str, int, bool | None], tuple[str, ...]] = {}
    for one in shown:
        key = (one.part, one.version, one.confirmed)
        merged[key] = tuple(dict.fromkeys((*merged.get(key, ()), *one.fields)))
    order = {str(part): n for n, part in enumerate(Part)}
    found = [
        ShownPart(part, version, f, confirmed) for (part, version, confirmed), f in merged.items()
    ]
    return sorted(found, key=lambda one: (order[one.part], one.version))


def filled(values: Mapping[str, object]) -> tuple[str, ...]:
    """The ids of the fields that have an answer."""
    return tuple(sorted(f for f, value in values.items() if value not in ("", [], None)))
