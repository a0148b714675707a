"""What leaves: no card, no calendar and no summary carries what the record knows of a person."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
from flask import Flask
from jinja2 import Environment, meta
from sqlalchemy import select, update

from handlers.delivery.outbox import Inbox, OutboxSender
from handlers.delivery.sending import Result, SendOutcome
from handlers.words.texts import Texts, load_texts
from handlers.words.words import TEMPLATES
from storage.tables import cases, outbox
from tests.support.people import (
    ADMINISTRATOR,
    CHAIR,
    COORDINATOR,
    ELDERLY,
    MANAGER,
    OTHER_COORDINATOR,
    OUTSIDER,
)
from tests.support.planted import PLANTED, Planted
from tests.support.town import TownHall
from tests.support.web import Seat, ticks_of, web_app
from workflows.core.errors import Invalid
from workflows.core.permissions import Caller
from workflows.core.ports import BrokenRecord, Event
from workflows.delivery.receiver import Receiver
from workflows.guard.mask_card import HELD, MASKED, SHOWN_FOR, TYPED, GetGuardCounts, GuardCard
from workflows.guard.scan import MASK
from workflows.guard.text import sound_of
from workflows.meetings.fix_date import CancelMeeting, MoveMeeting
from workflows.meetings.record import ConfirmRecord, SaveRecord
from workflows.model.card import Card
from workflows.model.notice import Fact, Notice

pytestmark = pytest.mark.usefixtures("no_scan_in_transaction")

TEXTS = load_texts(None)
MESSAGES = TEMPLATES / "messages" / "ja"
KEYS = sorted(p.stem for p in MESSAGES.glob("*.j2"))
# About nobody's case, and of themselves the only words in them: fault codes, links, counts.
ABOUT_NO_CASE = {
    "channel_trouble",
    "mail_returned",
    "audit_broken",
    "record_broken",
    "sign_in_link",
    "drafts_expiring",
    "absence_begun",
    "absence_changed",
    "disposal_proposed",
    "disposal_second",
    "restore_left",
    "decisions_kept",
    "checkpoint_kept",
    "disposal_declined",
    "unread_cases",
    "reader_proposed",
    "reader_settled",
    "permission_requests_asked",
    "permission_requests_settled",
    "account_asked",
    "account_linked",
    "passkey_changed",
    "many_reminders",
}


@pytest.fixture
def app(hall: TownHall) -> Flask:
    return web_app(hall)


@dataclass
class Street:
    """Somewhere outside the house: keeps what it was given to send."""

    cards: list[Card] = field(default_factory=list)

    def send(
        self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
    ) -> Result:
        self.cards.append(card)
        return Result(SendOutcome.SENT)


def sent(hall: TownHall, *notices: Notice, texts: Texts = TEXTS) -> list[Card]:
    """The cards that leave when these notices are sent out of the house."""
    street = Street()
    with hall.database.open() as unit:
        for notice in notices:
            unit.outbox.put(replace(notice, via="street"))
        unit.commit()
    OutboxSender(hall.database.open, hall.desk, texts, Inbox(), {"street": street}).drain()
    return street.cards


def states(hall: TownHall, key: str) -> set[tuple[str, str]]:
    with hall.database.engine.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.key == key)).all()
    return {(r.state, r.error) for r in rows}


def guard_events(hall: TownHall, kind: str = MASKED) -> list[dict[str, Any]]:
    with hall.database.open() as unit:
        found = unit.events.of_kinds((kind,), hall.clock.now() - SHOWN_FOR)
    return [dict(row.facts or {}) for row in found]


def facts_of(key: str, typed: str) -> dict[str, Fact]:
    """A fact for everything that a message's template asks for; what people type is `typed`."""
    source = (MESSAGES / f"{key}.j2").read_text("utf-8")
    environment = Environment(autoescape=True)
    TEXTS.register(environment)
    wanted = meta.find_undeclared_variables(environment.parse(source))
    facts = {name: _fact(name, typed) for name in wanted - {"item", "rung", "say", "number"}}
    return {**facts, "kind": "suspended"} if key == "case_closed" else facts


