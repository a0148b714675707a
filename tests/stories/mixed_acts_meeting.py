"""Scenario B over three ways, its middle: one poll, one date, one record, and five agencies that
share no tool."""

from datetime import timedelta

from tests.slack.product import user_of
from tests.stories.mixed_story import (
    AGENCIES,
    ASKED,
    CARER,
    CHAIR,
    CHILDREN,
    COMMENT,
    COUNCIL,
    COUNTER,
    DAY_SERVICE,
    EACH_ONCE,
    FIXED,
    HEALTH,
    NUMBER,
    NURSE,
    PLAN,
    PLANTED,
    SCHOOL,
    SCHOOLS_OFFICE,
    SOON,
    STANDS,
    TEACHER,
    THERE,
    MixedStory,
    address_of,
)
from tests.stories.slack_story import card_about, card_with, text_of
from tests.support.mail import read_mail
from tests.support.people import SSW
from tests.support.rfc5545 import moment, read_calendar
from workflows.japanese.dates import TOKYO
from workflows.model.meeting import Slot

BY = {"yes": "○ 出席", "maybe": "△ 必要なら出席", "no": "× 欠席"}
FIVE = ("yes", "yes", "yes", "no", "yes")


def convene_from_lineworks(story: MixedStory) -> None:
    """The coordinator of 社協 writes メニュー and presses: the page behind it is prepared."""
    story.town.lineworks.person(CARER).say("メニュー")
    page = story.by_lineworks(CARER, "会議を招集する")
    page.fill({"cases": NUMBER, "kind": "case", "bases": ["child_protection"], "chair": CHAIR})
    page.fill({"basis_reason": "学校に来なくなったため。"})
    page.press("このケースに合わせて機関の候補を選び直す")
    page.fill({f"agency-{agency}": "required" for agency in AGENCIES})
    page.fill({f"agency-{DAY_SERVICE}": ""})
    assert "5機関" in page.press("招集して、ご都合を尋ねる")
    assert {i.agency_id for i in story.meeting().invites} == set(AGENCIES)
    story.town.tick()


def each_is_asked_for_dates_once(story: MixedStory) -> None:
    """One question each, by one way."""
    for member, way in THERE.items():
        assert story.told(member, ASKED) == [way], member
    assert NUMBER in story.mail(TEACHER, ASKED)


def school_answers_by_its_link(story: MixedStory) -> None:
    """From the mail to 回答を保存しました, by who never signs in; changed by the same link."""
    page = story.page(TEACHER)
    path = story.link(TEACHER, ASKED, "/a/")
    seen = page.open(path)
    slots = [slot.id for slot in story.meeting().slots]
    given = dict(zip(slots, ("maybe", "yes", "no", "yes"), strict=False))  # one is forgotten
    page.fill({f"slot-{slot}": symbol for slot, symbol in given.items()})
    page.fill({f"slot-{slots[0]}-comment": COMMENT})
    seen += page.press("回答を保存する")
    assert "○、△、×のどれかを選んでください" in seen
    page.fill({f"slot-{slots[-1]}": "no"})
    seen += page.press("回答を保存する")
    assert "回答を保存しました" in seen
    seen += page.open(path)
    page.follow("回答を変える")
    page.fill({f"slot-{slots[-1]}": "yes"})
    seen += page.press("回答を保存する")
    assert story.said(SCHOOL) == ["maybe", "yes", "no", "yes", "yes"]
    assert [word for word in PLANTED if word in seen] == []
    assert page.seat.client.get_cookie("__Host-tsunagu", domain="tsunagu.example.jp") is None


def council_answers_in_lineworks(story: MixedStory) -> None:
    """One date after the other: pressed, typed, and typed otherwise."""
    person = story.town.lineworks.person(CARER)
    person.press("日程を答える")
    person.press(BY["yes"])
    story.picture(person, "lineworks-dates", 3)
    for typed in ("○", "1", "×", "まる"):
        person.say(typed)
    assert "すべての候補日にご回答いただきました" in str(person.last().content)
    assert story.said(COUNCIL) == [*FIVE]


def office_answers_in_slack(story: MixedStory) -> None:
    """The town hall's two agencies, with a button for each date."""
    for member, agency, given in (
        (COUNTER, CHILDREN, ("no", "yes", "yes", "yes", "maybe")),
        (NURSE, HEALTH, ("yes", "yes", "maybe", "yes", "yes")),
    ):
        person = story.slack.person(member)
        for at, symbol in enumerate(given):
            person.press(BY[symbol], in_=card_about(person, ASKED), nth=at)
        assert story.said(agency) == [*given]
    story.town.tick()
    assert "5機関のうち4機関から" in _chairs_card(story)


def one_answers_by_telephone(story: MixedStory) -> None:
    """The social worker rings up; the coordinator comes from LINE WORKS and enters it."""
    page = story.by_lineworks(CARER, "会議を見る")
    assert "5機関のうち4機関が回答" in page.words
    page.follow("電話・FAXなどの回答を入力する")
    assert f"{story.agency(SCHOOLS_OFFICE)}の代わりに入力しています" in page.words
    slots = [slot.id for slot in story.meeting().slots]
    page.fill({f"slot-{slot}": symbol for slot, symbol in zip(slots, FIVE, strict=True)})
    page.fill({"heard_by": "telephone", "who": "登校坂"})
    assert "回答を保存しました" in page.press("回答を保存する")
    assert story.said(SCHOOLS_OFFICE) == [*FIVE]
    story.town.tick()
    kept = story.page(SSW).open(story.link(SSW, ASKED, "/a/"))  # their mail's link says so as well
    assert "縁側 つむぎさんが入力しました" in kept


