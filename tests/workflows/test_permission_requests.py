"""Nobody grants themselves: what opens more is asked by one and confirmed by another person."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    FAR_COORDINATOR,
    HAS_LEFT,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
    SECOND_ADMINISTRATOR,
)
from tests.support.town import TownHall, open_empty_hall
from tests.workflows.test_sign_in import LABELS
from workflows.cases.views import GetCase
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.looks import CasePage
from workflows.core.permissions import Caller
from workflows.directory.edit_lists import ExportMembers, ImportMembers
from workflows.directory.edit_one import (
    GetAgencyToEdit,
    GetMemberToEdit,
    SaveAgency,
    SaveMember,
    SaveResult,
)
from workflows.directory.link_account import LinkAccount
from workflows.directory.lists import ImportPlan
from workflows.directory.set_up import SetUpTown
from workflows.directory.settle_permission_requests import (
    GetPermissionRequests,
    PermissionRequestLine,
    SettlePermissionRequests,
)
from workflows.directory.split_changes import has_permissions
from workflows.maintenance.daily_chores import Chore, DoChore
from workflows.model.directory import Agency, AgencyKind, Member, Role, Town

CONSOLE = Caller.CONSOLE
ROLE_WORDS = {role: LABELS.roles[role][0] for role in Role}


def member(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


def save(hall: TownHall, member_id: str, by: str = ADMINISTRATOR, **cells: str) -> SaveResult:
    """On the member's page; another name is a slip that is mended."""
    found = hall.desk.ask(GetMemberToEdit(member_id, LABELS), by)
    command = SaveMember(
        {**found.cells, **cells},
        found.stamp,
        LABELS,
        handover_seen=True,
        doubts_seen=True,
        name_change="corrected",
    )
    return hall.desk.handle(command, by)


def add(hall: TownHall, by: str = ADMINISTRATOR, **cells: str) -> str:
    found = hall.desk.ask(GetMemberToEdit("", LABELS), by)
    new = {
        **found.cells,
        "name": "影野 もう一人",
        "kana": "カゲノ モウヒトリ",
        "agency_id": "A14",
        "email": "second@example.jp",
        **cells,
    }
    return hall.desk.handle(SaveMember(new, "", LABELS, doubts_seen=True), by).entry_id


def import_list(
    hall: TownHall, changes: Mapping[str, Mapping[str, str]], by: str | Caller, *, keep: bool = True
) -> ImportPlan[Member]:
    """The members' list, with these cells of these codes changed; an unknown code is a new row."""
    text = hall.desk.ask(ExportMembers(LABELS), ADMINISTRATOR).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    columns = LABELS.member_columns
    for code, cells in changes.items():
        typed = {columns[what]: said for what, said in cells.items()}
        row = next((r for r in rows if r[columns["id"]] == code), None)
        if row is None:
            row = {**rows[0], **dict.fromkeys(rows[0], ""), columns["id"]: code}
            row[columns["is_contact"]] = LABELS.flags["no"][0]
            rows.append(row)
        row.update(typed)
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    command = ImportMembers(out.getvalue().encode(), LABELS, keep, doubts_seen=True)
    return hall.desk.handle(command, by)


def waiting(hall: TownHall, who: str | Caller = MANAGER) -> tuple[PermissionRequestLine, ...]:
    return hall.desk.ask(GetPermissionRequests(), who).waiting


def settle(hall: TownHall, who: str | Caller, *, agrees: bool = True) -> int:
    chosen = tuple(line.id for line in waiting(hall))
    return hall.desk.handle(SettlePermissionRequests(chosen, agrees), who)


def reads(hall: TownHall, case_id: str, who: str) -> bool:
    try:
        return hall.desk.ask(GetCase(case_id, CasePage.CASE), who).reads
    except (NotFound, NotAllowed):
        return False


ALONE = {
    "coordinator": {"roles": ROLE_WORDS[Role.COORDINATOR]},
    "chair": {"roles": ROLE_WORDS[Role.CHAIR]},
    "manager": {"roles": ROLE_WORDS[Role.MANAGER]},
    "agency": {"agency_id": "A14"},
}


