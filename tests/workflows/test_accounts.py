"""Who is who on the chat platforms: by e-mail, by hand, and no longer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.tables import accounts, trail
from tests.support.hands import confirm_permission_requests
from tests.support.people import (
    ADMINISTRATOR,
    CLERK,
    COORDINATOR,
    ELDERLY,
    HAS_LEFT,
    MANAGER,
    NOT_YET_HERE,
    OUTSIDER,
)
from tests.support.town import TownHall
from workflows.chat.accounts import GetMemberOfAccount, MatchAccounts, PlatformPerson
from workflows.core.errors import Invalid, NotAllowed, NotFound, Refused
from workflows.core.permissions import Caller
from workflows.core.ports import GONE, Account, Post
from workflows.core.work import new_id
from workflows.directory.link_account import (
    LinkAccount,
    RefuseAccountRequest,
    RequestAccountLink,
    UnlinkAccount,
    UnlinkMyAccount,
)
from workflows.directory.linked_accounts import (
    AccountsView,
    CountAccounts,
    GetAccounts,
    GetMyAccount,
)
from workflows.model.directory import Member, Role

SLACK = "slack"


def member(hall: TownHall, member_id: str) -> Member:
    with hall.database.open() as unit:
        found = unit.directory.member(member_id)
    assert found is not None
    return found


def seen(hall: TownHall, user: str, of: str = "", **changes: object) -> PlatformPerson:
    """Somebody of the platform with this member's address."""
    email = member(hall, of).email if of else ""
    return replace(PlatformPerson(user, f"表示名 {user}", email), **changes)  # type: ignore[arg-type]


def meet(hall: TownHall, *people: PlatformPerson) -> Mapping[str, str]:
    return hall.desk.handle(MatchAccounts(SLACK, people), Caller.DOOR, door=SLACK)


def who(hall: TownHall, user: str) -> str | None:
    return hall.desk.ask(GetMemberOfAccount(SLACK, user), Caller.DOOR, door=SLACK)


def ask(hall: TownHall, user: str, name: str = "だれか", email: str = "") -> str:
    return hall.desk.handle(RequestAccountLink(SLACK, user, name, email), Caller.DOOR, door=SLACK)


def link(hall: TownHall, user: str, member_id: str, **more: bool) -> None:
    hall.desk.handle(LinkAccount(SLACK, user, member_id, **more), ADMINISTRATOR)
    confirm_permission_requests(hall.desk)


def unlink(hall: TownHall, user: str) -> None:
    hall.desk.handle(UnlinkAccount(SLACK, user), ADMINISTRATOR)


def state(hall: TownHall, user: str) -> str:
    with hall.database.open() as unit:
        found = unit.accounts.get(SLACK, user)
    return found.state if found else ""


def view(hall: TownHall, **asked: str) -> AccountsView:
    return hall.desk.ask(GetAccounts(SLACK, **asked), ADMINISTRATOR)


def recorded(hall: TownHall) -> list[str]:
    """What stands in the trail about accounts, the oldest first."""
    with hall.database.engine.connect() as connection:
        rows = connection.execute(select(trail.c.kind).order_by(trail.c.seq)).scalars().all()
    return [kind for kind in rows if kind.startswith("account_")]


# -- by e-mail ------------------------------------------------------------------------------------


def test_who_has_the_address_of_one_member_is_linked_without_anybodys_doing(
    any_hall: TownHall,
) -> None:
    """However it is written there; a second time nothing is changed and nothing written."""
    email = member(any_hall, CLERK).email
    person = PlatformPerson("U1", "筆野", f" {email.upper()}")
    for _ in range(2):
        assert meet(any_hall, person) == {"U1": CLERK}
    assert who(any_hall, "U1") == CLERK
    assert recorded(any_hall) == ["account_linked"]


