"""支援会議 in Slack: convened in a window, followed on a card, fixed, attended, moved."""

from dataclasses import replace

import pytest

from tests.slack.allowed import ALL_TEXT, MESSAGE
from tests.slack.limits import Json, faults_in
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.slack.screen import words_in
from tests.support.notice_endings import PutUp
from tests.support.people import (
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OUTSIDER,
)
from workflows.japanese.dates import show_date, show_instant
from workflows.meetings.answer import AnswerDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.fix_date import MoveMeeting
from workflows.meetings.run import UninviteAgency
from workflows.model.meeting import MeetingState
from workflows.model.promise import PromiseKind

ASKS = "日程をお尋ね"


def card(person: Person, says: str) -> Json:
    """The person's newest card that says this."""
    return next(m for m in reversed(person.messages()) if says in m["text"])


def primary(message: Json) -> list[str]:
    """The labels of the buttons that stand out."""
    found = [e for b in message["blocks"] for e in b.get("elements", ()) if "style" in e]
    return [e["text"]["text"] for e in found]


def words(message: Json) -> str:
    return "\n".join(words_in(message["blocks"]))


# -- the organiser's card -------------------------------------------------------------------------


def test_answers_come_in_on_the_organisers_card_and_the_best_date_says_why(
    slack_town: SlackTown,
) -> None:
    meeting_id = slack_town.convene(slack_town.open_case())
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    assert primary(card(person, "回答状況")) == []
    count = len(person.messages())
    first, second = slack_town.meeting(meeting_id).slots
    said = {first.id: "no", second.id: "yes"}
    slack_town.desk.handle(AnswerDates(meeting_id, "A14", said, {}), ELDERLY)
    slack_town.tick()
    assert primary(card(person, "回答状況")) == ["この日に決める"]
    shown = words(card(person, "回答状況"))
    assert "2機関のうち1機関から" in shown
    assert "× 欠席 1機関：地域包括支援センターひだまり（必須）" in shown
    assert "おすすめは令和8年12月11日" in shown
    assert len(person.messages()) == count
    slack_town.answer(meeting_id, "A13", "yes", by=COORDINATOR)
    slack_town.tick()
    assert "2機関すべてから" in words(card(person, "回答状況"))
    old = [m for m in person.messages() if "下のカードをご覧ください" in m["text"]]
    assert len(old) == 1  # of two cards about the same the older gives way


def test_where_no_date_works_the_card_says_so_and_offers_more_dates(slack_town: SlackTown) -> None:
    """All × of one who must come: nothing is recommended, and the next step is another date."""
    meeting_id = slack_town.convene(slack_town.open_case())
    slack_town.answer(meeting_id, "A13", "yes", by=COORDINATOR)
    slack_town.answer(meeting_id, "A14", "no", by=ELDERLY)
    slack_town.tick()
    shown = card(slack_town.person(COORDINATOR), "回答状況")
    assert primary(shown) == ["候補日を加える"]
    assert "おすすめできる候補日がありません" in words(shown)
    assert "（おすすめ）" not in words(shown)


def test_a_date_that_nobody_answered_for_wants_a_reason(slack_town: SlackTown) -> None:
    """The window names who has not answered, and does not let it go with one press."""
    meeting_id = slack_town.convene(slack_town.open_case())
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "fix_date", meeting_id)
    assert "回答がまだありません" in person.screen_text()
    assert slack_town.agency_name("A14") in person.screen_text()
    person.submit()
    assert list(person.errors) == ["理由"]
    assert slack_town.meeting(meeting_id).state is MeetingState.COLLECTING
    person.fill({"理由": "電話で確かめたため。"})
    person.submit()
    assert slack_town.meeting(meeting_id).state is MeetingState.FIXED


