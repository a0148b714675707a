"""News that asks for something ends when it is dealt with, whoever does it, and only then.

How each door shows it is held by tests/handlers/test_cards_end.py.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import update

from handlers.words.words import TEMPLATES
from storage.tables import outbox
from tests.support.hands import confirm_permission_requests, meant
from tests.support.largest_notice import LARGEST
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.spoilt import make_readable, make_unreadable
from tests.support.town import TownHall
from workflows.audit.check import RememberCheck
from workflows.cases.merge_cases import MergeCases
from workflows.cases.name_members import NameMember
from workflows.cases.new_reader import ProposeReader, SettleReaderProposal
from workflows.cases.reply import SetLead
from workflows.cases.unrestrict import ProposeUnrestricting, SettleUnrestricting
from workflows.cases.views import GetCase
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.core.ports import Account, Draft, Post
from workflows.directory.link_account import (
    LinkAccount,
    RefuseAccountRequest,
    RequestAccountLink,
    UnlinkAccount,
)
from workflows.followups.reassess import EndReassessment
from workflows.inbox.news import GetNewsOfNotice, NewsState
from workflows.inbox.news_kinds import NEWS_KINDS, WITH_PROMISE, kind_of
from workflows.inbox.topics import topic_of
from workflows.japanese.dates import show_date
from workflows.maintenance.broken_records import RepairBroken
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.convene import Convene
from workflows.meetings.settle_agenda_request import GetAgendaRequests, SettleAgendaRequest
from workflows.model.mail_reply import MailReply
from workflows.model.notice import Fact, Notice
from workflows.model.trail import ChainFault as FirstFault
from workflows.model.trail import ChainProgress, Fault
from workflows.outside.mail_replies import MarkMailReplyOfCase
from workflows.promises.ladder import REMINDERS
from workflows.restore.restored import RecordRestored, SettleReason, SettleRestore
from workflows.retention.approve import ApproveDisposals
from workflows.retention.lines import GetRetention
from workflows.retention.second_approval import SettleDisposals
from workflows.sign_in.sign_in import MakeOwnLink

COLLEAGUE: Final = "M27"
Ends = Callable[[], object]


@dataclass
class Stage:
    """One town in which each kind of news is told and dealt with."""

    hall: TownHall
    ran: int = 0

    def notice(self, key: str, member_id: str, *, once: str = "x", **more: Any) -> Notice:
        subject = {name: more.pop(name, None) for name in ("case_id", "meeting_id")}
        facts: dict[str, Fact] = {**LARGEST, "next_agency": "", **more}
        now = self.hall.desk.now()
        return Notice(
            "n", key, member_id, f"{key}:{once}:{member_id}", facts, created_at=now, **subject
        )

    def state(self, notice: Notice) -> NewsState | None:
        return self.hall.desk.ask(GetNewsOfNotice(notice), Caller.CLOCK).state

    def name(self, agency_id: str = "A14") -> str:
        return self.hall.agency_name(agency_id)

    def case(self, *agencies: str, **sheet: Any) -> str:
        return self.hall.open_case(*(agencies or ("A14",)), **sheet)

    def meeting(self) -> str:
        self.ran += 1  # no two at one time
        return self.hall.convene(self.case(), days_ahead=(20,), starts=f"{8 + self.ran}:00")

    def fixed(self) -> str:
        meeting_id = self.meeting()
        self.hall.fix(meeting_id)
        return meeting_id


def endings(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    """Each kind of news while it asks, with what deals with it. What moves the clock comes last."""
    hall, desk = s.hall, s.hall.desk

    asked = RequestAccountLink("slack", "U0NEW", "山田")
    desk.handle(asked, Caller.DOOR)
    yield (
        s.notice("account_asked", ADMINISTRATOR, platform="slack", account="U0NEW"),
        lambda: desk.handle(RefuseAccountRequest("slack", "U0NEW"), ADMINISTRATOR),
    )
    with hall.database.open() as unit:
        unit.accounts.save(Account("slack", "UGONE", OUTSIDER, "linked", "", desk.now()))
        unit.commit()
    yield (
        s.notice("channel_trouble", ADMINISTRATOR, platform="slack", code="user_disabled",
                 needed="UGONE"),
        lambda: desk.handle(UnlinkAccount("slack", "UGONE"), ADMINISTRATOR),
    )  # fmt: skip
    yield from _of_replies(s)
    yield from _of_cases(s)
    yield from _of_agenda_requests(s)
    yield from _of_meetings(s)
    yield from _of_records(s)
    yield from _of_the_town(s)


def _of_replies(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    hall = s.hall

    def reply(case_id: str, **fields: Any) -> Ends:
        return lambda: hall.reply(case_id, "A14", by=ELDERLY, **fields)

    for key, facts in (
        ("core_desk", {"agency": ""}),
        ("core_desk", {"agency": s.name()}),
        ("no_contact", {"agency": s.name()}),
        ("referral_replied", {"next_agency": s.name(), "lead": ""}),
    ):
        case_id = s.case()
        yield s.notice(key, COORDINATOR, case_id=case_id, **facts), reply(case_id)
    case_id = s.case()
    hall.reply(case_id, "A14", by=ELDERLY)
    yield (
        s.notice("referral_replied", COORDINATOR, case_id=case_id,
                 next_agency="", lead="", answer="accepted"),
        lambda: _lead(s, case_id, "A14"),
    )  # fmt: skip


def _lead(s: Stage, case_id: str, agency_id: str) -> None:
    on = show_date(s.hall.in_days(30).date())
    s.hall.desk.handle(SetLead(case_id, agency_id, on), COORDINATOR)


def _of_cases(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    hall, desk = s.hall, s.hall.desk
    led = s.case("A14", "A17")
    hall.reply(led, "A14", by=ELDERLY)
    hall.reply(led, "A17", by=DISABILITY)
    yield s.notice("passed_round", COORDINATOR, case_id=led), lambda: _lead(s, led, "A14")
    yield s.notice("lead_given", ELDERLY, case_id=led), lambda: _lead(s, led, "A17")
    yield (
        s.notice("judgement_set_aside", COORDINATOR, case_id=led),
        lambda: hall.convene(led, days_ahead=(22,), starts="8:30"),
    )
    worse = s.case()
    hall.reply(worse, "A14", by=ELDERLY, lead="yes")
    hall.check_on(worse, "worse", by=ELDERLY, note="食事がとれていません。")
    yield (
        s.notice("follow_up_worse", COORDINATOR, case_id=worse),
        lambda: desk.handle(EndReassessment(worse, "訪問を増やす。"), COORDINATOR),
    )
    secret = s.case(danger="yes")
    desk.handle(NameMember(secret, OTHER_COORDINATOR, True), COORDINATOR)
    desk.handle(ProposeUnrestricting(secret, "相手方が転居したため。"), COORDINATOR)
    waiting = hall.case(secret).unrestricting
    assert waiting is not None
    again = s.notice("restricted_again", COORDINATOR, case_id=secret)
    assert s.state(again) is None
    yield (
        s.notice("unrestrict_proposed", OTHER_COORDINATOR, once=waiting.id, case_id=secret),
        lambda: desk.handle(SettleUnrestricting(secret, waiting.id, True), OTHER_COORDINATOR),
    )
    assert s.state(again) is NewsState.DONE, "the restriction it told of is lifted"
    first, second = s.case(), s.case()
    yield (
        s.notice("same_person", COORDINATOR, case_id=first, other=hall.case(second).number),
        lambda: desk.handle(MergeCases(second, hall.case(first).number), COORDINATOR),
    )
    replied = s.case()
    with hall.database.open() as unit:
        case = unit.cases.get(replied, change=True)
        assert case is not None
        case.mail_replies.append(
            MailReply(
                "reply1", desk.now(), ELDERLY, "A14", "referral_asked", "", "", "はい。", True, ""
            )
        )
        unit.commit()
    yield (
        s.notice("mail_replied", COORDINATOR, once="reply1", case_id=replied),
        lambda: desk.handle(MarkMailReplyOfCase(replied, "reply1", True), COORDINATOR),
    )
    lost = s.case()
    (way,) = [n for n in hall.notices(ELDERLY, "referral_asked") if n.case_id == lost]
    with hall.database.open() as unit:
        unit.outbox.put(replace(way, id="lost", via="mail", dedupe_key="lost:mail"))
        unit.commit()
    _make(hall, "lost", "dead")
    yield (
        s.notice("mail_returned", COORDINATOR, once=f"{ELDERLY}:2026-11-20:{lost}",
                 case_id=lost, via="mail"),
        lambda: _make(hall, "lost", "sent"),
    )  # fmt: skip


def _make(hall: TownHall, notice_id: str, state: str) -> None:
    with hall.database.engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.id == notice_id).values(state=state))


def _of_agenda_requests(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    """Of two on one case each asks until it is answered itself."""
    desk = s.hall.desk
    case_id, urgent_id = s.case(by=ELDERLY), s.case(by=ELDERLY)
    first = _requested(s, case_id, "9:00")
    second = _requested(s, case_id, "11:00")
    urgent = _requested(s, urgent_id, "13:00", urgent=True)

    def settle(notice: Notice) -> Ends:
        of = notice.case_id or ""
        waiting = desk.ask(GetAgendaRequests(of), COORDINATOR)
        one = next(w for w in waiting if w.id in notice.dedupe_key)
        chosen = tuple(a for a, _ in one.agencies)
        return lambda: desk.handle(SettleAgendaRequest(of, one.id, True, chosen), COORDINATOR)

    yield second, settle(second)
    assert s.state(first) is None, "another one was answered"
    yield urgent, settle(urgent)


def _requested(s: Stage, case_id: str, starts: str, *, urgent: bool = False) -> Notice:
    """What whoever answers for the case is told when the chair convenes on it."""
    hall = s.hall
    day = hall.in_days(23).date()
    raw = {
        "kind": "case",
        "bases": ["act_106_6"],
        "basis_reason": "近所から続けて相談があるため。",
        "required_agencies": ["A01"],
        "chair": CHAIR,
    }
    slots = ({"day": show_date(day), "starts": starts},)
    by = show_date(hall.in_days(7).date())
    sure = meant([day], starts)
    number = hall.case(case_id).number
    key = "opened_urgently" if urgent else "agenda_request_asked"
    before = hall.notices(COORDINATOR, key)
    hall.desk.handle(Convene(raw, (number,), slots, by, sure, open_urgently=urgent), CHAIR)
    (new,) = [n for n in hall.notices(COORDINATOR, key) if n not in before]
    return new


def _of_meetings(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    hall, desk = s.hall, s.hall.desk
    asked = s.meeting()
    yield (
        s.notice("no_contact", COORDINATOR, meeting_id=asked, agency=s.name()),
        lambda: hall.answer(asked, "A14", by=ELDERLY),
    )
    yield (
        s.notice("date_closed", COORDINATOR, meeting_id=asked, fixed=False),
        lambda: hall.fix(asked),
    )
    fixed = s.fixed()
    desk.handle(ConfirmAttendance(fixed, "A14", False, "", "都合がつきません。"), ELDERLY)
    yield (
        s.notice("will_be_absent", COORDINATOR, meeting_id=fixed, agency=s.name()),
        lambda: desk.handle(ConfirmAttendance(fixed, "A14", True, "", ""), ELDERLY),
    )

    def room() -> None:
        with hall.database.open() as unit:
            unit.posts.put(
                Post(
                    "room1",
                    "slack",
                    "room",
                    "C1",
                    "",
                    "",
                    desk.now(),
                    meeting_id=fixed,
                    external_id="C1",
                )
            )
            unit.commit()

    yield s.notice("room_refused", COORDINATOR, meeting_id=fixed), room


def _of_records(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    hall = s.hall
    held = s.fixed()
    slot = hall.meeting(held).fixed_slot
    assert slot is not None
    hall.clock.at = slot.ends_at
    ask = s.notice("record_ask", COORDINATOR, meeting_id=held)
    assert s.state(ask) is None
    yield (
        s.notice("record_returned", COORDINATOR, meeting_id=held),
        lambda: hall.save_record(held),
    )
    assert s.state(ask) is NewsState.DONE
    yield s.notice("confirm_record", CHAIR, meeting_id=held), lambda: hall.confirm_record(held)


def _of_the_town(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    hall, desk = s.hall, s.hall.desk
    orphan = s.case(by="M24", hidden_address="yes")
    hall.reply(orphan, "A14", by=ELDERLY, lead="yes")
    with hall.database.open() as unit:
        case = unit.cases.get(orphan, change=True)
        assert case is not None
        case.named_member_ids = [OUTSIDER]
        unit.commit()
    unread = s.notice("unread_cases", MANAGER)
    again = s.notice("reader_settled", MANAGER, agreed=False)
    assert s.state(unread) is s.state(again) is None
    desk.handle(ProposeReader(orphan, COLLEAGUE, "担当者が退職したため。"), MANAGER)
    proposal = hall.case(orphan).reader_proposal
    assert proposal is not None
    yield (
        s.notice("reader_proposed", ADMINISTRATOR, once=proposal.id),
        lambda: desk.handle(SettleReaderProposal(orphan, proposal.id, True), ADMINISTRATOR),
    )
    assert s.state(unread) is s.state(again) is NewsState.DONE

    yield from _of_the_server(s)


def _of_the_server(s: Stage) -> Iterator[tuple[Notice, Ends]]:
    hall, desk, clock = s.hall, s.hall.desk, s.hall.clock
    broken = s.case()
    stood = make_unreadable(hall, broken, "content")
    with suppress(Refused):  # it is marked on the way
        desk.ask(GetCase(broken), COORDINATOR)

    def mend() -> None:
        make_readable(hall, broken, stood)
        desk.handle(RepairBroken(broken), ADMINISTRATOR)

    yield s.notice("record_broken", ADMINISTRATOR, once=f"{broken}:2026-11-20"), mend

    desk.handle(LinkAccount("slack", "UTWO", ELDERLY), ADMINISTRATOR)
    yield (
        s.notice("permission_requests_asked", MANAGER),
        lambda: confirm_permission_requests(desk, MANAGER),
    )
    fault = s.notice("audit_broken", ADMINISTRATOR, fault="cut")
    wrong = ChainProgress(2, "x", done=True, broken=FirstFault(Fault.CUT, 2))
    desk.handle(RememberCheck(wrong), Caller.CLOCK)

    def checked() -> None:
        clock.move(days=1)
        desk.handle(RememberCheck(ChainProgress(2, "x", done=True)), Caller.CLOCK)

    yield fault, checked
    with hall.database.open() as unit:
        unit.drafts.save(Draft("d1", COORDINATOR, "plan", "", {}, desk.now()))
        unit.commit()
    on = hall.in_days(3).date().isoformat()
    yield s.notice("drafts_expiring", COORDINATOR, on=on), lambda: clock.move(days=4)
    token = desk.handle(MakeOwnLink(), ELDERLY)
    yield s.notice("sign_in_link", ELDERLY, token=token), lambda: clock.move(minutes=11)
    yield (
        s.notice(
            "channel_trouble", ADMINISTRATOR, platform="slack", code="invalid_auth", needed=""
        ),
        lambda: clock.move(hours=27),
    )
    yield s.notice("many_reminders", COORDINATOR), lambda: clock.move(hours=27)
    with hall.database.open() as unit:
        unit.ways.fell("slack", "http_503", desk.now(), desk.now())
        unit.commit()

    def back() -> None:
        with hall.database.open() as unit:
            unit.ways.rose("slack", desk.now())
            unit.commit()

    yield s.notice("channel_trouble", MANAGER, platform="slack", code="x", outage="down"), back
    desk.handle(RecordRestored(desk.now(), ("not a line",)), Caller.CONSOLE)
    yield (
        s.notice("restore_left", ADMINISTRATOR),
        lambda: desk.handle(SettleRestore(SettleReason.NOT_NEEDED), ADMINISTRATOR),
    )
    old, hidden = s.case(by="M27"), s.case(by="M27", danger="yes")
    for case_id in (old, hidden):
        hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
        hall.close(case_id, by="M27")
    clock.move(days=12 * 366)
    due = desk.ask(GetRetention(), MANAGER)
    approve = ApproveDisposals(
        tuple(c.case_id for c in due.due),
        tuple(p.member_id for p in due.people),
        "退職者",
        "タイショクシャ",
    )
    yield s.notice("disposal_proposed", MANAGER), lambda: desk.handle(approve, MANAGER)

    def agree() -> None:
        waiting = tuple(d.id for d in desk.ask(GetRetention(), ADMINISTRATOR).second)
        desk.handle(SettleDisposals(waiting, True), ADMINISTRATOR)

    yield s.notice("disposal_second", ADMINISTRATOR), agree


def test_each_kind_of_news_stands_until_it_is_dealt_with(hall: TownHall) -> None:
    seen: set[str] = set()
    for notice, ends in endings(Stage(hall)):
        stage = Stage(hall)
        assert stage.state(notice) is None, f"{notice.key} asks"
        ends()
        assert stage.state(notice) is NewsState.DONE, f"{notice.key} is dealt with"
        seen.add(notice.key)
    beside = {"record_ask", "restricted_again", "unread_cases", "reader_settled"}
    ending = {key for key, kind in NEWS_KINDS.items() if kind.dealt_with}
    assert ending - seen - beside == set(), "make it in endings() above, and deal with it"
    assert seen | beside == ending


def test_each_message_is_a_rung_of_the_ladder_or_has_its_row() -> None:
    """A new message has to say with what it ends; nothing has a row that is no message."""
    keys = {path.stem for path in (TEMPLATES / "messages" / "ja").glob("*.j2")}
    rows = REMINDERS | NEWS_KINDS.keys()
    assert sorted(keys - rows) == [], "how does it end? A row in NEWS_KINDS, or a rung in LADDERS"
    assert sorted(rows - keys) == [], "no message of templates/messages/ja has this name"
    assert not [k for k in REMINDERS & NEWS_KINDS.keys() if NEWS_KINDS[k] == WITH_PROMISE]


# -- which of several is the newest about one matter ----------------------------------------------


def told_of(key: str, once: str, facts: dict[str, Fact], case_id: str = "c") -> Notice:
    return Notice("n", key, "M01", f"{key}:{once}:M01", facts, case_id, "m")


def test_news_of_two_things_never_hides_the_other() -> None:
    """Two weeks' digests, two accounts that ask, two roles, two requests: each stands; what tells
    how one thing stands now replaces what told it before."""
    keys = {path.stem for path in (TEMPLATES / "messages" / "ja").glob("*.j2")}
    for key in keys:
        first, other = told_of(key, "one", LARGEST), told_of(key, "two", LARGEST)
        same = topic_of(first) == topic_of(other)
        names = kind_of(key).newest_of
        assert same == isinstance(names, tuple), key
        assert topic_of(first) != topic_of(told_of(key, "one", LARGEST, "d")), key
        assert len(topic_of(first)) <= 200
        for name in names if isinstance(names, tuple) else ():
            changed = told_of(key, "one", {**LARGEST, name: "another"})
            assert topic_of(first) != topic_of(changed), (key, name)
    for key in ("agenda_request_asked", "opened_urgently"):
        days = [topic_of(told_of(key, f"one:2026-11-{day}", {})) for day in (20, 21)]
        assert len({*days, topic_of(told_of(key, "two:2026-11-20", {}))}) == 2, "daily, of each"
    reminders = [replace(told_of(key, key, LARGEST), promise="reply:c:r") for key in keys]
    assert {topic_of(one) for one in reminders} == {"reply:c:r"}, "of one promise the newest"
    digest = told_of("weekly_digest", "x", {})
    ways = [
        replace(digest, via=way, dedupe_key=f"weekly_digest:x:M01:{way}")
        for way in ("slack", "mail")
    ]
    assert len({topic_of(one) for one in ways}) == 1
