"""会議記録 in Slack: written in steps, confirmed by the chair, read by who attended."""

import json
from typing import Any

from handlers.slack.door import PRESSED, SLACK, Here, Modal, Press
from handlers.slack.ui.form_steps import steps_of
from tests.slack.limits import faults_in
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.slack.screen import words_in
from tests.slack.world import BOT_USER
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.town import FORMS
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.room import OpenRoom

NAME, KANA, PHONE, SUMMARY = "鈴木 花子", "スズキ ハナコ", "090-1234-5678", "秘密の概要です。"
PLANTED = {"name": NAME, "kana": KANA, "phone": PHONE, "summary": SUMMARY}
DECISION = "週に一度、母の様子を見に行く。"
PARTS = len(steps_of(FORMS.form("record")))


def held(town: SlackTown, *, cases: int = 1, told: bool = True, **changes: str) -> str:
    """A meeting that has just ended, with everybody sworn who writes or chairs."""
    case_ids = [town.open_case("A14", "A17", **PLANTED, **changes) for _ in range(cases)]
    for case_id in case_ids:
        town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = town.convene(*case_ids, required=("A13", "A14", "A17"))
    town.fix(meeting_id)
    slot = town.meeting(meeting_id).fixed_slot
    assert slot is not None
    town.clock.at = slot.ends_at
    town.swear(meeting_id, COORDINATOR, CHAIR)
    if told:
        town.tick()
    return meeting_id


def newest(person: Person, says: str) -> str:
    """The person's newest card that says this, with its buttons."""
    return next(
        t for m in reversed(person.messages()) if says in (t := "\n".join(words_in(m["blocks"])))
    )


def screen(person: Person) -> str:
    """The words of the view on top, and what stands in its fields (several may have one label)."""
    assert person.view is not None
    state = json.dumps(person.view.raw["state"], ensure_ascii=False)
    return f"{person.view.text}\n{state}"


def said(town: SlackTown) -> str:
    """Everything that ever stood in a message."""
    return json.dumps(town.slack.everything_said().messages, ensure_ascii=False, default=str)


def everybody_came(person: Person) -> None:
    """出席 for every agency of the step on the screen."""
    assert person.view is not None
    for block in person.view.raw["blocks"]:
        if block.get("block_id", "").startswith("presence-"):
            person.choose(block["label"]["text"], "出席")


def write(town: SlackTown, person: Person) -> None:
    """From the notice to the last step, with a decision and a role for A17."""
    person.press("記録を書く")
    assert "1/" in screen(person)
    everybody_came(person)
    person.submit()
    person.fill({"決定事項": DECISION, "機関": town.agency_name("A17"), "すること": "訪問する"})
    for _ in range(PARTS):
        person.submit()
        assert person.errors == {}
    person.fill({"チャットで知らせる要旨": "見守りを続けます。"})


def test_a_record_is_written_confirmed_and_told_without_a_word_of_it(
    slack_town: SlackTown,
) -> None:
    meeting_id = held(slack_town)
    writer, chair = slack_town.person(COORDINATOR), slack_town.person(CHAIR)
    write(slack_town, writer)
    writer.press("もう一度確かめる")
    assert "見守りを続けます。" in screen(writer)
    assert slack_town.agency_name("A17") in screen(writer)
    writer.submit()
    assert "確認を" in screen(writer)
    slack_town.tick()
    assert "さんに確認をお願いしています" in newest(writer, "記録をお願いします")
    chair.press("記録を確認する")
    assert DECISION in screen(chair)
    chair.submit()
    assert "会議記録を確定しました。1件の役割" in screen(chair)
    slack_town.tick()
    assert "記録は確定しました" in newest(chair, "記録をご確認ください")
    assert "記録を確認する" not in newest(chair, "記録をご確認ください")
    meeting = slack_town.meeting(meeting_id)
    assert meeting.record is not None
    assert meeting.record.confirmed_by == CHAIR
    slack_town.tick()
    told = said(slack_town)
    assert "記録が確定しました" in told
    assert "見守りを続けます。" in told
    for word in (NAME, KANA, PHONE, SUMMARY, DECISION, "訪問する"):
        assert word not in told