@pytest.mark.parametrize("by_list", [False, True])
def test_an_administrator_who_promotes_themselves_reads_nothing_until_another_confirms(
    hall: TownHall, by_list: bool
) -> None:
    """Every role the table names, and a move into the agency that leads: on the page, by a list."""
    case_id = hall.open_case("A14")
    was = member(hall, ADMINISTRATOR)
    for name, alone in ALONE.items():
        cells = dict(alone)
        if "roles" in cells:
            cells["roles"] += f"、{ROLE_WORDS[Role.ADMINISTRATOR]}"
        if by_list:
            assert import_list(hall, {ADMINISTRATOR: cells}, ADMINISTRATOR).waiting_member_ids == (
                ADMINISTRATOR,
            )
        else:
            assert save(hall, ADMINISTRATOR, **cells).waiting_count == 1
        now = member(hall, ADMINISTRATOR)
        assert (now.roles, now.agency_id) == (was.roles, was.agency_id), name
        assert not reads(hall, case_id, ADMINISTRATOR), name
        with pytest.raises(Refused):  # neither by whom it is about, nor by who asked
            settle(hall, ADMINISTRATOR)
        settle(hall, ADMINISTRATOR, agrees=False)  # taken back
    save(hall, ADMINISTRATOR, roles="、".join((ROLE_WORDS[Role.COORDINATOR], "管理者")))
    assert settle(hall, MANAGER) == 1
    assert reads(hall, case_id, ADMINISTRATOR)


def test_a_second_account_of_the_asker_neither_enters_nor_confirms(hall: TownHall) -> None:
    """An administrator makes a second person: it may not act; once confirmed by somebody who did
    not suspect it, it confirms nothing that its maker asks for a month."""
    case_id = hall.open_case("A14")
    puppet = add(hall, roles=ROLE_WORDS[Role.MANAGER])
    assert not member(hall, puppet).is_active(hall.desk.now().date())
    assert not reads(hall, case_id, puppet)
    with pytest.raises(NotAllowed):
        hall.desk.ask(GetPermissionRequests(), puppet)
    settle(hall, SECOND_ADMINISTRATOR)
    assert reads(hall, case_id, puppet)  # of A14
    save(hall, ADMINISTRATOR, roles="、".join((ROLE_WORDS[Role.COORDINATOR], "管理者")))
    with pytest.raises(Refused) as refused:
        settle(hall, puppet)
    assert refused.value.key == "permission_requests.not_yours"
    hall.clock.move(days=31)
    save(hall, ADMINISTRATOR, roles="、".join((ROLE_WORDS[Role.COORDINATOR], "管理者")))
    assert settle(hall, puppet) == 1


def test_whoever_it_is_about_does_not_confirm_it(hall: TownHall) -> None:
    """A manager whom an administrator wants to make a coordinator: with the office to confirm what
    is asked for others, and not for themselves."""
    case_id = hall.open_case("A14")
    save(hall, MANAGER, roles="、".join((ROLE_WORDS[Role.COORDINATOR], ROLE_WORDS[Role.MANAGER])))
    with pytest.raises(Refused) as refused:
        settle(hall, MANAGER)
    assert refused.value.key == "permission_requests.about_you"
    assert not reads(hall, case_id, MANAGER)
    assert settle(hall, SECOND_ADMINISTRATOR) == 1
    assert reads(hall, case_id, MANAGER)


def test_whoever_writes_another_name_over_an_entry_is_known_by_the_old_one(hall: TownHall) -> None:
    """One person with two entries, an administrator's and a manager's, gives themselves nothing by
    calling either otherwise, as a slip or by marriage, on the page or in a list."""
    with hall.database.open() as unit:
        one, two = map(unit.directory.member, (ADMINISTRATOR, SECOND_ADMINISTRATOR))
        assert one
        assert two
        unit.directory.save_members([replace(two, name=one.name)])
        unit.commit()
    save(hall, SECOND_ADMINISTRATOR, name="別名 その一")
    import_list(hall, {SECOND_ADMINISTRATOR: {"name": "別名 その二"}}, ADMINISTRATOR)
    save(hall, ADMINISTRATOR, name="別名 その三")
    save(hall, ADMINISTRATOR, roles="、".join((ROLE_WORDS[Role.COORDINATOR], "管理者")))
    with pytest.raises(Refused) as refused:
        settle(hall, SECOND_ADMINISTRATOR)
    assert refused.value.key == "permission_requests.not_yours"
    assert settle(hall, MANAGER) == 1


