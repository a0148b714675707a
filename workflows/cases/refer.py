"""つなぐ: ask an agency to take a part, with a purpose, a request and a reply-by date."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from workflows.cases.core_desk import tell_of_nobody_there
from workflows.cases.named_list import name_contacts
from workflows.core.checking import one_error, text
from workflows.core.errors import Invalid, Refused
from workflows.core.messages import Command, handles
from workflows.core.permissions import ANSWERS_FOR_CASE, Action
from workflows.core.work import Work, new_id
from workflows.forms import FieldError, Raw, check
from workflows.japanese.characters import as_typed
from workflows.japanese.open_days import reply_by
from workflows.model.case import Case, Ground, Referral, urgency_known
from workflows.model.notice import DEADLINES, Facts

# Where a ground is stated on the sheet, and beside which fields it is asked for.
GROUND_FIELDS: Final = ("unconsented_basis", "unconsented_reason")


@dataclass(frozen=True)
class ReferralWanted:
    agency_id: str
    purpose: str
    request: str


@dataclass(frozen=True)
class Refer(Command[int]):
    """Ask further agencies. Answers with how many were asked.

    `basis` and `reason` are stated for these agencies, and needed where one is beyond consent.
    """

    case_id: str
    referrals: tuple[Raw, ...]
    basis: str = ""
    reason: str = ""


@handles(Refer, Action.REFER, code="refer")
def refer(command: Refer, work: Work) -> int:
    case = work.case(command.case_id)
    must_be_open(case)
    wanted = wanted_referrals(work, command.referrals, 10)
    if not wanted:
        raise one_error("referrals.0.agency", "sheet.no_referral", core=core_name(work))
    ground = stated_ground(case, [w.agency_id for w in wanted], command.basis, command.reason, work)
    for number, one in enumerate(wanted):
        if is_asked_already(case, one.agency_id):
            raise one_error(
                f"referrals.{number}.agency",
                "refer.already",
                agency=work.agency_name(one.agency_id),
            )
        refer_to(case, one, ground, work)
    return len(wanted)


def is_asked_already(case: Case, agency_id: str) -> bool:
    """Whether the agency is to answer, or took its part, and may be told: one that the person's
    word shut out is asked again on a ground of its own."""
    asked = (r for r in case.referrals if r.agency_id == agency_id)
    return case.covers(agency_id) and any(r.waits or r.took_part for r in asked)


def core_name(work: Work) -> str:
    """The town's 中核機関, to which one turns who knows nobody to ask; "" while none is named."""
    core = work.uow.directory.town().core_agency_id
    return work.agency_name(core) if core else ""


def must_be_open(case: Case) -> None:
    if not case.is_open:
        raise Refused("case.closed", number=case.number)


def may_ask_back(case: Case, referral: Referral, work: Work) -> bool:
    """Whether they may take a referral back: who answers for the person, and whose agency asked."""
    if not work.may(Action.REFER, case).allowed:
        return False
    if work.standings(case) & ANSWERS_FOR_CASE:
        return True
    asked_by = work.uow.directory.member(referral.asked_by)
    return asked_by is not None and asked_by.agency_id == work.me.agency_id


def wanted_referrals(work: Work, referrals: tuple[Raw, ...], most: int) -> list[ReferralWanted]:
    """The referrals that were filled in; errors are named `referrals.<row>.<field>`."""
    form = work.forms.form("referral")
    errors: list[FieldError] = []
    found: list[ReferralWanted] = []
    for number, raw in enumerate(referrals):
        if not any(as_typed(str(raw.get(f, "") or "")) for f in ("agency", "request")):
            continue
        result = check(form, raw, today=work.today, known=work.known())
        errors += [
            FieldError(f"referrals.{number}.{e.field}", e.key, e.facts) for e in result.errors
        ]
        agency_id = text(result.values, "agency")
        if agency_id and agency_id in [f.agency_id for f in found]:
            errors.append(FieldError(f"referrals.{number}.agency", "refer.twice", {}))
        if not result.errors:
            found.append(
                ReferralWanted(
                    agency_id,
                    text(result.values, "purpose"),
                    text(result.values, "request"),
                )
            )
    if len(found) > most:
        errors.append(FieldError(f"referrals.{most}.agency", "form.too_many", {"max": most}))
    if errors:
        raise Invalid(errors)
    return found


def stated_ground(case: Case, agency_ids: list[str], basis: str, reason: str, work: Work) -> Ground:
    """Why these agencies are told beyond consent, as whoever tells them states it now.

    What somebody stated for another telling is not taken instead. Raises Invalid, beside the
    fields of that name on the sheet.
    """
    ground = Ground(basis, as_typed(reason))
    if basis or ground.reason:
        _check_ground(ground, work)
    if is_beyond_consent(case, agency_ids) and not (ground.basis and ground.reason):
        raise Invalid([FieldError(name, "sheet.basis_needed", {}) for name in GROUND_FIELDS])
    return ground


