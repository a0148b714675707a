"""届いていないお知らせ: a page at a time, sent again, by another way, or let go."""

import re
from datetime import timedelta

from sqlalchemy import event, update

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.words.notice_heads import MAILED
from storage.tables import outbox
from tests.handlers.test_mail_notices import Bag, linked
from tests.support.mail import mail_way, text_of
from tests.support.people import ADMINISTRATOR, CLERK, COORDINATOR, ELDERLY, MANAGER
from tests.support.town import TownHall
from tests.support.web import TEXTS, Seat, web_app
from workflows.core.ports import DeliveryState as Row
from workflows.delivery.dead_letters import A_PAGE, GetDeadLetters
from workflows.delivery.overview import MOST_FAILED, GetAdministration
from workflows.delivery.unreached import GetUnreachedOfCase, MarkReachedOfCase
from workflows.model.notice import Facts, Notice

PAGE = "/admin/deliveries"
DOWN = "メールは令和8年11月20日（金）午前10時から送れなくなっていて、つながりしだい送ります。"
FORM = "/directory/import"  # has always one


def seat(hall: TownHall, who: str = ADMINISTRATOR) -> Seat:
    return Seat(web_app(hall), who)


def fail(hall: TownHall, *names: str, via: str = "slack", case_id: str | None = None) -> None:
    """Notices to M26 that a way refused for good."""
    with hall.database.open() as unit:
        for number, name in enumerate(names):
            at = hall.clock.at + timedelta(seconds=number)
            facts: Facts = {"drafts": 2, "on": "2026-12-01"}
            unit.outbox.put(
                Notice(
                    name, "drafts_expiring", ELDERLY, f"{name}:{via}", facts, case_id,
                    created_at=at, via=via,
                )
            )  # fmt: skip
        unit.commit()
    with hall.database.engine.begin() as connection:
        failed = update(outbox).where(outbox.c.id.in_(names))
        connection.execute(failed.values(state="dead", error="user_not_found"))


def row(hall: TownHall, notice_id: str) -> Row:
    with hall.database.open() as unit:
        found = unit.outbox.get(notice_id)
    assert found is not None
    return found


def send(hall: TownHall, person: Seat, path: str, **fields: str) -> None:
    """Pressed, and confirmed on the page that asks."""
    asks = person.send(f"{PAGE}/{path}", fields, page=PAGE)
    assert asks.status_code == 200, "asked first"
    assert re.search("日向坂 ゆるりへの「.+」", asks.text), "which, and to whom"
    answer = person.send(f"{PAGE}/{path}", {**fields, "sure": "1"}, page=PAGE)
    assert (answer.status_code, answer.location) == (302, PAGE)


def test_a_page_holds_20_newest_first_at_a_constant_number_of_queries(hall: TownHall) -> None:
    """Twenty a page whatever lies behind; each stands on one page, the newest first."""
    names = [f"n{number:03d}" for number in range(2 * A_PAGE + 5)]
    fail(hall, *names)
    person = seat(hall)
    found, path, statements = [], PAGE, []
    while path:
        counted: list[str] = []

        def count(*args: object, counted: list[str] = counted) -> None:
            counted.append(str(args[2]))

        event.listen(hall.database.engine, "before_cursor_execute", count)
        text = person.text(path)
        event.remove(hall.database.engine, "before_cursor_execute", count)
        statements.append(len(counted))
        here = [name for name in names if f"/{name}/let-go" in text]
        assert len(here) <= A_PAGE
        found += sorted(here, reverse=True)
        query = hall.desk.ask(GetDeadLetters(path.partition("after=")[2]), ADMINISTRATOR)
        path = f"{PAGE}?after={query.next_page}" if query.next_page else ""
    assert found == names[::-1]
    assert max(statements[:2]) - min(statements[:2]) <= 2
    assert f"{len(names)}件を見る" in person.text("/admin")
    assert len(hall.desk.ask(GetAdministration(), ADMINISTRATOR).failed) == MOST_FAILED
    assert "届いていないお知らせはありません" in person.text(f"{PAGE}?after={names[0]}")


def test_a_failed_notice_is_resent_by_mail_once_however_often_pressed(any_hall: TownHall) -> None:
    """Once however often it is pressed; the first one is let go, and both stand in the trail."""
    hall, bag = any_hall, Bag()
    linked(hall, ELDERLY, "slack")
    fail(hall, "n1")
    person = seat(hall)
    assert "メールで送る" in person.text(PAGE)
    send(hall, person, "n1/other-way", way="mail")
    ways = {"mail": mail_way(hall.desk, bag)}
    OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox((), MAILED), ways).drain()
    (mail,) = bag.to("m26@example.jp")
    assert "下書き" in text_of(mail)
    assert (row(hall, "n1").state, row(hall, "n1").error) == ("dropped", "sent_another_way")
    again = person.send(f"{PAGE}/n1/other-way", {"way": "mail", "sure": "1"}, page=FORM)
    assert again.status_code == 409
    assert "ほかの方法で送りました" in person.text("/admin/audit")


