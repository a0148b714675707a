"""Every command and query is tried by somebody who has no business with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

import workflows.registry
from tests.support.hands import consented
from tests.support.messages import made
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    FARMING,
    HAS_LEFT,
    MANAGER,
    NOT_YET_HERE,
    OUTSIDER,
)
from tests.support.town import TownHall, TownMould
from workflows.absences.enter import SaveAbsence
from workflows.cases.find_case import FindSame, GetCaseId, GetMyReply
from workflows.cases.list_cases import ListCases
from workflows.core.errors import NotAllowed, NotFound, Refused
from workflows.core.permissions import NEEDS, RULES, Action, Caller, Standing, decide
from workflows.core.standings import standings_to_case, standings_to_meeting
from workflows.japanese.dates import show_date
from workflows.meetings.register import GetMeetings
from workflows.model.meeting_row import meeting_row
from workflows.model.successors import seats_of

KINDS = sorted(workflows.registry.REGISTRY, key=lambda kind: kind.__name__)

# Open to every active member, because they concern the member alone or hold nothing about people.
# Whoever adds one says here why; what it answers an outsider has a test of its own.
OPEN_TO_MEMBERS = {
    "EndAbsence": "one's own, a colleague's as their contact; test_absences.py",
    "GetAbsences": "one's own, a colleague's as their contact; test_absences.py",
    "GetColleagues": "who of one's agency is away; test_absences.py",
    "SaveAbsence": "one's own, a colleague's as their contact; test_absences.py",
    "GetCaseId": "answers for cases that may be seen; tested below",
    "DropDraft": "one's own drafts; test_drafts.py",
    "EndMySessions": "one's own; test_sign_in.py",
    "FindDraft": "one's own drafts; test_drafts.py",
    "FindPerson": "answers with cases that may be read; test_find_person.py",
    "FindSame": "points out cases that may be read, so often and no more; test_find_person.py",
    "GetAgency": "who is who",
    "GetDirectory": "who is who",
    "GetDraft": "one's own drafts; test_drafts.py",
    "GetInbox": "one's own",
    "GetNews": "one's own",
    "GetOlderNews": "one's own",
    "OpenHome": "one's own page in a chat; test_slack_home.py",
    "GetMeetings": "those that may be seen; tested below",
    "GetMember": "who is who",
    "GetMySessions": "one's own; test_sign_in.py",
    "GetMyAccount": "one's own; test_accounts.py",
    "GetMyReply": "one's own agency's; tested below",
    "GetMyPasskeys": "one's own; test_passkeys.py",
    "BeginPasskeyRegistration": "one's own; test_passkeys.py",
    "AddPasskey": "one's own; test_passkeys.py",
    "RemovePasskey": "one's own; test_passkeys.py",
    "GetNoticeTime": "the calendar",
    "GetOptions": "names of agencies, members and districts",
    "GetPeople": "who is who",
    "GetPermissions": "the table itself",
    "GetQuestion": "what one was asked oneself; test_lineworks_typed.py",
    "GetShell": "oneself",
    "GetTownName": "the town's name",
    "GetCoreAgency": "which agency is the core desk: a code",
    "GetReminderAhead": "of what is one's own to do; test_remind_tomorrow_in_chats.py",
    "IsMyLink": "whether it is one's own; test_slack_people.py",
    "SaveQuestion": "what one was asked oneself; test_lineworks_typed.py",
    "ListCases": "those that may be seen; tested below",
    "MakeOwnLink": "lets in oneself alone; test_slack_people.py",
    "MarkRead": "one's own",
    "OpenCase": "anybody may bring a person",
    "RemindTomorrow": "what is one's own to do; test_remind_tomorrow.py",
    "SaveDraft": "one's own drafts; test_drafts.py",
    "UnlinkMyAccount": "one's own; test_accounts.py",
}


@dataclass(frozen=True)
class Scene:
    hall: TownHall
    case_id: str
    meeting_id: str

    def message(self, kind: type[Any]) -> Any:
        return made(kind, case_id=self.case_id, meeting_id=self.meeting_id)

    def send(self, kind: type[Any], actor: str | Caller) -> Any:
        message = self.message(kind)
        desk = self.hall.desk
        return desk.handle(message, actor)


@pytest.fixture(scope="module")
def scene(mould: TownMould, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A case between 社協 and 地域包括, and a 支援会議 of the two on it.

    One for all: what is refused changes nothing.
    """
    hall = mould.copy(tmp_path_factory.mktemp("scene"))
    case_id = hall.open_case("A14")
    yield Scene(hall, case_id, hall.convene(case_id))
    hall.database.close()


