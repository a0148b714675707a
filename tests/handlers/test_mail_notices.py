"""Notices by mail to who has no chat: which ones, where their buttons lead, text and HTML alike."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from handlers.delivery.channel_states import NEWS_AFTER
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Channel, Result, SendOutcome
from handlers.mail.folder import FolderPost
from handlers.mail.smtp import SmtpPost
from handlers.settings.sign_in import MailServer
from handlers.web.server.navigation import link
from handlers.words.calendar_file import calendar_file
from handlers.words.notice_heads import MAILED
from handlers.words.texts import load_texts
from storage.tables import outbox
from tests.support.clock import START
from tests.support.largest_notice import largest
from tests.support.mail import (
    PASSWORD,
    USER,
    Certificate,
    Office,
    certificate,
    closed_desk,
    html_of,
    mail_office,
    mail_way,
    read_mail,
    text_of,
)
from tests.support.people import ADMINISTRATOR, COORDINATOR, DISABILITY, ELDERLY, MANAGER
from tests.support.planted import PLANTED
from tests.support.product import free_port
from tests.support.town import TownHall
from workflows.cases.reply_links import SendReplyLinkAgain
from workflows.chat.accounts import LINKED
from workflows.core.permissions import Caller
from workflows.core.ports import Account
from workflows.delivery.receiver import Receiver
from workflows.meetings.answer_views import GetAppointment
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import MoveMeeting
from workflows.meetings.run import UninviteAgency
from workflows.model.card import Card, CardButton
from workflows.model.notice import Notice
from workflows.outside.answer_links import AnswerLinkState, GetAnswerTarget, SendDatesLinkAgain

TOWN = "https://town.example.jp"
TO = "m26@example.jp"
TEXTS = load_texts(None)


@dataclass
class Bag:
    """Takes every mail and keeps it as it would cross the wire, or says no as it is told."""

    results: list[Result] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    def take(self, mail: EmailMessage, now: datetime) -> Result:
        result = self.results.pop(0) if self.results else Result(SendOutcome.SENT)
        if result.outcome is SendOutcome.SENT:
            self.mails.append(mail.as_bytes())
        return result

    def to(self, address: str) -> list[bytes]:
        return [mail for mail in self.mails if read_mail(mail)["To"] == address]

    def about(self, words: str) -> bytes:
        (found,) = [mail for mail in self.mails if words in str(read_mail(mail)["Subject"])]
        return found


def drain(hall: TownHall, bag: Bag | SmtpPost | FolderPost, *onward: str) -> None:
    ways = {"mail": mail_way(hall.desk, bag, TOWN)}
    OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox(onward, MAILED), ways).drain()


def linked(hall: TownHall, member_id: str, platform: str) -> None:
    account = Account(platform, "U" + member_id, member_id, LINKED, "名", hall.clock.at, "")
    with hall.database.open() as unit:
        unit.accounts.save(account)
        unit.commit()


def rows(hall: TownHall, key: str) -> list[tuple[str, str, str]]:
    """Way, state and error of what was told by this key."""
    with hall.database.engine.connect() as connection:
        found = connection.execute(outbox.select().where(outbox.c.key == key)).all()
    return [(row.via, row.state, row.error) for row in found]


def links_in(text: str) -> list[str]:
    return re.findall(rf"^{TOWN}(/\S+)$", text, re.MULTILINE)


# -- who gets one ---------------------------------------------------------------------------------


def test_who_has_no_chat_is_reached_by_mail_once(any_hall: TownHall) -> None:
    """In the inbox as everybody, and by mail; drained again there is nothing more."""
    bag = Bag()
    any_hall.open_case("A14")
    for _ in range(2):
        drain(any_hall, bag)
    (mail,) = bag.to("m26@example.jp")
    assert "つなぎの依頼です" in read_mail(mail)["Subject"]
    assert [m.notice.key for m in any_hall.mail(ELDERLY)] == ["referral_asked"]
    assert sorted(rows(any_hall, "referral_asked")) == [("", "sent", ""), ("mail", "sent", "")]


def test_whatever_wants_something_of_an_agency_or_tells_it_when_goes_by_mail(
    hall: TownHall,
) -> None:
    """Who has mail alone takes part from the invitation to the follow-up, in Japanese; what only
    tells how it went stays in the inbox."""
    mailed = {
        *("dates_asked", "answer_reminder", "meeting_fixed", "meeting_moved"),
        *("meeting_cancelled", "record_posted", "referral_asked", "reply_reminder"),
        *("role_given", "follow_up_ask", "follow_up_reminder", "will_be_absent", "core_desk"),
    }
    with hall.database.open() as unit:
        for key in sorted(mailed | {"plan_saved"}):
            facts, at = next(iter(largest(key))).facts, hall.clock.at
            unit.outbox.put(Notice(key, key, ELDERLY, dedupe_key=key, facts=facts, created_at=at))
        unit.commit()
    bag = Bag()
    drain(hall, bag)
    by_mail = [("", "sent", ""), ("mail", "sent", "")]
    assert {key: rows(hall, key) for key in mailed} == dict.fromkeys(mailed, by_mail)
    assert rows(hall, "plan_saved") == [("", "sent", "")]
    subjects = [read_mail(mail)["Subject"] for mail in bag.to("m26@example.jp")]
    assert len(subjects) == len(mailed)
    assert [one for one in subjects if not re.search(r"[ぁ-んァ-ヶ一-龥]{4}", one)] == []


def test_who_has_a_chat_gets_no_mail_while_it_is_switched_on(hall: TownHall) -> None:
    """The message there is enough; with the chat switched off the mail comes."""
    linked(hall, ELDERLY, "slack")
    bag = Bag()
    hall.open_case("A14")
    drain(hall, bag, "slack")
    assert bag.mails == []
    hall.open_case("A14", name="別の 人")
    drain(hall, bag)
    assert len(bag.to("m26@example.jp")) == 1


class Refuses:
    """A chat that takes nothing for this member: they may not use the bot there, say."""

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        return Result(SendOutcome.DEAD, "FORBIDDEN")


@pytest.mark.parametrize("platforms", [("lineworks",), ("lineworks", "slack")])
def test_whom_the_only_chat_refuses_is_reached_by_mail(
    any_hall: TownHall, platforms: tuple[str, ...]
) -> None:
    """Else nobody would tell them: they are linked, by their address, without having asked for it.
    Another chat of theirs brings it as well."""
    bag = Bag()
    for platform in platforms:
        linked(any_hall, ELDERLY, platform)
    any_hall.open_case("A14")
    chats: dict[str, Channel] = {"lineworks": Refuses(), "slack": Refuses()}
    ways = chats | {"mail": mail_way(any_hall.desk, bag, TOWN)}
    inbox = Inbox(("lineworks", "slack"), MAILED)
    for _ in range(2):
        OutboxSender(any_hall.database.open, any_hall.desk, TEXTS, inbox, ways).drain()
    assert len(bag.to(TO)) == (len(platforms) == 1)
    by_mail = [row for row in rows(any_hall, "referral_asked") if row[0] == "mail"]
    assert by_mail == [("mail", "sent", "")][: len(bag.to(TO))]


def test_who_has_no_address_reads_it_in_the_inbox(hall: TownHall) -> None:
    """Nothing is put on a way that leads nowhere."""
    with hall.database.open() as unit:
        member = unit.directory.member(ELDERLY)
        assert member is not None
        unit.directory.save_members([replace(member, email="")])
        unit.commit()
    hall.open_case("A14")
    drain(hall, Bag())
    assert rows(hall, "referral_asked") == [("", "sent", "")]


def test_news_after_which_nobody_must_act_stay_in_the_inbox(hall: TownHall) -> None:
    """What was answered is read on the page; what is asked comes by mail."""
    case_id, bag = hall.open_case("A14"), Bag()
    hall.reply(case_id, "A14", by=ELDERLY)
    drain(hall, bag)
    assert "referral_replied" not in MAILED
    assert rows(hall, "referral_replied") == [("", "sent", "")]


# -- where the buttons lead -----------------------------------------------------------------------


def test_dates_are_answered_by_a_link_of_ones_own(hall: TownHall) -> None:
    """The first button needs no signing in, the others lead to the pages; a reminder has the
    same link, another reader another one."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    bag = Bag()
    drain(hall, bag)
    mine = [text_of(m) for m in bag.to("m26@example.jp") if "日程を答える" in text_of(m)]
    (answer, meeting) = links_in(mine[0])
    assert meeting == f"/meetings/{meeting_id}"
    way = hall.desk.ask(GetAnswerTarget(answer.removeprefix("/a/")), Caller.DOOR)
    assert (way.state, way.member_id, way.meeting_id) == (
        AnswerLinkState.READY,
        ELDERLY,
        meeting_id,
    )
    hall.clock.move(days=10)  # a Monday, past the day by which an answer was asked for
    hall.keep_promises()
    drain(hall, bag)
    asked = [m for m in bag.mails if "日程を答える" in text_of(m)]
    by_reader: dict[str, set[str]] = {}
    for mail in asked:
        by_reader.setdefault(read_mail(mail)["To"], set()).add(links_in(text_of(mail))[0])
    assert len(asked) > len(by_reader) > 1
    assert by_reader["m26@example.jp"] == {answer}
    assert all(len(links) == 1 for links in by_reader.values())
    assert len(set.union(*by_reader.values())) == len(by_reader)


