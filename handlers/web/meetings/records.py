"""会議記録: written beside what the chat will show, confirmed by the chair, read, printed."""

from dataclasses import replace
from typing import Any, cast

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from handlers.web.door import (
    ShownError,
    ask,
    door,
    errors_of,
    handle,
    page,
    raw_of,
    say,
    sentence,
    texts,
)
from handlers.web.meetings.meeting_words import names, shown_errors, title_of
from handlers.web.server.begun import kept_draft, not_kept
from handlers.web.server.form_words import AnsweredSection, in_words, options
from handlers.words.form_words import numbers_in
from handlers.words.record_draft import (
    SAID_BLANK,
    RecordTyped,
    announced_words,
    as_known,
    chat_card,
    filled_from_announced,
    with_draft,
)
from handlers.words.verbs import address_of, route
from workflows.cases.drafts import SaveDraft
from workflows.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.core.permissions import Action
from workflows.core.ports import Draft
from workflows.forms import Form, Raw
from workflows.guard.while_typing import SUMMARY_MAX
from workflows.japanese.dates import show_date
from workflows.meetings.attended import PRESENCES
from workflows.meetings.record import DRAFT_FORM, SaveRecord
from workflows.meetings.record_views import (
    CaseRecord,
    FindRecordDraft,
    GetRecord,
    PreviewRecord,
    RecordView,
    WriteRecord,
)
from workflows.meetings.views import GetMeeting
from workflows.model.card import Card
from workflows.model.notice import Facts

pages = Blueprint("records", __name__)

Page = str | tuple[str, int] | AnyResponse


def _form() -> Form:
    return door().forms.form("record")


def _of_case(case_id: str) -> Form:
    """The form with every field and section named for one case, so that several share a page."""
    form = _form()
    return replace(
        form,
        sections=tuple(replace(s, id=f"{case_id}-{s.id}") for s in form.sections),
        fields=tuple(
            replace(f, id=f"{case_id}-{f.id}", section=f"{case_id}-{f.section}")
            for f in form.fields
        ),
    )


def _typed(seen: RecordView) -> RecordTyped:
    """What was posted; what the page did not ask stays as it is known."""
    attended = {
        c.agency_id: (
            request.form.get(f"presence-{c.agency_id}", c.presence),
            request.form.get(f"who-{c.agency_id}", c.who),
        )
        for c in seen.came
    }
    cases = {c.case_id: raw_of(_form(), prefix=f"{c.case_id}-") for c in seen.cases}
    return RecordTyped(attended, cases, request.form.get("summary", seen.chat))


def _drafted(seen: RecordView, draft: Draft | None) -> tuple[RecordTyped, str]:
    """My unsent writing laid over what is saved; and when it was kept."""
    kept = texts().say("page.meeting.record_draft", at=draft.saved_at) if draft else ""
    return with_draft(seen, _form(), draft), kept


# -- the page --------------------------------------------------------------------------------------


@pages.get(route("write_record"))
def record(meeting_id: str) -> Page:
    meeting = ask(GetMeeting(meeting_id))
    if meeting.may_write and meeting.record_state != "confirmed":
        seen = ask(WriteRecord(meeting_id))
        if seen.writable and seen.begun:
            return _opened(_drawn(meeting_id))
    seen = ask(GetRecord(meeting_id))
    return page("record.html", texts().say("page.meeting.record"), **record_read(seen))


def _drawn(meeting_id: str) -> RecordView:
    """The record with its words, for a page that shows them: that is a look."""
    return ask(WriteRecord(meeting_id, drawn=True))


def _opened(seen: RecordView) -> str:
    """With my draft in the fields; when somebody saved after it, theirs, and mine on request."""
    draft = ask(FindRecordDraft(seen.line.id))
    older = bool(draft and seen.saved_at and draft.saved_at < seen.saved_at)
    if not older:
        typed, kept = _drafted(seen, draft)
        return _write(seen, typed, seen.version, kept=kept)
    if "draft" not in request.args:
        return _write(seen, as_known(seen, _form()), seen.version, older_draft=draft)
    typed, kept = _drafted(seen, draft)
    known = names()
    theirs = [(c, _answers(c, known)) for c in seen.cases]
    return _write(seen, typed, seen.version, kept=kept, theirs=theirs)


def record_read(seen: RecordView) -> dict[str, Any]:
    known = names()
    return {
        "seen": seen,
        "title": title_of(seen.line),
        "parts": [(c, _answers(c, known)) for c in seen.cases],
        "card": _card(seen.line.id, seen.summary),
    }


def _answers(part: CaseRecord, known: dict[str, str]) -> list[AnsweredSection]:
    return in_words(_form(), part.values, known, SAID_BLANK)


def _card(meeting_id: str, facts: Facts) -> Card:
    return chat_card(texts(), meeting_id, facts)


def _write(
    seen: RecordView,
    typed: RecordTyped,
    version: int,
    *,
    kept: str = "",
    errors: list[ShownError] | None = None,
    refused: str = "",
    theirs: list[tuple[CaseRecord, list[AnsweredSection]]] | None = None,
    older_draft: Draft | None = None,
    filled: str = "",
) -> str:
    found: dict[str, Any] = dict(options())
    found["rows"] = found
    parts = []
    for case in seen.cases:
        raw = typed.cases.get(case.case_id, {})
        values = {f"{case.case_id}-{name}": value for name, value in raw.items()}
        parts.append((case, _of_case(case.case_id), values))
    facts = ask(PreviewRecord(seen.line.id, typed.attended, typed.cases, typed.summary))
    return page(
        "record_write.html",
        texts().say("page.meeting.record"),
        seen=seen,
        title=title_of(seen.line),
        version=version,
        attended=typed.attended,
        summary=typed.summary,
        summary_max=SUMMARY_MAX,
        parts=parts,
        options=found,
        errors=errors or [],
        listed=_listed(errors or [], seen),
        filled=filled,
        presences=PRESENCES,
        said={c.agency_id: announced_words(texts(), c) for c in seen.came},
        refused=refused,
        theirs=theirs or [],
        older_draft=older_draft,
        kept=kept,
        card=_card(seen.line.id, facts),
    )