def _check_ground(ground: Ground, work: Work) -> None:
    """The same limits as on the sheet."""
    form = work.forms.form("sheet")
    fields = tuple(
        replace(form.field(name), required=False, required_when={}) for name in GROUND_FIELDS
    )
    found = check(
        replace(form, fields=fields),
        dict(zip(GROUND_FIELDS, (ground.basis, ground.reason), strict=True)),
        today=work.today,
    )
    if found.errors:
        raise Invalid(found.errors)


def is_beyond_consent(case: Case, agency_ids: list[str]) -> bool:
    """Whether telling these agencies goes beyond the consent in force."""
    others = set(agency_ids) - {case.writer_agency_id}
    return bool(others if not case.has_consent else others - set(case.consents[-1].scope))


def state_ground(
    case: Case, agency_id: str, ground: Ground, work: Work, meeting_id: str = ""
) -> None:
    """See `Case.state_ground`. By a meeting that gave it a role, else because it had a part."""
    case.state_ground(agency_id, ground, work.me.id, work.now, meeting_id)
    record_sharing(case, agency_id, "role" if meeting_id else "goes_on", work, meeting_id)


def record_sharing(case: Case, agency_id: str, how: str, work: Work, meeting_id: str = "") -> None:
    """[ours] docs/rules.md 3: telling beyond consent stands in the trail with its basis; codes
    alone."""
    ground = case.ground_of(agency_id)
    basis = ground.basis if ground else ""
    decided: dict[str, Any] = {"decided": meeting_id} if meeting_id else {}
    work.record(
        "shared_without_consent",
        case=case,
        basis=basis,
        agency=agency_id,
        ground=basis,
        how=how,
        **decided,
    )


def refer_to(
    case: Case,
    wanted: ReferralWanted,
    ground: Ground,
    work: Work,
    passed_from: Referral | None = None,
) -> Referral:
    """Add one referral to a case that is open for change, and tell the agency.

    `ground` is kept with it where it goes beyond consent; that there is one was seen to before.
    """
    due: datetime = reply_by(urgency_known(case.urgency), work.now, work.days)
    beyond = is_beyond_consent(case, [wanted.agency_id])
    referral = Referral(
        id=new_id(),
        agency_id=wanted.agency_id,
        purpose=wanted.purpose,
        request=wanted.request,
        asked_by=work.me.id,
        asked_at=work.now,
        reply_by=due,
        passed_from=passed_from.id if passed_from else None,
        came=passed_from.came if passed_from else None,  # its words keep their readers
        basis=ground.basis if beyond else "",
        basis_reason=ground.reason if beyond else "",
        ground_under=len(case.consents) if beyond else 0,
    )
    case.referrals.append(referral)
    if case.is_restricted:
        name_contacts(case, wanted.agency_id, work)
    work.record(
        "referred" if passed_from is None else "passed_on",
        case=case,
        referral=referral.id,
        agency=wanted.agency_id,
        purpose=wanted.purpose,
        reply_by=due.isoformat(),
        from_agency=passed_from.agency_id if passed_from else "",
    )
    if beyond:
        record_sharing(case, wanted.agency_id, "referral", work)
    tell_agency(
        "referral_asked",
        case,
        wanted.agency_id,
        work,
        once=referral.id,
        facts={
            "agency": work.agency_name(wanted.agency_id),
            "from_agency": work.agency_name(
                passed_from.agency_id if passed_from else work.me.agency_id
            ),
            "purpose": wanted.purpose,
            "urgency": str(case.urgency),
            "reply_by": due.isoformat(),
            "passed": passed_from is not None,
        },
        promise=f"reply:{case.id}:{referral.id}",
    )
    return referral


def tell_agency(
    key: str,
    case: Case,
    agency_id: str,
    work: Work,
    *,
    once: str,
    facts: Facts,
    promise: str | None = None,
) -> None:
    """Tell an agency's contacts; when it has none, say so to the coordinators."""
    urgent = str(case.urgency) == "emergency"
    contacts = work.contacts(agency_id, case)
    if contacts:
        work.tell(key, contacts, once=once, facts=facts, case=case, promise=promise, urgent=urgent)
        return
    coordinators = work.coordinators(case)
    tell_of_nobody_there(case, agency_id, coordinators, work)
    work.tell(
        "no_contact",
        coordinators,
        once=once,
        facts={
            "agency": work.agency_name(agency_id),
            **{name: facts[name] for name in DEADLINES if name in facts},
        },
        case=case,
        urgent=urgent,
    )
