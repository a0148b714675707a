"""The forms about a case as they are asked: the sheet with its referrals, つなぐ, 返信, 主担当.

What a town's forms leave out or rename is taken from its forms; both doors ask the same.
"""

from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import date
from typing import Final, cast

from handlers.words.form_words import Option
from handlers.words.texts import Texts
from workflows.cases.lines import FollowUpLine, ReferralLine
from workflows.cases.open_case import MOST_REFERRALS
from workflows.cases.views import CaseView
from workflows.forms import Choice, Field, FieldType, Form, FormBook, Raw, Section
from workflows.japanese.dates import show_date
from workflows.meetings.answer import NAME_MAX
from workflows.model.case import ReplyAnswer
from workflows.model.meeting import HeardBy

PASSES: Final = (ReplyAnswer.PASSED_ON, ReplyAnswer.DECLINED)
_TAKEN: Final = ("", ReplyAnswer.ACCEPTED, ReplyAnswer.PARTLY)  # waiting, or taking part
NEXT_CHECK: Final = "next_check_on"
_TAKING: Final = ("lead", NEXT_CHECK)  # asked of who takes a part, in a reply
_PASSING: Final = ("next_agency", "pass_basis", "pass_reason")  # asked of who passes it on


# -- the sheet and its referrals ------------------------------------------------------------------


def with_referrals(forms: FormBook, texts: Texts, core: str = "") -> Form:
    """The sheet with the rows of its referrals: after the consent that they rest on. `core` is the
    town's 中核機関, for whoever knows nobody to ask.

    The reason for telling without consent follows them; what may stay empty comes last.
    """
    form, rows = forms.form("sheet"), referral_rows(forms)
    title = forms.form("referral").sections[0].title
    note = texts.say("page.case.referrals_note", most=MOST_REFERRALS, core=core)
    section = Section(rows.section, title, note)
    first = [s for s in form.sections if s.id in ("intake", "consent")]
    last = [s for s in form.sections if s.id == "unconsented"]
    rest = [s for s in form.sections if s not in first and s not in last]
    return replace(form, sections=(*first, section, *last, *rest), fields=(*form.fields, rows))


def referral_rows(forms: FormBook) -> Field:
    """The form `referral` as rows: one agency, one purpose, one request each."""
    form = forms.form("referral")
    guidelines = [f"{f.label}：{f.guideline}" for f in form.fields if f.guideline]
    return Field(
        id="referrals",
        label=form.title,
        type=FieldType.ROWS,
        section="referrals",
        required=True,
        columns=form.fields,
        max_rows=MOST_REFERRALS,
        guideline="\n".join(guidelines),
    )


def referrals_of(raw: Raw) -> tuple[Raw, ...]:
    return tuple(cast(list[Raw], raw.get("referrals") or []))


def refer_form(forms: FormBook) -> Form:
    """Further referrals, and why it is told where nobody agreed to it."""
    sheet, rows = forms.form("sheet"), referral_rows(forms)
    basis = [f for f in sheet.fields if f.id in ("unconsented_basis", "unconsented_reason")]
    sections = [Section(rows.section, rows.label)]
    sections += [s for s in sheet.sections if s.id in {f.section for f in basis}]
    return Form("refer", rows.label, tuple(sections), (rows, *basis))


def agencies_already_asked(case: CaseView) -> set[str]:
    """Agencies that are asked already or take part: asking them again is no use."""
    return {r.agency_id for r in case.referrals if r.answer in _TAKEN and not r.stopped}


def agencies_for(
    case: CaseView, agencies: list[Option], without: Set[str], texts: Texts
) -> list[Option]:
    """Agencies to choose from; those that the consent does not cover say so."""
    outside = texts.say("page.case.outside_consent")
    marked = case.beyond_consent if case.has_consent else frozenset()
    return [
        (a, name + (outside if a in marked else ""), group)
        for a, name, group in agencies
        if a not in without
    ]


# -- reply ----------------------------------------------------------------------------------------


def reply_form(forms: FormBook, case: CaseView, agency_id: str) -> Form:
    """Who leads is asked only while nobody does; the next check only of who leads or may."""
    form = forms.form("reply")
    if not case.lead_agency_id:
        return form
    left = {"lead"} if case.lead_agency_id == agency_id else set(_TAKING)
    return replace(form, fields=tuple(f for f in form.fields if f.id not in left))


