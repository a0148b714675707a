"""Planted names are found nowhere: every byte that is left behind is searched, in every spelling.

What people may type is typed, pages are made to crash, the process is killed, keys are changed;
then the database, its log, logs, cookies, addresses and files are looked through.
"""

import json
import os
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import Connection, cast, select, text, update
from sqlalchemy.types import Text

import bot
from handlers.settings import Mode, Settings
from storage.rotation import KeyRing
from storage.row_tags import tag_of
from storage.tables import cases, members, metadata, outbox, town
from tests.attack.kinds import Kind
from tests.support.hands import Fields, Hands
from tests.support.people import ADMINISTRATOR, CHAIR, COORDINATOR, DISABILITY, ELDERLY, MANAGER
from tests.support.postgres import PostgresServer
from tests.support.product import Product, product_in, sheet_fields
from tests.support.search import Search, spellings, unpacked
from tests.support.town import TownHall
from tests.support.versions import place_in_row
from tests.support.visitor import Visitor
from workflows.cases.close_case import ReopenCase
from workflows.cases.drafts import SaveDraft
from workflows.cases.roles import TickRole
from workflows.meetings.answer import AnswerDates
from workflows.meetings.attend import ConfirmAttendance
from workflows.meetings.preparation import SavePreparation

pytestmark = pytest.mark.attack(Kind.PLANTED)

TELLING = "蔵の奥で泣いているとの連絡。"
PERSON: dict[str, str] = {
    "name": "塩釜卯木彦",
    "kana": "シオガマウツギヒコ",
    "birth_date": "昭和29年6月17日",
    "phone": "090-7731-9462",
    "address": "架空町八丁目七番六号の離れ",
    "summary": TELLING,
    "wishes": TELLING,
    "current_support": TELLING,
    "unconsented_reason": TELLING,
}
STAFF = {"name": "斑鳩 こむぎ", "kana": "イカルガ コムギ", "email": "komugi-ikaruga@example.jp"}
WORDS = (
    *("塩釜卯木彦", "シオガマウツギ", "昭和29年6月17日", "1954-06-17", "七番六号の離れ"),
    *("7731-9462", "77319462", "蔵の奥で泣いて"),
    *("斑鳩 こむぎ", "斑鳩", "イカルガ", "komugi-ikaruga"),
)
SEARCH = Search(WORDS)
WORK = {"agency_id": "A14", "roles": "連携担当者", "is_contact": "いいえ"}
MEMBER_ROW = ["M900", STAFF["name"], STAFF["kana"], *WORK.values(), "", STAFF["email"]]
COLUMNS = "コード,氏名,フリガナ,所属コード,役割,窓口担当,担当圏域,メール,開始日,終了日\r\n"
A_LINE = ",".join([*MEMBER_ROW, "", ""]) + "\r\n"

# Run inside the product by Python itself: notes every file that is opened to be written to.
WATCH = """
import os, sys
said = os.open(os.environ["WRITTEN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def watch(event, facts):
    is_path = event == "open" and not isinstance(facts[0], int)
    if is_path and isinstance(facts[2], int) and facts[2] & (os.O_WRONLY | os.O_RDWR):
        os.write(said, f"{facts[0]}\\n".encode())
sys.addaudithook(watch)
"""


# -- the search itself ----------------------------------------------------------------------------


@pytest.mark.parametrize("word", WORDS)
def test_a_word_in_the_clear_is_found_however_it_is_written(word: str) -> None:
    """In each coding, escape and alignment; so that finding nothing says something."""
    noise = os.urandom(64)
    for written in spellings(word):
        assert Search([word]).found(noise + written + noise) == {word}
    assert Search([word]).found(noise) == set()
    for raw in (json.dumps({"a": word}).encode(), json.dumps([word], ensure_ascii=False).encode()):
        assert SEARCH.found(raw)


def test_a_word_in_a_cookie_that_is_only_signed_is_found() -> None:
    """Flask's own session, short and long (then it is packed)."""
    app = Flask("signed")
    app.secret_key = "only for tests"
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer
    for text_ in (STAFF["name"], STAFF["name"] * 40):
        cookie = f"tsunagu={signer.dumps({'_flashes': [('message', text_)]})}; HttpOnly"
        assert STAFF["name"] in SEARCH.found(unpacked(cookie))


# -- what people do -------------------------------------------------------------------------------


