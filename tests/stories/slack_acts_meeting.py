"""Scenario A in Slack, its middle: the 支援会議 is called, fixed, attended and written down."""

from tests.slack.filling import blocks_of, put
from tests.slack.limits import Json
from tests.stories.scenario_a import (
    ANSWERS,
    DECISION,
    FACTS,
    MAYBE,
    NAME,
    NO,
    NUMBER,
    REASON,
    SIX,
    TASKS,
    YES,
)
from tests.stories.slack_story import (
    Story,
    all_of_the_case,
    card_about,
    card_with,
    put_part,
    text_of,
)
from tests.support.people import (
    CHAIR,
    COMMISSIONER,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
)

ASKED, STANDS = "日程をお尋ね", "の回答状況*"


def convene(story: Story) -> None:
    """The consent gate: a 重層的支援会議 is refused with its reason, and the other is offered."""
    person = story.person(COORDINATOR)
    person.press("会議を招集する", in_=story.board())
    put(person, {"bases": ["multi_layered"]})
    person.submit()
    assert "本人の同意がありません" in person.screen_text()
    person.press("支援会議で招集する")
    put(person, {"basis_reason": REASON})
    person.submit()
    assert "おすすめの理由" in person.screen_text()
    put(
        person,
        {
            "required_agencies": ["A13", "A14", "A17", "A19"],
            "optional_agencies": ["A20", "A21"],
            "chair": CHAIR,
            "place": "庁舎2階 第3会議室",
        },
    )
    assert "6機関にお尋ねしました" in story.hand_in(person)
    assert "6機関のうち0機関から" in organisers_card(story)
    assert "日程を調整中" in text_of(story.board())
    for member in SIX:
        assert "まだ回答がありません" in text_of(card_about(story.person(member), ASKED))


def organisers_card(story: Story) -> str:
    return text_of(card_about(story.person(COORDINATOR), STANDS))


def answer_dates(story: Story) -> None:
    """○△× in the conversation or on the page, two at a time: the organiser sees them come."""
    assert "会議のご都合をお知らせください" in story.home(COMMISSIONER)
    for count, (member, answers) in enumerate(ANSWERS.items(), 1):
        if member in story.on_pages:
            _answer_on_the_page(story, member, answers)
        else:
            for at, answer in enumerate(answers):
                person = story.person(member)
                person.press(answer, in_=card_about(person, ASKED), nth=at)
        if count % 2:
            continue
        story.town.tick()
        came = "6機関すべてから" if count == len(SIX) else f"6機関のうち{count}機関から"
        assert came in organisers_card(story)
    for member in SIX:
        card = text_of(card_about(story.person(member), ASKED))
        assert "回答を保存しました" in card
        assert "すべての日にご回答いただきました" in card
        assert "あと5開庁日" in card
    assert "6機関のうち6機関が回答" in story.home(COMMISSIONER)


def _answer_on_the_page(story: Story, member_id: str, answers: list[str]) -> None:
    slots = story.meeting().slots
    symbols = {YES: "yes", MAYBE: "maybe", NO: "no"}
    typed = {f"slot-{s.id}": symbols[a] for s, a in zip(slots, answers, strict=True)}
    assert "回答を保存しました" in story.on_page(member_id, "日程を答える", typed)


def fix_the_date(story: Story) -> None:
    """What a required agency refused asks for a reason; the best one does not."""
    story.picture(card_about(story.person(FARMING), ASKED), "slack-dates")
    story.picture(card_about(story.person(COORDINATOR), STANDS), "slack-meeting")
    card = organisers_card(story)
    assert f"{NO} 1機関：地域包括支援センターひだまり（必須）" in card
    assert "△ 必要なら出席 1機関：農福連携支援会議" in card
    assert "*12/17（木）午後2時（おすすめ）*" in card
    person = story.take_up(COORDINATOR, "この日に決める")
    assert person.view is not None
    (choice,) = [label for label in person.view.inputs if "決める日" in label]
    person.choose(choice, "12/15（火）午後2時　○4 △1 ×1")
    assert "必須の地域包括支援センターひだまりが出席できません" in person.screen_text()
    assert "reason" in blocks_of(person)
    person.choose(choice, "12/17（木）午後2時　○6")
    assert "reason" not in blocks_of(person)
    assert "午後2時に決めました。6機関にお知らせします" in story.hand_in(person)
    for member in SIX:
        there = story.person(member)
        assert "12月17日（木）午後2時から" in text_of(card_with(there, "出席する"))
        # The question is settled: nothing counts down on it any more.
        settled = text_of(card_about(there, ASKED))
        assert "12月17日（木）午後2時に決まりました" in settled
        assert "開庁日" not in settled
    assert "12月17日（木）午後2時に決まりました" in text_of(
        card_about(story.person(CHAIR), "の予定*")
    )


