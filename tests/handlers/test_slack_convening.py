"""支援会議 convened in Slack: two steps of one window, with the way back, or a sitting joined."""

from datetime import datetime

from tests.handlers.test_slack_meetings import ASKS, card, words
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.support.hands import UNCONSENTED, consented
from tests.support.people import CLERK, COORDINATOR, ELDERLY, OUTSIDER
from tests.support.town import FORMS
from workflows.japanese.dates import show_date, show_instant
from workflows.meetings.put_on_agenda import PutOnAgenda

PROPOSED = "提案する候補日（良い順）"


def meetings(town: SlackTown) -> list[str]:
    with town.database.open() as unit:
        return [m.id for m in unit.meetings.rows(live_only=False)]


def basis(code: str) -> str:
    """What a legal basis is called where it is chosen."""
    choices = FORMS.form("meeting").field("bases").choices
    return next(c.label for c in choices if c.value == code)


def begin(town: SlackTown, case_id: str, by: str = COORDINATOR) -> Person:
    """`by` opens the window to convene on this case, from a card that has such a button."""
    person = town.person(by)
    town.press(person, "convene", town.case(case_id).number)
    if person.view is not None and "この根拠で開く理由" in person.view.inputs:
        person.fill({"basis_reason": "早く話し合うため。"})  # of a case without consent
    return person


def test_a_sign_for_the_reason_is_refused_where_it_is_typed(slack_town: SlackTown) -> None:
    """On the first step, on which it stands; nothing of it is lost."""
    person = begin(slack_town, slack_town.open_case("A14", **UNCONSENTED))
    person.fill({"basis_reason": "あ。"})
    person.submit()
    assert "言葉で書いてください" in person.errors["この根拠で開く理由"]
    assert person.view is not None
    assert person.view.inputs["この根拠で開く理由"] == "あ。"


def test_a_meeting_is_convened_in_two_steps_and_everybody_is_asked(slack_town: SlackTown) -> None:
    """The dates are proposed, one of one's own is typed; it ends with what comes next."""
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    assert person.view is not None
    assert slack_town.case(case_id).number in person.screen_text()
    person.submit()
    assert person.errors == {}
    assert "提案する候補日" in person.screen_text()
    assert "おすすめの理由" in person.screen_text()
    proposed = person.view.inputs["提案する候補日（良い順）"]
    assert isinstance(proposed, list)
    assert len(proposed) == 5
    person.fill(
        {"own_dates": f"{show_date(slack_town.in_days(45).date())} 午後2時", "place": "庁舎"}
    )
    person.submit()
    assert person.errors == {}
    (meeting_id,) = meetings(slack_town)
    meeting = slack_town.meeting(meeting_id)
    assert len(meeting.slots) == 6
    assert {i.agency_id for i in meeting.invites} >= {"A13", "A14"}
    told = person.screen_text()
    assert f"{len(meeting.invites)}機関にお尋ねしました" in told
    assert "回答期限は" in told
    slack_town.tick()
    assert ASKS in card(slack_town.person(ELDERLY), ASKS)["text"]
    shown = words(card(person, "回答状況"))
    assert f"{len(meeting.invites)}機関のうち0機関から" in shown
    assert "おすすめ" not in shown  # before the first answer no date is better


