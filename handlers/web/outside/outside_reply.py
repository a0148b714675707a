"""A referral by a mail's link: the four answers, without a word of what the case is about."""

from flask import request

from handlers.runtime.answer_tokens import PATH
from handlers.web.cases.referrals import reply_groups
from handlers.web.door import ShownError, door, errors_of, raw_of, sentence, texts
from handlers.web.outside.outside_way import (
    LinkClosed,
    Page,
    ask,
    handle,
    once_of,
    page_by_link,
    spent_once,
    title_of_form,
    to_the_answer,
)
from handlers.words.case_forms import (
    chain_of,
    reply_form,
    reply_initial_values,
    without_hidden_fields,
)
from handlers.words.form_words import options_of
from handlers.words.verbs import address_of
from workflows.cases.find_case import GetMyReply, MyReply
from workflows.cases.lines import ReferralLine
from workflows.cases.reply import ReplyToReferral
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import AlreadyDone, Invalid, NotAllowed, NotFound, Refused
from workflows.directory.people import GetOptions
from workflows.forms import Raw
from workflows.outside.answer_links import AnswerTarget


def look(token: str, way: AnswerTarget) -> Page:
    mine = _given(way)
    if mine:
        return _replied(way, mine)
    case, referral = _to_reply(way)
    return _form(token, way, case, referral, reply_initial_values(case))


def save(token: str, way: AnswerTarget) -> Page:
    once, mine = spent_once(token), _given(way)
    if mine:
        return _replied(way, mine)
    case, referral = _to_reply(way)
    form = reply_form(door().forms, case, referral.agency_id)
    raw = raw_of(form)
    if not once:
        words = texts().say("page.outside.stale")
        return _form(token, way, case, referral, raw, notice=words), 400
    try:
        handle(
            ReplyToReferral(case.id, referral.id, without_hidden_fields(raw), scope_known=False),
            way,
            once,
        )
    except AlreadyDone:
        return to_the_answer(token)
    except Invalid as wrong:
        return _form(token, way, case, referral, raw, errors=errors_of(form, wrong)), 422
    except (NotAllowed, NotFound):
        raise LinkClosed("gone", way) from None
    except Refused as wrong:
        return _form(token, way, case, referral, raw, notice=sentence(wrong)), 409
    return to_the_answer(token)


def _given(way: AnswerTarget) -> MyReply | None:
    """What the agency has answered already, by whomever."""
    try:
        return ask(GetMyReply(way.number, way.item), way)
    except NotFound:
        return None


def _to_reply(way: AnswerTarget) -> tuple[CaseView, ReferralLine]:
    """The referral that waits, without its words. Raises LinkClosed."""
    try:
        case = ask(GetCase(way.case_id or ""), way)
    except (NotAllowed, NotFound):
        raise LinkClosed("gone", way) from None
    referral = next((r for r in case.referrals if r.id == way.item), None)
    if referral is None or not referral.mine:
        raise LinkClosed("gone", way)
    return case, referral


def _replied(way: AnswerTarget, mine: MyReply) -> str:
    done = request.args.get("done") == "1"
    title = texts().say("page.outside.replied" if done else "page.outside.replied_before")
    return page_by_link("outside_replied.html", way, title, mine=mine, done=done)


def _form(
    token: str,
    way: AnswerTarget,
    case: CaseView,
    referral: ReferralLine,
    raw: Raw,
    *,
    errors: list[ShownError] | None = None,
    notice: str = "",
) -> str:
    form = reply_form(door().forms, case, referral.agency_id)
    agencies = options_of(ask(GetOptions(), way), texts())["agency"]
    been = {r.agency_id for r in chain_of(case, referral)}
    return page_by_link(
        "outside_reply.html",
        way,
        title_of_form("reply", unsaved=bool(errors or notice)),
        case=case,
        referral=referral,
        form=form,
        groups=reply_groups(form),
        scope_known=False,
        values=raw,
        action=PATH + token,
        once_of_link=once_of(token),
        sign_in=address_of("reply", case.number, referral.id),
        # Without a mark for those that the consent does not cover: what it covers is content.
        agencies=[option for option in agencies if option[0] not in been],
        errors=errors or [],
        notice=notice,
    )