def test_going_back_and_forth_loses_nothing_and_a_draft_is_gone_on_with(
    slack_town: SlackTown,
) -> None:
    meeting_id = held(slack_town)
    writer = slack_town.person(COORDINATOR)
    writer.press("記録を書く")
    agency = slack_town.agency_name("A14")
    writer.fill({f"{agency}の出席した方": "高橋"})
    writer.submit()
    writer.fill({"決定事項": DECISION})
    writer.press("行を足す", nth=0)
    assert DECISION in screen(writer)
    writer.press("前へ")
    assert "高橋" in screen(writer)
    writer.submit()
    assert DECISION in screen(writer)
    writer.press("下書きにして閉じる")
    assert "下書きを保存しました" in screen(writer)
    assert slack_town.meeting(meeting_id).record is None
    writer.close_view()
    writer.press("記録を書く")
    writer.submit()
    assert DECISION in screen(writer)
    writer.press("途中まで保存する")
    record = slack_town.meeting(meeting_id).record
    assert record is not None
    assert record.asked_to_confirm_at is None
    assert record.attended["A14"].who == "高橋"


def test_who_came_is_asked_and_what_was_said_beforehand_is_filled_in_on_one_press(
    slack_town: SlackTown,
) -> None:
    """Nothing is chosen at first; blanks lead back to their step, each agency named."""
    case_id = slack_town.open_case("A14", **PLANTED)
    meeting_id = slack_town.convene(case_id, required=("A13",), optional=("A14", "A17"))
    slack_town.answer(meeting_id, "A17", "no", by=DISABILITY)
    slack_town.fix(meeting_id, reason="急ぐため。")
    slack_town.desk.handle(ConfirmAttendance(meeting_id, "A14", True, "高橋"), ELDERLY)
    slot = slack_town.meeting(meeting_id).fixed_slot
    assert slot is not None
    slack_town.clock.at = slot.ends_at
    slack_town.swear(meeting_id, COORDINATOR, CHAIR)
    slack_town.tick()
    writer = slack_town.person(COORDINATOR)
    write_blank(writer)
    writer.submit()
    for agency in ("A13", "A17"):
        assert slack_town.agency_name(agency) in screen(writer)
    assert "が出席したかどうかを選んでください" in screen(writer)
    assert "前もっての出欠：○ 出席（高橋）" in screen(writer)
    assert "この日への回答：× 欠席" in screen(writer)
    writer.press("前もっての出欠を入れる")
    assert "1機関に入れました" in screen(writer)
    assert state_of(writer, "presence-A14") == "present"
    assert state_of(writer, "presence-A17") == "unknown"
    writer.press("途中まで保存する")
    record = slack_town.meeting(meeting_id).record
    assert record is not None
    assert (record.attended["A14"].kind, record.attended["A14"].who) == ("present", "高橋")
    assert record.attended["A17"].kind == "unknown"


def write_blank(person: Person) -> None:
    """From the notice to the last step, with a decision and nobody's attendance."""
    person.press("記録を書く")
    person.submit()
    person.fill({"決定事項": DECISION})
    for _ in range(PARTS):
        person.submit()
        assert person.errors == {}


def state_of(person: Person, name: str) -> str:
    assert person.view is not None
    values = person.view.raw["state"]["values"]
    (block,) = [v for key, v in values.items() if key.partition("~")[0] == name]
    return str(block["v"]["selected_option"]["value"])


def test_what_is_wrong_stands_at_its_field_or_leads_back_to_it(slack_town: SlackTown) -> None:
    meeting_id = held(slack_town)
    writer = slack_town.person(COORDINATOR)
    writer.press("記録を書く")
    everybody_came(writer)
    writer.submit()
    writer.fill({"決定事項": DECISION, "次回の日": "2035-01-10"})
    for _ in range(PARTS):
        writer.submit()
    writer.fill({"チャットで知らせる要旨": "鈴木花子さんの見守りを続けます。"})
    writer.submit()  # a day too far away, which only the whole record tells
    assert "「次回の日」を直してください" in screen(writer)
    assert DECISION in screen(writer)
    writer.fill({"次回の日": "2027-02-10"})
    for _ in range(PARTS):
        writer.submit()
    writer.submit()
    assert "氏名が含まれています" in json.dumps(writer.errors, ensure_ascii=False)
    assert slack_town.meeting(meeting_id).record is None
    assert "花子" not in said(slack_town)


