"""The coordinators' board in Slack, and notices about a case as it stands now."""

import json
from copy import deepcopy
from dataclasses import replace

from tests.slack.limits import Json
from tests.slack.person import Person, at_once
from tests.slack.product import CHANNEL, SlackTown, SlackTownWith
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, OUTSIDER
from workflows.cases.reply import SetLead
from workflows.japanese.dates import show_date

NAME, KANA, PHONE, SUMMARY = "鈴木 花子", "スズキ ハナコ", "090-1234-5678", "秘密の概要です。"
COLLEAGUE = "M27"  # of ELDERLY, who is no contact of their agency
PLANTED = {"name": NAME, "kana": KANA, "phone": PHONE, "summary": SUMMARY}


def board(town: SlackTown) -> list[str]:
    """What stands on the board: the words of each card."""
    return [json.dumps(m["blocks"], ensure_ascii=False) for m in town.slack.messages(CHANNEL)]


def cards(person: Person) -> str:
    """Everything that stands in that person's direct messages now."""
    return json.dumps(person.messages(), ensure_ascii=False)


def asking(person: Person, label: str) -> Json:
    """The newest message with that button, as it is now."""
    found = [m for m in person.messages() if label in json.dumps(m, ensure_ascii=False)]
    return deepcopy(found[-1])


def screen(person: Person) -> str:
    assert person.view is not None
    return person.view.text


# -- the board ------------------------------------------------------------------------------------