def test_an_odd_date_is_marked_and_asked_about_once(slack_town: SlackTown) -> None:
    """Added, fixed and moved to in Slack: each time one question, and pressing again goes on."""
    meeting_id = slack_town.convene(slack_town.open_case())
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "add_dates", meeting_id)
    person.fill({"own_dates": "令和8年12月12日 午前10時"})
    person.submit()
    assert "（閉庁日）" in person.screen_text()
    assert "もう一度「候補日を加える」" in person.screen_text()
    assert len(slack_town.meeting(meeting_id).slots) == 2
    person.submit()
    assert len(slack_town.meeting(meeting_id).slots) == 3
    slack_town.tick()
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        slack_town.answer(meeting_id, agency, "yes", by=who)
    slack_town.tick()
    assert "※閉庁日" in words(card(slack_town.person(ELDERLY), "日程をお尋ね"))
    assert "（閉庁日）" in words(card(person, "回答状況"))
    saturday = slack_town.meeting(meeting_id).slots[2]
    slack_town.press(person, "fix_date", meeting_id, saturday.id)
    assert "（閉庁日）" in person.screen_text()
    person.submit()
    assert slack_town.meeting(meeting_id).fixed_slot_id == saturday.id
    slack_town.press(person, "move_meeting", meeting_id)
    person.fill({"slots.0.starts": "午後7時", "reason": "会場の都合。"})
    person.submit()
    assert slack_town.meeting(meeting_id).sequence == 0
    assert "もう一度「日時を変える」" in person.screen_text()
    person.submit()
    assert slack_town.meeting(meeting_id).sequence == 1


def test_a_date_that_somebody_needed_refused_wants_a_reason(slack_town: SlackTown) -> None:
    """The other date can be looked at in the same window; then everybody is told."""
    meeting_id = slack_town.convene(slack_town.open_case())
    first, second = slack_town.meeting(meeting_id).slots
    slack_town.answer(meeting_id, "A14", "no", by=ELDERLY)
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    person.press("この日に決める", in_=card(person, "回答状況"))
    assert "理由" in person.screen_text()
    assert person.view is not None
    select = next(b["accessory"] for b in person.view.blocks if "accessory" in b)
    person.choose(select["action_id"], select["options"][1]["text"]["text"])
    assert show_instant(second.starts_at) in person.screen_text()
    person.submit()
    assert list(person.errors) == ["理由"]
    person.fill({"理由": "代理の方が出席するため。"})
    person.submit()
    assert "に決めました" in person.screen_text()
    assert slack_town.meeting(meeting_id).fixed_slot_id == second.id
    slack_town.tick()
    assert "に決まりました" in words(card(person, "の予定"))
    assert "出欠をお知らせください" in words(card(slack_town.person(ELDERLY), "日程が決まりました"))
    assert first.id != second.id


def test_a_clash_that_came_up_meanwhile_asks_for_a_reason(slack_town: SlackTown) -> None:
    """The window showed no reason to give one: it is asked for, and nothing is fixed yet."""
    meeting_id = slack_town.convene(slack_town.open_case())
    other = slack_town.convene(slack_town.open_case())
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        slack_town.answer(meeting_id, agency, "yes", by=who)
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "fix_date", meeting_id)
    slack_town.fix(other)
    person.submit()
    assert "重なります" in person.screen_text()
    assert slack_town.meeting(meeting_id).state is MeetingState.COLLECTING
    person.fill({"理由": "急ぎのため。"})
    person.submit()
    assert slack_town.meeting(meeting_id).state is MeetingState.FIXED


def test_two_who_fix_at_once_fix_one_date(slack_town: SlackTown) -> None:
    """The later one is told what was decided."""
    meeting_id = slack_town.convene(slack_town.open_case())
    for agency, who in (("A13", COORDINATOR), ("A14", ELDERLY)):
        slack_town.answer(meeting_id, agency, "yes", by=who)
    one, other = slack_town.person(COORDINATOR), slack_town.person(CHAIR)
    for person in (one, other):
        slack_town.press(person, "fix_date", meeting_id)
    one.submit()
    other.submit()
    assert "もう" in " ".join([*other.errors.values(), other.screen_text()])
    slack_town.press(other, "fix_date", meeting_id)
    assert "もう" in words(other.ephemerals()[-1])