def test_a_case_without_consent_is_offered_a_support_meeting(slack_town: SlackTown) -> None:
    """重層的支援会議 takes consented cases alone; one press makes it a 支援会議."""
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    person.fill({"bases": [basis("multi_layered")]})
    person.submit()
    assert "本人の同意がありません" in person.screen_text()
    person.press("支援会議で招集する")
    assert person.view is not None
    assert person.view.inputs["会議の根拠"] == [basis("act_106_6")]
    person.submit()
    assert "提案する候補日" in person.screen_text()


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", **consented("A13", "A14"))
    person = begin(slack_town, case_id)
    person.fill({"cases": "R8-9999"})
    person.submit()
    assert "見つからない" in person.errors["取り上げるケース"]
    person.fill({"cases": slack_town.case(case_id).number})
    person.submit()
    person.fill({"dates.0": [], "own_dates": "令和8年12月3日\n12月4日 25時", "place": "庁舎"})
    person.submit()
    own = person.errors["自分で加える候補日"]
    assert "1行目" in own
    assert "2行目" in own
    person.fill({"own_dates": "令和8年12月3日午後2時", "answer_by": "昨日"})
    person.submit()
    assert list(person.errors) == ["回答期限"]
    assert person.view is not None
    assert person.view.inputs["場所"] == "庁舎"
    person.fill({"answer_by": "12月1日"})
    person.submit()
    assert person.errors == {}
    (meeting_id,) = meetings(slack_town)
    assert [show_instant(s.starts_at) for s in slack_town.meeting(meeting_id).slots] == [
        "令和8年12月3日（木）午後2時"
    ]


def test_a_sitting_that_is_planned_already_is_shown_before_another_is_called(
    slack_town: SlackTown,
) -> None:
    """会議を増やさない: with one press the case goes onto its agenda."""
    planned = slack_town.convene(slack_town.open_case(**UNCONSENTED))
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    person.submit()
    assert "もう予定されています" in person.screen_text()
    person.press("この会議に加える")
    assert "守秘義務のもとで聞きます" in person.screen_text()
    person.submit()
    assert "議題に加えました" in person.screen_text()
    item = slack_town.meeting(planned).item(case_id)
    assert item is not None
    assert item.agency_ids == ["A13", "A14"]
    assert meetings(slack_town) == [planned]


