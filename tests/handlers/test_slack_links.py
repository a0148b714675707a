"""Buttons that lead to a page: Slack opens it, and the bot says nothing on top of it."""

from tests.slack.product import SlackTown
from tests.support.people import ADMINISTRATOR, COORDINATOR
from workflows.core.permissions import Caller
from workflows.directory.link_account import RequestAccountLink


def test_a_link_in_a_modal_leaves_the_modal_as_it_is(slack_town: SlackTown) -> None:
    """Slack tells of a press on a link too, and does not promise to send its address along."""
    slack_town.open_case("A14")
    person = slack_town.person(COORDINATOR)
    person.command("/tsunagu", "R8-0001")
    before = person.screen_text()
    person.press("ページで開く")
    assert person.screen_text() == before
    assert person.ephemerals() == []


def test_a_link_on_the_home_tab_opens_no_modal(slack_town: SlackTown) -> None:
    person = slack_town.person(COORDINATOR)
    person.open_home()
    slack_town.tick()
    person.press("机を見る", in_="home")
    assert person.view is None
    assert person.ephemerals() == []
    assert person.messages() == []


def test_a_link_of_a_card_says_nothing(slack_town: SlackTown) -> None:
    asked = RequestAccountLink("slack", "U0LOST", "筆野 しるす")
    slack_town.desk.handle(asked, Caller.DOOR, door="slack")
    slack_town.tick()
    person = slack_town.person(ADMINISTRATOR)
    (card,) = person.messages()
    person.press("チャットの連携を開く", in_=card)
    assert person.view is None
    assert person.ephemerals() == []
    assert person.messages() == [card]