def test_an_address_of_several_or_of_nobody_links_nobody(hall: TownHall) -> None:
    """Shared, unknown, none at all, or of who has left or is not here yet."""
    shared = "shared@town.example.jp"
    with hall.database.open() as unit:
        sharing = [unit.directory.member(m) for m in (CLERK, MANAGER)]
        unit.directory.save_members([replace(m, email=shared) for m in sharing if m])
        unit.commit()
    emails = [shared, "nobody@example.jp", "", " "]
    emails += [member(hall, m).email for m in (*HAS_LEFT, *NOT_YET_HERE)]
    people = [PlatformPerson(f"U{n}", "だれか", email) for n, email in enumerate(emails)]
    assert meet(hall, *people) == {}
    assert recorded(hall) == []


def test_who_may_not_work_here_is_never_linked_by_an_address(hall: TownHall) -> None:
    """A guest or robot with a member's address is nobody."""
    assert meet(hall, seen(hall, "U1", CLERK, may_work=False)) == {}
    assert who(hall, "U1") is None


def test_a_second_account_does_not_take_a_member_over(hall: TownHall) -> None:
    """Whoever comes with the address of somebody who is linked already stays a stranger."""
    meet(hall, seen(hall, "U1", CLERK))
    assert meet(hall, seen(hall, "U2", CLERK)) == {}
    assert (who(hall, "U1"), who(hall, "U2")) == (CLERK, None)
    both = meet(hall, seen(hall, "U3", MANAGER), seen(hall, "U4", MANAGER))
    assert both == {"U3": MANAGER}


# -- gone and back --------------------------------------------------------------------------------


def test_who_is_deactivated_is_gone_and_taken_back_when_they_return(hall: TownHall) -> None:
    """Nothing goes there meanwhile; afterwards all is as before, whatever address they have."""
    meet(hall, seen(hall, "U1", CLERK))
    for _ in range(2):
        meet(hall, seen(hall, "U1", CLERK, may_work=False))
    assert (who(hall, "U1"), state(hall, "U1")) == (None, "gone")
    with hall.database.open() as unit:
        assert unit.accounts.of_member(CLERK) == []
    assert meet(hall, seen(hall, "U1", email="other@example.jp")) == {"U1": CLERK}
    assert recorded(hall) == ["account_linked", "account_gone", "account_back"]


def test_who_returns_to_a_place_that_is_taken_is_a_stranger(hall: TownHall) -> None:
    """Another account is that member by now, or the member has left meanwhile."""
    meet(hall, seen(hall, "U1", CLERK), seen(hall, "U3", MANAGER))
    gone = {"may_work": False}
    meet(hall, seen(hall, "U1", CLERK, **gone), seen(hall, "U3", MANAGER, **gone))
    assert meet(hall, seen(hall, "U2", CLERK)) == {"U2": CLERK}
    hall.has_left(MANAGER)
    assert meet(hall, seen(hall, "U1", CLERK), PlatformPerson("U3", "x", "x@y")) == {}


def test_who_leaves_is_nobody_the_same_day_and_a_successor_does_not_inherit(
    hall: TownHall,
) -> None:
    """The successor has even the same address; the account stays the old one's, and shut."""
    meet(hall, seen(hall, "U1", CLERK))
    assert who(hall, "U1") == CLERK
    old = member(hall, CLERK)
    hall.has_left(CLERK)
    assert who(hall, "U1") is None
    with hall.database.open() as unit:
        unit.directory.save_members([replace(old, id="M99", name="後任 一郎")])
        unit.commit()
    for person in (seen(hall, "U1", "M99"), seen(hall, "U1", "M99", may_work=False)):
        assert "M99" not in meet(hall, person).values()
    assert who(hall, "U1") is None
    assert ask(hall, "U1") == "asked"
    assert meet(hall, seen(hall, "U1", "M99")) == {}
    (stranger,) = view(hall).asking
    assert stranger.was == old.name
    assert meet(hall, seen(hall, "U2", "M99")) == {"U2": "M99"}


def test_a_member_who_comes_back_is_known_again(hall: TownHall) -> None:
    """The link outlives a leave: with their first day they are here again."""
    meet(hall, seen(hall, "U1", CLERK))
    was = member(hall, CLERK)
    hall.has_left(CLERK)
    assert who(hall, "U1") is None
    with hall.database.open() as unit:
        unit.directory.save_members([was])
        unit.commit()
    assert who(hall, "U1") == CLERK