def test_other_agencies_bring_other_dates_and_what_was_typed_stays(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    person.submit()
    assert person.view is not None
    before = person.view.inputs["提案する候補日（良い順）"]
    person.fill({"place": "庁舎2階", "minutes": "2時間"})
    busy = slack_town.convene(slack_town.open_case(**UNCONSENTED), days_ahead=[21])
    slack_town.fix(busy)
    person.press("日程を提案し直す")
    assert "提案し直しました" in person.screen_text()
    assert person.view.inputs["場所"] == "庁舎2階"
    assert person.view.inputs["提案する候補日（良い順）"] != before


def test_who_may_not_convene_is_told_so(slack_town: SlackTown) -> None:
    """A clerk and an outsider; the case itself stays unknown to them."""
    case_id = slack_town.open_case("A14")
    for member in (CLERK, OUTSIDER):
        person = begin(slack_town, case_id, by=member)
        assert person.view is None
        assert "招集" in words(person.ephemerals()[-1])


def test_reasons_about_a_person_are_written_on_the_page_where_slack_holds_nothing(
    slack_town_with: SlackTownWith,
) -> None:
    town = slack_town_with(PERSONAL_DATA_IN_SLACK="no")
    case_id = town.open_case("A14", consent="no")
    person = begin(town, case_id)
    assert "この根拠で開く理由" not in person.screen_text()
    person.submit()
    assert person.view is not None
    assert "介護" not in person.screen_text()


def fill_second(person: Person, day: datetime) -> None:
    """Nothing of what is proposed: one date of one's own, and a place."""
    person.fill({PROPOSED: [], "own_dates": f"{show_date(day.date())} 午後2時"})
    person.fill({"place": "庁舎2階", "title": "見守りの会"})


def test_a_sitting_pointed_out_late_changes_nothing_that_was_chosen(slack_town: SlackTown) -> None:
    """What was not ticked does not come back ticked, and the window's own words stay."""
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    person.submit()
    fill_second(person, slack_town.in_days(45))
    slack_town.convene(slack_town.open_case(**UNCONSENTED))
    person.submit()
    assert "先にご確認ください" in person.screen_text()
    assert person.view is not None
    assert not person.view.inputs[PROPOSED]
    person.submit()
    assert person.errors == {}
    convened = slack_town.meeting(meetings(slack_town)[-1])
    assert [s.starts_at.date() for s in convened.slots] == [slack_town.in_days(45).date()]


def test_what_was_typed_is_in_the_window_itself_when_it_is_drawn_anew(
    slack_town: SlackTown,
) -> None:
    """A window that had to say to wait has lost what Slack kept of it: all is drawn with it."""
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    person.submit()
    fill_second(person, slack_town.in_days(45))
    person.fill({"回答期限": "令和8年12月1日"})
    person.press("日程を提案し直す")
    assert person.view is not None
    drawn = {
        b["block_id"].partition("~")[0]: b["element"].get("initial_value")
        for b in person.view.blocks
        if b["type"] == "input"
    }
    assert drawn["own_dates"] == f"{show_date(slack_town.in_days(45).date())} 午後2時"
    assert drawn["place"] == "庁舎2階"
    assert drawn["answer_by"] == "令和8年12月1日"


def test_back_to_what_it_is_about_and_forth_again_loses_nothing(slack_town: SlackTown) -> None:
    """What the second step holds stands below the first, and is there again in the second."""
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    other = slack_town.case(slack_town.open_case("A17", **UNCONSENTED)).number
    number = slack_town.case(case_id).number
    person = begin(slack_town, case_id)
    person.fill({"basis_reason": "早く話し合うため。"})
    person.submit()
    fill_second(person, slack_town.in_days(45))
    person.fill({"answer_by": "令和8年12月1日"})
    assert person.view is not None
    invited = person.view.inputs["出席が必要な機関"]
    person.press("戻る")
    assert person.view.inputs["取り上げるケース"] == number
    assert person.view.inputs["この根拠で開く理由"] == "早く話し合うため。"
    assert person.view.inputs["場所"] == "庁舎2階"
    person.fill({"cases": f"{number}、{other}", "bases": [basis("multi_layered")]})
    person.submit()
    person.press("支援会議で招集する")
    person.submit()
    assert other in person.screen_text()
    assert person.view.inputs["場所"] == "庁舎2階"
    assert person.view.inputs["出席が必要な機関"] == invited
    assert person.view.inputs["回答期限"] == "令和8年12月1日"
    assert not person.view.inputs[PROPOSED]
    person.submit()
    assert person.errors == {}
    convened = slack_town.meeting(meetings(slack_town)[-1])
    assert len(convened.agenda) == 2
    assert (convened.title, len(convened.slots)) == ("見守りの会", 1)


def test_a_support_meeting_without_a_case_is_told_in_the_first_step(slack_town: SlackTown) -> None:
    person = begin(slack_town, slack_town.open_case("A14", **UNCONSENTED))
    person.fill({"cases": ""})
    person.submit()
    assert "ケースが必要です" in person.errors["取り上げるケース"]


def test_several_cases_join_a_sitting_together_or_not_at_all(slack_town: SlackTown) -> None:
    """One of them was put there meanwhile: nothing is done, and the window stays as it was."""
    planned = slack_town.convene(slack_town.open_case(**UNCONSENTED))
    first, second = (slack_town.open_case("A14", **UNCONSENTED) for _ in range(2))
    numbers = [slack_town.case(c).number for c in (first, second)]
    person = begin(slack_town, first)
    person.fill({"cases": "、".join(numbers)})
    person.submit()
    person.fill({"place": "庁舎2階"})
    person.press("この会議に加える")
    slack_town.desk.handle(PutOnAgenda(planned, (numbers[1],), "急ぐため。"), COORDINATOR)
    person.submit()
    assert "もうこの会議に載っています" in "".join(person.errors.values())
    assert slack_town.meeting(planned).item(first) is None


def test_a_second_press_joins_once(slack_town: SlackTown) -> None:
    planned = slack_town.convene(slack_town.open_case(**UNCONSENTED))
    case_id = slack_town.open_case("A14", **UNCONSENTED)
    person = begin(slack_town, case_id)
    person.submit()
    person.press("この会議に加える", twice=True)
    person.submit()
    assert "議題に加えました" in person.screen_text()
    assert len(slack_town.meeting(planned).agenda) == 2
