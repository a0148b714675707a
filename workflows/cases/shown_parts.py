"""The parts of a case that a page shows to the one who asks; each is noted as shown.

A part that the page does not show, or that the asker may not read, is left out here, so that no
template can show it by mistake, and what is left in is what the look is recorded with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from workflows.cases.edit_sheet import CONSENT_FIELDS
from workflows.cases.hold_line import HoldLine, hold_line
from workflows.cases.lines import (
    ClosureLine,
    ConsentLine,
    FollowUpLine,
    JudgementLine,
    MissingLine,
    NeedLine,
    PlanLine,
    ReassessmentLine,
    ReferralLine,
    RoleLine,
    closure_lines,
    consent_lines,
    follow_up_line,
    follow_ups_by_day,
    judgement_lines,
    missing_lines,
    need_lines,
    plan_line,
    reassessment_lines,
    referral_line,
    role_line,
)
from workflows.cases.refer import is_beyond_consent
from workflows.core.looks import (
    CASE_PAGES,
    NEWEST_PLAN,
    PRINTED_PAGES,
    CasePage,
    Part,
    ShownPart,
    filled,
)
from workflows.core.permissions import Action, Decision
from workflows.core.work import Work
from workflows.forms import Value
from workflows.model.case import Case, Plan, Referral, RoleAssignment

WISHES = "wishes"


class ShownParts:
    """The parts of one case for one page and one asker; `content`: whether any is shown at all."""

    def __init__(
        self, case: Case, page: CasePage, item: str, read_case: Decision, work: Work
    ) -> None:
        self._case, self._page, self._item, self._work = case, page, item, work
        self._read_case = read_case
        self.content = bool(CASE_PAGES[page]) and read_case.allowed
        work.printed = page in PRINTED_PAGES

    def _opens(self, part: Part) -> bool:
        return self.content and part in CASE_PAGES[self._page]

    def _show(self, part: Part, *, version: int = 0, fields: Iterable[str] = ()) -> None:
        shown = ShownPart(part, version, tuple(fields))
        self._work.show(self._case, shown, basis=self._read_case.reason)

    def sheet(self) -> dict[str, Value] | None:
        """The answers of the sheet; None where this page or asker has none. On the page that
        corrects it without those on consent, which are corrected elsewhere."""
        if not self._opens(Part.SHEET):
            return None
        kept = dict(self._case.sheet)
        if self._page is CasePage.SHEET:
            kept = {f: v for f, v in kept.items() if f not in CONSENT_FIELDS}
        if self._page in (CasePage.SPLIT, CasePage.SPLIT_SHEET):  # `item` names what else
            shown = {"household", *self._item.split(",")}
            kept = {f: v for f, v in kept.items() if f in shown}
        if not filled(kept):
            return kept
        self._show(Part.SHEET, version=self._case.sheet_version, fields=filled(kept))
        return kept

    def wishes(self) -> Value:
        """What a first plan begins with; empty once there is one."""
        wishes = self._case.sheet.get(WISHES, "")
        if not self._opens(Part.WISHES) or self._case.plans or not wishes:
            return ""
        self._show(Part.WISHES, version=self._case.sheet_version)
        return wishes

    def beyond_consent(self, agency_ids: Iterable[str]) -> frozenset[str]:
        """The agencies that the consent does not cover, for every page that offers agencies."""
        if not self._read_case.allowed:
            return frozenset()
        if self._opens(Part.SCOPE):
            self._show(Part.SCOPE)
        return frozenset(a for a in agency_ids if is_beyond_consent(self._case, [a]))

    def referral(self, one: Referral) -> ReferralLine:
        request, reply = self._reads_referral(one)
        line = referral_line(self._case, one, request, reply, self._work)
        if self._page is CasePage.REPLIED:  # who said it, and not what
            line = replace(line, reason="")
        if line.request:
            self._show(Part.REQUESTS, fields=[one.agency_id])
        if line.reason or line.said_by:
            self._show(Part.REPLIES, fields=[one.agency_id])
        return line

    def _reads_referral(self, one: Referral) -> tuple[bool, bool]:
        """Whether the request and the reply are shown: on a page about one referral that one's
        request, and the replies of those who passed it on."""
        request, reply = self._opens(Part.REQUESTS), self._opens(Part.REPLIES)
        if self._page is CasePage.SPLIT_SHEET:
            return request and one in self._case.waiting_referrals, False
        asked = self._case.referral(self._item)
        if self._page not in (CasePage.REPLY, CasePage.REPLIED):
            return request, reply
        if asked is None:
            return False, False
        before = self._page is CasePage.REPLY and one in self._case.chain(asked)[:-1]
        own = one is asked
        return request and own, reply and (before or (own and self._page is CasePage.REPLIED))

    def role(self, one: RoleAssignment, may: Mapping[Action, Decision]) -> RoleLine:
        opens = self._opens(Part.ROLES) and self._item in ("", one.id)
        if self._page is CasePage.SPLIT_SHEET:
            opens = self._opens(Part.ROLES) and one in self._case.open_roles
        line = role_line(self._case, one, may, opens, self._work)
        if line.task or line.outcome:
            self._show(Part.ROLES, fields=[one.agency_id])
        return line

    def plan(self, one: Plan) -> PlanLine:
        newest = one is self._case.plan or self._page not in NEWEST_PLAN
        opens = self._opens(Part.PLAN) and newest
        if opens:
            self._show(Part.PLAN, version=one.version, fields=filled(one.values))
        return plan_line(one, opens, self._work)

    def checks(self) -> tuple[FollowUpLine, ...]:
        opens = self._opens(Part.CHECKS)
        lines = tuple(
            follow_up_line(f, self._case, opens, self._work) for f in follow_ups_by_day(self._case)
        )
        if any(line.comment for line in lines):
            self._show(Part.CHECKS)
        return lines

    def reassessments(self) -> tuple[ReassessmentLine, ...]:
        lines = reassessment_lines(self._case, self._opens(Part.REASSESSMENTS), self._work)
        if any(line.outcome for line in lines):
            self._show(Part.REASSESSMENTS)
        return lines

    def consents(self) -> tuple[ConsentLine, ...]:
        opens = self._opens(Part.CONSENTS)
        if opens and self._case.consents:
            self._show(Part.CONSENTS)
        return consent_lines(self._case, opens, self._work)

    def hold(self) -> HoldLine | None:
        if self._case.hold is None:
            return None
        opens = self._opens(Part.HOLDS)
        if opens:
            self._show(Part.HOLDS)
        return hold_line(self._case.hold, opens, self._work)

    def ends(self) -> tuple[ClosureLine, ...]:
        opens = self._opens(Part.ENDS)
        lines = closure_lines(self._case, opens, self._work)
        if opens and lines:
            self._show(Part.ENDS, fields=sorted({f for e in lines for f in filled(e.values)}))
        return lines

    def need_answers(self) -> tuple[NeedLine, ...]:
        lines = need_lines(self._case, self._opens(Part.STILL_NEEDED), self._work)
        if any(line.reason for line in lines):
            self._show(Part.STILL_NEEDED)
        return lines

    def judgements(self) -> tuple[JudgementLine, ...]:
        opens = self._opens(Part.JUDGEMENTS)
        lines = judgement_lines(self._case, self._read_case, opens, self._work, self._item)
        if any(line.what or line.reason for line in lines):
            self._show(Part.JUDGEMENTS)
        return lines

    def missing(self) -> tuple[MissingLine, ...]:
        if not self._opens(Part.MISSING):
            return ()
        lines = missing_lines(self._case, self._read_case, self._work)
        if lines:
            self._show(Part.MISSING)
        return lines

    def near_miss(self) -> bool:
        marked = self._opens(Part.NEAR_MISS) and self._case.is_near_miss
        if marked:
            self._show(Part.NEAR_MISS)
        return marked
