"""One case in a modal: who answers for it, what was promised, what I may do; and its sheet to read.

The first modal holds no content. The sheet is read in modals of its own, and every look at it is
written down.
"""

from collections.abc import Iterator
from typing import Final

from handlers.slack.cases.case_here import case_to
from handlers.slack.door import Answer, Here, Modal, Press, SlackDoor, pressed
from handlers.slack.overview.home import Numbered
from handlers.slack.ui import blocks
from handlers.slack.ui.blocks import Block
from handlers.slack.ui.pages import page_modal
from handlers.slack.ui.reading import answered, in_pages, pieces
from handlers.words.case_words import HELPS, story_words
from handlers.words.form_words import AnsweredQuestion as Answered
from handlers.words.form_words import AnsweredSection, in_words
from handlers.words.to_do import left_words, promise_action
from workflows.cases.find_case import GetCaseId
from workflows.cases.lines import ReferralLine
from workflows.cases.views import CaseView, GetCase
from workflows.core.looks import CasePage
from workflows.core.permissions import Action
from workflows.model.card import CardButton as CardAction
from workflows.model.codes import code_of
from workflows.model.promise import PromiseKind
from workflows.promises.promise_line import PromiseLine

_LINES: Final = 12  # of one part of a case; all of them stand on its page
_STORY: Final = 8

# What stands among the deeds while a case is open: the verb, what it needs.
_DEEDS: Final = (
    ("refer", Action.REFER),
    ("convene", Action.CONVENE),
    ("set_lead", Action.SET_LEAD),
    ("edit_sheet", Action.EDIT_SHEET),
    ("close_case", Action.CLOSE_CASE),
)


@pressed("open_case", opens=True)
def open_case(press: Press) -> Answer:
    """The case as far as one sees it. One that may not be seen is as unknown as one that is not."""
    here = press.here
    case = here.ask(GetCase(here.ask(GetCaseId(press.subject))))
    return case_modal(here, case)


def case_modal(here: Here, case: CaseView) -> Modal:
    made = Numbered(here.door)
    parts = (
        _heading(here, case, made),
        _promises(here, case, made),
        _referrals(here, case, made),
        _meetings(here, case, made),
        _judged(here, case),
        _story(here, case),
    )
    found = [block for part in parts for block in part]
    return Modal(here.say("slack_sheet.case.title"), tuple(found))


def _heading(here: Here, case: CaseView, made: Numbered) -> Iterator[Block]:
    say, label = here.say, here.door.texts.label
    yield blocks.header(case.number)
    facts = [
        (say("slack_sheet.case.urgency"), label("urgency", case.urgency)),
        (say("slack_sheet.case.state"), label("case_state", case.state)),
        (say("slack_sheet.case.district"), case.district_name),
        (say("slack_sheet.case.consent"), say(f"slack_sheet.case.{_consent(case)}")),
        (say("slack_sheet.case.answering"), case.answering_agency),
        (say("slack_sheet.case.people"), "、".join(case.answering_people[:5]) or "—"),
        (say("slack_sheet.case.phone"), case.answering_phone or "—"),
    ]
    yield from blocks.facts(facts)
    if case.restricted:
        yield blocks.section(say("slack_sheet.case.restricted"), strong=True)
    if not case.is_open:
        yield blocks.section(say("page.settled.closed", number=case.number))
    may_read = case.may[Action.READ_CASE]
    if not may_read.allowed:
        yield blocks.section(say("slack_sheet.case.not_shown", why=say(may_read.reason)))
        yield from _secrecy(here, case, made)
    yield from _deeds(here.door, case, made)


def _secrecy(here: Here, case: CaseView, made: Numbered) -> Iterator[Block]:
    """Where confirming the secrecy duty of a meeting would open the sheet: its button."""
    asked = next((m for m in case.meetings if m.live and m.secrecy_open), None)
    if asked:
        label, then = here.say("slack_meeting.button.secrecy"), f"open_case {case.number}"
        duty = CardAction(label, "secrecy", asked.id, then, primary=True)
        yield blocks.buttons([made.button(duty)])


