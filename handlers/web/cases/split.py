"""世帯の中の方を別のケースに: who, with whom, with what; then the new sheet and what goes over."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from flask import Blueprint, redirect, request

from handlers.web.cases.sheet import (
    Page,
    already_done_page,
    case_to,
    letters_seen,
    opened_on,
    or_raise,
)
from handlers.web.cases.sheet import new_form as sheet_with_referrals
from handlers.web.cases.sheet import sheet_form as whole_sheet
from handlers.web.door import ask, door, errors_of, handle, page, raw_of, say, texts
from handlers.web.server.begun import keep_as
from handlers.web.server.form_words import options
from handlers.words.case_forms import referrals_of
from handlers.words.form_words import shown
from handlers.words.verbs import address_of
from workflows.cases.drafts import DropDraft, FindDraft, SaveDraft
from workflows.cases.split_case import ItemToMove, PreviewSplit, SplitCase
from workflows.cases.split_sheet import ALWAYS_COPIED, fields_offered, first_sheet, text_fields
from workflows.cases.views import CaseView, GetCase
from workflows.core.checking import one_error
from workflows.core.errors import Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.forms import Form, Raw
from workflows.japanese.dates import show_instant

pages = Blueprint("split", __name__)
FORM = "split"  # under which its drafts are kept


@dataclass(frozen=True)
class SplitItem:
    """What is owed and may go over; `words` where they may be read."""

    item: str
    kind: str
    agency_id: str
    agency: str
    due: Any
    words: str


@dataclass(frozen=True)
class ChosenForSplit:
    """What was chosen, as typed: of the household, what goes over on which ground, who leads."""

    person: str = ""
    along: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    grounds: Mapping[str, tuple[str, str]] | None = None
    lead: str = ""
    version: int = 0
    texts_seen: bool = False

    def ground(self, item: str) -> tuple[str, str]:
        return (self.grounds or {}).get(item, ("", ""))

    @property
    def mark(self) -> str:
        """What was previewed."""
        return " ".join((*self.over, self.lead))


def new_form() -> Form:
    """The sheet with its referrals, none of which is needed here."""
    form = sheet_with_referrals()
    fields = (replace(f, required=False) if f.id == "referrals" else f for f in form.fields)
    return replace(form, fields=tuple(fields))


@pages.get("/cases/<number>/split")
def begin(number: str) -> Page:
    case = case_to(number, Action.EDIT_SHEET)
    if not case.is_open:
        return already_done_page(case, "closed")
    draft = ask(FindDraft(FORM, case.number))
    if draft is None:
        return _choose(case)
    kept = cast(Mapping[str, Any], draft.raw)
    grounds = {i: (str(b), str(r)) for i, (b, r) in kept["grounds"].items()}
    chosen = ChosenForSplit(
        str(kept["person"]),
        tuple(kept["along"]),
        over=tuple(kept["over"]),
        grounds=grounds,
        lead=str(kept["lead"]),
        version=int(kept["version"]),
    )
    return _write(case, cast(Raw, kept["fields"]), chosen, draft.id, kept_at=draft.saved_at)


@pages.post("/cases/<number>/split")
def go_on(number: str) -> Page:
    case = case_to(number, Action.EDIT_SHEET)
    if not case.is_open:
        return already_done_page(case, "closed")
    chosen = _chosen()
    if "choose" in request.form:
        return _first(case, chosen)
    form = new_form()
    raw = dict(raw_of(form))
    draft_id = request.form.get("draft_id", "")
    if "add_row" in request.form:
        name = request.form["add_row"]
        if form.has(name):
            raw[name] = [*cast(list[dict[str, str]], raw[name]), {}]
        return _write(case, raw, chosen, draft_id)
    if "check" in request.form or "check_same" in request.form:
        return _write(case, raw, chosen, draft_id)
    if request.form.get("seen", "") != chosen.mark:
        return _write(case, raw, chosen, draft_id, again=True)
    over = tuple(ItemToMove(item, *chosen.ground(item)) for item in chosen.over)
    command = SplitCase(
        case.id,
        chosen.version,
        chosen.person,
        chosen.along,
        raw,
        referrals_of(raw),
        over,
        chosen.lead,
        chosen.texts_seen,
        letters_seen(),
        draft_id,
    )
    try:
        new_id = handle(command, made=str)
    except Refused as wrong:
        return _write(case, raw, chosen, draft_id, wrong=or_raise(wrong))
    new = ask(GetCase(new_id))
    say("page.split.done", number=case.number, new=new.number)
    return redirect(address_of("open_case", new.number))


@pages.post("/cases/<number>/split/draft")
def keep(number: str) -> Page:
    """What the page saves by itself while somebody writes the new sheet."""
    case = case_to(number, Action.EDIT_SHEET)
    draft_id = request.form.get("draft_id", "")
    if "discard" in request.form:
        handle(DropDraft(draft_id))
        say("page.case.draft_dropped")
        return redirect(f"/cases/{case.number}/split")
    chosen, form = _chosen(), new_form()
    raw = raw_of(form)
    kept: Any = {
        "fields": raw,
        "person": chosen.person,
        "along": list(chosen.along),
        "over": dict.fromkeys(chosen.over, "yes"),  # ids as names: an id may look like a number
        "grounds": {item: list(ground) for item, ground in (chosen.grounds or {}).items()},
        "lead": chosen.lead,
        "version": chosen.version,
    }
    return keep_as(SaveDraft(FORM, kept, draft_id or None, case.number), form, raw)


def _chosen() -> ChosenForSplit:
    typed = request.form
    items = [n.removesuffix(".basis") for n in typed if n.endswith(".basis")]
    return ChosenForSplit(
        person=typed.get("whom", ""),
        along=tuple(typed.getlist("along")),
        parts=tuple(typed.getlist("parts")),
        over=tuple(typed.getlist("over")),
        grounds={i: (typed.get(f"{i}.basis", ""), typed.get(f"{i}.why_told", "")) for i in items},
        lead=typed.get("lead", ""),
        version=typed.get("version", type=int, default=0),
        texts_seen="texts_seen" in typed,
    )


# -- whom, with whom, with what --------------------------------------------------------------------


def _choose(
    case: CaseView, chosen: ChosenForSplit | None = None, wrong: Refused | None = None
) -> Page:
    case = opened_on(case, CasePage.SPLIT)
    form = whole_sheet()
    offered = fields_offered(form)
    drawn = page(
        "split_choose.html",
        texts().say("page.split.title", number=case.number),
        case=case,
        household=_household(case),
        parts=[(f, form.field(f).label, f in text_fields(form)) for f in offered],
        chosen=chosen or ChosenForSplit(parts=offered),
        errors=errors_of(None, wrong) if wrong else [],
    )
    return (drawn, 422) if wrong else drawn


def _household(case: CaseView) -> list[tuple[str, str]]:
    """(row, as it stands there) of each of the household."""
    found = (case.sheet or {}).get("household", [])
    form, rows = whole_sheet(), found if isinstance(found, list) else []
    column = form.field("household").column("age_band")
    bands = {c.value: c.label for c in column.choices}

    def words(row: Mapping[str, str]) -> str:
        band = bands.get(row.get("age_band", ""), "")
        name, kana = row.get("name", ""), row.get("kana", "")
        name = f"{name}（{kana}）" if name and kana else name or kana
        said = (row.get("relation", ""), name, band, row.get("situation", ""))
        return "　".join(filter(None, said))

    return [(str(n), words(row)) for n, row in enumerate(rows) if isinstance(row, dict)]


def _first(case: CaseView, chosen: ChosenForSplit) -> Page:
    """The new sheet as it begins with what was chosen."""
    known = [row for row, _ in _household(opened_on(case, CasePage.SPLIT))]
    if chosen.person not in known:
        return _choose(case, chosen, one_error("whom", "split.person"))
    offered = fields_offered(whole_sheet())
    begins_with = ",".join((*ALWAYS_COPIED, *(f for f in chosen.parts if f in offered)))
    case = opened_on(case, CasePage.SPLIT_SHEET, begins_with)
    along = [int(n) for n in chosen.along if n in known]
    form, sheet = whole_sheet(), case.sheet or {}
    values = first_sheet(form, sheet, int(chosen.person), along, chosen.parts)
    raw = {**shown(form, values), "received_at": show_instant(door().desk.now())}
    return _write(case, _as_typed(raw), chosen, secrets.token_hex(16), is_open=True)


def _as_typed(raw: Mapping[str, Any]) -> Raw:
    words = {True: "yes", False: "no"}
    return {k: words[v] if isinstance(v, bool) else v for k, v in raw.items()}


# -- the new sheet ---------------------------------------------------------------------------------


def _write(
    case: CaseView,
    raw: Raw,
    chosen: ChosenForSplit,
    draft_id: str,
    *,
    wrong: Refused | None = None,
    again: bool = False,
    kept_at: Any = None,
    is_open: bool = False,
) -> Page:
    """What was typed is one's own: of the case the household alone is opened for it, and what may
    go over; unless it is open already (`is_open`)."""
    case = case if is_open else opened_on(case, CasePage.SPLIT_SHEET)
    form = new_form()
    bases = whole_sheet().field("unconsented_basis").choices
    drawn = page(
        "split_sheet.html",
        texts().say("page.split.title", number=case.number),
        case=case,
        form=form,
        values=raw,
        errors=errors_of(form, wrong) if wrong else [],
        options=options(),
        same=None,
        draft_id=draft_id,
        kept_at=kept_at,
        chosen=chosen,
        who=dict(_household(case)).get(chosen.person, ""),
        things=_things(case),
        bases=[(c.value, c.label) for c in bases],
        preview=ask(PreviewSplit(case.id, chosen.over)),
        again=again,
        version=chosen.version or case.sheet_version,
    )
    return (drawn, 422) if wrong else drawn


def _things(case: CaseView) -> list[SplitItem]:
    found = [
        SplitItem(f"reply:{r.id}", "reply", r.agency_id, r.agency_name, r.reply_by, r.request)
        for r in case.referrals
        if r.waits
    ]
    return found + [
        SplitItem(f"role:{r.id}", "role", r.agency_id, r.agency_name, r.due_on, r.task)
        for r in case.roles
        if r.keeps_open
    ]
