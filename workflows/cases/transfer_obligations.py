"""What is still owed on one case goes over to another one of the same person, and where to.

Only what the other case's own consent or grounds cover: no ground comes along ([ours] docs/rules.md
3). The words of it stay with who reads the case that they were written in, and whoever owes it.
Nothing is taken out of the case that it came from: it stays there as it was asked, and waits there
no more.
"""

from collections.abc import Iterable
from dataclasses import replace

from workflows.cases.obligations import NOBODY_NAMED, NOT_COVERED, Obligation, carried_from
from workflows.cases.parts_ended import EndedPart
from workflows.cases.refer import tell_agency
from workflows.cases.reply import set_lead, tell_lead
from workflows.cases.take_back import looks_of_agency
from workflows.cases.transfer_agenda import begun_meetings, hearings_of, transfer_agenda_item
from workflows.core.work import Work, new_id
from workflows.model.carried import Carried
from workflows.model.case import Case, FollowUp, Referral, RoleAssignment, TakenBack
from workflows.model.directory import Member
from workflows.model.notice import Facts


def obligations_of(case: Case, other: Case, work: Work) -> tuple[Obligation, ...]:
    """What is owed on `case`, and what of it `other` can take on."""

    def why_not(agency_id: str) -> str:
        if not other.covers(agency_id):
            return NOT_COVERED
        if other.is_restricted and not work.contacts(agency_id, other):
            return NOBODY_NAMED
        return ""

    found = [
        Obligation("reply", r.id, r.agency_id, r.reply_by, why_not(r.agency_id))
        for r in case.waiting_referrals
    ]
    found += [
        Obligation("role", r.id, r.agency_id, r.due_on, why_not(r.agency_id))
        for r in case.open_roles
    ]
    if (lead := case.leading_agency_id) and not other.leading_agency_id:
        found.append(Obligation("lead", "lead", lead, None, why_not(lead)))
    check, theirs = case.next_follow_up, other.next_follow_up
    if check and (theirs is None or theirs.due_on > check.due_on):
        found.append(Obligation("check", check.id, "", check.due_on))
    if case.reassessment_asked_at and not other.reassessment_asked_at:
        found.append(Obligation("reassess", "reassess", "", None))
    for meeting_id in case.live_meeting_ids:
        meeting = work.uow.meetings.get(meeting_id)
        item = meeting.item(case.id) if meeting else None
        if meeting and item and not meeting.has_begun(work.now):
            found += hearings_of(meeting, item, other, work)
    return tuple(found)


# -- carrying ------------------------------------------------------------------------------------


def transfer_obligations(case: Case, other: Case, owed: Iterable[Obligation], work: Work) -> None:
    """Move what can go to `other`, end what cannot, and tell whom it concerns.

    Both cases are open for change. What an agency answers for is told to it under the new number;
    what ended, under the old one, and to who acts there.
    """
    things = list(owed)
    knew = {a: work.contacts(a, case) for a in case.agency_ids()}
    ended = _ended_parts(case, things)
    for one in things:
        if one.kind == "reply":
            _reply(case, other, one, work)
        elif one.kind == "role":
            _role(case, other, one, work)
    begun = {m.id for m in begun_meetings(case, work)}
    for meeting_id in [m for m in case.live_meeting_ids if m not in begun]:
        transfer_agenda_item(case, other, work.meeting(meeting_id), things, work)
    for one in things:
        if one.kind == "check":
            _check(case, other, one, work)
        elif one.kind == "reassess":
            other.reassessment_asked_at = case.reassessment_asked_at
    for one in things:  # after the check, of whose day the lead is told
        if one.kind == "lead" and not one.why_not:
            set_lead(other, one.agency_id, work, names=False)
            tell_lead(other, one.agency_id, work, before=case.number)
    _tell_ended(case, ended, knew, work)


def _reply(case: Case, other: Case, one: Obligation, work: Work) -> None:
    referral = case.referral(one.item_id)
    assert referral is not None  # noqa: S101 - it was found there
    if one.why_not:
        looks = looks_of_agency(case, referral, work)
        referral.taken_back = TakenBack(work.me.id, work.now, mistake=False, looks=looks)
        return
    transfer_referral(case, other, referral, work)