def test_the_organiser_reminds_adds_dates_closes_and_reopens(slack_town: SlackTown) -> None:
    meeting_id = slack_town.convene(slack_town.open_case())
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    person.press("催促する", in_=card(person, "回答状況"))
    assert "もう一度お願いしました" in words(person.ephemerals()[-1])
    person.press("候補日を加える", in_=card(person, "回答状況"))
    person.submit()
    assert "候補日を1つ以上" in " ".join(person.errors.values())
    person.fill({"own_dates": "12月25日 10:00"})
    person.submit()
    assert "1件加えました" in person.screen_text()
    assert len(slack_town.meeting(meeting_id).slots) == 3
    person.close_view()
    person.press("会議を見る", in_=card(person, "回答状況"))
    person.press("回答を締め切る")
    assert "締め切りました" in person.screen_text()
    person.press("回答を再開する")
    person.fill({"answer_by": "12月1日"})
    person.submit()
    assert "再開しました" in person.screen_text()
    assert slack_town.meeting(meeting_id).state is MeetingState.COLLECTING


def test_agencies_are_invited_and_taken_off_in_a_window(slack_town: SlackTown) -> None:
    meeting_id = slack_town.convene(slack_town.open_case())
    person = slack_town.person(COORDINATOR)
    for how, agency, wanted in (
        ("任意で招く（任意にする）", slack_town.agency_name("A17"), False),
        ("必須で招く（必須にする）", f"{slack_town.agency_name('A17')}", True),
    ):
        slack_town.press(person, "change_agencies", meeting_id)
        person.fill({"agency": agency, "do": how})
        person.submit()
        if not wanted:  # what it would read is looked at first
            assert slack_town.meeting(meeting_id).invite("A17") is None
            assert "本人の同意" in person.screen_text()
            person.submit()
        invite = slack_town.meeting(meeting_id).invite("A17")
        assert invite is not None
        assert invite.required is wanted
        person.close_view()
    slack_town.press(person, "change_agencies", meeting_id)
    person.fill({"agency": f"{slack_town.agency_name('A17')}（必須）", "do": "出席機関から外す"})
    person.submit()
    assert "外しました" in person.screen_text()
    assert slack_town.meeting(meeting_id).invite("A17") is None


def test_who_is_made_required_after_fixing_is_said_to_be_silent(slack_town: SlackTown) -> None:
    """In the window before one submits, in what is said then, and where the meeting stands."""
    meeting_id = slack_town.convene(slack_town.open_case("A17"), optional=["A17"])
    slack_town.answer(meeting_id, "A13", by=COORDINATOR)
    slack_town.answer(meeting_id, "A14", by=ELDERLY)
    slack_town.fix(meeting_id)
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "change_agencies", meeting_id)
    assert "に決まっています" in person.screen_text()
    name = slack_town.agency_name("A17")
    person.fill({"agency": name, "do": "必須で招く（必須にする）"})
    person.submit()
    assert "この日に出席できるとまだ答えていないため、出欠を伺います" in person.screen_text()
    person.close_view()
    slack_town.press(person, "open_meeting", meeting_id)
    assert f"{name}は、この日に出席できるとまだ答えていません" in person.screen_text()


def test_a_manager_sees_that_it_is_to_be_fixed_and_not_who_said_what(
    slack_town: SlackTown,
) -> None:
    meeting_id = slack_town.convene(slack_town.open_case())
    slack_town.answer(meeting_id, "A14", "no", by=ELDERLY)
    manager = slack_town.person(MANAGER)
    slack_town.press(manager, "open_meeting", meeting_id)
    assert "× 欠席" not in manager.screen_text()
    assert "この日に決める" not in manager.screen_text()
    manager.close_view()
    slack_town.press(manager, "fix_date", meeting_id)
    assert manager.view is None