def _fact(name: str, typed: str) -> Fact:
    codes: dict[str, Fact] = {
        "kind": "case", "purpose": "inform", "urgency": "urgent", "answer": "accepted",
        "state": "asking", "heard_by": "telephone",
        "other": "R8-0001", "numbers": ["R8-0001"], "roles": [[typed, "2026-12-03"]],
        "on": "2026-12-03", "until": "2026-12-03", "missed": "2026-12-03",
        "moved_from": "2026-12-03T14:00:00+09:00",
        "lost": [typed], "gained": [typed], "nowhere": [typed], "ended": [typed],
        "next_days": [["R8-0001", "2026-12-03"]],
        "best": "2026-12-03T14:00:00+09:00",
        "dates": ["2026-12-03T14:00:00+09:00"], "odd_dates": ["2026-12-05T14:00:00+09:00"],
    }  # fmt: skip
    if name in codes:
        return codes[name]
    if re.search(r"(_at|_by|_on)$", name):
        return "2026-12-03T14:00:00+09:00"
    if name in ("place", "summary", "title", "comment", "reason", "who") or name.endswith(
        ("agency", "lead")
    ):
        return typed
    return 2


def planted_case(hall: TownHall, planted: Planted) -> str:
    return hall.open_case("A14", **{k: v for k, v in planted.sheet.items() if v})


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: str(p.written[0]))
def test_no_card_of_any_kind_carries_a_person_away(hall: TownHall, planted: Planted) -> None:
    """Every message there is, about a case, with the person in all that may be typed: not said."""
    case_id = planted_case(hall, planted)
    meeting_id = hall.convene(case_id)
    written = [w for w in (*planted.written, planted.sheet["name"], planted.sheet["phone"]) if w]
    drawn = 0
    for turn, key in enumerate(k for k in KEYS if k not in ABOUT_NO_CASE):
        text = written[turn % len(written)]
        facts = {**facts_of(key, text), "number": "R8-0001"}
        notice = Notice(key, key, COORDINATOR, key, facts, case_id, meeting_id)
        card = TEXTS.card(notice)
        left = hall.desk.handle(GuardCard(notice, card, TEXTS.own_words(key)), Caller.CLOCK)
        typed = [left.notice.facts.get(name) for name in TYPED]
        said = sound_of(f"{left.card} {typed}")
        assert text not in str(card) or MASK in str(left.card), (key, text)
        assert len(text) < 4 or sound_of(text) not in said, (key, text)
        drawn += text in str(card)
    assert drawn > 20


def test_every_card_that_goes_by_a_channel_is_looked_at(hall: TownHall) -> None:
    """The inbox and a channel out of the house get the same card, after the guard."""
    case_id = planted_case(hall, PLANTED[0])
    facts: dict[str, Fact] = {"agency": "架空花子", "due_on": "2026-12-03", "item": "i"}
    (card,) = sent(hall, _notice(hall, "role_given", case_id, facts))
    assert ("機関", MASK) in card.facts


def _told_of(hall: TownHall, place: str) -> tuple[str, str]:
    """A fixed meeting at a place that says too much, as the case learns only afterwards."""
    case_id = hall.open_case("A14")
    meeting_id = hall.convene(case_id, place=place)
    hall.edit(case_id, name="架空 花子", phone="090-0012-3456", address="つなぎ野市北町3-2-1")
    hall.fix(meeting_id)
    return case_id, meeting_id


def test_what_is_known_is_masked_and_the_rest_goes_out(hall: TownHall) -> None:
    """In the inbox, too, one reads the date and the room, and nothing of the person."""
    _told_of(hall, "花子さん宅（北町３丁目２番） 2階")
    ticks_of(hall).tick()
    shown = Seat(web_app(hall), ELDERLY).text("/")
    assert "■■さん宅（■■） 2階" in shown
    assert "花子" not in shown
    (mail,) = [m for m in hall.mail(ELDERLY) if m.notice.key == "meeting_fixed"]
    assert mail.notice.facts["place"] == "■■さん宅（■■） 2階"


