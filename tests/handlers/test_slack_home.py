"""The home page in Slack: what waits for me, drawn anew whenever something of it changes."""

from datetime import datetime
from typing import Any

from handlers.slack.overview.home import home
from handlers.slack.ui.drawing import Drawing
from tests.slack.fields import elements_of
from tests.slack.person import Person
from tests.slack.product import SlackTown, SlackTownWith
from tests.slack.screen import ScreenView
from tests.support.hands import confirm_permission_requests, sheet
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    CLERK,
    COORDINATOR,
    DISABILITY,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.workflows.test_sign_in import LABELS
from workflows.absences.enter import SaveAbsence
from workflows.cases.drafts import DropDraft, SaveDraft
from workflows.cases.name_members import NameMember
from workflows.core.ports import Post
from workflows.directory.edit_one import GetMemberToEdit, SaveMember
from workflows.japanese.dates import TOKYO, show_short
from workflows.meetings.run import UninviteAgency
from workflows.requests.record import RecordRequest

NAME, KANA, PHONE = "鈴木 花子", "スズキ ハナコ", "090-1234-5678"
PLANTED = {"name": NAME, "kana": KANA, "phone": PHONE, "summary": "秘密の概要です。"}


COLLEAGUE = "M27"  # of ELDERLY, who is no contact of their agency


def opened(town: SlackTown, member_id: str) -> str:
    """The home page of that member, just opened."""
    person = town.person(member_id)
    person.open_home()
    town.tick()
    return person.home_text()