def transfer_referral(
    case: Case, other: Case, referral: Referral, work: Work, *, reads_on: bool = True
) -> Referral:
    """Copy a referral to the other case with the same deadline and without its ground; returns the
    copy.

    The agency is told. Answers with the copy.
    """
    copy = replace(
        referral,
        id=new_id(),
        passed_from=None,
        basis="",
        basis_reason="",
        ground_under=0,
        came=carried_from(case, work, referral.came),
    )
    other.referrals.append(copy)
    referral.went = Carried(other.id, work.now, reads_on)
    asked_by = work.uow.directory.member(referral.asked_by)
    tell_agency(
        "referral_asked",
        other,
        copy.agency_id,
        work,
        once=copy.id,
        facts={
            "agency": work.agency_name(copy.agency_id),
            "from_agency": work.agency_name((asked_by or work.me).agency_id),
            "purpose": copy.purpose,
            "urgency": str(other.urgency),
            "reply_by": copy.reply_by.isoformat(),
            "passed": False,
            "before": case.number,
        },
        promise=f"reply:{other.id}:{copy.id}",
    )
    return copy


def _role(case: Case, other: Case, one: Obligation, work: Work) -> None:
    role = next(r for r in case.roles if r.id == one.item_id)
    if one.why_not:
        role.ended_at = work.now
        return
    transfer_role(case, other, role, work)


def transfer_role(
    case: Case, other: Case, role: RoleAssignment, work: Work, *, reads_on: bool = True
) -> RoleAssignment:
    """Copy a role to the other case, due on the same day; nobody is named for it there. Who has it
    is told. Answers with the copy."""
    copy = replace(role, id=new_id(), came=carried_from(case, work, role.came))
    other.roles.append(copy)
    role.went = Carried(other.id, work.now, reads_on)
    other.supporting_since = other.supporting_since or case.supporting_since or work.now
    work.tell(
        "role_given",
        _who_has(copy, other, work),
        once=copy.id,
        facts={
            "agency": work.agency_name(copy.agency_id),
            "due_on": copy.due_on.isoformat(),
            "before": case.number,
        },
        case=other,
        promise=f"role:{other.id}:{copy.id}",
    )
    return copy


def _who_has(role: RoleAssignment, case: Case, work: Work) -> list[Member]:
    """Whoever is named for it, and the agency's window; of a restricted case the named alone."""
    window = work.contacts(role.agency_id, case)
    member = work.uow.directory.member(role.member_id) if role.member_id else None
    named = not case.is_restricted or (member is not None and member.id in case.named_member_ids)
    return [member, *window] if member and named else window


def _check(case: Case, other: Case, one: Obligation, work: Work) -> None:
    check = next(f for f in case.follow_ups if f.id == one.item_id)
    copy = FollowUp(
        new_id(), check.due_on, "carried", check.asked_at, came=carried_from(case, work)
    )
    other.follow_ups.append(copy)
    check.went = Carried(other.id, work.now)


# -- what ended ----------------------------------------------------------------------------------


def _ended_parts(case: Case, things: Iterable[Obligation]) -> list[EndedPart]:
    left = [o for o in things if o.why_not and o.kind in ("reply", "role")]
    return [
        EndedPart(
            agency_id=a,
            led=False,
            waited=any(o.kind == "reply" and o.agency_id == a for o in left),
            roles=sum(o.kind == "role" and o.agency_id == a for o in left),
        )
        for a in dict.fromkeys(o.agency_id for o in left)
    ]


def _tell_ended(
    case: Case, ended: list[EndedPart], knew: dict[str, list[Member]], work: Work
) -> None:
    """Tell each agency whose request or role ended, and those who act for the case that ends."""
    once, knows = f"{case.id}:merged:{work.now.isoformat()}", case.agency_ids()
    for one in ended:
        sees, name = one.agency_id in knows, work.agency_name(one.agency_id)
        people = knew.get(one.agency_id, [])
        if one.waited:
            facts: Facts = {
                "number": case.number,
                "agency": work.agency_name(work.me.agency_id),
                "mistake": False,
                "sees": sees,
            }
            about = case if sees else None
            work.tell("referral_taken_back", people, once=once, facts=facts, case=about)
        elif not sees:
            facts = {"number": case.number, "agency": name}
            work.tell("part_ended", people, once=once, facts=facts)
    if not ended:
        return
    acting = [*work.contacts(case.answering_agency_id, case), *work.coordinators(case)]
    work.tell(
        "parts_ended",
        [m for m in acting if m.id != work.me.id],
        once=once,
        facts={
            "ended": [work.agency_name(one.agency_id) for one in ended],
            "led": "",
            "answering": work.agency_name(case.answering_agency_id),
            "stopped": sum(one.waited for one in ended),
            "open_roles": sum(one.roles for one in ended),
        },
        case=case,
    )
