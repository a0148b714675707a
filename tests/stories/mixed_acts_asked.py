"""Scenario B over three ways, its beginning: the sheet is written, three agencies are asked."""

from datetime import datetime

from tests.slack.filling import put
from tests.stories.mixed_story import (
    AGENCIES,
    CARER,
    CARERS_MANAGER,
    CHILDREN,
    COUNCIL,
    COUNTER,
    DAY_SERVICE,
    EACH_ONCE,
    KANA,
    MOTHER,
    NAME,
    NUMBER,
    PLANTED,
    REFERRED,
    REQUEST,
    SUMMARY,
    TRAINER,
    MixedStory,
)
from tests.stories.slack_story import card_about, text_of
from tests.support.people import MANAGER, SSW
from workflows.japanese.dates import TOKYO


def write_the_sheet(story: MixedStory) -> None:
    """The social worker of the school, who has no chat, comes in by a mail's link and writes it."""
    page = story.by_mail(SSW, "/cases/new")
    page.fill(
        {
            "route": "school",
            "matters": ["child_rearing", "income", "family", "withdrawal"],
            "summary": SUMMARY,
            "urgency": "urgent",
            "danger": "no",
            "hidden_address": "no",
            "district": "D01",
            "consent": "oral",
            "consent_on": "11月19日",
            "consent_scope": [*AGENCIES, DAY_SERVICE],
            "name": NAME,
            "kana": KANA,
            "household-0-relation": "母",
            "household-0-situation": MOTHER,
            "tags": ["young_carer"],
        }
    )
    asked = ((COUNCIL, "handover"), (CHILDREN, "meeting"), (DAY_SERVICE, "inform"))
    for row, (agency, purpose) in enumerate(asked):
        if row:
            page.press("行を足す", value="referrals")
        facts = {"agency": agency, "purpose": purpose, "request": REQUEST}
        page.fill({f"referrals-{row}-{name}": value for name, value in facts.items()})
    assert f"{NUMBER}を送りました。3機関にお知らせし" in page.press("つなぐ")
    story.town.tick()


def each_is_asked_by_their_own_way(story: MixedStory) -> None:
    """Once, and by no other; who reads it there reads nothing about the family."""
    for member, way in EACH_ONCE[REFERRED].items():
        assert story.told(member, REFERRED) == [way], member


def managers_see_who_waits(story: MixedStory) -> None:
    """The week's digest, in LINE WORKS and in Slack: numbers, days and agencies, nobody's name."""
    story.until(datetime(2026, 11, 24, 9, 0, tzinfo=TOKYO))
    for member, way in {CARERS_MANAGER: "lineworks", MANAGER: "slack"}.items():
        assert story.told(member, "週次のまとめ") == [way]
    manager = story.town.lineworks.person(CARERS_MANAGER)
    manager.press("まとめを見る")
    assert f"{NUMBER}　1開庁日" in manager.screen_text()
    page = story.page(CARERS_MANAGER)
    page.open(manager.press("まとめを開く"))
    page.press("ログインする")
    assert NUMBER in page.words
    assert [word for word in PLANTED if word in page.words] == []


def reply_in_lineworks(story: MixedStory) -> None:
    """From the card by its link to the form; 社協 answers for the case from now on."""
    page = story.by_lineworks(CARER, "返信する")
    assert SUMMARY in page.words
    page.fill({"answer": "accepted", "lead": "yes", "next_check_on": "令和9年1月20日"})
    assert f"主担当機関が「{story.agency(COUNCIL)}」に決まりました" in page.press("返信する")
    person = story.town.lineworks.person(CARER)
    person.press("返信する")  # the old button tells how it stands
    assert "受理" in str(person.last().content)


def reply_by_mail(story: MixedStory) -> None:
    """The day service opens its mail's link: nobody signs in, nothing of the case is shown."""
    page = story.page(TRAINER)
    seen = page.open(story.link(TRAINER, REFERRED, "/a/"))
    assert NUMBER in seen
    page.fill({"answer": "accepted"})
    seen += page.press("返信する")
    assert "返信を保存しました" in seen
    assert [word for word in PLANTED if word in seen] == []
    assert page.open(page.path)  # the same link says what was answered
    assert "返信する" not in page.buttons


def reply_in_slack(story: MixedStory) -> None:
    """In a modal; whoever wrote the sheet sees all three on its page."""
    person = story.slack.take_up(COUNTER, "返信する")
    assert SUMMARY in person.screen_text()
    put(person, {"answer": "accepted"})
    assert "「受理」と返信しました" in story.slack.hand_in(person)
    assert "から返信がありました：受理" in text_of(card_about(person, f"{NUMBER} 返信の期限が"))
    page = story.by_mail(SSW, f"/cases/{NUMBER}").words
    for agency in (COUNCIL, CHILDREN, DAY_SERVICE):
        assert f"（{story.agency(agency)}）が「受理」と返信しました" in page
