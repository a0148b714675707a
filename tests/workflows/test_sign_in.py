"""Signing in: links and sessions, whom they let in, and how each of them ends."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import event, func, select, update

from handlers.words.labels import load_labels
from storage.row_tags import verifier_of
from storage.tables import outbox, sign_ins, trail
from storage.trail import _linked_rows
from tests.support.hands import confirm_permission_requests
from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    HAS_LEFT,
    MANAGER,
    NOT_YET_HERE,
)
from tests.support.row_attacks import insert_session
from tests.support.town import TownHall
from workflows.audit.check import check_all_rows, verify_whole_trail
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.core.ports import Event
from workflows.directory.edit_lists import ExportMembers, ImportAgencies, ImportMembers
from workflows.directory.edit_one import (
    GetAgencyToEdit,
    GetMemberToEdit,
    SaveAgency,
    SaveMember,
)
from workflows.inbox.inbox import GetInbox
from workflows.model.directory import Member
from workflows.sign_in.sessions import EndMySessions, GetMySessions
from workflows.sign_in.sign_in import (
    KEPT,
    LINK_LIFE,
    MOST_RECORDED_EACH,
    GetSignedInMember,
    LinkView,
    MakeOwnLink,
    PreviewLink,
    PrintLink,
    RequestSignInLink,
    SignInByName,
    SignInLinkState,
    SignInResult,
    SignOut,
    UseLink,
)

LABELS = load_labels()
BROWSER, OTHER = "the browser that asked", "another browser"
IDLE, HOURS = 30, 12


def member(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


def digest_of(hall: TownHall, token: str) -> str:
    """By what the database knows a token."""
    with hall.database.open() as unit:
        return unit.sign_ins.token_digest(token)


def request_sign_in_link(hall: TownHall, who: str, browser: str = BROWSER) -> list[str]:
    """The tokens that lie in the outbox after somebody asked for a link."""
    hall.desk.handle(RequestSignInLink(who, browser), Caller.DOOR, door="web")
    return [str(n.facts["token"]) for n in hall.notices(key="sign_in_link")]


def spend(hall: TownHall, token: str, browser: str = BROWSER) -> SignInResult:
    return hall.desk.handle(UseLink(token, browser, HOURS), Caller.DOOR, door="web")


def session_of(hall: TownHall, member_id: str) -> str:
    """A session's token, by a link from the console."""
    link = hall.desk.handle(PrintLink(member_id), Caller.CONSOLE, door="cli")
    return spend(hall, link).token


def here(hall: TownHall, token: str, *, by_timer: bool = False) -> str | None:
    return hall.desk.ask(GetSignedInMember(token, IDLE, by_timer), Caller.DOOR, door="web")


def recorded(hall: TownHall, *kinds: str) -> list[Event]:
    """What stands in the trail about signing in, the oldest first."""
    with hall.database.open() as unit:
        query = _linked_rows().where(trail.c.kind.in_(kinds)).order_by(trail.c.seq)
        return list(unit.events._read(query))


# -- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["address", "ADDRESS", "code", "full width", "blanks"])
def test_a_link_asked_for_by_address_or_code_lets_its_member_in_once(
    any_hall: TownHall, way: str
) -> None:
    """However it is typed: one link in the outbox, one session, and then it is spent."""
    email = member(any_hall, CLERK).email
    typed = {
        "address": email,
        "ADDRESS": email.upper(),
        "code": CLERK.lower(),
        "full width": "".join(chr(ord(c) + 0xFEE0) for c in CLERK),
        "blanks": f"  {email}　",
    }[way]
    (token,) = request_sign_in_link(any_hall, typed)
    (notice,) = any_hall.notices(key="sign_in_link")
    assert (notice.member_id, notice.urgent, notice.not_before) == (
        CLERK,
        True,
        any_hall.clock.at,
    )
    entry = spend(any_hall, token)
    assert entry.state is SignInLinkState.READY
    assert here(any_hall, entry.token) == CLERK
    assert spend(any_hall, token) == SignInResult(SignInLinkState.OVER)


