"""Cards cannot be changed: a button of an old one tells how the matter stands now, and no more.

Every button of every deed is pressed after what it was about was left behind in one way or another.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from handlers.lineworks.door import PRESSED
from handlers.words.verbs import PAGE_ONLY
from tests.lineworks.links import followed
from tests.lineworks.product import LineworksTown
from tests.lineworks.screen import as_text
from tests.support.people import COORDINATOR, ELDERLY
from workflows.cases.reply import SetLead
from workflows.cases.roles import TickRole
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.run import CloseAnswers, UninviteAgency
from workflows.model.promise import PromiseKind

COLLEAGUE = "M27"  # of the same agency as ELDERLY
DATES: Final = ("answer_dates", "answer_page", "answer_slot", "ask_slot", "change_dates")
COMING: Final = ("attend", "attend_as", "attend_page")
REPLY: Final = ("reply", "reply_accept")
ROLE: Final = ("tick_role", "role_done", "role_page")
CHECK: Final = ("follow_up", "follow_up_as", "follow_up_page")
REMINDER: Final = ("remind_tomorrow",)
# What is about nothing that could be left behind.
ALWAYS: Final = {"menu", "help", "waiting", "my_meetings", "digest", "ask_to_be_linked"}
REFUSED: Final = ("もう使えません", "うまく処理できません", "読み取れません")


@dataclass(frozen=True)
class Left:
    """What was left behind: of which subject, what each of its buttons carries besides, and what
    is told about it."""

    subject: str
    items: dict[str, str]
    told: str


# -- meetings -------------------------------------------------------------------------------------


def asked(town: LineworksTown) -> str:
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY)
    return town.convene(case_id)


def fixed(town: LineworksTown) -> str:
    meeting_id = asked(town)
    for agency, member_id in (("A13", COORDINATOR), ("A14", ELDERLY)):
        town.answer(meeting_id, agency, by=member_id)
    town.fix(meeting_id, reason="ほかの会議と続けて開く。")
    return meeting_id


def about(
    town: LineworksTown, meeting_id: str, told: str, verbs: Iterable[str] = DATES + COMING
) -> Left:
    ref = town.meeting(meeting_id).slots[0].id[:8]
    items = {"answer_slot": f"{ref}.no", "ask_slot": ref, "attend_as": "no"}
    return Left(meeting_id, {verb: items.get(verb, "") for verb in verbs}, told)


def answers_closed(town: LineworksTown) -> Left:
    meeting_id = asked(town)
    town.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
    return about(town, meeting_id, "回答は締め切りました", DATES)


def not_fixed(town: LineworksTown) -> Left:
    return about(town, asked(town), "日程の調整に戻りました", COMING)


def date_fixed(town: LineworksTown) -> Left:
    return about(town, fixed(town), "出欠でお知らせください。\n[出欠を答える]", DATES)


def cancelled(town: LineworksTown) -> Left:
    meeting_id = fixed(town)
    town.desk.handle(CancelMeeting(meeting_id, "都合。"), COORDINATOR)
    return about(town, meeting_id, "この会議は中止になりました。ご回答はいりません。")


def held(town: LineworksTown) -> Left:
    meeting_id = fixed(town)
    town.clock.move(days=21)
    return about(town, meeting_id, "この会議は終わりました")


def recorded(town: LineworksTown) -> Left:
    left = held(town)
    town.save_record(left.subject)
    town.confirm_record(left.subject)
    return left


def taken_off(town: LineworksTown) -> Left:
    meeting_id = asked(town)
    town.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    return about(town, meeting_id, "この会議は見つからないか、ご覧になれません")


def date_taken_back(town: LineworksTown) -> Left:
    items = {"answer_slot": "ffffffff.no", "ask_slot": "ffffffff"}
    return Left(asked(town), items, "この候補日はもうありません")


# -- cases ----------------------------------------------------------------------------------------


def referred(town: LineworksTown, told: str) -> tuple[str, Left]:
    case_id = town.open_case("A14")
    referral = town.referral(case_id, "A14")
    return case_id, Left(town.case(case_id).number, dict.fromkeys(REPLY, referral.id), told)


def replied(town: LineworksTown) -> Left:
    case_id, left = referred(town, "「受理」と返信しました")
    town.reply(case_id, "A14", by=COLLEAGUE)
    return left


def passed_on(town: LineworksTown) -> Left:
    """Who passed it on sees the case no longer."""
    case_id, left = referred(town, f"いまは{town.agency_name('A20')}に引き継がれています")
    town.reply(case_id, "A14", "declined", by=COLLEAGUE, next_agency="A20")
    return left


def case_closed(town: LineworksTown) -> Left:
    case_id, left = referred(town, "「受理」と返信しました")
    town.reply(case_id, "A14", by=COLLEAGUE)
    town.close(case_id, "suspended")
    return left


def closed_since(town: LineworksTown) -> Left:
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=COLLEAGUE)
    town.close(case_id, "suspended")
    return Left(town.case(case_id).number, {"open_case": ""}, "いまの状況：中断")


def role_done(town: LineworksTown) -> Left:
    meeting_id = fixed(town)
    town.clock.move(days=20, hours=5)
    due = show_date(town.in_days(10).date())
    town.save_record(meeting_id, roles=[{"agency": "A14", "task": "訪ねる。", "due_on": due}])
    town.confirm_record(meeting_id)
    case = town.case(town.meeting(meeting_id).agenda[0].case_id)
    town.desk.handle(TickRole(case.id, case.roles[0].id), COLLEAGUE)
    return Left(case.number, dict.fromkeys(ROLE, case.roles[0].id), "済みにしました")


def to_check(town: LineworksTown, told: str) -> tuple[str, Left]:
    case_id = town.open_case("A14")
    town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    case = town.case(case_id)
    check = case.next_follow_up
    assert check is not None
    items = dict.fromkeys(CHECK, check.id) | {"follow_up_as": f"{check.id}:worse"}
    return case_id, Left(case.number, items, told)


def check_answered(town: LineworksTown) -> Left:
    case_id, left = to_check(town, "が回答済みです")
    town.check_on(case_id, by=COLLEAGUE, next_on=show_date(town.in_days(40).date()))
    return left


def check_given_to_others(town: LineworksTown) -> Left:
    case_id, left = to_check(town, "見守りに答えられるのは、主担当機関")
    day = show_date(town.in_days(50).date())
    town.desk.handle(SetLead(case_id, "A13", day), COORDINATOR)
    return left


def check_of_closed_case(town: LineworksTown) -> Left:
    case_id, left = to_check(town, "終結または中断しています")
    town.close(case_id, "suspended")
    return left


def kept_since_reminded(town: LineworksTown) -> Left:
    case_id = town.open_case("A14")
    (promise,) = town.promises(case_id, PromiseKind.REPLY)
    town.reply(case_id, "A14", by=COLLEAGUE)
    return Left(
        promise.key, dict.fromkeys(REMINDER, ""), "もう済んでいるか、いまは担当ではありません"
    )


# -- pressed --------------------------------------------------------------------------------------

Leave = Callable[[LineworksTown], Left]
STATES: Final[dict[str, tuple[Leave, ...]]] = {
    "meetings": (
        *(answers_closed, not_fixed, date_fixed, cancelled, taken_off, date_taken_back),
        *(held, recorded),
    ),
    "cases": (replied, passed_on, case_closed, closed_since, role_done),
    "checks": (check_answered, check_given_to_others, check_of_closed_case),
    "reminders": (kept_since_reminded,),
}


VERBS: Final = {
    "meetings": DATES + COMING,
    "cases": (*REPLY, *ROLE, "open_case"),
    "checks": CHECK,
    "reminders": REMINDER,
}


@pytest.mark.parametrize("kind", STATES)
def test_an_old_button_tells_how_it_stands_and_changes_nothing(
    lineworks_town: LineworksTown, kind: str
) -> None:
    town, pressed = lineworks_town, set()
    member = town.person(ELDERLY)
    for leave in STATES[kind]:
        left = leave(town)
        before = everything(town)
        for verb, item in left.items.items():
            count = len(member.messages())
            town.press(member, verb, left.subject, item)
            (answer,) = [as_text(m.content) for m in member.messages()[count:]]
            assert left.told in answer, (leave.__name__, verb, answer)
            assert [word for word in REFUSED if word in answer] == []
            assert everything(town) == before, (leave.__name__, verb)
            pressed.add(verb)
    assert pressed == {*VERBS[kind]}


def test_every_deed_has_its_old_buttons_pressed() -> None:
    """A verb that is registered from now on is missed here until it is tried above."""
    tried = {verb for verbs in VERBS.values() for verb in verbs}
    assert PRESSED.keys() - {*PAGE_ONLY} - ALWAYS == tried


def test_behind_an_old_link_button_the_page_tells_how_it_stands(
    lineworks_town: LineworksTown,
) -> None:
    """What is done on pages alone is told there: the link is made when it is pressed."""
    town = lineworks_town
    organiser = town.person(COORDINATOR)
    for leave, verb, told in (
        (cancelled, "fix_date", "この会議は中止になりました"),
        (date_fixed, "fix_date", "日程決定"),
        (closed_since, "refer", "このケースは終わっています"),
        (recorded, "write_record", "地域で見守る。"),
    ):
        left = leave(town)
        before = everything(town)
        town.press(organiser, verb, left.subject)
        seat, path = followed(town, organiser.press("画面を開く"))
        assert told in seat.text(path), leave.__name__
        assert everything(town) == before


def test_who_works_here_no_longer_is_told_so_by_every_button(
    lineworks_town: LineworksTown,
) -> None:
    town = lineworks_town
    member, left = town.person(ELDERLY), date_fixed(town)
    town.has_left(ELDERLY)
    before = everything(town)
    for verb in ("menu", "read_record", "answer_slot", "attend_as", "reply_accept", "follow_up"):
        town.press(member, verb, left.subject, left.items.get(verb, ""))
        assert as_text(member.last().content).startswith("いまの名簿にないため、使えません。")
    assert everything(town) == before


def everything(town: LineworksTown) -> list[Any]:
    """Cases and meetings as they stand, what is owed, and what the trail holds but for reading."""
    cases = [town.case(case_id) for case_id in town.case_ids()]
    trail = [e for c in cases for e in town.events(c.id) if not e.kind.startswith("read.")]
    meetings = sorted({e.meeting_id for e in trail if e.meeting_id})
    return [cases, [town.meeting(one) for one in meetings], town.promises(), trail]