def has_subject(kind: type[Any]) -> bool:
    return bool({"case_id", "meeting_id"} & {f.name for f in fields(kind)})


def is_open_to_members(kind: type[Any]) -> bool:
    rule = RULES[workflows.registry.REGISTRY[kind].action]
    return Standing.MEMBER in rule.anyone_of and not has_subject(kind)


def refusal(scene: Scene, kind: type[Any], actor: str | Caller) -> str:
    with pytest.raises((NotAllowed, NotFound)) as refused:
        scene.send(kind, actor)
    return refused.value.key


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_an_outsider_gets_nowhere(scene: Scene, kind: type[Any]) -> None:
    """Somebody whose agency has no part is refused whatever they try, and told nothing by it."""
    action = workflows.registry.REGISTRY[kind].action
    if has_subject(kind):
        assert refusal(scene, kind, OUTSIDER) in ("not_found.case", "not_found.meeting")
    elif is_open_to_members(kind):
        assert kind.__name__ in OPEN_TO_MEMBERS, "say above why everybody may"
    else:
        assert refusal(scene, kind, OUTSIDER) == f"denied.{action}"


def test_what_is_said_to_be_open_is_there() -> None:
    """The list of what everybody may does not outlive the commands on it."""
    assert set(OPEN_TO_MEMBERS) <= {k.__name__ for k in KINDS}


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_unknown_and_inactive_members_may_do_nothing(scene: Scene, kind: type[Any]) -> None:
    """Who has left, has not come yet or never was is refused everything."""
    for member_id in (*HAS_LEFT, *NOT_YET_HERE, "M99"):
        assert refusal(scene, kind, member_id) == "denied.not_active"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_only_the_clock_keeps_time_and_only_the_console_sets_up(
    scene: Scene, kind: type[Any]
) -> None:
    """No member, whatever their role, acts as the clock or the console; nor does one as another."""
    action = workflows.registry.REGISTRY[kind].action
    allowed = set(RULES[action].anyone_of)
    for caller, standing in ((Caller.CLOCK, Standing.CLOCK), (Caller.CONSOLE, Standing.CONSOLE)):
        if standing not in allowed:
            refusal(scene, kind, caller)
    if not allowed - {Standing.CLOCK, Standing.CONSOLE}:
        for member_id in (COORDINATOR, CHAIR, MANAGER, ADMINISTRATOR, OUTSIDER):
            assert refusal(scene, kind, member_id) == f"denied.{action}"


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_rule(action: Action) -> None:
    """An action without a rule would be an open door or a dead one."""
    assert RULES[action].anyone_of