# -- asking ---------------------------------------------------------------------------------------


def test_a_wish_is_told_to_the_administrators_once(any_hall: TownHall) -> None:
    """With the name they go by and their id; whoever asks again hears that it is on its way."""
    assert [ask(any_hall, "U9", "名乗り  太郎\n次の行") for _ in range(3)] == [
        "asked",
        "again",
        "again",
    ]
    notices = any_hall.notices(key="account_asked")
    with any_hall.database.open() as unit:
        keepers = {
            m.id
            for m in unit.directory.members()
            if Role.ADMINISTRATOR in m.roles and m.is_active(any_hall.clock.at.date())
        }
    assert {n.member_id for n in notices} == keepers
    assert len(notices) == len(keepers)
    facts = {"platform": SLACK, "account": "U9", "name": "名乗り 太郎 次の行"}
    assert notices[0].facts == facts
    assert recorded(any_hall) == ["account_asked"]


def test_the_same_is_answered_whoever_asks(hall: TownHall) -> None:
    """Nothing tells who is registered: a member's name or address makes no difference."""
    clerk = member(hall, CLERK)
    told = {
        ask(hall, "U1", clerk.name, clerk.email),
        ask(hall, "U2", "知らない人", "nobody@example.jp"),
        ask(hall, "U3", "", ""),
    }
    assert told == {"asked"}


def test_who_is_refused_is_told_so_and_may_be_linked_later(hall: TownHall) -> None:
    """Nobody is told again and again; once in the directory their address links them."""
    ask(hall, "U9")
    hall.desk.handle(RefuseAccountRequest(SLACK, "U9"), ADMINISTRATOR)
    assert ask(hall, "U9") == "refused"
    assert [s.external_id for s in view(hall).refused] == ["U9"]
    with pytest.raises(NotFound):
        hall.desk.handle(RefuseAccountRequest(SLACK, "U9"), ADMINISTRATOR)
    assert meet(hall, seen(hall, "U9", CLERK)) == {"U9": CLERK}
    assert ask(hall, "U9") == "linked"


# -- by hand --------------------------------------------------------------------------------------


def test_an_administrator_links_who_asks_and_they_are_told(hall: TownHall) -> None:
    """The wish is answered; what they are called there is kept; it stands in the trail."""
    ask(hall, "U9", "筆野 しるす")
    link(hall, "U9", CLERK)
    assert who(hall, "U9") == CLERK
    mine = hall.desk.ask(GetMyAccount(SLACK), CLERK)
    assert mine is not None
    assert (mine.external_id, mine.called) == ("U9", "筆野 しるす")
    assert [n.member_id for n in hall.notices(key="account_linked")] == [CLERK]
    assert view(hall).asking == ()
    with pytest.raises(Refused) as again:
        link(hall, "U9", CLERK)
    assert again.value.key == "account.linked_before"


def test_a_member_has_one_account_the_older_one_is_parted(hall: TownHall) -> None:
    """And it is not linked again by the address that it has."""
    meet(hall, seen(hall, "U1", CLERK))
    link(hall, "U2", CLERK)
    assert (who(hall, "U1"), who(hall, "U2")) == (None, CLERK)
    unlink(hall, "U2")
    assert meet(hall, seen(hall, "U1", CLERK)) == {}
    assert recorded(hall) == ["account_linked", "account_unlinked"] * 2


def test_an_account_of_another_member_is_taken_over_only_knowingly(hall: TownHall) -> None:
    """The page says whose it is; then it may be done, and the other has none any more."""
    meet(hall, seen(hall, "U1", CLERK))
    with pytest.raises(Invalid) as refused:
        link(hall, "U1", MANAGER)
    (error,) = refused.value.errors
    assert (error.field, error.key) == ("take_over", "account.taken")
    assert error.facts["who"] == member(hall, CLERK).name
    assert who(hall, "U1") == CLERK
    link(hall, "U1", MANAGER, take_over=True)
    assert who(hall, "U1") == MANAGER
    assert hall.desk.ask(GetMyAccount(SLACK), CLERK) is None