@pytest.mark.parametrize(
    "who", ["nobody@example.jp", "M99", "", "%", *HAS_LEFT, *NOT_YET_HERE, "x" * 254]
)
def test_no_sign_in_link_is_sent_to_unknown_or_inactive_members(hall: TownHall, who: str) -> None:
    """Unknown, left, not yet come, or nothing typed: no notice, and a row that opens nothing."""
    assert request_sign_in_link(hall, who) == []
    with hall.database.engine.connect() as connection:
        assert [r.member_id for r in connection.execute(select(sign_ins))] == [""]


def test_of_an_address_that_several_share_everybody_gets_a_link_that_says_whose(
    hall: TownHall,
) -> None:
    """A shared mailbox has a way in: each link opens for its own member alone. The code gets one's
    own link only."""
    shared = "shared@town.example.jp"
    with hall.database.open() as unit:
        people = [unit.directory.member(m) for m in (CLERK, ELDERLY)]
        unit.directory.save_members([replace(m, email=shared) for m in people if m])
        unit.commit()
    tokens = request_sign_in_link(hall, shared)
    told = hall.notices(key="sign_in_link")
    assert {(n.member_id, n.facts["code"]) for n in told} == {(CLERK, CLERK), (ELDERLY, ELDERLY)}
    assert {here(hall, spend(hall, t).token) for t in tokens} == {CLERK, ELDERLY}
    (own,) = set(request_sign_in_link(hall, CLERK)) - set(tokens)
    assert here(hall, spend(hall, own).token) == CLERK


def test_whose_role_opens_more_gets_no_link_by_an_address_of_several(hall: TownHall) -> None:
    """Whoever reads the mailbox could open it; by the code neither. Strangers are told no more,
    and the trail says by which way a colleague of theirs came."""
    shared = "shared@town.example.jp"
    with hall.database.open() as unit:
        people = [unit.directory.member(m) for m in (CLERK, MANAGER, COORDINATOR)]
        unit.directory.save_members([replace(m, email=shared) for m in people if m])
        unit.commit()
    for code in (MANAGER, COORDINATOR):
        assert request_sign_in_link(hall, code) == []
    (token,) = request_sign_in_link(hall, shared)
    assert here(hall, spend(hall, token).token) == CLERK
    assert recorded(hall, "signed_in")[-1].facts["method"] == "shared"


def test_single_sign_on_of_a_shared_address_is_told_so(hall: TownHall) -> None:
    """Nobody is let in as a colleague, and the trail says why."""
    shared = "shared@town.example.jp"
    with hall.database.open() as unit:
        people = [unit.directory.member(m) for m in (CLERK, MANAGER)]
        unit.directory.save_members([replace(m, email=shared) for m in people if m])
        unit.commit()
    entry = hall.desk.handle(SignInByName(shared, HOURS, is_address=True), Caller.DOOR)
    assert entry == SignInResult(SignInLinkState.SHARED)
    (event,) = recorded(hall, "sign_in_refused")
    assert event.facts["why"] == "several"


def test_known_and_unknown_cost_the_same_but_for_the_notice(hall: TownHall) -> None:
    """The same statements in the same order, but for the one that puts the notice away and those
    that count; also when there were so many that nothing of it is kept."""
    said: list[list[str]] = []
    hall.desk.ask(GetInbox(), CLERK)  # whoever comes first after a start reads the directory

    def listen(*arguments: object) -> None:
        said[-1].append(" ".join(str(arguments[2]).split()[:3]))

    event.listen(hall.database.engine, "before_cursor_execute", listen)
    asked = (CLERK, "M99", HAS_LEFT[0], "", *["M99"] * MOST_RECORDED_EACH)
    for who in asked:
        said.append([])
        hall.desk.handle(RequestSignInLink(who, BROWSER), Caller.DOOR)
    event.remove(hall.database.engine, "before_cursor_execute", listen)
    known, *others = said
    assert "INSERT INTO outbox" in known
    known.remove("INSERT INTO outbox")
    counting = (
        *("SELECT about.value FROM", "INSERT INTO about"),
        *("SAVEPOINT sa_savepoint_1", "ROLLBACK TO SAVEPOINT"),
    )
    assert [[s for s in one if s not in counting] for one in others] == [known] * len(others)
    assert len(recorded(hall, "link_not_made")) == MOST_RECORDED_EACH, "the last three are not kept"