def _consent(case: CaseView) -> str:
    return "with_consent" if case.has_consent else "without_consent"


def _deeds(door: SlackDoor, case: CaseView, made: Numbered) -> Iterator[Block]:
    """What I may do, the next step first; what is written on pages alone as links."""

    def deed(verb: str, *, primary: bool = False) -> Block:
        label = door.say(f"slack_sheet.deed.{verb}")
        return made.button(CardAction(label, verb, case.number, primary=primary))

    found = []
    if case.can("read_case"):
        found.append(deed("read_sheet", primary=True))
    if case.is_open:
        found += [deed(verb) for verb, action in _DEEDS if case.may[action].allowed]
        if case.restricted and case.can("name_members"):
            found.append(deed("name_members"))
    elif case.can("close_case"):
        found.append(deed("reopen_case"))
    if found:
        yield blocks.buttons(found)
    wanted = {
        "plan": case.is_open and case.can("make_plan"),
        "consent": case.can("read_case") and case.can("edit_sheet"),
        "disclosures": case.can("disclose"),
        "open_case": True,
    }
    yield blocks.buttons(
        [
            made.link(door.say(f"slack_sheet.page.{verb}"), CardAction("", verb, case.number))
            for verb, may in wanted.items()
            if may
        ]
    )


def _promises(here: Here, case: CaseView, made: Numbered) -> Iterator[Block]:
    say = here.say
    yield blocks.header(say("slack_sheet.case.promises"))
    if not case.promises:
        key = "nothing_promised" if case.is_open else "all_done"
        yield blocks.section(say(f"slack_sheet.case.{key}"))
    helps = {k for k, action in HELPS.items() if case.may[action].allowed}
    for one in case.promises[:_LINES]:
        yield _owed(here, case, one, made, helps=code_of(PromiseKind, one.kind) in helps)
    yield from _rest(here, len(case.promises))


def _owed(here: Here, case: CaseView, one: PromiseLine, made: Numbered, *, helps: bool) -> Block:
    text = here.say(
        "slack_sheet.case.owed",
        kind=one.kind,
        agency=one.agency_name,
        member=one.member_name,
        due_at=one.due_at,
        left=left_words(here.door.texts, one.overdue, one.open_days),
    )
    kind = code_of(PromiseKind, one.kind)
    # What comes next on the case is chosen among its deeds, which stand above.
    if kind is PromiseKind.NEXT_STEP or not (one.mine or helps):
        return blocks.section(text)
    number = "" if one.meeting_id else case.number
    label = here.door.texts.word("promise_button", one.kind)
    return made.row(text, promise_action(kind, number, one.meeting_id, one.item_id, label))


def _referrals(here: Here, case: CaseView, made: Numbered) -> Iterator[Block]:
    if case.referrals:
        yield blocks.header(here.say("slack_sheet.case.referrals"))
    for one in case.referrals[:_LINES]:
        text = _asked(here, one)
        if one.mine and one.waits and case.is_open:
            reply = here.say("promise_button.reply")
            yield made.row(text, CardAction(reply, "reply", case.number, one.id))
        else:
            yield blocks.section(text)
    yield from _rest(here, len(case.referrals))


def _asked(here: Here, one: ReferralLine) -> str:
    return here.say(
        "slack_sheet.case.asked",
        agency=one.agency_name,
        purpose=one.purpose,
        answer=one.answer,
        stopped=one.stopped,
        at=one.replied_at,
        next=one.next_agency,
        heard_by=one.heard_by,
        reply_by=one.reply_by,
        depth=one.depth,
    )


def _meetings(here: Here, case: CaseView, made: Numbered) -> Iterator[Block]:
    if case.meetings:
        yield blocks.header(here.say("slack_sheet.case.meetings"))
    for one in case.meetings[:_LINES]:
        text = here.say(
            "slack_sheet.case.meeting", kind=one.kind, state=one.state, starts_at=one.starts_at
        )
        if one.may_open:
            label = here.say("slack_sheet.case.open_meeting")
            yield made.row(text, CardAction(label, "open_meeting", one.id))
        else:
            yield blocks.section(text)
    yield from _rest(here, len(case.meetings))


