"""The weekly digest in Slack: its card with the picture, and its lists, for managers alone."""

import json
from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image

from handlers.slack.ui.picture import MOST, waiting_picture
from tests.slack.limits import Json
from tests.slack.product import SlackTown
from tests.support.people import CLERK, COORDINATOR, MANAGER
from workflows.japanese.dates import TOKYO
from workflows.requests.record import RecordRequest

NAME = "鈴木 花子"
MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=TOKYO)


def a_request_that_is_late(town: SlackTown) -> None:
    texts = {"person": NAME, "checked": "運転免許証", "wanted": "写し"}
    town.desk.handle(RecordRequest("disclosure", "person", texts, "R8.10.10"), COORDINATOR)


def test_requests_of_persons_are_counted_on_card_and_in_the_lists(slack_town: SlackTown) -> None:
    a_request_that_is_late(slack_town)
    until_monday(slack_town)
    (message,) = digests(slack_town)
    counted = "回答待ち1件（10開庁日以内が期限0件、期限を過ぎたもの1件）"
    assert counted in json.dumps(message, ensure_ascii=False)
    manager = slack_town.person(MANAGER)
    manager.press("まとめを見る", in_=message)
    assert manager.view is not None
    assert counted in manager.view.text
    assert NAME not in manager.view.text


def until_monday(town: SlackTown) -> None:
    """Two cases wait, one of them restricted; the digest of Monday morning is made and sent."""
    town.open_case("A14", name=NAME)
    town.open_case("A17", danger="yes", name=NAME)
    town.tick()
    town.clock.at = MONDAY
    town.tick()


def digests(town: SlackTown, member_id: str = MANAGER) -> list[Json]:
    found = town.person(member_id).messages()
    return [m for m in found if "週次のまとめ" in json.dumps(m, ensure_ascii=False)]


def pictures(message: Json) -> list[Json]:
    return [b for b in message["blocks"] if b["type"] == "image"]


def test_the_digest_comes_in_words_and_with_its_picture(slack_town: SlackTown) -> None:
    until_monday(slack_town)
    (message,) = digests(slack_town)
    told = json.dumps(message, ensure_ascii=False)
    assert "2件が支援を待っています" in told
    assert NAME not in told
    (picture,) = pictures(message)
    assert "R8-0001は5開庁日" in picture["alt_text"]
    assert "R8-0002" not in told, "it is restricted"
    assert len(slack_town.slack.called("files.getUploadURLExternal")) == 1  # for all managers


def test_the_digest_waits_for_its_picture_and_not_for_ever(slack_town: SlackTown) -> None:
    """Slack looks through a file before it shows it: the card comes after that, or without."""
    slack_town.slack.world.file_delay = timedelta(seconds=8)
    until_monday(slack_town)
    assert digests(slack_town) == []
    for _ in range(2):
        slack_town.clock.move(seconds=6)
        slack_town.tick()
    (message,) = digests(slack_town)
    assert pictures(message)


def test_a_picture_that_slack_never_shows_holds_up_no_digest(slack_town: SlackTown) -> None:
    slack_town.slack.world.file_delay = timedelta(days=9)
    until_monday(slack_town)
    slack_town.clock.move(minutes=5)
    slack_town.tick()
    (message,) = digests(slack_town)
    assert not pictures(message)
    assert "2件が支援を待っています" in json.dumps(message, ensure_ascii=False)


def test_a_failed_upload_holds_up_no_digest(slack_town: SlackTown) -> None:
    slack_town.slack.take_scope("files:write")
    until_monday(slack_town)
    (message,) = digests(slack_town)
    assert not pictures(message)


def test_a_picture_that_is_refused_in_the_end_holds_up_no_digest(slack_town: SlackTown) -> None:
    """It was there when it was asked for, and somebody removed it."""
    there = {"channel": slack_town.person(MANAGER).dm_id}
    slack_town.slack.error("chat.postMessage", "invalid_blocks", where=there)
    slack_town.slack.error("chat.update", "invalid_blocks", where=there, times=9)
    until_monday(slack_town)
    (message,) = digests(slack_town)
    assert not pictures(message)
    assert "2件が支援を待っています" in json.dumps(message, ensure_ascii=False)


def test_slacks_store_that_breaks_holds_up_no_digest(slack_town: SlackTown) -> None:
    slack_town.slack.fail("files.completeUploadExternal", times=9)
    until_monday(slack_town)
    (message,) = digests(slack_town)
    assert not pictures(message)


def test_the_button_opens_the_lists_for_managers_alone(slack_town: SlackTown) -> None:
    until_monday(slack_town)
    manager = slack_town.person(MANAGER)
    (message,) = digests(slack_town)
    manager.press("まとめを見る", in_=message)
    assert manager.view is not None
    told = manager.view.text
    for words in ("待っている人", "R8-0001　5開庁日", "返信のないつなぎ", "確かめられなかったこと"):
        assert words in told
    assert "ほかに、閲覧制限のケースが1件あります（最も長い方で5開庁日）。" in told
    assert "R8-0002" not in told
    assert NAME not in told
    clerk = slack_town.person(CLERK)
    clerk.press("まとめを見る", in_=message)
    assert clerk.view is None
    assert "R8-0001" not in json.dumps(clerk.messages(), ensure_ascii=False)


def test_the_picture_has_a_bar_for_each_and_no_more_than_ten() -> None:
    def height(waiting: list[tuple[str, int]]) -> int:
        image = Image.open(BytesIO(waiting_picture(waiting)))
        assert image.format == "PNG"
        return image.height

    many = [(f"R8-{n:04d}", 40 - n) for n in range(30)]
    assert height(many) == height(many[:MOST]) > height(many[:2])
    assert waiting_picture(many) == waiting_picture(many)