def test_of_names_that_nobody_has_ever_less_is_kept(hall: TownHall) -> None:
    """Each in an hour at first, then one whenever they have doubled; the rows of the table and what
    the bot keeps in mind of them stay few, and the trail is whole."""
    for _ in range(MOST_RECORDED_EACH * 4 + 10):
        hall.desk.handle(RequestSignInLink("M99", BROWSER), Caller.DOOR)
    counts = [e.facts["count"] for e in recorded(hall, "link_not_made")]
    assert counts == [*range(1, MOST_RECORDED_EACH + 1), 40, 80]
    hall.clock.move(hours=1)
    hall.desk.handle(RequestSignInLink("M99", BROWSER), Caller.DOOR)
    assert recorded(hall, "link_not_made")[-1].facts["count"] == 1
    hall.clock.move(seconds=(KEPT + LINK_LIFE + timedelta(seconds=1)).total_seconds())
    request_sign_in_link(hall, CLERK)
    with hall.database.open() as unit:
        assert unit.connection.execute(select(func.count()).select_from(sign_ins)).scalar() == 1
        assert len(verifier_of(hall.database.vault, sign_ins).newest) == 1
    assert not check_all_rows(hall.desk, Caller.CONSOLE, opens=True)
    assert verify_whole_trail(hall.desk, Caller.CONSOLE).broken is None


def test_looking_at_a_link_spends_nothing(hall: TownHall) -> None:
    """A preview in a chat, or a virus scanner, opens it as often as it likes."""
    (token,) = request_sign_in_link(hall, CLERK)
    for browser in (BROWSER, OTHER, "", BROWSER):
        state = hall.desk.ask(PreviewLink(token, browser), Caller.DOOR).state
        assert state is (SignInLinkState.READY if browser == BROWSER else SignInLinkState.ELSEWHERE)
    assert spend(hall, token).token


def test_a_link_works_only_in_the_browser_that_asked(hall: TownHall) -> None:
    """Whoever reads the mail elsewhere gets nothing and spends nothing."""
    (token,) = request_sign_in_link(hall, CLERK)
    for browser in (OTHER, ""):
        assert spend(hall, token, browser) == SignInResult(SignInLinkState.ELSEWHERE)
    assert spend(hall, token).token
    assert [e.facts["why"] for e in recorded(hall, "link_refused")] == ["other_browser"] * 2


def test_a_link_is_good_for_ten_minutes(hall: TownHall) -> None:
    """To the second; and what is too old is not sent any more."""
    (token,) = request_sign_in_link(hall, CLERK)
    hall.clock.move(seconds=LINK_LIFE.total_seconds() - 1)
    assert hall.desk.ask(PreviewLink(token, BROWSER), Caller.DOOR).state is SignInLinkState.READY
    hall.clock.move(seconds=1)
    assert spend(hall, token) == SignInResult(SignInLinkState.OVER)
    assert [e.facts["why"] for e in recorded(hall, "link_refused")] == ["old"]


def test_a_link_names_whom_it_signs_in_where_it_would(hall: TownHall) -> None:
    """By whichever way it came; in another browser, spent or made up it names nobody."""
    (mailed,) = request_sign_in_link(hall, CLERK)
    chat = hall.desk.handle(MakeOwnLink(), MANAGER, door="slack")
    console = hall.desk.handle(PrintLink(ELDERLY), Caller.CONSOLE)
    for token, whose in ((mailed, CLERK), (chat, MANAGER), (console, ELDERLY)):
        seen = hall.desk.ask(PreviewLink(token, BROWSER), Caller.DOOR)
        assert (seen.state, seen.name) == (SignInLinkState.READY, member(hall, whose).name)
        assert seen.agency
        assert seen.is_bound == (token == mailed)
    assert hall.desk.ask(PreviewLink(mailed, OTHER), Caller.DOOR) == LinkView(
        SignInLinkState.ELSEWHERE
    )
    spend(hall, chat)
    for over in (chat, "made up"):
        assert hall.desk.ask(PreviewLink(over, BROWSER), Caller.DOOR) == LinkView(
            SignInLinkState.OVER
        )