@pytest.mark.parametrize(
    ("user", "member_id", "field"),
    [("", CLERK, "external_id"), ("<@U1>", CLERK, "external_id"), ("U1", "M99", "member_id"),
     ("U1", HAS_LEFT[0], "member_id"), ("U1", NOT_YET_HERE[0], "member_id")],
)  # fmt: skip
def test_what_was_chosen_wrongly_is_said_beside_its_field(
    hall: TownHall, user: str, member_id: str, field: str
) -> None:
    """An id that is none, or somebody who is not here; nothing is kept."""
    with pytest.raises(Invalid) as wrong:
        link(hall, user, member_id)
    assert [e.field for e in wrong.value.errors] == [field]
    assert recorded(hall) == []


def test_who_parts_stays_parted(hall: TownHall) -> None:
    """By themselves or by an administrator: the daily round links nobody against their will; who
    asks again is linked by an administrator."""
    meet(hall, seen(hall, "U1", CLERK), seen(hall, "U3", MANAGER))
    hall.desk.handle(UnlinkMyAccount(SLACK), CLERK)
    unlink(hall, "U3")
    for _ in range(2):
        assert meet(hall, seen(hall, "U1", CLERK), seen(hall, "U3", MANAGER)) == {}
        assert {ask(hall, "U1"), ask(hall, "U3")} in ({"asked"}, {"again"})
    with pytest.raises(NotFound):
        hall.desk.handle(UnlinkMyAccount(SLACK), CLERK)
    with pytest.raises(NotFound):
        unlink(hall, "U3")
    link(hall, "U1", CLERK)
    assert who(hall, "U1") == CLERK


def test_nothing_of_a_member_moves_on_where_they_are_linked_no_longer(hall: TownHall) -> None:
    """Cards are to be taken away, and nothing is known of them; the start page is drawn anew, as a
    stranger's."""
    meet(hall, seen(hall, "U1", CLERK))
    base = Post(new_id(), SLACK, "home", "U1", CLERK, "A01", hall.clock.at, external_id="x")
    card = replace(base, id=new_id(), kind="notice", place="D1", matter="m")
    theirs = replace(base, id=new_id(), place="U2", member_id=MANAGER)
    with hall.database.open() as unit:
        for post in (base, card, theirs):
            unit.posts.put(post)
        unit.commit()
    unlink(hall, "U1")
    with hall.database.open() as unit:
        gone = unit.posts.get(card.id)
        assert gone is not None
        assert (gone.kind, gone.member_id, gone.matter, gone.notice) == (GONE, "", "", None)
        home, other = unit.posts.get(base.id), unit.posts.get(theirs.id)
        due = []
        while claimed := unit.posts.claim(hall.clock.at, "test", SLACK):
            due.append(claimed.post.id)
    assert home is not None
    assert (home.member_id, home.place, home.matter) == ("", "U1", "")
    assert other == theirs
    assert {base.id, card.id} <= set(due)


# -- who sees and does it -------------------------------------------------------------------------


def test_nobody_but_administrators_sees_or_changes_who_is_linked(hall: TownHall) -> None:
    """Not a coordinator, a manager or an outsider."""
    ask(hall, "U9")
    for actor in (COORDINATOR, MANAGER, OUTSIDER):
        for message in (
            GetAccounts(SLACK),
            CountAccounts(SLACK),
            LinkAccount(SLACK, "U9", actor),
            UnlinkAccount(SLACK, "U9"),
            RefuseAccountRequest(SLACK, "U9"),
            MatchAccounts(SLACK, ()),
            RequestAccountLink(SLACK, "U8", ""),
        ):
            with pytest.raises(NotAllowed):
                hall.desk.handle(message, actor)  # type: ignore[arg-type, misc]
    assert hall.desk.ask(GetMyAccount(SLACK), OUTSIDER) is None