def test_which_dates_are_asked_about_stands_in_the_mail(hall: TownHall) -> None:
    """One looks into one's calendar before the link is opened."""
    hall.convene(hall.open_case("A14"), days_ahead=(26, 20, 21, 22, 25, 24, 23))
    bag = Bag()
    drain(hall, bag)
    mine = [text_of(m) for m in bag.to("m26@example.jp") if "日程を答える" in text_of(m)]
    assert "候補日：7件　12/10（木）午後2時、12/11（金）午後2時、" in mine[0]
    assert "12/15（火）午後2時ほか1件" in mine[0]


def test_whether_one_comes_is_told_by_the_same_link(hall: TownHall) -> None:
    """Once a date is fixed, after it was moved, and when one is reminded."""
    meeting_id = hall.convene(hall.open_case("A14"), days_ahead=(40,))
    bag = Bag()
    drain(hall, bag)
    (asks,) = [m for m in bag.to("m26@example.jp") if "日程を答える" in text_of(m)]
    poll = links_in(text_of(asks))[0]

    def asked() -> set[str]:
        bag.mails.clear()
        drain(hall, bag)
        mine = [text_of(mail) for mail in bag.to("m26@example.jp")]
        return {links_in(text)[0] for text in mine if "出欠を答える" in text}

    hall.fix(meeting_id, reason="急ぐため。")
    assert asked() == {poll}
    day = f"{hall.in_days(38):%Y-%m-%d}"
    hall.desk.handle(MoveMeeting(meeting_id, day, "15:00", "都合のため。"), COORDINATOR)
    assert asked() == {poll}
    hall.clock.move(days=28)
    hall.keep_promises()
    assert asked() == {poll}