def test_a_number_that_no_draft_keeps_is_told_where_it_is_typed(slack_town: SlackTown) -> None:
    """With who came and in the summary too: it would be gone without a word at the next step."""
    held(slack_town)
    writer, who = slack_town.person(COORDINATOR), f"{slack_town.agency_name('A14')}の出席した方"
    writer.press("記録を書く")
    writer.fill({who: "123456789012"})
    writer.submit()
    assert list(writer.errors) == [who]
    writer.press("下書きにして閉じる")
    assert "12桁" in screen(writer)
    assert "123456789012" in screen(writer)
    writer.fill({who: "高橋"})
    everybody_came(writer)
    for _ in range(PARTS + 1):
        writer.fill({"決定事項": DECISION} if "決定事項" in screen(writer) else {})
        writer.submit()
    writer.fill({"チャットで知らせる要旨": "番号は123456789012です。"})
    writer.press("もう一度確かめる")
    assert "12桁" in screen(writer)
    writer.submit()
    assert "12桁" in json.dumps(writer.errors, ensure_ascii=False)


def test_two_who_write_at_once_see_both_and_nothing_is_lost(slack_town: SlackTown) -> None:
    meeting_id = held(slack_town)
    writer = slack_town.person(COORDINATOR)
    write(slack_town, writer)
    slack_town.save_record(meeting_id, by=CHAIR, ready=False, decisions=[{"text": "議長の案。"}])
    writer.submit()
    assert "先に保存しました" in screen(writer)
    assert "議長の案。" in screen(writer)
    writer.submit()
    record = slack_town.meeting(meeting_id).record
    assert record is not None
    assert DECISION in json.dumps(list(record.cases.values()), ensure_ascii=False)


def test_a_draft_older_than_what_others_saved_is_not_taken_for_the_newest(
    slack_town: SlackTown,
) -> None:
    """Its writer chooses; with their own, what the other saved stands above to be compared."""
    meeting_id = held(slack_town)
    writer = slack_town.person(COORDINATOR)
    # As it was: what others saved changes it.
    card = next(m for m in writer.messages() if "記録を書く" in str(m["blocks"]))
    writer.press("記録を書く", in_=card)
    writer.submit()
    writer.fill({"決定事項": DECISION})
    writer.press("下書きにして閉じる")
    writer.close_view()
    slack_town.clock.move(minutes=5)
    slack_town.save_record(meeting_id, by=CHAIR, ready=False, decisions=[{"text": "議長の案。"}])
    writer.press("記録を書く", in_=card)
    assert "どちらから書きますか" in screen(writer)
    writer.press("わたしの下書きから書く")
    assert "議長の案。" in screen(writer)
    writer.submit()
    assert DECISION in screen(writer)
    writer.close_view()
    slack_town.clock.move(minutes=5)
    slack_town.save_record(
        meeting_id, by=CHAIR, ready=False, decisions=[{"text": "議長の次の案。"}]
    )
    writer.press("記録を書く", in_=card)
    writer.press("保存された内容から書く")
    writer.submit()
    assert "議長の次の案。" in screen(writer)
    assert DECISION not in screen(writer)


def test_the_chair_confirms_only_what_they_have_read(slack_town: SlackTown) -> None:
    """What somebody changed meanwhile is not shared unread."""
    meeting_id = held(slack_town, told=False)
    slack_town.save_record(meeting_id)
    slack_town.tick()
    chair = slack_town.person(CHAIR)
    chair.press("記録を確認する")
    slack_town.save_record(meeting_id, decisions=[{"text": DECISION}])
    chair.submit()
    assert "先に保存しました" in screen(chair)
    assert slack_town.meeting(meeting_id).record.confirmed_at is None  # type: ignore[union-attr]


def test_the_meetings_room_is_told_what_every_chat_is_told_before_it_is_closed(
    slack_town: SlackTown,
) -> None:
    meeting_id = held(slack_town, told=False)
    slack_town.desk.handle(OpenRoom(meeting_id, SLACK), COORDINATOR)
    slack_town.tick()
    slack_town.save_record(meeting_id, decisions=[{"text": DECISION}])
    slack_town.confirm_record(meeting_id)
    for _ in range(4):
        slack_town.tick()
        slack_town.clock.move(minutes=2)
    (room,) = [c for c in slack_town.slack.world.channels.values() if c.creator == BOT_USER]
    told = json.dumps(slack_town.slack.messages(room.id), ensure_ascii=False)
    assert "記録が確定しました" in told
    assert "記録を読む" in told
    assert DECISION not in told
    assert room.archived


def test_the_chair_hands_a_record_back_to_its_writer(slack_town: SlackTown) -> None:
    meeting_id = held(slack_town, told=False)
    slack_town.save_record(meeting_id)
    slack_town.tick()
    chair = slack_town.person(CHAIR)
    chair.press("記録を確認する")
    chair.press("作成者に戻す")
    assert "手直しをお願いしました" in screen(chair)
    record = slack_town.meeting(meeting_id).record
    assert record is not None
    assert record.asked_to_confirm_at is None
    slack_town.tick()
    told = json.dumps(slack_town.person(COORDINATOR).messages(), ensure_ascii=False)
    assert "記録の手直しをお願いします" in told
    assert "作成者の手元に戻っています" in newest(chair, "記録をご確認ください")