def before_the_meeting(hands: Hands) -> tuple[str, str]:
    """What is typed on the way to a meeting; answers with the case and the meeting."""
    desk, case_id = hands.desk, hands.open_case("A14", request=TELLING, **PERSON)
    desk.handle(SaveDraft("sheet", PERSON), COORDINATOR)
    hands.reply(case_id, "A14", by=ELDERLY, lead="yes", reason=TELLING)
    case = hands.case(case_id)
    hands.refer(case_id, "A17", request=TELLING)
    hands.reply(case_id, "A17", "partly", by=DISABILITY, reason=TELLING)
    hands.plan(case_id, issues=TELLING, long_goal=TELLING, parts=[_part()])
    meeting_id = hands.convene(case_id, basis_reason=TELLING, optional=("A17",))
    slots = [s.id for s in hands.meeting(meeting_id).slots]
    answers = AnswerDates(
        meeting_id, "A14", dict.fromkeys(slots, "maybe"), dict.fromkeys(slots, TELLING), "代理の方"
    )
    desk.handle(answers, ELDERLY)
    hands.fix(meeting_id, reason=TELLING)
    # By a link: who reads the case would be told not to write a name there.
    attend = ConfirmAttendance(meeting_id, "A14", True, PERSON["name"], TELLING)
    desk.handle(attend, ELDERLY, door="link")
    hands.swear(meeting_id, COORDINATOR, ELDERLY, CHAIR)
    prepared: Fields = {"household_view": TELLING, "current_work": TELLING, "requests": TELLING}
    desk.handle(SavePreparation(meeting_id, case.number, prepared), ELDERLY)
    return case_id, meeting_id


def after_the_meeting(hands: Hands, case_id: str, meeting_id: str) -> None:
    """The record, and what came of it."""
    desk = hands.desk
    kept: Fields = {"fields": {"shared_facts": TELLING}}
    desk.handle(SaveDraft("record", kept), COORDINATOR)
    due = hands.in_days(20).date().isoformat()
    roles = [{"agency": "A14", "task": TELLING, "due_on": due}]
    hands.save_record(
        meeting_id,
        roles=roles,
        decisions=[{"text": TELLING}],
        shared_facts=TELLING,
        issues=TELLING,
        missing_resources=TELLING,
    )
    hands.confirm_record(meeting_id)
    for role in hands.case(case_id).roles:
        desk.handle(TickRole(case_id, role.id, TELLING), ELDERLY)
    hands.check_on(case_id, "worse", by=ELDERLY, comment=TELLING)
    hands.close(case_id, reason=TELLING, change=TELLING, remaining=TELLING)
    hands.desk.handle(ReopenCase(case_id, TELLING), COORDINATOR)


def _part() -> dict[str, str]:
    return {"agency": "A14", "content": TELLING, "when": "毎月"}


# -- SQLite: the real process and all that it leaves behind ---------------------------------------


@contextmanager
def second_process(product: Product) -> Iterator[Hands]:
    """A desk of our own on the product's database, by its clock."""
    settings = Settings(mode=Mode.LOCAL, data_folder=product.folder / "data")
    with bot.assembled(settings) as parts:
        yield Hands(parts.desk, parts.database)


def type_into_pages(product: Product) -> tuple[str, list[Visitor]]:
    """What is typed on pages; answers with the case's number and the browsers."""
    writer, staff = product.visitor(COORDINATOR), product.visitor(ADMINISTRATOR)
    assert staff.submit("/directory/members/new", {**STAFF, **WORK, "id": "M900"})[0] == 302
    second = product.visitor(MANAGER)  # what opens more to somebody is confirmed by another
    (grant,) = re.findall(r'name="request" value="(.+?)"', second.get("/permission-requests")[1])
    assert second.submit("/permission-requests", {"request": grant, "answer": "agree"})[0] == 302
    many = (COLUMNS + A_LINE * 9_000).encode()
    assert len(many) > 600 * 1024
    assert staff.upload("/directory/import", {"list": "members"}, "file", many)[0] == 422
    far_too_many = (COLUMNS + A_LINE * 60_000).encode()
    status, page = staff.upload("/directory/import", {"list": "members"}, "file", far_too_many)
    assert (status, "<html" in page) == (413, True), "it is told in words, not by hanging up"
    few = (COLUMNS + A_LINE.replace("komugi", "komugi2")).encode("cp932")
    status, preview = staff.upload("/directory/import", {"list": "members"}, "file", few)
    assert (status, STAFF["name"] in preview) == (200, True)
    fields: dict[str, Any] = {**sheet_fields("A14", "A19"), **PERSON, "danger": "yes"}
    fields |= {f"referrals-{n}-request": TELLING for n in (0, 1)}
    fields |= {"household-0-relation": "姉", "household-0-name": PERSON["name"]}
    fields |= {"household-0-situation": TELLING}
    assert writer.submit("/cases/new", {**fields, "birth_date": PERSON["phone"]})[0] == 422
    assert writer.submit("/cases/new", {**fields, "save_draft": "1"})[0] == 302
    assert writer.submit("/cases/drafts", fields, page="/cases/new")[0] == 200
    assert writer.submit("/cases/new", {**fields, "check_same": "1"})[0] == 200
    status, address = writer.submit("/cases/new", fields)
    assert status == 302
    # The next page would say her name: it lies in the cookie until then.
    assert writer.submit(f"{address}/named", {"member": "M900"})[0] == 302
    assert writer.submit(f"{address}/named", {"member": ELDERLY})[0] == 302
    number = address.rpartition("/")[2]
    answerer = product.visitor(ELDERLY)
    page = f"{address}/referrals/{product.case(number).referrals[0].id}/reply"
    assert answerer.submit(page, {"answer": "partly", "reason": TELLING})[0] == 302
    again = {**fields, "wishes": TELLING * 2}
    assert writer.submit(f"{address}/sheet/draft", again, page=f"{address}/sheet")[0] == 200
    assert writer.get("/cases?q=nothing")[0] == 200
    assert writer.post("/cases/new", fields, {})[0] == 400
    return number, [writer, staff, answerer]


