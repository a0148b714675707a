"""What members do in any order: deeds drawn by chance, every word of theirs marked by its case."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from hypothesis import strategies as st

from tests.support.hands import UNCONSENTED, consented
from tests.support.people import COORDINATOR, DISABILITY, ELDERLY, FARMING
from tests.support.town import TownHall
from workflows.cases.close_case import ReopenCase
from workflows.cases.reply import SetLead
from workflows.cases.roles import TickRole
from workflows.japanese.dates import show_date
from workflows.meetings.fix_date import CancelMeeting
from workflows.meetings.preparation import SavePreparation
from workflows.meetings.put_on_agenda import PutOnAgenda
from workflows.meetings.run import CloseAnswers, ReopenAnswers, UninviteAgency
from workflows.meetings.who_hears import ChooseWhoHears, HearingEdit
from workflows.model.case import Case

WINDOW = {"A13": COORDINATOR, "A14": ELDERLY, "A17": DISABILITY, "A20": FARMING}
AGENCIES = sorted(WINDOW)
MOST_CASES = 4


class Chance(Protocol):
    """What draws the next step: hypothesis, or a seeded random."""

    def of(self, *choices: str) -> str: ...


class Drawn:
    """Draws from hypothesis, which knows how to make a failing walk shorter."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def of(self, *choices: str) -> str:
        return self._data.draw(st.sampled_from(choices))


