"""Scenario B over three ways: who has what, what must never be said aloud, and how one gets where.

子ども家庭課 and the health nurse have Slack, 社協 and the livelihood desk LINE WORKS; the schools,
their social worker and the day service have nothing but an address for mail.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from tests.lineworks.person import Person
from tests.stories.mixed_town import MixedTown
from tests.stories.plain_browser import PlainBrowser
from tests.stories.slack_story import Story, text_of
from tests.support.mail import text_of as plain
from tests.support.people import LIVELIHOOD, MANAGER, OTHER_COORDINATOR, SSW
from tests.support.web import TOWN
from workflows.japanese.dates import TOKYO, show_short, show_time
from workflows.model.meeting import Meeting

NUMBER = "R8-0001"
CHILDREN, HEALTH, SCHOOLS_OFFICE, COUNCIL, SCHOOL = AGENCIES = ("A04", "A06", "A10", "A13", "A27")
DAY_SERVICE = "A35"
COUNTER, CHAIR, NURSE = "M09", "M10", "M12"
CARER, CARERS_MANAGER = "M21", "M25"
TEACHER, TRAINER = "M40", "M48"
IN_SLACK = (COUNTER, CHAIR, NURSE, OTHER_COORDINATOR, MANAGER)
IN_LINEWORKS = (CARER, CARERS_MANAGER, LIVELIHOOD)
BY_MAIL = (TEACHER, TRAINER, SSW)

NAME, KANA = "朧月かの子", "おぼろづき　かのこ"
SUMMARY = "中学生の長女が家事と妹の世話をして、授業中に眠ってしまう。"
MOTHER = "パート勤め。家計のやりくりに困っている。"
REQUEST = "個別ケース検討会議を開いてください。"
DECISION = "家計の見直しを社協と保健師が手伝う。"
FACTS = "妹は療育手帳の申請を待っている。"
TRAINING = "療育と生活の訓練"
TASKS = {
    COUNCIL: ("家計簿を一緒につける", "令和9年1月15日"),
    HEALTH: ("隔週の訪問と次女の助言", "令和9年1月15日"),
    SCHOOLS_OFFICE: ("長女に寄り添う", "令和9年1月29日"),
    DAY_SERVICE: (TRAINING, "令和9年1月29日"),
}
WHAT_CHATS_GET = "役割の分担と次の日を決めました。"
REASON = "家計の支援を早く加えるため。"
OUTCOME = "弁当を二人分にした。"
# Said by somebody to the bot, or written on a page: none of it is ever in a message or a log.
PLANTED = (
    *(NAME, "朧月", "かの子", "おぼろづき", "オボロヅキ"),
    *(SUMMARY, "眠って", MOTHER, "パート勤め", REQUEST, DECISION, "家計の見直し"),
    *(FACTS, "療育手帳", REASON, TRAINING, *(task for task, _ in TASKS.values()), OUTCOME, "弁当"),
)
COMMENT = "定期考査の午後は出られます。"
STANDS, PLAN = "の回答状況*", "の予定*"  # the cards in Slack of who runs the meeting
POST = "chat.postMessage"

# What stands on top of a notice, and by which way it comes to whom: once, and to nobody else.
REFERRED = f"{NUMBER} つなぎの依頼です"
ASKED = "個別ケース検討会議の日程をお尋ねします"
FIXED = "個別ケース検討会議の日程が決まりました"
SOON = "個別ケース検討会議が近づいています"
POSTED = "個別ケース検討会議の記録が確定しました"
GIVEN = f"{NUMBER} 役割をお願いします"
LOOK_AGAIN = f"{NUMBER} 見守りの確認をお願いします"
THERE = {CARER: "lineworks", COUNTER: "slack", NURSE: "slack", TEACHER: "mail", SSW: "mail"}
TO_DO = {CARER: "lineworks", NURSE: "slack", SSW: "mail", TRAINER: "mail"}
EACH_ONCE = {
    REFERRED: {CARER: "lineworks", COUNTER: "slack", TRAINER: "mail"},
    ASKED: THERE,
    FIXED: {**THERE, CHAIR: "slack"},
    SOON: {**THERE, CHAIR: "slack"},
    POSTED: {**THERE, CHAIR: "slack"},
    GIVEN: TO_DO,
    LOOK_AGAIN: {CARER: "lineworks"},
}


@dataclass
class MixedStory:
    """One town, its people, and the browser of each of them."""

    town: MixedTown
    slack: Story
    # Keeps how the newest messages in somebody's LINE WORKS look, so many of them.
    picture: Callable[[Person, str, int], None] = lambda person, name, newest: None
    _pages: dict[str, PlainBrowser] = field(default_factory=dict)

    def until(self, at: datetime) -> None:
        """Time goes on to this moment; what is due is done."""
        self.town.slack.clock.at = at
        self.town.tick()

    # -- how one gets where -----------------------------------------------------------------------

    def page(self, member_id: str) -> PlainBrowser:
        """This person's browser; without a script, and whether they are signed in or not."""
        if member_id not in self._pages:
            self._pages[member_id] = PlainBrowser(self.town.app, f"198.51.100.{member_id[1:]}")
        return self._pages[member_id]

    def by_mail(self, member_id: str, path: str) -> PlainBrowser:
        """To a page of the pages, with a link asked for and sent by mail where one is not in."""
        page = self.page(member_id)
        if page.look(path) is not HTTPStatus.UNAUTHORIZED:
            return page
        page.follow("ログインの画面へ")
        page.fill({"who": address_of(member_id)})
        assert "メールで送りました" in page.press("リンクを送る")
        self.town.tick()
        page.open(self.link(member_id, "ログインのリンク", "/sign-in/"))
        page.press("ログインする")
        return page

    def by_lineworks(self, member_id: str, button: str) -> PlainBrowser:
        """Press a button in LINE WORKS that brings a link, and go in by it."""
        person = self.town.lineworks.person(member_id)
        person.press(button)
        page = self.page(member_id)
        page.open(person.press("画面を開く"))
        if "ログインする" in page.buttons:  # not in already
            page.press("ログインする")
        return page

    def link(self, member_id: str, title: str, begins: str) -> str:
        """The path of the first link of that kind, in the newest mail with this title."""
        mail = plain(self.town.mails(member_id, title)[-1])
        found = re.search(rf"^{TOWN}({begins}\S+)$", mail, re.MULTILINE)
        assert found, mail
        return found[1]

    def mail(self, member_id: str, title: str) -> str:
        """The one mail with these words on top, as plain text."""
        (mail,) = self.town.mails(member_id, title)
        return plain(mail)

    # -- what one is told -------------------------------------------------------------------------

    def told(self, member_id: str, title: str) -> list[str]:
        """By which ways a notice with this on top came to somebody, as often as it did."""
        dm = self.slack.person(member_id).dm_id
        slack = [text_of(c.args) for c in self.town.slack.slack.called(POST, channel=dm)]
        lineworks = self.town.lineworks.person(member_id).messages()
        bot = [str(one.content) for one in lineworks if one.by == "bot"]
        ways: dict[str, Sequence[object]] = {
            "slack": [said for said in slack if title in said.split("\n")[0]],
            "lineworks": [said for said in bot if title in said],
            "mail": self.town.mails(member_id, title),
        }
        return [way for way, found in ways.items() for _ in found]

    # -- how the one meeting stands ---------------------------------------------------------------

    def meeting(self) -> Meeting:
        """The one that was called first."""
        case = self.slack.case()
        return self.town.slack.meeting([*case.past_meeting_ids, *case.live_meeting_ids][0])

    def said(self, agency: str) -> list[str]:
        """What an agency said, in the order of the dates."""
        return self.town.lineworks.said_of_dates(self.meeting().id, agency)

    def agency(self, agency_id: str) -> str:
        return self.town.slack.agency_name(agency_id)

    def second_date(self) -> str:
        """As cards in Slack write it."""
        at = self.meeting().slots[1].starts_at.astimezone(TOKYO)
        return f"{show_short(at.date())}{show_time(at.time())}"


def address_of(member_id: str) -> str:
    return f"{member_id.lower()}@example.jp"
