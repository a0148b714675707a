"""After a restore that left something undone: nobody comes in by any door but administrators, who
see on 管理 what is left and settle it there."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.handlers.test_oidc import begun, provider, town
from tests.handlers.test_sign_in import email_of, link_in, mails
from tests.lineworks.product import LineworksTown
from tests.slack.product import SlackTown
from tests.storage.test_restore_decisions import restored
from tests.support.oidc import Provider
from tests.support.outside import address, words
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY
from tests.support.town import TownHall
from tests.support.web import TOWN, TownSeat, ticks_of, web_app
from workflows.cases.views import GetCase
from workflows.core.errors import NotAllowed, Refused
from workflows.core.permissions import Caller
from workflows.inbox.inbox import GetShell
from workflows.model.directory import Role
from workflows.outside.answer_links import RevokeDatesLinks
from workflows.restore.restored import GetRestoreLeft, RecordRestored, SettleReason, SettleRestore
from workflows.sign_in.sign_in import PrintLink

__all__ = ["provider"]  # a fixture

SHUT = "管理者のほかはログインできません"
NOT_YET = "確認が終わっていないため"
TITLE = "バックアップから戻したあとに残ったこと"


def leave_undone(hall: TownHall) -> None:
    """As a restore does it: one line of the list does not open."""
    hall.desk.handle(RecordRestored(hall.clock.at, ("not one of our lines",)), Caller.CONSOLE)


def settle(hall: TownHall) -> None:
    hall.desk.handle(SettleRestore(SettleReason.NOT_NEEDED), Caller.CONSOLE)


def test_by_mail_administrators_alone_get_a_link(hall: TownHall, tmp_path: Path) -> None:
    """Whoever asks reads the same on the page, registered or not."""
    seat = TownSeat(web_app(hall, town=True))
    assert SHUT not in seat.text("/sign-in")
    leave_undone(hall)
    assert SHUT in seat.text("/sign-in")
    assert seat.request_sign_in_link(email_of(hall, CLERK)).location == "/sign-in/sent"
    assert not [m for m in mails(hall, tmp_path) if "ログインのリンク" in m]
    seat.request_sign_in_link(email_of(hall, ADMINISTRATOR))
    (mail,) = [m for m in mails(hall, tmp_path) if "ログインのリンク" in m]
    assert seat.press(link_in(mail)).location == "/"
    assert TITLE in seat.text("/admin")
    settle(hall)
    assert SHUT not in TownSeat(web_app(hall, town=True)).text("/sign-in")


def test_a_link_that_is_there_already_opens_no_session_and_is_not_spent(hall: TownHall) -> None:
    seat = TownSeat(web_app(hall, town=True))
    leave_undone(hall)
    token = hall.desk.handle(PrintLink(CLERK), Caller.CONSOLE, door="cli")
    answer = seat.press(f"/sign-in/{token}")
    assert answer.status_code == 403
    assert SHUT in answer.text
    assert seat.get("/").status_code == 401
    with hall.database.open() as unit:
        last = unit.events.last_of(["link_refused"])
    assert last is not None
    assert (last.facts or {})["why"] == "restoring"
    settle(hall)
    assert seat.press(f"/sign-in/{token}").status_code == 302


def test_single_sign_on_opens_no_session(hall: TownHall, provider: Provider) -> None:
    leave_undone(hall)
    seat = TownSeat(town(hall, provider))
    answer = seat.get(provider.approve(begun(seat)))
    assert answer.status_code == 403
    assert SHUT in answer.text
    assert seat.get("/").status_code == 401
    settle(hall)
    assert seat.get(provider.approve(begun(seat))).location == "/"


def test_a_session_from_before_shows_nothing_but_why(hall: TownHall) -> None:
    seat = TownSeat(web_app(hall, town=True))
    seat.sign_in(hall, COORDINATOR)
    leave_undone(hall)
    for page in ("/", "/cases", "/meetings", "/directory"):
        answer = seat.get(page)
        assert answer.status_code == 403
        assert NOT_YET in answer.text


def test_an_answer_link_says_that_nothing_is_taken_in_yet(hall: TownHall) -> None:
    """Also one that was made after the restore; then it opens."""
    meeting_id = hall.convene(hall.open_case("A14"))
    leave_undone(hall)
    seat, link = TownSeat(web_app(hall, town=True)), address(hall, ELDERLY, poll=meeting_id)
    answer = seat.get(link)
    assert answer.status_code == 503
    assert "いまは回答を受け付けられません" in words(answer)
    settle(hall)
    assert seat.get(link).status_code == 200


def test_in_slack_whoever_tries_reads_why(slack_town: SlackTown) -> None:
    slack_town.open_case("A14")
    person = slack_town.person(ELDERLY)
    person.open_home()
    slack_town.tick()
    leave_undone(slack_town)
    slack_town.clock.move(days=3)
    slack_town.tick()  # nothing that the clock does stumbles over it
    person.command("/tsunagu", "R8-0001")
    assert person.view is None
    assert NOT_YET in str(person.ephemerals())
    settle(slack_town)
    person.command("/tsunagu", "R8-0001")
    assert person.view is not None


def test_in_line_works_whoever_tries_reads_why(lineworks_town: LineworksTown) -> None:
    lineworks_town.open_case("A14")
    lineworks_town.tick()
    leave_undone(lineworks_town)
    lineworks_town.clock.move(days=3)
    lineworks_town.tick()
    person = lineworks_town.person(ELDERLY)
    person.say("メニュー")
    assert NOT_YET in person.screen_text()


def test_an_administrator_opens_what_their_office_opens_and_nothing_else(hall: TownHall) -> None:
    """Neither a case nor a list of cases, also where they coordinate as well."""
    case_id = hall.open_case("A14")
    with hall.database.open() as unit:
        both = unit.directory.member(ADMINISTRATOR)
        assert both is not None
        unit.directory.save_members([replace(both, roles=both.roles | {Role.COORDINATOR})])
        unit.commit()
    hall.desk.ask(GetCase(case_id), ADMINISTRATOR)
    leave_undone(hall)
    seat = TownSeat(web_app(hall, town=True))
    seat.sign_in(hall, ADMINISTRATOR)
    for page in ("/", "/admin", "/admin/broken", "/admin/audit", "/directory/import", "/account"):
        assert seat.get(page).status_code == 200, page
    number = hall.case(case_id).number
    for page in ("/cases", f"/cases/{number}", "/meetings"):
        answer = seat.get(page)
        assert (answer.status_code, NOT_YET in answer.text) == (403, True), page
    for member in (COORDINATOR, ELDERLY):
        with pytest.raises(NotAllowed):
            hall.desk.ask(GetShell(), member)


def test_what_is_left_stands_on_the_page_and_is_settled_there(hall: TownHall) -> None:
    """Each line with what to do by hand; who chooses nothing is asked again; then all come in."""
    leave_undone(hall)
    seat = TownSeat(web_app(hall, town=True))
    seat.sign_in(hall, ADMINISTRATOR)
    shown = seat.text("/admin")
    assert "一覧の1行" in shown
    assert "鍵を戻して復元をやり直して" in shown
    wrong = seat.send("/admin/restore", {}, page="/admin")
    assert wrong.status_code == 422
    assert 'id="f-why-error"' in wrong.text
    assert seat.send("/admin/restore", {"why": "by_hand"}, page="/admin").location == "/admin"
    after = seat.text("/admin")
    assert TITLE not in after
    assert "ログインできるようにしました" in after
    with hall.database.open() as unit:
        last = unit.events.last_of(["restore_settled"])
    assert last is not None
    assert (last.actor_id, last.facts) == (ADMINISTRATOR, {"why": "by_hand", "left": 1})
    hall.desk.ask(GetShell(), COORDINATOR)
    with pytest.raises(Refused):
        hall.desk.handle(SettleRestore(SettleReason.BY_HAND), ADMINISTRATOR)


@pytest.mark.parametrize("who", [COORDINATOR, ELDERLY])
def test_nobody_but_administrators_settles_a_restore(hall: TownHall, who: str) -> None:
    leave_undone(hall)
    with pytest.raises(NotAllowed):
        hall.desk.ask(GetRestoreLeft(), who)
    with pytest.raises(NotAllowed):
        hall.desk.handle(SettleRestore(SettleReason.BY_HAND), who)


def test_a_link_that_was_taken_back_since_is_not_open_after_a_restore(
    any_hall: TownHall, tmp_path: Path
) -> None:
    """Nor any other of before, nor a session: the backup thinks that they are good."""
    meeting_id = any_hall.convene(any_hall.open_case("A14"))
    link = address(any_hall, ELDERLY, poll=meeting_id)
    seat = TownSeat(web_app(any_hall, town=True))
    seat.sign_in(any_hall, COORDINATOR)
    assert seat.get(link).status_code == 200
    assert seat.get("/").status_code == 200

    def since() -> None:
        any_hall.desk.handle(RevokeDatesLinks(meeting_id, "A14"), COORDINATOR)

    again = restored(any_hall, tmp_path, since)
    try:
        app = web_app(again, town=True)
        answer = TownSeat(app).get(link)
        assert answer.status_code == 410
        assert "使えなくなりました" in words(answer)
        later = TownSeat(app)
        later.client.set_cookie(
            "__Host-tsunagu", seat.cookie(), domain=urlsplit(TOWN).hostname or "", secure=True
        )
        assert later.get("/").status_code == 401
    finally:
        again.database.close()


def test_no_notice_reaches_anybody_before_it_is_settled_and_none_is_lost(hall: TownHall) -> None:
    """It may be about the very thing that is left undone. Administrators hear at once."""
    hall.open_case("A14")
    leave_undone(hall)
    hall.clock.move(days=12)
    ticks = ticks_of(hall)
    for _ in range(2):
        ticks.tick()
        hall.clock.move(hours=1)
    assert hall.mail(ELDERLY) == []
    assert "restore_left" in [n.notice.key for n in hall.mail(ADMINISTRATOR)]
    settle(hall)
    hall.clock.move(days=1)
    ticks.tick()
    assert "reply_reminder" in [n.notice.key for n in hall.mail(ELDERLY)]
