"""Scenario B (ヤングケアラー) where the agencies share no tool: 学校 has mail and the answer page,
社協 LINE WORKS, 役場 Slack. They are asked, answer and meet in one poll."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.slack.filling import put
from tests.slack.product import CHANNEL, user_of
from tests.stories.mixed_town import MixedTown, mixed_town
from tests.stories.slack_story import Story, card_about, card_with, text_of
from tests.support.hands import consented
from tests.support.mail import read_mail
from tests.support.mail import text_of as plain
from tests.support.people import CHAIR, OTHER_COORDINATOR, SSW
from tests.support.rfc5545 import moment, read_calendar
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat
from workflows.dates import TOKYO, show_short, show_time
from workflows.meetings.model import Meeting

NUMBER = "R8-0001"
NAME, KANA = "朧月かの子", "おぼろづき　かのこ"
SUMMARY = "中学生の長女が家事と妹の世話をして、授業中に眠ってしまう。"
REQUEST = "個別ケース検討会議を開いてください。"
PLANTED = (NAME, KANA, SUMMARY, REQUEST, "朧月", "かの子", "おぼろづき", "オボロヅキ", "眠って")
ORGANISER, OFFICE, COUNCIL, SCHOOL = OTHER_COORDINATOR, "M09", "M21", "M40"
AGENCIES = ("A04", "A13", "A27")
ASKED, STANDS, PLAN = "日程をお尋ね", "の回答状況*", "の予定*"
COMMENT = "定期考査の午後は出られます。"


@pytest.fixture
def town(hall: TownHall, tmp_path: Path) -> Iterator[MixedTown]:
    in_slack = (ORGANISER, OFFICE, CHAIR, SSW)
    with mixed_town(hall, tmp_path, in_slack=in_slack, in_lineworks=(COUNCIL,)) as found:
        yield found


def test_one_meeting_is_held_by_agencies_that_share_no_tool(town: MixedTown) -> None:
    """Asked, answered, fixed and confirmed by each in their own way; the organiser sees all."""
    story = Story(town.slack)
    _case(story)
    _convened(story)
    _each_is_asked_by_their_own_way(town, story)
    _school_answers_by_its_link(town, story)
    _council_answers_in_lineworks(town, story)
    _office_answers_in_slack(story)
    _organiser_sees_all_three(story)
    _fixed(story)
    _each_learns_of_the_date(town, story)
    _each_says_whether_they_come(town, story)
    _a_room_for_those_in_slack(town, story)
    _nothing_planted_left_the_house(town)


def _case(story: Story) -> None:
    """The school social worker wrote it down, and 子ども家庭課 took it."""
    case_id = story.town.open_case(
        "A04",
        by=SSW,
        request=REQUEST,
        name=NAME,
        kana=KANA,
        summary=SUMMARY,
        **consented("A01", "A04", "A10", "A13", "A27"),
    )
    story.town.reply(case_id, "A04", by=OFFICE, lead="yes")
    assert story.case().number == NUMBER


def _convened(story: Story) -> None:
    person = story.person(ORGANISER)
    person.command("/tsunagu", NUMBER)
    person.press("会議を招集する")
    put(person, {"bases": ["multi_layered"]})
    person.submit()
    put(
        person,
        {
            "required_agencies": list(AGENCIES),
            "optional_agencies": [],
            "chair": CHAIR,
            "place": "庁舎2階 第3会議室",
        },
    )
    assert "3機関にお尋ねしました" in story.hand_in(person)
    assert {i.agency_id for i in story.meeting().invites} == set(AGENCIES)


def _each_is_asked_by_their_own_way(town: MixedTown, story: Story) -> None:
    """One question each, and by no other way."""
    assert "まだ回答がありません" in text_of(card_about(story.person(OFFICE), ASKED))
    assert ASKED in town.lineworks.person(COUNCIL).screen_text()
    (mail,) = town.mails(SCHOOL, ASKED)
    assert NUMBER in plain(mail)
    assert town.mails(COUNCIL) == town.mails(OFFICE) == town.mails(ORGANISER) == []
    for member in (COUNCIL, SCHOOL):
        assert story.person(member).messages() == []
    for member in (OFFICE, SCHOOL, ORGANISER):
        assert town.lineworks.person(member).messages() == []


def _school_answers_by_its_link(town: MixedTown, story: Story) -> None:
    """From the mail to 回答を保存しました, by somebody who never signs in."""
    path = _address(town.mails(SCHOOL, ASKED)[-1], "/a/")
    seat = TownSeat(story.town.app, "198.51.100.7")
    page = seat.text(path)
    hidden = {n: unescape(v) for n, v in re.findall(r'name="(once|seen)" value="([^"]*)"', page)}
    slots = story.meeting().slots
    given = dict(zip((s.id for s in slots), ("maybe", "yes", "no", "yes", "yes"), strict=True))
    typed = {f"slot-{slot}": symbol for slot, symbol in given.items()}
    comment = {f"slot-{slots[0].id}-comment": COMMENT}
    done = seat.post(path, {**hidden, **typed, **comment}, follow=True)
    assert "<h1>回答を保存しました" in done.text
    assert _said(story, "A27") == [*given.values()]
    shown = page + done.text
    assert [word for word in PLANTED if word in shown] == []
    town.tick()
    assert "3機関のうち1機関から" in _organisers_card(story)


def _council_answers_in_lineworks(town: MixedTown, story: Story) -> None:
    """One date after the other, by a press each."""
    member = town.lineworks.person(COUNCIL)
    for label in ("○ 出席", "○ 出席", "○ 出席", "× 欠席", "○ 出席"):
        member.press(label)
    assert "すべての日にご回答いただきました" in member.screen_text()
    assert _said(story, "A13") == ["yes", "yes", "yes", "no", "yes"]
    member.say(f"{NAME}さんのことで、学校に聞きたいことがあります。")  # nothing of it comes back
    assert NAME not in str(member.last().content)
    town.tick()
    assert "3機関のうち2機関から" in _organisers_card(story)


def _office_answers_in_slack(story: Story) -> None:
    person = story.person(OFFICE)
    labels = ("× 欠席", "○ 出席", "○ 出席", "○ 出席", "△ 必要なら出席")
    for at, label in enumerate(labels):
        person.press(label, in_=card_about(person, ASKED), nth=at)
    assert _said(story, "A04") == ["no", "yes", "yes", "yes", "maybe"]
    story.town.tick()


def _organiser_sees_all_three(story: Story) -> None:
    """On the card in Slack and on the meeting's page, however each of them answered."""
    card = _organisers_card(story)
    assert "3機関すべてから回答がありました" in card
    for agency in AGENCIES:  # each of them refused one date
        assert f"× 欠席 1機関：{story.town.agency_name(agency)}（必須）" in card
    assert f"{_second_date(story)}（おすすめ）" in card
    page = story.town.web(ORGANISER).text(f"/meetings/{story.meeting().id}")
    assert "3機関のうち3機関が回答" in page
    for agency in AGENCIES:
        assert story.town.agency_name(agency) in page
    assert COMMENT in page
    assert "未回答の機関" not in page


