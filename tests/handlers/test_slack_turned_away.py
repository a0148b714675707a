"""Nobody is left without a word: people of elsewhere, guests, who sends a photo, who asks in a
thread. And what Slack tells of the app and its channels is heard at once."""

import json
from collections.abc import Callable

import pytest

from handlers.slack.door import PRESSED
from tests.handlers.test_slack_app import offer
from tests.handlers.test_slack_people import somebody
from tests.slack.endpoints import Endpoint, Reply
from tests.slack.limits import Json
from tests.slack.person import Person
from tests.slack.product import CHANNEL, SlackTown, SlackTownWith
from tests.slack.world import TEAM
from tests.support.people import ADMINISTRATOR, COORDINATOR

Act = Callable[[], None]
ENTERPRISE, SISTER = "E0PREF", "T0SISTER"
NOT_FOR_YOU, OTHER_WORKSPACE = "ほかの組織の方は", "別のワークスペースで使われています"
NO_FILES, BELOW, ASK = "受け取りません", "スレッドの外", "登録を頼む"


class FromElsewhere:
    """Slack names another workspace as the person's."""

    def __init__(self, real: Endpoint, team: str) -> None:
        self._real, self._team = real, team

    def interaction(self, payload: Json) -> Reply:
        return self._real.interaction(payload | {"user": payload["user"] | {"team_id": self._team}})

    def command(self, form: dict[str, str]) -> Reply:
        return self._real.command(form)

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        theirs = {"user_team": self._team, "source_team": self._team, "team": self._team}
        return self._real.event(envelope | {"event": envelope["event"] | theirs}, retry)


def from_elsewhere(town: SlackTown, person: Person, team: str) -> Person:
    person.user.team = team
    person.endpoint = FromElsewhere(town.endpoint, team)
    return person


def said_to(person: Person) -> str:
    there = person.ephemerals() + [m for m in person.messages() if m.get("bot_id")]
    return json.dumps(there, ensure_ascii=False) + person.screen_text() + person.home_text()


# -- people of elsewhere --------------------------------------------------------------------------


@pytest.fixture
def grid(slack_town: SlackTown) -> SlackTown:
    """The workspace belongs to an organisation with several."""
    slack_town.slack.world.enterprise = ENTERPRISE
    slack_town.part.identity._learnt = False
    slack_town.part.identity.look(slack_town.clock.at)
    assert slack_town.part.door.enterprise == ENTERPRISE
    return slack_town


def test_a_stranger_is_told_so_whatever_they_do(slack_town: SlackTown) -> None:
    """A press, a word to the bot, a mention, the home page, a shortcut: each is answered, and only
    what they did; nothing of it is kept, and what merely happened is not answered."""
    person = from_elsewhere(slack_town, slack_town.person("M21"), "T0STRANGER")
    offer(slack_town, "M21", "open_case")
    acts: dict[str, Act] = {
        "press": lambda: person.press("open_case", in_="message"),
        "word": lambda: person.say_to_bot("R8-0001"),
        "mention": lambda: person.mention(CHANNEL, "はい"),
        "home": person.open_home,
        "shortcut": lambda: person.global_shortcut("tsunagu_menu"),
    }
    for count, (way, act) in enumerate(acts.items(), 1):
        act()
        slack_town.settle()
        assert said_to(person).count(NOT_FOR_YOU) >= count, way
    said = said_to(person)
    person.event({"type": "user_change", "user": {"id": person.id}})
    slack_town.settle()
    assert said_to(person) == said
    assert slack_town.part.health().strangers == len(acts) + 1