def test_home_shows_what_waits_for_me_with_its_button(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", **PLANTED)
    told = opened(slack_town, ELDERLY)
    assert "1件があなたを待っています" in told
    assert "R8-0001" in told
    assert "あと3開庁日" in told
    home = slack_town.person(ELDERLY).home
    assert home is not None
    assert "返信する" in home.buttons


def test_home_changes_by_itself_when_something_happens(slack_town: SlackTown) -> None:
    """Nobody opens it again: a case that is sent, and an answer given by a colleague on a page."""
    assert "お願いしていることはありません" in opened(slack_town, ELDERLY)
    case_id = slack_town.open_case("A14")
    slack_town.tick()
    assert "R8-0001" in slack_town.person(ELDERLY).home_text()
    assert "返信をお願いします" in slack_town.person(ELDERLY).home_text()
    slack_town.reply(case_id, "A14", by=ELDERLY)
    slack_town.tick()
    assert "返信をお願いします" not in slack_town.person(ELDERLY).home_text()


def test_what_is_passed_on_leaves_the_home_of_who_passed_it_on(slack_town: SlackTown) -> None:
    """They stand to the case no more when it has happened; what waited for them is gone."""
    case_id = slack_town.open_case("A14")
    assert "R8-0001" in opened(slack_town, COLLEAGUE)
    slack_town.reply(case_id, "A14", "passed_on", by=ELDERLY, next_agency="A17")
    slack_town.tick()
    assert "R8-0001" not in slack_town.person(COLLEAGUE).home_text()


def test_who_is_named_no_more_loses_the_case_from_their_home(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", danger="yes")
    assert "R8-0001" not in opened(slack_town, COLLEAGUE)
    for named in (True, False):
        slack_town.desk.handle(NameMember(case_id, COLLEAGUE, named), COORDINATOR)
        slack_town.tick()
        assert ("R8-0001" in slack_town.person(COLLEAGUE).home_text()) is named


def test_an_agency_invited_no_more_loses_the_meeting_from_its_homes(slack_town: SlackTown) -> None:
    """Also from the home of one who is no contact, whom nothing is told."""
    case_id = slack_town.open_case("A17")
    meeting_id = slack_town.convene(case_id, required=("A14", "A17"))
    assert "日程を調整中" in opened(slack_town, COLLEAGUE)
    slack_town.desk.handle(UninviteAgency(meeting_id, "A14"), COORDINATOR)
    slack_town.tick()
    assert "日程を調整中" not in slack_town.person(COLLEAGUE).home_text()


def test_what_is_begun_and_what_is_thrown_away_shows_at_once(slack_town: SlackTown) -> None:
    """Also when it was begun on a page; that it is typed in again and again moves nothing."""
    assert "下書き" not in opened(slack_town, CLERK)
    draft_id = slack_town.desk.handle(SaveDraft("sheet", sheet()), CLERK)
    slack_town.tick()
    assert "下書き" in slack_town.person(CLERK).home_text()
    published = len(slack_town.slack.called("views.publish"))
    slack_town.clock.move(minutes=3)
    slack_town.desk.handle(SaveDraft("sheet", sheet(), draft_id), CLERK)
    slack_town.tick()
    assert len(slack_town.slack.called("views.publish")) == published
    slack_town.desk.handle(DropDraft(draft_id), CLERK)
    slack_town.tick()
    assert "下書き" not in slack_town.person(CLERK).home_text()


def test_who_moves_to_another_agency_sees_its_cases_from_then_on(slack_town: SlackTown) -> None:
    """From the same day, and what happens there afterwards too."""
    slack_town.open_case("A14")
    assert "R8-0001" in opened(slack_town, ELDERLY)
    found = slack_town.desk.ask(GetMemberToEdit(ELDERLY, LABELS), ADMINISTRATOR)
    moved = SaveMember({**found.cells, "agency_id": "A17"}, found.stamp, LABELS, True)
    slack_town.desk.handle(moved, ADMINISTRATOR)
    confirm_permission_requests(slack_town.desk)
    slack_town.tick()
    assert "R8-0001" not in slack_town.person(ELDERLY).home_text()
    slack_town.open_case("A17")
    slack_town.tick()
    assert "R8-0002" in slack_town.person(ELDERLY).home_text()


def test_an_unchanged_home_is_not_published_again(slack_town: SlackTown) -> None:
    opened(slack_town, OUTSIDER)
    slack_town.open_case("A14")
    published = len(slack_town.slack.called("views.publish"))
    slack_town.tick()
    assert len(slack_town.slack.called("views.publish", user_id=f"U{OUTSIDER}")) == 1
    assert len(slack_town.slack.called("views.publish")) == published


def test_an_outsider_sees_nothing_of_a_case(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", **PLANTED)
    told = opened(slack_town, OUTSIDER)
    assert "R8-0001" not in told
    assert "お願いしていることはありません" in told


def test_a_restricted_case_stands_on_the_home_of_the_named_alone(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", danger="yes", **PLANTED)
    assert "R8-0001" in opened(slack_town, COORDINATOR)
    assert "R8-0001" not in opened(slack_town, OTHER_COORDINATOR)
    slack_town.desk.handle(NameMember(case_id, OTHER_COORDINATOR, True), COORDINATOR)
    slack_town.tick()
    assert "R8-0001" in slack_town.person(OTHER_COORDINATOR).home_text()


def test_what_is_overdue_stands_first_after_the_night(slack_town: SlackTown) -> None:
    """Time alone changes nothing in the database: every morning the pages are drawn anew."""
    slack_town.open_case("A14", urgency="normal")
    opened(slack_town, ELDERLY)
    slack_town.clock.move(days=7)
    slack_town.tick()
    told = slack_town.person(ELDERLY).home_text()
    assert "1件は期限を過ぎています" in told
    assert "遅れ" in told


def test_a_coordinator_sees_what_stands_still_and_only_a_dozen_of_it(
    slack_town: SlackTown,
) -> None:
    """With forty open cases and more of everything than is shown, the page stays within what
    Slack takes: the stand-in refuses more."""
    for _ in range(40):
        slack_town.open_case("A13", "A14")
    for _ in range(7):
        slack_town.desk.handle(SaveDraft("sheet", sheet()), COORDINATOR)
    door, now = slack_town.part.door, slack_town.desk.now()
    post = Post("p", "slack", "home", f"U{COORDINATOR}", COORDINATOR, "*", now)
    page = home(Drawing(door, post, now))
    assert page is not None
    assert len(page.blocks) <= 100
    view = {"type": "home", "blocks": list(page.blocks)}
    door.api.call("views.publish", user_id=post.place, view=view)
    told = slack_town.person(COORDINATOR).home_text()
    assert "机（止まっているケース）" in told
    assert "開いているケースは40件です" in told
    assert told.count("の返信を待っています") == 12
    there = slack_town.person(COORDINATOR).home
    assert there is not None
    assert "机を見る" in there.buttons
    links = {str(e["url"]) for block in there.blocks for e in elements_of(block) if "url" in e}
    assert {link.rpartition("/")[2] for link in links} == {"", "desk", "cases"}  # to the rest


def test_what_was_begun_can_be_gone_on_with(slack_town: SlackTown) -> None:
    slack_town.desk.handle(SaveDraft("sheet", sheet()), CLERK)
    told = opened(slack_town, CLERK)
    assert "下書き" in told
    assert "続きを書く" in slack_town.person(CLERK).home.buttons  # type: ignore[union-attr]


def test_my_roles_have_their_button_until_they_are_done(slack_town: SlackTown) -> None:
    case_id = slack_town.open_case("A14", "A17")
    meeting_id = slack_town.convene(case_id, required=("A14", "A17"))
    slack_town.fix(meeting_id)
    starts = slack_town.meeting(meeting_id).fixed_slot
    assert starts is not None
    slack_town.clock.at = starts.ends_at
    due = {"agency": "A17", "task": "週に一度たずねる", "due_on": "令和9年3月1日"}
    slack_town.save_record(meeting_id, roles=[due])
    slack_town.confirm_record(meeting_id)
    told = opened(slack_town, DISABILITY)
    assert "わたしの役割" in told
    assert "令和9年3月1日" in told
    assert "週に一度" not in told


def test_a_manager_sees_who_waits_longest_and_finds_the_digest(slack_town: SlackTown) -> None:
    """Restricted cases are counted; everybody else sees none of it."""
    slack_town.open_case("A14", danger="yes", **PLANTED)
    slack_town.clock.move(days=4)  # one of them open
    for _ in range(4):
        slack_town.open_case("A14", **PLANTED)
    told = opened(slack_town, MANAGER)
    assert "週次のまとめ" in told
    assert "ほかに、閲覧制限のケースが1件あります（最も長い方で1開庁日）。" in told
    assert "R8-0003　0開庁日" in told
    assert "R8-0001" not in told
    assert "R8-0005" not in told
    assert "ほかに1件" in told
    assert "長く待っている人" not in opened(slack_town, ADMINISTRATOR)


def test_nothing_personal_stands_on_any_home(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", "A17", **PLANTED)
    for member_id in (COORDINATOR, ELDERLY, DISABILITY, MANAGER):
        told = opened(slack_town, member_id)
        for word in (NAME, KANA, PHONE, "秘密の概要"):
            assert word not in told


def test_somebody_unknown_is_shown_whom_to_ask(slack_town_with: SlackTownWith) -> None:
    town = slack_town_with(linked=False)
    town.slack.add_user("USTRANGER", "stranger", "知らない人", email="nobody@example.org")
    stranger = town.slack.person("USTRANGER", town.endpoint)
    stranger.open_home()
    assert "登録を頼む" in stranger.home_text()


def pressables(view: ScreenView) -> list[str]:
    """The names of its buttons that are pressed here; the others are links to pages."""
    every = [e for block in view.blocks for e in elements_of(block)]
    return [str(e["action_id"]) for e in every if e["type"] == "button" and "url" not in e]


EVERYBODY = (COORDINATOR, CHAIR, MANAGER, ADMINISTRATOR, CLERK, ELDERLY, COLLEAGUE, OUTSIDER)


def test_every_button_of_home_and_menu_opens_something_for_everybody(
    slack_town: SlackTown,
) -> None:
    """Whoever sees a button may press it."""
    case_id = slack_town.open_case("A14", "A17", **PLANTED)
    slack_town.open_case("A14", danger="yes")
    slack_town.reply(case_id, "A14", by=ELDERLY, lead="yes")
    slack_town.convene(case_id, required=("A13", "A14", "A17"))
    for member_id in EVERYBODY:
        slack_town.desk.handle(SaveDraft("sheet", sheet()), member_id)
        person = slack_town.person(member_id)
        opened(slack_town, member_id)
        assert person.home is not None
        for name in pressables(person.home):
            person.press(name, in_="home")
            has_permissions(person)
        person.command("/tsunagu")
        assert person.view is not None
        for name in pressables(person.view):
            person.command("/tsunagu")
            person.press(name)
            has_permissions(person, but="何をしますか")


def has_permissions(person: Person, *, but: str = "") -> None:
    """And close it again."""
    assert person.view is not None
    assert person.ephemerals() == []
    for broken in ("うまくいきません", "古くなりました", "見つかりません", *([but] if but else [])):
        assert broken not in person.view.text
    while person.view is not None:
        person.close_view()


def test_urgent_items_are_marked_as_urgent(slack_town: SlackTown) -> None:
    slack_town.open_case("A14", urgency="urgent")
    assert "R8-0001　至急　つなぎへの返信" in opened(slack_town, ELDERLY)


def test_meetings_without_cases_are_told_apart(slack_town: SlackTown) -> None:
    """By the dates that are offered, later by the one that stands: what waits and what comes."""
    liaison: dict[str, Any] = {"bases": ["liaison"], "kind": "plenary", "required": ["A13", "A14"]}
    first = slack_town.convene(**liaison)
    slack_town.convene(**liaison, days_ahead=(25,))
    days = [show_short(slack_town.in_days(n).date()) for n in (20, 25)]
    told = opened(slack_town, ELDERLY)
    for day in days:
        assert told.count(day) == 2, day
    slack_town.fix(first)
    told = opened(slack_town, ELDERLY)
    assert f"全体会議　{days[0]}" in told


def test_requests_of_persons_stand_on_the_coordinators_desk(slack_town: SlackTown) -> None:
    """By number, kind and day; who asked is nowhere in Slack."""
    texts = {"person": "浮舟 はつ江", "checked": "運転免許証", "wanted": "写し"}
    asked = RecordRequest("disclosure", "person", texts, "R8.10.10")
    slack_town.desk.handle(asked, COORDINATOR)
    told = opened(slack_town, COORDINATOR)
    assert "請R8-0001　開示の請求" in told
    assert "開庁日の遅れ" in told
    assert "浮舟" not in "".join(slack_town.slack.everything_said().messages)


def test_what_a_contact_does_for_who_is_away_leaves_their_home_with_the_last_day(
    slack_town: SlackTown,
) -> None:
    """Nobody was named: the contact of the agency stood in, and is told no more."""
    slack_town.convene(slack_town.open_case("A14"), by=OTHER_COORDINATOR)
    away = SaveAbsence(OTHER_COORDINATOR, "11/20", "11/20", "")
    slack_town.desk.handle(away, OTHER_COORDINATOR)
    slack_town.tick()
    assert "さんの代わり" in opened(slack_town, CLERK)
    slack_town.clock.set(datetime(2026, 11, 21, 9, tzinfo=TOKYO))
    slack_town.tick()
    assert "さんの代わり" not in slack_town.person(CLERK).home_text()