def test_a_hit_is_counted_by_its_kind_and_never_quoted(hall: TownHall) -> None:
    """One event a notice with kinds and numbers; the story and the administrators read no more."""
    _told_of(hall, "花子さん宅 090-0012-3456 北町3-2")
    for _ in range(3):
        ticks_of(hall).tick()
    events = [e for e in guard_events(hall) if e["notice"] == "meeting_fixed"]
    receivers = {m for m in (COORDINATOR, ELDERLY, CHAIR) for n in hall.mail(m)
                 if n.notice.key == "meeting_fixed"}  # fmt: skip
    assert len(events) >= len(receivers)
    assert all(e["kinds"] == {"name": 1, "phone": 1, "address": 1} for e in events)
    page = Seat(web_app(hall), ADMINISTRATOR).text("/admin")
    for word in ("氏名", "電話番号", "住所"):
        assert f"{word} {len(guard_events(hall))}件" in page
    assert "花子" not in page
    counts = hall.desk.ask(GetGuardCounts(), ADMINISTRATOR)
    assert counts.masked["name"] == len(guard_events(hall))
    hall.clock.move(days=31)
    assert hall.desk.ask(GetGuardCounts(), ADMINISTRATOR).masked == {}


def test_who_convened_is_told_once_and_nothing_is_quoted(hall: TownHall) -> None:
    """However many receive it, one notice says that something was masked, and where to look."""
    _told_of(hall, "架空花子さん宅")
    for _ in range(3):
        ticks_of(hall).tick()
    told = [m.notice for m in hall.mail(COORDINATOR) if m.notice.key == "guard_masked"]
    assert len(told) == 1
    card = TEXTS.card(told[0])
    assert "■■" in card.body
    assert card.actions[0].verb == "open_meeting"
    assert "架空" not in str(told[0])
    for other in (ELDERLY, CHAIR, MANAGER, ADMINISTRATOR):
        assert "guard_masked" not in [m.notice.key for m in hall.mail(other)]


def test_of_a_case_its_coordinator_is_told(hall: TownHall) -> None:
    """A notice about a case alone: the coordinators of its district hear of it."""
    case_id = hall.open_case("A14", name="架空 花子")
    card = sent(hall, _notice(hall, "role_done", case_id, {"agency": "架空花子事務所"}))[0]
    assert "架空" not in str(card)
    ticks_of(hall).tick()
    told = [m.notice for m in hall.mail(COORDINATOR) if m.notice.key == "guard_masked"]
    assert [n.facts["number"] for n in told] == ["R8-0001"]
    assert TEXTS.card(told[0]).actions[0].verb == "open_case"


def _notice(
    hall: TownHall, key: str, case_id: str | None, facts: dict[str, Fact], number: int = 1
) -> Notice:
    return Notice(
        f"{key}{number}", key, COORDINATOR, f"{key}{number}",
        {**({"number": "R8-0001"} if case_id else {}), **facts}, case_id,
        created_at=hall.clock.now(), not_before=hall.clock.now(),
    )  # fmt: skip


def test_agencies_districts_and_the_messages_own_words_are_said(hall: TownHall) -> None:
    """A person called like an agency, a district or a word of the card spoils no card."""
    case_id = hall.open_case(
        "A14", name="地域包括 せせらぎ", household=[{"relation": "子", "name": "結果"}]
    )
    name = hall.agency_name("A14")
    (card,) = sent(hall, _notice(hall, "role_done", case_id, {"agency": name}))
    assert name in str(card)
    assert MASK not in str(card)
    assert guard_events(hall) == []


def test_a_meeting_about_no_case_is_held_against_every_open_one(hall: TownHall) -> None:
    """A liaison meeting at somebody's home: masked, also when the case is a restricted one."""
    hall.open_case("A14", name="架空 花子", danger="yes")
    hall.open_case("A14", name="見本 月子")
    meeting_id = hall.convene(kind="regular", bases=["liaison"], place="集会所")
    with hall.database.open() as unit:
        meeting = unit.meetings.get(meeting_id, change=True)
        assert meeting is not None
        meeting.place = "架空花子さん宅"
        unit.commit()
    hall.fix(meeting_id)
    ticks_of(hall).tick()
    (mail,) = [m for m in hall.mail(ELDERLY) if m.notice.key == "meeting_fixed"]
    assert mail.notice.facts["place"] == "■■さん宅"