def test_a_referral_is_replied_to_by_a_link(hall: TownHall) -> None:
    """It names the referral; the case itself is opened after signing in."""
    case_id, bag = hall.open_case("A14"), Bag()
    drain(hall, bag)
    reply, case = links_in(text_of(bag.to("m26@example.jp")[0]))
    way = hall.desk.ask(GetAnswerTarget(reply.removeprefix("/a/")), Caller.DOOR)
    assert (way.case_id, way.item) == (case_id, hall.referral(case_id, "A14").id)
    assert case == "/cases/R8-0001"


def test_a_restricted_case_is_replied_to_after_signing_in(hall: TownHall) -> None:
    """No link is made: a page that may show nothing of it is no help."""
    case_id = hall.open_case("A14", danger="yes")
    bag = Bag()
    drain(hall, bag)
    (mail,) = bag.to("m26@example.jp")
    item = hall.referral(case_id, "A14").id
    assert links_in(text_of(mail))[0] == f"/cases/R8-0001/referrals/{item}/reply"


def test_a_link_that_is_sent_again_replaces_the_older_one(hall: TownHall) -> None:
    """By mail alone, also to who has a chat: what was asked for there was a mail."""
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    bag = Bag()
    drain(hall, bag)
    (asked,) = [m for m in bag.to("m26@example.jp") if "日程を答える" in text_of(m)]
    old = links_in(text_of(asked))[0].removeprefix("/a/")
    linked(hall, ELDERLY, "slack")
    hall.desk.handle(SendDatesLinkAgain(meeting_id, "A14"), COORDINATOR)
    drain(hall, bag, "slack")
    sent = bag.about("回答用リンク")
    assert (
        "R8-0001" in read_mail(sent)["Subject"]
    )  # who is asked for several meetings sees which one it is
    new = links_in(text_of(sent))[0].removeprefix("/a/")
    assert hall.desk.ask(GetAnswerTarget(old), Caller.DOOR).state is AnswerLinkState.REVOKED
    assert hall.desk.ask(GetAnswerTarget(new), Caller.DOOR).state is AnswerLinkState.READY
    for said in (text_of(sent), html_of(sent)):  # a mail read as text has links alone
        assert "下のリンクから" in said
        assert "ボタン" not in said