def test_names_and_addresses_stand_in_no_row_in_the_clear(hall: TownHall) -> None:
    """Sealed in the table of accounts, and not in the trail at all."""
    name, email = "読めない 名前", "yomenai@example.jp"
    ask(hall, "U9", name, email)
    link(hall, "U9", CLERK)
    with hall.database.engine.connect() as connection:
        kept = str(connection.execute(select(accounts)).all())
    assert "U9" in kept
    assert name not in kept
    assert email not in kept
    with hall.database.open() as unit:
        yesterday = hall.clock.at - timedelta(days=1)
        rows = unit.events.of_kinds(["account_asked", "account_linked"], yesterday)
    assert len(rows) == 2
    assert name not in str(rows)
    assert email not in str(rows)


def test_the_page_finds_by_kana_agency_and_state(hall: TownHall) -> None:
    """Hiragana as katakana, a part of a name; who has none and who has one."""
    meet(hall, seen(hall, "U1", CLERK))
    clerk = member(hall, CLERK)
    everybody = view(hall)
    assert len(everybody.lines) == everybody.total
    assert everybody.without == everybody.total - 1
    (line,) = [one for one in view(hall, text=" ふでの ").lines if one.member_id == CLERK]
    assert (line.external_id, line.called) == ("U1", "表示名 U1")
    assert {one.member_id for one in view(hall, state="with").lines} == {CLERK}
    assert CLERK not in {one.member_id for one in view(hall, state="without").lines}
    agency = view(hall, agency_id=clerk.agency_id).lines
    assert CLERK in {one.member_id for one in agency}
    assert len({one.agency for one in agency}) == 1
    assert view(hall, text="いない名前").lines == ()
    counts = hall.desk.ask(CountAccounts(SLACK), Caller.CONSOLE)
    assert (counts.linked, counts.without, counts.asking) == (1, everybody.without, 0)


@pytest.mark.parametrize(
    "called", ["筆野しるす", "フデノ", "ふでの＠福祉", "Fudeno Shirusu", "s.fudeno"]
)
def test_whoever_has_the_same_family_name_is_suggested_first(hall: TownHall, called: str) -> None:
    """In kanji, kana or Latin letters; not who is linked already, and nobody by chance."""
    ask(hall, "U9", called)
    ask(hall, "U8", "全くの別人")
    assert CLERK in near(hall, "U9")
    assert near(hall, "U8") == []
    meet(hall, seen(hall, "U1", CLERK))
    assert CLERK not in near(hall, "U9")


def near(hall: TownHall, user: str) -> list[str]:
    """The members who this one may be, as the page says them."""
    (stranger,) = [one for one in view(hall).asking if one.external_id == user]
    return [member_id for member_id, _ in stranger.near]


def test_whoever_has_the_same_address_stands_before_a_namesake(hall: TownHall) -> None:
    """Several share it, so that nobody is linked by it; the administrator sees them first."""
    shared = "shared@town.example.jp"
    with hall.database.open() as unit:
        people = [unit.directory.member(m) for m in (MANAGER, ELDERLY)]
        unit.directory.save_members([replace(m, email=shared) for m in people if m])
        unit.commit()
    ask(hall, "U9", member(hall, CLERK).name, shared)
    found = near(hall, "U9")
    assert set(found[:2]) == {MANAGER, ELDERLY}
    assert CLERK in found[2:]


def test_an_account_whose_member_has_left_is_listed_apart(hall: TownHall) -> None:
    """The administrator parts it, or gives it to who uses it now."""
    meet(hall, seen(hall, "U1", CLERK))
    name = member(hall, CLERK).name
    hall.has_left(CLERK)
    (left,) = view(hall).left
    assert (left.external_id, left.was) == ("U1", name)
    link(hall, "U1", MANAGER, take_over=True)
    assert view(hall).left == ()
    assert who(hall, "U1") == MANAGER


def test_an_account_is_kept_as_it_was_given(any_hall: TownHall) -> None:
    """Name and address come back from their sealed place, on either database."""
    account = Account(SLACK, "U1", CLERK, "linked", "名 \"'\\", any_hall.clock.at, "a@b.jp")
    with any_hall.database.open() as unit:
        unit.accounts.save(account)
        unit.commit()
    with any_hall.database.open() as unit:
        assert unit.accounts.get(SLACK, "U1") == account
