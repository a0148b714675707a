"""One case or meeting that cannot be read is a line that says so, never a page that fails."""

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from handlers.runtime.check_all_readable import check_all_readable
from handlers.words.texts import load_texts
from storage.migration import migrate_offline
from storage.tables import mailbox, members
from tests.handlers.test_mail_bounce import sent_to
from tests.handlers.test_mail_notices import Bag, drain
from tests.support.hands import consented
from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.spoilt import GARBAGE, make_readable, make_unreadable
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from tests.workflows.test_edit_town import save
from workflows.cases.find_case import GetCaseId
from workflows.cases.list_cases import ListCases
from workflows.cases.views import GetCase
from workflows.core.errors import CannotOpen, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.core.unreadable import build_each
from workflows.delivery.returned import ReportReturned
from workflows.digest.look import GetDigest
from workflows.inbox.inbox import GetInbox
from workflows.japanese.dates import TOKYO
from workflows.maintenance.broken_records import (
    GetBroken,
    PutBackBroken,
    RepairBroken,
    SetAsideBroken,
)
from workflows.meetings.register import GetMeetings
from workflows.model.case_row import CaseRow
from workflows.model.directory import Role
from workflows.outside.mail_replies import KeepMailReply
from workflows.overview.coordinator_desk import GetCoordinatorDesk, Stuck

TEXTS = load_texts(None)


def broken_now(hall: TownHall) -> list[tuple[str, str, bool]]:
    found = hall.desk.ask(GetBroken(), ADMINISTRATOR)
    return [(line.kind, line.name, line.set_aside) for line in found]


@pytest.fixture(params=[("content",), ("content", "facts")], ids=["document", "all"])
def columns(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


@pytest.fixture
def case_id(hall: TownHall, columns: tuple[str, ...]) -> str:
    """A case that cannot be read, beside one that can."""
    case_id = hall.open_case("A14")
    hall.open_case("A14")
    make_unreadable(hall, case_id, *columns)
    return case_id


@pytest.fixture
def meeting_id(hall: TownHall) -> str:
    meeting_id = hall.convene(hall.open_case("A14"))
    make_unreadable(hall, meeting_id, "content", "facts")
    return meeting_id


@pytest.mark.parametrize("columns", [("content",)], indirect=True)
def test_a_case_that_does_not_open_is_a_line_of_every_list(hall: TownHall, case_id: str) -> None:
    """With its number, and that it is so; the other case stands beside it as ever."""
    check_all_readable(hall.desk, Caller.CLOCK, "clock")
    lines = {line.number: line.state for line in hall.desk.ask(ListCases(), COORDINATOR).lines}
    assert lines == {"R8-0001": "broken", "R8-0002": "asking"}
    desk = {
        line.number: line.group for line in hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).lines
    }
    assert desk["R8-0001"] is Stuck.BROKEN
    to_do = {t.number: t.kind for t in hall.desk.ask(GetInbox(), ELDERLY).to_do}
    assert to_do == {"R8-0001": "broken", "R8-0002": "reply"}
    digest = hall.desk.ask(GetDigest(None), MANAGER).content
    assert digest["not_checked"]["broken"] == ["R8-0001"]  # type: ignore[index]


def test_a_case_of_which_nothing_opens_is_known_to_the_administrators_alone(hall: TownHall) -> None:
    """Its line is lost with its document: it may be a restricted one, so that it counts as one."""
    case_id = hall.open_case("A14", hidden_address="yes")
    make_unreadable(hall, case_id, "content", "facts")
    check_all_readable(hall.desk, Caller.CLOCK, "clock")
    with hall.database.open() as unit:
        everybody = unit.directory.members()
    administrators = {m.id for m in everybody if Role.ADMINISTRATOR in m.roles}
    assert {i.member_id for i in hall.notices(key="record_broken")} == administrators
    app = web_app(hall)
    for member_id in (COORDINATOR, OTHER_COORDINATOR, MANAGER, ELDERLY):
        seat = Seat(app, member_id)
        assert seat.get("/cases/R8-0001").status_code == 404, member_id
        for path in ("/", "/cases", "/desk"):
            assert "R8-0001" not in seat.get(path).get_data(as_text=True), (member_id, path)
    assert broken_now(hall) == [("case", "R8-0001", False)]
    answer = Seat(app, ADMINISTRATOR).get("/cases/R8-0001")
    assert "R8-0001の情報を、いま開けません" in answer.get_data(as_text=True)


