"""保存と廃棄: what a manager lets go, what is kept for a reason, and the record of what went."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from handlers.web.door import ShownError, ask, door, handle, page, say, sentence, shell, texts
from handlers.words.form_words import label_or_nothing
from handlers.words.verbs import route
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.permissions import Action
from workflows.japanese.dates import show_instant
from workflows.retention.approve import ApproveDisposals
from workflows.retention.hold import GetKeeping, KeepLonger, LiftHold, SetHold
from workflows.retention.lines import DisposalLine, GetDisposals, GetRetention, RetentionView
from workflows.retention.second_approval import SettleDisposals

pages = Blueprint("retention", __name__)

Page = str | tuple[str, int] | Response


@dataclass(frozen=True)
class ChosenForDisposal:
    """What is ticked: ids of cases, of members and of requests."""

    cases: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cases or self.members or self.requests)


# -- what is due ----------------------------------------------------------------------------------


@pages.get(route("retention"))
def due() -> Page:
    return _due(ask(GetRetention()), ChosenForDisposal())


def _due(view: RetentionView, chosen: ChosenForDisposal, errors: Sequence[ShownError] = ()) -> str:
    return page(
        "retention.html",
        texts().say("page.retention.title"),
        view=view,
        chosen=chosen,
        errors=list(errors),
    )


@pages.get("/retention/confirm")
def back_to_choosing() -> Page:
    return redirect("/retention")


@pages.post("/retention/confirm")
def confirm() -> Page:
    """Look at what was chosen once more: afterwards there is no way back."""
    view = ask(GetRetention())
    if not view.may_approve:
        raise NotAllowed(f"denied.{Action.APPROVE_DISPOSAL}")
    chosen = _everything(view) if "all" in request.form else _chosen(view)
    if not chosen:
        return _due(view, chosen, [_error("cases", "retention.nothing_chosen")]), 422
    return _confirm(view, chosen)


def _everything(view: RetentionView) -> ChosenForDisposal:
    return ChosenForDisposal(
        tuple(c.case_id for c in view.due),
        tuple(p.member_id for p in view.people),
        tuple(r.request_id for r in view.requests),
    )


def _chosen(view: RetentionView) -> ChosenForDisposal:
    """What was ticked and may still go."""
    cases, members = set(request.form.getlist("case")), set(request.form.getlist("member"))
    requests = set(request.form.getlist("request"))
    return ChosenForDisposal(
        tuple(c.case_id for c in view.due if c.case_id in cases),
        tuple(p.member_id for p in view.people if p.member_id in members),
        tuple(r.request_id for r in view.requests if r.request_id in requests),
    )


def _confirm(
    view: RetentionView, chosen: ChosenForDisposal, errors: Sequence[ShownError] = ()
) -> str:
    only = replace(
        view,
        due=tuple(c for c in view.due if c.case_id in chosen.cases),
        people=tuple(p for p in view.people if p.member_id in chosen.members),
        requests=tuple(r for r in view.requests if r.request_id in chosen.requests),
    )
    return page(
        "retention_confirm.html",
        texts().say("page.retention.confirm"),
        view=only,
        errors=list(errors),
    )


@pages.post("/retention/approve")
def approve() -> Page:
    """Approve; what stopped being due since the page was drawn is left out and counted."""
    cases, members = request.form.getlist("case"), request.form.getlist("member")
    if not request.form.get("sure"):
        view = ask(GetRetention())
        if not view.may_approve:
            raise NotAllowed(f"denied.{Action.APPROVE_DISPOSAL}")
        return _confirm(view, _chosen(view), [_error("sure", "retention.not_sure")]), 422
    done = handle(
        ApproveDisposals(
            tuple(cases),
            tuple(members),
            texts().say("retention.left"),
            texts().say("retention.left_kana"),
            tuple(request.form.getlist("request")),
        )
    )
    say(
        "page.retention.approved",
        cases=done.cases,
        people=done.people,
        left_out=done.left_out,
        second=done.second,
        requests=done.requests,
    )
    return redirect("/retention")


@pages.post("/retention/second/<disposal_id>/agree")
def agree(disposal_id: str) -> Page:
    """The second person's yes, looked at once more: there is no way back."""
    if not request.form.get("sure"):
        view = ask(GetRetention())
        return _due(
            view, ChosenForDisposal(), [_error(f"sure-{disposal_id}", "retention.not_sure")]
        ), 422
    handle(SettleDisposals((disposal_id,), True))
    say("page.retention.agreed")
    return redirect("/retention")


