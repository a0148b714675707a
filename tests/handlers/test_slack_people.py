"""Who is who in Slack: linked by their address, politely shown whom to ask, and on to the pages."""

import logging
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Channel
from handlers.mail.folder import FolderPost
from handlers.slack.door import FOR_ANYBODY, SLACK, Here
from handlers.slack.requests.people import PAGE, person_seen
from handlers.slack.ui import blocks
from handlers.slack.ui.pages import page_modal
from handlers.words.texts import load_texts
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith, user_of
from tests.slack.world import TEAM
from tests.support.hands import confirm_permission_requests
from tests.support.mail import mail_way
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.web import TOWN, TownSeat
from workflows.chat.accounts import GetMemberOfAccount
from workflows.core.permissions import Caller
from workflows.directory.link_account import LinkAccount, UnlinkAccount
from workflows.meetings.run import RemindUnanswered
from workflows.model.card import CardButton
from workflows.sign_in.sign_in import LINK_LIFE, MakeOwnLink, RequestSignInLink

ASK = "登録を頼む"
NO = "ゲストの方やほかの組織の方は"
LOST = "U9LOST"


@pytest.fixture
def strange(slack_town_with: SlackTownWith) -> SlackTown:
    """Everybody is in Slack; nobody is linked."""
    return slack_town_with(linked=False)


def who(town: SlackTown, user: str) -> str | None:
    return town.desk.ask(GetMemberOfAccount(SLACK, user), Caller.DOOR, door=SLACK)


def somebody(town: SlackTown, user: str = LOST, **about: Any) -> Person:
    """At Slack's screen: somebody whom no member's address names."""
    given = {"email": "lost@example.jp", "real_name": "迷い 人"} | about
    town.slack.add_user(user, user.lower(), given.pop("real_name"), **given)
    return town.slack.person(user, town.endpoint)


def address_in(view: Any) -> str:
    """Where the one link of a modal leads, without the town's own address."""
    (url,) = [e["url"] for b in view.blocks for e in b.get("elements", []) if "url" in e]
    assert url.startswith(TOWN)
    return str(url).removeprefix(TOWN)


# -- linked by the address ------------------------------------------------------------------------


def test_who_has_a_members_address_goes_straight_on(strange: SlackTown) -> None:
    """The first command brings what was asked for; from then on Slack is not asked again."""
    clerk = strange.person(CLERK)
    for _ in range(2):
        clerk.command("/tsunagu")
        assert clerk.view is not None
        assert ASK not in clerk.screen_text()
        clerk.close_view()
    assert who(strange, clerk.id) == CLERK
    assert len(strange.slack.called("users.info")) == 1


def test_whoever_is_not_known_may_ask_and_nobody_learns_who_is(strange: SlackTown) -> None:
    """A button goes to the administrators; a second press says it is on its way."""
    lost = somebody(strange)
    lost.command("/tsunagu", "R8-0001")
    assert "まだ登録されていません" in lost.screen_text()
    assert lost.view is not None
    assert lost.view.buttons == [ASK]
    lost.press(ASK)
    assert "管理者に登録を頼みました" in lost.screen_text()
    (notice,) = [n for n in strange.notices(key="account_asked") if n.member_id == ADMINISTRATOR]
    assert notice.facts == {"platform": SLACK, "account": LOST, "name": "迷い 人"}
    lost.close_view()
    lost.command("/tsunagu")
    lost.press(ASK)
    assert "依頼は、管理者に届いています" in lost.screen_text()
    assert len(strange.notices(key="account_asked")) == len(
        {n.member_id for n in strange.notices(key="account_asked")}
    )


def test_every_way_in_leads_a_stranger_to_the_same_words(strange: SlackTown) -> None:
    """The home page, a word to the bot, a shortcut, a button of a card: polite, and no more."""
    home, talk, shortcut, card = (somebody(strange, f"{LOST}{n}") for n in range(4))
    home.open_home()
    talk.say_to_bot("R8-0001")
    shortcut.global_shortcut("tsunagu_menu")
    door = strange.part.door
    button = blocks.button("ケースを見る", "a", door.token("open_case", "R8-0001"))
    row = blocks.buttons([button])
    door.api.call("chat.postMessage", channel=card.id, text="カード", blocks=[row])
    card.press("ケースを見る")
    told = [home.home_text(), str(talk.last_message()["blocks"])]
    told += [shortcut.screen_text(), card.screen_text()]
    for words in told:
        assert "まだ登録されていません" in words
        assert "R8-0001" not in words
    home.press(ASK, in_="home")
    for person in (talk, shortcut, card):
        person.press(ASK)
    for person in (home, talk, shortcut, card):
        assert "管理者に登録を頼みました" in person.screen_text()


