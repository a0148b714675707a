"""What a coordinator entered for an agency, as the agency is told of it: by mail and in Slack."""

from handlers.runtime.answer_tokens import PATH, AnswerTokens
from tests.handlers.test_mail_notices import Bag, drain, links_in
from tests.handlers.test_slack_board import board, cards
from tests.slack.product import SlackTown
from tests.support.mail import html_of, text_of
from tests.support.outside import SECRET
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.planted import PLANTED
from tests.support.town import TownHall
from tests.support.web import TownSeat, web_app

MARK = "電話で聞き取り"


def test_who_has_no_chat_is_told_by_mail_what_was_entered_for_them(hall: TownHall) -> None:
    """With a link to what stands, also when it was passed on and is no longer theirs; and with
    nothing that was typed."""
    planted = PLANTED[0].sheet
    case_id = hall.open_case("A14", **planted)
    bag = Bag()
    drain(hall, bag)
    bag.mails.clear()
    hall.enter_reply(case_id, "A14", "passed_on", next_agency="A17", said_by="葉山 のどか")
    drain(hall, bag)
    (mail,) = bag.to("m26@example.jp")
    text = text_of(mail)
    assert "「他機関へ」を代わりに入力しました" in text
    assert MARK in text
    for typed in ("葉山", *map(str, filter(None, planted.values()))):
        assert typed not in text + html_of(mail), typed
    link = links_in(text)[0].removeprefix(PATH)
    page = TownSeat(web_app(hall, town=True)).get(PATH + AnswerTokens(SECRET).seal(link))
    assert page.status_code == 200
    assert "返信は済んでいます" in page.text


def test_in_slack_the_question_is_settled_and_says_by_which_way(slack_town: SlackTown) -> None:
    """The card that asked has no button any more; the board has the mark; and the agency is told,
    though it passed the case on."""
    case_id = slack_town.open_case("A14")
    slack_town.tick()
    assert "返信する" in cards(slack_town.person(ELDERLY))
    slack_town.enter_reply(case_id, "A14", "partly", by=COORDINATOR)
    slack_town.tick()
    shown = cards(slack_town.person(ELDERLY))
    assert f"が入力、{MARK}）" in shown
    assert "返信「一部受理」を代わりに入力しました" in shown
    assert "返信する" not in shown
    assert MARK in board(slack_town)[0]
    second = slack_town.open_case("A14")
    slack_town.enter_reply(second, "A14", "declined", by=COORDINATOR, next_agency="A17")
    slack_town.tick()
    assert "返信「対応困難」を代わりに入力しました" in cards(slack_town.person(ELDERLY))