# -- a fixed date ---------------------------------------------------------------------------------


@pytest.fixture
def fixed(slack_town: SlackTown) -> str:
    """A 支援会議 of 社協 and 地域包括 with a date; the cards are there."""
    meeting_id = slack_town.convene(slack_town.open_case())
    slack_town.fix(meeting_id)
    slack_town.tick()
    return meeting_id


FIXED = "日程が決まりました"


def test_one_says_with_one_press_whether_one_comes(slack_town: SlackTown, fixed: str) -> None:
    """Said twice nobody is told twice; the organiser's card counts it."""
    person = slack_town.person(ELDERLY)
    person.press("出席する", in_=card(person, FIXED))
    slack_town.tick()
    assert "「出席」とお預かりしています" in words(card(person, FIXED))
    person.press("欠席する", in_=card(person, FIXED), twice=True)
    slack_town.tick()
    assert "「欠席」とお預かりしています" in words(card(person, FIXED))
    organiser = slack_town.person(COORDINATOR)
    told = [m for m in organiser.messages() if "欠席の連絡" in m["text"]]
    assert len(told) == 1
    assert "欠席1機関" in words(told[0])


def test_the_organisers_card_names_who_has_not_said_whether_they_come(
    slack_town: SlackTown, fixed: str
) -> None:
    """With the deadline on the card of who is asked; whoever does not run it sees no list."""
    due = slack_town.promises(fixed, PromiseKind.ATTEND)[0].due_at
    asked = slack_town.person(ELDERLY)
    assert show_instant(due) in words(card(asked, FIXED))
    assert "回答待ち" not in words(card(asked, FIXED))
    asked.press("出席する", in_=card(asked, FIXED))
    slack_town.clock.set(due)
    slack_town.clock.move(days=6)
    slack_town.keep_promises()
    slack_town.tick()
    told = words(slack_town.person(COORDINATOR).messages()[-1])
    assert f"出欠の回答待ち 1機関：{slack_town.agency_name('A13')}" in told
    assert f"出席 1機関：{slack_town.agency_name('A14')}" in told


def test_a_delegate_is_named_in_a_window_and_in_no_message(
    slack_town: SlackTown, fixed: str
) -> None:
    person = slack_town.person(ELDERLY)
    person.press("代理・ひとこと", in_=card(person, FIXED))
    person.fill({"comes": "代理の方が出席する"})
    person.submit()
    assert "お名前" in " ".join(person.errors.values())
    person.fill({"who": "代理野 かわり", "comment": "途中で退席します"})
    person.submit()
    word = slack_town.meeting(fixed).invites[1].attendance
    assert word is not None
    assert (word.comes, word.who) == (True, "代理野 かわり")
    slack_town.tick()
    said = "\n".join(slack_town.slack.everything_said().messages)
    assert "代理野" not in said
    assert "途中で退席" not in said
    organiser = slack_town.person(COORDINATOR)
    slack_town.press(organiser, "open_meeting", fixed)
    assert "代理野 かわり" in organiser.screen_text()


