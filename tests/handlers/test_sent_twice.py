"""Every form of the pages, sent twice: one press is one deed, and the second is led to it calmly.

The walk is over the map of addresses: a form that is not walked here, or is not said to do
nothing, fails.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any, Final

import pytest
from flask import Flask

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.web.server import sent_before
from handlers.words.labels import load_labels
from handlers.words.notice_heads import MAILED
from tests.handlers.test_after_a_restore import leave_undone
from tests.handlers.test_dead_letters import PAGE as DEAD_LETTERS
from tests.handlers.test_dead_letters import fail as fail_for_good
from tests.handlers.test_mail_notices import Bag, drain
from tests.handlers.test_mail_replies import answered, keep
from tests.handlers.test_passkeys import MINE, new, options
from tests.handlers.test_unreached import GONE, Refuses, sent
from tests.handlers.test_web_accounts import WITH_SLACK, link
from tests.handlers.test_web_accounts import ask as ask_to_be_linked
from tests.handlers.test_web_directory import fail, upload
from tests.support.authenticator import Authenticator
from tests.support.duplicate_forms import (
    OTHERWISE,
    SAID_AGAIN,
    Carried,
    Deed,
    another_seat,
    both_at_once,
    filled_in,
    form_of,
    rows,
    watched,
)
from tests.support.hands import REQUEST, consented
from tests.support.mail import mail_way
from tests.support.outside import address
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.spoilt import make_readable, make_unreadable
from tests.support.town import TownHall
from tests.support.web import TEXTS, TOWN, Seat, TownSeat, web_app
from tests.workflows.test_agenda_requests import asked
from tests.workflows.test_agenda_requests import convene as ask_for_agenda
from tests.workflows.test_judgements import recorded as held
from tests.workflows.test_permission_requests import save as ask_for_permission
from tests.workflows.test_requests import recorded
from tests.workflows.test_split_case import household
from tests.workflows.test_whose_sheet import A, B
from workflows.absences.enter import SaveAbsence
from workflows.core.ports import HandledEvent
from workflows.directory.edit_lists import ExportAgencies
from workflows.japanese.dates import show_date

# Addresses of forms that carry nothing out, or whose second time is as harmless as the first.
NOTHING_TWICE: Final = {
    "local.person": "who sits there, in local mode",
    "local.clock": "the clock of local mode; what has passed is refused",
    "sign_in.ask": "a link more, which a person asked for; counted (limits.py)",
    "sign_in.sign_in": "a link is spent once (sign_in.py)",
    "sign_in.sign_out": "signed out is signed out",
    "passkeys.offer": "a challenge, for the script",
    "passkeys.challenge": "a challenge, for the script",
    "passkeys.enter": "a challenge is answered once (passkeys.py)",
    "guard.summary": "says what would be masked",
    "find.find": "a search",
    "inbox.put_off": "the same wish again; one reminder of a morning (test_remind_tomorrow.py)",
    "requests.find": "a search",
    "sheet.same": "a search",
    "sheet.keep_draft": "what is typed so far, over what was typed before",
    "sheet.keep_edit": "what is typed so far, over what was typed before",
    "followups.keep_plan": "what is typed so far, over what was typed before",
    "split.keep": "what is typed so far, over what was typed before",
    "records.keep_draft": "what is typed so far, over what was typed before",
    "retention.confirm": "asks before `retention.approve`",
    "broken.look": "opens every record once more",
    "inbox.mark_read": "read is read",
    "inbox.drop_draft": "gone is gone",
    "outside.answer": "walked by itself below: its door has a token of its own",
}


@dataclass
class Town:
    """The town with its pages: in local mode, and as people sign in."""

    hall: TownHall
    weeks: int = 0

    @cached_property
    def app(self) -> Flask:
        return web_app(self.hall)

    @cached_property
    def signed_in_app(self) -> Flask:
        return web_app(self.hall, town=True, **WITH_SLACK)

    def seat(self, who: str) -> Seat:
        return Seat(self.app, who)

    def signed_in(self, who: str) -> TownSeat:
        found = TownSeat(self.signed_in_app)
        found.sign_in(self.hall, who)
        return found

    def number(self, case_id: str) -> str:
        return self.hall.case(case_id).number

    # -- what a form is about --------------------------------------------------------------------

    def case(self, *agencies: str, **sheet: Any) -> str:
        return self.hall.open_case(*(agencies or ("A14",)), **{**consented("A13", "A14"), **sheet})

    def led(self, **sheet: Any) -> str:
        case_id = self.case(**sheet)
        self.hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
        return case_id

    def meeting(self, **fields: Any) -> str:
        """In a week of its own: nobody is to be at two at once."""
        self.weeks += 1
        days = (20 + 7 * self.weeks, 21 + 7 * self.weeks)
        return self.hall.convene(self.case(), days_ahead=days, **fields)

    def fixed(self, **fields: Any) -> str:
        meeting_id = self.meeting(**fields)
        self.hall.answer(meeting_id, "A14", by=ELDERLY)
        self.hall.answer(meeting_id, "A13", by=COORDINATOR)
        self.hall.fix(meeting_id)
        self.hall.swear(meeting_id, COORDINATOR, CHAIR, ELDERLY)
        return meeting_id

    def begun(self, **fields: Any) -> str:
        meeting_id = self.fixed(**fields)
        slot = self.hall.meeting(meeting_id).fixed_slot
        assert slot
        self.hall.clock.set(slot.ends_at)
        return meeting_id


Make = Callable[[Town], Deed]
DEEDS: dict[str, Make] = {}


def deed(endpoint: str) -> Callable[[Make], Make]:
    def register(make: Make) -> Make:
        assert endpoint not in DEEDS, endpoint
        DEEDS[endpoint] = make
        return make

    return register


def of_case(town: Town, who: str, page: str, case_id: str = "", **more: Any) -> Deed:
    number = town.number(case_id or town.case())
    return Deed(town.seat(who), f"/cases/{number}{page}", **more)


def of_meeting(town: Town, who: str, page: str, meeting_id: str = "", **more: Any) -> Deed:
    return Deed(town.seat(who), f"/meetings/{meeting_id or town.meeting()}{page}", **more)


# -- cases ---------------------------------------------------------------------------------------

SHEET: Final = {
    "received_at": "令和8年11月20日 9:30",
    "route": "resident",
    "matters": ["care"],
    "summary": "近所の方から心配の声がありました。",
    "urgency": "normal",
    "danger": "no",
    "hidden_address": "no",
    "district": "D01",
    "consent": "not_asked",
    "unconsented_basis": "act_106_6",
    "unconsented_reason": "このままでは暮らしが続かないため。",
    "referrals-0-agency": "A14",
    "referrals-0-purpose": "handover",
    "referrals-0-request": REQUEST,
}


@deed("sheet.send")
def _(town: Town) -> Deed:
    wrong = {**SHEET, "summary": ""}
    return Deed(town.seat(COORDINATOR), "/cases/new", typed=SHEET, wrong=wrong)


@deed("sheet.save_edit")
def _(town: Town) -> Deed:
    changed = {"summary": "落ち着いてきました。"}
    return of_case(town, COORDINATOR, "/sheet", typed=changed, wrong={"summary": ""})


@deed("consent.record")
def _(town: Town) -> Deed:
    said = {"consent": "written", "consent_on": "R8.11.20", "consent_scope": ["A13"]}
    first = of_case(town, COORDINATOR, "/consent")
    html = first.seat.post(first.page, filled_in(first.form(), said)).text
    return _SecondPage(first.seat, first.page, typed={"save": "1"}, wrong={}, html=html)


@deed("referrals.send")
def _(town: Town) -> Deed:
    asked = {"referrals-0-agency": "A17", "referrals-0-purpose": "handover",
             "referrals-0-request": REQUEST, "unconsented_basis": "act_106_6",
             "unconsented_reason": "急ぐため。"}  # fmt: skip
    wrong = {**asked, "referrals-0-request": ""}
    return of_case(town, COORDINATOR, "/refer", typed=asked, wrong=wrong)


def referral(town: Town, case_id: str) -> str:
    return f"/referrals/{town.hall.referral(case_id, 'A14').id}"


@deed("referrals.answer")
def _(town: Town) -> Deed:
    case_id = town.case()
    page = f"{referral(town, case_id)}/reply"
    return of_case(town, ELDERLY, page, case_id, typed={"answer": "accepted"}, wrong={"answer": ""})


@deed("entered_replies.save")
def _(town: Town) -> Deed:
    case_id = town.case(by=CLERK)
    said = {"answer": "accepted", "heard_by": "telephone", "said_by": "葉山 のどか"}
    page = f"{referral(town, case_id)}/entered"
    return of_case(town, OTHER_COORDINATOR, page, case_id, typed=said, wrong={"said_by": ""})


@deed("take_back.take_back_now")
def _(town: Town) -> Deed:
    case_id = town.case()
    why = {"mistake": "no", "reason": "窓口が分かったため。"}
    return of_case(town, COORDINATOR, f"{referral(town, case_id)}/take-back", case_id, typed=why,
                   wrong={"reason": "x"})  # fmt: skip


@deed("answer_links.reply_links")
def _(town: Town) -> Deed:
    case_id = town.case()
    action = f"/cases/{town.number(case_id)}{referral(town, case_id)}/links"
    mailed(town)
    return of_case(town, COORDINATOR, "", case_id, action=action, typed={"do": "again"})


def mailed(town: Town) -> None:
    """All that goes by mail is sent, with links of their own for who has no chat."""
    inbox, ways = Inbox((), MAILED), {"mail": mail_way(town.hall.desk, Bag())}
    OutboxSender(town.hall.database.open, town.hall.desk, TEXTS, inbox, ways).drain()


@deed("referrals.set_lead")
def _(town: Town) -> Deed:
    case_id = town.led()
    day = {"lead_agency": "A13", "next_check_on": "令和9年1月12日"}
    return of_case(town, COORDINATOR, "/lead", case_id, typed=day)


@deed("followups.save_plan")
def _(town: Town) -> Deed:
    plan = {
        "issues": "暮らしの立て直し。",
        "long_goal": "家で落ち着いて暮らす。",
        "short_goal": "週に一度は話せる。",
        "parts-0-agency": "A14",
        "parts-0-content": "訪問",
        "parts-0-when": "毎月",
        "starts_on": "令和9年4月1日",
        "ends_on": "令和9年9月30日",
    }
    wrong = {**plan, "issues": ""}
    return of_case(town, ELDERLY, "/plan", town.led(), typed=plan, wrong=wrong)


@deed("followups.answer")
def _(town: Town) -> Deed:
    case_id = town.led()
    waiting = town.hall.case(case_id).next_follow_up
    assert waiting
    typed = {"result": "unchanged"}
    return of_case(town, ELDERLY, f"/follow-ups/{waiting.id}", case_id, typed=typed, wrong={})


@deed("followups.end")
def _(town: Town) -> Deed:
    end = {"kind": "closed", "reason": "転居のため。", "goals_reached": "reached",
           "change": "落ち着いて暮らしている。"}  # fmt: skip
    return of_case(town, ELDERLY, "/close", town.led(), typed=end, wrong={"reason": ""})


@deed("followups.begin_again")
def _(town: Town) -> Deed:
    case_id = town.led()
    town.hall.close(case_id)
    why = {"reason": "また困っているため。"}
    return of_case(town, ELDERLY, "/reopen", case_id, typed=why, wrong={"reason": ""})


@deed("followups.end_reassessment")
def _(town: Town) -> Deed:
    case_id = town.led()
    town.hall.check_on(case_id, "worse", by=ELDERLY)
    said = {"outcome": "支援を続けます。"}
    return of_case(town, COORDINATOR, "/reassessment", case_id, typed=said, wrong={"outcome": ""})


@deed("still_needed.answer")
def _(town: Town) -> Deed:
    case_id = town.led()
    town.hall.ask_whether_needed(case_id)
    said = {"reason": "続いているため。", "next_step": "会議。"}
    return of_case(town, ELDERLY, "/still-needed", case_id, typed=said, wrong={"reason": ""})


@deed("still_needed.take_back")
def _(town: Town) -> Deed:
    said = DEEDS["still_needed.answer"](town)
    assert said.seat.post(said.page, filled_in(said.form(), said.typed)).status_code == 302
    case_page = said.page.removesuffix("/still-needed")
    (path,) = re.findall(r'action="([^"]*/take-back)"', said.seat.text(case_page))
    return replace(said, page=case_page, action=path, typed={}, wrong=None)


@deed("cases.name")
def _(town: Town) -> Deed:
    case_id = town.case(danger="yes")
    return of_case(town, COORDINATOR, "/named", case_id, typed={"member": OTHER_COORDINATOR},
                   where={"member": ""})  # fmt: skip


@deed("unrestrict.propose")
def _(town: Town) -> Deed:
    case_id = town.case(hidden_address="yes")
    why = {"reason": "相手方が転居したため。"}
    return of_case(town, COORDINATOR, "/unrestrict", case_id, typed=why, wrong={"reason": ""})


@deed("unrestrict.settle")
def _(town: Town) -> Deed:
    first = DEEDS["unrestrict.propose"](town)
    first.seat.post(first.page, filled_in(first.form(), first.typed))
    other = town.seat(ELDERLY)
    (path,) = {*re.findall(rf"{first.page}/[0-9a-f]+", other.text(first.page))}
    return Deed(other, first.page, path, {"answer": "agree"})


@deed("former.take_back")
def _(town: Town) -> Deed:
    case_id = town.case(**A)
    town.seat(ELDERLY).text(f"/cases/{town.number(case_id)}")
    town.hall.edit(case_id, whose="another", **B)
    wrong_id = town.hall.case(case_id).wrong_persons[0].id
    action = f"/cases/{town.number(case_id)}/former/{wrong_id}/same"
    return of_case(town, COORDINATOR, "/former", case_id, action=action)


@deed("sheet_versions.say_whose")
def _(town: Town) -> Deed:
    case_id = town.case(**A)
    town.seat(ELDERLY).text(f"/cases/{town.number(case_id)}")
    town.hall.clock.move(minutes=1)
    town.hall.edit(case_id, whose="same", **B)
    return of_case(town, COORDINATOR, "/sheet/versions/1/another", case_id)


@deed("merge.merge")
def _(town: Town) -> Deed:
    into = town.number(town.case(name="見本野 花"))
    case_id = town.case(name="見本野 花")
    page = f"/cases/{town.number(case_id)}/merge?into={into}"
    return Deed(town.seat(COORDINATOR), page, typed={"sure": "1"}, wrong={})


@deed("split.go_on")
def _(town: Town) -> Deed:
    page = f"/cases/{town.number(household(town.hall))}/split"
    seat = town.seat(COORDINATOR)
    chosen = {"whom": "0", "parts": ["summary", "urgency", "route", "matters"], "choose": "1"}
    second = seat.post(page, filled_in(form_of(seat.text(page), page), chosen))
    return _SecondPage(seat, page, typed={"summary": "長男のこと。", "texts_seen": "1"}, wrong={},
                       html=second.text)  # fmt: skip


@dataclass
class _SecondPage(Deed):
    """A page that answers a form."""

    html: str = ""

    def form(self) -> Any:
        return form_of(self.html, self.address, self.where)


# -- meetings ------------------------------------------------------------------------------------


@deed("convening.convene")
def _(town: Town) -> Deed:
    page = f"/meetings/new?case={town.number(town.case())}"
    typed = {"bases": ["act_106_6"], "basis_reason": "早く話し合うため。", "place": "会議室",
             "agency-A13": "required", "agency-A14": "required"}  # fmt: skip
    seat = town.seat(COORDINATOR)
    form = form_of(seat.text(page), "/meetings/new")
    html = seat.post("/meetings/new", filled_in(form, typed)).text
    typed["place"], again = "庁舎の会議室", {**typed, "do": "propose"}
    return _SecondPage(seat, "/meetings/new", typed=typed, wrong=again, html=html)


@deed("meetings.fix")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    town.hall.answer(meeting_id, "A14", by=ELDERLY)
    town.hall.answer(meeting_id, "A13", by=COORDINATOR)
    slot = town.hall.meeting(meeting_id).slots[0]
    typed = {"slot": slot.id, "confirmed": slot.starts_at.isoformat()}
    action = f"/meetings/{meeting_id}/fix"
    return of_meeting(town, COORDINATOR, "", meeting_id, action=action, typed=typed)


@deed("meetings.remind")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    action = f"/meetings/{meeting_id}/remind"
    return of_meeting(town, COORDINATOR, "", meeting_id, action=action)


@deed("meetings.close_answers")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    action = f"/meetings/{meeting_id}/close-answers"
    return of_meeting(town, COORDINATOR, "", meeting_id, action=action)


@deed("hearing.hearing")
def _(town: Town) -> Deed:
    meeting_id = town.hall.convene(town.case(), town.case(), required=("A13", "A14"))
    deed = of_meeting(town, COORDINATOR, "/hearing", meeting_id)
    numbers = [name for name in deed.form().fields if name.startswith("hears-")]
    return replace(deed, typed={numbers[0]: ["A13"], "reason": "要るため。"})


@deed("hearing.put_on")
def _(town: Town) -> Deed:
    page, number = f"/meetings/{town.meeting()}/agenda", town.number(town.case())
    seat = town.seat(COORDINATOR)
    html = seat.text(f"{page}?case={number}")
    return _SecondPage(seat, page, typed={"reason": "一緒に話すため。"}, html=html)


@deed("meeting_changes.dates")
def _(town: Town) -> Deed:
    day = show_date(town.hall.in_days(24).date())
    typed = {"slots-0-day": day, "slots-0-starts": "14:00"}
    return of_meeting(town, COORDINATOR, "/dates", typed=typed, wrong={"slots-0-day": "いつか"})


@deed("meeting_changes.reopen")
def _(town: Town) -> Deed:
    deed = DEEDS["meetings.close_answers"](town)
    assert deed.seat.post(deed.address, filled_in(deed.form(), {})).status_code == 302
    typed = {"answer_by": show_date(town.hall.in_days(6).date())}
    page = f"{deed.page}/reopen"
    return replace(deed, page=page, action="", typed=typed, wrong={"answer_by": "x"})


@deed("meeting_changes.move")
def _(town: Town) -> Deed:
    meeting_id = town.fixed()
    typed = {"day": show_date(town.hall.in_days(28).date()), "starts": "10:00", "reason": "会場。"}
    return of_meeting(town, COORDINATOR, "/move", meeting_id, typed=typed, wrong={"day": "x"})


@deed("meeting_changes.cancel")
def _(town: Town) -> Deed:
    typed = {"reason": "中止。"}
    return of_meeting(town, COORDINATOR, "/cancel", typed=typed, wrong={"reason": ""})


@deed("meeting_changes.agencies")
def _(town: Town) -> Deed:
    page, seat = f"/meetings/{town.meeting()}/agencies", town.seat(COORDINATOR)
    first = filled_in(form_of(seat.text(page), page, {"agency": ""}), {"agency": "A17"})
    html = seat.post(page, first).text
    return _SecondPage(seat, page, typed={"do": "optional"}, where={"look": "1"}, html=html)


@deed("meeting_changes.writer")
def _(town: Town) -> Deed:
    return of_meeting(town, COORDINATOR, "/writer", town.fixed(), typed={"writer": CHAIR})


@deed("answers.save_answer")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    slots = [s.id for s in town.hall.meeting(meeting_id).slots]
    typed = {f"slot-{s}": "yes" for s in slots}
    return of_meeting(town, ELDERLY, "/answer", meeting_id, typed=typed, wrong={})


@deed("answers.save_attendance")
def _(town: Town) -> Deed:
    typed = {"comes": "yes", "who": "葉山"}
    return of_meeting(town, ELDERLY, "/attend", town.fixed(), typed=typed, wrong={"comes": ""})


@deed("answer_links.links")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    mailed(town)
    action = f"/meetings/{meeting_id}/links"
    typed = {"do": "again"}
    return of_meeting(
        town, COORDINATOR, "", meeting_id, action=action, typed=typed, where={"agency": "A14"}
    )


@deed("preparations.save_preparation")
def _(town: Town) -> Deed:
    meeting_id = town.fixed()
    (item,) = town.hall.meeting(meeting_id).agenda
    page = f"/preparation/{town.number(item.case_id)}"
    return of_meeting(town, ELDERLY, page, meeting_id, typed={"situation": "変わりありません。"})


@deed("access.confirm")
def _(town: Town) -> Deed:
    return of_meeting(town, ELDERLY, "/secrecy", town.meeting())


@deed("agenda_requests.settle")
def _(town: Town) -> Deed:
    case_id = town.case(by=ELDERLY)
    ask_for_agenda(town.hall, town.number(case_id))
    page = f"/cases/{town.number(case_id)}/agenda-requests"
    action = f"{page}/{asked(town.hall, case_id).id}"
    return Deed(town.seat(ELDERLY), page, action, {"answer": "agree", "agency": "A01"},
                wrong={"answer": "agree", "agency": []})  # fmt: skip


@deed("agenda_requests.take_back")
def _(town: Town) -> Deed:
    number = town.number(town.case(by=ELDERLY))
    page = f"/meetings/{ask_for_agenda(town.hall, number)}"
    return Deed(town.seat(CHAIR), page, f"{page}/asked/{number}/end")


# -- what did not arrive, and what came back ------------------------------------------------------


def unreached(town: Town) -> None:
    sent(town.hall, mail=Refuses(ELDERLY, GONE))


@deed("unreached.of_case")
def _(town: Town) -> Deed:
    case_id = town.case(by=CLERK)
    unreached(town)
    action = f"/cases/{town.number(case_id)}/reached"
    return of_case(town, CLERK, "", case_id, action=action)


@deed("unreached.of_meeting")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    unreached(town)
    return of_meeting(town, COORDINATOR, "", meeting_id, action=f"/meetings/{meeting_id}/reached")


def mail_reply(town: Town, words: str) -> None:
    bag = Bag()
    drain(town.hall, bag)
    assert keep(town.hall, answered(town.hall, bag, words))


@deed("mail_replies.mark_of_case")
def _(town: Town) -> Deed:
    case_id = town.case(by=CLERK)
    mail_reply(town, "つなぎ")
    deed = of_case(town, CLERK, "/mail-replies", case_id)
    return _with_action(deed)


@deed("mail_replies.mark_of_meeting")
def _(town: Town) -> Deed:
    meeting_id = town.meeting()
    mail_reply(town, "日程をお尋ね")
    return _with_action(of_meeting(town, COORDINATOR, "/mail-replies", meeting_id))


def _with_action(deed: Deed) -> Deed:
    """With the first form below its page."""
    found = re.search(rf'action="({re.escape(deed.page)}/[^"]+)"', deed.seat.text(deed.page))
    assert found, deed.page
    return replace(deed, action=found[1])


# -- requests of persons, retention --------------------------------------------------------------


@deed("requests.record")
def _(town: Town) -> Deed:
    typed = {"kind": "disclosure", "asked_as": "person", "received_on": "R8.11.20",
             "person": "浮舟はつ江", "checked": "運転免許証", "wanted": "記録すべて"}  # fmt: skip
    return Deed(town.seat(COORDINATOR), "/requests/new", typed=typed, wrong={**typed, "wanted": ""})


def of_request(town: Town, action: str, **typed: Any) -> Deed:
    page = f"/requests/{recorded(town.hall)}"
    return Deed(town.seat(COORDINATOR), page, f"{page}/{action}", typed)


@deed("requests.put")
def _(town: Town) -> Deed:
    return of_request(town, "cases", number=town.number(town.case()))


@deed("requests.extend")
def _(town: Town) -> Deed:
    return of_request(town, "extend", until="R9.1.8", reason="量が多いため。")


@deed("requests.answer")
def _(town: Town) -> Deed:
    return of_request(town, "answer", outcome="given", on="R8.11.20", given="写し")


@deed("requests.waits")
def _(town: Town) -> Deed:
    deed = DEEDS["requests.answer"](town)
    assert deed.seat.post(deed.address, filled_in(deed.form(), deed.typed)).status_code == 302
    return replace(deed, action=f"{deed.page}/waits", typed={})


# -- the directory, accounts, the town ------------------------------------------------------------


@deed("directory.add_agency")
def _(town: Town) -> Deed:
    typed = {"id": "A90", "name": "つくし相談室", "kana": "ツクシソウダンシツ",
             "kind": "その他", "fields": ["高齢"]}  # fmt: skip
    return Deed(town.seat(ADMINISTRATOR), "/directory/agencies/new", typed=typed, wrong={"id": ""})


@deed("directory.save_agency")
def _(town: Town) -> Deed:
    page = "/directory/agencies/A20"
    return Deed(town.seat(ADMINISTRATOR), page, typed={"phone": "0000-10-9999"})


@deed("directory.add_member")
def _(town: Town) -> Deed:
    typed = {"id": "M90", "name": "新芽 めぐみ", "kana": "シンメ メグミ", "agency_id": "A20"}
    return Deed(town.seat(ADMINISTRATOR), "/directory/members/new", typed=typed, wrong={"id": ""})


@deed("directory.save_member")
def _(town: Town) -> Deed:
    page = f"/directory/members/{DISABILITY}"
    return Deed(town.seat(ADMINISTRATOR), page, typed={"kana": "ベツノ カナ"})


@deed("directory_lists.import_list")
def _(town: Town) -> Deed:
    seat = town.seat(ADMINISTRATOR)
    data = town.hall.desk.ask(ExportAgencies(load_labels()), ADMINISTRATOR).decode("utf-8-sig")
    html = upload(seat, "agencies", data.replace("0000-10-1401", "0000-10-1499").encode()).text
    return _SecondPage(seat, "/directory/import", typed={"apply": "1"}, wrong={}, html=html)


@deed("town.save_town")
def _(town: Town) -> Deed:
    typed = {"closed_days": "令和9年1月12日"}
    return Deed(town.seat(ADMINISTRATOR), "/admin/town", typed=typed, wrong={"closed_days": "x"})


@deed("administration.send_again")
def _(town: Town) -> Deed:
    town.case()
    notice_id = fail(town.hall, "dead")
    return Deed(town.seat(ADMINISTRATOR), "/admin", f"/admin/deliveries/{notice_id}/again")


def dead(town: Town, name: str, word: str, **where: str) -> Deed:
    fail_for_good(town.hall, name)
    action = f"{DEAD_LETTERS}/{name}/{word}"
    return Deed(town.seat(ADMINISTRATOR), DEAD_LETTERS, action, {"sure": "1"}, where, wrong={})


@deed("administration.send_another_way")
def _(town: Town) -> Deed:
    return dead(town, "n1", "other-way", way="mail")


@deed("administration.let_go")
def _(town: Town) -> Deed:
    return dead(town, "n2", "let-go")


@deed("administration.settle_restore")
def _(town: Town) -> Deed:
    leave_undone(town.hall)
    typed = {"why": "by_hand"}
    return Deed(town.seat(ADMINISTRATOR), "/admin", "/admin/restore", typed, wrong={"why": ""})


def broken(town: Town, *, comes_back: bool = False) -> str:
    case_id = town.case()
    stood = make_unreadable(town.hall, case_id, "content")
    seat = town.seat(ADMINISTRATOR)
    form = form_of(seat.text("/admin/broken"), "/admin/broken/look")
    seat.post("/admin/broken/look", form.fields)
    if comes_back:
        make_readable(town.hall, case_id, stood)
    return case_id


@deed("broken.repair")
def _(town: Town) -> Deed:
    return Deed(town.seat(ADMINISTRATOR), "/admin/broken", "/admin/broken/repair",
                where={"record": broken(town, comes_back=True)})  # fmt: skip


@deed("broken.remove")
def _(town: Town) -> Deed:
    return Deed(town.seat(ADMINISTRATOR), "/admin/broken", "/admin/broken/remove",
                where={"record": broken(town)})  # fmt: skip


@deed("broken.restore")
def _(town: Town) -> Deed:
    away = DEEDS["broken.remove"](town)
    assert away.seat.post(away.address, away.form().fields).status_code == 302
    return replace(away, action="/admin/broken/restore")


@deed("permission_requests.settle")
def _(town: Town) -> Deed:
    ask_for_permission(town.hall, CLERK, roles="事務担当、管理職")
    deed = Deed(town.seat(MANAGER), "/permission-requests")
    (one, *_) = deed.form().options["request"]
    return replace(deed, typed={"request": one, "answer": "agree"}, wrong={"answer": "agree"})


@deed("unread_cases.propose")
def _(town: Town) -> Deed:
    case_id = town.case(by="M24", hidden_address="yes")
    with town.hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case
        case.named_member_ids = ["M57"]
        unit.commit()
    typed = {"new_reader": "M01", "reason": "後任の方が引き継ぐため。"}
    return Deed(town.seat(MANAGER), "/unread-cases", f"/unread-cases/{case_id}", typed,
                wrong={**typed, "reason": ""})  # fmt: skip


@deed("unread_cases.settle")
def _(town: Town) -> Deed:
    first = DEEDS["unread_cases.propose"](town)
    assert first.seat.post(first.address, filled_in(first.form(), first.typed)).status_code == 302
    seat = town.seat(ADMINISTRATOR)
    found = re.search(rf"{first.address}/[0-9a-f]+", seat.text("/unread-cases"))
    assert found
    return Deed(seat, "/unread-cases", found[0], {"answer": "agree"})


@deed("account.end")
def _(town: Town) -> Deed:
    town.signed_in(CLERK)
    return Deed(town.signed_in(CLERK), "/account", "/account/end")


def days_ahead(town: Town, first: int) -> list[str]:
    return [show_date(town.hall.in_days(n).date()) for n in (first, first + 7)]


@deed("absences.save")
def _(town: Town) -> Deed:
    first, last = days_ahead(town, 40)
    typed = {"from_on": first, "until_on": last, "deputy_id": "M02"}
    return Deed(town.seat(CLERK), "/absences", f"/absences/{CLERK}", typed=typed,
                wrong={"until_on": ""})  # fmt: skip


@deed("absences.end")
def _(town: Town) -> Deed:
    first, last = days_ahead(town, 60)
    town.hall.desk.handle(SaveAbsence("M27", first, last, ""), "M27")
    return Deed(town.seat("M27"), "/absences", "/absences/M27/end")


@deed("accounts.link")
def _(town: Town) -> Deed:
    ask_to_be_linked(town.hall, "U0LOST", "筆野しるす")
    page = "/admin/accounts/link?account=U0LOST"
    seat, wrong = town.signed_in(ADMINISTRATOR), {"member_id": ""}
    return Deed(seat, page, typed={"member_id": CLERK}, wrong=wrong)


@deed("accounts.refuse")
def _(town: Town) -> Deed:
    ask_to_be_linked(town.hall, "U0WHO", "知らない人")
    return Deed(town.signed_in(ADMINISTRATOR), "/admin/accounts", "/admin/accounts/refuse",
                where={"external_id": "U0WHO"})  # fmt: skip


def linked(town: Town, user: str, who: str) -> None:
    ask_to_be_linked(town.hall, user, "だれか")
    link(town.hall, user, who)


@deed("accounts.unlink")
def _(town: Town) -> Deed:
    linked(town, "U0GOES", CLERK)
    return Deed(town.signed_in(ADMINISTRATOR), "/admin/accounts", "/admin/accounts/unlink",
                where={"external_id": "U0GOES"})  # fmt: skip


@deed("accounts.unlink_mine")
def _(town: Town) -> Deed:
    linked(town, "U0MINE", CLERK)
    return Deed(town.signed_in(CLERK), "/account", "/account/unlink")


def with_passkey(town: Town, who: str) -> TownSeat:
    seat = town.signed_in(who)
    new(seat)
    return seat


@deed("passkeys.add")
def _(town: Town) -> Deed:
    seat = town.signed_in(CLERK)
    made = Authenticator(TOWN).create(options(seat, f"{MINE}/challenge", MINE))
    return Deed(seat, MINE, typed={"credential": made, "name": "青い鍵"})


@deed("passkeys.remove")
def _(town: Town) -> Deed:
    seat = with_passkey(town, CLERK)
    action = "/account/passkeys/remove"
    return Deed(seat, "/account/passkeys", action, {"sure": "1"}, wrong={})


@deed("passkey_rule.save")
def _(town: Town) -> Deed:
    day = show_date((town.hall.clock.at + timedelta(days=7)).date())
    typed = {"roles": ["manager"], "required_on": day}
    return Deed(town.signed_in(ADMINISTRATOR), "/admin/passkeys", typed=typed)


@deed("passkey_rule.revoke")
def _(town: Town) -> Deed:
    with_passkey(town, CLERK)
    return Deed(town.signed_in(ADMINISTRATOR), "/admin/passkeys", "/admin/passkeys/revoke",
                {"sure": "1"}, {"member": CLERK}, wrong={})  # fmt: skip


# -- retention ------------------------------------------------------


def due(town: Town, **sheet: Any) -> str:
    case_id = town.led(**sheet)
    town.hall.close(case_id)
    with town.hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case
        case.closures[-1].at -= timedelta(days=366 * 7)
        unit.commit()
    return case_id


@deed("retention.approve")
def _(town: Town) -> Deed:
    seat, case_id = town.seat(MANAGER), due(town)
    chosen = filled_in(form_of(seat.text("/retention"), "/retention/confirm"), {"case": case_id})
    html = seat.post("/retention/confirm", chosen).text
    return _SecondPage(seat, "/retention", "/retention/approve", {"sure": "1"}, wrong={}, html=html)


def approved(town: Town) -> None:
    seat, case_id = town.seat(MANAGER), due(town, danger="yes")
    fields = form_of(seat.text("/retention"), "/retention/confirm").fields
    seat.post("/retention/approve", {**fields, "case": case_id, "sure": "1"})


@deed("retention.agree")
def _(town: Town) -> Deed:
    approved(town)
    return _second(town, "agree", {"sure": "1"}, wrong={})


@deed("retention.end_second")
def _(town: Town) -> Deed:
    approved(town)
    return _second(town, "end", {})


def _second(town: Town, word: str, typed: dict[str, str], **more: Any) -> Deed:
    seat = town.seat(ADMINISTRATOR)
    path = re.findall(rf'action="(/retention/second/\w+/{word})"', seat.text("/retention"))[0]
    return Deed(seat, "/retention", path, typed, **more)


@deed("retention.hold")
def _(town: Town) -> Deed:
    page = f"/retention/cases/{due(town)}"
    typed = {"hold_reason": "訴えがあるため。"}
    return Deed(town.seat(MANAGER), page, f"{page}/hold", typed, wrong={"hold_reason": ""})


@deed("retention.lift")
def _(town: Town) -> Deed:
    held = DEEDS["retention.hold"](town)
    assert held.seat.post(held.address, filled_in(held.form(), held.typed)).status_code == 302
    return replace(held, action=f"{held.page}/lift", typed={}, wrong=None)


@deed("retention.longer")
def _(town: Town) -> Deed:
    page = f"/retention/cases/{due(town)}"
    typed = {"until": "令和20年3月31日", "longer_reason": "訴えがあるため。"}
    return Deed(town.seat(MANAGER), page, f"{page}/longer", typed, wrong={"until": ""})


# -- what takes time comes last --------------------------------------------------------------------


def judged(town: Town, **more: Any) -> str:
    case_id = town.led()
    held(town.hall, case_id, **more)
    return case_id


@deed("followups.tick")
def _(town: Town) -> Deed:
    role = {"agency": "A14", "task": "畑の見学", "due_on": ""}
    case_id = judged(town, roles=[role])
    page = f"/roles/{town.hall.case(case_id).roles[0].id}"
    return of_case(town, ELDERLY, page, case_id, typed={"outcome": "行ってきました。"})


@deed("judgements.set_aside")
def _(town: Town) -> Deed:
    case_id = judged(town, closure_judgement="suspended")
    page = f"/judgements/{town.hall.case(case_id).judgements[0].id}"
    why = {"reason": "本人が続けたいため。"}
    return of_case(town, ELDERLY, page, case_id, typed=why, wrong={"reason": " "})


def record(town: Town) -> Deed:
    meeting_id = town.begun()
    deed = of_meeting(town, COORDINATOR, "/record", meeting_id)
    form = deed.form()
    presence = {name: "present" for name in form.names if name.startswith("presence-")}
    text = next(n for n in form.names if n.endswith("-decisions-0-text"))
    return replace(deed, typed={**presence, text: "見守る。"}, wrong={"do": "as_said"})


@deed("records.save")
def _(town: Town) -> Deed:
    deed = record(town)
    return replace(deed, typed={**deed.typed, "do": "ready"})


@deed("records.save share")
def _(town: Town) -> Deed:
    """The chair shares what they wrote themselves, and kept while they wrote it."""
    deed = record(town)
    return replace(deed, seat=town.seat(CHAIR), typed={**deed.typed, "do": "share"}, wrong=None)


# -- the walk --------------------------------------------------------------------------------------


def posted_to(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}


def test_every_form_is_sent_twice_or_says_why_not(hall: TownHall) -> None:
    """Whoever adds one says here how it is sent, or why a second time is nothing."""
    walked = {name.partition(" ")[0] for name in DEEDS}
    posted, said = posted_to(web_app(hall)), walked | NOTHING_TWICE.keys()
    assert sorted(posted - said) == [], "say how it is sent in DEEDS, or why not in NOTHING_TWICE"
    assert sorted(said - posted) == [], "no form is sent there any more"
    assert not DEEDS.keys() & NOTHING_TWICE.keys()


PARTS: Final = 3  # each in a town of its own: all in one would be a long walk


@pytest.fixture
def replica(any_hall: TownHall) -> Iterator[TownHall]:
    """Another process on the same database."""
    opened = any_hall.another_desk()
    yield opened
    opened.database.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_a_form_sent_again_is_done_once_and_leads_to_what_was_done(
    any_hall: TownHall, replica: TownHall, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To two replicas at the same moment, then once more, then with something else in it: each form
    carries out one command; the token stays while nothing was done, and is looked at first then."""
    town, found = Town(any_hall), dict[str, str]()
    others = {
        town.app: web_app(replica),
        town.signed_in_app: web_app(replica, town=True, **WITH_SLACK),
    }
    size = -(-len(DEEDS) // PARTS)
    for name, make in [*DEEDS.items()][part * size :][:size]:
        deed = make(town)
        other = others[deed.seat.client.application]
        with watched(monkeypatch) as carried:
            if wrong := what_is_wrong(any_hall, deed, other, carried):
                found[name] = wrong
    assert found == {}


def what_is_wrong(hall: TownHall, deed: Deed, other: Flask, carried: Carried) -> str:
    form = deed.form()
    if deed.wrong is not None:
        wrong = deed.seat.post(deed.address, filled_in(form, deed.wrong))
        if wrong.status_code not in (200, 409, 422) or carried.by_token:
            return f"what is wrong is answered with {wrong.status_code}: {carried.names}"
        if form_of(wrong.text, deed.address, deed.where).fields["once"] != form.fields["once"]:
            return "another token after a mistake"
    carried.names.clear()
    sent, before = filled_in(form, deed.typed), rows(hall)
    twin = another_seat(deed.seat, other)
    with carried.at_once():
        first, second = both_at_once(
            [lambda: deed.seat.post(deed.address, sent), lambda: twin.post(deed.address, sent)]
        )
    if any(answer.status_code not in (302, 303) for answer in (first, second)):
        return f"both at once: {first.status_code} {first.text} {second.status_code} {second.text}"
    after = rows(hall)
    again = deed.seat.post(deed.address, sent)
    if before == after or rows(hall) != after or len(carried.names) != 1:
        return f"not one deed: {carried.names}"
    if hall.database.engine.dialect.name != "sqlite":
        return ""  # what is led to is the same there
    there = deed.seat.get(again.location)
    if (again.status_code, there.status_code) != (303, 200) or SAID_AGAIN not in there.text:
        return f"it led to {again.location}: {there.status_code}"
    looked = rows(hall)
    odd = deed.seat.post(deed.address, {**sent, "odd": "ほかの文"})
    if not (odd.status_code == 200 and OTHERWISE in odd.text and "ほかの文" in odd.text):
        return f"something else in it: {odd.status_code}"
    if rows(hall) != looked or len(carried.names) != 1:
        return f"something else in it was carried out: {carried.names}"
    return ""


# -- the answer page: its forms have tokens of their link ------------------------------------------


def by_link(town: Town, path: str, **more: Any) -> Deed:
    return Deed(TownSeat(town.signed_in_app, "198.51.100.7"), path, **more)


def dates_by_link(town: Town) -> Deed:
    meeting_id = town.meeting()
    typed = {f"slot-{s.id}": "yes" for s in town.hall.meeting(meeting_id).slots}
    return by_link(town, address(town.hall, poll=meeting_id), typed=typed, wrong={})


def attendance_by_link(town: Town) -> Deed:
    path = address(town.hall, poll=town.fixed())
    return by_link(town, path, typed={"comes": "yes", "who": "葉山"}, wrong={"comes": ""})


def reply_by_link(town: Town) -> Deed:
    case_id = town.case()
    item = town.hall.referral(case_id, "A14").id
    path = address(town.hall, case=case_id, referral=item)
    return by_link(town, path, typed={"answer": "accepted"}, wrong={"answer": ""})


def test_an_answer_by_link_that_is_sent_again_is_saved_once_and_shown(
    any_hall: TownHall, replica: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the same moment, and afterwards; what was written otherwise since is not lost: the form
    says that one was saved, or the page which, and how it is changed."""
    town = Town(any_hall)
    other = web_app(replica, town=True, **WITH_SLACK)
    for make in (dates_by_link, attendance_by_link, reply_by_link):
        deed = make(town)
        form = deed.form()
        wrong = deed.seat.post(deed.address, filled_in(form, deed.wrong or {}))
        assert wrong.status_code == 422
        assert form_of(wrong.text, deed.address).fields["once"] == form.fields["once"]
        sent, twin = filled_in(form, deed.typed), another_seat(deed.seat, other)
        with watched(monkeypatch) as carried:
            with carried.at_once():
                answers = both_at_once(
                    [partial(seat.post, deed.address, sent) for seat in (deed.seat, twin)]
                )
            assert {a.location for a in answers} == {f"{deed.address}?done=1"}
            after = rows(any_hall)
            again = deed.seat.post(deed.address, sent)
            assert again.location == f"{deed.address}?done=1"
            assert deed.seat.get(again.location).status_code == 200
            odd = deed.seat.post(deed.address, {**sent, "who": "別の者", "comes": "no"})
            assert rows(any_hall) == after
            assert len(carried.names) == 1
        if make is reply_by_link:
            assert "お電話で" in odd.text
        else:
            assert "まだ保存していません" in odd.text
            assert form_of(odd.text, deed.address).fields["once"] != form.fields["once"]


# -- how long a form's token lives -----------------------------------------------------------------


def test_two_tabs_with_the_same_form_are_two_deeds(hall: TownHall) -> None:
    """Whoever opened the page twice means two meetings; who sends one page twice means one, and
    where they wrote something else into it, may send that as another."""
    town = Town(hall)
    first, second = (DEEDS["convening.convene"](town) for _ in range(2))
    sent = filled_in(first.form(), first.typed)
    made = {
        first.seat.post(d.address, filled_in(d.form(), d.typed)).location for d in (first, second)
    }
    assert len(made) == 2
    page = first.seat.post(first.address, {**sent, "place": "別の会場"})
    assert OTHERWISE in page.text
    another = form_of(page.text, first.address)
    assert another.fields["place"] == ["別の会場"]
    looked = first.seat.post(first.address, another.fields)
    while looked.status_code == 200:  # the meetings that there are by now are looked at
        looked = first.seat.post(first.address, form_of(looked.text, first.address).fields)
    assert looked.location not in made
    assert len(hall.case_ids()) == 2


def test_keeping_a_draft_is_not_the_deed_of_its_form(hall: TownHall) -> None:
    """Kept twice it is one draft; from the page before it, it is sent all the same, and it ends."""
    town = Town(hall)
    seat = town.seat(COORDINATOR)
    form = form_of(seat.text("/cases/new"), "/cases/new")
    kept = filled_in(form, {**SHEET, "save_draft": "1"})
    assert {seat.post("/cases/new", kept).location for _ in range(2)} == {
        f"/cases/new?draft={form.fields['draft_id'][0]}"
    }
    assert rows(hall)["drafts"] == 1
    assert seat.post("/cases/new", filled_in(form, SHEET)).location == "/cases/R8-0001"
    assert rows(hall)["drafts"] == 0


def test_a_form_of_another_person_does_nothing_and_tells_nothing(hall: TownHall) -> None:
    """Neither before it was sent, nor afterwards: what it led to is theirs."""
    town = Town(hall)
    deed = DEEDS["sheet.send"](town)
    sent = filled_in(deed.form(), deed.typed)
    with deed.seat.client.session_transaction(base_url="http://localhost") as session:
        session["person"] = ELDERLY
    before = rows(hall)
    assert deed.seat.post(deed.address, sent).status_code == 403
    assert rows(hall) == before
    with deed.seat.client.session_transaction(base_url="http://localhost") as session:
        session["person"] = COORDINATOR
    assert deed.seat.post(deed.address, sent).status_code == 302
    with deed.seat.client.session_transaction(base_url="http://localhost") as session:
        session["person"] = OUTSIDER
    answer = deed.seat.post(deed.address, sent)
    assert (answer.status_code, SAID_AGAIN in answer.text) == (403, False)


def test_a_tab_of_the_day_before_loses_nothing_and_does_nothing_twice(hall: TownHall) -> None:
    """The session has ended, its member comes in again in the same browser: what lies open goes
    along in one press; what was sent yesterday leads to what was done."""
    town = Town(hall)
    seat = town.signed_in(COORDINATOR)
    done, open_ = (form_of(seat.text("/cases/new"), "/cases/new") for _ in range(2))
    first = filled_in(done, SHEET)
    assert seat.post("/cases/new", first).location == "/cases/R8-0001"
    hall.clock.move(days=1)
    assert seat.post("/cases/new", first).status_code == 401
    seat.sign_in(hall, COORDINATOR)
    assert seat.post("/cases/new", first).location == "/cases/R8-0001"
    stale = seat.post("/cases/new", filled_in(open_, {**SHEET, "summary": "昨日の続きです。"}))
    assert stale.status_code == 400
    kept = form_of(stale.text, "/cases/new")
    assert kept.fields["summary"] == ["昨日の続きです。"]
    assert seat.post("/cases/new", kept.fields).location == "/cases/R8-0002"
    assert hall.numbers() == ["R8-0001", "R8-0002"]
    other = TownSeat(town.signed_in_app)
    other.sign_in(hall, CLERK)
    answer = other.post("/cases/new", filled_in(open_, SHEET))
    assert (answer.status_code, "昨日の続き" in answer.text, REQUEST in answer.text) == (
        400,
        False,
        False,
    )


def not_at_first(find: Callable[[], HandledEvent | None]) -> Callable[[], HandledEvent | None]:
    """Finds nothing the first time."""
    looks: list[HandledEvent | None] = [None]

    def look() -> HandledEvent | None:
        return looks.pop() if looks else find()

    return look


def test_what_was_done_while_it_was_looked_at_leads_there_too(
    hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same form at the same moment: when the second is looked at first, the other one is not
    done yet; then what else is looked at knows the meeting, or the closed case."""
    town = Town(hall)
    for name in ("convening.convene", "followups.end"):
        deed = DEEDS[name](town)
        sent = filled_in(deed.form(), deed.typed)
        assert deed.seat.post(deed.address, sent).status_code == 302
        with monkeypatch.context() as patch:
            patch.setattr(sent_before, "find_earlier", not_at_first(sent_before.find_earlier))
            again = deed.seat.post(deed.address, sent)
        assert again.status_code == 303, name
        assert SAID_AGAIN in deed.seat.text(again.location)
