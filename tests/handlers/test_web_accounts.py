"""連携 on the pages: who asks to be linked, who is, and parting again."""

import re

import pytest

from tests.support.hands import confirm_permission_requests
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, HAS_LEFT, MANAGER
from tests.support.town import TownHall
from tests.support.web import Seat, TownSeat, web_app
from workflows.core.permissions import Caller
from workflows.directory.link_account import LinkAccount, RequestAccountLink
from workflows.directory.linked_accounts import GetMyAccount

SLACK = "slack"
WITH_SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret"}
LIST, LINK = "/admin/accounts", "/admin/accounts/link"


@pytest.fixture
def keeper(hall: TownHall) -> TownSeat:
    """The administrator at a browser."""
    seat = TownSeat(web_app(hall, town=True, **WITH_SLACK))
    seat.sign_in(hall, ADMINISTRATOR)
    return seat


def ask(hall: TownHall, user: str, name: str) -> None:
    hall.desk.handle(RequestAccountLink(SLACK, user, name), Caller.DOOR, door=SLACK)


def link(hall: TownHall, user: str, member_id: str) -> None:
    hall.desk.handle(LinkAccount(SLACK, user, member_id), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)


def account_of(hall: TownHall, member_id: str) -> str:
    found = hall.desk.ask(GetMyAccount(SLACK), member_id)
    return found.external_id if found else ""


def rows(text: str) -> dict[str, str]:
    """The members' table, by name: what stands beside."""
    table = text.split('id="members"')[1]
    found = re.findall(r'<th scope="row">(.*?)<br>.*?</th>(.*?)</tr>', table, re.DOTALL)
    return {name: re.sub(r"<[^>]+>|\s+", " ", rest) for name, rest in found}


def test_a_wish_waits_with_whom_it_may_be_and_is_answered(hall: TownHall, keeper: TownSeat) -> None:
    """The list leads to a form in which the likeliest is chosen already; then it is done."""
    ask(hall, "U0LOST", "筆野しるす")
    page = keeper.text(LIST)
    assert "登録の依頼<small>1件</small>" in page
    assert "筆野しるす" in page
    assert f'href="{LINK}?platform=slack&amp;account=U0LOST"' in page
    form = keeper.text(f"{LINK}?account=U0LOST")
    near = form.index('<optgroup label="近い方">')
    chosen = form.index(f'<option value="{CLERK}" selected>')
    assert near < chosen < form.index("<optgroup", near + 1)
    fields = {"external_id": "U0LOST", "member_id": CLERK}
    done = keeper.send(LINK, fields, page=f"{LINK}?account=U0LOST", follow=True)
    assert "連携の依頼を出しました" in done.text
    assert account_of(hall, CLERK) == ""
    again = keeper.send(LINK, fields, page=f"{LINK}?account=U0LOST")
    assert (again.status_code, "もう承認待ちになっています" in again.text) == (409, True)
    confirm_permission_requests(hall.desk)
    assert "待っている依頼はありません" in keeper.text(LIST)
    assert account_of(hall, CLERK) == "U0LOST"


def test_a_wish_is_refused_and_stays_to_be_seen(hall: TownHall, keeper: TownSeat) -> None:
    """Folded away below; a slip can still be mended."""
    ask(hall, "U0LOST", "知らない人")
    done = keeper.send(LIST + "/refuse", {"external_id": "U0LOST"}, page=LIST, follow=True)
    assert "依頼を断りました" in done.text
    assert "断った依頼<small>1件</small>" in done.text
    again = keeper.send(LIST + "/refuse", {"external_id": "U0LOST"}, page=LINK)
    assert again.status_code == 404


@pytest.mark.parametrize(
    "typed",
    ["U0NEW", " u0new ", "<@U0NEW>", "<@U0NEW|shirusu>", "https://x.slack.com/team/U0NEW"],
)
def test_an_id_is_taken_however_it_was_copied(hall: TownHall, keeper: TownSeat, typed: str) -> None:
    """From a profile, a mention or its address."""
    fields = {"external_id": typed, "member_id": CLERK}
    assert keeper.send(LINK, fields, page=LINK).location == LIST
    confirm_permission_requests(hall.desk)
    assert account_of(hall, CLERK) == "U0NEW"