def test_where_nothing_personal_is_written_in_slack_a_delegate_is_named_on_the_page(
    slack_town_with: SlackTownWith,
) -> None:
    """There is nothing to choose that could not be kept; a name from the page stays."""
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    meeting_id = town.convene(town.open_case())
    dates = dict.fromkeys((s.id for s in town.meeting(meeting_id).slots), "yes")
    town.desk.handle(AnswerDates(meeting_id, "A14", dates, {}, "回答野 わたし"), ELDERLY)
    town.fix(meeting_id)
    town.desk.handle(ConfirmAttendance(meeting_id, "A14", True, "代理野 かわり"), ELDERLY)
    person = town.person(ELDERLY)
    town.press(person, "attend", meeting_id)
    assert "代理の方が出席する" not in person.screen_text()
    assert person.view is not None
    assert any(f"/meetings/{meeting_id}" in str(block) for block in person.view.blocks)
    person.submit()
    invite = town.meeting(meeting_id).invite("A14")
    assert invite is not None
    assert invite.attendance is not None
    assert invite.attendance.who == "代理野 かわり"
    town.press(person, "attend", meeting_id)
    person.fill({"comes": "欠席する"})
    person.submit()
    absent = town.meeting(meeting_id).invite("A14")
    assert absent is not None
    assert absent.attendance is not None
    assert (absent.attendance.comes, absent.attendance.who) == (False, "")


def test_a_moved_meeting_changes_its_card_and_comes_as_news(
    slack_town: SlackTown, fixed: str
) -> None:
    """The older cards say what became of them, and ask for nothing; the news of it asks anew."""
    person = slack_town.person(ELDERLY)
    PutUp(slack_town).put({"attend_reminder": PromiseKind.ATTEND}, ELDERLY, meeting_id=fixed)
    person.press("出席する", in_=card(person, FIXED))
    slack_town.tick()
    day = show_date(slack_town.in_days(31).date())
    organiser = slack_town.person(COORDINATOR)
    slack_town.press(organiser, "move_meeting", fixed)
    organiser.fill({"slots.0.day": day, "slots.0.starts": "25時", "reason": "会場の都合のため。"})
    organiser.submit()
    assert list(organiser.errors) == ["開始時刻"]
    organiser.fill({"slots.0.starts": "午前10時"})
    organiser.submit()
    assert "に変えました" in organiser.screen_text()
    slack_town.tick()
    new = card(person, "支援会議の日時が変わりました")
    assert f"{day}午前10時" in words(new)
    assert "出席する" in words(new)
    for old in (card(person, FIXED), card(person, "出欠の回答")):
        assert f"その後、日時が{day}午前10時に変わりました。" in words(old)
        assert "出席する" not in words(old)
        assert "会議を見る" in words(old)


def test_no_word_is_taken_for_a_date_of_which_it_was_not_said(
    slack_town: SlackTown, fixed: str
) -> None:
    """Pressed on the card of before, or handed in from a window that was open."""
    person = slack_town.person(ELDERLY)
    old = card(person, FIXED)
    slack_town.press(person, "attend", fixed)
    person.fill({"comes": "出席する"})
    day = show_date(slack_town.in_days(31).date())
    slack_town.desk.handle(MoveMeeting(fixed, day, "10:00", "会場の都合のため。"), COORDINATOR)
    moved = "日時が変わりました。まだ保存していません。"
    person.submit()
    assert moved in str(person.errors)
    person.close_view(everything=True)
    person.press("出席する", in_=old)
    assert moved in words(person.ephemerals()[-1])
    invite = slack_town.meeting(fixed).invite("A14")
    assert invite is not None
    assert invite.attendance is None


def test_a_meeting_is_moved_to_another_day_at_the_same_time(
    slack_town: SlackTown, fixed: str
) -> None:
    before = slack_town.meeting(fixed).fixed_slot
    organiser, day = slack_town.person(COORDINATOR), slack_town.in_days(31).date()
    slack_town.press(organiser, "move_meeting", fixed)
    organiser.fill({"slots.0.day": show_date(day), "reason": "会場の都合のため。"})
    organiser.submit()
    after = slack_town.meeting(fixed).fixed_slot
    assert before
    assert after
    assert (after.starts_at.date(), after.starts_at.time()) == (day, before.starts_at.time())


