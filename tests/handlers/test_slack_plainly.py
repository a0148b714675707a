"""What stands on Slack's screens is said once, in the same words everywhere, and to who is here."""

from tests.slack.filling import put
from tests.slack.product import CHANNEL, SlackTown
from tests.slack.screen import words_in
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY
from tests.workflows.test_sign_in import LABELS
from workflows.directory.edit_one import GetMemberToEdit, SaveMember


def text_of(message: dict[str, object]) -> str:
    return "\n".join(words_in(message["blocks"]))


def test_the_home_of_who_has_left_shows_whom_to_ask(slack_town: SlackTown) -> None:
    """It is drawn when their agency's cases move, before Slack tells us that they left."""
    person = slack_town.person(ELDERLY)
    person.open_home()
    slack_town.tick()
    found = slack_town.desk.ask(GetMemberToEdit(ELDERLY, LABELS), ADMINISTRATOR)
    left = SaveMember({**found.cells, "active_until": "2026-11-21"}, found.stamp, LABELS, True)
    slack_town.desk.handle(left, ADMINISTRATOR)
    slack_town.clock.move(days=3)
    slack_town.open_case("A14")
    slack_town.tick()
    assert "まだ登録されていません" in person.home_text()
    assert "R8-0001" not in person.home_text()


def test_what_to_write_in_a_row_is_said_once(slack_town: SlackTown) -> None:
    """Not above the rows, beside the first one, and beside each other one again."""
    slack_town.open_case("A14")
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    person.press("ほかの機関へつなぐ", in_=slack_town.slack.messages(CHANNEL)[-1])
    person.press("行を足す")
    assert person.screen_text().count("その機関にお願いしたいことを具体的に書いてください") == 1


def test_who_has_not_answered_is_named_once_on_the_organisers_card(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.convene(case_id, days_ahead=(20, 21, 22))
    slack_town.tick()
    told = next(
        text_of(m) for m in slack_town.person(COORDINATOR).messages() if "回答状況" in text_of(m)
    )
    assert "－ 未回答 2機関" in told
    assert told.count("地域包括支援センターひだまり") == 1


def test_a_date_names_who_is_hindered_and_counts_who_can_come(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    meeting_id = slack_town.convene(case_id)
    slack_town.answer(meeting_id, "A13", "yes", by=COORDINATOR)
    slack_town.answer(meeting_id, "A14", "no", by=ELDERLY)
    slack_town.tick()
    told = next(
        text_of(m) for m in slack_town.person(COORDINATOR).messages() if "回答状況" in text_of(m)
    )
    assert "○ 出席 1機関\n× 欠席 1機関：地域包括支援センターひだまり（必須）" in told


def test_a_maybe_has_the_same_words_on_its_button_and_in_the_answer(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14")
    slack_town.convene(case_id)
    slack_town.tick()
    person = slack_town.person(ELDERLY)
    asked = next(m for m in person.messages() if "日程をお尋ね" in text_of(m))
    person.press("△ 必要なら出席", in_=asked)
    slack_town.tick()
    now = next(m for m in person.messages() if m["ts"] == asked["ts"])
    assert "回答：△ 必要なら出席" in text_of(now)


def test_a_line_that_is_no_date_is_told_once(slack_town: SlackTown) -> None:
    slack_town.open_case("A14")
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    person.press("会議を招集する", in_=slack_town.slack.messages(CHANNEL)[-1])
    put(person, {"bases": ["act_106_6"], "basis_reason": "早く話し合うため。"})
    person.submit()
    person.fill({"自分で加える候補日": "昨日\n令和8年12月32日 14:00"})
    person.submit()
    (told,) = person.errors.values()
    assert told.count("1行目") == 1
    assert told.count("2行目") == 1


def test_a_stranger_is_told_where_the_answer_will_come(slack_town: SlackTown) -> None:
    slack_town.slack.add_user("UGHOST", "ghost", "幽谷 ひびき", email="nobody@example.jp")
    stranger = slack_town.slack.person("UGHOST", slack_town.endpoint)
    stranger.command("/tsunagu")
    assert "押したあとは、お返事をお待ちください" in stranger.screen_text()
    stranger.press("登録を頼む")
    assert "このアプリのメッセージでお知らせします" in stranger.screen_text()


def test_the_board_names_the_district_as_the_sheet_does(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", by=CLERK)
    slack_town.tick()
    assert "*圏域*\nひだまり圏域" in text_of(slack_town.slack.messages(CHANNEL)[-1])
