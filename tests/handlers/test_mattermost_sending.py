"""Notices in Mattermost: once, live, at a pace; and `check mattermost`."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from handlers.chat.http_api import TIMEOUT
from handlers.cli.check import print_findings as say_findings
from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.mattermost.check import check_mattermost
from handlers.mattermost.door import MATTERMOST
from handlers.mattermost.messages import (
    Button,
    Dialog,
    Integration,
    Message,
    Question,
    dialog_of,
    plain,
    post_of,
)
from handlers.mattermost.pace import MOST
from tests.mattermost.limits import faults_in_attachments, faults_in_dialog
from tests.mattermost.product import MattermostTown, settings_for, user_of
from tests.mattermost.screen import as_text
from tests.support.people import ADMINISTRATOR, ELDERLY
from tests.support.web import TEXTS
from workflows.model.notice import Notice

PERSON = "M21"
USER = user_of(PERSON)
LONG = "𠮷野家の漢字" * 4_000


@pytest.fixture
def town(mattermost_town: MattermostTown) -> Iterator[MattermostTown]:
    yield mattermost_town
    mattermost_town.mattermost.mend()


def tell(town: MattermostTown, *names: str, key: str = "drafts_expiring") -> None:
    """Notices that are on their way to a member's Mattermost."""
    now = town.desk.now()
    with town.database.open() as unit:
        for name in names:
            notice = Notice(
                id=f"{PERSON}{name}",
                key=key,
                member_id=PERSON,
                dedupe_key=f"{PERSON}:{name}",
                facts={"drafts": 2, "on": "2026-12-01"},
                created_at=now,
                via=MATTERMOST,
            )
            unit.outbox.put(notice)
        unit.commit()


def states(town: MattermostTown) -> list[tuple[str, str]]:
    with town.database.open() as unit:
        return [(d.state, d.error) for d in unit.outbox.recent() if d.via == MATTERMOST]


def standing(town: MattermostTown) -> int:
    return len(town.mattermost.posts(USER))


def test_the_longest_words_still_make_what_the_server_takes() -> None:
    """And nothing in them is markdown, but the link that is ours; addresses stay whole."""
    integration = Integration("https://t.example.jp/mattermost/press", lambda button: "t" * 900)
    buttons = tuple(Button(LONG, "menu") for _ in range(40))
    link = Button("[開く](x)", uri="https://t.example.jp/sign-in/a_b*c")
    message = Message(LONG, ((LONG, LONG),) * 9, LONG, (*buttons, link))
    post = post_of(message, integration)
    assert len(post["message"]) == 16_383
    assert faults_in_attachments(post["props"]["attachments"]) == []
    questions = tuple(Question(f"q{n}", LONG, [("a", LONG)], "b", LONG) for n in range(30))
    dialog = Dialog(LONG, LONG, LONG, "c", "s", "i", questions)
    assert faults_in_dialog(dialog_of(dialog, "s")) == []
    assert plain("**太字** <@a> `x` https://x.jp/a_b_c") == (
        r"\*\*太字\*\* \<@a\> \`x\` https://x.jp/a_b_c"
    )
    for typed in ("https://x[ここ](https://y.jp)", "https://x.jp/![](https://y.jp/p.png)"):
        words = plain(typed)  # what anybody typed is neither a link nor a picture
        assert words.count("[") == words.count(r"\[") == 1
    assert post_of(Message("一"), integration) == {"message": "一", "props": {}}


def test_a_notice_is_a_card_to_its_reader_alone_and_ends_with_its_matter(
    town: MattermostTown,
) -> None:
    case_id = town.open_case("A14")
    town.tick()
    member = town.person(ELDERLY)
    (card,) = member.posts()
    assert f"{town.case(case_id).number} つなぎの依頼です" in as_text(card)
    assert "[返信する]" in as_text(card)
    patched = len(town.mattermost.called("posts.patch"))
    town.tick()
    assert len(town.mattermost.called("posts.patch")) == patched  # the same look is no call
    town.reply(case_id, "A14", by="M27")  # a colleague
    town.tick()
    (now,) = member.posts()
    assert (now.id, "[返信する]" in as_text(now)) == (card.id, False)
    member.press("返信する", in_=card)  # from a screen that was not drawn anew
    assert "返信しました" in as_text(member.last())
    # Somebody removes a card: nobody puts it up again, and nothing waits for it.
    case_id = town.open_case("A14")
    town.tick()
    gone = member.last()
    town.mattermost.world.posts[gone.id].deleted = True
    town.reply(case_id, "A14", by="M27")
    town.tick()
    with town.database.open() as unit:
        assert not [p for p in unit.posts.find(MATTERMOST) if p.external_id == gone.id]


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_not_taken_comes_back_once(town: MattermostTown, status: int) -> None:
    town.mattermost.fail("posts.create", status, retry_after=50)
    tell(town, "a")
    town.tick()
    assert (standing(town), states(town)[0][0]) == (0, "waiting")
    for seconds, there in ((45, 0), (20, 1)):
        town.clock.move(seconds=seconds)
        town.tick()
        assert standing(town) == (there if status == 429 else 1) or not there
    assert (standing(town), states(town)[0][0]) == (1, "sent")