def test_two_whom_one_brought_in_are_one_hand(hall: TownHall) -> None:
    """What the first asks for, neither the second nor who brought them in confirms for a month;
    nor does whom it is about get it by those whom they brought in."""
    role = "、".join((ROLE_WORDS[Role.MANAGER], "管理者"))
    first = add(hall, roles=role)
    second = add(hall, roles=role, name="影野 さらに一人", email="third@example.jp")
    settle(hall, SECOND_ADMINISTRATOR)
    hall.clock.move(minutes=1)
    for about in (ADMINISTRATOR, CLERK):
        save(hall, about, first, roles="、".join((ROLE_WORDS[Role.COORDINATOR], "管理者")))
        for who in (second, ADMINISTRATOR):
            with pytest.raises(Refused):
                settle(hall, who)
        assert settle(hall, MANAGER, agrees=False) == 1
    save(hall, ADMINISTRATOR, SECOND_ADMINISTRATOR, roles="連携担当者、管理者")
    with pytest.raises(Refused):
        settle(hall, first)
    hall.clock.move(days=31)
    save(hall, CLERK, first, roles="連携担当者、管理者")
    assert settle(hall, second) == 1


def test_nobody_comes_by_a_case_by_ending_a_colleague(hall: TownHall) -> None:
    """What somebody ran stays with their agency's window, but for the administrator, a window
    themselves, who said that they left; on the page and by a list."""
    yesterday = (hall.desk.now() - timedelta(days=1)).date().isoformat()
    with hall.database.open() as unit:
        found = [m for m in map(unit.directory.member, (ADMINISTRATOR, CHAIR)) if m]
        unit.directory.save_members([replace(m, is_contact=True) for m in found])
        unit.commit()
    for runner in (OTHER_COORDINATOR, "M02"):
        case_id = hall.open_case("A14", by=ELDERLY)
        meeting_id = hall.convene(case_id, by=runner, required=["A14"], chair=runner)
        if runner == "M02":
            import_list(hall, {runner: {"active_until": yesterday}}, ADMINISTRATOR)
        else:
            save(hall, runner, active_until=yesterday)
        with pytest.raises(NotFound):
            hall.swear(meeting_id, ADMINISTRATOR)
        assert not reads(hall, case_id, ADMINISTRATOR)
        hall.swear(meeting_id, CHAIR)
        assert reads(hall, case_id, CHAIR)


def test_nobody_becomes_the_window_by_taking_the_last_one_away(hall: TownHall) -> None:
    """Where an agency has none, everybody of it is told, and named on what is restricted: but not
    the administrator among them who saw to it, by the flag or by a last day."""
    yesterday = (hall.desk.now() - timedelta(days=1)).date().isoformat()
    with hall.database.open() as unit:
        mine = unit.directory.member(ADMINISTRATOR)
        assert mine
        unit.directory.save_members([replace(mine, agency_id="A14")])
        unit.commit()
    no, yes = (LABELS.flags[flag][0] for flag in ("no", "yes"))
    for cells in ({"is_contact": no}, {"is_contact": yes}, {"active_until": yesterday}):
        save(hall, ELDERLY, **cells)
        if cells.get("is_contact") == yes:
            settle(hall, MANAGER)
            continue
        case_id = hall.open_case("A14", danger="yes")
        named = hall.case(case_id).named_member_ids
        assert "M27" in named
        assert ADMINISTRATOR not in named