# Who may what, said a second time: what is made from the table above cannot tell that the table is
# wrong. A standing that needs another one beside it is written with it. Rules: docs/rules.md 1 to
# 7, 36. Whoever changes a rule changes it here as well, and says why.
WHO_MAY = """
use: member
open_case: member
see_case: accepted_agency attendee coordinator lead_agency manager referred_agency role_agency
    writer_agency
read_case (content): accepted_agency+covered coordinator lead_agency referred_agency+covered
    role_agency+covered sworn writer_agency
disclose (content): coordinator lead_agency writer_agency
read_former (content): coordinator writer_agency
edit_sheet (content): coordinator lead_agency writer_agency
refer (footed): accepted_agency+covered coordinator lead_agency writer_agency
reply: accepted_agency referred_agency
enter_reply: coordinator
set_lead: coordinator lead_agency writer_agency
name_members: coordinator lead_agency writer_agency
make_plan (content): coordinator lead_agency writer_agency
answer_follow_up: coordinator lead_agency writer_agency
end_reassessment: coordinator
tick_role: coordinator lead_agency role_agency
say_still_needed: coordinator lead_agency writer_agency
close_case: coordinator lead_agency
merge_cases (content): coordinator
convene: chair coordinator
answer_agenda_request: coordinator lead_agency writer_agency
put_on_agenda: coordinator
see_meeting: coordinator invited_agency manager meeting_chair organiser record_writer
run_meeting: coordinator meeting_chair organiser
answer_dates: invited_agency organiser
confirm_secrecy (named): invited_agency meeting_chair organiser record_writer
read_record (content) (named): meeting_chair+sworn organiser+sworn record_writer+sworn sworn
write_record (content) (named): meeting_chair+sworn organiser+sworn record_writer+sworn
confirm_record (content) (named): meeting_chair+sworn
see_desk: coordinator
see_digest: manager
see_directory: console member
edit_directory: administrator console
see_permission_requests: administrator console coordinator manager
settle_permission_requests: administrator console coordinator manager
see_administration: administrator
mend_records: administrator clock console
settle_restore: administrator console
see_audit: administrator
check_trail: clock console
record_server_operation: console
see_requests: coordinator manager
handle_requests: coordinator
see_retention: administrator manager
approve_disposal: manager
agree_disposal: administrator manager
hold: manager
restore_reader (unnamed): administrator manager
keep_time: clock
set_up: console
sign_in: door
print_link: console
inspect: console
"""


def test_the_table_is_what_was_decided() -> None:
    """Each action with its standings and with what is asked for beside them."""
    said = {}
    for line in re.sub(r"\n {4}", " ", WHO_MAY).strip().splitlines():
        name, _, standings = line.partition(": ")
        named, *how = name.split()
        said[named] = ({f.strip("()") for f in how}, set(standings.split()))
    stands = {}
    for action, rule in RULES.items():
        flags = {n for n in ("content", "footed", "named", "unnamed") if getattr(rule, n)}
        needs = NEEDS if rule.has_needs else {}
        stands[str(action)] = (
            flags,
            {f"{s}+{needs[s]}" if s in needs else str(s) for s in rule.anyone_of},
        )
    assert stands == said


MATTERS = [(a, s) for a in Action for s in RULES[a].anyone_of]


@pytest.mark.parametrize("action", list(Action))
def test_the_table_is_closed_by_default(action: Action) -> None:
    """Without a standing that the rule names, the answer is no, and the reason is named."""
    others = set(Standing) - set(RULES[action].anyone_of)
    decision = decide(action, others - {Standing.ATTENDEE, Standing.SECRECY_UNCONFIRMED})
    assert not decision.allowed
    assert decision.reason == f"denied.{action}"
    assert not decide(action, others).allowed
    assert not decide(action, set()).allowed


@pytest.mark.parametrize(("action", "standing"), MATTERS)
def test_each_standing_of_a_rule_is_enough_and_is_the_reason(
    action: Action, standing: Standing
) -> None:
    """A standing that a rule names opens it, with what it needs beside it, and is the reason."""
    needs = NEEDS.get(standing) if RULES[action].has_needs else None
    decision = decide(action, {standing, needs} if needs else {standing})
    assert decision.allowed
    assert decision.reason == f"why.{standing}" or needs in RULES[action].anyone_of


@pytest.mark.parametrize(("action", "standing"), MATTERS)
def test_content_stays_closed_while_what_a_standing_needs_is_missing(
    action: Action, standing: Standing
) -> None:
    """Without the consent, the basis or the secrecy duty the answer is no, with its reason."""
    if not RULES[action].has_needs or standing not in NEEDS:
        assert decide(action, {standing}).allowed
        return
    needs = NEEDS[standing]
    others = {s for s in Standing if s not in RULES[action].anyone_of and s is not needs}
    refused = decide(action, (others - {Standing.SECRECY_UNCONFIRMED}) | {standing})
    assert (refused.allowed, refused.reason) == (False, "denied.not_covered")
    if needs is Standing.SECRECY_CONFIRMED:
        unsworn = decide(action, {standing, Standing.SECRECY_UNCONFIRMED})
        assert (unsworn.allowed, unsworn.reason) == (False, "denied.confirm_secrecy_first")


