"""Who pressed sees their own card first, however much else waits to be drawn, and at whatever pace
Slack lets the rest go; what Slack holds is one method, for the workspace, and no other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from handlers.slack.api import Api, ErrorKind, SlackRefused
from handlers.slack.door import SLACK
from handlers.slack.requests import modal_calls as showing
from handlers.slack.sending import redrawing
from handlers.slack.sending.pace import A_MINUTE, RESERVED_PER_MINUTE, SlackPace
from storage import tables
from tests.handlers.test_slack_poll import asked, card, given, words
from tests.slack.person import Person
from tests.slack.product import SlackTown, user_of
from tests.support.people import COORDINATOR, ELDERLY

COLLEAGUE = "M27"
UPDATE, POST, SAVED = "chat.update", "chat.postMessage", "回答を保存しました"
OTHERS = A_MINUTE[UPDATE] - RESERVED_PER_MINUTE[UPDATE]


@pytest.fixture
def town(slack_town: SlackTown, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackTown]:
    """Two agencies are asked for dates; Slack counts as it is documented, and so do we."""
    monkeypatch.setattr(redrawing, "MOMENTS", (0,))
    monkeypatch.setattr(showing, "MOMENTS", (0, 0))
    asked(slack_town)
    for _ in range(6):
        slack_town.open_case("A14")
    slack_town.tick()
    slack_town.slack.rates.strict()
    slack_town.part.door.outgoing.pace = SlackPace(slack_town.clock.now)
    yield slack_town
    slack_town.slack.mend()


def everything_waits(town: SlackTown) -> int:
    """Every card, board and home page is to be drawn anew, and has been for an hour."""
    at = town.clock.at - timedelta(hours=1)
    with town.database.engine.begin() as connection:
        due = tables.posts.update().values(shown="old", moves=tables.posts.c.moves + 1, try_at=at)
        return connection.execute(due).rowcount


def use_up(town: SlackTown, method: str = UPDATE) -> None:
    """All that nobody waits for has had its calls of this minute."""
    pace = town.part.door.outgoing.pace
    while pace.take(method) is None:
        pass


def mine(town: SlackTown) -> Person:
    return town.person(ELDERLY)


def test_ones_own_press_is_on_ones_own_card_before_anything_else_is_drawn(
    town: SlackTown,
) -> None:
    """A burst has used up its minute, and many cards still wait: hers is drawn at the address
    that came with the press, at once and beside all limits."""
    assert everything_waits(town) > 15
    use_up(town)
    town.ticks.run_job("slack_cards")
    assert town.slack.called(UPDATE) == [], "nothing goes out at this pace"
    before = len(town.slack.calls)
    mine(town).press("○ 出席", in_=card(mine(town)))
    town.settle()
    assert given(town, polled(town)) == ["yes", ""]
    assert SAVED in words(card(mine(town)))
    drawn = [c for c in town.slack.calls[before:] if c.method in (UPDATE, "response_url")]
    assert drawn[0].method == "response_url"
    theirs = {c.args.get("channel") for c in drawn[1:]}
    assert theirs <= {mine(town).dm_id}, "then what else is hers, and nobody else's"
    assert SAVED not in words(card(town.person(COLLEAGUE)))


def polled(town: SlackTown) -> str:
    """The meeting whose dates are asked for."""
    with town.database.open() as unit:
        return next(p.meeting_id for p in unit.posts.find(SLACK) if p.meeting_id)


def test_after_a_submission_own_cards_are_redrawn_within_reserved_calls(town: SlackTown) -> None:
    """What she hands in stands on her card at once, and some of her other cards with it."""
    mine(town).press("まとめて答える", in_=card(mine(town)))
    slots = town.meeting(polled(town)).slots
    mine(town).fill({f"answer.{slot.id}": "○ 出席できます" for slot in slots})
    everything_waits(town)
    use_up(town)
    mine(town).submit()
    town.settle()
    assert given(town, polled(town)) == ["yes", "yes"]
    drawn = town.slack.called(UPDATE)
    assert 0 < len(drawn) <= redrawing.MOST_OWN
    assert {c.args["channel"] for c in drawn} == {mine(town).dm_id}
    assert drawn[0].args["ts"] == card(mine(town))["ts"]
    assert "すべての日にご回答いただきました" in words(card(mine(town)))


def test_a_card_that_is_being_drawn_as_it_was_is_drawn_again_at_once(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process had it in hand when she pressed: she waits for that, not for the others."""
    everything_waits(town)
    use_up(town)
    hers = card(mine(town))
    now = town.clock.at
    with town.database.open() as unit:
        where = {"place": hers["channel"], "external_id": hers["ts"]}
        claimed = unit.posts.claim(now, "another", SLACK, **where)
        unit.commit()
    assert claimed
    assert claimed.post.external_id == hers["ts"]

    def drawn_meanwhile(self: showing.ModalCalls, seconds: float) -> None:
        with town.database.open() as unit:
            unit.posts.drawn(claimed.post, "another", claimed.moves, now)
            unit.commit()

    monkeypatch.setattr(showing.ModalCalls, "pause", drawn_meanwhile)
    mine(town).press("○ 出席", in_=hers)
    town.settle()
    assert SAVED in words(card(mine(town)))


def test_where_the_address_is_used_up_her_card_still_comes_first(town: SlackTown) -> None:
    everything_waits(town)
    use_up(town)
    town.slack.fail("response_url", status=404)
    mine(town).press("○ 出席", in_=card(mine(town)))
    town.settle()
    assert SAVED in words(card(mine(town)))
    assert town.slack.called(UPDATE)[0].args["ts"] == card(mine(town))["ts"]


def test_a_429_pauses_one_method_in_the_whole_workspace(town: SlackTown) -> None:
    """Told to wait with one update, nobody's is tried; messages and home pages go on."""
    everything_waits(town)
    town.slack.fail(UPDATE, status=429, retry_after=30, times=1)
    town.ticks.run_job("slack_cards")
    assert len(town.slack.called(UPDATE)) == 1
    pace = town.part.door.outgoing.pace
    assert pace.take(UPDATE, "C0ANYWHERE")
    assert pace.take(POST, "C0ANYWHERE") is None
    assert pace.take("views.publish", user_of(COORDINATOR)) is None
    town.clock.move(seconds=31)
    town.ticks.run_job("slack_cards")
    assert len(town.slack.called(UPDATE)) > 1


def test_two_channels_that_have_to_wait_are_the_whole_workspace(slack_town: SlackTown) -> None:
    """One message too many may be one channel's alone; in two at once it is not."""
    outgoing = slack_town.part.door.outgoing
    later = SlackRefused(ErrorKind.LATER, "ratelimited", timedelta(seconds=30))
    outgoing.heed(POST, later, "C1")
    assert outgoing.pace.take(POST, "C1")
    assert outgoing.pace.take(POST, "C2") is None
    outgoing.heed(POST, later, "C2")
    assert outgoing.pace.take(POST, "C3")
    assert outgoing.pace.take(UPDATE, "C3") is None


def test_an_answer_goes_to_slack_alone() -> None:
    """An address of any other host is none of Slack's, nor one without TLS."""
    api = Api("xoxb-1", "https://slack.com/api/")
    for url in (
        "https://hooks.example.jp/actions/T1/1/x",
        "http://hooks.slack.com/actions/T1/1/x",
        "https://hooks.slack.com.example.jp/actions",
        "https://slack.com@example.jp/actions",
        "file:///etc/passwd",
        "",
    ):
        with pytest.raises(SlackRefused, match="no_response_url"):
            api.respond(url, text="x")