def test_guests_robots_and_people_of_other_houses_are_told_no(strange: SlackTown) -> None:
    """Even with a member's address nobody links them, and their wish goes to nobody."""
    clerk = strange.slack.world.users[user_of(CLERK)]
    email, clerk.email = clerk.email, ""
    abouts: list[dict[str, Any]] = [
        *({"is_restricted": True}, {"is_bot": True}, {"deleted": True}, {"team": "T0OTHER"})
    ]
    for number, about in enumerate(abouts):
        guest = somebody(strange, f"{LOST}{number}", email=email, **about)
        guest.command("/tsunagu")
        assert NO in guest.ephemerals()[-1]["text"]
        assert NO in str(FOR_ANYBODY["ask_to_be_linked"](strange.part.door, guest.id))
        assert who(strange, guest.id) is None
    assert strange.notices(key="account_asked") == []


def test_an_address_that_its_owner_has_not_confirmed_links_nobody(strange: SlackTown) -> None:
    """Whoever typed a colleague's address into their profile is not that colleague."""
    clerk = strange.person(CLERK)
    clerk.user.is_email_confirmed = False
    clerk.command("/tsunagu")
    assert ASK in str(clerk.view and clerk.view.buttons)
    assert who(strange, clerk.id) is None


def test_without_the_scope_for_addresses_one_may_still_ask(strange: SlackTown) -> None:
    """Slack hides addresses, or everything: nobody is linked, everybody is greeted."""
    clerk = strange.person(CLERK)
    for scope in ("users:read.email", "users:read"):
        strange.slack.take_scope(scope)
        clerk.command("/tsunagu")
        assert clerk.view is not None
        assert clerk.view.buttons == [ASK]
        clerk.close_view()
    assert who(strange, clerk.id) is None


def test_when_slack_is_in_trouble_nobody_is_called_a_stranger(strange: SlackTown) -> None:
    """It says that it cannot be told now; a moment later all is well."""
    clerk = strange.person(CLERK)
    strange.slack.fail("users.info")
    clerk.command("/tsunagu")
    assert "いまは登録を確かめられません" in clerk.ephemerals()[-1]["text"]
    clerk.command("/tsunagu")
    assert who(strange, clerk.id) == CLERK


def test_a_wish_is_answered_and_the_member_hears_of_it(strange: SlackTown) -> None:
    """From the stranger's button over the administrator's page to a message in Slack."""
    lost = somebody(strange, real_name="筆野しるす")
    strange.slack.world.users[user_of(CLERK)].deleted = True
    lost.command("/tsunagu")
    lost.press(ASK)
    lost.close_view()
    keeper = strange.web(ADMINISTRATOR)
    page = keeper.text("/admin/accounts")
    assert "筆野しるす" in page
    assert LOST in page
    path = f"/admin/accounts/link?account={LOST}"
    assert f'<option value="{CLERK}" selected>' in keeper.text(path)
    answer = keeper.send(
        "/admin/accounts/link", {"external_id": LOST, "member_id": CLERK}, page=path
    )
    assert answer.location == "/admin/accounts"
    assert who(strange, LOST) is None  # until somebody else confirms it
    confirm_permission_requests(strange.desk)
    assert who(strange, LOST) == CLERK
    strange.tick()
    assert "Slackで使えるようになりました" in str(lost.last_message()["blocks"])


def test_who_is_parted_is_a_stranger_again_and_so_is_their_home_page(
    slack_town: SlackTown,
) -> None:
    """What they press leads nowhere; the page is theirs no longer, without their opening it."""
    clerk = slack_town.person(CLERK)
    clerk.open_home()
    slack_town.tick()
    assert ASK not in clerk.home_text()
    slack_town.desk.handle(UnlinkAccount(SLACK, clerk.id), ADMINISTRATOR)
    slack_town.tick()
    assert ASK in clerk.home_text()
    clerk.command("/tsunagu")
    assert ASK in str(clerk.view and clerk.view.buttons)
    assert who(slack_town, clerk.id) is None


def test_the_cards_of_who_is_parted_are_taken_away(slack_town: SlackTown) -> None:
    """Also those that had given way to newer ones: who turns out to be another reads none."""
    meeting_id = slack_town.convene(slack_town.open_case())
    slack_town.tick()
    slack_town.desk.handle(RemindUnanswered(meeting_id), COORDINATOR)
    slack_town.tick()
    contact = slack_town.person(ELDERLY)
    assert len(contact.messages()) > 1
    slack_town.desk.handle(UnlinkAccount(SLACK, contact.id), ADMINISTRATOR)
    slack_town.tick()
    assert contact.messages() == []


