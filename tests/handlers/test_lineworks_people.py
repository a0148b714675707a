"""LINE WORKS's people on the pages: 連携, one's own account, the state of the connection, the way
in; beside Slack, or alone."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.lineworks.product import LineworksTown, given_for
from tests.lineworks.server import StandIn
from tests.support.hands import confirm_permission_requests
from tests.support.people import ADMINISTRATOR, CLERK, MANAGER
from tests.support.town import TownHall
from tests.support.web import TownSeat, web_app
from workflows.core.permissions import Caller
from workflows.directory.link_account import LinkAccount, RequestAccountLink
from workflows.directory.linked_accounts import GetMyAccount

SLACK, LINEWORKS = "slack", "lineworks"
WITH_SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret"}
LIST, LINK = "/admin/accounts", "/admin/accounts/link"
USER = "5f0c8e7a-aaaa-4bbb-8ccc-0123456789ab"


@pytest.fixture
def with_lineworks(hall: TownHall, tmp_path: Path) -> dict[str, str]:
    """Settings by which LINE WORKS is switched on."""
    with StandIn(hall.clock.now, lambda: None) as there:
        return {k: v for k, v in given_for(there, tmp_path).items() if k.startswith("LINEWORKS")}


@pytest.fixture
def both(hall: TownHall, with_lineworks: dict[str, str]) -> Flask:
    """A town with Slack and LINE WORKS."""
    return web_app(hall, town=True, **WITH_SLACK, **with_lineworks)


def sits(hall: TownHall, app: Flask, member_id: str) -> TownSeat:
    seat = TownSeat(app)
    seat.sign_in(hall, member_id)
    return seat


def account_of(hall: TownHall, platform: str, member_id: str) -> str:
    found = hall.desk.ask(GetMyAccount(platform), member_id)
    return found.external_id if found else ""


def link(hall: TownHall, platform: str, user: str, member_id: str) -> None:
    hall.desk.handle(LinkAccount(platform, user, member_id), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)


def plain(text: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", text)


def rows(page: str) -> dict[str, str]:
    """The members' table by name: what stands beside."""
    table = page.split('id="members"')[1]
    found = re.findall(r'<th scope="row">(.*?)<br>.*?</th>(.*?)</tr>', table, re.DOTALL)
    return {name: " ".join(plain(rest).split()) for name, rest in found}


def test_wishes_of_both_platforms_stand_in_one_list_each_with_its_own(
    hall: TownHall, both: Flask
) -> None:
    """Each leads to a form for its own platform, and is refused there alone."""
    for platform, user in ((SLACK, "U0LOST"), (LINEWORKS, USER)):
        hall.desk.handle(
            RequestAccountLink(platform, user, "筆野しるす"), Caller.DOOR, door=platform
        )
    keeper = sits(hall, both, ADMINISTRATOR)
    page = keeper.text(LIST)
    assert "登録の依頼<small>2件</small>" in page
    assert '<td data-label="サービス">Slack</td>' in page
    assert '<td data-label="サービス">LINE WORKS</td>' in page
    form = f"{LINK}?platform=lineworks&account={USER}"
    assert form.replace("&", "&amp;") in page
    assert '<input type="hidden" name="platform" value="lineworks">' in keeper.text(form)
    assert keeper.get(f"{LINK}?platform=slack&account={USER}").status_code == 404
    fields = {"platform": LINEWORKS, "external_id": USER, "member_id": CLERK}
    done = keeper.send(LINK, fields, page=form, follow=True)
    assert "連携の依頼を出しました" in done.text
    confirm_permission_requests(hall.desk)
    assert (account_of(hall, LINEWORKS, CLERK), account_of(hall, SLACK, CLERK)) == (USER, "")
    slack = {"platform": SLACK, "external_id": "U0LOST"}
    assert "断った依頼<small>1件</small>" in keeper.send(
        LIST + "/refuse", slack, page=LIST, follow=True
    ).text  # fmt: skip


def test_by_hand_the_platform_is_chosen_and_its_ids_are_taken(hall: TownHall, both: Flask) -> None:
    """As LINE WORKS writes them, small letters and all; an address for signing in is none."""
    keeper = sits(hall, both, ADMINISTRATOR)
    form = keeper.text(f"{LINK}?platform=lineworks&member={CLERK}")
    assert '<option value="slack">Slack</option>' in form
    assert '<option value="lineworks" selected>LINE WORKS</option>' in form
    fields = {"platform": LINEWORKS, "external_id": "fudeno@tsunagi.example", "member_id": CLERK}
    wrong = keeper.send(LINK, fields, page=LINK)
    assert wrong.status_code == 422
    assert "ログインのIDやメールアドレスとは違います" in wrong.text
    assert '<option value="lineworks" selected>' in wrong.text
    fields["external_id"] = USER
    assert keeper.send(LINK, fields, page=LINK).location == LIST
    confirm_permission_requests(hall.desk)
    assert account_of(hall, LINEWORKS, CLERK) == USER
    slack = {"platform": SLACK, "external_id": USER, "member_id": CLERK}
    assert "「U」で始まる英数字です" in keeper.send(LINK, slack, page=LINK).text