def test_a_cancelled_meeting_says_so_everywhere(slack_town: SlackTown, fixed: str) -> None:
    organiser, person = slack_town.person(COORDINATOR), slack_town.person(ELDERLY)
    old = card(person, FIXED)
    slack_town.press(organiser, "cancel_meeting", fixed)
    organiser.fill({"reason": "延期するため。"})
    organiser.submit()
    assert "中止しました" in organiser.screen_text()
    slack_town.tick()
    for message in person.messages():
        if message["ts"] == old["ts"] or "中止" in message["text"]:
            assert "中止になりました" in words(message)
            assert "出席する" not in words(message)
    person.press("出席する", in_=old)
    assert "中止になりました" in words(person.ephemerals()[-1])


def test_the_secrecy_duty_is_confirmed_before_content_is_seen(
    slack_town: SlackTown, fixed: str
) -> None:
    person = slack_town.person(ELDERLY)
    person.press("守秘義務を確認する", in_=card(person, FIXED))
    assert "会議の外で話したり" in person.screen_text()
    person.submit()
    assert "お預かりしました" in person.screen_text()
    assert slack_town.meeting(fixed).sworn_at(ELDERLY, "A14") is not None
    slack_town.tick()
    assert "守秘義務を確認する" not in words(card(person, FIXED))
    # From the meeting's own modal it leads back there.
    chair = slack_town.person(CHAIR)
    chair.press("会議を見る", in_=card(chair, FIXED))
    chair.press("守秘義務を確認する")
    chair.submit()
    assert chair.view is not None
    assert "予定表に入れる" in chair.view.buttons
    assert "守秘義務を確認する" not in chair.view.buttons


def test_the_calendar_file_is_put_there_once(slack_town: SlackTown, fixed: str) -> None:
    """Pressed again nothing is uploaded; after a move there is a new one."""
    person = slack_town.person(ELDERLY)
    person.press("予定表に入れる", in_=card(person, FIXED), twice=True)
    files = [f for m in person.messages() for f in m.get("files", ())]
    assert len(files) == 1
    content = slack_town.slack.world.files[files[0]["id"]].content.decode()
    assert "BEGIN:VCALENDAR" in content
    assert f"UID:{fixed}@tsunagu" in content
    assert "もうお渡ししています" in words(person.ephemerals()[-1])
    day = show_date(slack_town.in_days(31).date())
    slack_town.desk.handle(MoveMeeting(fixed, day, "10:00", "都合のため。"), COORDINATOR)
    person.press("予定表に入れる", in_=card(person, FIXED))
    assert len([f for m in person.messages() for f in m.get("files", ())]) == 2


def test_a_file_that_may_have_arrived_is_not_sent_twice(slack_town: SlackTown, fixed: str) -> None:
    """No answer came, and it stands there; when nothing arrived it goes the second time."""
    person = slack_town.person(ELDERLY)
    slack_town.slack.fail("files.completeUploadExternal", status=500, times=1)
    person.press("予定表に入れる", in_=card(person, FIXED))
    assert "渡せませんでした" in words(person.ephemerals()[-1])
    slack_town.slack.drop("files.completeUploadExternal", arrives=True, times=1)
    person.press("予定表に入れる", in_=card(person, FIXED))
    person.press("予定表に入れる", in_=card(person, FIXED))
    assert len([f for m in person.messages() for f in m.get("files", ())]) == 1


def test_an_agency_taken_off_sees_the_fixed_date_no_more(slack_town: SlackTown, fixed: str) -> None:
    person = slack_town.person(ELDERLY)
    old = card(person, FIXED)
    slack_town.desk.handle(UninviteAgency(fixed, "A14"), COORDINATOR)
    slack_town.tick()
    gone = next(m for m in person.messages() if m["ts"] == old["ts"])
    assert "令和8年12月" not in words(gone)
    for label in ("出席する", "予定表に入れる", "会議を見る"):
        person.press(label, in_=old)
        assert "見つからないか、ご覧になれません" in words(person.ephemerals()[-1])
    assert person.view is None