def _fixed(story: Story) -> None:
    """The best date stands chosen: nobody refused it."""
    person = story.take_up(ORGANISER, "この日に決める")
    assert person.view is not None
    (choice,) = [label for label in person.view.inputs if "決める日" in label]
    assert person.view.inputs[choice] == f"{_second_date(story)}　○3"
    assert "3機関にお知らせします" in story.hand_in(person)
    fixed = story.meeting().fixed_slot
    assert fixed is not None
    assert fixed.id == story.meeting().slots[1].id


def _each_learns_of_the_date(town: MixedTown, story: Story) -> None:
    """A mail with an entry that another reader takes, a LINE WORKS message, a card in Slack; and
    the link by which the school answered says it as well."""
    meeting = story.meeting()
    slot = meeting.fixed_slot
    assert slot is not None
    (mail,) = town.mails(SCHOOL, "日程が決まりました")
    files = [p for p in read_mail(mail).walk() if p.get_content_type() == "application/ics"]
    raw = files[0].get_payload(decode=True)
    assert isinstance(raw, bytes)
    calendar = read_calendar(raw)
    event = calendar.named("VEVENT")
    assert calendar.only("METHOD").value == "REQUEST"
    assert event.only("UID").value == f"{meeting.id}@tsunagu"
    assert event.only("SEQUENCE").value == "0"
    assert event.only("ATTENDEE").value == f"mailto:{SCHOOL.lower()}@example.jp"
    assert moment(calendar, event.only("DTSTART")) == slot.starts_at
    assert moment(calendar, event.only("DTEND")) == slot.ends_at
    council = town.lineworks.person(COUNCIL)
    assert "日程が決まりました" in council.screen_text()
    at = slot.starts_at.astimezone(TOKYO)
    when = f"{at.month}月{at.day}日"
    card = card_with(story.person(OFFICE), "出席する")
    for told in (plain(mail), str(council.last().content), text_of(card)):
        assert when in told
    link = _address(town.mails(SCHOOL, ASKED)[-1], "/a/")
    shut = TownSeat(story.town.app).text(link)
    assert "<h1>日程が決まりました" in shut
    assert when in shut
    (entry,) = [e for e in town.lineworks.lineworks.world.events.values() if e.user == council.id]
    assert entry.component["start"]["dateTime"] == f"{slot.starts_at:%Y-%m-%dT%H:%M:%S}"
    assert town.mails(COUNCIL) == town.mails(OFFICE) == []