def test_every_member_stands_once_with_what_they_are_on_each(hall: TownHall, both: Flask) -> None:
    """Without an account: on none of the platforms, or not on the one that is chosen."""
    link(hall, SLACK, "U0ONE", CLERK)
    link(hall, LINEWORKS, USER, MANAGER)
    keeper = sits(hall, both, ADMINISTRATOR)
    everybody = rows(keeper.text(LIST))
    assert len(everybody) > 40
    clerk = everybody["筆野 しるす"]
    assert "Slack： U0ONE" in clerk
    assert "LINE WORKS： なし" in clerk
    manager = next(name for name, rest in everybody.items() if USER in rest)
    assert sorted(rows(keeper.text(f"{LIST}?state=with"))) == sorted(["筆野 しるす", manager])
    without = rows(keeper.text(f"{LIST}?state=without"))
    assert len(without) == len(everybody) - 2
    one = rows(keeper.text(f"{LIST}?platform=lineworks&state=without"))
    assert "筆野 しるす" in one
    assert manager not in one
    fields = {"platform": LINEWORKS, "external_id": USER}
    keeper.send(LIST + "/unlink", fields, page=LIST)
    assert account_of(hall, LINEWORKS, MANAGER) == ""
    assert account_of(hall, SLACK, CLERK) == "U0ONE"


def test_a_platform_is_shown_only_where_it_is_switched_on(
    hall: TownHall, with_lineworks: dict[str, str]
) -> None:
    link(hall, SLACK, "U0ONE", CLERK)
    link(hall, LINEWORKS, USER, MANAGER)
    for given, name, other in (
        (WITH_SLACK, "Slack", "LINE WORKS"),
        (with_lineworks, "LINE WORKS", "Slack"),
    ):
        app = web_app(hall, town=True, **given)
        keeper = sits(hall, app, ADMINISTRATOR)
        for path in (LIST, LINK, "/account"):
            assert name in keeper.text(path), (path, name)
            assert other not in keeper.text(path), (path, other)
        assert f"{name}の連携" in keeper.text("/admin")
        assert f"{other}の連携" not in keeper.text("/admin")
        not_on = {"Slack": LINEWORKS, "LINE WORKS": SLACK}[name]
        fields = {"platform": not_on, "external_id": "U0ONE", "member_id": CLERK}
        for path in (LINK, LIST + "/unlink", LIST + "/refuse", "/account/unlink"):
            assert keeper.send(path, fields, page=LIST).status_code == 404


def test_a_member_parts_their_account_on_one_platform_alone(hall: TownHall, both: Flask) -> None:
    link(hall, SLACK, "U0ONE", CLERK)
    link(hall, LINEWORKS, USER, CLERK)
    seat = sits(hall, both, CLERK)
    page = seat.text("/account")
    assert "Slackとの連携" in page
    assert "LINE WORKSとの連携" in page
    seat.send("/account/unlink", {"platform": LINEWORKS}, page="/account")
    assert (account_of(hall, SLACK, CLERK), account_of(hall, LINEWORKS, CLERK)) == ("U0ONE", "")
    assert "LINE WORKSでつなぐボットに話しかけると" in seat.text("/account")


def test_the_way_in_names_what_is_switched_on(
    hall: TownHall, both: Flask, with_lineworks: dict[str, str]
) -> None:
    seat = TownSeat(both)
    assert "SlackかLINE WORKSのメッセージ" in seat.text("/sign-in")
    assert "SlackかLINE WORKSかメールを確かめてください" in seat.text("/sign-in/sent")
    alone = TownSeat(web_app(hall, town=True, **with_lineworks))
    shown = alone.text("/sign-in") + alone.text("/sign-in/sent")
    assert "LINE WORKSかメールを確かめてください" in shown
    assert "Slack" not in shown


def test_the_administrator_sees_how_the_connection_stands(
    lineworks_town: LineworksTown,
) -> None:
    """Why LINE WORKS refuses us, until it takes us again; and what was turned away here."""
    town = lineworks_town
    assert town.settings.lineworks is not None
    town.tick()
    page = town.web(ADMINISTRATOR).text("/admin")
    assert "LINE WORKSからの接続を待っています" in page
    assert "署名の合わないもの0件、ほかのボットあて0件" in page
    assert "LINE WORKSにつながっていません" not in page
    town.part.reception.take(b"{}", "guessed", town.settings.lineworks.bot_id)
    town.lineworks.tokens.client_secret, right = "changed", town.lineworks.tokens.client_secret
    town.clock.move(days=2)
    town.tick()
    page = sits(town, town.app, ADMINISTRATOR).text("/admin")
    assert "LINE WORKSにつながっていません" in page
    assert "python bot.py check lineworks" in page
    assert "署名の合わないもの1件" in page
    town.lineworks.tokens.client_secret = right
    town.clock.move(days=2)
    town.tick()
    assert "LINE WORKSにつながっていません" not in sits(town, town.app, ADMINISTRATOR).text(
        "/admin"
    )


def test_where_nothing_is_switched_on_the_page_is_for_administrators_all_the_same(
    hall: TownHall,
) -> None:
    app = web_app(hall, town=True)
    assert TownSeat(app).get(LIST).status_code == 401
    assert sits(hall, app, CLERK).get(LIST).status_code == 403
    assert sits(hall, app, ADMINISTRATOR).get(LIST).status_code == 200