def open_a_room(story: Story) -> None:
    """A private channel for this meeting, with whoever runs it or was asked."""
    person = story.take_up(COORDINATOR, "会議の部屋をつくる")
    story.town.tick()
    room = the_room(story)
    assert room["people"] >= {f"U{member}" for member in (*SIX, CHAIR)}
    assert "人の名前や困りごとは書かず" in room["said"][0]
    assert "会議の部屋をつくる" not in "".join(text_of(m) for m in person.messages())


def the_room(story: Story) -> Json:
    (room,) = [c for c in story.town.slack.world.channels.values() if NUMBER.lower() in c.name]
    said = [text_of(m) for m in story.town.slack.messages(room.id)]
    return {"people": set(room.members), "said": said, "closed": room.archived}


def attend(story: Story) -> None:
    """Everybody says that they come, with one press."""
    for member in SIX:
        if member in story.on_pages:
            story.on_page(member, "出欠を答える", {"comes": "yes"})
        else:
            story.take_up(member, "出席する")
    story.town.tick()
    for member in SIX:
        card = text_of(card_with(story.person(member), "出席する"))
        assert "「出席」とお預かりしています" in card
    assert "出席6機関、欠席0機関、未回答0機関" in organisers_plan(story)
    assert "12月17日（木）午後2時" in story.home(DISABILITY)


def organisers_plan(story: Story) -> str:
    return text_of(card_about(story.person(COORDINATOR), "の予定*"))


def swear(story: Story) -> None:
    """Before the secrecy duty is confirmed, an invited agency sees the number and no more."""
    person = story.person(FARMING)
    assert NAME not in all_of_the_case(person, NUMBER)
    story.take_up(FARMING, "守秘義務を確認する")
    assert "守秘義務の確認をお預かりしました" in story.hand_in(person)
    assert NAME in all_of_the_case(person, NUMBER)


def put_into_the_calendar(story: Story) -> None:
    story.take_up(COMMISSIONER, "予定表に入れる")
    files = story.town.slack.world.files.values()
    (file,) = [one for one in files if one.name.endswith(".ics")]
    assert b"METHOD:REQUEST" in file.content
    assert b"DTSTART;TZID=Asia/Tokyo:20261217T140000" in file.content
    assert NAME.encode() not in file.content


def write_the_record(story: Story) -> None:
    """Who said beforehand that they come is filled in on one press, the others one by one; the
    writer sees what the chats will get of the rest."""
    story.until(2026, 12, 17, 15, 10)
    assert "会議記録を書いてください" in story.home(COORDINATOR)
    person = story.take_up(COORDINATOR, "記録を書く")
    assert "農福連携支援会議: 未記入" in person.screen_text()
    assert person.view is not None
    for block in person.view.raw["blocks"]:
        if block.get("block_id", "").startswith("presence-"):
            person.choose(block["label"]["text"], "出席")
    assert "農福連携支援会議: 出席" in person.screen_text()
    person.submit()
    put_part(person, {"decisions.0.text": DECISION})
    for row, (agency, (what, by)) in enumerate(TASKS.items()):
        if row:
            person.press("行を足す", nth=1)
        facts = {"agency": agency, "task": what, "due_on": by}
        put_part(person, {f"roles.{row}.{name}": value for name, value in facts.items()})
    person.submit()
    put_part(person, {"shared_facts": FACTS})
    person.submit()
    assert "チャットに届く内容" in person.screen_text()
    assert "「農福連携支援会議」（1/29（金）まで）" in person.screen_text()
    assert DECISION not in person.screen_text()
    assert "結城野 まとめさんにお願いしました" in story.hand_in(person)


def confirm_the_record(story: Story) -> None:
    """The chair confirms the secrecy duty on the way, once, and is at the record."""
    assert "会議記録の確認をお願いします" in story.home(CHAIR)
    chair = story.take_up(CHAIR, "記録を確認する")
    assert "会議の外で話したり" in chair.screen_text()
    chair.submit()
    assert FACTS in chair.screen_text()
    assert "3件の役割を各機関にお願いしました" in story.hand_in(chair)
    for member in (ELDERLY, FARMING, COMMISSIONER):
        told = story.everything(member)
        assert "記録が確定しました" in told
        assert f"{NUMBER} 役割をお願いします" in told
    assert "会議は終わり、会議記録が確定しました" in organisers_plan(story)


def close_the_room(story: Story) -> None:
    """The room gets what every chat gets of the record, says that it ends, and is closed."""
    for _ in range(2):
        story.town.clock.move(minutes=5)
        story.town.ticks.run_job("slack_cards")
    room = the_room(story)
    assert room["closed"]
    *_, summary, last = room["said"]
    assert "記録が確定しました" in summary
    assert "7機関のうち7機関" in summary
    assert "「農福連携支援会議」（1/29（金）まで）" in summary
    assert "このあと閉じます" in last


def read_the_record(story: Story) -> None:
    """Who attended reads it in Slack, after the duty that they had not confirmed yet."""
    person = story.take_up(DISABILITY, "記録を読む")
    assert FACTS not in person.screen_text()
    person.submit()
    assert FACTS in person.screen_text()
    assert DECISION in person.screen_text()
    person.close_view()
