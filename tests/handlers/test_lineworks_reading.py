"""What a member reads in LINE WORKS: the summary of a sitting, and a manager the weekly digest.

What may stand in a chat stands there; all else is read on the page, by a link that lets its member
in, and that they read it is in the trail.
"""

from datetime import datetime

from tests.lineworks.flex import flex_faults
from tests.lineworks.links import followed
from tests.lineworks.product import LineworksTown
from tests.lineworks.screen import as_text
from tests.lineworks.world import Standing
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OTHER_COORDINATOR, OUTSIDER
from workflows.forms import Raw
from workflows.japanese.dates import TOKYO
from workflows.meetings.record import SaveRecord
from workflows.requests.record import RecordRequest

DECISION = "母と息子を別々に訪ねる。"
SUMMARY = "役割を分けて、年内にもう一度集まります。"
NAME = "架空 見本子"


def posted(town: LineworksTown) -> tuple[str, str]:
    """A case and a sitting about it whose record was just confirmed and told."""
    case_id = town.open_case("A14", name=NAME)
    meeting_id = town.convene(case_id)
    town.answer(meeting_id, "A13", by=COORDINATOR)
    town.answer(meeting_id, "A14", by=ELDERLY)
    town.fix(meeting_id)
    town.clock.move(days=20, hours=5)
    town.swear(meeting_id, COORDINATOR)
    words: Raw = {
        "held_at": "令和8年12月10日 14:00",
        "decisions": [{"text": DECISION}],
        "roles": [{"agency": "A14", "task": "週に一度訪ねる。", "due_on": "令和8年12月25日"}],
    }
    came = town.everybody_came(meeting_id)
    saved = SaveRecord(meeting_id, 0, came, {case_id: words}, True, SUMMARY)
    town.desk.handle(saved, COORDINATOR)
    town.confirm_record(meeting_id)
    town.tick()
    return case_id, meeting_id


def card(town: LineworksTown, member_id: str, title: str) -> Standing:
    (found,) = [m for m in town.person(member_id).messages() if title in as_text(m.content)]
    return found


def test_the_summary_says_what_a_chat_may_say_of_a_sitting(lineworks_town: LineworksTown) -> None:
    """What its writer meant for the chat, when it was, who came, who has which role until when;
    neither what was decided nor whom it is about."""
    town = lineworks_town
    case_id, _ = posted(town)
    told = as_text(card(town, ELDERLY, "支援会議の記録が確定しました").content)
    assert f"{SUMMARY}　決定事項は1件です。" in told
    assert "開催：令和8年12月10日（木）午後2時" in told
    assert f"ケース：{town.case(case_id).number}" in told
    assert "出席：3機関のうち3機関" in told
    assert f"「{town.agency_name('A14')}」（12/25（金）まで）" in told
    assert "[記録を読む] [会議を見る]" in told
    everything = "\n".join(town.lineworks.everything_said().everything())
    assert [word for word in (DECISION, "訪ねる", NAME) if word in everything] == []


def test_the_record_is_read_by_a_link_that_lets_its_member_in_and_the_trail_tells(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    case_id, meeting_id = posted(town)
    member = town.person(ELDERLY)
    member.press("記録を読む", in_=card(town, ELDERLY, "記録が確定しました"))
    assert readers(town, case_id) == set()
    seat, path = followed(town, member.press("画面を開く"))
    assert DECISION not in seat.get(path, follow_redirects=True).get_data(as_text=True)
    town.swear(meeting_id, ELDERLY)
    assert DECISION in seat.text(path)
    assert readers(town, case_id) == {ELDERLY}


def test_a_link_to_the_record_opens_it_for_nobody_who_may_not_read_it(
    lineworks_town: LineworksTown,
) -> None:
    """A button that was passed on brings a link of whoever pressed it."""
    town = lineworks_town
    case_id, meeting_id = posted(town)
    for member_id in (OUTSIDER, OTHER_COORDINATOR):
        town.press(town.person(member_id), "read_record", meeting_id)
        seat, path = followed(town, town.person(member_id).press("画面を開く"))
        assert DECISION not in seat.get(path).get_data(as_text=True)
    assert readers(town, case_id) == set()


def test_a_manager_receives_the_digest_and_opens_what_it_tells(
    lineworks_town: LineworksTown,
) -> None:
    """On Monday morning: the card, on a press its lists in one message, and the page behind it."""
    town = lineworks_town
    number = town.case(town.open_case("A14", name=NAME)).number
    hidden = town.case(town.open_case("A17", danger="yes", name=NAME)).number
    texts = {"person": NAME, "checked": "運転免許証", "wanted": "写し"}
    asked = RecordRequest("disclosure", "person", texts, "R8.11.9")
    town.desk.handle(asked, COORDINATOR)
    town.clock.at = datetime(2026, 11, 30, 8, 30, tzinfo=TOKYO)
    town.tick()
    manager = town.person(MANAGER)
    received = card(town, MANAGER, "週次のまとめ 11/30（月）")
    assert "2件が支援を待っています" in as_text(received.content)
    counted = "回答待ち1件（10開庁日以内が期限1件、期限を過ぎたもの0件）"
    assert counted in as_text(received.content)
    manager.press("まとめを見る", in_=received)
    assert counted in as_text(manager.last().content)
    shown = manager.last().content
    assert shown["type"] == "flex"
    assert flex_faults(shown["contents"]) == []
    assert f"{number}　5開庁日" in as_text(shown)
    assert "閲覧制限のケースが1件" in as_text(shown)
    assert hidden not in as_text(shown)
    assert "期限を過ぎた約束\nつなぎへの返信　2件" in as_text(shown)
    seat, path = followed(town, manager.press("まとめを開く"))
    assert path == "/digest/2026-11-30"
    assert number in seat.text(path)
    assert NAME not in "\n".join(town.lineworks.everything_said().everything())


def readers(town: LineworksTown, case_id: str) -> set[str | None]:
    return {e.actor_id for e in town.events(case_id) if e.kind == "read.read_record"}