@pytest.mark.parametrize(
    ("typed", "member_id", "field"),
    [
        ("", CLERK, "external_id"),
        ("筆野", CLERK, "external_id"),
        ("C0CHANNEL", CLERK, "external_id"),
        ("U0NEW", "", "member_id"),
        ("U0NEW", HAS_LEFT[0], "member_id"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    hall: TownHall, keeper: TownSeat, typed: str, member_id: str, field: str
) -> None:
    """The summary leads to the field; nothing was kept."""
    answer = keeper.send(LINK, {"external_id": typed, "member_id": member_id}, page=LINK)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', answer.text)
    assert f'name="external_id" value="{typed}"' in answer.text
    assert account_of(hall, CLERK) == ""


def test_an_account_is_given_to_another_only_with_a_tick(hall: TownHall, keeper: TownSeat) -> None:
    """The page says whose it is, and asks."""
    link(hall, "U0ONE", CLERK)
    fields = {"external_id": "U0ONE", "member_id": MANAGER}
    asked = keeper.send(LINK, fields, page=LINK)
    assert asked.status_code == 422
    assert "筆野 しるすさんのものです" in asked.text
    assert 'name="take_over"' in asked.text
    assert keeper.send(LINK, {**fields, "take_over": "1"}, page=LINK).location == LIST
    assert account_of(hall, CLERK) == "U0ONE"  # until another person confirms it
    confirm_permission_requests(hall.desk)
    assert (account_of(hall, CLERK), account_of(hall, MANAGER)) == ("", "U0ONE")
    again = keeper.send(LINK, fields, page=LINK)
    assert again.status_code == 409
    assert "もう結びついています" in again.text


def test_members_are_found_by_kana_agency_and_account(hall: TownHall, keeper: TownSeat) -> None:
    """Everybody at first; then as few as one asks for, and a way back."""
    link(hall, "U0ONE", CLERK)
    assert len(rows(keeper.text(LIST))) > 40
    found = rows(keeper.text(f"{LIST}?q=ふでの"))
    assert list(found) == ["筆野 しるす"]
    assert "U0ONE" in found["筆野 しるす"]
    assert list(rows(keeper.text(f"{LIST}?state=with"))) == ["筆野 しるす"]
    assert "筆野 しるす" not in rows(keeper.text(f"{LIST}?state=without"))
    assert 0 < len(rows(keeper.text(f"{LIST}?agency=A13"))) < 20
    nobody = keeper.text(f"{LIST}?q=いない&state=nonsense")
    assert "当てはまる担当者がいません" in nobody


def test_an_administrator_parts_an_account(hall: TownHall, keeper: TownSeat) -> None:
    """From the list; a second press finds nothing more."""
    link(hall, "U0ONE", CLERK)
    fields = {"external_id": "U0ONE"}
    done = keeper.send(LIST + "/unlink", fields, page=LIST, follow=True)
    assert "連携を解きました" in done.text
    assert account_of(hall, CLERK) == ""
    assert keeper.send(LIST + "/unlink", fields, page=LINK).status_code == 404


def test_an_account_of_who_has_left_is_shown_apart(hall: TownHall, keeper: TownSeat) -> None:
    """With whose it was, and both ways on."""
    link(hall, "U0ONE", CLERK)
    hall.has_left(CLERK)
    page = keeper.text(LIST)
    assert "いまは在籍していない方のアカウント" in page
    assert "筆野 しるすさん" in page
    assert keeper.get(f"{LINK}?account=U0ONE").status_code == 200
    assert keeper.get(f"{LINK}?account=U0NOBODY").status_code == 404


def test_nobody_else_opens_or_posts_it(hall: TownHall) -> None:
    """Not a coordinator; without being signed in there is nothing at all."""
    ask(hall, "U0LOST", "だれか")
    app = web_app(hall, town=True, **WITH_SLACK)
    seat = TownSeat(app)
    seat.sign_in(hall, COORDINATOR)
    assert [seat.get(path).status_code for path in (LIST, LINK)] == [403, 403]
    fields = {"external_id": "U0LOST", "member_id": COORDINATOR}
    for path in (LINK, LIST + "/refuse", LIST + "/unlink"):
        assert seat.send(path, fields, page="/").status_code == 403
    assert TownSeat(app).get(LIST).status_code == 401
    assert account_of(hall, COORDINATOR) == ""


def test_the_administrators_page_counts(hall: TownHall, keeper: TownSeat) -> None:
    """Who is linked, who is not, and how many wait."""
    link(hall, "U0ONE", CLERK)
    ask(hall, "U0LOST", "だれか")
    assert re.search(r"済み1人、まだ\d+人、登録の依頼1件", keeper.text("/admin"))
    assert 'href="/admin/accounts"' in keeper.text("/admin")


def test_without_a_chat_nobody_is_linked(hall: TownHall, keeper: TownSeat) -> None:
    """Nothing would reach them: the page says what is missing, and nothing can be handed in."""
    ask(hall, "U0LOST", "だれか")
    assert "まだ設定されていません" not in keeper.text(LIST)
    assert LINK in keeper.text(LIST)
    local = Seat(web_app(hall), ADMINISTRATOR)
    assert "SlackもLINE WORKSもMattermostも、まだ設定されていません" in local.text(LIST)
    assert LINK not in local.text(LIST)
    assert local.get(LINK).status_code == 404
    fields = {"external_id": "U0LOST", "member_id": CLERK}
    for path in (LINK, LIST + "/refuse", LIST + "/unlink"):
        assert local.send(path, fields, page="/cases/new").status_code == 404
    assert account_of(hall, CLERK) == ""


def test_a_member_sees_and_parts_their_own_account(hall: TownHall) -> None:
    """On the page of their own sign-ins; a colleague's is not shown and not parted."""
    link(hall, "U0ONE", CLERK)
    link(hall, "U0TWO", MANAGER)
    app = web_app(hall, town=True, **WITH_SLACK)
    seat = TownSeat(app)
    seat.sign_in(hall, CLERK)
    page = seat.text("/account")
    assert "U0ONE" in page
    assert "U0TWO" not in page
    fields = {"external_id": "U0TWO"}
    done = seat.send("/account/unlink", fields, page="/account", follow=True)
    assert "連携を解きました" in done.text
    assert "連携したアカウントはありません" in done.text
    assert (account_of(hall, CLERK), account_of(hall, MANAGER)) == ("", "U0TWO")
    assert seat.send("/account/unlink", {}, page="/cases/new").status_code == 404
    plain = TownSeat(web_app(hall, town=True))
    plain.sign_in(hall, MANAGER)
    assert "Slackとの連携" not in plain.text("/account")


def test_the_way_in_says_the_same_to_everybody_with_slack_too(hall: TownHall) -> None:
    """It names both ways, whichever a link takes."""
    seat = TownSeat(web_app(hall, town=True, **WITH_SLACK))
    assert "Slackのメッセージ" in seat.text("/sign-in")
    assert "Slackかメールを確かめてください" in seat.text("/sign-in/sent")
    plain = TownSeat(web_app(hall, town=True))
    assert "Slack" not in plain.text("/sign-in") + plain.text("/sign-in/sent")
