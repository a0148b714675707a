"""A case that nobody closed is asked about once a period: whether it is still needed, and why."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    COORDINATOR,
    ELDERLY,
    FARMING,
    MANAGER,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.cases.close_case import ReopenCase
from workflows.cases.list_cases import ListCases
from workflows.cases.merge_cases import MergeCases
from workflows.cases.still_needed import (
    AskWhetherNeeded,
    GetCasesToAskAbout,
    SayStillNeeded,
    TakeBackStillNeeded,
)
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.digest.look import GetDigest
from workflows.directory.edit_town import GetTownToEdit, SaveTown
from workflows.inbox.inbox import GetInbox
from workflows.japanese.open_days import months_later
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.model.case import CaseState
from workflows.model.promise import PromiseKind
from workflows.overview.coordinator_desk import GetCoordinatorDesk, Stuck
from workflows.retention.hold import LiftHold, SetHold

WHY = "通院の同行が続いているため。"
KIND = PromiseKind.STILL_NEEDED
ASK = "still_needed_ask"


@pytest.fixture
def case_id(hall: TownHall) -> str:
    """A case of 地域包括支援センター (A14), which leads."""
    found = hall.open_case("A14", **consented("A13", "A14", "A20"))
    hall.reply(found, "A14", by=ELDERLY, lead="yes")
    return found


def ask_all(hall: TownHall) -> tuple[str, ...]:
    """What the clock does on a day, whichever it is."""
    found = hall.desk.ask(GetCasesToAskAbout(), Caller.CLOCK)
    for one in found:
        hall.desk.handle(AskWhetherNeeded(one), Caller.CLOCK)
    return found


def pass_months(hall: TownHall, months: int, *, days: int = 0) -> None:
    now = hall.clock.now()
    day = months_later(now.date(), months) + timedelta(days=days)
    hall.clock.set(datetime.combine(day, now.timetz()))


def owed(hall: TownHall, case_id: str) -> list[str | None]:
    return [p.agency_id for p in hall.promises(case_id, KIND)]


def waiting_id(hall: TownHall, case_id: str) -> str:
    waiting = hall.case(case_id).need_ask
    assert waiting is not None
    return waiting.id


def answer(hall: TownHall, case_id: str, why: str = WHY, step: str = "", by: str = ELDERLY) -> None:
    hall.desk.handle(SayStillNeeded(case_id, why, step), by)


def see(hall: TownHall, case_id: str, by: str = COORDINATOR) -> CaseView:
    return hall.desk.ask(GetCase(case_id, CasePage.CASE), by)


def set_months(hall: TownHall, months: str) -> None:
    view = hall.desk.ask(GetTownToEdit(), ADMINISTRATOR)
    town = view.town
    rows = tuple((d.id, d.name, d.kana) for d in town.districts)
    hall.desk.handle(
        SaveTown(town.name, town.kana, rows, (), view.stamp, still_needed_months=months),
        ADMINISTRATOR,
    )


# -- who is asked, and when -----------------------------------------------------------------------


def test_after_a_year_the_answering_agency_is_asked_and_not_before(
    hall: TownHall, case_id: str
) -> None:
    """In the inbox with its number and its last day, by a card of its own; once."""
    pass_months(hall, 12, days=-1)
    assert ask_all(hall) == ()
    pass_months(hall, 0, days=1)
    assert ask_all(hall) == (case_id,)
    assert ask_all(hall) == ()
    assert owed(hall, case_id) == ["A14"]
    hall.keep_promises()
    assert hall.told(ASK) == {ELDERLY}
    (card,) = hall.notices(ELDERLY, ASK)
    assert card.facts["number"] == hall.case(case_id).number
    due = next(t for t in hall.desk.ask(GetInbox(), ELDERLY).to_do if t.kind is KIND)
    assert (due.number, due.open_days_left) == (hall.case(case_id).number, 10)
    assert see(hall, case_id).story[-1].kind in {"reminded_still_needed", "still_needed_asked"}


def test_many_at_once_come_over_several_days(
    hall: TownHall, case_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest first, so that no inbox is flooded when a town begins."""
    monkeypatch.setattr("workflows.cases.still_needed.MOST_A_DAY", 1)
    hall.clock.move(days=1)
    newer = hall.open_case("A14")
    pass_months(hall, 13)
    assert [ask_all(hall), ask_all(hall), ask_all(hall)] == [(case_id,), (newer,), ()]


def test_the_daily_chore_is_the_clocks(hall: TownHall, case_id: str) -> None:
    pass_months(hall, 12)
    assert Chore.STILL_NEEDED in set(Chore)
    assert hall.desk.handle(DoChore(Chore.STILL_NEEDED), Caller.CLOCK) == 0