def test_a_link_to_a_referral_that_is_sent_again_leads_to_the_reply(hall: TownHall) -> None:
    """In place of the older one, and with nothing of the case but its number."""
    case_id = hall.open_case("A14", **PLANTED[0].sheet)
    bag = Bag()
    drain(hall, bag)
    (asked,) = bag.to("m26@example.jp")
    old = links_in(text_of(asked))[0].removeprefix("/a/")
    referral = hall.referral(case_id, "A14").id
    hall.desk.handle(SendReplyLinkAgain(case_id, referral), COORDINATOR)
    drain(hall, bag)
    mail = bag.about("返信用のリンク")
    new = links_in(text_of(mail))[0].removeprefix("/a/")
    assert hall.desk.ask(GetAnswerTarget(old), Caller.DOOR).state is AnswerLinkState.REVOKED
    assert hall.desk.ask(GetAnswerTarget(new), Caller.DOOR).item == referral
    assert not [p for p in PLANTED[0].sheet.values() if str(p) in text_of(mail) + html_of(mail)]


def test_a_link_to_a_referral_is_not_sent_once_it_was_replied_to(hall: TownHall) -> None:
    """The reply came between asking for the mail and its going."""
    case_id = hall.open_case("A14")
    bag = Bag()
    drain(hall, bag)
    hall.desk.handle(SendReplyLinkAgain(case_id, hall.referral(case_id, "A14").id), COORDINATOR)
    hall.reply(case_id, "A14", by=ELDERLY)
    drain(hall, bag)
    assert {(via, error) for via, state, error in rows(hall, "reply_link") if state != "sent"} == {
        ("mail", "kept_meanwhile")
    }
    assert not [m for m in bag.mails if "返信用のリンク" in str(read_mail(m)["Subject"])]


# -- who sent it ----------------------------------------------------------------------------------


def test_a_mail_ends_with_whom_to_telephone(hall: TownHall) -> None:
    """The agency that asked, with its number, and that nobody reads an answer; who asked
    themselves is not sent to their own telephone."""
    case_id, bag = hall.open_case("A14"), Bag()
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    drain(hall, bag)
    with hall.database.open() as unit:
        asked_by = unit.directory.agency("A13")
    assert asked_by is not None
    assert asked_by.phone
    whom = f"ご不明なときは、{asked_by.name}（電話 {asked_by.phone}）へお尋ねください。"
    mine = bag.to("m26@example.jp")
    assert len(mine) == 2
    for mail in mine:
        assert whom in text_of(mail)
        assert whom in html_of(mail)
        assert (
            text_of(mail)
            .rstrip()
            .endswith(
                "このメールへの返信は、どなたにも届きません。お答えは、上のリンクからお願いします。"
            )
        )
    (own,) = bag.to(f"{COORDINATOR.lower()}@example.jp")
    assert "ご不明なときは" not in text_of(own)
    bag.mails.clear()
    hall.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    drain(hall, bag)
    assert whom in text_of(bag.about("ご出席は不要"))


