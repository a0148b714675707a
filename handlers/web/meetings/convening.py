"""会議を招集する: cases, footing, agencies with reasons, dates proposed; nothing typed is lost."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, door, handle, page, raw_of, rows_of, say, texts
from handlers.web.meetings.hearing import HEARS
from handlers.web.meetings.meeting_words import question_of, shown_errors
from handlers.words.convening_choices import (
    known_bases,
    numbers_typed,
    required_at_first,
    usual_bases,
    without_consent,
)
from handlers.words.form_words import with_absences
from handlers.words.hearing_words import hearing_words
from handlers.words.verbs import address_of
from workflows.core.errors import Invalid, Refused
from workflows.directory.suggest import Reason
from workflows.forms import FieldError, Form
from workflows.japanese.dates import show_date, show_time
from workflows.meetings.convene import Convene
from workflows.meetings.joinable import GetJoinableMeetings, JoinableMeeting
from workflows.meetings.plan_meeting import Invitee, MeetingPlan, PlanMeeting
from workflows.meetings.propose_dates import ProposeDates
from workflows.meetings.views import GetMeeting
from workflows.model.legal_basis import BasisCondition, conditions_of

pages = Blueprint("convening", __name__)

Page = str | tuple[str, int] | Response
DEFAULT_MINUTES = "60"
AGENCY = "agency-"
FIRST_LOOK = 8  # suggestions that stand open; the others are folded
NEEDS = ("required", "optional")
INVITED = ("required_agencies", "optional_agencies")  # fields of the form that the rows fill


@pages.get("/meetings/new")
def new() -> Page:
    numbers = numbers_typed(" ".join(request.args.getlist("case")))
    bases = usual_bases(ask(PlanMeeting(numbers)))
    plan = ask(PlanMeeting(numbers, tuple(known_bases(bases))))
    first = required_at_first(plan, known_bases(bases))
    chosen = {i.agency_id: "required" if i.agency_id in first else "" for i in plan.invitees}
    typed: dict[str, Any] = {
        "cases": "、".join(numbers),
        "urgent": False,
        "kind": "case" if plan.cases or plan.numbers_to_request else "",
        "bases": bases,
        "chair": plan.me,
        "minutes": DEFAULT_MINUTES,
        "again": 0,
        "hears": _proposed(plan),
    }
    return _page(plan, _with_dates(plan, typed, chosen, 0), chosen)


@pages.post("/meetings/new")
def convene() -> Page:
    typed = _typed()
    plan = ask(PlanMeeting(numbers_typed(typed["cases"]), tuple(known_bases(typed["bases"]))))
    typed["hears"] = _hears(plan)
    chosen = {i.agency_id: request.form.get(AGENCY + i.agency_id, "") for i in plan.invitees}
    match request.form.get("do", ""):
        case "propose":
            again = int(typed["again"]) + 1
            return _page(plan, _with_dates(plan, typed, chosen, again), chosen, "proposed")
        case "suggest":
            for one in required_at_first(plan, known_bases(typed["bases"])):
                chosen[one] = chosen[one] or "required"
            return _page(plan, typed, chosen, "suggested")
        case "without_consent":
            typed["bases"] = without_consent(typed["bases"])
        case _:
            pass
    if "add_row" in request.form:
        return _page(plan, typed, chosen)
    shown = set(request.form.get("seen", "").split())
    if any(s.meeting_id not in shown for s in _sittings(plan, chosen)):
        return _page(plan, typed, chosen, "look_first")
    if plan.cases and _is_new(plan, typed):
        return _page(plan, typed, chosen, "look_who_hears")
    return _convene(plan, typed, chosen)


def _typed() -> dict[str, Any]:
    form = door().forms.form("meeting")
    again = request.form.get("again", "")
    return {
        **raw_of(form),
        "cases": request.form.get("cases", ""),
        "urgent": bool(request.form.get("urgent")),
        "answer_by": request.form.get("answer_by", ""),
        "slots": rows_of("slots"),
        "again": int(again) if again.isdecimal() and len(again) < 3 else 0,  # noqa: PLR2004
    }


def _proposed(plan: MeetingPlan) -> dict[str, list[str]]:
    """Case number to the agencies that it concerns: of several cases each hears those alone."""
    return {
        c.number: [i.agency_id for i in plan.invitees if i.hearing[c.number].concerned]
        for c in plan.cases
    }


def _hears(plan: MeetingPlan) -> dict[str, list[str]]:
    """As ticked; for a case that was not on the page yet as proposed. To one that stood there alone
    nothing could be ticked: whoever was invited was to hear it, as far as they may."""
    footings = set(BasisCondition)
    drawn = [d for d in request.form.get("drawn_for", "").split() if d not in footings]
    found = _proposed(plan)
    for number in (n for n in found if n in drawn):
        if len(drawn) > 1:
            found[number] = request.form.getlist(HEARS + number)
            continue
        for one in plan.invitees:
            invited = request.form.get(AGENCY + one.agency_id, "") in NEEDS
            if invited and one.hearing[number].ground and one.agency_id not in found[number]:
                found[number].append(one.agency_id)
    return found


def _drawn_for(plan: MeetingPlan, typed: dict[str, Any]) -> list[str]:
    """What the words beside the agencies depend on: the cases and the footings."""
    return [*(c.number for c in plan.cases), *sorted(conditions_of(known_bases(typed["bases"])))]


def _is_new(plan: MeetingPlan, typed: dict[str, Any]) -> bool:
    """Whether what each agency would read is other than what the page said."""
    if "drawn_for" not in request.form or request.form.get("do") == "without_consent":
        return False  # that button says itself what it does
    if not any(h.ground for i in plan.invitees for h in i.hearing.values()):
        return False  # nobody may hear any of it: that is refused, with a reason
    return request.form["drawn_for"].split() != _drawn_for(plan, typed)


def _convene(plan: MeetingPlan, typed: dict[str, Any], chosen: dict[str, str]) -> Page:
    raw = {
        **typed,
        "required_agencies": [a for a, need in chosen.items() if need == "required"],
        "optional_agencies": [a for a, need in chosen.items() if need == "optional"],
    }
    numbers = numbers_typed(typed["cases"])
    try:
        confirmed = request.form.get("confirmed", "")
        hearing = typed["hears"] if len(plan.cases) > 1 else {}
        rows = tuple(typed["slots"])
        urgent = bool(plan.numbers_to_request) and typed["urgent"]
        command = Convene(raw, numbers, rows, typed["answer_by"], confirmed, hearing, urgent)
        meeting_id = handle(command, made=str)
    except Invalid as wrong:
        return _page(plan, typed, chosen, wrong=wrong)
    except Refused as wrong:
        return _page(plan, typed, chosen, wrong=wrong)
    view = ask(GetMeeting(meeting_id))
    line = view.line
    say("page.meeting.convened", agencies=line.agencies, answer_by=line.answer_by)
    if opened := [n for n in plan.numbers_to_request if n in line.numbers]:
        say("page.agenda_requests.opened", numbers=opened)
    if waiting := view.requested_numbers:
        numbers, days = zip(*waiting, strict=True)
        say("page.agenda_requests.waits", numbers=numbers, on=min(days), urgent=urgent)
    return redirect(address_of("open_meeting", meeting_id))


def _with_dates(
    plan: MeetingPlan, typed: dict[str, Any], chosen: dict[str, str], again: int
) -> dict[str, Any]:
    offered = {c.value for c in door().forms.form("meeting").field("minutes").choices}
    minutes = str(typed.get("minutes", ""))
    proposed = ask(
        ProposeDates(
            required=tuple(a for a, need in chosen.items() if need == "required"),
            chair_id=str(typed.get("chair") or plan.me),
            minutes=int(minutes if minutes in offered else DEFAULT_MINUTES),
            urgency=plan.urgency,
            again=again,
        )
    )
    slots = [{"day": show_date(s.date()), "starts": show_time(s.time())} for s in proposed.slots]
    answer_by = show_date(proposed.answer_by)
    return {**typed, "slots": slots, "answer_by": answer_by, "again": again}


def _sittings(plan: MeetingPlan, chosen: dict[str, str]) -> tuple[JoinableMeeting, ...]:
    wanted = tuple(a for a, need in chosen.items() if need in NEEDS)
    return ask(GetJoinableMeetings(tuple(c.number for c in plan.cases), wanted))


def _page(
    plan: MeetingPlan,
    typed: dict[str, Any],
    chosen: dict[str, str],
    told: str = "",
    wrong: Refused | None = None,
) -> Page:
    # The page lists the agencies with the reasons for them, which name matters of the sheet.
    bases = tuple(known_bases(typed["bases"]))
    plan = ask(PlanMeeting(numbers_typed(typed["cases"]), bases, content=True))
    form = door().forms.form("meeting")
    errors = _shown(wrong, form, plan) if wrong else []
    sittings = _sittings(plan, chosen)
    fields = wrong.errors if isinstance(wrong, Invalid) else ()
    # Whoever is chosen stands on top: nobody should be asked out of sight.
    suggested = [_row(i, chosen) for i in plan.invitees if i.suggested]
    suggested.sort(key=lambda row: not row["need"])
    unconsented = [c.number for c in plan.cases if not c.has_consent]
    needed = conditions_of(known_bases(typed["bases"]))
    drawn = page(
        "meeting_new.html",
        texts().say("page.meeting.new"),
        form=form,
        plan=plan,
        drawn_for=" ".join(_drawn_for(plan, typed)),
        typed=typed,
        errors=[e for e in errors if e.field],
        question=question_of(wrong),
        refused="".join(e.sentence for e in errors if not e.field),
        told=texts().say(f"page.meeting.{told}") if told else "",
        sittings=sittings,
        title_of_sitting=_title_of,
        heard_by=_heard_by(plan, typed, chosen),
        suggested=suggested[:FIRST_LOOK],
        more_suggested=suggested[FIRST_LOOK:],
        others=_groups(plan, chosen),
        chairs=with_absences(plan.chairs, plan.away, texts()),
        offer_another_basis=any(
            e.key in ("meeting.needs_consent", "meeting.not_covered") for e in fields
        ),
        unconsented=unconsented,
        reason_wanted=[c.number for c in plan.cases if not c.has_consent],
        needs_consent=BasisCondition.CONSENT in needed and bool(typed["bases"]),
        needs_secrecy=BasisCondition.SECRECY in needed,
    )
    return (drawn, 422) if wrong else drawn


def _shown(wrong: Refused, form: Form, plan: MeetingPlan) -> list[ShownError]:
    """What is wrong with an agency stands in its row; about all of them under their heading."""
    if not isinstance(wrong, Invalid):
        return shown_errors(wrong, form)
    row_of = {i.name: AGENCY + i.agency_id for i in plan.invitees}
    labels = {row: name for name, row in row_of.items()}
    labels |= {name: texts().say(f"page.meeting.field.{name}") for name in INVITED}
    placed: list[FieldError] = []
    for one in wrong.errors:
        names = one.facts.get("agencies") if one.field in INVITED else None
        rows = [row_of[n] for n in names] if isinstance(names, list) else []
        placed += [FieldError(r, one.key, {"agencies": [labels[r]]}) for r in rows] or [one]
    shown = shown_errors(Invalid(placed), form)
    return [replace(e, label=labels.get(e.field, e.label)) for e in shown]


def _heard_by(
    plan: MeetingPlan, typed: dict[str, Any], chosen: dict[str, str]
) -> list[tuple[str, list[str]]]:
    """Case by case who hears it as it is chosen now: those that are invited and ticked for it."""
    return [
        (c.number, [i.name for i in plan.invitees if chosen[i.agency_id] and i.agency_id in ticked])
        for c in plan.cases
        for ticked in [typed["hears"].get(c.number, [])]
    ]


def _title_of(sitting: JoinableMeeting) -> str:
    return texts().say(
        "page.meeting.one", title=sitting.title, kind=sitting.kind, numbers=sitting.numbers
    )


def _row(one: Invitee, chosen: dict[str, str]) -> dict[str, Any]:
    return {
        "id": one.agency_id,
        "name": one.name,
        "need": chosen.get(one.agency_id, ""),
        "reasons": [_reason(r) for r in one.reasons],
        "has_contact": one.has_contact,
        "covered": one.covered,
        "hearing": [(n, h, hearing_words(texts(), h)) for n, h in one.hearing.items()],
    }


def _reason(reason: Reason) -> str:
    key, facts = reason
    return texts().say(key, **facts)


def _groups(plan: MeetingPlan, chosen: dict[str, str]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The other agencies by their kind; those that are chosen already stand open."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in plan.invitees:
        if not one.suggested:
            found.setdefault(texts().label("agency_kind", one.kind), []).append(_row(one, chosen))
    return sorted(found.items())