def test_it_climbs_the_ladder_and_stands_on_desk_and_list(hall: TownHall, case_id: str) -> None:
    """Told at once and at its end, then the coordinators, then the managers, then again."""
    pass_months(hall, 12)
    ask_all(hall)
    while MANAGER not in hall.told(ASK):
        hall.keep_promises()
        hall.clock.move(days=1)
    rungs = [n.facts["rung"] for n in hall.notices(key=ASK)]
    assert list(dict.fromkeys(rungs)) == ["debtor", "coordinator", "manager"]
    number = hall.case(case_id).number
    line = next(
        x for x in hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).lines if x.number == number
    )
    assert line.group is Stuck.OVERDUE
    assert "still_needed" in {line.kind, *(kind for kind, _ in line.others)}
    digest: Any = hall.desk.ask(GetDigest(), MANAGER).content
    assert digest["still_needed"] == {"asked": 1, "overdue": 1}
    late = digest["overdue_others"]
    assert {"still_needed"} <= {r["kind"] for r in late if r["number"] == number}


def test_the_list_of_cases_says_what_is_asked(hall: TownHall) -> None:
    """A case that owes nothing else: the list says that it is asked about."""
    case_id = hall.open_case("A14", **consented("A13", "A14"))
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    pass_months(hall, 12)
    hall.check_on(case_id, by=ELDERLY)
    ask_all(hall)
    (line,) = hall.desk.ask(ListCases(), COORDINATOR).lines
    assert line.next is not None
    assert line.next.kind == KIND


def test_the_period_is_the_towns(hall: TownHall, case_id: str) -> None:
    """In months, from 1 to 36; it is not turned off by a nought, as no other setting is."""
    for wrong in ("0", "37", "", "半年"):
        with pytest.raises(Invalid) as refused:
            set_months(hall, wrong)
        assert [e.field for e in refused.value.errors] == ["still_needed_months"]
    set_months(hall, "6か月")
    pass_months(hall, 6, days=-1)
    assert ask_all(hall) == ()
    pass_months(hall, 0, days=1)
    assert ask_all(hall) == (case_id,)


