"""Everything that Mattermost is sent, at its largest: a server that refuses what is too long looks.

A town in which every name has 50 letters and every list is full (tests/slack/largest_town.py) is
told everything that it can be told, and its people press and hand in whatever there is.
"""

from dataclasses import replace

from handlers.chat.remind_tomorrow import VERB
from handlers.mattermost import door, messages
from handlers.mattermost.cards import plain_card
from handlers.mattermost.door import MATTERMOST, PRESS, Drawing
from tests.lineworks.largest_tour import widest_meeting
from tests.mattermost.limits import faults_in_attachments
from tests.mattermost.person import Person
from tests.mattermost.product import MattermostTown, mattermost_product
from tests.mattermost.screen import as_text, buttons
from tests.slack.largest_told import KEYS, LONG_NAME, tell, told_afterwards
from tests.slack.largest_town import Crowded, crowd, grow, hold, hush, to_put_off
from tests.support.largest_notice import largest
from tests.support.people import ADMINISTRATOR, CHAIR, CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from workflows.core.ports import Post
from workflows.model.promise import PromiseKind


def test_everything_that_mattermost_is_sent_is_taken_at_its_largest(hall: TownHall) -> None:
    """Every notice, verb and dialog takes part; nothing is refused, nothing breaks. One test,
    because walking through the town takes longer than all the judges together."""
    grow(hall)
    with mattermost_product(hall) as town:
        town.part.door.outgoing.pace.room = 100_000  # a year's posts while the clock stands
        crowded = crowd(town)
        crowded = replace(crowded, asked=widest_meeting(town))
        hush(town)
        seen: set[str] = set()
        _told(town, crowded, afterwards=False)
        for member_id in (ELDERLY, COORDINATOR, MANAGER, ADMINISTRATOR, CLERK):
            _walk(town, town.person(member_id), seen)
        handed_in = _hand_in(town, crowded)
        hold(town, crowded)
        _told(town, crowded, afterwards=True)
        for member_id in (ELDERLY, CHAIR, MANAGER, COORDINATOR):
            _walk(town, town.person(member_id), seen)
        handed_in |= _tick_a_role(town, crowded)
        town.press(town.person(ELDERLY), VERB, to_put_off(town, ELDERLY))
        for verb in door.PRESSED.keys() - seen - {VERB}:  # wherever such a button may have stood
            town.press(town.person(COORDINATOR), verb, crowded.asked)
        town.tick()
        assert door.SUBMITTED.keys() - handed_in == set()
        assert [(c.api, c.answer, c.body) for c in town.mattermost.calls if c.status >= 400] == []
        said = "\n".join(
            as_text(one) for m in (ELDERLY, COORDINATOR) for one in town.person(m).posts()
        )
        assert "うまく処理できませんでした" not in said
        assert messages.plain(LONG_NAME) in said


def _told(town: MattermostTown, crowded: Crowded, *, afterwards: bool) -> None:
    """These messages go out, and every one of them arrives."""
    keys = [key for key in KEYS if told_afterwards(key) is afterwards]
    for key in keys:
        tell(town, crowded, key, MATTERMOST)
    while town.delivery.send_next(MATTERMOST):
        pass
    with town.database.open() as unit:
        rows = [one for one in unit.outbox.recent(400) if one.via == MATTERMOST]
    unsent = [(r.key, r.state, r.error) for r in rows if r.key in keys and r.state != "sent"]
    assert unsent == []


def _walk(town: MattermostTown, person: Person, seen: set[str]) -> None:
    """Press whatever can be pressed, each verb once, the newest post first."""
    for verb in ("menu", "waiting", "my_meetings"):
        town.press(person, verb)
    todo = person.posts()
    while todo:
        post = todo.pop()
        for button in buttons(post):
            token = button.action["integration"]["context"]["token"]
            verb = town.part.door.opened(PRESS, person.id, token)["v"]
            if verb not in seen:
                seen.add(verb)
                count = len(person.posts())
                person.event(button.action["integration"]["url"], {"token": token}, post=post)
                todo += person.posts()[count:]
                if person.dialog:
                    person.cancel()


def _hand_in(town: MattermostTown, crowded: Crowded) -> set[str]:
    """Dates, attendance, a reply and a 見守り; which dialogs those were."""
    person = town.person(ELDERLY)
    (check,) = town.promises(crowded.answered, PromiseKind.FOLLOW_UP)
    number = town.case(crowded.answered).number
    waits = town.case(crowded.case_id)
    referral = next(r for r in waits.referrals if r.agency_id == "A14" and not r.reply)
    for verb, subject, item in (
        ("answer_dates", crowded.asked, ""),
        ("attend", crowded.fixed, ""),
        ("follow_up", number, check.item_id),
        ("reply_accept", waits.number, referral.id),
    ):
        town.press(person, verb, subject, item)
        assert person.dialog, verb
        for element in person.dialog.content["elements"]:
            person.fill({element["name"]: element["options"][0]["value"]})
        person.hand_in()
        assert person.errors == {}, verb
    return {"answer_dates", "attend", "follow_up", "reply_accept"}


def _tick_a_role(town: MattermostTown, crowded: Crowded) -> set[str]:
    person, case = town.person(ELDERLY), town.case(crowded.answered)
    role = next(r for r in case.roles if r.agency_id == "A14" and not r.done_at)
    town.press(person, "tick_role", case.number, role.id)
    person.hand_in()
    assert person.errors == {}
    return {"tick_role"}


def test_every_notice_at_its_largest_is_taken_whole(mattermost_town: MattermostTown) -> None:
    """Each key of the messages, on every rung and each way round: every word and button of its card
    is there, and nothing in it is read as markdown."""
    door_of, now = mattermost_town.part.door, mattermost_town.desk.now()
    post = Post("p", MATTERMOST, "notice", "u", "M21", "", now)
    integration = door_of.integration_for("u")
    count = 0
    for card in (door_of.texts.card(notice) for key in KEYS for notice in largest(key)):
        shown = messages.post_of(plain_card(Drawing(door_of, post, now, card)), integration)
        attachments = shown["props"].get("attachments", [])
        assert faults_in_attachments(attachments) == []
        assert messages.plain(card.title) in shown["message"]
        assert not shown["message"].endswith("…")
        (whole,) = attachments or [{}]
        assert len(whole.get("fields", [])) == len(card.facts)
        links = whole.get("text", "").count("](http")
        assert len(whole.get("actions", [])) + links == len(card.actions)
        count += 1
    assert count > 200