def entered_reply_fields(texts: Texts) -> tuple[Field, ...]:
    """What is asked of who enters an agency's reply: how it came, and who there said so."""
    return (
        Field(
            id="heard_by",
            label=texts.say("label.page_field.heard_by"),
            type=FieldType.CHOICE,
            section="heard",
            required=True,
            choices=tuple(Choice(str(way), texts.label("heard_by", way)) for way in HeardBy),
        ),
        Field(
            id="said_by",
            label=texts.say("label.page_field.said_by"),
            type=FieldType.TEXT,
            section="heard",
            required=True,
            max=NAME_MAX,
            klass="S",
            guideline=texts.say("page.case.said_by_guideline"),
        ),
    )


def without_hidden_fields(raw: Raw) -> Raw:
    """A reply without what its answers do not ask for: a hidden part must not speak."""
    hidden = hidden_fields(str(raw.get("answer", "")), str(raw["lead"]) if "lead" in raw else None)
    return {k: v for k, v in raw.items() if k not in hidden}


def hidden_fields(answer: str, lead: str | None = None) -> tuple[str, ...]:
    """What this answer does not ask for. `lead` is whether they will lead, as typed; None where
    that is not asked: then whoever leads already says when the next check is."""
    if answer in PASSES:
        return _TAKING
    return _PASSING if lead in (None, "yes") else (*_PASSING, NEXT_CHECK)


def chain_of(case: CaseView, referral: ReferralLine) -> list[ReferralLine]:
    """The referral with those it came from, oldest first."""
    chain = [referral]
    for earlier in reversed(case.referrals[: case.referrals.index(referral)]):
        if earlier.depth == chain[0].depth - 1:
            chain.insert(0, earlier)
    return chain


def reply_initial_values(case: CaseView) -> dict[str, str]:
    """What the form holds when it is opened: a day for the next check, while none is planned.

    It counts only for who becomes the lead agency, or is.
    """
    quiet = any(f.waits for f in case.follow_ups)
    return {} if quiet else {"next_check_on": show_date(case.in_a_month)}


def replied_words(case: CaseView, given: ReplyAnswer, raw: Raw, texts: Texts) -> str:
    """What happened with a reply, and who was told."""
    label = texts.label("reply_answer", given)
    if given in PASSES:
        names: Mapping[str, str] = case.names
        agency = names.get(str(raw.get("next_agency", "")), "—")
        return texts.say("page.case.passed_on", number=case.number, answer=label, agency=agency)
    return texts.say(
        "page.case.replied", number=case.number, answer=label, writer=case.writer_agency
    )


def entered_words(
    case: CaseView, referral: ReferralLine, given: ReplyAnswer, raw: Raw, texts: Texts
) -> str:
    """What happened with a reply that was entered for an agency, and who was told."""
    facts = {
        "number": case.number,
        "agency": referral.agency_name,
        "answer": texts.label("reply_answer", given),
        "writer": case.writer_agency,
        "next": case.names.get(str(raw.get("next_agency", "")), "—"),
    }
    return texts.say(f"page.case.{'pass' if given in PASSES else 'reply'}_entered", **facts)


def check_of(case: CaseView, check_id: str) -> FollowUpLine | None:
    """The check that was asked for; when it was missed, the one that stands in its place."""
    line = next((f for f in case.follow_ups if f.id == check_id), None)
    if line and line.missed:
        line = next((f for f in case.follow_ups if f.is_next), None)
    return line


def next_check_of(case: CaseView) -> date | None:
    return min((f.due_on for f in case.follow_ups if f.waits), default=None)


# -- lead -----------------------------------------------------------------------------------------


def lead_form(forms: FormBook, texts: Texts) -> Form:
    reply = forms.form("reply")
    day = replace(reply.field("next_check_on"), required=True, required_when={}, section="lead")
    agency = Field(
        id="agency",
        label=texts.say("label.page_field.lead_agency"),
        type=reply.field("next_agency").type,
        section="lead",
        required=True,
        guideline=texts.say("page.case.lead_guideline"),
    )
    return Form("lead", "", (Section("lead", ""),), (agency, day))


def lead_initial_values(case: CaseView, today: date) -> dict[str, str]:
    """What the form holds when it is opened: who leads now, and the next check that is planned."""
    only = [a for a, _ in case.takes_part]
    agency = case.lead_agency_id or (only[0] if len(only) == 1 else "")
    waiting = [f.due_on for f in case.follow_ups if f.waits]
    day = min((d for d in waiting if d > today), default=case.in_a_month)
    return {"agency": agency, "next_check_on": show_date(day)}