def test_a_new_case_gets_its_card_with_its_buttons(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", "A17", urgency="urgent", **PLANTED)
    slack_town.tick()
    (card,) = board(slack_town)
    for word in (
        "R8-0001　至急・照会中",
        slack_town.agency_name("A14"),
        "返信待ち",
        "ひだまり圏域",
    ):
        assert word in card
    for label in ("ケースを見る", "ほかの機関へつなぐ", "会議を招集する"):
        assert label in card
    for word in (NAME, KANA, PHONE, SUMMARY):
        assert word not in card


def test_the_card_changes_in_place_as_things_move(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.tick()
    slack_town.reply(case_id, "A14", by=ELDERLY)
    slack_town.convene(case_id)
    slack_town.tick()
    (card,) = board(slack_town)
    assert "会議調整" in card
    assert "受理" in card
    assert "日程を調整中" in card
    assert "返信待ち" not in card
    assert "会議を招集する" not in card


def test_a_restricted_case_has_no_card_and_loses_the_one_it_had(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", danger="yes")
    open_id = slack_town.open_case("A14")
    slack_town.tick()
    (card,) = board(slack_town)
    assert "R8-0002" in card
    slack_town.edit(open_id, hidden_address="yes")
    slack_town.tick()
    assert board(slack_town) == []
    slack_town.unrestrict(open_id)
    slack_town.tick()
    (card,) = board(slack_town)
    assert "R8-0002" in card


def test_a_board_that_is_set_up_later_gets_every_case_and_the_old_one_none(
    slack_town_with: SlackTownWith,
) -> None:
    """A town that begins with Slack, or has its board moved to other people."""
    before = slack_town_with(SLACK_COORDINATORS_CHANNEL="")
    before.open_case("A14", **PLANTED)
    before.open_case("A17", danger="yes", **PLANTED)
    before.tick()
    assert board(before) == []
    town = slack_town_with()
    for _ in range(2):
        town.part.set_up()
        town.tick()
    (card,) = board(town)
    assert "R8-0001" in card
    assert NAME not in card
    town.slack.add_channel("C0NEW", "new", members=[f"U{COORDINATOR}"], private=True)
    town.part.door.slack = replace(town.part.door.slack, coordinators_channel="C0NEW")
    town.part.set_up()
    town.tick()
    assert board(town) == []
    (moved,) = town.slack.messages("C0NEW")
    assert "R8-0001" in json.dumps(moved, ensure_ascii=False)


def test_a_closed_case_is_one_line(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.tick()
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    slack_town.close(case_id)
    slack_town.tick()
    (card,) = board(slack_town)
    assert "R8-0001は「終結」になりました" in card
    assert "ほかの機関へつなぐ" not in card


def test_what_is_overdue_says_so_after_the_night(slack_town: SlackTown) -> None:
    slack_town.open_case("A14")
    slack_town.tick()
    assert "遅れ" not in board(slack_town)[0]
    slack_town.clock.move(days=7)
    slack_town.tick()
    (card,) = board(slack_town)
    assert "1開庁日の遅れ" in card


def test_a_case_with_many_long_names_stays_within_what_slack_takes(slack_town: SlackTown) -> None:
    """The stand-in refuses what is too much."""
    first, more = ["A14", "A17", "A19", "A20", "A21"], ["A01", "A02", "A03", "A04", "A05"]
    case_id = slack_town.open_case(*first, urgency="emergency")
    slack_town.refer(case_id, *more)
    slack_town.refer(case_id, "A06", "A07", "A08", "A09", "A10")
    slack_town.tick()
    (card,) = board(slack_town)
    assert "ほかに3件" in card


# -- notices --------------------------------------------------------------------------------------


def test_an_answered_request_says_who_answered_and_asks_no_more(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", **PLANTED)
    slack_town.tick()
    elderly = slack_town.person(ELDERLY)
    assert "返信する" in cards(elderly)
    slack_town.reply(case_id, "A14", by=ELDERLY)
    slack_town.tick()
    told = cards(elderly)
    assert "から返信がありました：受理" in told
    assert "返信する" not in told
    assert "ケースを見る" in told
    assert NAME not in told


def test_who_passed_it_on_is_told_where_it_went_and_nothing_more(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.tick()
    slack_town.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    slack_town.tick()
    told = cards(slack_town.person(ELDERLY))
    assert "に引き継がれました" in told
    assert "ケースを見る" not in told
    slack_town.reply(case_id, "A17", by=DISABILITY)
    slack_town.tick()
    assert "いまの状況：受理" not in cards(slack_town.person(ELDERLY))


def test_a_lead_that_was_named_meanwhile_is_not_asked_for_any_more(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.reply(case_id, "A14", by=ELDERLY)
    slack_town.tick()
    coordinator = slack_town.person(COORDINATOR)
    assert "主担当を決める" in cards(coordinator)
    day = show_date(slack_town.in_days(30).date())
    slack_town.desk.handle(SetLead(case_id, "A14", day), COORDINATOR)
    slack_town.tick()
    assert "主担当を決める" not in cards(coordinator)
    assert "に決まっています" in cards(coordinator)


# -- roles ----------------------------------------------------------------------------------------


TASK = "週に一度、訪問して話を聞く"


def with_role(town: SlackTown, **role: str) -> str:
    """A case whose meeting gave A17 a role."""
    case_id = town.open_case("A14", "A17", **PLANTED)
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    town.reply(case_id, "A17", by=DISABILITY)
    meeting_id = town.convene(case_id, required=("A14", "A17"))
    town.fix(meeting_id)
    slot = town.meeting(meeting_id).fixed_slot
    assert slot is not None
    town.clock.at = slot.ends_at
    town.save_record(meeting_id, roles=[{"agency": "A17", "task": TASK, "due_on": "", **role}])
    town.confirm_record(meeting_id)
    town.tick()
    return case_id


def test_a_role_is_ticked_off_once_and_its_card_says_by_whom(slack_town: SlackTown) -> None:
    case_id = with_role(slack_town)
    person = slack_town.person(DISABILITY)
    assert "役割をお願いします" in cards(person)
    assert TASK not in cards(person)
    old = asking(person, "済みにする")
    outsider = slack_town.person(OUTSIDER)
    outsider.press("済みにする", in_=old)  # a button that was sent on, or copied
    assert slack_town.case(case_id).roles[0].done_at is None
    assert "見つかりません" in cards(outsider)
    person.press("済みにする", in_=old)
    assert TASK in screen(person)
    person.fill({"結果": "会えました。お元気です。"})
    person.submit()
    assert "済みにしました" in screen(person)
    role = slack_town.case(case_id).roles[0]
    assert role.outcome == "会えました。お元気です。"
    slack_town.tick()
    told = cards(person)
    assert "済みました" in told
    assert "済みにする" not in told
    slack_town.clock.move(minutes=5)
    person.close_view()
    person.press("済みにする", in_=old)
    assert "済みにしました" in json.dumps(person.ephemerals(), ensure_ascii=False)
    assert slack_town.case(case_id).roles[0].done_at == role.done_at
    said = json.dumps(slack_town.slack.everything_said().messages, ensure_ascii=False, default=str)
    assert "R8-0001" in said
    for word in (NAME, KANA, PHONE, SUMMARY, TASK, "お元気"):
        assert word not in said


def test_a_role_that_two_tick_at_once_is_done_once_and_the_other_hears_of_it(
    slack_town: SlackTown,
) -> None:
    """What the second one wrote stays on their screen."""
    case_id = with_role(slack_town)
    theirs, coordinator = slack_town.person(DISABILITY), slack_town.person(COORDINATOR)
    card = asking(theirs, "済みにする")
    for person, outcome in ((theirs, "会えました。"), (coordinator, "電話しました。")):
        person.press("済みにする", in_=card)
        person.fill({"結果": outcome})
    at_once(theirs.submit, coordinator.submit)
    outcome = slack_town.case(case_id).roles[0].outcome
    first, second = (theirs, coordinator) if outcome == "会えました。" else (coordinator, theirs)
    assert "済みにしました" in screen(first)
    assert "さんが済みにしています" in json.dumps(second.errors, ensure_ascii=False)
    assert second.view is not None
    assert second.view.inputs["結果"]
    done = [e for e in slack_town.events(case_id) if e.kind == "role_done"]
    assert len(done) == 1


# -- follow-ups -----------------------------------------------------------------------------------


def with_check(town: SlackTown) -> str:
    """A case whose follow-up has just been asked for."""
    case_id = town.open_case("A14", **PLANTED)
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    town.clock.move(days=46)
    town.tick()
    return case_id


def test_a_follow_up_is_answered_by_one_of_four_buttons(slack_town: SlackTown) -> None:
    case_id = with_check(slack_town)
    person = slack_town.person(ELDERLY)
    for label in ("改善", "変化なし", "悪化", "連絡とれず"):
        assert label in cards(person)
    person.press("悪化")
    assert person.view is not None
    assert person.view.inputs["様子"] == "悪化"
    person.fill({"ひとこと": "眠れていないそうです。"})
    person.submit()
    assert "「悪化」と記録しました" in screen(person)
    answered = [f for f in slack_town.case(case_id).follow_ups if not f.waits]
    assert [str(f.result) for f in answered] == ["worse"]
    slack_town.tick()
    told = cards(person)
    assert "様子の回答を受け取りました" in told
    assert "眠れて" not in told
    assert "悪化" not in told  # not even which button it was


def test_an_answered_follow_up_is_not_answered_again(slack_town: SlackTown) -> None:
    with_check(slack_town)
    person = slack_town.person(ELDERLY)
    old = asking(person, "改善")
    person.press("改善", in_=old)
    person.submit()
    person.close_view()
    person.press("悪化", in_=old)
    assert "「改善」と答えました" in screen(person)
    assert "改善" not in json.dumps(person.ephemerals(), ensure_ascii=False)


def test_a_follow_up_that_two_answer_is_answered_by_the_first(slack_town: SlackTown) -> None:
    """What the second one wrote stays on their screen, and how it is stands in no message."""
    case_id = with_check(slack_town)
    first, second = slack_town.person(ELDERLY), slack_town.person(COLLEAGUE)
    card = asking(first, "改善")
    first.press("改善", in_=card)
    second.press("悪化", in_=card)
    second.fill({"ひとこと": "心配です。"})
    first.submit()
    second.submit()
    assert "さんが" in json.dumps(second.errors, ensure_ascii=False)
    assert second.view is not None
    assert second.view.inputs["ひとこと"] == "心配です。"
    answered = [f for f in slack_town.case(case_id).follow_ups if not f.waits]
    assert [str(f.result) for f in answered] == ["improved"]
    assert "改善" not in json.dumps(second.messages(), ensure_ascii=False)


def test_what_is_wrong_with_an_answer_stands_at_its_field(slack_town: SlackTown) -> None:
    case_id = with_check(slack_town)
    person = slack_town.person(ELDERLY)
    person.press("変化なし")
    person.fill({"次回確認日": "2026-11-01"})
    person.submit()
    assert list(person.errors) == ["次回確認日"]
    assert [f for f in slack_town.case(case_id).follow_ups if not f.waits] == []


def test_where_slack_shows_no_content_the_page_is_opened_instead(
    slack_town_with: SlackTownWith,
) -> None:
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    with_check(town)
    person = town.person(ELDERLY)
    person.press("変化なし")
    assert person.view is not None
    assert not person.view.inputs
    assert person.view.buttons == ["画面を開く"]
    assert [e.kind for e in town.events(town.case_ids()[0]) if e.kind.startswith("read")] == []