def break_rows(hands: Hands, case_id: str) -> None:
    """Contents that end in the middle of a word: whoever reads them holds the word in an error."""
    broken = '{"id": 1, "name": "' + PERSON["name"]
    vault = hands.database.vault
    with hands.database.engine.begin() as connection:
        notice = connection.execute(select(outbox.c.id).limit(1)).scalar_one()
        for table, key in ((cases, case_id), (outbox, notice)):
            sealed = vault.seal(broken, place_in_row(connection, table, "content", key))
            connection.execute(update(table).where(table.c.id == key).values(content=sealed))
        again = update(outbox).where(outbox.c.id == notice)
        connection.execute(again.values(state="waiting", try_at=hands.desk.now()))


def break_a_member(hands: Hands) -> None:
    text = json.dumps({"id": "M900", "name": STAFF["name"], "roles": [PERSON["name"]]})
    with hands.database.engine.begin() as connection:
        where = place_in_row(connection, members, "content", "M900")
        sealed = hands.database.vault.seal(text, where)
        connection.execute(update(members).where(members.c.id == "M900").values(content=sealed))


def break_the_town(hands: Hands) -> None:
    """With a tag that fits: as if the bot itself had written it."""
    with hands.database.engine.begin() as connection:
        version = connection.execute(select(town.c.version)).scalar_one()
        tag = tag_of(hands.database.vault, town, version, {"id": 1, "content": "{"})
        connection.execute(update(town).values(content="{", tag=tag))