def test_a_notice_cannot_be_resent_by_a_channel_its_receiver_lacks(hall: TownHall) -> None:
    fail(hall, "n1", via="mail")
    person = seat(hall)
    assert "で送る</button>" not in person.text(PAGE)
    for way in ("slack", "lineworks", "mail", "x" * 90):
        answer = person.send(f"{PAGE}/n1/other-way", {"way": way, "sure": "1"}, page=FORM)
        assert answer.status_code == 409
    assert row(hall, "n1").state == "dead"


def test_an_administrator_discards_a_failed_notice(hall: TownHall) -> None:
    """Asked first; it is empty and gone from the page. Who waits for it still sees it failed."""
    case_id = hall.open_case("A14", by=CLERK)
    fail(hall, "n1", case_id=case_id)
    person = seat(hall)
    assert hall.desk.ask(GetUnreachedOfCase(case_id), COORDINATOR)
    send(hall, person, "n1/let-go")
    assert (row(hall, "n1").state, row(hall, "n1").error) == ("dropped", "let_go")
    with hall.database.engine.connect() as connection:
        kept = connection.execute(outbox.select().where(outbox.c.id == "n1")).one()
    assert kept.content == ""
    (left,) = hall.desk.ask(GetUnreachedOfCase(case_id), COORDINATOR)
    assert left.is_certain, "nothing more is sent, but whoever asked still has to telephone"
    with hall.database.engine.begin() as connection:
        doubt = {"state": "unknown", "error": "interrupted"}
        connection.execute(update(outbox).where(outbox.c.id == "n1").values(doubt))
    send(hall, person, "n1/let-go")
    (left,) = hall.desk.ask(GetUnreachedOfCase(case_id), COORDINATOR)
    assert not left.is_certain, "it may have arrived, as before"
    hall.desk.handle(MarkReachedOfCase(case_id, left.member_id, left.via, True), COORDINATOR)
    assert hall.desk.ask(GetUnreachedOfCase(case_id), COORDINATOR)[0].reached_by
    assert "n1/let-go" not in person.text(PAGE)
    assert person.send(f"{PAGE}/n1/let-go", {"sure": "1"}, page=FORM).status_code == 409
    assert person.send(f"{PAGE}/none/let-go", {"sure": "1"}, page=FORM).status_code == 404


def test_only_administrators_see_or_change_failed_notices(hall: TownHall) -> None:
    fail(hall, "n1")
    for who in (COORDINATOR, MANAGER, CLERK):
        person = seat(hall, who)
        assert person.get(PAGE).status_code == 403
        for path in ("let-go", "other-way"):
            fields = {"way": "mail", "sure": "1"}
            assert person.send(f"{PAGE}/n1/{path}", fields, page="/").status_code == 403
    assert row(hall, "n1").state == "dead"


def test_a_way_that_is_down_stands_on_the_administrators_page(hall: TownHall) -> None:
    now = hall.clock.at
    with hall.database.open() as unit:
        unit.ways.fell("mail", "mail_connection", now, now)
        unit.commit()
    person = seat(hall)
    page = person.text("/admin")
    assert "メールでお知らせを送れません" in page
    assert "メールサーバーにつながりません" in page, "as the news of it says it"
    assert "待っているお知らせは0件" in page
    fail(hall, "n1")
    fail(hall, "n2", via="mail")
    asks = person.send(f"{PAGE}/n1/other-way", {"way": "mail"}, page=PAGE).text
    assert DOWN in asks, "whoever chooses it knows"
    assert DOWN in person.send(f"{PAGE}/n2/again", {"listed": "1"}, page=PAGE, follow=True).text
    with hall.database.open() as unit:
        unit.ways.rose("mail", now)
        unit.commit()
    assert "メールでお知らせを送れません" not in person.text("/admin")
    assert DOWN not in person.send(f"{PAGE}/n1/other-way", {"way": "mail"}, page=PAGE).text


def test_both_admin_pages_give_the_list_of_failed_notices_one_title(hall: TownHall) -> None:
    """On the administrators' page, on its own, and in the link from one to the other."""
    fail(hall, "n1")
    person = seat(hall)
    found = re.findall(
        r"届いて(?:い)?ない[^<。]*お知らせ", person.text("/admin") + person.text(PAGE)
    )
    assert found
    assert set(found) == {"届いていないお知らせ"}
