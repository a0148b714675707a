"""A judgement has its effect, or says who has to carry it out by when: docs/rules.md 13."""

from typing import Any

import pytest

from tests.support.hands import consented
from tests.support.people import COORDINATOR, ELDERLY, FARMING, MANAGER
from tests.support.town import FORMS, TownHall
from workflows.cases.close_case import ReopenCase
from workflows.cases.set_aside import SetAsideJudgement
from workflows.cases.views import CaseView, GetCase
from workflows.core.errors import Invalid, NotAllowed, Refused
from workflows.core.looks import CasePage
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.model.case import CaseState
from workflows.model.promise import CARRY_OUT_WITHIN, PromiseKind
from workflows.overview.coordinator_desk import GetCoordinatorDesk, Stuck


@pytest.fixture
def case_id(hall: TownHall) -> str:
    """A case of 地域包括支援センター (A14), which leads."""
    found = hall.open_case("A14", **consented("A13", "A14", "A20"))
    hall.reply(found, "A14", by=ELDERLY, lead="yes")
    return found


def recorded(hall: TownHall, case_id: str, **judged: Any) -> str:
    """A meeting on the case, held and confirmed with these judgements."""
    meeting_id = hall.convene(case_id, required=["A13", "A14"])
    hall.fix(meeting_id, reason="急ぐため。")
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id, **judged)
    hall.confirm_record(meeting_id)
    return meeting_id


def owed(hall: TownHall, case_id: str, kind: PromiseKind) -> list[str | None]:
    return [p.agency_id for p in hall.promises(case_id, kind)]


def see(hall: TownHall, case_id: str, by: str = COORDINATOR) -> CaseView:
    return hall.desk.ask(GetCase(case_id, CasePage.CASE), by)


def test_every_choice_of_a_record_has_its_effect_and_a_town_adds_none(hall: TownHall) -> None:
    """The choices that the workflow knows are all that there are: the form is closed."""
    form = FORMS.form("record")
    offered = {f: {c.value for c in form.field(f).choices} for f in JUDGED}
    assert offered == JUDGED
    for field in JUDGED:
        assert not form.field(field).open_choices


JUDGED = {
    "plan_adequate": {"adequate", "revise", "none"},
    "closure_judgement": {"continue", "watching", "closed", "suspended"},
}


@pytest.mark.parametrize("judged", ["closed", "suspended"])
def test_who_answers_for_it_owes_a_closure_that_a_meeting_judged(
    hall: TownHall, case_id: str, judged: str
) -> None:
    """In open days, in the inbox and on the desk, until it is done; the checks go on meanwhile."""
    recorded(hall, case_id, closure_judgement=judged)
    assert owed(hall, case_id, PromiseKind.CLOSE_CASE) == ["A14"]
    assert hall.case(case_id).is_open
    assert hall.case(case_id).next_follow_up is not None
    inbox = hall.desk.ask(GetInbox(), ELDERLY)
    left = {t.kind: t.open_days_left for t in inbox.to_do}
    assert left[PromiseKind.CLOSE_CASE] == CARRY_OUT_WITHIN
    assert see(hall, case_id).judgements[0].what == judged
    hall.close(case_id, judged)
    assert owed(hall, case_id, PromiseKind.CLOSE_CASE) == []
    (line,) = see(hall, case_id).judgements
    assert (line.waits, line.how) == (False, "carried_out")


def test_a_closure_that_is_not_carried_out_climbs_the_ladder(hall: TownHall, case_id: str) -> None:
    """Told at once, at its end, then the coordinators, then the managers; seen on the desk."""
    recorded(hall, case_id, closure_judgement="closed")
    hall.keep_promises()
    told = hall.told("close_case_due")
    assert told == {ELDERLY}
    while MANAGER not in hall.told("close_case_due"):
        hall.clock.move(days=1)
        hall.keep_promises()
    rungs = [n.facts["rung"] for n in hall.notices(key="close_case_due")]
    assert list(dict.fromkeys(rungs)) == ["debtor", "coordinator", "manager"]
    lines = hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).lines
    mine = next(line for line in lines if line.number == hall.case(case_id).number)
    assert mine.group is Stuck.OVERDUE
    assert "close_case" in (mine.kind, *mine.others)


def test_somebody_may_say_why_it_is_not_carried_out(hall: TownHall, case_id: str) -> None:
    """With a reason, by who may close it; the coordinators hear, and the case says so."""
    role = {"agency": "A20", "task": "畑の見学", "due_on": ""}
    recorded(hall, case_id, closure_judgement="closed", roles=[role])
    (judged,) = hall.case(case_id).judgements
    with pytest.raises(Invalid) as blank:
        hall.desk.handle(SetAsideJudgement(case_id, judged.id, "  "), ELDERLY)
    assert [e.key for e in blank.value.errors] == ["form.required"]
    with pytest.raises(NotAllowed):
        hall.desk.handle(SetAsideJudgement(case_id, judged.id, "理由。"), FARMING)
    hall.desk.handle(SetAsideJudgement(case_id, judged.id, "本人が続けたいと話したため。"), ELDERLY)
    assert owed(hall, case_id, PromiseKind.CLOSE_CASE) == []
    assert COORDINATOR in hall.told("judgement_set_aside")
    assert "本人が" not in str(hall.notices(key="judgement_set_aside"))
    (line,) = see(hall, case_id).judgements
    assert (line.how, line.reason) == ("set_aside", "本人が続けたいと話したため。")
    with pytest.raises(Refused) as twice:
        hall.desk.handle(SetAsideJudgement(case_id, judged.id, "理由。"), COORDINATOR)
    assert (twice.value.key, twice.value.facts) == ("judgement.ended", {"how": "set_aside"})