def test_a_link_of_who_has_left_meanwhile_opens_nothing(hall: TownHall) -> None:
    """Between the mail and the button somebody left."""
    (token,) = request_sign_in_link(hall, CLERK)
    hall.has_left(CLERK)
    assert hall.desk.ask(PreviewLink(token, BROWSER), Caller.DOOR) == LinkView(SignInLinkState.OVER)
    assert not spend(hall, token).token


def test_two_who_press_at_once_open_one_session(any_hall: TownHall) -> None:
    """A double click, or a thief and its owner: one wins, on either database."""
    (token,) = request_sign_in_link(any_hall, CLERK)
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda _: spend(any_hall, token), range(8)))
    assert sorted(bool(e.token) for e in entries) == [False] * 7 + [True]
    assert len(recorded(any_hall, "signed_in")) == 1


def test_no_token_stands_in_the_database(hall: TownHall) -> None:
    """Digests alone, and the notice is sealed: a stolen copy signs nobody in."""
    (token,) = request_sign_in_link(hall, CLERK)
    session = session_of(hall, CLERK)
    with hall.database.engine.connect() as connection:
        rows = str(connection.execute(select(sign_ins)).all())
        rows += str(connection.execute(select(outbox)).all())
        rows += str(connection.execute(select(trail)).all())
    for secret in (token, session, BROWSER):
        assert secret not in rows
    assert digest_of(hall, token) in rows
    assert sha256(token.encode()).hexdigest() not in rows


def test_a_session_put_in_by_sql_lets_nobody_in(any_hall: TownHall) -> None:
    """Digests are keyed: who writes the table without the keys makes neither session nor link."""
    with any_hall.database.engine.begin() as connection:
        insert_session(connection, MANAGER, "a token of mine", any_hall.clock.now())
        link = update(sign_ins).values(kind="link", digest=sha256(b"a link of mine").hexdigest())
    assert here(any_hall, "a token of mine") is None
    with any_hall.database.engine.begin() as connection:
        connection.execute(link)
    assert spend(any_hall, "a link of mine").token == ""


def test_nobody_unknown_gets_a_printed_link(hall: TownHall) -> None:
    """The console too makes links for members of today alone."""
    for member_id in ("M99", *HAS_LEFT):
        with pytest.raises(Refused):
            hall.desk.handle(PrintLink(member_id), Caller.CONSOLE)


def test_old_rows_are_forgotten(hall: TownHall) -> None:
    """What is long over is dropped when the next link is made."""
    request_sign_in_link(hall, "M99")
    hall.clock.move(seconds=(KEPT + LINK_LIFE + timedelta(seconds=1)).total_seconds())
    request_sign_in_link(hall, "M99")
    with hall.database.engine.connect() as connection:
        assert len(connection.execute(select(sign_ins)).all()) == 1


# -- single sign-on -------------------------------------------------------------------------------


def test_single_sign_on_lets_in_whom_the_directory_knows(hall: TownHall) -> None:
    """Letter by letter: an address where an address is claimed, a code where a code is. What is
    written in another way names nobody, and the trail says that it is only the spelling."""
    email = member(hall, CLERK).email
    wide = "".join(chr(ord(c) + 0xFEE0) for c in CLERK)

    def enter(who: str, *, is_address: bool) -> SignInResult:
        return hall.desk.handle(SignInByName(who, HOURS, is_address), Caller.DOOR)

    for who, is_address in ((email, True), (CLERK, False)):
        entry = enter(who, is_address=is_address)
        assert here(hall, entry.token) == CLERK
        assert (entry.name, entry.names) == (member(hall, CLERK).name, (CLERK, email))
    nobody = [("nobody@example.jp", True), (HAS_LEFT[0], False), (" ", False), ("", True)]
    crossed = [(email, False), (CLERK, True)]
    spelled = [(email.upper(), True), (f" {email}", True), (f"{email}\n", True)]
    spelled += [(CLERK.lower(), False), (wide, False), (f"{CLERK} ", False)]
    for who, is_address in [*nobody, *crossed, *spelled]:
        assert enter(who, is_address=is_address) == SignInResult(SignInLinkState.OVER), who
    refused = [e.facts["why"] for e in recorded(hall, "sign_in_refused")]
    assert refused == ["not_a_member"] * 6 + ["spelling"] * 6
    assert {e.facts["method"] for e in recorded(hall, "signed_in")} == {"oidc"}