def test_only_who_attended_reads_it_after_the_secrecy_duty(slack_town: SlackTown) -> None:
    meeting_id = held(slack_town, told=False)
    slack_town.save_record(meeting_id, decisions=[{"text": DECISION}])
    slack_town.confirm_record(meeting_id)
    slack_town.tick()
    disability = slack_town.person(DISABILITY)
    there = disability.messages()
    (button,) = [m for m in there if "記録を読む" in json.dumps(m, ensure_ascii=False)]
    disability.press("記録を読む")
    assert DECISION not in screen(disability)
    assert "守秘義務" in screen(disability)
    disability.submit()
    assert DECISION in screen(disability)  # the duty confirmed, it leads on to what was wanted
    case_id = slack_town.case_ids()[0]
    read = [e for e in slack_town.events(case_id) if e.kind == "read.read_record"]
    assert DISABILITY in {e.actor_id for e in read}
    for other in (OUTSIDER, OTHER_COORDINATOR):
        outsider = slack_town.person(other)
        outsider.press("記録を読む", in_=button)
        shown = screen(outsider) if outsider.view else ""
        assert DECISION not in shown


LARGEST: dict[str, Any] = {
    "decisions": [{"text": "長" * 300} for _ in range(20)],
    "roles": [{"agency": "A17", "task": "役" * 200, "due_on": ""} for _ in range(30)],
    "shared_facts": "事" * 2000,
    "issues": "課" * 1200,
}


def has(person: Person, words: str) -> bool:
    """Whether the view on top has it: without quoting a long page when it has not."""
    return words in screen(person)


def test_the_largest_record_stays_within_what_slack_takes(slack_town: SlackTown) -> None:
    """Every row that the form allows, texts at their longest; the stand-in refuses more. What
    does not fit into a step is kept."""
    meeting_id = held(slack_town, told=False)
    slack_town.save_record(meeting_id, **LARGEST)
    slack_town.tick()
    chair = slack_town.person(CHAIR)
    chair.press("記録を確認する")
    assert has(chair, "長" * 300)
    chair.press("直してから共有する")
    for _ in range(PARTS + 2):
        chair.submit()
        assert chair.errors == {}
    assert "会議記録を確定しました。30件の役割" in chair.view.text  # type: ignore[union-attr]


def test_a_long_record_is_read_in_pages(slack_town: SlackTown) -> None:
    meeting_id = held(slack_town, cases=5, told=False)
    slack_town.save_record(meeting_id, **{**LARGEST, "roles": []})
    slack_town.confirm_record(meeting_id)
    slack_town.swear(meeting_id, ELDERLY)
    here = Here(slack_town.part.door, ELDERLY, f"U{ELDERLY}", "event")
    shown = []
    for page in ("", "1", "2", "3"):
        modal = PRESSED["read_record"](Press(here, "read_record", meeting_id, page))
        assert isinstance(modal, Modal)
        assert faults_in(list(modal.blocks), "modal") == []
        shown.append(json.dumps(modal.blocks, ensure_ascii=False))
    assert "*R8-0001*" in shown[0]
    assert "チャットに届く内容" not in shown[0]
    assert "次のページ" in shown[0]
    assert "チャットに届く内容" in shown[-1]
    assert "前のページ" in shown[-1]


def test_where_slack_shows_no_content_the_page_is_opened_instead(
    slack_town_with: SlackTownWith,
) -> None:
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    held(town)
    writer = town.person(COORDINATOR)
    writer.press("記録を書く")
    assert writer.view is not None
    assert not writer.view.inputs
    assert [e.kind for e in town.events(town.case_ids()[0]) if "record" in e.kind] == []


def test_an_outsider_opens_no_record(slack_town: SlackTown) -> None:
    held(slack_town)
    there = slack_town.person(COORDINATOR).messages()
    (message,) = [m for m in there if "記録を書く" in json.dumps(m, ensure_ascii=False)]
    outsider = slack_town.person(OUTSIDER)
    outsider.press("記録を書く", in_=message)
    told = json.dumps(outsider.messages(), ensure_ascii=False)
    assert "見つからないか" in told
    assert outsider.view is None
