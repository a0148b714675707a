"""Sending to LINE WORKS: at its pace, never twice, and told when it is shut; the access token."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.chat.people import EVERY
from handlers.lineworks.access import EARLY, AccessTokenSource
from handlers.lineworks.api import NOT_NOW, UNREACHABLE, Api, ErrorKind, LineworksRefused
from handlers.lineworks.door import LINEWORKS
from handlers.lineworks.pace import LONG, LineworksPace
from tests.lineworks.product import LineworksTown, LineworksTownWith, user_of
from tests.support.people import ADMINISTRATOR
from tests.support.stand_in import Answer, Listening, Request
from workflows.core.permissions import Caller
from workflows.directory.linked_accounts import GetAccounts
from workflows.model.notice import Notice
from workflows.sign_in.sign_in import RequestSignInLink

PERSON = "M21"
USER = user_of(PERSON)


@pytest.fixture
def town(lineworks_town: LineworksTown) -> Iterator[LineworksTown]:
    """LINE WORKS counts as it is documented, and so do we."""
    lineworks_town.lineworks.rates.strict("free")
    lineworks_town.part.door.outgoing.pace.room = 1
    yield lineworks_town
    lineworks_town.lineworks.mend()


def tell(town: LineworksTown, *names: str, member_id: str = PERSON) -> None:
    """Notices that are on their way to a member's LINE WORKS."""
    now = town.desk.now()
    with town.database.open() as unit:
        for name in names:
            unit.outbox.put(
                Notice(
                    id=f"{member_id}-{name}",
                    key="drafts_expiring",
                    member_id=member_id,
                    dedupe_key=f"{member_id}:{name}",
                    facts={"drafts": 2, "on": "2026-12-01"},
                    created_at=now,
                    via=LINEWORKS,
                )
            )
        unit.commit()


def states(town: LineworksTown) -> list[tuple[str, str, int]]:
    """State, reason and attempts of every row for LINE WORKS."""
    with town.database.open() as unit:
        found = [d for d in unit.outbox.recent() if d.via == LINEWORKS]
    return [(d.state, d.error, d.attempts) for d in found]


def standing(town: LineworksTown, member_id: str = PERSON) -> int:
    return len(town.lineworks.messages(user_of(member_id)))


def account_state(town: LineworksTown, member_id: str = PERSON) -> str:
    with town.database.open() as unit:
        account = unit.accounts.get(LINEWORKS, user_of(member_id))
    return account.state if account else ""


# -- a notice -------------------------------------------------------------------------------------


def test_a_notice_is_a_card_to_its_reader_alone(town: LineworksTown) -> None:
    tell(town, "a")
    town.tick()
    (card,) = town.lineworks.messages(USER)
    assert card.content["type"] == "button_template"
    assert states(town) == [("sent", "", 1)]
    assert [call.api for call in town.lineworks.calls if call.api.startswith("send")] == [
        "send.user"
    ]


def test_what_happens_in_a_case_reaches_lineworks_as_well_as_the_inbox(
    town: LineworksTown,
) -> None:
    town.open_case("A13")
    town.tick()
    assert standing(town) == 1
    assert len(town.mail(PERSON)) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_what_lineworks_did_not_take_comes_back_once(town: LineworksTown, status: int) -> None:
    town.lineworks.fail("send.user", status)
    tell(town, "a")
    town.tick()
    assert (standing(town), states(town)[0][0]) == (0, "waiting")
    town.clock.move(seconds=20)
    town.tick()
    assert standing(town) == 0, "it came back before it was asked to"
    town.clock.move(seconds=45)
    town.tick()
    assert standing(town) == 1
    assert states(town)[0][::2] == ("sent", 1 if status == 429 else 2)


def test_too_many_says_itself_how_long_to_wait(town: LineworksTown) -> None:
    """In its header, and that is waited for: no less, and hardly more."""
    town.lineworks.fail("send.user", 429, retry_after=50)
    tell(town, "a")
    for seconds, there in ((0, 0), (45, 0), (6, 1)):
        town.clock.move(seconds=seconds)
        town.tick()
        assert standing(town) == there
    assert len(town.lineworks.called("send.user")) == 2


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("how", ["drop", "500"])
def test_what_may_have_arrived_is_unknown_and_is_not_repeated(
    town: LineworksTown, how: str, *, arrives: bool
) -> None:
    if how == "drop":
        town.lineworks.drop("send.user", arrives=arrives)
    else:
        town.lineworks.fail("send.user", 500, arrives=arrives)
    tell(town, "a")
    town.tick()
    assert states(town)[0][0] == "unknown"
    town.clock.move(days=1)
    town.tick()
    assert standing(town) == (1 if arrives else 0)


