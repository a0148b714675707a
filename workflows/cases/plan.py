"""支援プラン: each saving is a version that says what changed; its period starts the checks."""

from dataclasses import dataclass
from datetime import date

from workflows.cases.drafts import finish_draft
from workflows.cases.follow_up_schedule import plan_series
from workflows.cases.judgements import REVISING, end_judgements
from workflows.cases.refer import is_beyond_consent, must_be_open
from workflows.core.checking import checked, rows, text
from workflows.core.errors import Conflict
from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.forms import Raw
from workflows.model.case import Plan


@dataclass(frozen=True)
class SavePlan(Command[int]):
    """Answers with the version. `base_version` is the one that was on the screen (0: none). My
    draft with the id `draft_id`, if there is one, ends."""

    case_id: str
    base_version: int
    raw: Raw
    draft_id: str = ""


@handles(SavePlan, Action.MAKE_PLAN, code="save_plan")
def save_plan(command: SavePlan, work: Work) -> int:
    case = work.case(command.case_id)
    must_be_open(case)
    before = case.plan
    version = before.version if before else 0
    if before and version != command.base_version:
        raise Conflict(
            "plan.changed_meanwhile",
            by=work.member_name(before.by, before.at),
            at=before.at.isoformat(),
        )
    finish_draft(command.draft_id, work)
    values = checked(work, "plan", command.raw)
    old = before.values if before else {}
    changed = [f.id for f in work.forms.form("plan").fields if old.get(f.id) != values.get(f.id)]
    if before and not changed:
        return version

    def day(field: str) -> date | None:
        typed = text(values, field)
        return date.fromisoformat(typed) if typed else None

    case.plans.append(
        Plan(
            version=version + 1,
            values=values,
            by=work.me.id,
            at=work.now,
            changed=changed,
            ends_on=day("ends_on"),
            review_on=day("review_on"),
        )
    )
    end_judgements(case, REVISING, "carried_out", work)
    work.record("plan_saved", case=case, version=version + 1, fields=changed)
    if not case.supporting_since:
        case.supporting_since = work.now
        plan_series(case, "plan", work)
    for agency_id in {r["agency"] for r in rows(values, "parts")}:
        work.tell(
            "plan_saved",
            work.contacts(agency_id, case),
            once=f"{case.id}:{version + 1}:{agency_id}",
            facts={
                "version": version + 1,
                "consented": case.has_consent,
                "covered": not is_beyond_consent(case, [agency_id]),
            },
            case=case,
        )
    return version + 1