def _listed(errors: list[ShownError], seen: RecordView) -> list[ShownError]:
    """The errors as they stand above the page: all agencies that are blank in one line."""
    blank = {e.field.removesuffix(".presence") for e in errors if e.field.endswith(".presence")}
    agencies = [c.agency for c in seen.came if c.agency_id in blank]
    found, told = [], False
    for error in errors:
        if not error.field.endswith(".presence"):
            found.append(error)
        elif not told:
            told = True
            sentence_ = texts().say("page.meeting.who_came_of", agencies=agencies)
            found.append(replace(error, sentence=sentence_))
    return found


def _errors(wrong: Invalid, seen: RecordView) -> list[ShownError]:
    """`<case>.<field>` becomes the name of that field on the page, labelled with the number."""
    numbers = {c.case_id: c.number for c in seen.cases}
    found = []
    for one in wrong.errors:
        case_id, _, rest = one.field.partition(".")
        if case_id not in numbers:
            found += shown_errors(Invalid((one,)))
            continue
        (told,) = errors_of(_form(), (replace(one, field=rest),))
        name = one.field if "." in rest else f"{case_id}-{rest}"
        found.append(replace(told, field=name, label=f"{numbers[case_id]} {told.label}"))
    return found


@pages.post(route("write_record"))
def save(meeting_id: str) -> Page:
    seen = ask(WriteRecord(meeting_id))
    typed = _typed(seen)
    version = request.form.get("version", type=int, default=0)
    name = request.form.get("add_row", "")
    if name:
        case_id, _, field = name.partition("-")
        if case_id in typed.cases and _form().has(field):
            more = {**typed.cases[case_id]}
            more[field] = [*more.get(field, []), {}]  # type: ignore[misc]
            typed.cases[case_id] = more
        return _write(_drawn(meeting_id), typed, version)
    what = request.form.get("do", "save")
    if what == "as_said":
        typed, count = filled_from_announced(typed, seen)
        filled = texts().say("page.meeting.as_said", count=count)
        return _write(_drawn(meeting_id), typed, version, filled=filled)
    ready = what in ("ready", "share")
    try:
        shares = what == "share"
        command = SaveRecord(
            meeting_id, version, typed.attended, typed.cases, ready, typed.summary, shares
        )
        saved = handle(command)
        if shares:
            say("page.meeting.record_shared", roles=saved.roles)
        elif ready:
            say("page.meeting.record_asked", chair=seen.line.chair)
        else:
            say("page.meeting.record_saved", version=saved.version)
    except Invalid as wrong:
        return _write(_drawn(meeting_id), typed, version, errors=_errors(wrong, seen)), 422
    except Conflict as wrong:
        # What is typed stays in the fields; what the other saved is shown to be compared, and
        # saving again lays the typed over it.
        known = names()
        seen = _drawn(meeting_id)
        theirs = [(c, _answers(c, known)) for c in seen.cases]
        return _write(seen, typed, seen.version, refused=sentence(wrong), theirs=theirs), 409
    except (NotAllowed, NotFound):
        raise
    except Refused as wrong:
        return _write(_drawn(meeting_id), typed, version, refused=sentence(wrong)), 409
    target = address_of("open_meeting", meeting_id)
    return redirect(target + "/record" if what == "share" or not ready else target)


@pages.post("/meetings/<meeting_id>/record/draft")
def keep_draft(meeting_id: str) -> Page:
    """What the page saves by itself while somebody writes: as typed, unchecked, mine alone."""
    seen = ask(WriteRecord(meeting_id))
    draft = ask(FindRecordDraft(meeting_id))
    typed = _typed(seen)
    command = SaveDraft(DRAFT_FORM, typed.raw, draft.id if draft else None, meeting_id)
    if refused := not_kept(command, door().forms.form("record")):
        return refused
    if numbers := numbers_in(cast(Raw, typed.raw)):
        return kept_draft(_errors(Invalid(numbers), seen))
    return Response(texts().say("page.meeting.record_draft", at=door().desk.now()))


@pages.get("/meetings/<meeting_id>/record/preview")
def preview(meeting_id: str) -> Page:
    """What the chat would show of what is written so far."""
    if not ask(GetMeeting(meeting_id)).may_write:
        raise NotAllowed(f"denied.{Action.WRITE_RECORD}")
    draft = ask(FindRecordDraft(meeting_id))
    if draft is None:
        return Response(status=204)
    raw: dict[str, Any] = dict(draft.raw)
    attended = {r["agency"]: (r["presence"], r["who"]) for r in raw.pop("attended", [])}
    summary = str(raw.pop("summary", ""))
    facts = ask(PreviewRecord(meeting_id, attended, raw, summary))
    return page("record_preview.html", "", card=_card(meeting_id, facts))


@pages.get("/meetings/<meeting_id>/record/print")
def paper(meeting_id: str) -> Page:
    seen = ask(GetRecord(meeting_id, printed=True))
    return render_template(
        "paper/record.html",
        page_title=texts().say("page.meeting.record"),
        print_ref="、".join(seen.line.numbers) or title_of(seen.line),
        print_date=show_date(door().desk.now().date()),
        back_href=address_of("write_record", meeting_id),
        **record_read(seen),
    )
