"""Scenario A in Slack, its beginning: the sheet, who waits, and what the agencies answer."""

from tests.slack.filling import put
from tests.stories.scenario_a import (
    KANA,
    NAME,
    NUMBER,
    ONLY_IN_PART,
    REASON,
    REQUEST,
    SUMMARY,
)
from tests.stories.slack_story import Story, buttons_of, card_about, newest, text_of
from tests.support.people import COORDINATOR, ELDERLY, LIVELIHOOD, MANAGER, OUTSIDER

TO_CARE, TO_MONEY = "地域包括支援センターひだまり", "自立相談支援窓口ともに"


def write_the_sheet(story: Story) -> None:
    """The social worker writes it in three steps; nothing is lost over what is still asked for."""
    person = story.person(COORDINATOR)
    assert "関わっているケースはありません" in story.home(COORDINATOR)
    person.press("新しいつなぐシート", in_="home")
    put(
        person,
        {
            "route": "resident",
            "matters": ["care", "withdrawal", "income", "housing"],
            "summary": SUMMARY,
            "urgency": "normal",
            "danger": "no",
            "hidden_address": "no",
            "district": "D01",
            "consent": "not_asked",
        },
    )
    person.submit()
    put(person, {"name": NAME, "kana": "うきふね　はつえ", "birth_date": "S15.4.1"})
    put(person, _asked(0, "A14", "handover", REQUEST))
    person.press("行を足す")
    put(person, _asked(1, "A19", "inform", "家計の相談の見込みを教えてください。"))
    person.submit()
    put(person, {"tags": ["8050", "hoarding"]})
    person.submit()
    # Without consent the basis and the reason are asked for.
    assert "まだ送っていません" in person.screen_text()
    assert f"氏名: {NAME}" in person.screen_text()
    put(person, {"unconsented_basis": "act_106_6", "unconsented_reason": REASON})
    person.submit()
    told = story.hand_in(person)
    assert f"{NUMBER}を送りました。2機関にお知らせし" in told
    assert "返信待ち（11/26（木）まで）" in text_of(story.board())
    assert f"{NUMBER}　通常・照会中" in story.home(COORDINATOR)
    for member in (ELDERLY, LIVELIHOOD):
        assert f"{NUMBER} つなぎの依頼です" in newest(story.person(member))
    story.picture(story.person(ELDERLY).last_message(), "slack-referral")


def _asked(row: int, agency: str, purpose: str, request: str) -> dict[str, str]:
    facts = {"agency": agency, "purpose": purpose, "request": request}
    return {f"referrals.{row}.{name}": value for name, value in facts.items()}


def wait_until_tuesday(story: Story) -> None:
    """Monday's digest comes on Tuesday, after a holiday; it begins with who waits longest."""
    story.until(2026, 11, 24, 9, 0)
    manager = story.person(MANAGER)
    assert "1件が支援を待っています" in newest(manager)
    (picture,) = [b for b in manager.last_message()["blocks"] if b["type"] == "image"]
    assert f"{NUMBER}は1開庁日" in picture["alt_text"]
    story.take_up(MANAGER, "まとめを見る")
    assert f"{NUMBER}　1開庁日　照会中" in manager.screen_text()
    manager.close_view()
    # The same from Home, where no case of a manager's own stands.
    assert "関わっているケースはありません" in story.home(MANAGER)
    manager.press("週次のまとめ", in_="home")
    assert NUMBER in manager.screen_text()
    manager.close_view()


def reply(story: Story) -> None:
    """One takes it and answers for it from now on; one takes a part, and says why not all."""
    if ELDERLY in story.on_pages:
        typed = {"answer": "accepted", "lead": "yes", "next_check_on": "令和9年1月20日"}
        told = story.on_page(ELDERLY, "返信する", typed)
    else:
        person = story.take_up(ELDERLY, "返信する")
        assert NAME in person.screen_text()
        put(person, {"answer": "accepted"})
        put(person, {"lead": "yes"})
        put(person, {"next_check_on": "2027-01-20"})
        told = story.hand_in(person)
    assert "「受理」と返信しました" in told
    if LIVELIHOOD in story.on_pages:
        typed = {"answer": "partly", "reason": ONLY_IN_PART}
        told = story.on_page(LIVELIHOOD, "返信する", typed)
    else:
        told = _reply_in_part(story)
    assert "「一部受理」と返信しました" in told
    story.town.tick()
    # Whichever way they answered, their own card says so and asks no more.
    for member, answer in ((ELDERLY, "受理"), (LIVELIHOOD, "一部受理")):
        card = card_about(story.person(member), "つなぎの依頼です")
        assert f"から返信がありました：{answer}（11/24（火）" in text_of(card)
    board = text_of(story.board())
    assert f"*いまの担当*\n{TO_CARE}" in board
    assert f"{TO_MONEY}：一部受理" in board
    # The writer is told of each; that one accepted hides nothing of what the other leaves open.
    writer = story.person(COORDINATOR)
    assert f"「{TO_CARE}」が受理しました" in text_of(card_about(writer, "返信：受理"))
    partly = card_about(writer, "一部を受理しました")
    assert "ほかの機関へつなぐ" in buttons_of(partly)


def _reply_in_part(story: Story) -> str:
    """From Home, where what waits for them stands with its button."""
    assert "1件があなたを待っています" in story.home(LIVELIHOOD)
    person = story.person(LIVELIHOOD)
    person.press("返信する", in_="home")
    put(person, {"answer": "partly"})
    person.submit()  # why only in part is asked for
    assert "対応内容・理由" in person.errors
    put(person, {"reason": ONLY_IN_PART})
    told = story.hand_in(person)
    assert "いま、あなたにお願いしていることはありません" in person.home_text()
    return told


def nobody_else_sees_it(story: Story) -> None:
    """Somebody with no part in it is told that there is no such case; a manager, how it stands."""
    outsider = story.person(OUTSIDER)
    outsider.command("/tsunagu", NUMBER)
    assert outsider.view is None
    assert "見つかりません" in text_of(outsider.ephemerals()[-1])
    manager = story.person(MANAGER)
    manager.command("/tsunagu", NUMBER)
    assert "内容は表示していません" in manager.screen_text()
    assert manager.view is not None
    assert "シートを読む" not in manager.view.buttons
    assert KANA not in manager.screen_text()
    manager.close_view()