def _each_says_whether_they_come(town: MixedTown, story: Story) -> None:
    """The school on the page that its mail leads to, the others with one press."""
    (mail,) = town.mails(SCHOOL, "日程が決まりました")
    path = _address(mail, "/meetings/")
    assert path == f"/meetings/{story.meeting().id}/attend"
    seat = story.town.web(SCHOOL)
    assert seat.send(path, {"comes": "yes", "who": "教頭"}, page=path).status_code == 302
    council = town.lineworks.person(COUNCIL)
    council.press("出欠を答える")
    council.press("○ 出席する")
    town.tick()
    assert "出席2機関、欠席0機関、未回答1機関" in _organisers_plan(story)
    story.take_up(OFFICE, "欠席する")
    town.tick()
    plan = _organisers_plan(story)
    assert "出席2機関、欠席1機関、未回答0機関" in plan
    page = story.town.web(ORGANISER).text(f"/meetings/{story.meeting().id}")
    assert page.count("○ 出席") >= 2
    assert "教頭" in page
    assert "－ 未回答" not in page


def _a_room_for_those_in_slack(town: MixedTown, story: Story) -> None:
    """It is made for who can be in it; it keeps nobody else from the meeting."""
    story.take_up(ORGANISER, "会議の部屋をつくる")
    town.tick()
    rooms = town.slack.slack.world.channels.values()
    (room,) = [one for one in rooms if NUMBER.lower() in one.name]
    assert {user_of(member) for member in (ORGANISER, OFFICE, CHAIR)} <= set(room.members)
    assert not {user_of(member) for member in (COUNCIL, SCHOOL)} & set(room.members)
    assert town.slack.slack.messages(room.id)


def _nothing_planted_left_the_house(town: MixedTown) -> None:
    """Neither in a message, a mail, a calendar nor a room."""
    slack, lineworks = town.slack.slack, town.lineworks.lineworks
    assert slack.messages(CHANNEL)
    ways = {
        "slack": "\n".join(slack.everything_said().messages),
        "lineworks": "\n".join(lineworks.everything_said().everything()),
        "mail": town.mailed(),
    }
    for way, said in ways.items():
        assert NUMBER in said, way
        assert [word for word in PLANTED if word in said] == [], way


def _said(story: Story, agency: str) -> list[str]:
    """What an agency said, in the order of the dates."""
    meeting: Meeting = story.meeting()
    given = meeting.answers.get(agency, {})
    return [str(given[s.id].symbol) if s.id in given else "" for s in meeting.slots]


def _second_date(story: Story) -> str:
    """As cards in Slack write it."""
    at = story.meeting().slots[1].starts_at.astimezone(TOKYO)
    return f"{show_short(at.date())}{show_time(at.time())}"


def _organisers_card(story: Story) -> str:
    return text_of(card_about(story.person(ORGANISER), STANDS))


def _organisers_plan(story: Story) -> str:
    return text_of(card_about(story.person(ORGANISER), PLAN))


def _address(mail: bytes, begins: str) -> str:
    """The first link of a mail that leads there, as a path."""
    found = re.search(rf"^{TOWN}({begins}\S+)$", plain(mail), re.MULTILINE)
    assert found, plain(mail)
    return found[1]