def look_through(folder: Path) -> set[str]:
    """The names of the files in there, in none of which a planted word lies."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert {p.name for p in files if lies_open_in(p)} == set()
    return {p.name for p in files}


def lies_open_in(path: Path) -> set[str]:
    """A mail in the folder of local mode names its reader, and nobody else."""
    found = set(SEARCH.found(path.read_bytes()))
    if path.suffix == ".eml" and STAFF["email"].encode() in path.read_bytes():
        found -= set(SEARCH.found("\n".join(STAFF.values()).encode()))
    return found


@pytest.mark.timeout(600)
def test_no_planted_word_is_left_behind_by_the_running_bot(  # noqa: PLR0915 - one life of it
    tmp_path: Path,
) -> None:
    """Typed, refused, kept, sent, met, closed; crashed, killed, keys changed: nothing is found."""
    hook, out, temporary = tmp_path / "hook", tmp_path / "out", tmp_path / "tmp"
    for folder in (hook, out, temporary):
        folder.mkdir()
    (hook / "sitecustomize.py").write_text(WATCH)
    with product_in(tmp_path / "bot") as product:
        product.more = {
            "PYTHONPATH": str(hook),
            "WRITTEN": str(tmp_path / "written"),
            "TMPDIR": str(temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        product.start()
        number, browsers = type_into_pages(product)
        writer, staff, _ = browsers
        address = f"/cases/{number}"
        with second_process(product) as hands:
            other_id, meeting_id = before_the_meeting(hands)
            other = f"/cases/{hands.case(other_id).number}"
        product.move("month")
        with second_process(product) as hands:
            after_the_meeting(hands, other_id, meeting_id)
        product.move("month")
        seen = (
            *(address, f"{address}/print", f"{address}/sheet", "/desk", "/meetings"),
            *(other, f"/meetings/{meeting_id}", f"/meetings/{meeting_id}/record", "/directory"),
            *("/", f"/meetings/{meeting_id}/record/print", "/cases", f"{other}/print"),
        )
        for path in seen:
            assert writer.get(path)[0] in (200, 302), path
        assert STAFF["name"] in staff.get("/directory/members/M900")[1]
        assert PERSON["name"] in writer.get(address)[1], "the words are there for who may read"
        assert product.run("keys", "rotate") == 0
        assert PERSON["name"] in writer.get(address)[1]
        product.kill()
        product.start()
        assert PERSON["name"] in writer.get(address)[1]
        with second_process(product) as hands:
            break_rows(hands, other_id)
        assert writer.get(other)[0] == 409
        writer.submit("/local/clock", {"step": "next"}, page="/")  # the clock meets them too
        product.kill()
        left = look_through(product.folder)
        assert {"local.db", "local.db-wal", "local.db-shm", "local-keys.json", "log.txt"} <= left
        listed = out / "members.csv"
        assert product.run("export", "members", str(listed)) == 0
        with second_process(product) as hands:
            break_a_member(hands)
        product.run("check")
        assert "crashed error=" not in product.said(), "one member who does not open stops nobody"
        with second_process(product) as hands:
            break_the_town(hands)
        assert product.run("check") == 2
        for event in ("record_broken", "crashed error=", "notice_sent"):
            assert event in product.said()

        # The search sees what lies open: the list that somebody asked for.
        assert SEARCH.found(listed.read_bytes()) >= {STAFF["name"], "komugi-ikaruga"}
        assert listed.stat().st_mode & 0o777 == 0o600
        assert look_through(product.folder) >= {"local.db", "local-keys.json", "log.txt"}
    nothing_was_heard(browsers)
    written = (tmp_path / "written").read_text().splitlines()
    assert str(product.folder / "data" / ".local-keys.json.new") in written, "it was not watched"
    allowed = (str(product.folder), str(listed), str(tmp_path / "written"), "/dev/null", "/dev/tty")
    # Not even into a file that was gone at once.
    assert [path for path in written if not path.startswith(allowed)] == []
    assert list(temporary.iterdir()) == []


def nothing_was_heard(browsers: list[Visitor]) -> None:
    """No cookie and no address that any browser was given holds a planted word."""
    heard = [line for browser in browsers for line in browser.heard if line]
    assert len([h for h in heard if h.startswith("tsunagu=")]) > 10
    assert SEARCH.found("\n".join(heard).encode()) == set()
    assert SEARCH.found(b"\n".join(unpacked(line) for line in heard)) == set()


# -- PostgreSQL -----------------------------------------------------------------------------------


def every_column(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Each column of each table as text, as a dump would hold it."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            for value in connection.execute(select(cast(column, Text))).scalars():
                yield f"{table.name}.{column.name}", str(value).encode()


@pytest.mark.timeout(300)
def test_no_planted_word_lies_in_postgresql(
    postgres: PostgresServer, postgres_hall: TownHall
) -> None:
    """In no column of no table, and in no file of the server: tables, indexes, its log ahead."""
    hall, began = postgres_hall, time.time()
    case_id, meeting_id = before_the_meeting(hall)
    hall.clock.move(days=30)
    hall.keep_promises()
    KeyRing(hall.database).rotate(lambda done, total: None)
    after_the_meeting(hall, case_id, meeting_id)
    hall.clock.move(days=30)
    hall.keep_promises()
    assert hall.case(case_id).sheet["name"] == PERSON["name"]

    mark = "平文の目印"
    with hall.database.engine.begin() as connection:
        found = {at: SEARCH.found(value) for at, value in every_column(connection)}
        assert len(found) > 60
        assert {at for at, words in found.items() if words} == set()
        connection.execute(text("INSERT INTO about (name, value) VALUES ('mark', :m)"), {"m": mark})
        seen = {at for at, value in every_column(connection) if Search([mark]).found(value)}
        assert seen == {"about.value"}
        own = text("SELECT oid FROM pg_database WHERE datname = current_database()")
        ours = str(connection.execute(own).scalar_one())
    with hall.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CHECKPOINT"))
    both, found_in = Search([*WORDS, mark]), defaultdict[tuple[str, ...], set[str]](set)
    for path in postgres.folder.rglob("*"):
        at = path.relative_to(postgres.folder).parts
        theirs = at[:2] == ("data", "base") and at[2:3] not in ((), (ours,))  # other tests' towns
        with suppress(FileNotFoundError):  # the server takes away what it needs no more
            # What lay untouched since then holds nothing of this test; the log ahead is long.
            if path.is_file() and not theirs and path.stat().st_mtime >= began - 1:
                found_in[at[:2]] |= both.found(path.read_bytes())
    assert found_in["data", "base"] == {mark}, "the tables were looked into"
    assert found_in["data", "pg_wal"] == {mark}, "the log ahead was looked into"
    assert set().union(*found_in.values()) == {mark}