def test_an_office_that_came_after_the_request_does_not_confirm_it(hall: TownHall) -> None:
    """Two requests in one go: whoever is confirmed by the first does not confirm the second."""
    save(hall, CLERK, roles="、".join((ROLE_WORDS[Role.CLERK], ROLE_WORDS[Role.MANAGER])))
    (first,) = waiting(hall)
    hall.clock.move(minutes=1)
    save(hall, ADMINISTRATOR, roles="、".join((ROLE_WORDS[Role.COORDINATOR], "管理者")))
    hall.clock.move(minutes=1)
    hall.desk.handle(SettlePermissionRequests((first.id,), True), MANAGER)
    with pytest.raises(Refused):
        settle(hall, CLERK)
    # Nor does a namesake, who may be the asker.
    with hall.database.open() as unit:
        asker = unit.directory.member(ADMINISTRATOR)
        second = unit.directory.member(SECOND_ADMINISTRATOR)
        assert asker
        assert second
        unit.directory.save_members([replace(second, name=asker.name)])
        unit.commit()
    with pytest.raises(Refused):
        settle(hall, SECOND_ADMINISTRATOR)


def test_what_lets_in_as_somebody_else_waits_too(hall: TownHall) -> None:
    """An address, a chat account, the window, a wider area, who left and comes back."""
    today = hall.desk.now().date()
    save(hall, COORDINATOR, email="mine@example.jp")
    hall.desk.handle(LinkAccount("slack", "U0MINE", MANAGER), ADMINISTRATOR)
    save(hall, "M27", is_contact=LABELS.flags["yes"][0])
    save(hall, FAR_COORDINATOR, district_ids="ひだまり圏域、あさつゆ圏域、ゆうばえ圏域、つきみ圏域")
    save(hall, HAS_LEFT[1], active_until="")
    assert member(hall, COORDINATOR).email == "m21@example.jp"
    assert not member(hall, "M27").is_contact
    assert "D01" not in member(hall, FAR_COORDINATOR).district_ids
    assert not member(hall, HAS_LEFT[1]).is_active(today)
    with hall.database.open() as unit:
        assert unit.accounts.get("slack", "U0MINE") is None
    parts = [part for line in waiting(hall) for part, _, _ in line.parts]
    assert sorted(set(parts)) == ["account", "contact", "districts", "email", "enters", "roles"]
    settle(hall, SECOND_ADMINISTRATOR)
    assert member(hall, COORDINATOR).email == "mine@example.jp"
    assert member(hall, "M27").is_contact
    assert "D01" in member(hall, FAR_COORDINATOR).district_ids
    assert member(hall, HAS_LEFT[1]).is_active(today)
    with hall.database.open() as unit:
        account = unit.accounts.get("slack", "U0MINE")
        assert account
        assert account.member_id == MANAGER
        every = [g for m in unit.directory.members() for g in m.permission_requests]
    assert not any(g.email or g.external_id for g in every)  # kept while it waits alone


def test_an_agency_that_comes_back_brings_nobody_with_it(hall: TownHall) -> None:
    """Its people wait, each of them, also where their own rows never ended."""
    today = hall.desk.now().date()

    def end_on(day: str) -> None:
        found = hall.desk.ask(GetAgencyToEdit("A35", LABELS), ADMINISTRATOR)
        cells = {**found.cells, "active_until": day}
        save = SaveAgency(cells, found.stamp, LABELS, handover_seen=True)
        hall.desk.handle(save, ADMINISTRATOR)

    end_on((today - timedelta(days=1)).isoformat())
    end_on("")
    with pytest.raises(NotAllowed):
        hall.desk.ask(GetPermissionRequests(), OUTSIDER)
    assert not member(hall, OUTSIDER).is_active(today)
    assert [line.member_id for line in waiting(hall)] == [OUTSIDER]
    settle(hall, MANAGER)
    assert member(hall, OUTSIDER).is_active(today)


def test_taking_away_needs_one_person(hall: TownHall) -> None:
    save(hall, OTHER_COORDINATOR, roles="", email="", district_ids="")
    now = member(hall, OTHER_COORDINATOR)
    assert (now.roles, now.email, now.district_ids) == (frozenset(), "", ())
    assert not waiting(hall)