def test_no_answer_in_time_is_unknown(town: LineworksTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.chat.http_api.TIMEOUT", (1, 0.05))
    tell(town, "a")
    town.part.door.api.access.token()
    town.lineworks.hang("send.user", arrives=True, seconds=5)
    begun = time.monotonic()
    town.tick()
    assert time.monotonic() - begun < 3
    assert states(town) == [("unknown", "no_answer", 1)]
    town.clock.move(days=1)
    monkeypatch.setattr("handlers.chat.http_api.TIMEOUT", (4, 8))
    town.tick()
    assert standing(town) == 1


def test_what_is_for_lineworks_is_sent_nowhere_else(town: LineworksTown) -> None:
    """Whoever answers in its place with another address gets no token and no words to it."""
    asked: list[str] = []

    def elsewhere(request: Request) -> Answer:
        asked.append(request.path)
        return Answer(307, b"", {"Location": f"{there.url}/other"})

    there = Listening(elsewhere)
    given = town.settings.lineworks
    assert given is not None
    api = Api(replace(given, api_url=there.url), town.clock.now)
    with pytest.raises(LineworksRefused):
        api.call("send.user", user=USER, body={"content": {"type": "text", "text": "a"}})
    there.close()
    assert asked == [f"/bots/{given.bot_id}/users/{USER}/messages"]


def test_a_sign_in_link_that_may_not_have_come_goes_by_mail(town: LineworksTown) -> None:
    town.lineworks.drop("send.user")
    town.desk.handle(
        RequestSignInLink("m21@example.jp", "b", (LINEWORKS,)), Caller.DOOR, door="web"
    )
    with town.database.open() as unit:
        assert [d.via for d in unit.outbox.recent()] == [LINEWORKS]
    town.tick()
    with town.database.open() as unit:
        assert {d.via for d in unit.outbox.recent()} == {LINEWORKS, "mail"}


def test_where_nobody_can_be_reached_nothing_was_brought(town: LineworksTown) -> None:
    given = town.settings.lineworks
    assert given
    nowhere = "http://127.0.0.1:9"
    api = Api(replace(given, api_url=nowhere), town.clock.now)
    with pytest.raises(LineworksRefused) as refused:
        api.call("send.user", user=USER, body={"content": {}})
    assert (refused.value.kind, refused.value.code) == (ErrorKind.LATER, UNREACHABLE)
    api = Api(replace(given, auth_url=nowhere), town.clock.now)
    with pytest.raises(LineworksRefused) as refused:
        api.call("send.user", user=USER, body={"content": {}})
    assert (refused.value.kind, refused.value.code) == (ErrorKind.LATER, UNREACHABLE)


@pytest.mark.parametrize("how", ["suspended", "removed"])
def test_who_is_not_there_any_more_is_gone_and_the_administrators_hear_of_it(
    town: LineworksTown, how: str
) -> None:
    town.tick()  # the daily look is done
    (town.lineworks.suspend if how == "suspended" else town.lineworks.remove)(USER)
    tell(town, "a")
    town.tick()
    town.tick()
    assert ("dead", "user_not_found", 1) in states(town)
    assert account_state(town) == "gone"
    troubles = [i for i in town.mail(ADMINISTRATOR) if i.notice.key == "channel_trouble"]
    assert [i.notice.facts["needed"] for i in troubles] == [USER]


def test_a_refusal_that_is_not_about_the_person_takes_nobodys_account(
    town: LineworksTown,
) -> None:
    town.lineworks.error("send.user", 403, "FORBIDDEN")
    tell(town, "a")
    town.tick()
    assert states(town) == [("dead", "FORBIDDEN", 1)]
    assert account_state(town) == "linked"


def test_without_an_account_nothing_is_sent(town: LineworksTown) -> None:
    with town.database.open() as unit:
        unit.accounts.remove(LINEWORKS, USER)
        unit.commit()
    tell(town, "a")
    town.tick()
    assert states(town) == [("dead", "no_account", 1)]


# -- the pace -------------------------------------------------------------------------------------


def test_more_than_a_minute_takes_goes_out_without_ever_being_refused(town: LineworksTown) -> None:
    tell(town, *[f"n{n:03d}" for n in range(64)])
    town.tick()
    assert standing(town) == 60
    for _ in range(4):
        town.clock.move(seconds=16)
        town.tick()
    assert standing(town) == 64
    assert {attempts for _, _, attempts in states(town)} == {1}
    assert 429 not in {call.status for call in town.lineworks.calls}


def test_what_others_of_the_domain_used_up_is_heard_from_the_headers(town: LineworksTown) -> None:
    """Another bot of the town has sent 58 of the 60: after ours the minute is full."""
    for _ in range(58):
        town.lineworks.rates.count("send.user")
    tell(town, "a", "b", "c")
    town.tick()
    assert standing(town) == 2
    assert 429 not in {call.status for call in town.lineworks.calls}
    town.clock.move(minutes=1)
    town.tick()
    assert standing(town) == 3


def test_after_half_an_hour_without_a_pause_it_is_half(town: LineworksTown) -> None:
    pace, clock = LineworksPace(town.clock.now, "paid"), town.clock
    for _ in range(int(LONG.total_seconds()) // 30 + 1):
        assert pace.take("send.user") is None
        clock.move(seconds=30)
    clock.move(seconds=30)
    taken = 0
    while pace.take("send.user") is None:
        taken += 1
    assert taken == 120
    clock.move(minutes=2)
    fresh = 0
    while pace.take("send.user") is None:
        fresh += 1
    assert fresh == 240


# -- shut -----------------------------------------------------------------------------------------


def test_a_scope_that_was_taken_closes_the_way_and_is_told_once(town: LineworksTown) -> None:
    town.tick()
    town.lineworks.take_scope("bot.message", "bot")
    tell(town, "a")
    for _ in range(4):
        town.tick()
        town.clock.move(minutes=6)
    assert states(town)[0][0] == "waiting"
    troubles = [i for i in town.mail(ADMINISTRATOR) if i.notice.key == "channel_trouble"]
    assert len(troubles) == 1
    assert troubles[0].notice.facts["code"] == "insufficient_scope"
    town.lineworks.tokens.scopes |= {"bot.message", "bot"}
    town.clock.move(seconds=NOT_NOW.total_seconds())
    town.tick()
    assert standing(town) == 1


def test_a_key_that_counts_no_longer_is_told_and_asks_not_for_every_message(
    town: LineworksTown,
) -> None:
    town.lineworks.tokens.issue_key()
    tell(town, *"abcdef")
    town.tick()
    town.tick()
    asked = len(town.lineworks.called("token"))
    assert asked <= 2, "one for sending, one for the daily look"
    assert {state for state, _, _ in states(town)} == {"waiting"}
    assert {i.notice.facts["code"] for i in town.mail(ADMINISTRATOR)} == {"invalid_grant"}


# -- the token ------------------------------------------------------------------------------------


def test_one_token_is_used_until_shortly_before_it_ends(town: LineworksTown) -> None:
    town.lineworks.tokens.life = timedelta(hours=1)
    read = town.part.door.api.call
    for _ in range(3):
        read("bot.read")
    assert len(town.lineworks.called("token")) == 1
    town.clock.move(seconds=(timedelta(hours=1) - EARLY).total_seconds() - 1)
    read("bot.read")
    assert len(town.lineworks.called("token")) == 1
    town.clock.move(seconds=2)
    read("bot.read")
    assert len(town.lineworks.called("token")) == 2
    assert 401 not in {call.status for call in town.lineworks.calls}


def test_of_several_who_need_a_token_at_once_one_alone_asks(town: LineworksTown) -> None:
    assert town.settings.lineworks is not None
    asked: list[str] = []
    second = threading.Event()

    def answered(form: Mapping[str, str]) -> Mapping[str, str]:
        asked.append(form["grant_type"])
        if len(asked) > 1:
            second.set()
        second.wait(0.1)  # time for another one to ask as well
        return {"access_token": "good", "expires_in": "3600"}

    access = AccessTokenSource(town.settings.lineworks, town.clock.now, answered)
    access.allowed("bot")  # whoever comes first reads the key, which takes a moment
    asked.clear()
    given: list[str] = []
    hands = [threading.Thread(target=lambda: given.append(access.token())) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert given == ["good"] * 4
    assert len(asked) == 1


def test_a_life_that_is_a_text_is_read(town: LineworksTown) -> None:
    town.lineworks.tokens.expires_in_as_text = True
    read = town.part.door.api.call
    read("bot.read")
    town.clock.move(hours=23)
    read("bot.read")
    assert len(town.lineworks.called("token")) == 1
    town.clock.move(hours=1)
    read("bot.read")
    assert len(town.lineworks.called("token")) == 2


def test_a_token_that_was_taken_back_is_minted_anew_once(town: LineworksTown) -> None:
    town.part.door.api.call("bot.read")
    town.lineworks.tokens.revoke()
    tell(town, "a")
    town.tick()
    assert standing(town) == 1
    assert states(town) == [("sent", "", 1)]
    assert len(town.lineworks.called("token")) == 2
    town.lineworks.error("bot.read", 401, "UNAUTHORIZED", times=2)
    with pytest.raises(LineworksRefused) as refused:
        town.part.door.api.call("bot.read")
    assert refused.value.kind is ErrorKind.CLOSED
    assert len(town.lineworks.called("token")) == 3


def test_the_calendars_scope_is_asked_for_only_where_it_is_used(
    lineworks_town_with: LineworksTownWith,
) -> None:
    town = lineworks_town_with()
    town.lineworks.take_scope("calendar")
    town.part.door.api.call("bot.read")
    assert town.lineworks.called("token")[-1].status == 200


def test_no_secret_is_ever_logged_or_shown(
    town: LineworksTown, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tell(town, "a")
    town.tick()
    town.lineworks.fail("*", 500)
    tell(town, "b")
    town.tick()
    given = town.settings.lineworks
    assert given
    token = town.part.door.api.access.token()
    shown = caplog.text + repr(given) + repr(town.settings) + repr(town.part.door.api.access)
    secrets = (given.bot_secret, given.client_secret, given.private_key[40:80], token, USER)
    assert [one for one in secrets if one in shown] == []


# -- people ---------------------------------------------------------------------------------------


def linked(town: LineworksTown) -> int:
    view = town.desk.ask(GetAccounts(LINEWORKS), Caller.CONSOLE)
    return view.total - view.without


def test_everybody_with_a_members_address_is_linked_page_by_page(
    lineworks_town_with: LineworksTownWith,
) -> None:
    town = lineworks_town_with(linked=False)
    for n in range(240):
        town.lineworks.add_user(f"u-other{n}", f"他部署 {n}", email=f"other{n}@example.jp")
    last = town.lineworks.world.users.pop(USER)  # on the last page
    town.lineworks.world.users[USER] = last
    town.tick()
    assert len(town.lineworks.called("users.list")) == 3
    assert account_state(town) == "linked"
    view = town.desk.ask(GetAccounts(LINEWORKS), Caller.CONSOLE)
    assert view.without == 0
    town.tick()
    assert len(town.lineworks.called("users.list")) == 3, "once a day"


def test_who_left_lineworks_is_gone_the_next_day_and_back_when_they_are_back(
    town: LineworksTown,
) -> None:
    town.tick()
    before = linked(town)
    town.lineworks.remove(USER)
    town.lineworks.suspend(user_of("M30"))
    town.clock.move(seconds=EVERY.total_seconds())
    town.tick()
    assert account_state(town) == account_state(town, "M30") == "gone"
    assert linked(town) == before - 2
    town.lineworks.world.users[USER].deleted = False
    town.clock.move(seconds=EVERY.total_seconds())
    town.tick()
    assert account_state(town) == "linked"


def test_an_account_of_another_domain_that_the_list_does_not_name_stays(
    town: LineworksTown,
) -> None:
    """The list names our domain alone: who is missing in it is asked for before they are gone."""
    town.tick()
    gone = town.lineworks.error("users.read", 500, "INTERNAL_ERROR", where={"user": USER})
    town.lineworks.remove(USER)
    town.clock.move(seconds=EVERY.total_seconds())
    town.tick()
    assert gone.times == 0
    assert account_state(town) == "linked"


def test_a_list_that_cannot_be_read_unlinks_nobody(town: LineworksTown) -> None:
    town.lineworks.fail("users.list", 500, times=5)
    town.tick()
    assert account_state(town) == "linked"