def everybody_sees_one_poll(story: MixedStory) -> None:
    """The page and the chair's card in Slack have all five, however each of them answered."""
    page = story.page(CARER).open(f"/meetings/{story.meeting().id}")
    assert "5機関のうち5機関が回答" in page
    assert "電話で聞き取り" in page
    assert COMMENT in page
    for agency in (CHILDREN, HEALTH, COUNCIL):  # five presses are one line of what happened
        assert page.count(f"「{story.agency(agency)}」の日程の回答を入力しました") == 1
    card = _chairs_card(story)
    assert "5機関すべてから回答がありました" in card
    assert f"{story.second_date()}（おすすめ）" in card
    assert "回答がそろいました" in story.town.lineworks.person(CARER).screen_text()


def _chairs_card(story: MixedStory) -> str:
    return text_of(card_about(story.slack.person(CHAIR), STANDS))


def fix_the_date(story: MixedStory) -> None:
    """From LINE WORKS to the page; the date that nobody refused stands out, and one press does."""
    page = story.by_lineworks(CARER, "日程を決める")
    slot = story.meeting().slots[1]
    page.press("この日に決める", value=slot.id)
    fixed = story.meeting().fixed_slot
    assert fixed is not None
    assert fixed.id == slot.id
    story.town.tick()


def each_learns_of_the_date_once(story: MixedStory) -> None:
    """A mail with an entry for the calendar, a LINE WORKS message with one in it, a card in Slack;
    the link by which the school answered says it as well."""
    slot = story.meeting().fixed_slot
    assert slot is not None
    at = slot.starts_at.astimezone(TOKYO)
    when = f"{at.month}月{at.day}日"
    for member, way in THERE.items():
        assert story.told(member, FIXED) == [way], member
    for member in (TEACHER, SSW):
        assert when in story.mail(member, FIXED)
        _an_entry_that_others_read(story, member, slot)
    assert when in text_of(card_with(story.slack.person(NURSE), "出席する"))
    lineworks = story.town.lineworks
    assert when in lineworks.person(CARER).screen_text()
    (entry,) = lineworks.lineworks.world.events.values()
    assert entry.user == lineworks.person(CARER).id
    assert entry.component["start"]["dateTime"] == f"{at:%Y-%m-%dT%H:%M:%S}"
    shut = story.page(TEACHER).open(story.link(TEACHER, ASKED, "/a/"))
    assert "日程が決まりました" in shut
    assert when in shut


def _an_entry_that_others_read(story: MixedStory, member_id: str, slot: Slot) -> None:
    (mail,) = story.town.mails(member_id, FIXED)
    (file,) = [p for p in read_mail(mail).walk() if p.get_content_type() == "application/ics"]
    raw = file.get_payload(decode=True)
    assert isinstance(raw, bytes)
    calendar = read_calendar(raw)
    event = calendar.named("VEVENT")
    assert calendar.only("METHOD").value == "REQUEST"
    assert event.only("UID").value == f"{story.meeting().id}@tsunagu"
    assert event.only("SEQUENCE").value == "0"
    assert event.only("ATTENDEE").value == f"mailto:{address_of(member_id)}"
    assert moment(calendar, event.only("DTSTART")) == slot.starts_at
    assert moment(calendar, event.only("DTEND")) == slot.ends_at


def each_says_whether_they_come(story: MixedStory) -> None:
    """By the mail's link, with a delegate; on the page; by a typed ○; by a press each."""
    page = story.page(TEACHER)
    page.open(story.link(TEACHER, FIXED, "/a/"))
    page.fill({"comes": "yes", "who": "教頭"})
    assert "「出席」と保存しました" in page.press("出欠を保存する")
    page = story.by_mail(SSW, story.link(SSW, FIXED, "/meetings/"))
    page.follow("出欠を答える")
    page.fill({"comes": "yes"})
    page.press("出欠を送る")
    carer = story.town.lineworks.person(CARER)
    carer.press("出欠を答える")
    carer.say("○")
    story.slack.take_up(NURSE, "出席する")
    story.slack.take_up(COUNTER, "欠席する")
    story.town.tick()
    told = story.town.lineworks.person(CARER).screen_text()
    assert f"必須の「{story.agency(CHILDREN)}」が欠席します" in told
    plan = text_of(card_about(story.slack.person(CHAIR), PLAN))
    assert "出席4機関、欠席1機関、未回答0機関" in plan
    assert "教頭" in story.page(CARER).open(f"/meetings/{story.meeting().id}")


def a_room_for_those_in_slack(story: MixedStory) -> None:
    """It is made for who can be in it; it keeps nobody else from the meeting."""
    story.slack.take_up(CHAIR, "会議の部屋をつくる")
    story.town.tick()
    rooms = story.town.slack.slack.world.channels.values()
    (room,) = [one for one in rooms if NUMBER.lower() in one.name]
    assert {user_of(member) for member in (CHAIR, COUNTER, NURSE)} <= set(room.members)
    assert not {user_of(member) for member in (CARER, TEACHER, SSW)} & set(room.members)


def each_is_reminded_the_day_before(story: MixedStory) -> None:
    """Where they were asked."""
    slot = story.meeting().fixed_slot
    assert slot is not None
    day_before = slot.starts_at.astimezone(TOKYO).replace(hour=9) - timedelta(days=1)
    story.until(day_before)
    for member, way in EACH_ONCE[SOON].items():
        assert story.told(member, SOON) == [way], member