def test_the_largest_meeting_fits_into_a_card_and_a_window(slack_town: SlackTown) -> None:
    """Twenty dates, ten agencies of fifty characters, all answered in three ways."""
    ids = ["A13", "A14", "A17", "A19", "A20", "A21", "A10", "A27", "A06", "A03"]
    with slack_town.database.open() as unit:
        found = [unit.directory.agency(a) for a in ids]
        unit.directory.save_agencies(
            [replace(a, name=f"{n}" + "機関名" * 16 + "所") for n, a in enumerate(found) if a]
        )
        unit.commit()
    meeting_id = slack_town.convene(
        slack_town.open_case(), required=ids, days_ahead=range(20, 40), place="場" * 60
    )
    for agency_id, symbol in zip(ids, ("yes", "maybe", "no") * 3, strict=False):
        slack_town.answer(meeting_id, agency_id, symbol, by=COORDINATOR)
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    shown = card(person, "回答状況")
    assert faults_in(shown["blocks"], MESSAGE) == []
    assert sum(len(w) for w in words_in(shown["blocks"])) < ALL_TEXT
    assert words(shown).count("○ 出席 ") == 20
    person.press("会議を見る", in_=shown)
    assert person.view is not None
    person.close_view()
    person.press("この日に決める", in_=shown)
    assert person.view is not None


def test_every_comment_is_read_in_the_window_however_many_there_are(slack_town: SlackTown) -> None:
    """More than one of Slack's paragraphs holds; what has no room is on the page."""
    ids = ["A13", "A14", "A17", "A19", "A20"]
    meeting_id = slack_town.convene(slack_town.open_case(), required=ids, days_ahead=range(20, 32))
    dates = [slot.id for slot in slack_town.meeting(meeting_id).slots]
    for agency_id in ids:
        comments = {d: f"{agency_id}から{n}の" + "言" * 80 for n, d in enumerate(dates)}
        given = dict.fromkeys(dates, "maybe")
        slack_town.desk.handle(AnswerDates(meeting_id, agency_id, given, comments), COORDINATOR)
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "open_meeting", meeting_id)
    for agency_id in ids:
        for number in range(len(dates)):
            assert f"{agency_id}から{number}の" + "言" * 80 in person.screen_text()


def test_further_dates_are_as_long_as_the_meeting(slack_town: SlackTown) -> None:
    """Two hours are not proposed where the second one is taken."""
    short, long = (
        slack_town.convene(slack_town.open_case(), minutes=minutes) for minutes in ("60", "120")
    )
    slack_town.fix(slack_town.convene(slack_town.open_case(), days_ahead=[25], starts="15:00"))
    day = f"{show_date(slack_town.in_days(25).date())}午後2時"
    person = slack_town.person(COORDINATOR)
    slack_town.press(person, "add_dates", short)
    assert day in person.screen_text()
    person.close_view()
    slack_town.press(person, "add_dates", long)
    assert day not in person.screen_text()


def test_words_about_a_person_never_stand_in_a_message(slack_town: SlackTown) -> None:
    """A place that names whom the case is about is masked on every card."""
    case_id = slack_town.open_case("A14", name="見本野 太郎", kana="ミホンノ タロウ")
    meeting_id = slack_town.convene(case_id, place="庁舎2階")
    slack_town.tick()
    with slack_town.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        meeting.place = "見本野太郎さんの家"  # a record that came to know the name later
        unit.commit()
    slack_town.answer(meeting_id, "A14", "yes", by=ELDERLY)
    slack_town.fix(meeting_id)
    slack_town.tick()
    said = "\n".join(slack_town.slack.everything_said().messages)
    assert "場所" in said
    assert "見本野" not in said
    assert "ミホンノ" not in said


def test_nobody_else_is_told_of_a_meeting(slack_town: SlackTown, fixed: str) -> None:
    for member in (OUTSIDER, DISABILITY):
        assert slack_town.person(member).messages() == []
