"""What stands in Slack is kept true: changed in place, ended when it may not be seen any more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from handlers.slack.door import SLACK, SlackDoor
from handlers.slack.sending.redrawing import RECONCILED, Redrawing, reconciled
from handlers.slack.ui.drawing import NOTICES, Drawing, Message, said
from tests.slack.product import CHANNEL, SlackTown, user_of
from tests.slack.server import Call
from tests.support.people import (
    ADMINISTRATOR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    OTHER_COORDINATOR,
)
from workflows.core.permissions import Caller
from workflows.core.ports import Post
from workflows.maintenance.daily_chores import Chore, DoChore

UPDATE = "chat.update"


@pytest.fixture
def town(slack_town: SlackTown) -> Iterator[SlackTown]:
    yield slack_town
    slack_town.slack.mend()


def cards(town: SlackTown, member_id: str = ELDERLY) -> list[str]:
    """What stands in a member's DM: one text a card."""
    found = town.slack.dm(user_of(member_id))
    return [json.dumps([m["text"], m["blocks"]], ensure_ascii=False) for m in found]


def boards(town: SlackTown) -> list[str]:
    return [m["text"] for m in town.slack.messages(CHANNEL)]


def updates(town: SlackTown) -> list[Call]:
    return town.slack.called(UPDATE)


def test_a_card_changes_in_place_and_what_looks_the_same_costs_no_call(town: SlackTown) -> None:
    """Answered: the card says so, no second message. Changed elsewhere: nothing is called."""
    case_id = town.open_case("A14")
    town.tick()
    (before,) = cards(town)
    assert "返信する" in before
    town.reply(case_id, "A14", by=ELDERLY)
    town.tick()
    (after,) = cards(town)
    assert "受理" in after
    assert "返信する" not in after
    calls = len(town.slack.calls)
    town.edit(case_id, summary="様子が変わりました。")  # no word of it stands in a card
    town.tick()
    assert len(town.slack.calls) == calls


def test_many_changes_at_once_are_one_update(town: SlackTown) -> None:
    case_id = town.open_case("A14", "A17")
    town.tick()
    for number in range(5):
        town.edit(case_id, urgency="urgent" if number % 2 else "normal")
    town.edit(case_id, urgency="emergency")
    town.tick()
    stood = [call.args["ts"] for call in updates(town)]
    assert len(stood) == len(set(stood))


def test_who_may_not_be_told_any_more_sees_that_it_ended(town: SlackTown) -> None:
    """The case becomes restricted: no number, no button, and no card on the board."""
    case_id = town.open_case("A14", by="M27")
    town.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    town.reply(case_id, "A17", "declined", by="M30", next_agency="A19")
    town.tick()
    number = town.case(case_id).number
    assert any(number in card for card in cards(town, OTHER_COORDINATOR))
    assert any(number in board for board in boards(town))
    town.edit(case_id, by="M27", danger="yes")
    town.tick()
    for card in cards(town, OTHER_COORDINATOR):
        assert number not in card
        assert "actions" not in card
    assert not any(number in board for board in boards(town))
    town.unrestrict(case_id, by="M27")
    town.tick()
    assert sum(number in board for board in boards(town)) == 1, "put up again, once"


def test_an_older_card_of_the_same_matter_becomes_one_line(town: SlackTown) -> None:
    """The reminder is the live one; the question above says that it is over."""
    town.open_case("A14")
    town.tick()
    town.clock.set(datetime.fromisoformat("2026-11-26T17:15:00+09:00"))
    town.tick()
    town.tick()
    first, second = cards(town)
    assert "新しいお知らせ" in first
    assert "actions" not in first
    assert "actions" in second