def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(
    town: MattermostTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, arrives in (("a", True), ("b", False)):
        town.mattermost.drop("posts.create", arrives=arrives)
        tell(town, name)
        town.tick()
        town.clock.move(minutes=10)
        town.tick()
    assert standing(town) == 2
    monkeypatch.setattr("handlers.chat.http_api.TIMEOUT", (1, 0.05))
    hanging = town.mattermost.hang("posts.create", arrives=True)
    tell(town, "c")
    town.tick()
    hanging.release()
    monkeypatch.setattr("handlers.chat.http_api.TIMEOUT", TIMEOUT)
    town.clock.move(minutes=10)
    town.tick()
    assert standing(town) == 3
    assert {state for state, _ in states(town)} == {"sent"}


@pytest.mark.parametrize("status", [200, 302])
def test_a_page_that_answers_in_the_servers_place_is_not_believed(
    town: MattermostTown, status: int
) -> None:
    """A proxy that says how it stands, with a status that sounds well: what was to be told is told
    once the server is back, a card is drawn again, nobody counts as gone."""
    case_id = town.open_case("A14")
    town.tick()
    member = town.person(ELDERLY)
    before = as_text(member.last())
    for name in ("posts.create", "posts.patch", "users.list", "users.read", "channels.posts"):
        town.mattermost.fail(name, status)
    tell(town, "a")
    town.reply(case_id, "A14", by="M27")
    town.clock.move(days=1)
    for _ in range(3):
        town.tick()
    assert (standing(town), states(town)[0][0]) == (0, "waiting")
    assert as_text(member.posts()[0]) == before
    town.mattermost.mend()
    for _ in range(3):
        town.clock.move(minutes=30)
        town.tick()
    said = [as_text(one) for one in town.mattermost.posts(USER)]
    assert sum("下書き2件" in words for words in said) == 1
    assert {state for state, _ in states(town)} == {"sent"}
    assert as_text(member.posts()[0]) != before
    with town.database.open() as unit:
        assert {one.state for one in unit.accounts.all(MATTERMOST)} == {"linked"}


def test_a_token_that_counts_no_longer_is_told_and_nothing_is_lost(town: MattermostTown) -> None:
    good = town.mattermost.token
    town.mattermost.revoke()
    tell(town, "a")
    town.tick()
    assert states(town)[0][0] == "waiting"
    assert town.part.health().error == "api.context.session_expired.app_error"
    town.tick()
    told = [one for one in town.mail(ADMINISTRATOR) if one.notice.key == "channel_trouble"]
    assert len(told) == 1
    assert "ボットのトークンが無効です" in str(TEXTS.card(told[0].notice))
    town.mattermost.token = good
    town.clock.move(minutes=10)
    town.tick()
    town.tick()
    said = [as_text(one) for one in town.mattermost.posts(USER)]
    assert ["下書き2件" in words for words in said] == [True, False]  # and that it goes again
    assert town.part.health().error == ""


def test_a_refusal_is_for_good_and_what_is_sent_keeps_its_pace(town: MattermostTown) -> None:
    town.mattermost.error("posts.create", 403, "api.context.permissions.app_error")
    tell(town, "a")
    town.tick()
    assert states(town) == [("dead", "api.context.permissions.app_error")]
    town.part.door.outgoing.pace.room = 1
    before = len(town.mattermost.calls)
    tell(town, *(f"n{n}" for n in range(MOST + 5)))
    town.tick()
    assert len(town.mattermost.calls) - before <= MOST
    for _ in range(4):
        town.clock.move(seconds=11)
        town.tick()
    assert standing(town) == MOST + 5
    town.mattermost.rates.strict(per_second=1, burst=2)
    tell(town, *(f"m{n}" for n in range(8)))
    for _ in range(20):
        town.tick()
        town.clock.move(seconds=5)
    assert standing(town) == MOST + 13  # it says how little is left, and that is heeded


def test_check_says_what_is_good_and_what_to_mend(
    town: MattermostTown, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(**more: str) -> tuple[int, str]:
        settings = settings_for(town.mattermost, **more)[0]
        code = say_findings(check_mattermost(settings, town.desk), Voice(TEXTS))
        return code, capsys.readouterr().out

    code, out = said()
    assert code == DONE, out
    assert "@tsunagu でつながりました" in out
    assert "https://tsunagu.example.jp/mattermost/command" in out
    world = town.mattermost.world
    for change, sentence in (
        ({"shows_email": False}, "メールアドレスが見えない"),
        ({"edit_limit": 300}, "編集できる時間が300秒まで"),
        ({"version": "5.39.0"}, "5.39.0 は古く"),
    ):
        before = {name: getattr(world, name) for name in change}
        vars(world).update(change)
        code, out = said()
        assert (code, sentence in out) == (NOT_DONE, True), out
        vars(world).update(before)
    for user in world.users.values():
        user.email_verified = False
    assert "確認済みのメールアドレスの方がいない" in said()[1]
    town.mattermost.fail("users.me", 502)
    assert "答えがありません（http_502）" in said()[1]
    town.mattermost.error("users.me", 404, "api.context.404.app_error")
    assert "MATTERMOST_URL を確かめてください" in said()[1]
    assert "MATTERMOST_TOKEN が正しくありません" in said(MATTERMOST_TOKEN="x" * 26)[1]
    assert "127.0.0.1:9 から答えがありません" in said(MATTERMOST_URL="http://127.0.0.1:9")[1]
    without = replace(town.settings, mattermost=None)
    assert say_findings(check_mattermost(without, town.desk), Voice(TEXTS)) == NOT_DONE
    assert town.mattermost.posts(USER) == []