def test_a_part_that_consent_does_not_cover_opens_nothing(hall: TownHall) -> None:
    """Of a line that names an agency's part all the same, as those did that were written before a
    part ended with its consent: being asked, accepting or having a role is not enough."""
    case_id = hall.open_case("A14", **consented("A14"))
    with hall.database.open() as unit:
        row, member = unit.cases.row(case_id), unit.directory.member(ELDERLY)
        seats = seats_of(
            unit.directory.members(), unit.directory.members(), hall.clock.now().date()
        )
    assert row is not None
    assert member is not None
    for part in ("referred", "accepted", "role"):
        told = replace(row, agencies={"A14": (part,)})
        for line, reason in (
            (told, f"why.{part}_agency"),
            (replace(told, scope=(), grounds=("A14",)), f"why.{part}_agency"),
            (replace(told, scope=()), "denied.not_covered"),
            (replace(told, scope=("A17",), grounds=("A19",)), "denied.not_covered"),
        ):
            found = standings_to_case(member, line, (), seats)
            assert decide(Action.READ_CASE, found).reason == reason, (part, line.scope)


def test_a_meeting_that_is_over_opens_no_case(hall: TownHall) -> None:
    """Nor one that a case was taken off from, whatever its line still says of it."""
    case_id = hall.open_case("A14")
    meeting = meeting_row(hall.meeting(hall.convene(case_id, required=("A13", "A17"))))
    with hall.database.open() as unit:
        row, member = unit.cases.row(case_id), unit.directory.member(DISABILITY)
        seats = seats_of(
            unit.directory.members(), unit.directory.members(), hall.clock.now().date()
        )
    assert row is not None
    assert member is not None
    for line, attends in (
        (meeting, True),
        (replace(meeting, is_live=False), False),
        (replace(meeting, agenda={"another": ("A17",)}), False),
    ):
        found = standings_to_case(member, row, [line], seats)
        assert (Standing.ATTENDEE in found) == attends, line


@pytest.mark.parametrize("action", list(Action))
def test_a_restricted_case_needs_being_named_as_well(action: Action) -> None:
    """On a restricted case no role or agency is enough without being named, nor the other way."""
    rule = set(RULES[action].anyone_of)
    assert decide(action, set(Standing) - {Standing.NAMED}, restricted=True).reason == (
        "denied.restricted"
    )
    assert decide(action, {Standing.NAMED}, restricted=True).allowed == (Standing.NAMED in rule)
    needed = {NEEDS[s] for s in rule if s in NEEDS}
    assert decide(action, rule | needed | {Standing.NAMED}, restricted=True).allowed


def test_who_comes_to_a_meeting_is_told_to_confirm_secrecy_first() -> None:
    """The reason says what to do, not only that the answer is no."""
    decision = decide(
        Action.READ_CASE, {Standing.MEMBER, Standing.ATTENDEE, Standing.SECRECY_UNCONFIRMED}
    )
    assert decision.reason == "denied.confirm_secrecy_first"


def test_a_message_that_nobody_registered_is_refused(scene: Scene) -> None:
    """Closed by default at the desk too."""

    class Unheard:
        pass

    with pytest.raises(NotAllowed) as refused:
        scene.hall.desk.handle(Unheard(), COORDINATOR)  # type: ignore[arg-type]
    assert refused.value.key == "denied.unknown"


def test_finding_answers_an_outsider_as_if_there_were_nothing(scene: Scene) -> None:
    """Numbers, lists and the search for the same person keep a case from who may not see it."""
    hall, desk = scene.hall, scene.hall.desk
    number = hall.case(scene.case_id).number
    assert desk.ask(GetCaseId(number), ELDERLY) == scene.case_id
    with pytest.raises(NotFound) as unseen:
        desk.ask(GetCaseId(number), OUTSIDER)
    with pytest.raises(NotFound) as absent:
        desk.ask(GetCaseId("R8-9999"), OUTSIDER)
    assert (unseen.value.key, unseen.value.facts) == (absent.value.key, absent.value.facts)
    assert number in str(desk.ask(ListCases(), ELDERLY))
    assert number not in str(desk.ask(ListCases(), OUTSIDER))
    assert number not in str(desk.ask(ListCases(), FARMING))