def test_a_button_cannot_be_masked_so_the_notice_is_held(hall: TownHall, tmp_path: Path) -> None:
    """A town's own message with a fact in a button: it does not go, and the administrator sees."""
    messages = tmp_path / "messages" / "ja"
    messages.mkdir(parents=True)
    (messages / "role_done.j2").write_text(
        "{% block title %}済みました{% endblock %}{% block body %}ご確認ください。{% endblock %}"
        "{% block facts %}{% endblock %}"
        "{% block actions %}{{ agency }}を見る | open_case{% endblock %}",
        "utf-8",
    )
    case_id = hall.open_case("A14", name="架空 花子")
    notice = _notice(hall, "role_done", case_id, {"agency": "架空花子"})
    assert sent(hall, notice, texts=Texts(tmp_path)) == []
    assert states(hall, "role_done") == {("dead", "guard_button")}
    (event,) = guard_events(hall, HELD)
    assert (event["why"], event["kinds"]) == ("guard_button", {"name": 1})
    page = Seat(web_app(hall), ADMINISTRATOR).text("/admin")
    assert "ボタンに個人の分かる言葉があり、伏せられない" in page
    assert "送らなかったお知らせ 1件" in page


def test_what_cannot_be_looked_at_is_held(hall: TownHall) -> None:
    """The case does not open: nobody can say what the card must not carry, so it stays."""
    case_id = hall.open_case("A14")
    ticks_of(hall).tick()
    with hall.database.engine.begin() as connection:
        connection.execute(update(cases).values(content="k9.AAAA"))
    with hall.database.open() as unit, pytest.raises(BrokenRecord):
        unit.cases.get(case_id)
    assert sent(hall, _notice(hall, "role_done", case_id, {"agency": "甲"})) == []
    assert states(hall, "role_done") == {("dead", "guard_unreadable")}
    page = Seat(web_app(hall), ADMINISTRATOR).text("/admin")
    assert "ケースの記録が壊れていて" in page


def test_a_second_try_is_looked_at_again_and_counted_once(hall: TownHall) -> None:
    """A channel that fails is tried again: masked each time, one event."""
    case_id = hall.open_case("A14", name="架空 花子")

    class Broken(Street):
        def send(
            self, receiver: Receiver, notice: Notice, card: Card, now: datetime, attempt: int
        ) -> Result:
            super().send(receiver, notice, card, now, attempt)
            return Result(SendOutcome.RETRY if len(self.cards) < 3 else SendOutcome.SENT)

    street = Broken()
    with hall.database.open() as unit:
        notice = _notice(hall, "role_done", case_id, {"agency": "架空花子"})
        unit.outbox.put(replace(notice, via="street"))
        unit.commit()
    worker = OutboxSender(hall.database.open, hall.desk, TEXTS, Inbox(), {"street": street})
    for _ in range(3):
        worker.drain()
        hall.clock.move(minutes=6)
    assert len(street.cards) == 3
    assert all("架空" not in str(card) for card in street.cards)
    assert len(guard_events(hall)) == 1


def test_neither_trail_nor_log_repeats_what_was_masked(
    hall: TownHall, caplog: pytest.LogCaptureFixture
) -> None:
    """What the guard found is nowhere written down by it."""
    case_id, meeting_id = _told_of(hall, "架空花子さん宅")
    ticks_of(hall).tick()
    with hall.database.open() as unit:
        events: list[Event] = [*unit.events.of_case(case_id), *unit.events.of_meeting(meeting_id)]
    assert MASKED in {e.kind for e in events}
    assert "架空" not in str(events)
    assert "架空" not in caplog.text


# -- calendar files --------------------------------------------------------------------------------