class Rolled:
    """Draws from a seed: quick, and the same again."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def of(self, *choices: str) -> str:
        return self._dice.choice(choices)


def one_case(hall: TownHall, chance: Chance) -> str:
    return chance.of(*hall.case_ids())


def live_meeting(hall: TownHall, chance: Chance) -> str:
    with hall.database.open() as unit:
        rows = [m.id for m in unit.meetings.rows()]
    return chance.of(*rows) if rows else hall.convene(one_case(hall, chance))


def planted(number: int) -> dict[str, Any]:
    """What the sheet of the case of this running number says about a person: words like no others.

    Every other text that a deed writes about a case bears its `mark` too.
    """
    return {
        "name": f"{mark(number)} 太",
        "kana": f"シルシ{_KANA[number]}{_KANA[number + 5]}ン タ",
        "phone": f"090-77{number:02}-31{number:02}",
        "address": f"秘町{number}丁目{number + 11}番{number + 3}号",
        "summary": f"{mark(number)}の概要。",
        "wishes": f"{mark(number)}の希望。",
        "current_support": f"{mark(number)}の関わり。",
        "household": [{"relation": f"{mark(number)}母", "name": f"{mark(number)} 花"}],
    }


_STEMS = "甲乙丙丁戊己庚辛壬癸"
_KANA = "アイウエオカキクケコサシスセソタチツテト"


def mark(number: int) -> str:
    """Two letters that stand in no other word of the product: 𠮷 is no surname here."""
    return f"鼎{_STEMS[number]}𠮷"


def said_mark(number: int) -> str:
    """The same for what was said at a sitting: its record and its preparation."""
    return f"鼐{_STEMS[number]}𠮷"


def marks(number: int) -> tuple[str, ...]:
    """What must not be read by somebody who may not read that case."""
    told = planted(number)
    return (mark(number), told["kana"][:6], told["phone"], told["address"])


def _mark(hall: TownHall, case_id: str) -> str:
    return mark(number_of(hall, case_id))


def _said(hall: TownHall, case_id: str) -> str:
    return said_mark(number_of(hall, case_id))


def number_of(hall: TownHall, case_id: str) -> int:
    """The how-manieth case it is: their own numbers begin anew with each fiscal year."""

    def opened(number: str) -> tuple[int, ...]:
        return tuple(int(part) for part in number[1:].split("-"))

    return sorted(hall.numbers(), key=opened).index(hall.case(case_id).number) + 1


def open_first_case(hall: TownHall) -> str:
    return hall.open_case("A14", request=f"{mark(1)}の依頼。", **planted(1))


def open_another(hall: TownHall, chance: Chance) -> None:
    number = len(hall.case_ids()) + 1
    if number > MOST_CASES:
        return
    agency = chance.of("A14", "A17")
    agreed = consented("A13", *AGENCIES) if chance.of("yes", "no") == "yes" else UNCONSENTED
    hall.open_case(
        agency,
        request=f"{mark(number)}の依頼。",
        danger=chance.of("no", "no", "yes"),
        **planted(number),
        **agreed,
    )


def reply(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    waiting = [r.agency_id for r in hall.case(case_id).referrals if r.waits]
    if waiting:
        agency = chance.of(*waiting)
        answer = chance.of("accepted", "partly", "passed_on", "declined")
        more = {}
        if answer in ("passed_on", "declined"):
            more["next_agency"] = chance.of(*AGENCIES)
        elif chance.of("yes", "no") == "yes":
            more["lead"] = "yes"
        if answer != "accepted":
            more["reason"] = f"{_mark(hall, case_id)}の事情。"
        if agency != "A13" and chance.of("own", "heard") == "heard":
            who = f"{_mark(hall, case_id)}の方"
            hall.enter_reply(case_id, agency, answer, by=COORDINATOR, said_by=who, **more)
        else:
            hall.reply(case_id, agency, answer, by=WINDOW[agency], **more)


def refer(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    hall.refer(case_id, chance.of(*AGENCIES), request=f"{_mark(hall, case_id)}の依頼。")


def lead(hall: TownHall, chance: Chance) -> None:
    day = show_date(hall.in_days(20).date())
    hall.desk.handle(SetLead(one_case(hall, chance), chance.of(*AGENCIES), day), COORDINATOR)


def convene(hall: TownHall, chance: Chance) -> None:
    basis = chance.of("act_106_6", "multi_layered")
    hall.convene(one_case(hall, chance), bases=[basis], required=["A13", chance.of("A14", "A20")])


def put_on(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    number = hall.case(case_id).number
    meeting_id = live_meeting(hall, chance)
    invited = {i.agency_id for i in hall.meeting(meeting_id).invites}
    hears = [a for a in ("A13", "A14", "A20") if a in invited and chance.of("yes", "no") == "yes"]
    chosen = {number: hears} if chance.of("chosen", "left") == "chosen" else {}
    command = PutOnAgenda(meeting_id, (number,), "早く話し合うため。", chosen)
    hall.desk.handle(command, COORDINATOR)
    item = hall.meeting(meeting_id).item(case_id)
    assert item is not None
    wanted = set(hears) if chosen else concerned_by_hand(hall.case(case_id))
    assert set(item.agency_ids) <= wanted, "nobody hears it for having come for another case"


def concerned_by_hand(case: Case) -> set[str]:
    """docs/rules.md 5, said a second time: the agencies that a case itself concerns."""
    asked = {r.agency_id for r in case.referrals if r.waits or r.took_part}
    lead = {case.lead_agency_id} if case.lead_agency_id else set()
    return asked | lead | {r.agency_id for r in case.roles} | {case.writer_agency_id}


def choose(hall: TownHall, chance: Chance) -> None:
    """An agency is to hear a case of a sitting, or is to do so no more."""
    meeting_id = live_meeting(hall, chance)
    agenda = hall.meeting(meeting_id).agenda
    if not agenda:
        return
    case_id = chance.of(*(i.case_id for i in agenda))
    agency, number = chance.of("A13", "A14", "A20"), hall.case(case_id).number
    adds = chance.of("yes", "no") == "yes"
    change = HearingEdit(number, **{"add" if adds else "remove": (agency,)})
    hall.desk.handle(ChooseWhoHears(meeting_id, (change,)), COORDINATOR)
    item = hall.meeting(meeting_id).item(case_id)
    assert item is not None
    assert (agency in item.agency_ids) is adds


def run(hall: TownHall, chance: Chance) -> None:
    meeting_id = live_meeting(hall, chance)
    match chance.of("answer", "close", "reopen", "fix", "move", "cancel", "uninvite"):
        case "answer":
            for invite in hall.meeting(meeting_id).invites:
                hall.answer(meeting_id, invite.agency_id, by=WINDOW[invite.agency_id])
        case "close":
            hall.desk.handle(CloseAnswers(meeting_id), COORDINATOR)
        case "reopen":
            day = show_date(hall.in_days(5).date())
            hall.desk.handle(ReopenAnswers(meeting_id, day), COORDINATOR)
        case "fix":
            hall.fix(meeting_id, reason="急ぐため。")
        case "move":
            hall.move(meeting_id, 9)
        case "cancel":
            hall.desk.handle(CancelMeeting(meeting_id, "都合のため。"), COORDINATOR)
        case _:
            agency = hall.meeting(meeting_id).invites[-1].agency_id
            hall.desk.handle(UninviteAgency(meeting_id, agency), COORDINATOR)


def record(hall: TownHall, chance: Chance) -> None:
    meeting_id = live_meeting(hall, chance)
    slot = hall.meeting(meeting_id).fixed_slot
    if slot is None:
        hall.fix(meeting_id, reason="急ぐため。")
        slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.at = max(hall.clock.at, slot.ends_at)
    role = {"agency": chance.of(*AGENCIES), "due_on": ""}
    judged = chance.of("continue", "watching", "closed")
    cases = {
        i.case_id: {
            "shared_facts": f"{_said(hall, i.case_id)}の共有。",
            "decisions": [{"text": f"{_said(hall, i.case_id)}の決定。"}],
            "roles": [{**role, "task": f"{_said(hall, i.case_id)}の訪問"}],
        }
        for i in hall.meeting(meeting_id).agenda
    }
    hall.save_record(meeting_id, cases=cases, closure_judgement=judged)
    if chance.of("yes", "no") == "yes":
        hall.confirm_record(meeting_id)


def prepare(hall: TownHall, chance: Chance) -> None:
    meeting_id = live_meeting(hall, chance)
    agenda = hall.meeting(meeting_id).agenda
    if not agenda or not agenda[0].agency_ids:  # taken off, or heard by nobody
        return
    item = agenda[0]
    agency = chance.of(*item.agency_ids)
    hall.swear(meeting_id, WINDOW[agency])
    number, told = hall.case(item.case_id).number, f"{_said(hall, item.case_id)}の世帯。"
    command = SavePreparation(meeting_id, number, {"household_view": told, "current_work": told})
    hall.desk.handle(command, WINDOW[agency])


def hear(hall: TownHall, chance: Chance) -> None:
    meeting_id = live_meeting(hall, chance)
    hall.swear(
        meeting_id, WINDOW[chance.of(*(i.agency_id for i in hall.meeting(meeting_id).invites))]
    )


def edit(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    match chance.of("withdraw", "agree", "restrict", "relax"):
        case "withdraw":
            hall.edit(case_id, consent="withdrawn", consent_on="", consent_scope=[])
        case "agree":
            hall.edit(case_id, **consented(*AGENCIES))
        case "restrict":
            hall.edit(case_id, danger="yes")
        case _:
            if hall.case(case_id).is_restricted:
                hall.unrestrict(case_id)


def plan(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    goal = f"{_mark(hall, case_id)}が{chance.of('歩く', '話す')}。"
    hall.plan(case_id, short_goal=goal, issues=goal)


def check(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    if hall.case(case_id).next_follow_up:
        told = f"{_mark(hall, case_id)}の様子。"
        result = chance.of("improved", "worse")
        hall.check_on(case_id, result, by=COORDINATOR, comment=told)


def tick(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    for role in hall.case(case_id).roles:
        if role.done_at is None:
            told = f"{_mark(hall, case_id)}に会いました。"
            hall.desk.handle(TickRole(case_id, role.id, told), WINDOW[role.agency_id])


def close(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    kind = chance.of("closed", "suspended", "watching")
    hall.close(case_id, kind, reason=f"{_mark(hall, case_id)}の転居。")


def reopen(hall: TownHall, chance: Chance) -> None:
    case_id = one_case(hall, chance)
    hall.desk.handle(ReopenCase(case_id, f"{_mark(hall, case_id)}がまた相談。"), COORDINATOR)


def time_passes(hall: TownHall, chance: Chance) -> None:
    hall.clock.at += timedelta(days=int(chance.of("1", "7", "40")))
    hall.keep_promises()


DEEDS: tuple[Callable[[TownHall, Chance], None], ...] = (
    open_another, reply, reply, refer, lead, convene, put_on, choose, run, run, hear, prepare,
    record, edit, plan, check, tick, close, reopen, time_passes,
)  # fmt: skip