def test_a_list_does_the_rest_at_once_and_says_what_waits(hall: TownHall) -> None:
    """By whoever brings it in, the server's command line too; the preview says the same."""
    was = member(hall, ELDERLY)
    for by, code in ((ADMINISTRATOR, "M90"), (CONSOLE, "M91")):
        changes = {
            code: {"name": f"新野 {code}", "kana": "シンノ アラタ", "agency_id": "A14"},
            ELDERLY: {"roles": ROLE_WORDS[Role.COORDINATOR], "kana": "ヒナタサカ ユルリ"},
            "M27": {"email": ""},
        }
        look = import_list(hall, changes, by, keep=False)
        assert set(look.waiting_member_ids) == {code, ELDERLY}
        assert member(hall, ELDERLY) == was
        done = import_list(hall, changes, by)
        assert set(done.waiting_member_ids) == {code, ELDERLY}
        assert member(hall, ELDERLY).kana == "ヒナタサカ ユルリ"
        assert member(hall, "M27").email == ""
        assert member(hall, ELDERLY).roles == was.roles
        again = import_list(hall, changes, by)  # the same list once more asks for nothing new
        assert again.waiting_member_ids == (ELDERLY,)
        assert len(waiting(hall)) == 2
        settle(hall, SECOND_ADMINISTRATOR, agrees=False)
        with hall.database.open() as unit:
            unit.directory.save_members([was])
            unit.commit()


def test_what_is_asked_cannot_be_changed_beneath_who_confirms(hall: TownHall) -> None:
    """They confirm what they saw: whoever changes the row of somebody new asks anew."""
    new = add(hall)
    (seen,) = waiting(hall)
    save(hall, new, roles=ROLE_WORDS[Role.COORDINATOR])
    with pytest.raises(Refused) as refused:
        hall.desk.handle(SettlePermissionRequests((seen.id,), True), MANAGER)
    assert refused.value.key == "permission_requests.settled_already"
    assert len(waiting(hall)) == 1
    settle(hall, MANAGER)
    assert Role.COORDINATOR in member(hall, new).roles
    # The district of a role that waits stands in its request, whatever is typed meanwhile.
    save(hall, ELDERLY, roles=ROLE_WORDS[Role.COORDINATOR], district_ids="ひだまり圏域")
    save(hall, ELDERLY, district_ids="")
    settle(hall, MANAGER)
    assert member(hall, ELDERLY).district_ids == ("D01",)


def test_it_is_told_to_both_and_to_all_coordinators_and_stands_in_the_trail(hall: TownHall) -> None:
    save(hall, CHAIR, roles="、".join((ROLE_WORDS[Role.CHAIR], ROLE_WORDS[Role.MANAGER])))
    asked = {n.member_id for n in hall.notices(key="permission_requests_asked")}
    assert asked == {SECOND_ADMINISTRATOR, MANAGER, "M25"}
    settle(hall, MANAGER)
    told = {n.member_id for n in hall.notices(key="permission_requests_settled")}
    assert told == {ADMINISTRATOR, MANAGER, "M01", "M02", "M21", "M22", "M23"}
    with hall.database.open() as unit:
        since = hall.desk.now() - timedelta(days=1)
        rows = unit.events.of_kinds(["permission_asked", "permission_agreed"], since)
    assert [(r.kind, r.actor_id) for r in rows] == [
        ("permission_asked", ADMINISTRATOR),
        ("permission_agreed", MANAGER),
    ]


def test_it_is_refused_taken_back_and_lapses(hall: TownHall) -> None:
    for by, agrees in ((MANAGER, "declined"), (ADMINISTRATOR, "taken_back"), (None, "lapsed")):
        save(hall, CLERK, roles="事務担当、管理職")
        if by:
            settle(hall, by, agrees=False)
        else:
            hall.clock.move(days=15)
            assert not waiting(hall)  # also before the clock has come to it
            hall.desk.handle(DoChore(Chore.PERMISSION_REQUESTS), Caller.CLOCK)
        assert member(hall, CLERK).permission_requests[-1].how == agrees
        assert Role.MANAGER not in member(hall, CLERK).roles
    assert {n.facts["how"] for n in hall.notices(key="permission_requests_settled")} == {
        "declined",
        "lapsed",
    }
    for who in (CLERK, CHAIR, ELDERLY):
        with pytest.raises(NotAllowed):
            hall.desk.ask(GetPermissionRequests(), who)
    save(hall, CLERK, roles="事務担当、管理職")
    with pytest.raises(Refused):  # a coordinator, where there is a manager
        settle(hall, COORDINATOR)
    with pytest.raises(Refused):  # the console, where somebody could
        settle(hall, Caller.CONSOLE)