def test_who_is_linked_works_from_a_sister_workspace(
    grid: SlackTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enterprise Grid: somebody may be at home in another workspace and work in ours, too."""
    seen: list[str] = []
    monkeypatch.setitem(PRESSED, "own", lambda press: seen.append(press.here.member_id))
    offer(grid, "M21", "own")
    person = from_elsewhere(grid, grid.person("M21"), SISTER)
    person.press("own", in_="message")
    assert seen == ["M21"]
    person.say_to_bot("こんにちは。")
    assert "ボタンからお選びください" in said_to(person)
    assert grid.part.health().strangers == 0


def test_who_is_of_a_sister_workspace_alone_is_told_what_to_do(grid: SlackTown) -> None:
    """Not linked, and no member of ours: which workspace it is, and whom to ask. A stranger of a
    shared channel is told that it is not for them."""
    about = {"enterprise": ENTERPRISE, "teams": (SISTER,)}
    sister = from_elsewhere(grid, somebody(grid, "U9SIS", **about), SISTER)
    grid.slack.world.channels[CHANNEL].members.append(sister.id)
    acts: list[Act] = [
        lambda: sister.command("/tsunagu"),
        lambda: sister.say_to_bot("R8-0001"),
        lambda: sister.mention(CHANNEL, "はい"),
        sister.open_home,
    ]
    for act in acts:
        before = said_to(sister).count(OTHER_WORKSPACE)
        act()
        grid.settle()
        assert said_to(sister).count(OTHER_WORKSPACE) > before
        assert ASK not in said_to(sister)
    stranger = from_elsewhere(grid, somebody(grid, "U9STR"), "T0STRANGER")
    stranger.say_to_bot("R8-0001")
    assert NOT_FOR_YOU in said_to(stranger)
    elsewhere = grid.slack.person("U9STR", grid.endpoint)
    elsewhere.endpoint = Moved(grid.endpoint)
    elsewhere.say_to_bot("R8-0001")
    assert grid.part.health().strangers == 1, "what happened in another workspace is not ours"


class Moved(FromElsewhere):
    def __init__(self, real: Endpoint) -> None:
        super().__init__(real, TEAM)

    def event(self, envelope: Json, retry: int = 0) -> Reply:
        return self._real.event(envelope | {"team_id": SISTER}, retry)


def test_a_guest_is_offered_no_registration(slack_town_with: SlackTownWith) -> None:
    """Wherever they come in: it would be refused anyway."""
    town = slack_town_with(linked=False)
    guest = somebody(town, is_restricted=True)
    town.slack.add_channel("C0GUEST", "kyoten", members=[guest.id])
    acts: list[Act] = [
        lambda: guest.say_to_bot("R8-0001"),
        lambda: guest.mention("C0GUEST", "はい"),
        guest.open_home,
        lambda: guest.command("/tsunagu"),
    ]
    for act in acts:
        act()
        town.settle()
        assert NOT_FOR_YOU in said_to(guest)
        assert ASK not in said_to(guest)
    assert town.notices(key="account_asked") == []


# -- what is said to the bot ----------------------------------------------------------------------


def test_a_photo_is_answered_and_nothing_is_kept_of_it(slack_town: SlackTown) -> None:
    """With a number or without, in a direct message or beside a mention: that it is not taken."""
    person = slack_town.person(COORDINATOR)
    slack_town.open_case("A14")
    photo = {"subtype": "file_share", "files": [{"id": "F1", "name": "様子.jpg"}]}
    for typed in ("", "R8-0001"):
        message = person.say(person.dm_id, typed)
        person.event(message | photo | {"channel_type": "im", "event_ts": message["ts"]})
        slack_town.tick()
        assert NO_FILES in json.dumps(person.messages(), ensure_ascii=False)
    assert "R8-0001" in person.last_message()["text"], "and the card comes all the same"
    assert sum(NO_FILES in m["text"] for m in person.messages()) == 2
    message = person.say(CHANNEL, "<@UBOT> これです")
    files = {"type": "app_mention", "files": photo["files"], "event_ts": message["ts"]}
    person.event(message | files)
    assert NO_FILES in person.ephemerals()[-1]["text"]


def test_what_is_asked_in_a_thread_is_answered_in_it(slack_town: SlackTown) -> None:
    person = slack_town.person(COORDINATOR)
    slack_town.open_case("A14")
    root = person.say(person.dm_id, "相談")
    for typed, answer in (("こんにちは", "ボタンからお選びください"), ("R8-0001", BELOW)):
        message = person.say(person.dm_id, typed) | {"thread_ts": root["ts"]}
        person.event(message | {"channel_type": "im", "event_ts": message["ts"]})
        slack_town.settle()
        there = [m for m in person.messages() if m.get("thread_ts") == root["ts"]]
        assert answer in there[-1]["text"]
    slack_town.tick()
    assert "R8-0001" in person.last_message()["text"], "cards stand below, outside of it"
    assert "thread_ts" not in person.last_message()


def test_a_press_in_a_thread_is_answered_in_it(
    slack_town: SlackTown,
) -> None:
    """Slack names the thread of what was pressed."""
    person = slack_town.person("M21")
    slack_town.part.runner.tell(
        {
            "user": {"id": person.id},
            "container": {"channel_id": person.dm_id, "message_ts": "2.0", "thread_ts": "1.0"},
        },
        "済んでいます。",
    )
    (call,) = slack_town.slack.called("chat.postEphemeral")
    assert call.args["thread_ts"] == "1.0"


# -- what Slack tells of the app ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (
            {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0TSUNAGU"]}},
            "token_revoked",
        ),
        ({"type": "app_uninstalled"}, "app_uninstalled"),
    ],
)
def test_an_app_that_is_gone_is_told_to_the_administrators_at_once(
    slack_town: SlackTown, event: Json, code: str
) -> None:
    """Before anything is sent: in their inbox, and 管理 says so; it goes on by itself when Slack
    knows the app again."""
    slack_town.slack.revoke(code if code != "app_uninstalled" else "account_inactive")
    calls = len(slack_town.slack.calls)
    slack_town.person("M21").event(event)
    slack_town.settle()
    assert len(slack_town.slack.calls) == calls
    slack_town.ticks.tick()
    told = [m.notice for m in slack_town.mail(ADMINISTRATOR) if m.notice.key == "channel_trouble"]
    assert [notice.facts["code"] for notice in told] == [code]
    assert slack_town.part.health().error == code
    assert code in slack_town.web("M05").text("/admin")
    slack_town.slack.mend()
    slack_town.clock.move(minutes=6)
    slack_town.part.look()
    assert slack_town.part.health().error == ""


def test_the_token_of_a_person_is_none_of_ours(slack_town: SlackTown) -> None:
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": []}}
    slack_town.person("M21").event(event)
    slack_town.settle()
    assert slack_town.part.health().error == ""


def told_of_channel(town: SlackTown) -> list[tuple[object, object]]:
    town.ticks.tick()
    found = [m.notice for m in town.mail(ADMINISTRATOR) if m.notice.key == "channel_trouble"]
    return [(notice.facts["code"], notice.facts["needed"]) for notice in found]


@pytest.mark.parametrize("kind", ["group", "channel"])
def test_an_archived_board_is_told_and_goes_on_when_it_is_brought_back(
    slack_town: SlackTown, kind: str
) -> None:
    """Nothing is tried there meanwhile; what changed stands there at once when it is open again."""
    case_id = slack_town.open_case("A14")
    slack_town.tick()
    person = slack_town.person(COORDINATOR)
    slack_town.slack.archive(CHANNEL)
    person.event({"type": f"{kind}_archive", "channel": CHANNEL, "user": person.id})
    assert told_of_channel(slack_town) == [("is_archived", CHANNEL)]
    slack_town.edit(case_id, urgency="emergency")
    calls = len(slack_town.slack.called("chat.update", channel=CHANNEL))
    slack_town.tick()
    assert len(slack_town.slack.called("chat.update", channel=CHANNEL)) == calls
    slack_town.slack.world.channels[CHANNEL].archived = False
    person.event({"type": f"{kind}_unarchive", "channel": CHANNEL, "user": person.id})
    slack_town.tick()
    assert any("緊急" in m["text"] for m in slack_town.slack.messages(CHANNEL))
    assert told_of_channel(slack_town) == [("is_archived", CHANNEL)]


def test_a_board_from_which_the_bot_was_taken_out_is_told(slack_town: SlackTown) -> None:
    person = slack_town.person(COORDINATOR)
    person.event({"type": "group_left", "channel": CHANNEL, "actor_id": person.id})
    person.event({"type": "group_deleted", "channel": CHANNEL})
    person.event({"type": "group_archive", "channel": "C0OTHER"})
    person.event({"type": "group_archive"})
    found = set(told_of_channel(slack_town))  # each on a thread of its own
    assert found == {("not_in_channel", CHANNEL), ("channel_not_found", CHANNEL)}
