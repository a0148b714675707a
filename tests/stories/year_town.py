"""A town over fifty-two weeks, as its people use it: pages, the clock, and what they leave undone.

`Year` lets people do through the pages what they would do; `Ledger` writes down, apart from the
product, what was really said and chosen. `year_checks.py` holds the one against the other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from werkzeug.test import TestResponse

from handlers.clock.ticks import LocalClock, Ticks, advance_clock
from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.mail.folder import FolderPost
from handlers.words.notice_heads import MAILED
from storage.tables import outbox
from tests.support.mail import mail_way
from tests.support.page_forms import Fields, fill_in, read_page, send_form
from tests.support.town import TownHall, holiday_name
from tests.support.web import TEXTS, TOWN, Seat, web_app
from workflows.core.ports import InboxItem
from workflows.japanese.dates import TOKYO, show_date

COMES, COMES_NOT = "present", "absent"
ERRORS = re.compile(r"(?:エラー：</span>|class=\"notice-title\"[^>]*>)([^<]+)")


def mark(number: int) -> str:
    """The word that stands in everything which is written about the how-manieth person."""
    return f"鼎{'甲乙丙丁戊己庚辛壬癸'[number // 10]}{'子丑寅卯辰巳午未申酉'[number % 10]}𠮷"


@dataclass
class Person:
    """One case as its people live it. `habits` are those of agencies where this case differs."""

    number: int
    case_number: str = ""
    writer: str = ""
    restricted: bool = False
    habits: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    meets: bool = False  # somebody convenes for it
    chosen: set[str] = field(default_factory=set)  # agencies that somebody chose to tell
    closed: bool = False

    @property
    def mark(self) -> str:
        return mark(self.number)


@dataclass(frozen=True)
class Mailed:
    id: str
    member_id: str


@dataclass
class Ledger:
    """What people said and did, as they did it."""

    people: dict[str, Person] = field(default_factory=dict)  # by case number
    came: dict[str, dict[str, str]] = field(default_factory=dict)  # meeting id: agency: how
    heard: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # meeting id, case number
    closures: list[tuple[datetime, str]] = field(default_factory=list)
    answered_checks: int = 0


# What an agency's contact does unless a case says otherwise. "later" waits another week.
USUAL = {"reply": "accepted", "dates": "yes", "attend": "yes", "check": "unchanged", "role": "done"}


# Where what waits in an inbox leads to.
WAITING = {
    "reply": r"/cases/(R\d+-\d+)/referrals/(\w+)/reply",
    "dates": r"/meetings/(\w+)/answer",
    "attend": r"/meetings/(\w+)/attend",
    "check": r"/cases/(R\d+-\d+)/follow-ups/(\w+)",
    "role": r"/cases/(R\d+-\d+)/roles/(\w+)",
}


@dataclass
class Year:
    """The town, its people at their browsers, and how each of them behaves this week."""

    hall: TownHall
    post: Path
    ledger: Ledger = field(default_factory=Ledger)
    habits: dict[str, dict[str, str]] = field(default_factory=dict)  # by agency, this week
    week: int = 0
    moved: str = ""  # the meeting that was moved twice
    mails_read: int = 0
    open_before: int | None = None  # cases, when the last digest was made

    def __post_init__(self) -> None:
        self.app = web_app(self.hall)
        self.seats: dict[str, Seat] = {}
        self._read_at: object = None
        self._boxes: dict[str, list[InboxItem]] = {}
        self.mail = mail_way(self.hall.desk, FolderPost(self.post), TOWN)
        ways = {"mail": self.mail}
        delivery = OutboxSender(
            self.hall.database.open, self.hall.desk, TEXTS, Inbox([], MAILED), ways
        )
        self.ticks = Ticks(self.hall.desk, delivery)

    # -- time and people --------------------------------------------------------------------------

    def move_to(self, at: datetime) -> None:
        """Let the clock stop wherever something is due, as a running bot would."""
        advance_clock(cast(LocalClock, self.hall.clock), at, self.hall.desk, self.ticks)

    def now(self) -> datetime:
        return self.hall.desk.now()

    def day(self, ahead: int) -> str:
        """An open day about so many days ahead, as people write it."""
        day = self.now().date() + timedelta(days=ahead)
        while not self.is_open(day):
            day += timedelta(days=1)
        return show_date(day)

    def is_open(self, day: Any) -> bool:
        new_year = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
        return day.weekday() < 5 and not new_year and not holiday_name(day)

    def mailbox(self, member_id: str) -> list[InboxItem]:
        """What lies in a member's inbox; read once a week, for all that looks at it."""
        at = (self.week, self.now())
        if self._read_at != at:
            self._read_at, self._boxes = at, {}
        if member_id not in self._boxes:
            self._boxes[member_id] = self.hall.mail(member_id)
        return self._boxes[member_id]

    def seat(self, member_id: str) -> Seat:
        if member_id not in self.seats:
            self.seats[member_id] = Seat(self.app, member_id)
        return self.seats[member_id]

    def do(self, member_id: str, page: str, action: str = "", /, **typed: Any) -> TestResponse:
        """Fill in a page's form and send it; it must be taken."""
        answer = fill_in(self.seat(member_id), page, action, **typed)
        assert answer.status_code == 302, (
            self.week, member_id, page, answer.status_code, ERRORS.findall(answer.text)[:6]
        )  # fmt: skip
        return answer

    def fill(self, member_id: str, page: str, **typed: Any) -> TestResponse:
        return fill_in(self.seat(member_id), page, **typed)

    def send(self, seat: Seat, html: str, action: str, **typed: Any) -> TestResponse:
        return send_form(seat, html, action, **typed)

    def mailed(self) -> list[Mailed]:
        """What went by mail so far, the oldest first."""
        with self.hall.database.engine.connect() as connection:
            query = outbox.select().where(outbox.c.via == "mail").order_by(outbox.c.created_at)
            return [Mailed(str(r.id), str(r.member_id)) for r in connection.execute(query)]

    def waiting(self, member_id: str) -> dict[str, list[re.Match[str]]]:
        """The links in a member's inbox, by what waits for them there."""
        links = dict.fromkeys(read_page(self.seat(member_id).text("/"))[1])
        return {
            what: [found for link in links if (found := re.fullmatch(pattern, link))]
            for what, pattern in WAITING.items()
        }

    def habit(self, agency: str, what: str, case_number: str = "") -> str:
        person = self.ledger.people.get(case_number)
        own = (person.habits.get(agency, {}) if person else {}).get(what)
        return self.habits.get(agency, {}).get(what) or own or USUAL[what]

    # -- what clerks and coordinators do ----------------------------------------------------------

    def open_case(
        self,
        by: str,
        *agencies: str,
        consent: Iterable[str] = (),
        danger: bool = False,
        urgency: str = "normal",
        meets: bool = False,
        habits: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Person:
        """Write a sheet and send it; everything in it about the person bears their mark."""
        number = len(self.ledger.people)
        word = mark(number)
        typed: dict[str, Any] = {
            "received_at": f"{show_date(self.now().date())} 9:00",
            "route": "resident",
            "matters": ["care", "withdrawal"],
            "summary": f"{word}の相談。",
            "name": f"{word}さん",
            "urgency": urgency,
            "danger": "yes" if danger else "no",
            "hidden_address": "no",
            "district": "D01",
        }
        if consent:
            typed |= {"consent": "written", "consent_on": show_date(self.now().date())}
            typed |= {"consent_scope": [*consent]}
        else:
            typed |= {"consent": "not_asked", "unconsented_basis": "act_106_6"}
            typed |= {"unconsented_reason": "このままでは暮らしが続かないため。"}
        page = self.seat(by).get("/cases/new").text
        rows: dict[str, str] = {}
        for row, agency in enumerate(agencies):
            rows |= {f"referrals-{row}-agency": agency, f"referrals-{row}-purpose": "handover"}
            rows |= {f"referrals-{row}-request": f"{word}を訪ねてください。"}
        answer = send_form(self.seat(by), page, "/cases/new", more=rows, save="1", **typed)
        assert answer.status_code == 302, ERRORS.findall(answer.text)
        found = answer.location.rpartition("/")[2]
        person = Person(number, found, by, danger, habits or {}, meets, set(agencies))
        self.ledger.people[found] = person
        return person

    def convene(
        self, by: str, person: Person, *agencies: str, chair: str, optional: Iterable[str] = ()
    ) -> str:
        """Call a 支援会議 for one person; the agencies chosen here are told of that person."""
        page = f"/meetings/new?case={person.case_number}"
        form, _ = read_page(self.seat(by).text(page))
        names = next(f for f in form if f.action == "/meetings/new").names
        rows: dict[str, str] = dict.fromkeys((n for n in names if n.startswith("agency-")), "")
        rows |= {f"agency-{a}": "required" for a in agencies}
        rows |= {f"agency-{a}": "optional" for a in optional}
        rows |= {n: "" for n in names if re.fullmatch(r"slots-\d+-(day|starts)", n)}
        for row, ahead in enumerate((17, 24, 31)):
            rows |= {f"slots-{row}-day": self.day(ahead), f"slots-{row}-starts": "14:00"}
        told = [*agencies, *optional]
        answer = send_form(
            self.seat(by),
            self.seat(by).text(page),
            "/meetings/new",
            more=rows,
            kind="case",
            bases=["act_106_6"],
            basis_reason="早く話し合うため。",
            chair=chair,
            place="庁舎2階",
            answer_by=self.day(7),
        )
        assert answer.status_code == 302, (self.week, ERRORS.findall(answer.text)[:6])
        meeting_id = answer.location.rpartition("/")[2]
        self.ledger.heard[meeting_id, person.case_number] = {*told}
        person.chosen |= {*told}
        return meeting_id

    def fix(self, by: str, meeting_id: str) -> bool:
        """Choose the first date that is offered; a reason is given where one is asked for."""
        page = f"/meetings/{meeting_id}"
        meeting = self.hall.meeting(meeting_id)
        slot = next((s for s in meeting.slots if s.starts_at > self.now()), None)
        if slot is None:
            return False
        html = self.seat(by).text(page)
        tokens = {k: v for f in read_page(html)[0] for k, v in f.fields.items() if k in _TOKENS}
        sent: Fields = {**tokens, "slot": [slot.id], "then": [page]}
        answer = self.seat(by).post(f"{page}/fix", sent)
        if answer.status_code == 302:
            assert not set(meeting.unanswered()) & {
                i.agency_id for i in meeting.invites if i.required
            }, "a date was fixed in one press though nobody had answered"
            return True
        asked = send_form(self.seat(by), answer.text, f"{page}/fix", reason="回答を待てないため。")
        assert asked.status_code == 302, ERRORS.findall(asked.text)
        return True

    def write_record(
        self, by: str, meeting_id: str, came: Mapping[str, str], **values: Any
    ) -> None:
        """Who came as it was seen, a decision with the mark of its person, and the request."""
        page = f"/meetings/{meeting_id}/record"
        self.hall_secrecy(by, meeting_id)
        cases = {self.hall.case(i.case_id).number: i for i in self.hall.meeting(meeting_id).agenda}
        rows: dict[str, Any] = {f"presence-{a}": how for a, how in came.items()}
        for number, item in cases.items():
            word = self.ledger.people[number].mark
            rows |= {f"{item.case_id}-decisions-0-text": f"{word}を見守る。"}
            rows |= {f"{item.case_id}-{name}": value for name, value in values.items()}
        answer = send_form(self.seat(by), self.seat(by).text(page), page, more=rows, do="ready")
        if answer.status_code != 302:
            answer = send_form(self.seat(by), self.seat(by).text(page), page, more=rows, do="share")
        assert answer.status_code == 302, (self.week, ERRORS.findall(answer.text)[:6])
        self.ledger.came[meeting_id] = dict(came)

    def confirm(self, by: str, meeting_id: str) -> None:
        if self.hall.meeting(meeting_id).state == "recorded":
            return
        self.hall_secrecy(by, meeting_id)
        page = f"/meetings/{meeting_id}/record"
        answer = fill_in(self.seat(by), page, do="share")
        assert answer.status_code == 302, ERRORS.findall(answer.text)

    def hall_secrecy(self, member_id: str, meeting_id: str) -> None:
        """Confirm the duty where the page asks for it first."""
        page = f"/meetings/{meeting_id}/secrecy"
        opened = self.seat(member_id).get(page)
        if opened.status_code == 200 and any(f.action == page for f in read_page(opened.text)[0]):
            send_form(self.seat(member_id), opened.text, page)

    # -- what an agency's contact does with what waits --------------------------------------------

    def visit(self, member_id: str, agency: str) -> None:
        """Open the inbox and do, or leave, what waits there."""
        if self.habits.get(agency, {}).get("away"):
            return
        waits = self.waiting(member_id)
        for found in waits["reply"]:
            self._reply(member_id, agency, found[0], found[1])
        for found in waits["dates"]:
            self._dates(member_id, agency, found[1])
        for found in waits["attend"]:
            if (said := self.habit(agency, "attend", self.case_of(found[1]))) != "later":
                self.do(member_id, found[0], comes=said)
        for found in waits["check"]:
            if (how := self.habit(agency, "check", found[1])) != "later":
                word = self.ledger.people[found[1]].mark
                self.do(member_id, found[0], result=how, comment=f"{word}に会いました。")
                self.ledger.answered_checks += 1
        for found in waits["role"]:
            if self.habit(agency, "role", found[1]) == "done":
                self.do(member_id, found[0], outcome="済みました。")

    def case_of(self, meeting_id: str) -> str:
        agenda = self.hall.meeting(meeting_id).agenda
        return self.hall.case(agenda[0].case_id).number if agenda else ""

    def _reply(self, member_id: str, agency: str, page: str, number: str) -> None:
        how = self.habit(agency, "reply", number)
        if how == "later":
            return
        answer, _, to = how.partition(":")
        typed: dict[str, Any] = {"answer": answer}
        if answer != "accepted":
            typed["reason"] = "ほかの機関の支援が要ります。"
        if to:
            typed |= {"next_agency": to}
            beyond = {"pass_basis": "act_106_6", "pass_reason": "すぐに支援が要るため。"}
            names = read_page(self.seat(member_id).text(page))[0]
            known = next(f.names for f in names if f.action == page)
            typed |= {name: value for name, value in beyond.items() if name in known}
            self.ledger.people[number].chosen.add(to)
        elif answer == "accepted" and self.hall_lead(number) is None:
            typed |= {"lead": "yes", "next_check_on": self.day(30)}
        self.do(member_id, page, **typed)

    def hall_lead(self, number: str) -> str | None:
        return self.hall.case(self.id_of(number)).lead_agency_id

    def id_of(self, number: str) -> str:
        with self.hall.database.open() as unit:
            found = unit.cases.id_of(number)
        assert found is not None
        return found

    def _dates(self, member_id: str, agency: str, meeting_id: str) -> None:
        said = self.habit(agency, "dates", self.case_of(meeting_id))
        if said == "later":
            return
        page = f"/meetings/{meeting_id}/answer"
        forms, _ = read_page(self.seat(member_id).text(page))
        form = next((f for f in forms if f.action.partition("?")[0] == page), None)
        if form is None:
            return  # all dates have gone by
        more = {name: said for name in form.names if name.startswith("slot-")}
        answer = send_form(self.seat(member_id), self.seat(member_id).text(page), page, more=more)
        assert answer.status_code in (200, 302), (self.week, page, ERRORS.findall(answer.text)[:4])


_TOKENS = ("csrf_token", "once")


def monday(at: datetime) -> datetime:
    """Nine o'clock on the Monday after."""
    ahead = at.astimezone(TOKYO) + timedelta(days=7 - at.astimezone(TOKYO).weekday())
    return ahead.replace(hour=9, minute=0, second=0, microsecond=0)