# -- sessions -------------------------------------------------------------------------------------


def test_a_session_ends_when_nobody_was_there(hall: TownHall) -> None:
    """Work keeps it; pages that fetch themselves again do not."""
    token = session_of(hall, CLERK)
    for _ in range(3):
        hall.clock.move(minutes=IDLE - 1)
        assert here(hall, token) == CLERK
    for _ in range(2):
        hall.clock.move(minutes=IDLE / 2 - 1)
        assert here(hall, token, by_timer=True) == CLERK
    hall.clock.move(minutes=2)
    assert here(hall, token) is None
    (ended,) = recorded(hall, "session_ended")
    assert ended.facts["why"] == "idle"


def test_a_session_ends_after_its_hours_whatever_was_done(hall: TownHall) -> None:
    """Twelve hours after signing in one signs in again."""
    token = session_of(hall, CLERK)
    for _ in range(HOURS * 3 - 1):
        hall.clock.move(minutes=20)
        assert here(hall, token) == CLERK
    hall.clock.move(minutes=20)
    assert here(hall, token) is None
    assert [e.facts["why"] for e in recorded(hall, "session_ended")] == ["time"]


def test_a_link_is_no_session_and_a_session_is_no_link(hall: TownHall) -> None:
    """A token opens what it was made for."""
    (link,) = request_sign_in_link(hall, CLERK)
    session = session_of(hall, CLERK)
    assert here(hall, link) is None
    assert spend(hall, session) == SignInResult(SignInLinkState.OVER)
    assert here(hall, "made up") is None
    assert len(link) == len(session) == 43  # 256 random bits


def test_signing_out_ends_it_for_good(hall: TownHall) -> None:
    """On the server, so that a copied cookie is worth nothing; a second time nothing happens."""
    token = session_of(hall, CLERK)
    for _ in range(2):
        hall.desk.handle(SignOut(token), Caller.DOOR)
    assert here(hall, token) is None
    assert [e.actor_id for e in recorded(hall, "signed_out")] == [CLERK]


def test_who_has_left_is_out_the_next_day(hall: TownHall) -> None:
    """Even when nobody touched the session: it is looked at on every page."""
    token = session_of(hall, CLERK)
    hall.has_left(CLERK)
    assert here(hall, token) is None
    assert [e.facts["why"] for e in recorded(hall, "session_ended")] == ["left"]


def test_one_sees_and_ends_ones_own_sessions_alone(hall: TownHall) -> None:
    """This browser first; one by its key, or all others; a colleague's by no key."""
    mine, other, third = (session_of(hall, CLERK) for _ in range(3))
    theirs = session_of(hall, MANAGER)
    seen = hall.desk.ask(GetMySessions(mine, IDLE), CLERK)
    assert [s.is_this for s in seen] == [True, False, False]
    key = digest_of(hall, other)[:16]
    assert key in [s.key for s in seen]
    assert hall.desk.handle(EndMySessions(theirs, key), MANAGER) == 0
    assert hall.desk.handle(EndMySessions(mine, digest_of(hall, theirs)[:16]), CLERK) == 0
    assert hall.desk.handle(EndMySessions(mine, key), CLERK) == 1
    assert (here(hall, mine), here(hall, other), here(hall, third)) == (CLERK, None, CLERK)
    assert hall.desk.handle(EndMySessions(mine), CLERK) == 1
    assert (here(hall, mine), here(hall, third)) == (CLERK, None)
    assert here(hall, theirs) == MANAGER
    assert [e.actor_id for e in recorded(hall, "session_ended")] == [CLERK, CLERK]


def _edit(hall: TownHall, member_id: str, **cells: str) -> None:
    found = hall.desk.ask(GetMemberToEdit(member_id, LABELS), ADMINISTRATOR)
    typed, why = {**found.cells, **cells}, "renamed" if "name" in cells else ""
    command = SaveMember(typed, found.stamp, LABELS, handover_seen=True, name_change=why)
    hall.desk.handle(command, ADMINISTRATOR)
    confirm_permission_requests(hall.desk)