def test_a_calendar_file_takes_no_name_away(hall: TownHall, app: Flask) -> None:
    """Place masked, an address with a name in it left out; counted once, not with every look."""
    case_id = hall.open_case("A14")
    url = "https://meet.example/kakuu-hanako"
    meeting_id = hall.convene(case_id, place="架空さん宅", online_url=url)
    hall.edit(case_id, name="架空 花子", kana="カクウ ハナコ")
    hall.fix(meeting_id)
    for _ in range(3):
        answer = Seat(app, ELDERLY).get(f"/meetings/{meeting_id}/calendar.ics")
        (event,) = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
        assert str(event["LOCATION"]) == "■■さん宅"
        assert "URL" not in event
        assert "kakuu" not in answer.text
    assert [e["notice"] for e in guard_events(hall)] == ["calendar"]


# -- while typing ----------------------------------------------------------------------------------

NAMED = {
    "name": "架空 花子",
    "kana": "カクウ ハナコ",
    "phone": "090-0012-3456",
    "address": "つなぎ野市北町3-2-1",
    "birth_date": "昭和25年5月5日",
}


def errors(wrong: pytest.ExceptionInfo[Invalid]) -> set[tuple[str, str]]:
    return {(e.field, e.key) for e in wrong.value.errors}


def test_convening_refuses_what_would_leave(hall: TownHall) -> None:
    """Name, place and address of a meeting are checked when they are given, each by itself."""
    case_id = hall.open_case("A14", **NAMED)
    with pytest.raises(Invalid) as wrong:
        hall.convene(
            case_id, title="花子さんの会議", place="北町三丁目２ 電話090-0012-3456",
            online_url="https://meet.example/hanako-kakuu",
        )  # fmt: skip
    assert errors(wrong) == {
        ("title", "guard.name"),
        ("place", "guard.address"),
        ("place", "guard.phone"),
        ("online_url", "guard.name"),
    }
    assert all(TEXTS.say(e.key).endswith("。") for e in wrong.value.errors)


def test_the_page_says_it_beside_the_field_and_keeps_what_was_typed(
    hall: TownHall, app: Flask
) -> None:
    """Moving to somebody's home: the error stands at the place, and the day stays typed."""
    meeting_id = hall.convene(hall.open_case("A14", **NAMED))
    hall.fix(meeting_id)
    seat, path = Seat(app, COORDINATOR), f"/meetings/{meeting_id}/move"
    typed = {"day": "令和8年12月22日", "starts": "14:00", "reason": "都合により。",
             "place": "架空さん宅"}  # fmt: skip
    answer = seat.send(path, typed, page=path)
    assert answer.status_code == 422
    assert "氏名が含まれています。ケース番号で書いてください。" in answer.text
    assert 'href="#f-place"' in answer.text
    assert 'value="架空さん宅"' in answer.text
    assert 'value="令和8年12月22日"' in answer.text
    assert hall.meeting(meeting_id).place == "庁舎2階 第3会議室"
    again = seat.send(path, {**typed, "place": "北町公民館"}, page=path)
    assert again.status_code == 302


def test_reasons_that_every_agency_reads_name_nobody(hall: TownHall) -> None:
    """Why a meeting was fixed, moved or cancelled stands on the page of all who were invited."""
    meeting_id = hall.convene(hall.open_case("A14", **NAMED))
    with pytest.raises(Invalid) as wrong:
        hall.fix(meeting_id, reason="架空さんの希望で")
    assert errors(wrong) == {("reason", "guard.name")}
    hall.fix(meeting_id)
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(
            MoveMeeting(meeting_id, "令和8年12月22日", "14:00", "昭和25年5月5日生の方のため"),
            COORDINATOR,
        )
    assert errors(wrong) == {("reason", "guard.birth")}
    with pytest.raises(Invalid) as wrong:
        hall.desk.handle(CancelMeeting(meeting_id, "花子さんが入院したため"), COORDINATOR)
    assert errors(wrong) == {("reason", "guard.name")}
    assert hall.meeting(meeting_id).is_live


def test_a_refusal_tells_nobody_of_a_case_they_may_not_see(hall: TownHall) -> None:
    """Trying names at a meeting about no case finds open cases, not the restricted ones."""
    hall.open_case("A14", name="架空 花子", danger="yes", by=COORDINATOR)
    hall.open_case("A14", name="見本 月子")
    liaison: dict[str, Any] = {"kind": "regular", "bases": ["liaison"], "by": OTHER_COORDINATOR}
    with pytest.raises(Invalid) as wrong:
        hall.convene(place="見本月子さん宅", **liaison)
    assert errors(wrong) == {("place", "guard.name")}
    assert hall.convene(place="架空花子さん宅", **liaison)