def test_news_of_one_agency_does_not_hide_what_another_one_asks(town: SlackTown) -> None:
    """One took a part, and the rest is to be passed on: that another accepts changes nothing."""
    case_id = town.open_case("A14", "A17")
    town.reply(case_id, "A14", "partly", by=ELDERLY)
    town.tick()
    town.reply(case_id, "A17", by=DISABILITY)
    town.tick()
    partly, accepted = cards(town, COORDINATOR)
    assert "一部受理" in partly
    assert "ほかの機関へつなぐ" in partly
    assert town.agency_name("A17") in accepted


def test_what_moved_while_a_card_was_on_its_way_shows(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answered between drawing and keeping it: the card is drawn once more."""
    case_id = town.open_case("A14")
    post = town.part.door.api.call
    done: list[bool] = []

    def slow(method: str, **args: object) -> dict[str, object]:
        answer = post(method, **args)
        if method == "chat.postMessage" and not done:
            done.append(True)
            town.reply(case_id, "A14", by=ELDERLY)
        return answer

    monkeypatch.setattr(town.part.door.api, "call", slow)
    town.tick()
    town.tick()
    (card,) = cards(town)
    assert "返信する" not in card


@pytest.mark.parametrize("arrives", [True, False])
def test_an_update_without_an_answer_is_made_again(town: SlackTown, arrives: bool) -> None:
    """In place it does no harm: after a minute the card is true, whatever became of the first."""
    case_id = town.open_case("A14")
    town.tick()
    town.slack.drop(UPDATE, arrives=arrives, times=2)  # the card's and the board's
    town.reply(case_id, "A14", by=ELDERLY)
    town.tick()
    town.clock.move(minutes=1)
    town.tick()
    (card,) = cards(town)
    assert "返信する" not in card
    (board,) = boards(town)
    assert "照会中" not in board


@pytest.mark.parametrize("arrives", [True, False])
def test_a_board_card_is_put_up_once(town: SlackTown, arrives: bool) -> None:
    """An attempt without an answer is looked for in the channel, also when its case moved on."""
    case_id = town.open_case("A14")
    town.slack.drop("chat.postMessage", arrives=arrives, where={"channel": CHANNEL})
    town.tick()
    town.edit(case_id, urgency="emergency")
    town.clock.move(minutes=1)
    town.tick()
    town.tick()
    (board,) = boards(town)
    assert "緊急" in board


def test_a_message_that_somebody_removed(town: SlackTown) -> None:
    """A board card is put up anew, once; a card in somebody's own DM is let go."""
    case_id = town.open_case("A14")
    town.tick()
    for place in (CHANNEL, town.slack.dm(user_of(ELDERLY))[0]["channel"]):
        town.slack.world.channels[place].messages.clear()
    town.reply(case_id, "A14", by=ELDERLY)
    town.tick()
    town.tick()
    assert len(boards(town)) == 1
    assert cards(town) == []
    with town.database.open() as unit:
        assert unit.posts.find(SLACK, kind="notice", member_id=ELDERLY) == []


def test_an_archived_channel_is_told_once_and_the_cards_wait(town: SlackTown) -> None:
    """Everything else goes on; once it is mended the cards come."""
    town.slack.archive(CHANNEL)
    first = town.open_case("A14")
    town.open_case("A14")
    town.tick()
    town.tick()
    told = [m.notice for m in town.mail(ADMINISTRATOR) if m.notice.key == "channel_trouble"]
    assert [(n.facts["code"], n.facts["needed"]) for n in told] == [("is_archived", CHANNEL)]
    assert len(cards(town)) == 2
    assert len(town.slack.called("chat.postMessage", channel=CHANNEL)) == 1
    town.slack.world.channels[CHANNEL].archived = False
    town.clock.move(minutes=61)
    town.tick()
    assert len(boards(town)) == 2, first


def test_what_is_drawn_by_itself_passes_the_guard(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that came into a live card is masked, sent first and drawn anew."""

    def draw(drawing: Drawing) -> Message:
        assert drawing.post.notice is not None
        return said(f"{drawing.post.notice.facts['number']}：甲野乙之介さんのことです。")

    monkeypatch.setitem(NOTICES, "referral_asked", draw)
    case_id = town.open_case("A14", name="甲野乙之介", kana="コウノオツノスケ")
    town.tick()
    town.edit(case_id, urgency="emergency")
    town.tick()
    (card,) = cards(town)
    assert "R8-0001" in card
    assert "■" in card
    assert "甲野" not in str(town.slack.everything_said().messages)


def test_what_was_disposed_of_goes_in_slack_too(town: SlackTown) -> None:
    """Five years after the end: no card, no board and no row says anything of the case."""
    case_id = town.open_case("A14", by=COORDINATOR)
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    town.tick()
    number = town.case(case_id).number
    town.close(case_id)
    town.tick()
    with town.database.open() as unit:
        unit.purge.notices_of_case(case_id, town.desk.now())
        unit.commit()
    town.tick()
    said_now = str([town.slack.dm(user_of(m)) for m in (ELDERLY, COORDINATOR)]) + str(boards(town))
    assert number not in said_now
    with town.database.open() as unit:
        assert unit.posts.find(SLACK, kind="gone") == []


def test_a_room_is_reconciled_and_a_refusal_puts_it_off(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no message is brought up to date by its own function, on the same terms."""
    seen: list[Post] = []
    monkeypatch.delitem(RECONCILED, "room", raising=False)

    @reconciled("room")
    def bring(door: SlackDoor, post: Post, now: datetime) -> Post:
        seen.append(post)
        door.outgoing.call("conversations.setTopic", channel=CHANNEL, topic=f"{len(seen)}")
        return replace(post, place=CHANNEL)

    monkeypatch.setitem(RECONCILED, "room", bring)
    post = Post("r1", SLACK, "room", "", "", "m", town.desk.now(), meeting_id="m1")
    with town.database.open() as unit:
        unit.posts.put(post)
        unit.commit()
    town.slack.fail("conversations.setTopic")
    town.tick()
    town.clock.move(minutes=1)
    town.tick()
    assert len(seen) == 2
    assert town.slack.world.channels[CHANNEL].topic == "2"
    with town.database.open() as unit:
        kept = unit.posts.get("r1")
    assert kept is not None
    assert kept.place == CHANNEL


def test_two_workers_draw_a_card_once(town: SlackTown) -> None:
    """A second process on the same database finds nothing left to do."""
    town.open_case("A14")
    town.ticks.tick()
    town.ticks.run_job(SLACK)
    another = Redrawing(town.database.open, town.part.door)
    while another.draw_next():
        pass
    town.tick()
    assert len(boards(town)) == 1


def test_a_card_that_ended_is_swept_and_its_row_says_nothing(town: SlackTown) -> None:
    """Its words are forgotten when it ends, the row after ninety days."""
    case_id = town.open_case("A14", by="M27")
    town.tick()
    town.edit(case_id, by="M27", danger="yes")
    town.has_left(ELDERLY)
    town.edit(case_id, by="M27", urgency="emergency")
    town.tick()
    with town.database.open() as unit:
        (post,) = unit.posts.find(SLACK, kind="notice", member_id=ELDERLY)
    assert post.over
    assert post.notice is None
    town.clock.move(days=91)
    town.desk.handle(DoChore(Chore.POSTS), Caller.CLOCK)
    with town.database.open() as unit:
        assert unit.posts.find(SLACK, kind="notice", member_id=ELDERLY) == []


def test_who_has_left_is_shown_nothing_however_a_card_is_drawn(
    town: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether somebody may still be told is asked before anything is drawn for them."""
    monkeypatch.setitem(NOTICES, "referral_asked", lambda drawing: said(f"{drawing.now}"))
    case_id = town.open_case("A14")
    town.tick()
    town.has_left(ELDERLY)
    town.clock.move(days=1)
    town.edit(case_id, urgency="emergency")
    town.tick()
    (card,) = cards(town)
    assert "このお知らせは終わりました" in card