def test_a_mail_about_a_restricted_case_does_not_say_who_asked(hall: TownHall) -> None:
    """Which agency deals with it is part of what is hidden."""
    hall.open_case("A14", danger="yes")
    bag = Bag()
    drain(hall, bag)
    (mail,) = bag.to("m26@example.jp")
    assert "ご不明なときは" not in text_of(mail)
    assert "ご不明なときは" not in html_of(mail)


def test_a_subject_says_what_when_and_about_which_case(hall: TownHall) -> None:
    """For a reader with a hundred mails: what is to be done, by when, or on what day one must be
    there. A reminder names its own day, not the one by which the dates were to be answered."""
    bag = Bag()
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    drain(hall, bag)
    hall.clock.move(days=10)  # past the days by which the agency was to answer
    hall.keep_promises()
    drain(hall, bag)
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    for _ in range(12):
        hall.clock.move(days=1)
        hall.keep_promises()
        drain(hall, bag)
    subjects = {str(read_mail(mail)["Subject"]) for mail in bag.mails}
    assert {
        "【つなぐボット】R8-0001 つなぎの依頼です 11/26（木）まで",
        "【つなぐボット】R8-0001 返信の期限を過ぎています 期限11/26（木）",
        "【つなぐボット】支援会議の日程をお尋ねします 11/27（金）まで R8-0001",
        "【つなぐボット】支援会議の日程の回答をお願いします 期限11/27（金） R8-0001",
        "【つなぐボット】支援会議の日程が決まりました 12/10（木）午後2時 R8-0001",
    } <= subjects
    answer_by = "11/27"
    others = [s for s in subjects if answer_by in s and "日程の回答" not in s and "お尋ね" not in s]
    assert others == []


def test_an_absence_reaches_the_organiser_by_mail_with_number_and_date(hall: TownHall) -> None:
    """A required agency does not come: which sitting, of which case, when and where."""
    bag = Bag()
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    hall.desk.handle(ConfirmAttendance(meeting_id, "A14", False), ELDERLY)
    drain(hall, bag)
    mail = bag.about("欠席の連絡がありました")
    said = text_of(mail)
    for needed in ("R8-0001", "令和8年12月10日（木）午後2時", "庁舎2階", "必須"):
        assert needed in said, needed
    assert "12/10（木）午後2時 R8-0001" in str(read_mail(mail)["Subject"])


def test_a_mail_names_the_town_that_sends_it(hall: TownHall) -> None:
    """An agency works with several towns: each mail and each calendar entry says whose it is."""
    bag = Bag()
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)
    drain(hall, bag)
    assert bag.mails
    for mail in bag.mails:
        assert "つなぎ野市" in str(read_mail(mail)["From"])


def test_a_move_names_the_date_that_was(hall: TownHall) -> None:
    """In the mail and in the entry for the calendar: which of the two is old."""
    bag = Bag()
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)
    drain(hall, bag)  # that date is known before it is moved
    hall.desk.handle(
        MoveMeeting(meeting_id, "令和8年12月16日", "10:00", "会場の都合。"), COORDINATOR
    )
    drain(hall, bag)
    (mail, *_) = [m for m in bag.mails if "日時が変わりました" in str(read_mail(m)["Subject"])]
    said = text_of(mail)
    assert "変わる前：令和8年12月10日（木）午後2時" in said
    assert "新しい日時：令和8年12月16日（水）午前10時" in said
    seen = hall.desk.ask(GetAppointment(meeting_id), ELDERLY)
    assert seen is not None
    file = calendar_file(seen, "bot@town.example.jp", TEXTS, hall.clock.at).decode()
    assert "12月10日" in file.replace("\r\n ", "")