def test_a_plan_that_is_not_adequate_is_revised(hall: TownHall, case_id: str) -> None:
    """A promise of its own, ended by the next version and by nothing less."""
    days = {"starts_on": "令和8年12月1日", "ends_on": "令和9年11月30日"}
    hall.plan(case_id, **days)
    recorded(hall, case_id, plan_adequate="revise")
    assert owed(hall, case_id, PromiseKind.REVISE_PLAN) == ["A14"]
    hall.plan(case_id, **days)  # nothing changed: no new version
    assert owed(hall, case_id, PromiseKind.REVISE_PLAN) == ["A14"]
    hall.plan(case_id, **days, short_goal="月に一度、外に出る。")
    assert owed(hall, case_id, PromiseKind.REVISE_PLAN) == []


@pytest.mark.parametrize("judged", ["adequate", "revise"])
def test_a_later_meeting_takes_the_place_of_an_earlier_one(
    hall: TownHall, case_id: str, judged: str
) -> None:
    """What it left blank stays as it was."""
    recorded(hall, case_id, plan_adequate="revise", closure_judgement="closed")
    recorded(hall, case_id, plan_adequate=judged)
    waiting = [j.what for j in hall.case(case_id).judgements if j.waits]
    assert waiting == (["closed", "revise"] if judged == "revise" else ["closed"])
    recorded(hall, case_id, closure_judgement="continue", plan_adequate="none")
    waiting = [j.what for j in hall.case(case_id).judgements if j.waits]
    assert waiting == (["revise"] if judged == "revise" else [])


def test_watching_begins_and_ends_with_the_judgement(hall: TownHall, case_id: str) -> None:
    """The checks go on while it lasts; 継続 takes the case back to support; blank leaves it."""
    recorded(hall, case_id, closure_judgement="watching")
    assert hall.case(case_id).state is CaseState.WATCHING
    assert hall.case(case_id).next_follow_up is not None
    recorded(hall, case_id)
    assert hall.case(case_id).state is CaseState.WATCHING
    recorded(hall, case_id, closure_judgement="continue")
    assert hall.case(case_id).state is CaseState.SUPPORTING


def test_a_case_that_comes_back_owes_nothing_of_before(hall: TownHall, case_id: str) -> None:
    """Closed as judged and reopened: no old judgement asks again."""
    recorded(hall, case_id, closure_judgement="closed", plan_adequate="revise")
    hall.close(case_id)
    hall.desk.handle(ReopenCase(case_id, "また困っている。"), COORDINATOR)
    assert owed(hall, case_id, PromiseKind.CLOSE_CASE) == []
    assert owed(hall, case_id, PromiseKind.REVISE_PLAN) == []


def test_a_judgement_is_not_shown_to_who_may_not_read_the_record(
    hall: TownHall, case_id: str
) -> None:
    """The words of a meeting are for who may read them (docs/rules.md 6)."""
    recorded(hall, case_id, closure_judgement="closed", missing_resources="夜の見守り")
    seen = see(hall, case_id)
    assert [m.text for m in seen.missing_resources] == ["夜の見守り"]
    hidden = hall.desk.ask(GetCase(case_id), COORDINATOR)
    assert hidden.judgements[0].what == ""
    assert hidden.missing_resources == ()


def test_the_day_on_which_a_plan_is_reviewed_is_a_promise(hall: TownHall, case_id: str) -> None:
    """見直し日 in the plan asks who answers for it on that day, until the next version."""
    days = {
        name: show_date(hall.in_days(n).date()) for name, n in (("s", 0), ("r", 60), ("e", 300))
    }
    written = {"starts_on": days["s"], "review_on": days["r"], "ends_on": days["e"]}
    hall.plan(case_id, **written)
    due = [p.due_at.date() for p in hall.promises(case_id, PromiseKind.PLAN_REVIEW)]
    assert min(due) == hall.in_days(60).date()
    hall.clock.move(days=62)
    hall.keep_promises()
    (told,) = [n for n in hall.notices(key="plan_review") if n.member_id == ELDERLY]
    assert str(told.facts["item"]).startswith("on.")
    hall.plan(case_id, **written, short_goal="月に一度、外に出る。")
    assert [
        p for p in hall.promises(case_id, PromiseKind.PLAN_REVIEW) if p.due_at < hall.in_days(100)
    ] == []


def test_what_was_written_about_watching_is_kept(hall: TownHall, case_id: str) -> None:
    """Going over to 見守り has its reason on the case as a closure has."""
    hall.close(case_id, "watching", reason="本人の希望で見守る。")
    (line,) = see(hall, case_id).closures
    assert (line.kind, line.values["reason"]) == ("watching", "本人の希望で見守る。")
    assert hall.case(case_id).is_open


def test_a_closure_is_not_due_before_it_can_be_carried_out(hall: TownHall, case_id: str) -> None:
    """Open roles keep a case open, and a meeting to come judges anew: nobody is chased for that."""
    later = hall.in_days(120).date()
    role = {"agency": "A20", "task": "畑の見学", "due_on": show_date(later)}
    recorded(hall, case_id, closure_judgement="closed", roles=[role])
    (promise,) = hall.promises(case_id, PromiseKind.CLOSE_CASE)
    assert promise.due_at.date() >= later
    meeting_id = hall.convene(case_id)
    assert owed(hall, case_id, PromiseKind.CLOSE_CASE) == []
    hall.clock.move(days=1)
    hall.desk.handle(CancelMeeting(meeting_id, "日程が合わないため。"), COORDINATOR)
    assert owed(hall, case_id, PromiseKind.CLOSE_CASE) == ["A14"]