def test_a_meeting_that_does_not_open_is_a_line_of_every_list(
    hall: TownHall, meeting_id: str
) -> None:
    lines = hall.desk.ask(GetMeetings(everybodys=True), COORDINATOR).coming
    assert [(line.id, str(line.state)) for line in lines] == [(meeting_id, "broken")]
    desk = [
        (line.group, line.meeting_id)
        for line in hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).lines
    ]
    assert (Stuck.BROKEN, meeting_id) in desk
    digest = hall.desk.ask(GetDigest(None), MANAGER).content
    assert digest["not_checked"]["broken"] == ["broken"]  # type: ignore[index]
    assert any(t.kind == "broken" for t in hall.desk.ask(GetInbox(), ELDERLY).to_do)


def pages(hall: TownHall, case_id: str, meeting_id: str) -> Iterator[str]:
    for rule in web_app(hall).url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("static", "htmx"):
            continue
        path = str(rule.rule).replace("<number>", "R8-0001").replace("<meeting_id>", meeting_id)
        if "<" not in path:
            yield path


@pytest.mark.parametrize("member_id", [COORDINATOR, ELDERLY, MANAGER, ADMINISTRATOR, CLERK])
def test_no_page_of_any_role_fails_because_of_one_that_does_not_open(
    hall: TownHall, columns: tuple[str, ...], member_id: str
) -> None:
    """Both broken at once, every page opened: none says that something went wrong here."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id)
    make_unreadable(hall, case_id, *columns)
    make_unreadable(hall, meeting_id, *columns)
    seat = Seat(web_app(hall), member_id)
    failed = [
        path for path in pages(hall, case_id, meeting_id) if seat.get(path).status_code >= 500
    ]
    assert failed == []


@pytest.mark.parametrize("columns", [("content",)], indirect=True)
def test_whoever_opens_it_reads_whom_to_call(hall: TownHall, case_id: str) -> None:
    """On the page of the case, with the administrator's name and telephone."""
    answer = Seat(web_app(hall), COORDINATOR).get("/cases/R8-0001")
    told = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "R8-0001の情報を、いま開けません" in told
    with hall.database.open() as unit:
        administrator = unit.directory.member(ADMINISTRATOR)
        assert administrator is not None
        agency = unit.directory.agency(administrator.agency_id)
    assert administrator.name in told
    assert agency is not None
    assert agency.phone in told


def test_an_outsider_is_told_that_there_is_none(hall: TownHall, case_id: str) -> None:
    """That it is broken opens it to nobody."""
    with pytest.raises(NotFound):
        hall.desk.ask(GetCaseId("R8-0001"), OUTSIDER)
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), OUTSIDER)
    with pytest.raises(NotAllowed):
        hall.desk.ask(GetBroken(), COORDINATOR)


@pytest.mark.parametrize("columns", [("content",)], indirect=True)
def test_who_mends_it_and_who_waits_for_it_hear_of_it_once(hall: TownHall, case_id: str) -> None:
    """When somebody opens it; the second time nobody is told again."""
    for _ in range(3):
        with pytest.raises(CannotOpen):
            hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
    ticks_of(hall).tick()
    told = {m for m in (ADMINISTRATOR, COORDINATOR, ELDERLY, MANAGER, OUTSIDER)
            for i in hall.mail(m) if i.notice.key == "record_broken"}  # fmt: skip
    assert told == {ADMINISTRATOR, COORDINATOR, ELDERLY}
    cards = [TEXTS.card(i.notice) for i in hall.mail(ELDERLY) if i.notice.key == "record_broken"]
    assert [card.title for card in cards] == ["R8-0001の情報を開けません"]