# -- everybody, once a day ------------------------------------------------------------------------


def test_everybody_is_linked_at_the_start(strange: SlackTown) -> None:
    """Page by page, at the pace that Slack wants; the next day, and not before, once more."""
    for number in range(PAGE):
        strange.slack.add_user(f"U0X{number}", f"x{number}", f"だれか {number}")
    strange.tick()
    assert len(strange.slack.called("users.list")) == 1
    strange.clock.move(seconds=3)
    strange.tick()
    strange.tick()
    assert len(strange.slack.called("users.list")) == 2
    with strange.database.open() as unit:
        linked = {a.member_id: a.external_id for a in unit.accounts.all(SLACK)}
        members = [m for m in unit.directory.members() if m.is_active(strange.clock.at.date())]
    assert linked == {m.id: user_of(m.id) for m in members}
    assert strange.notices() == []
    strange.clock.move(days=1)
    strange.tick()
    assert len(strange.slack.called("users.list")) == 3


def test_who_was_deactivated_is_gone_the_next_day_and_back_when_they_return(
    slack_town: SlackTown,
) -> None:
    """And with Slack's own word at once."""
    slack_town.slack.deactivate(user_of(CLERK))
    slack_town.tick()
    assert who(slack_town, user_of(CLERK)) is None
    assert who(slack_town, user_of(MANAGER)) == MANAGER
    user = slack_town.slack.world.users[user_of(CLERK)]
    user.deleted = False
    told = {"user": user.seen(with_email=True), "type": "user_change"}
    for _ in range(2):
        slack_town.person(MANAGER).event(told)
        assert who(slack_town, user_of(CLERK)) == CLERK
    user.deleted = True
    told = {"user": user.seen(with_email=True), "type": "user_change"}
    slack_town.person(MANAGER).event(told)
    assert who(slack_town, user_of(CLERK)) is None


def test_whoever_joins_is_linked_as_soon_as_slack_tells(strange: SlackTown) -> None:
    """Without their doing anything."""
    user = strange.slack.world.users[user_of(CLERK)]
    strange.person(CLERK).event({"type": "team_join", "user": user.seen(with_email=True)})
    assert who(strange, user.id) == CLERK


@pytest.mark.parametrize("error", ["missing_scope", "ratelimited", "fatal_error"])
def test_a_round_that_slack_refuses_comes_again_and_holds_up_nothing(
    strange: SlackTown, error: str
) -> None:
    """What is to be sent is sent; the people are looked at later."""
    strange.slack.error("users.list", error)
    strange.tick()
    assert who(strange, user_of(CLERK)) is None
    strange.clock.move(days=1)
    strange.tick()
    assert who(strange, user_of(CLERK)) == CLERK


def test_a_person_of_another_workspace_of_the_same_house_may_work() -> None:
    """An organisation with several workspaces: ours among theirs is enough."""
    user = {"id": "U1", "team_id": "T0OTHER", "profile": {"email": "a@b.jp"}}
    assert not person_seen(user, TEAM).may_work
    assert person_seen(user | {"enterprise_user": {"teams": ["T0OTHER", TEAM]}}, TEAM).may_work
    assert not person_seen(user | {"id": "USLACKBOT", "team_id": TEAM}, TEAM).may_work
    assert person_seen(user | {"is_invited_user": True}, TEAM).email == ""