def _import(hall: TownHall, old: str, new: str) -> None:
    data = hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR).decode("utf-8-sig")
    assert old in data
    command = ImportMembers(data.replace(old, new).encode(), LABELS, save=True)
    assert not hall.desk.handle(command, ADMINISTRATOR).errors
    confirm_permission_requests(hall.desk)


CHANGES: dict[str, Callable[[TownHall], None]] = {
    "another address": lambda hall: _edit(hall, ELDERLY, email="new@town.example.jp"),
    "another role": lambda hall: _edit(hall, ELDERLY, roles=LABELS.roles["manager"][0]),
    "another agency": lambda hall: _edit(hall, ELDERLY, agency_id="A13", is_contact=""),
    "left": lambda hall: _edit(hall, ELDERLY, active_until="令和8年11月19日"),
    "a list": lambda hall: _import(hall, member(hall, ELDERLY).email, "new@town.example.jp"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_who_somebody_is_ends_their_sessions_and_links(
    hall: TownHall, change: str
) -> None:
    """In the transaction that makes it; nobody else's end, and the mail on its way is dropped."""
    token, colleague = session_of(hall, ELDERLY), session_of(hall, COORDINATOR)
    (link,) = request_sign_in_link(hall, ELDERLY)
    CHANGES[change](hall)
    assert not spend(hall, link).token
    assert here(hall, token) is None
    assert here(hall, colleague) == COORDINATOR
    assert {e.facts["why"] for e in recorded(hall, "session_ended")} == {"changed"}


def test_a_change_of_nothing_that_matters_ends_nothing(hall: TownHall) -> None:
    """Another name, or an end in the future, leaves people at work."""
    token = session_of(hall, ELDERLY)
    _edit(hall, ELDERLY, name="別名 太郎")
    _edit(hall, ELDERLY, active_until="令和9年3月31日")
    assert here(hall, token) == ELDERLY


@pytest.mark.parametrize("way", ["page", "list"])
def test_the_end_of_an_agency_ends_the_sessions_of_its_people(hall: TownHall, way: str) -> None:
    """Whether it is typed on the page or comes with a list."""
    token, other = session_of(hall, ELDERLY), session_of(hall, COORDINATOR)
    found = hall.desk.ask(GetAgencyToEdit("A14", LABELS), ADMINISTRATOR)
    cells = {**found.cells, "active_until": "令和8年11月19日"}
    if way == "page":
        command = SaveAgency(cells, found.stamp, LABELS, handover_seen=True)
        hall.desk.handle(command, ADMINISTRATOR)
    else:
        columns = LABELS.agency_columns
        lines = [",".join(columns[c] for c in cells), ",".join(f'"{v}"' for v in cells.values())]
        listed = ImportAgencies("\r\n".join(lines).encode(), LABELS, save=True)
        assert not hall.desk.handle(listed, ADMINISTRATOR).errors
    assert here(hall, token) is None
    assert here(hall, other) == COORDINATOR


def test_coming_and_going_stands_in_the_trail(hall: TownHall) -> None:
    """Who, when, by which door and how; never a token."""
    (link,) = request_sign_in_link(hall, CLERK)
    request_sign_in_link(hall, "M99")
    session = spend(hall, link).token
    spend(hall, link)
    hall.desk.handle(SignOut(session), Caller.DOOR, door="web")
    printed = hall.desk.handle(PrintLink(MANAGER), Caller.CONSOLE, door="cli")
    kinds = ("link_made", "link_not_made", "signed_in", "link_refused", "signed_out")
    found = [(e.kind, e.door, e.actor_id or e.facts["member"]) for e in recorded(hall, *kinds)]
    assert found == [
        ("link_made", "web", CLERK),
        ("link_not_made", "web", ""),
        ("signed_in", "web", CLERK),
        ("link_refused", "web", CLERK),
        ("signed_out", "web", CLERK),
        ("link_made", "cli", MANAGER),
    ]
    told = str(recorded(hall, *kinds))
    assert not [s for s in (link, session, printed) if s in told]