def test_the_clock_goes_on_with_the_rest(
    hall: TownHall, case_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The other case's reminder comes; which one failed stands in the log, and nothing of it."""
    hall.clock.move(days=10)
    ticks = ticks_of(hall)
    ticks.tick()
    keys = [i.notice.key for i in hall.mail(ELDERLY) if i.notice.facts.get("number") == "R8-0002"]
    assert {"reply_reminder", "reply_overdue"} & set(keys)
    assert f"id={case_id}" in caplog.text
    assert ticks.trouble == ""


def test_lines_are_drawn_anew_after_a_migration_but_for_what_does_not_open(
    hall: TownHall, case_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with hall.database.engine.connect() as connection, connection.begin():
        migrate_offline(connection, hall.database.vault)
    assert f"record_broken kind=case id={case_id}" in caplog.text
    assert broken_now(hall) == [("case", "R8-0001", False)]


def test_what_a_migration_finds_unreadable_is_told_by_the_clock(
    hall: TownHall, case_id: str
) -> None:
    """A new version tells nobody by itself; whoever mends it and waits for it hears of it once."""
    with hall.database.engine.connect() as connection, connection.begin():
        migrate_offline(connection, hall.database.vault)
    check_all_readable(hall.desk, Caller.CLOCK, "clock")
    told = len(hall.notices(key="record_broken"))
    assert told
    with hall.database.engine.connect() as connection, connection.begin():
        migrate_offline(connection, hall.database.vault)
    hall.clock.move(days=1)
    check_all_readable(hall.desk, Caller.CLOCK, "clock")
    assert len(hall.notices(key="record_broken")) == told


def test_an_administrator_reads_it_again_once_its_key_is_back(
    hall: TownHall, columns: tuple[str, ...]
) -> None:
    """Before that, it is said that it still does not open; after it all is as it was."""
    case_id = hall.open_case("A14")
    stood = make_unreadable(hall, case_id, *columns)
    check_all_readable(hall.desk, ADMINISTRATOR, "web")
    seat = Seat(web_app(hall), ADMINISTRATOR)
    answer = seat.send("/admin/broken/repair", {"record": case_id}, page="/admin/broken")
    assert answer.status_code == 409
    assert "まだ開けません" in answer.get_data(as_text=True)
    make_readable(hall, case_id, {"content": stood["content"]})
    seat.send("/admin/broken/repair", {"record": case_id}, page="/admin/broken")
    assert broken_now(hall) == []
    assert [line.state for line in hall.desk.ask(ListCases(), COORDINATOR).lines] == ["asking"]
    assert [t.kind for t in hall.desk.ask(GetInbox(), ELDERLY).to_do] == ["reply"]
    assert hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR).number == "R8-0001"


def test_what_opens_again_mends_itself_with_the_day(hall: TownHall, case_id: str) -> None:
    with hall.database.open() as unit:
        unit.cases.mark(case_id)
        unit.commit()
    other = next(c for c in hall.case_ids() if c != case_id)
    with hall.database.open() as unit:
        unit.cases.mark(other)
        unit.commit()
    assert len(broken_now(hall)) == 2
    hall.clock.move(days=1)
    ticks_of(hall).tick()
    assert broken_now(hall) == [("case", "R8-0001", False)]


def test_what_is_set_aside_is_in_no_list_and_nothing_of_it_is_lost(
    hall: TownHall, columns: tuple[str, ...]
) -> None:
    """With its proof in the trail; it can be put back, and mended when it opens again."""
    case_id = hall.open_case("A14")
    stood = make_unreadable(hall, case_id, *columns)
    check_all_readable(hall.desk, ADMINISTRATOR, "web")
    hall.desk.handle(SetAsideBroken(case_id), ADMINISTRATOR)
    assert hall.desk.ask(ListCases(closed=True), COORDINATOR).lines == ()
    assert hall.desk.ask(GetInbox(), ELDERLY).to_do == ()
    assert broken_now(hall) == [("case", "R8-0001", True)]
    (event,) = [e for e in hall.events(case_id) if e.kind == "record_set_aside"]
    assert event.actor_id == ADMINISTRATOR
    assert len(str(event.facts["proof"])) == 64
    with pytest.raises(NotFound):
        hall.desk.ask(GetCase(case_id, CasePage.CASE), COORDINATOR)
    hall.desk.handle(PutBackBroken(case_id), ADMINISTRATOR)
    assert broken_now(hall) == [("case", "R8-0001", False)]
    back = [line.state for line in hall.desk.ask(ListCases(), COORDINATOR).lines]
    assert back == (["broken"] if columns == ("content",) else [])
    hall.desk.handle(SetAsideBroken(case_id), ADMINISTRATOR)
    make_readable(hall, case_id, {"content": stood["content"]})
    hall.desk.handle(RepairBroken(case_id), ADMINISTRATOR)
    assert [line.state for line in hall.desk.ask(ListCases(), COORDINATOR).lines] == ["asking"]


def test_what_is_put_back_and_opens_by_now_is_owed_again(hall: TownHall) -> None:
    """Else nothing is owed on it, and whoever puts it back reads so."""
    case_id = hall.open_case("A14")
    owed = hall.promises(case_id)
    stood = make_unreadable(hall, case_id, "content", "facts")
    check_all_readable(hall.desk, ADMINISTRATOR, "web")
    seat = Seat(web_app(hall), ADMINISTRATOR)

    def put_back() -> str:
        hall.desk.handle(SetAsideBroken(case_id), ADMINISTRATOR)
        seat.send("/admin/broken/restore", {"record": case_id}, page="/admin/broken")
        return seat.get("/admin/broken").get_data(as_text=True)

    assert "開けるようになるまで、期限は見張られません。" in put_back()
    assert hall.promises(case_id) == []
    make_readable(hall, case_id, stood)
    with hall.database.open() as unit:
        unit.cases.mark(case_id)
        unit.commit()
    assert "期限の見張りにも戻っています。" in put_back()
    assert hall.promises(case_id) == owed
    assert broken_now(hall) == []


def test_a_document_that_opens_and_does_not_fit_fails_alone(hall: TownHall) -> None:
    """A name that is nowhere, a day that is none: a line in the list, a sentence on the page."""
    case_id = hall.open_case("A14")
    hall.open_case("A14")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.referrals[0].asked_at = case.referrals[0].asked_at.replace(tzinfo=None)
        case.lead_agency_id = "A99"
        case.sheet["district"] = "D99"
        unit.commit()
    assert len(hall.desk.ask(ListCases(), COORDINATOR).lines) == 2
    assert len(hall.desk.ask(GetCoordinatorDesk(), COORDINATOR).lines) == 2
    assert Seat(web_app(hall), COORDINATOR).get("/cases/R8-0001").status_code in (200, 409)


def test_a_member_or_a_notice_that_does_not_open_hides_nobody_else(hall: TownHall) -> None:
    """They are known by their id, and can do nothing; everybody else goes on."""
    hall.open_case("A14")
    ticks_of(hall).tick()
    with hall.database.engine.connect() as connection, connection.begin():
        connection.execute(update(members).where(members.c.id == CLERK).values(content=GARBAGE))
        connection.execute(update(mailbox).values(content=GARBAGE))
    app = web_app(hall)
    for path in ("/", "/cases", "/directory", "/desk"):
        assert Seat(app, COORDINATOR).get(path).status_code == 200, path
    assert "読めなくなったお知らせ" in Seat(app, ELDERLY).get("/").get_data(as_text=True)
    again = hall.another_desk()  # who has not read them before it happened
    with pytest.raises(Refused):
        again.desk.ask(GetInbox(), CLERK)
    again.desk.ask(GetInbox(), COORDINATOR)
    again.database.close()


def test_one_that_does_not_open_keeps_no_other_notice_back(hall: TownHall, case_id: str) -> None:
    """Typed words are held against every case that opens; what is about the broken one is held."""
    other = hall.open_case("A14", **consented("A14"))
    meeting_id = hall.convene(other)
    ticks_of(hall).tick()
    assert any(i.notice.meeting_id == meeting_id for i in hall.mail(ELDERLY))


def test_nobody_loses_an_inbox_to_a_meeting_that_nobody_has_marked_yet(hall: TownHall) -> None:
    """Its line still reads: the first who looks sees everything else, and what it asks for."""
    hall.open_case("A14")
    meeting_id = hall.convene(kind="regular", bases=["liaison"])
    make_unreadable(hall, meeting_id, "content")
    kinds = {t.kind for t in hall.desk.ask(GetInbox(), ELDERLY).to_do}
    assert kinds == {"reply", "answer_dates"}


def test_an_outcome_that_cannot_be_looked_up_takes_no_other_news_with_it(hall: TownHall) -> None:
    meeting_id = hall.convene(hall.open_case("A14"), required=("A13", "A14"))
    hall.answer(meeting_id, "A13", by=COORDINATOR)
    hall.answer(meeting_id, "A14", by=ELDERLY)
    ticks_of(hall).tick()
    make_unreadable(hall, meeting_id, "content")
    keys = {item.notice.key for item in hall.desk.ask(GetInbox(), COORDINATOR).news}
    assert "all_answered" in keys


def test_a_day_is_closed_although_one_meeting_does_not_open(hall: TownHall) -> None:
    """Whoever runs the others hears of it."""
    spoilt, other = (hall.convene(hall.open_case("A14")) for _ in range(2))
    make_unreadable(hall, spoilt, "content")
    day = hall.meeting(other).slots[0].starts_at.astimezone(TOKYO).date()
    save(hall, closed_days=(day.isoformat(),))
    assert {n.meeting_id for n in hall.notices(key="date_closed")} == {other}


def test_a_meeting_opens_with_its_replies_although_a_case_on_it_does_not(hall: TownHall) -> None:
    """Of what a case may know that nobody can look up, nothing is shown."""
    case_id = hall.open_case("A17")
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    slot = hall.meeting(meeting_id).slots[0]
    said = KeepMailReply("", meeting_id, "m26@example.jp", "", slot.starts_at, "花子さんの件。")
    assert hall.desk.handle(said, Caller.CLOCK)
    make_unreadable(hall, case_id, "content", "facts")
    seat = Seat(web_app(hall), COORDINATOR)
    assert seat.get(f"/meetings/{meeting_id}").status_code == 200
    page = seat.get(f"/meetings/{meeting_id}/mail-replies")
    assert page.status_code == 200
    assert "花子" not in page.get_data(as_text=True)


def test_what_came_back_about_a_case_that_does_not_open_is_told(hall: TownHall) -> None:
    case_id = hall.open_case("A14")
    drain(hall, Bag())
    notice = sent_to(hall, ELDERLY, "referral_asked")
    make_unreadable(hall, case_id, "content")
    assert hall.desk.handle(ReportReturned(notice, "bounced:5.1.1"), Caller.CLOCK)
    ticks_of(hall).tick()
    assert any(i.notice.key == "mail_returned" for i in hall.mail(ADMINISTRATOR))


def test_what_opens_and_owes_what_nobody_can_work_out_stays_marked(
    hall: TownHall,
) -> None:
    """A line that was mended while its promises were not would say that all is well."""
    case_id = hall.open_case("A14")
    with hall.database.open() as unit:
        case = unit.cases.get(case_id, change=True)
        assert case is not None
        case.referrals[0].asked_at = case.referrals[0].asked_at.replace(tzinfo=None)
        unit.commit()
    with hall.database.open() as unit:
        unit.cases.mark(case_id)
        unit.commit()
    check_all_readable(hall.desk, Caller.CLOCK, "clock")
    assert broken_now(hall) == [("case", "R8-0001", False)]


def test_a_line_that_cannot_be_drawn_is_one_line_and_the_list_goes_on(hall: TownHall) -> None:
    """Its document opens, and something in it is what nothing can be made of."""
    for _ in range(3):
        hall.open_case("A14")

    def draw(row: CaseRow) -> tuple[str, bool]:
        if row.number != "R8-0001" and not row.broken:
            raise ValueError(row.id)
        if row.number == "R8-0003":
            raise KeyError(row.id)  # not even as one that cannot be read
        return row.number, row.broken

    with hall.database.open() as unit:
        rows = sorted(unit.cases.rows(), key=lambda row: row.number)
    assert list(build_each(rows, draw)) == [("R8-0001", False), ("R8-0002", True)]