def test_the_register_of_meetings_shows_an_outsider_none(scene: Scene) -> None:
    """A meeting is listed for those who come to it and for those who keep order, nobody else."""
    desk = scene.hall.desk
    assert scene.meeting_id in str(desk.ask(GetMeetings(everybodys=True), ELDERLY))
    assert scene.meeting_id in str(desk.ask(GetMeetings(everybodys=True), MANAGER))
    assert scene.meeting_id not in str(desk.ask(GetMeetings(everybodys=True), OUTSIDER))


def test_an_agencys_own_answer_is_its_own(hall: TownHall) -> None:
    """Who passed a referral on may look at that answer; nobody else may by that door."""
    case_id = hall.open_case("A14")
    hall.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    look = GetMyReply("R8-0001", hall.referral(case_id, "A14").id)
    assert hall.desk.ask(look, ELDERLY).number == "R8-0001"
    for other in (OUTSIDER, COORDINATOR):
        with pytest.raises(NotFound):
            hall.desk.ask(look, other)


def test_the_search_for_the_same_person_says_nothing_about_a_restricted_case(
    hall: TownHall,
) -> None:
    """Who is not named does not learn by the search that there is such a case."""
    person = {"kana": "ソラノ ホシコ", "birth_date": "昭和20年5月5日"}
    hall.open_case("A14", danger="yes", **person)
    search = FindSame(**person)
    assert hall.desk.ask(search, COORDINATOR)
    assert hall.desk.ask(search, "M01") == ()
    assert hall.desk.ask(search, OUTSIDER) == ()


@pytest.mark.parametrize("kind", [k for k in KINDS if has_subject(k)], ids=lambda k: k.__name__)
def test_a_case_of_which_somebody_hears_by_id_is_as_absent_as_one_that_is_not(
    scene: Scene, kind: type[Any]
) -> None:
    """Refusing differently would tell that it exists."""
    absent = made(kind, case_id="0" * 32, meeting_id="0" * 32)
    with pytest.raises(Refused) as refused:
        scene.hall.desk.handle(absent, OUTSIDER)
    assert refused.value.key == refusal(scene, kind, OUTSIDER)


def test_who_stands_in_stands_as_who_is_away_and_no_further(hall: TownHall) -> None:
    """Running a meeting and writing its record are theirs meanwhile; being named, an office and the
    secrecy duty are not. So nobody reads what the table would not let them read in that standing
    of their own, and of a restricted case nothing."""
    plain, restricted = (
        hall.open_case("A14"),
        hall.open_case("A14", danger="yes", danger_plan="会わない。", hidden_address="yes"),
    )
    meetings = [hall.convene(plain), hall.convene(restricted)]
    helper = "M24"  # of the coordinator's agency, without an office

    def standings() -> list[set[Standing]]:
        with hall.database.open() as unit:
            people = unit.directory.members()
            seats = seats_of(people, people, hall.clock.now().date())
            member = next(m for m in people if m.id == helper)
            lines = list(unit.meetings.rows_of(meetings).values())
            rows = unit.cases.rows_of([plain, restricted])
        cases = [standings_to_case(member, rows[c], lines, seats) for c in (plain, restricted)]
        now = hall.clock.now()
        return [*cases, *(standings_to_meeting(member, line, seats, now=now) for line in lines)]

    before = standings()
    day = show_date(hall.clock.now().date())
    hall.desk.handle(SaveAbsence(COORDINATOR, day, day, helper), COORDINATOR)
    gained = [now - was for now, was in zip(standings(), before, strict=True)]
    assert gained[2:] == [{Standing.ORGANISER}] * 2
    for found in (*gained, *standings()):
        assert not found & {
            Standing.NAMED,
            Standing.SECRECY_CONFIRMED,
            Standing.COORDINATOR,
            Standing.CHAIR,
        }
    for action in Action:
        if RULES[action].content:
            now = standings()
            assert not decide(action, now[1], restricted=True).allowed
            opened = decide(action, now[0]).allowed
            assert opened == decide(action, before[0]).allowed, action
    hall.clock.move(days=1)
    assert standings() == before