def test_who_can_confirm_is_reminded_before_it_lapses(hall: TownHall) -> None:
    """A week, three days and a day before its end; not whoever could not, not of what is over."""
    save(hall, CLERK, roles="事務担当、管理職")
    save(hall, CHAIR, email="other@example.jp")
    last_day = hall.in_days(14).date()
    before = {n.id for n in hall.notices(key="permission_requests_asked")}
    reminded = {}
    for day in range(1, 15):
        if day == 13:
            settle(hall, SECOND_ADMINISTRATOR)
        hall.clock.move(days=1)
        hall.desk.handle(DoChore(Chore.PERMISSION_REQUESTS), Caller.CLOCK)
        new = [n for n in hall.notices(key="permission_requests_asked") if n.id not in before]
        before |= {n.id for n in new}
        if new:
            reminded[day] = {n.member_id for n in new}
            asked = {(n.facts["requests"], n.facts["last_day"]) for n in new}
            assert asked == {(2, last_day.isoformat())}
    assert reminded == {7: {SECOND_ADMINISTRATOR, MANAGER, "M25"}, 11: reminded[7]}


def test_what_waits_is_replaced_by_a_later_saving_only_where_both_ask(hall: TownHall) -> None:
    """The address that was asked for stays asked for; the role is the one that was chosen last.
    A role goes with its districts."""
    save(hall, CLERK, roles="事務担当、管理職", email="other@example.jp")
    first = member(hall, CLERK).waiting_permission_requests[0].id
    saved = save(hall, CLERK, roles="事務担当、連携担当者", district_ids="ひだまり圏域")
    assert saved.waiting_count == 1
    kept, new = member(hall, CLERK).waiting_permission_requests
    assert (kept.id, kept.parts, kept.roles) == (first, ("email",), ())
    assert (new.parts, new.roles) == (("roles", "districts"), (Role.COORDINATOR,))
    over = [g for g in member(hall, CLERK).permission_requests if g.how]
    assert [(g.how, g.parts, g.roles) for g in over] == [("replaced", ("roles",), (Role.MANAGER,))]
    save(hall, CLERK, roles="事務担当、会議主宰者")
    assert [g.parts for g in member(hall, CLERK).waiting_permission_requests] == [
        ("email",),
        ("roles",),
    ]
    settle(hall, MANAGER)
    now = member(hall, CLERK)
    assert now.email == "other@example.jp"
    assert now.roles == {Role.CLERK, Role.CHAIR}
    assert not now.district_ids


def test_who_was_declined_is_asked_for_once_more_by_saving_them(hall: TownHall) -> None:
    new = add(hall)
    settle(hall, MANAGER, agrees=False)
    assert not waiting(hall)
    assert save(hall, new).waiting_count == 1
    settle(hall, MANAGER)
    assert member(hall, new).is_active(hall.desk.now().date())


def end_now(hall: TownHall, *codes: str) -> None:
    with hall.database.open() as unit:
        day = hall.desk.now().date() - timedelta(days=1)
        found = [m for m in unit.directory.members() if m.id in codes]
        unit.directory.save_members([replace(m, active_until=day) for m in found])
        unit.commit()


def test_where_there_is_one_administrator_a_manager_confirms_else_a_coordinator(
    hall: TownHall,
) -> None:
    end_now(hall, SECOND_ADMINISTRATOR)
    hall.open_case("A14")
    save(hall, CLERK, roles="事務担当、会議主宰者")
    assert settle(hall, "M25") == 1
    end_now(hall, MANAGER, "M25")
    save(hall, CLERK, roles="事務担当、会議主宰者、管理職")
    assert settle_by(hall, COORDINATOR) == 1
    end_now(hall, CLERK, "M01", "M02", "M21", "M22", "M23")
    save(hall, ELDERLY, roles=ROLE_WORDS[Role.COORDINATOR])
    (line,) = waiting(hall, ADMINISTRATOR)
    assert line.nobody  # there is nobody else: the operator at the server confirms
    with pytest.raises(Refused):
        settle_by(hall, ADMINISTRATOR)
    assert settle_by(hall, Caller.CONSOLE) == 1
    # The console asks, and nobody but the administrator could confirm: they do.
    import_list(hall, {"M90": {"name": "新 来", "kana": "シン ライ", "agency_id": "A14"}}, CONSOLE)
    assert member(hall, "M90").is_unconfirmed
    assert settle_by(hall, ADMINISTRATOR) == 1