def test_nobodys_name_or_address_is_logged(
    strange: SlackTown, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither of who is linked nor of who asks."""
    with caplog.at_level(logging.DEBUG):
        lost = somebody(strange)
        lost.command("/tsunagu")
        lost.press(ASK)
        strange.tick()
    for word in ("迷い", "lost@example.jp", "筆野"):
        assert word not in caplog.text, word


# -- on to the pages ------------------------------------------------------------------------------


@pytest.fixture
def here(slack_town: SlackTown) -> Here:
    return Here(slack_town.part.door, CLERK, user_of(CLERK), "event")


def modal_address(here: Here, action: CardButton) -> str:
    return address_in(page_modal(here, action))


def test_the_link_of_a_window_lets_its_member_in_on_the_wanted_page(
    slack_town: SlackTown, here: Here
) -> None:
    """One press on the page, once; in any browser, because nobody knows which one Slack opens."""
    number = slack_town.case(slack_town.open_case("A14", by=CLERK)).number
    address = modal_address(here, CardButton("", "open_case", number))
    assert parse_qs(urlsplit(address).query) == {"then": [f"/cases/{number}"]}
    seat, other = TownSeat(slack_town.app), TownSeat(slack_town.app)
    page = seat.text(address)
    assert "ログインする" in page
    way_in = address.partition("?")[0]
    done = seat.send(way_in, {"then": f"/cases/{number}"}, page=address)
    assert done.location == f"/cases/{number}"
    assert number in seat.text(done.location)
    assert "チャットからのリンク" in seat.text("/account")
    assert other.get(address).status_code == 410
    spent = other.send(way_in, {"then": "/"}, page="/sign-in")
    assert spent.status_code == 410


def test_a_browser_in_which_one_is_in_already_goes_straight_there(
    slack_town: SlackTown, here: Here
) -> None:
    """Without a press, and without spending the link; a colleague's browser asks first."""
    address = modal_address(here, CardButton("", "directory", ""))
    assert slack_town.web(CLERK).get(address).location == "/directory"
    assert slack_town.web(CLERK).get(address).location == "/directory"
    colleague = slack_town.web(MANAGER).get(address)
    assert colleague.status_code == 200
    assert "ログインする" in colleague.text


def test_the_link_is_good_for_ten_minutes(slack_town: SlackTown, here: Here) -> None:
    """To the second, and then it is as if it had never been."""
    address = modal_address(here, CardButton("", "directory", ""))
    seat = TownSeat(slack_town.app)
    slack_town.clock.move(seconds=LINK_LIFE.total_seconds() - 1)
    assert seat.get(address).status_code == 200
    slack_town.clock.move(seconds=1)
    assert seat.get(address).status_code == 410


def test_a_link_leads_to_our_own_pages_alone(slack_town: SlackTown, here: Here) -> None:
    """Whatever somebody writes behind it, before the press or in it."""
    evil = "evil.example"
    for then in (f"https://{evil}", f"//{evil}", f"/\\{evil}", f"/\t/{evil}", ""):
        token = here.handle(MakeOwnLink(), once=False)
        seat, address = TownSeat(slack_town.app), f"/sign-in/{token}"
        page = seat.get(address, query_string={"then": then})
        assert 'name="then" value="/"' in page.text
        assert seat.send(address, {"then": then}, page=address).location == "/"
        assert seat.get(address, query_string={"then": then}).location == "/"


def test_where_single_sign_on_is_wanted_alone_the_link_is_the_page(
    slack_town_with: SlackTownWith,
) -> None:
    """No link of ours goes round the town's own sign-on."""
    town = slack_town_with(
        OIDC_ISSUER="https://id.example.jp",
        OIDC_CLIENT_ID="tsunagu",
        OIDC_CLIENT_SECRET="secret",
        OIDC_ONLY="yes",
    )
    here = Here(town.part.door, CLERK, user_of(CLERK), "event")
    assert modal_address(here, CardButton("", "directory", "")) == "/directory"


def test_nobody_makes_a_link_for_somebody_else(slack_town: SlackTown) -> None:
    """It is made for whoever asks, and stands in the trail as theirs."""
    token = slack_town.desk.handle(MakeOwnLink(), ELDERLY, door=SLACK)
    seat = TownSeat(slack_town.app)
    seat.press(f"/sign-in/{token}")
    with slack_town.database.open() as unit:
        yesterday = slack_town.clock.at - timedelta(days=1)
        made, came = unit.events.of_kinds(["link_made", "signed_in"], yesterday)
    assert (made.actor_id, made.door, made.facts) == (
        ELDERLY,
        SLACK,
        {"member": ELDERLY, "method": "chat"},
    )
    assert (came.actor_id, came.facts) == (ELDERLY, {"method": "chat"})


# -- the wanted page, kept while signing in --------------------------------------------------------


def test_who_had_to_sign_in_first_gets_to_the_page_they_wanted(slack_town: SlackTown) -> None:
    """From the refusal over the way in and the link in the mail or chat, to the page."""
    seat = TownSeat(slack_town.app)
    refused = seat.get("/directory?q=社協")
    assert refused.status_code == 401
    found = re.search(r'href="(/sign-in\?then=[^"]+)"', refused.text)
    assert found is not None
    seat.text(found[1])
    seat.request_sign_in_link(CLERK)
    (token,) = [n.facts["token"] for n in slack_town.notices(key="sign_in_link")]
    done = seat.press(f"/sign-in/{token}")
    assert parse_qs(urlsplit(done.location).query) == {"q": ["社協"]}
    assert urlsplit(done.location).path == "/directory"
    seat.press("/sign-out", page="/")
    token = slack_town.desk.handle(MakeOwnLink(), CLERK)
    assert seat.press(f"/sign-in/{token}").location == "/", "it was for that one time"


# -- sign-in links by the member's own chat --------------------------------------------------------


def sent_by_mail(town: SlackTown, folder: Path) -> list[str]:
    """The mails to the clerk when everything that waits is sent."""
    channel = mail_way(town.desk, FolderPost(folder), TOWN)
    ways: dict[str, Channel] = {SLACK: town.part.channel, "mail": channel}
    OutboxSender(town.database.open, town.desk, load_texts(None), Inbox([SLACK]), ways).drain()
    to_clerk = f"To: {town.slack.world.users[user_of(CLERK)].email}"
    mails = [path.read_text("utf-8") for path in folder.glob("*.eml")]
    return [mail for mail in mails if to_clerk in mail]


def test_a_sign_in_link_goes_to_the_chat_of_who_is_linked(
    slack_town: SlackTown, tmp_path: Path
) -> None:
    """As a button that opens the page, in the browser that asked; no mail goes."""
    seat = TownSeat(slack_town.app)
    assert seat.request_sign_in_link(CLERK).location == "/sign-in/sent"
    assert sent_by_mail(slack_town, tmp_path) == []
    message = slack_town.person(CLERK).last_message()
    (url,) = [e["url"] for b in message["blocks"] for e in b.get("elements", []) if "url" in e]
    address = url.removeprefix(TOWN)
    assert TownSeat(slack_town.app).get(address).status_code == 403
    assert seat.press(address).location == "/"


def test_who_is_not_linked_gets_it_by_mail(strange: SlackTown, tmp_path: Path) -> None:
    """As before."""
    TownSeat(strange.app).request_sign_in_link(CLERK)
    assert len(sent_by_mail(strange, tmp_path)) == 1
    assert strange.slack.called("chat.postMessage") == []


@pytest.mark.parametrize("trouble", ["gone", "revoked", "no_answer"])
def test_when_the_chat_leads_nowhere_the_link_goes_by_mail(
    slack_town: SlackTown, tmp_path: Path, trouble: str
) -> None:
    """The person waits: at once, without a minute's pause, and it is not called dead."""
    match trouble:
        case "gone":
            slack_town.slack.deactivate(user_of(CLERK))
        case "revoked":
            slack_town.slack.revoke()
        case _:
            slack_town.slack.fail("chat.postMessage")
    TownSeat(slack_town.app).request_sign_in_link(CLERK)
    assert len(sent_by_mail(slack_town, tmp_path)) == 1
    with slack_town.database.open() as unit:
        mine = [d for d in unit.outbox.recent() if d.key == "sign_in_link"]
    assert {d.via: d.state for d in mine} == {"slack": "dropped", "mail": "sent"}


def test_a_link_by_chat_or_by_mail_costs_and_answers_the_same(slack_town: SlackTown) -> None:
    """Nobody learns from the page or the clock who is linked or registered."""
    slack_town.desk.handle(UnlinkAccount(SLACK, user_of(MANAGER)), ADMINISTRATOR)
    told = set()
    for who_ in (CLERK, MANAGER, "M99", "nobody@example.jp"):
        seat = TownSeat(slack_town.app)
        answer = seat.request_sign_in_link(who_)
        told.add((answer.status_code, answer.location, seat.text("/sign-in/sent")))
    assert len(told) == 1
    ways = {n.member_id: n.via for n in slack_town.notices(key="sign_in_link")}
    assert ways == {CLERK: "slack", MANAGER: "mail"}


def test_who_has_no_mail_gets_the_link_by_chat_alone(slack_town: SlackTown) -> None:
    """By their staff code; where there is no other way, none is tried."""
    with slack_town.database.open() as unit:
        clerk = unit.directory.member(CLERK)
        assert clerk is not None
        unit.directory.save_members([replace(clerk, email="")])
        unit.commit()
    slack_town.desk.handle(RequestSignInLink(CLERK, "browser", (SLACK,)), Caller.DOOR)
    slack_town.desk.handle(RequestSignInLink(CLERK, "browser"), Caller.DOOR)
    (notice,) = slack_town.notices(key="sign_in_link")
    assert (notice.via, notice.instead) == ("slack", "")


def test_an_account_given_to_a_colleague_says_nothing_of_the_one_before(
    slack_town: SlackTown,
) -> None:
    """Whoever holds it now is the colleague, and what they press is done as the colleague."""
    user = user_of(CLERK)
    slack_town.desk.handle(LinkAccount(SLACK, user, COORDINATOR, take_over=True), ADMINISTRATOR)
    confirm_permission_requests(slack_town.desk)
    assert who(slack_town, user) == COORDINATOR
    assert who(slack_town, user_of(COORDINATOR)) is None