def test_a_restricted_case_asks_the_named_alone(hall: TownHall) -> None:
    case_id = hall.open_case("A14", by="M24", hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    named = set(hall.case(case_id).named_member_ids)
    pass_months(hall, 12)
    ask_all(hall)
    for _ in range(40):
        hall.keep_promises()
        hall.clock.move(days=1)
    assert hall.told(ASK) <= named | {MANAGER, "M25"}
    assert ELDERLY in hall.told(ASK)
    assert all(not n.facts["agency"] for n in hall.notices(MANAGER, ASK))
    with pytest.raises(NotFound):
        answer(hall, case_id, by=OUTSIDER)
    answer(hall, case_id)
    assert owed(hall, case_id) == []


# -- the answer -----------------------------------------------------------------------------------


def test_who_answers_says_why_and_is_asked_again_a_period_later(
    hall: TownHall, case_id: str
) -> None:
    pass_months(hall, 12)
    ask_all(hall)
    with pytest.raises(Invalid) as blank:
        answer(hall, case_id, "  ")
    assert [(e.field, e.key) for e in blank.value.errors] == [("reason", "form.required")]
    with pytest.raises(Invalid) as number:
        answer(hall, case_id, WHY, "1234 5678 9018")
    assert [e.field for e in number.value.errors] == ["next_step"]
    with pytest.raises(NotAllowed):
        answer(hall, case_id, by=MANAGER)
    answer(hall, case_id, WHY, "6月に担当者会議を開く。")
    assert owed(hall, case_id) == []
    (line,) = see(hall, case_id).need_answers
    assert (line.how, line.reason, line.next_step) == ("needed", WHY, "6月に担当者会議を開く。")
    assert line.agency_name == "地域包括支援センターひだまり"
    assert see(hall, case_id).story[-1].kind == "still_needed_said"
    assert WHY not in str([e.facts for e in hall.events(case_id)])
    pass_months(hall, 12, days=-1)
    assert ask_all(hall) == ()
    pass_months(hall, 0, days=1)
    assert ask_all(hall) == (case_id,)


def test_nobody_answers_what_was_not_asked(hall: TownHall, case_id: str) -> None:
    with pytest.raises(Refused) as refused:
        answer(hall, case_id)
    assert refused.value.key == "still_needed.not_asked"


def test_a_slip_is_taken_back_and_the_ask_stands_again(hall: TownHall, case_id: str) -> None:
    """With its days anew, told again; what was answered can be read on, as taken back."""
    pass_months(hall, 12)
    ask_all(hall)
    hall.keep_promises()
    asked = waiting_id(hall, case_id)
    answer(hall, case_id)
    hall.clock.move(days=20)
    hall.desk.handle(TakeBackStillNeeded(case_id, asked), COORDINATOR)
    assert owed(hall, case_id) == ["A14"]
    (owing,) = hall.promises(case_id, KIND)
    assert not owing.is_overdue(hall.clock.now())
    hall.keep_promises()
    assert len(hall.notices(ELDERLY, ASK)) == 2
    taken_back = next(a for a in see(hall, case_id).need_answers if a.how == "needed")
    assert taken_back.taken_back_by
    assert taken_back.reason == WHY
    with pytest.raises(Refused):
        hall.desk.handle(TakeBackStillNeeded(case_id, asked), COORDINATOR)
    answer(hall, case_id, "別の理由。")
    assert owed(hall, case_id) == []


def test_the_answer_of_an_ended_case_is_not_taken_back(hall: TownHall, case_id: str) -> None:
    pass_months(hall, 12)
    ask_all(hall)
    asked = waiting_id(hall, case_id)
    answer(hall, case_id)
    hall.close(case_id, by=ELDERLY)
    with pytest.raises(Refused):
        hall.desk.handle(TakeBackStillNeeded(case_id, asked), COORDINATOR)
    assert owed(hall, case_id) == []


# -- what else ends it, and from when on it is counted anew ----------------------------------------


@pytest.mark.parametrize(("kind", "how"), [("closed", "closed"), ("watching", "watching")])
def test_closing_and_watching_answer_it_too(
    hall: TownHall, case_id: str, kind: str, how: str
) -> None:
    pass_months(hall, 12)
    ask_all(hall)
    hall.close(case_id, kind, by=ELDERLY)
    assert owed(hall, case_id) == []
    assert [a.how for a in see(hall, case_id).need_answers] == [how]
    pass_months(hall, 11)
    assert ask_all(hall) == ()
    pass_months(hall, 1)
    assert ask_all(hall) == ((case_id,) if kind == "watching" else ())


def test_a_hold_answers_it_and_nobody_is_asked_while_it_lasts(hall: TownHall, case_id: str) -> None:
    pass_months(hall, 12)
    ask_all(hall)
    hall.desk.handle(SetHold(case_id, "訴訟のため。"), MANAGER)
    assert owed(hall, case_id) == []
    pass_months(hall, 24)
    assert ask_all(hall) == ()
    hall.desk.handle(LiftHold(case_id), MANAGER)
    assert ask_all(hall) == ()
    pass_months(hall, 12)
    assert ask_all(hall) == (case_id,)


def test_a_suspended_case_is_asked_about_too(hall: TownHall, case_id: str) -> None:
    """Counted from its suspension, and to be seen where its agency and the coordinators look."""
    pass_months(hall, 11)
    hall.close(case_id, "suspended", by=ELDERLY)
    pass_months(hall, 11)
    assert ask_all(hall) == ()
    pass_months(hall, 1)
    assert ask_all(hall) == (case_id,)
    hall.keep_promises()
    assert hall.told(ASK) == {ELDERLY}
    number = hall.case(case_id).number
    assert number in {t.number for t in hall.desk.ask(GetInbox(), ELDERLY).to_do}
    hall.clock.move(days=30)
    lines = hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).lines
    assert number in {x.number for x in lines if x.group is Stuck.OVERDUE}
    digest: Any = hall.desk.ask(GetDigest(), MANAGER).content
    late = digest["overdue_others"]
    assert number in {r["number"] for r in late}
    answer(hall, case_id, "連絡がつくまで待つため。")
    assert owed(hall, case_id) == []
    assert hall.case(case_id).state is CaseState.SUSPENDED
    pass_months(hall, 12)
    assert ask_all(hall) == (case_id,)
    hall.desk.handle(ReopenCase(case_id, "連絡がついたため。"), ELDERLY)
    assert owed(hall, case_id) == []


def test_after_a_reopening_it_starts_anew(hall: TownHall, case_id: str) -> None:
    hall.close(case_id, by=ELDERLY)
    pass_months(hall, 11)
    hall.desk.handle(ReopenCase(case_id, "再び困りごとがあるため。"), ELDERLY)
    pass_months(hall, 11)
    assert ask_all(hall) == ()
    pass_months(hall, 1)
    assert ask_all(hall) == (case_id,)


def test_after_a_merge_the_one_that_goes_on_starts_anew(hall: TownHall, case_id: str) -> None:
    other = hall.open_case("A20")
    pass_months(hall, 12)
    ask_all(hall)
    hall.reply(other, "A20", by=FARMING)
    hall.desk.handle(MergeCases(other, hall.case(case_id).number), COORDINATOR)
    assert owed(hall, case_id) == owed(hall, other) == []
    assert [a.how for a in see(hall, case_id).need_answers] == ["merged"]
    pass_months(hall, 11)
    assert ask_all(hall) == ()
    pass_months(hall, 1)
    assert ask_all(hall) == (case_id,)


def test_a_closed_case_is_never_asked_about(hall: TownHall, case_id: str) -> None:
    hall.close(case_id, by=ELDERLY)
    pass_months(hall, 36)
    assert ask_all(hall) == ()


def test_the_clock_asks_about_no_case_before_its_time(hall: TownHall, case_id: str) -> None:
    """Also where it had it on its list, and somebody reopened or answered meanwhile."""
    hall.desk.handle(AskWhetherNeeded(case_id), Caller.CLOCK)
    assert hall.case(case_id).need_asks == []