def test_the_mails_of_a_meeting_are_one_thread(hall: TownHall) -> None:
    """In programs that sort by References; a mail about a case alone belongs to none."""
    case_id, bag = hall.open_case("A14"), Bag()
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    drain(hall, bag)
    threads = {
        str(read_mail(m)["Subject"]).split()[0]: read_mail(m)["References"]
        for m in bag.to("m26@example.jp")
    }
    thread = f"<meeting-{meeting_id}@town.example.jp>"
    assert threads["【つなぐボット】支援会議の日程が決まりました"] == thread
    assert threads["【つなぐボット】R8-0001"] is None


# -- what it says ---------------------------------------------------------------------------------


class Page(HTMLParser):
    """What stands in an HTML mail: its words, links, and everything it would load or run."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self._href = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._href = dict(attrs).get("href") or self._href

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.words.append(words)
            if self._href:
                self.links.append((words, self._href))
        self._href = ""


# Of a table that only lays out, as Word (in Outlook) takes it. No colours: without styles a button
# would be left blue on blue.
LAYOUT = {"role", "width", "cellpadding", "cellspacing", "border", "align"}
ATTRIBUTES = LAYOUT | {"lang", "charset", "name", "content", "style", "href"}


def _spoken(text: str) -> str:
    """The words of a plain mail as the HTML has them: there a heading stands over its fact, and an
    address behind its button."""
    without = (line for line in text.splitlines() if not line.startswith(TOWN))
    joined = (re.sub(r"^([^：。]+)：", r"\1", line) for line in without)
    return "".join(" ".join(line.split()) for line in joined)


@pytest.mark.parametrize("key", sorted(MAILED | {"answer_link", "reply_link", "sign_in_link"}))
def test_text_and_html_say_the_same_and_load_nothing(key: str) -> None:
    """Every message at its largest: the same words in the same order, and one address for each
    button; no image, style sheet, script or form."""
    bag = Bag()
    receiver = Receiver("M26", "日向坂 ゆるり", "m26@example.jp")
    way = mail_way(closed_desk(), bag, TOWN)
    for notice in largest(key):
        card = TEXTS.card(notice)
        # About no meeting and no case of this town: every button leads to the pages.
        about_none = replace(notice, meeting_id=None, case_id=None)
        assert way.send(receiver, about_none, card, START, 1).outcome is SendOutcome.SENT
        content = bag.mails[-1]
        text, page = text_of(content), Page(html_of(content))
        assert "".join(page.words[1:]) == _spoken(text)  # the first is the window's title
        assert page.words[0] == card.title
        assert [label for label, _ in page.links] == [a.label for a in card.actions]
        assert [href for _, href in page.links] == [TOWN + link(a) for a in card.actions]
        assert not set(page.tags) & {"img", "script", "style", "form", "iframe", "object"}
        assert "link" not in page.tags
        assert page.attributes <= ATTRIBUTES
        assert not [w for w in ("url(", "flex", "grid") if w in html_of(content)]
        assert '<html lang="ja">' in html_of(content)


def test_a_mail_fits_a_small_phone(browser: Browser) -> None:
    """At its largest, 320 pixels wide: nothing runs out at the side, also where styles are taken
    away, and each button is tall enough for a thumb."""
    bag = Bag()
    way = mail_way(closed_desk(), bag, TOWN)
    window = browser.new_page(viewport={"width": 320, "height": 640})
    for key in ("record_posted", "referral_asked", "weekly_digest"):
        notice = replace(next(largest(key)), meeting_id=None, case_id=None)
        way.send(Receiver("M26", "名" * 40, TO), notice, TEXTS.card(notice), START, 1)
        html = html_of(bag.mails[-1])
        for shown in (html, re.sub(r' style="[^"]*"', "", html)):
            window.set_content(shown)
            assert window.evaluate("document.documentElement.scrollWidth") == 320
        window.set_content(html)
        boxes = [one.bounding_box() for one in window.get_by_role("link").all()]
        assert boxes
        assert all(box and box["height"] >= 44 and box["width"] > 240 for box in boxes)
    window.close()


def test_what_looks_like_markup_stays_words() -> None:
    """In a place, a name or a label: HTML shows it, nothing obeys it."""
    bag = Bag()
    nasty = '<img src=x onerror="alert(1)"> & "おわり"'
    card = Card(nasty, nasty, ((nasty, nasty),), (CardButton(nasty, "directory", ""),))
    receiver = Receiver("M26", nasty, "m26@example.jp")
    notice = next(largest("weekly_digest"))
    way = mail_way(closed_desk(), bag, TOWN)
    way.send(receiver, replace(notice, meeting_id=None), card, START, 1)
    page = Page(html_of(bag.mails[0]))
    assert "img" not in page.tags
    assert "onerror" not in page.attributes
    assert page.words.count(nasty) == 6  # title twice, body, fact, and the label
    assert nasty in text_of(bag.mails[0])


def test_no_mail_names_the_person_of_a_case(hall: TownHall) -> None:
    """Neither text, HTML, subject nor calendar; what somebody typed into a place is masked in
    each of them, because the guard looks at the card before it is a mail."""
    bag = Bag()
    planted = PLANTED[0]
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, required=("A13", "A14"), place="花子さん宅 2階")
    drain(hall, bag)
    bag.mails.clear()  # what went before anybody knew the name
    hall.edit(case_id, **planted.sheet)
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        hall.answer(meeting_id, agency, by=who)
    hall.fix(meeting_id)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hall.clock.move(days=9)
    hall.keep_promises()
    drain(hall, bag)
    fixed = bag.to("m26@example.jp")
    assert any("■■" in html_of(mail) for mail in fixed)
    shown = ""
    for content in bag.mails:
        mail = read_mail(content)
        parts = [p.get_content() for p in mail.walk() if not p.is_multipart()]
        parts = [p.decode() if isinstance(p, bytes) else p for p in parts]
        shown += "\n".join([str(mail.items()), *parts]).replace("\r\n ", "")
    assert len(bag.mails) > 2
    names = [w for w in (*planted.written, planted.sheet["name"]) if w in shown]
    assert names == []


def test_in_local_mode_a_mail_is_a_file_that_any_program_opens(
    hall: TownHall, tmp_path: Path
) -> None:
    """Both ways of showing it are in the file."""
    hall.open_case("A14")
    drain(hall, FolderPost(tmp_path / "mail"))
    content = next((tmp_path / "mail").glob("*.eml")).read_bytes()
    assert "つなぎの依頼です" in html_of(content)
    assert "返信する" in text_of(content)


# -- what keeps it from going ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


def told(hall: TownHall, member_id: str, key: str) -> list[str]:
    drain(hall, Bag())
    return [str(TEXTS.card(m.notice)) for m in hall.mail(member_id) if m.notice.key == key]


def test_a_wrong_password_keeps_all_mails_and_administrators_hear_of_it_once_a_day(
    hall: TownHall, tls: Certificate
) -> None:
    """Nothing is given up however long it lasts; told in the inbox, because mails do not go; the
    mails go by themselves once it is mended."""
    hall.open_case("A14")
    hall.open_case("A17", name="別の 人")
    office = Office()
    with mail_office(office, tls.server) as port:
        wrong = SmtpPost(MailServer("127.0.0.1", port, False, True, USER, "no"), tls.client)
        for _ in range(20):
            drain(hall, wrong)
            hall.clock.move(hours=1)
        assert office.taken == []
        assert {state for via, state, _ in rows(hall, "referral_asked") if via} == {"waiting"}
        right = SmtpPost(MailServer("127.0.0.1", port, False, True, USER, PASSWORD), tls.client)
        drain(hall, right)
    addresses = {address for envelope in office.taken for address in envelope.rcpt_tos}
    assert {"m26@example.jp", "m30@example.jp"} <= addresses
    cards = told(hall, ADMINISTRATOR, "channel_trouble")
    assert "メールでお知らせをまた送れるようになりました" in cards.pop(0)
    assert len(cards) == 2  # twenty hours from Friday on end on Saturday
    assert "ユーザー名かパスワードが違います" in cards[0]
    assert {via for via, _, _ in rows(hall, "channel_trouble")} == {""}


def test_a_server_that_is_away_for_a_moment_is_no_news(hall: TownHall) -> None:
    """After five minutes it is: administrators and coordinators hear of it."""
    hall.open_case("A14")
    away = SmtpPost(MailServer("127.0.0.1", free_port(), False, True))
    ways = {"mail": mail_way(hall.desk, away, TOWN)}
    delivery = OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox((), MAILED), ways)
    delivery.drain()
    hall.clock.move(minutes=2)
    delivery.drain()
    assert rows(hall, "channel_trouble") == []
    hall.clock.move(seconds=NEWS_AFTER.total_seconds())
    delivery.drain()
    assert {via for via, _, _ in rows(hall, "channel_trouble")} == {""}
    (card,) = told(hall, ADMINISTRATOR, "channel_trouble")
    assert "メールでお知らせを送れません" in card
    assert ("mail", "waiting", "mail_connection") in rows(hall, "referral_asked")


def test_a_refused_recipient_is_on_the_deliveries_page_and_told(
    hall: TownHall, tls: Certificate
) -> None:
    """Once a day for each reader, to the administrators; who convened is to telephone."""
    meeting_id = hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    with mail_office(Office(says={"RCPT": "550 no"}), tls.server) as port:
        post = SmtpPost(MailServer("127.0.0.1", port, False, True), tls.client)
        drain(hall, post)
    assert ("mail", "dead", "mail_recipient:550") in rows(hall, "dates_asked")
    agency = hall.agency_name("A14")
    (card,) = [c for c in told(hall, COORDINATOR, "mail_returned") if agency in c]
    assert "お電話などでお知らせください" in card
    assert meeting_id in card
    assert "0000-10-1401" in card
    mine = [c for c in told(hall, ADMINISTRATOR, "mail_returned") if agency in c]
    assert len(mine) == 1
    assert "名簿のメールアドレス" in mine[0]
    assert told(hall, MANAGER, "mail_returned") == []


def test_a_full_mailbox_is_tried_again(hall: TownHall, tls: Certificate) -> None:
    """451 is no reason to tell anybody: the mail waits and goes."""
    hall.open_case("A14")
    office = Office(says={"RCPT": "451 later"})
    with mail_office(office, tls.server) as port:
        post = SmtpPost(MailServer("127.0.0.1", port, False, True), tls.client)
        drain(hall, post)
        assert ("mail", "waiting", "mail_recipient:451") in rows(hall, "referral_asked")
        office.says.clear()
        hall.clock.move(minutes=1)
        drain(hall, post)
    assert ("mail", "sent", "") in rows(hall, "referral_asked")
    assert rows(hall, "mail_returned") == []
    assert DISABILITY not in hall.told("mail_returned")


@pytest.mark.parametrize(
    ("says", "error"),
    [({"RCPT": "452 full"}, "mail_recipient:452"), ({"DATA": "554 spam"}, "mail_content:554")],
)
def test_whatever_a_mail_died_of_is_told(
    hall: TownHall, tls: Certificate, says: dict[str, str], error: str
) -> None:
    """A mailbox that stays full until the last attempt is as good as none; a mail that is taken for
    spam reaches nobody either."""
    hall.convene(hall.open_case("A17"), required=("A13", "A14"))
    with mail_office(Office(says=says), tls.server) as port:
        post = SmtpPost(MailServer("127.0.0.1", port, False, True), tls.client)
        drain(hall, post)
        hall.clock.move(days=2)
        drain(hall, post)
        if "RCPT" in says:
            assert ("mail", "waiting", error) in rows(hall, "dates_asked"), "days are usual"
        hall.clock.move(days=2)
        drain(hall, post)
    assert ("mail", "dead", error) in rows(hall, "dates_asked")
    agency = hall.agency_name("A14")
    assert [c for c in told(hall, COORDINATOR, "mail_returned") if agency in c]
    assert [c for c in told(hall, ADMINISTRATOR, "mail_returned") if agency in c]