@pages.post("/retention/second/<disposal_id>/end")
def end_second(disposal_id: str) -> Page:
    handle(SettleDisposals((disposal_id,), False))
    say("page.retention.ended")
    return redirect("/retention")


def _error(field: str, key: str) -> ShownError:
    called = texts().say(f"page.retention.field.{field.partition('-')[0]}")
    return ShownError(field, called, texts().say(key))


# -- one case -------------------------------------------------------------------------------------


@pages.get("/retention/cases/<case_id>")
def one(case_id: str) -> Page:
    return _one(case_id)


def _one(case_id: str, wrong: Refused | None = None, reason: str = "") -> str | tuple[str, int]:
    """`reason`: the field of this page in which the reason was typed."""
    view = ask(GetKeeping(case_id))
    errors = _shown(wrong, reason) if wrong else []
    fields = [e for e in errors if e.field]
    drawn = page(
        "retention_case.html",
        texts().say("page.retention.one", number=view.number, year=view.fiscal_year or 0),
        view=view,
        typed={f: request.form.get(f, "") for f in ("hold_reason", "until", "longer_reason")},
        errors=fields,
        refused="".join(e.sentence for e in errors if not e.field),
        print_ref=view.number,
    )
    return (drawn, 422 if fields else 409) if wrong else drawn


def _shown(wrong: Refused, reason: str) -> list[ShownError]:
    if not isinstance(wrong, Invalid):
        return [ShownError("", "", sentence(wrong))]
    named = [(reason if e.field == "reason" else e.field, e) for e in wrong.errors]
    return [
        ShownError(
            field,
            label_or_nothing(f"page.retention.field.{field}", texts()),
            texts().say(e.key, **e.facts),
        )
        for field, e in named
    ]


@pages.post("/retention/cases/<case_id>/hold")
def hold(case_id: str) -> Page:
    try:
        handle(SetHold(case_id, request.form.get("hold_reason", "")))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _one(case_id, wrong, "hold_reason")
    say("page.retention.hold_set")
    return redirect(f"/retention/cases/{case_id}")


@pages.post("/retention/cases/<case_id>/lift")
def lift(case_id: str) -> Page:
    try:
        handle(LiftHold(case_id))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _one(case_id, wrong)
    say("page.retention.hold_lifted")
    return redirect(f"/retention/cases/{case_id}")


@pages.post("/retention/cases/<case_id>/longer")
def longer(case_id: str) -> Page:
    typed = request.form
    try:
        until = handle(KeepLonger(case_id, typed.get("until", ""), typed.get("longer_reason", "")))
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _one(case_id, wrong, "longer_reason")
    say("page.retention.kept_longer", until=until)
    return redirect(f"/retention/cases/{case_id}")


# -- what went ------------------------------------------------------------------------------------


@pages.get("/retention/record")
def record() -> Page:
    lines = ask(GetDisposals())
    title = texts().say("page.retention.record")
    return page("retention_record.html", title, lines=lines, went=_went(lines))


@pages.get("/retention/record/print")
def paper() -> Page:
    lines = ask(GetDisposals())
    return render_template(
        "paper/disposals.html",
        page_title=texts().say("page.retention.record"),
        print_ref="",
        print_date=show_instant(door().desk.now()),
        town_name=shell().town_name,
        back_href="/retention/record",
        lines=lines,
        went=_went(lines),
    )


def _went(lines: Sequence[DisposalLine]) -> list[list[str]]:
    """What went with each, in words."""
    return [[texts().say(f"page.retention.count.{w}", n=n) for w, n in d.counts] for d in lines]