def settle_by(hall: TownHall, who: str | Caller) -> int:
    chosen = tuple(line.id for line in waiting(hall, ADMINISTRATOR))
    return hall.desk.handle(SettlePermissionRequests(chosen, True), who)


def test_no_town_is_left_without_an_administrator_while_one_waits(hall: TownHall) -> None:
    end_now(hall, SECOND_ADMINISTRATOR)
    changes = {ADMINISTRATOR: {"roles": ""}, CLERK: {"roles": "事務担当、管理者"}}
    plan = import_list(hall, changes, ADMINISTRATOR)
    assert [e.key for e in plan.errors] == ["lists.no_administrator_yet"]
    assert Role.ADMINISTRATOR in member(hall, ADMINISTRATOR).roles


def test_a_move_that_waits_keeps_the_last_reader_and_asks_whoever_confirms_who_follows(
    hall: TownHall,
) -> None:
    case_id = hall.open_case("A14", by="M24", hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    save(hall, "M24", agency_id="A20")
    assert member(hall, "M24").agency_id == "A13"
    save(hall, ELDERLY, agency_id="A20")
    assert reads(hall, case_id, ELDERLY)
    chosen = tuple(line.id for line in waiting(hall))
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(SettlePermissionRequests(chosen, True), MANAGER)
    fields = [e.field for e in wrong.value.errors]
    assert fields
    assert all(f.startswith("follower.") for f in fields)
    followers = {f.removeprefix("follower."): "M27" for f in fields}
    hall.desk.handle(SettlePermissionRequests(chosen, True, followers), MANAGER)
    assert not reads(hall, case_id, ELDERLY)
    assert reads(hall, case_id, "M27")


def test_the_first_set_up_stays_possible_and_says_so(tmp_path: Path) -> None:
    """`init` and the first list by the console; then one person after the other by its first
    administrator, until there is somebody who could confirm."""
    hall = open_empty_hall(tmp_path)
    town = Town("試し町", kana="タメシチョウ")
    agency = Agency("A01", "福祉課", "フクシカ", AgencyKind.TOWN_HALL)
    first = Member("M01", "A01", "山田 花", "ヤマダ ハナ", frozenset({Role.ADMINISTRATOR}))
    hall.desk.handle(SetUpTown(town, agency, first), CONSOLE)
    found = hall.desk.ask(GetMemberToEdit("", LABELS), "M01")
    new = {**found.cells, "id": "M02", "name": "川 上", "kana": "カワ カミ", "agency_id": "A01",
           "roles": ROLE_WORDS[Role.MANAGER]}  # fmt: skip
    saved = hall.desk.handle(SaveMember(new, "", LABELS), "M01")
    assert (saved.waiting_count, saved.effective_count) == (0, 1)
    assert member(hall, "M02").is_active(hall.desk.now().date())
    new |= {"id": "M03", "name": "森 下", "kana": "モリ シタ"}
    saved = hall.desk.handle(SaveMember(new, "", LABELS), "M01")
    assert saved.effective_count == 1  # M02 was brought in by the same person just now
    hall.clock.move(days=31)
    new |= {"id": "M04", "name": "谷 中", "kana": "タニ ナカ"}
    saved = hall.desk.handle(SaveMember(new, "", LABELS), "M01")
    assert (saved.waiting_count, saved.effective_count) == (1, 0)
    hall.database.close()


def test_every_role_that_the_table_names_is_among_them() -> None:
    assert {r for r in Role if has_permissions(r)} == set(Role) - {Role.CLERK}
