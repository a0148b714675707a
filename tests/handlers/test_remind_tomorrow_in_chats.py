"""翌開庁日にもう一度 on reminders in Slack and LINE WORKS: where the inbox gives it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import pytest

from handlers.chat.remind_tomorrow import VERB
from tests.lineworks.product import LineworksTown
from tests.lineworks.screen import as_text
from tests.slack.product import SlackTown
from tests.slack.screen import words_in
from tests.support.notice_endings import PutUp, owed_keys
from tests.support.people import COORDINATOR, ELDERLY, MANAGER, OUTSIDER
from tests.workflows.test_remind_tomorrow import at, reminded
from workflows.core.permissions import Caller
from workflows.inbox.news import GetNewsOfNotice
from workflows.model.promise import PromiseKind
from workflows.promises.ladder import ATTENDEES_TOLD, LADDERS, REMINDERS

_K = PromiseKind
LABEL: Final = "翌開庁日にもう一度"
AGAIN: Final = "11/26（木）の朝に再度お知らせ"
SAID: Final = f"{AGAIN}します。期限と、ほかの方へのお知らせは変わりません。"
NOT_MINE: Final = "この用件は、もう済んでいるか、いまは担当ではありません。"
TOO_LATE: Final = "翌開庁日の朝には時間が過ぎているため"
BEFORE: Final = (_K.ANSWER_DATES, _K.FIX_DATE)
AFTER: Final = (_K.RECORD, _K.CONFIRM_RECORD)
Town = SlackTown | LineworksTown


@pytest.fixture(params=["slack", "lineworks"])
def chat_town(request: pytest.FixtureRequest) -> Town:
    found: Town = request.getfixturevalue(f"{request.param}_town")
    return found


def cards(town: Town, member_id: str) -> list[str]:
    """What stands in the chat, the oldest first, with the words of its buttons."""
    if isinstance(town, LineworksTown):
        found = town.person(member_id).messages()
        return [as_text(one.content) for one in found if one.by == "bot"]
    return ["\n".join(words_in(m["blocks"])) for m in town.person(member_id).messages()]


def answer(town: Town, member_id: str) -> str:
    """What was said after the last press."""
    if isinstance(town, LineworksTown):
        return cards(town, member_id)[-1]
    return str(town.person(member_id).ephemerals()[-1])


def pressed(town: Town, member_id: str, promise: str) -> str:
    """The button of a card as somebody sees it who has not looked for a while."""
    town.press(town.person(member_id), VERB, promise)  # type: ignore[arg-type]
    town.settle()
    return answer(town, member_id)


def waiting(town: Town, promise: str, member_id: str = ELDERLY) -> int:
    with town.database.open() as unit:
        ahead = unit.outbox.waiting_reminders([member_id], REMINDERS)
    return sum(w.promise == promise for w in ahead)


def test_every_reminder_card_offers_remind_tomorrow_to_its_debtor_only(chat_town: Town) -> None:
    """Every message of the ladder, to somebody of the agency that owes it and to one who does not.
    That one has to be somewhere, and that many wait, has no such button."""
    town, news = chat_town, PutUp(chat_town)
    case_id = town.open_case("A14", by=COORDINATOR)
    asked = town.convene(case_id)
    fixed, held = town.convene(case_id, days_ahead=(30,)), town.convene(case_id, days_ahead=(10,))
    for meeting_id in (fixed, held):
        town.fix(meeting_id)
    abouts: dict[str, Collection[PromiseKind]] = {
        asked: BEFORE,
        fixed: (_K.ATTEND,),
        "": (_K.ANSWER_REQUEST,),
        held: AFTER,
    }
    elsewhere = [kind for kinds in abouts.values() for kind in kinds]
    of_case = [kind for kind in LADDERS if kind not in (*elsewhere, _K.MEETING_SOON)]
    abouts = {case_id: of_case, **abouts}
    seen: set[str] = set()
    for about, kinds in abouts.items():
        ladder = dict(owed_keys(kinds))
        if about == held:
            town.clock.set(at(2026, 11, 30, 17))
        town.tick()
        for keys in (list(ladder)[n : n + 4] for n in range(0, len(ladder), 4)):
            had = [len(cards(town, m)) for m in (ELDERLY, MANAGER)]
            for member_id in (ELDERLY, MANAGER):
                news.put(
                    {key: ladder[key] for key in keys},
                    member_id,
                    case_id=case_id if about == case_id else None,
                    meeting_id=about if about not in ("", case_id) else None,
                    due_at=town.clock.at - timedelta(hours=1),
                )
            mine, other = (cards(town, m)[n:] for m, n in zip((ELDERLY, MANAGER), had, strict=True))
            assert [LABEL in words for words in mine] == [True] * len(keys), (keys, mine)
            assert not any(LABEL in words for words in other), (keys, other)
            assert other
            seen |= set(keys)
    assert seen == REMINDERS - ATTENDEES_TOLD
    of_cases: dict[str, PromiseKind | None] = dict(list(owed_keys(of_case))[:6])
    news.put(of_cases, ELDERLY, case_id=case_id, due_at=town.clock.at - timedelta(hours=1))
    assert "6件" in cards(town, ELDERLY)[-1]
    assert LABEL not in cards(town, ELDERLY)[-1], "it leads to the inbox, where each has its own"


def test_one_press_puts_it_off_and_the_card_says_so(chat_town: Town) -> None:
    """Pressed again, sent again, pressed on the pages as well: one reminder, for who asked alone.
    When it was kept, the press says so."""
    town = chat_town
    slack = isinstance(town, SlackTown)
    case_id = town.open_case("A14", by=OUTSIDER)
    (promise,) = town.promises(case_id, _K.REPLY)
    town.tick()
    town.clock.set(at(2026, 11, 25, 8, 30))
    town.tick()
    asks = cards(town, ELDERLY)[-1]
    assert LABEL in asks
    town.person(ELDERLY).press(LABEL)
    town.settle()
    assert SAID in answer(town, ELDERLY)
    town.person(ELDERLY).resend_last()
    town.settle()
    if slack:
        shown = cards(town, ELDERLY)[-1]
        assert LABEL not in shown
        assert AGAIN in shown
        assert "返信する" in shown
    assert SAID in pressed(town, ELDERLY, promise.key)
    assert AGAIN in town.web(ELDERLY).text("/")
    assert waiting(town, promise.key) == 1
    newest = town.mail(ELDERLY)[0].notice
    assert town.desk.ask(GetNewsOfNotice(newest), Caller.CLOCK).look_again_at == at(
        2026, 11, 26, 8, 30
    )
    town.clock.set(at(2026, 11, 26, 8, 29))
    town.tick()
    had = len(cards(town, ELDERLY))
    town.clock.set(at(2026, 11, 26, 8, 30))
    town.tick()
    assert reminded(town, ELDERLY, promise) == [at(2026, 11, d, 8, 30) for d in (25, 26)]
    (anew,) = cards(town, ELDERLY)[had:]
    assert LABEL in anew
    assert [LABEL in words for words in cards(town, ELDERLY)].count(True) == 2 - slack
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    town.tick()
    assert NOT_MINE in pressed(town, ELDERLY, promise.key)
    assert NOT_MINE in pressed(town, COORDINATOR, promise.key)
    assert waiting(town, promise.key) == 0
    if slack:
        assert [words for words in cards(town, ELDERLY) if LABEL in words] == []


def test_before_a_meeting_it_is_offered_while_there_is_a_morning_left(chat_town: Town) -> None:
    """On the day of the meeting the next morning is too late: no button, and an old one says so."""
    town, news = chat_town, PutUp(chat_town)
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = town.convene(case_id, days_ahead=(10,))
    town.fix(meeting_id)
    town.clock.set(at(2026, 11, 27, 10))
    by = at(2026, 11, 30, 13)
    news.put({"attend_reminder": _K.ATTEND}, ELDERLY, meeting_id=meeting_id, due_at=by)
    key = f"attend:{meeting_id}:attend_reminder"
    with town.database.open() as unit:  # nothing of it is late, which alone would draw it anew
        (mine,) = [p for p in unit.promises.open(subject_id=meeting_id) if p.key == key]
        unit.promises.replace(meeting_id, [(mine, None)])
        unit.commit()
    assert LABEL in cards(town, ELDERLY)[-1]
    town.clock.set(at(2026, 11, 30, 0))
    town.tick()
    assert TOO_LATE in pressed(town, ELDERLY, key)
    if isinstance(town, SlackTown):
        assert [words for words in cards(town, ELDERLY) if LABEL in words] == []