# -- the summary for the chats ---------------------------------------------------------------------


@pytest.fixture
def sitting(hall: TownHall) -> str:
    """A meeting that has begun, on the case of 架空 花子."""
    meeting_id = hall.convene(hall.open_case("A14", **NAMED))
    hall.fix(meeting_id)
    hall.clock.move(days=20, hours=5)
    hall.swear(meeting_id, COORDINATOR, CHAIR, ELDERLY)
    return meeting_id


def save(hall: TownHall, meeting_id: str, summary: str, *, ready: bool = True) -> int:
    meeting = hall.meeting(meeting_id)
    values = {i.case_id: {"decisions": [{"text": "地域で見守る。"}]} for i in meeting.agenda}
    version = meeting.record.version if meeting.record else 0
    came = hall.everybody_came(meeting_id)
    command = SaveRecord(meeting_id, version, came, values, ready, summary)
    return hall.desk.handle(command, COORDINATOR).version


def test_a_summary_is_told_in_the_chats(hall: TownHall, sitting: str) -> None:
    """What the writer summed up stands in the card, beside what was counted."""
    version = save(hall, sitting, " 見守りの分担を決めました。\n次は1月に集まります。 ")
    hall.desk.handle(ConfirmRecord(sitting, version), CHAIR)
    ticks_of(hall).tick()
    (mail,) = [m for m in hall.mail(ELDERLY) if m.notice.key == "record_posted"]
    card = TEXTS.card(mail.notice)
    assert card.body == "見守りの分担を決めました。 次は1月に集まります。　決定事項は1件です。"


def test_without_a_summary_the_card_counts_as_before(hall: TownHall, sitting: str) -> None:
    """It may stay empty; a card that was sent before there were summaries is drawn as well."""
    version = save(hall, sitting, "")
    hall.desk.handle(ConfirmRecord(sitting, version), CHAIR)
    (notice, *_) = hall.notices(ELDERLY, "record_posted")
    assert TEXTS.card(notice).body == "決定事項は1件です。"
    old = {k: v for k, v in notice.facts.items() if k != "summary"}
    assert TEXTS.card(replace(notice, facts=old)) == TEXTS.card(notice)


@pytest.mark.parametrize(
    ("summary", "key"),
    [
        ("架空さんの件", "guard.name"),
        ("かくうはなこ様の支援", "guard.name"),
        ("連絡先は09000123456", "guard.phone"),
        ("北町3-2を訪ねる", "guard.address"),
        ("S25.5.5の方", "guard.birth"),
        ("長" * 101, "form.too_long"),
        ("123456789012", "form.my_number"),
    ],
)
def test_a_summary_that_says_too_much_is_refused(
    hall: TownHall, sitting: str, summary: str, key: str
) -> None:
    """On saving, finished or not, beside the field; nothing of the record is lost or saved."""
    for ready in (True, False):
        with pytest.raises(Invalid) as wrong:
            save(hall, sitting, summary, ready=ready)
        assert errors(wrong) == {("summary", key)}
    assert hall.meeting(sitting).record is None


def test_the_writer_is_told_while_typing(hall: TownHall, sitting: str, app: Flask) -> None:
    """A pause in typing brings the sentence beside the field; nothing is said back or kept."""
    seat, path = Seat(app, COORDINATOR), f"/meetings/{sitting}/record"
    page = seat.text(path)
    assert f'hx-post="{path}/summary"' in page
    tokens = seat.tokens(path)
    answer = seat.post(f"{path}/summary", {**tokens, "summary": "架空さんの件"})
    assert answer.status_code == 200
    assert "氏名が含まれています" in answer.text
    assert "架空" not in answer.text
    fine = seat.post(f"{path}/summary", {**tokens, "summary": "分担を決めました。"})
    assert "見つかりません" in fine.text
    empty = seat.post(f"{path}/summary", {**tokens, "summary": " "})
    assert empty.text.strip() == ""
    assert hall.meeting(sitting).record is None