def _judged(here: Here, case: CaseView) -> Iterator[Block]:
    """Which meetings judged what somebody has yet to carry out: what it is stands in the sheet."""
    waits = [j for j in case.judgements if j.waits]
    if waits:
        yield blocks.header(here.say("slack_sheet.case.judged"))
    for one in waits[:_LINES]:
        yield blocks.section(here.say("slack_sheet.case.judgement", what=one.what, at=one.at))
    yield from _rest(here, len(waits))


def _story(here: Here, case: CaseView) -> Iterator[Block]:
    yield blocks.header(here.say("slack_sheet.case.story"))
    for event in case.story[-_STORY:]:
        at = here.say("page.case.at", at=event.at)
        for piece in pieces(f"{at}　{story_words(event, here.door.texts)}"):
            yield blocks.context(piece)


def _rest(here: Here, count: int) -> Iterator[Block]:
    if count > _LINES:
        yield blocks.context(here.say("slack_sheet.case.more", count=count - _LINES))


# -- its content ----------------------------------------------------------------------------------


@pressed("read_sheet", opens=True)
def read_sheet(press: Press) -> Answer:
    """The sheet with what was asked and answered, page by page (the press's item)."""
    here = press.here
    if not here.door.slack.personal_data:
        return page_modal(here, CardAction("", "open_case", press.subject))
    case = case_to(here, press.subject, Action.READ_CASE, CasePage.SHEET_READ)
    content = [
        *sheet_in_words(here, case),
        *_told_and_answered(here, case),
        *_of_meetings(here, case),
    ]
    every = in_pages(answered(content))
    number = min(int(press.item or 0), len(every) - 1)
    written = here.say(
        "slack_sheet.read.written", by=case.opened_by, at=case.opened_at, version=case.sheet_version
    )
    around = [
        here.door.token("read_sheet", case.number, str(n)) if 0 <= n < len(every) else ""
        for n in (number - 1, number + 1)
    ]
    names = ("slack_sheet.back", "slack_sheet.next")
    buttons = [
        blocks.button(here.say(key), key, token)
        for key, token in zip(names, around, strict=True)
        if token
    ]
    to_case = here.door.token("open_case", case.number)
    buttons.append(blocks.button(here.say("slack_sheet.read.to_case"), "open_case", to_case))
    head = here.say("slack_sheet.read.head", number=case.number, page=number + 1, of=len(every))
    found = [blocks.header(head), blocks.context(written), *every[number]]
    return Modal(here.say("slack_sheet.read.title"), (*found, blocks.buttons(buttons)))


def sheet_in_words(here: Here, case: CaseView) -> list[AnsweredSection]:
    """Empty for whoever may not read it."""
    texts = here.door.texts
    return in_words(here.door.forms.form("sheet"), case.sheet or {}, case.names, texts)


def _told_and_answered(here: Here, case: CaseView) -> list[AnsweredSection]:
    """What each agency was asked for, and what it wrote back."""
    found = []
    for one in case.referrals:
        lines = [here.say("slack_sheet.read.request", words=one.request)] if one.request else []
        lines += [here.say("slack_sheet.read.reason", words=one.reason)] if one.reason else []
        if lines:
            found.append(Answered(one.agency_name, "\n".join(lines)))
    title = here.say("slack_sheet.case.referrals")
    return [AnsweredSection(title, tuple(found))] if found else []


def _of_meetings(here: Here, case: CaseView) -> list[AnsweredSection]:
    """What meetings judged and somebody has yet to carry out, and what they found missing."""
    say = here.say
    parts = [
        (
            say("slack_sheet.case.judged"),
            [
                say("slack_sheet.case.judgement", what=j.what, at=j.at)
                for j in case.judgements
                if j.waits
            ],
        ),
        (
            say("slack_sheet.case.missing_title"),
            [say("slack_sheet.case.missing", text=m.text, at=m.at) for m in case.missing_resources],
        ),
    ]
    found = tuple(Answered(heading, "\n".join(lines)) for heading, lines in parts if lines)
    title = say("slack_sheet.case.meetings")
    return [AnsweredSection(title, found)] if found else []