def test_only_who_writes_the_record_may_try_words(hall: TownHall, sitting: str, app: Flask) -> None:
    """The hint would tell an outsider whether a name is known: they get none."""
    path = f"/meetings/{sitting}/record/summary"
    for member, status in ((ELDERLY, 403), (MANAGER, 403), (OUTSIDER, 404)):
        answer = Seat(app, member).send(path, {"summary": "架空さん"})
        assert answer.status_code == status, member
        assert "氏名" not in answer.text


def test_without_a_script_the_error_comes_on_saving(
    hall: TownHall, sitting: str, app: Flask
) -> None:
    """The page comes back with the error, the summary and everything else as typed."""
    case_id = hall.meeting(sitting).agenda[0].case_id
    seat, path = Seat(app, COORDINATOR), f"/meetings/{sitting}/record"
    typed = {
        "version": "0",
        "do": "save",
        "summary": "架空さんの件",
        f"{case_id}-issues": "書きかけの課題",
        "who-A14": "包括の担当",
        "presence-A14": "delegate",
    }
    answer = seat.send(path, typed, page=path)
    assert answer.status_code == 422
    assert 'href="#f-summary"' in answer.text
    assert "チャットで知らせる要旨" in answer.text
    for word in ("架空さんの件", "書きかけの課題", "包括の担当"):
        assert word in answer.text
    saved = seat.send(path, {**typed, "summary": "分担を決めました。"}, page=path, follow=True)
    assert saved.status_code == 200
    record = hall.meeting(sitting).record
    assert record is not None
    assert record.summary == "分担を決めました。"
    assert "分担を決めました。" in seat.text(path)


def test_the_preview_shows_the_card_as_it_will_leave(
    hall: TownHall, sitting: str, app: Flask
) -> None:
    """What is being typed is masked in it already."""
    seat, path = Seat(app, COORDINATOR), f"/meetings/{sitting}/record"
    seat.send(f"{path}/draft", {"summary": "架空さんの件"}, page=path)
    shown = seat.text(f"{path}/preview")
    assert "■■さんの件" in shown
    assert "架空" not in shown
    assert "架空さんの件" in seat.text(path), "the draft keeps what was typed"


# -- twelve digits while typing --------------------------------------------------------------------


def test_saving_while_typing_says_which_field_is_not_kept(hall: TownHall, app: Flask) -> None:
    """A My Number in the sheet: its field is named, the others are kept."""
    seat = Seat(app, COORDINATOR)
    typed = {"draft_id": "d1", "name": "架空 花子", "summary": "1234 5678 9012"}
    answer = seat.send("/cases/drafts", typed, page="/cases/new")
    assert answer.status_code == 409
    assert "「相談の概要」の12桁の番号は保存していません" in answer.text
    page = seat.text("/cases/new?draft=d1")
    assert "架空 花子" in page
    assert "5678" not in page


def test_keeping_a_draft_by_button_shows_the_field_again(hall: TownHall, app: Flask) -> None:
    """Without a script: the error beside the field, everything typed still there."""
    seat = Seat(app, COORDINATOR)
    typed = {"draft_id": "d1", "save_draft": "1", "name": "架空 花子", "summary": "123456789012"}
    answer = seat.send("/cases/new", typed, page="/cases/new")
    assert answer.status_code == 422
    assert "12桁の番号は保存できません" in answer.text
    assert "架空 花子" in answer.text


def test_a_record_that_is_being_written_keeps_no_number(
    hall: TownHall, sitting: str, app: Flask
) -> None:
    """Who came, the summary and the parts of the cases alike."""
    case_id = hall.meeting(sitting).agenda[0].case_id
    seat, path = Seat(app, COORDINATOR), f"/meetings/{sitting}/record"
    typed = {"summary": "123456789012", "who-A14": "1234-5678-9012", f"{case_id}-issues": "課題"}
    answer = seat.send(f"{path}/draft", typed, page=path)
    assert answer.status_code == 409
    assert "「チャットで知らせる要旨」" in answer.text
    page = seat.text(path)
    assert "課題" in page
    assert "123456789012" not in page
    assert "1234-5678-9012" not in page
