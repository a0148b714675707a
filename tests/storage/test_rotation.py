"""Keys are changed while the bot runs: nothing is lost, nothing stays behind, a lost one shows."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from sqlite3 import Cursor

import pytest
from sqlalchemy import Text, event, insert, select, text, update

from storage.database import Database, DatabaseRefused, open_database
from storage.key_marks import marked
from storage.rotation import KeyRing
from storage.tables import SEALED, about, cases, drafts, metadata, place, version_of
from storage.vault import Keys, KeysMissing, Vault, keys_text, read_keys, replace_keys
from tests.support.clock import START
from tests.support.hands import Hands
from tests.support.people import COORDINATOR, ELDERLY
from tests.support.town import KEYS, TownHall
from tests.support.versions import place_in_row
from workflows.cases.drafts import SaveDraft
from workflows.core.errors import Refused
from workflows.core.ports import Account, Post
from workflows.model.notice import Notice
from workflows.model.trail import ChainProgress

ROOT = Path(__file__).parent.parent.parent
SECRET = "蔵の奥で泣いているとの連絡。"


def told(done: int, total: int) -> None:
    """Whoever does not care how far it is."""


def busy(hall: Hands) -> str:
    """Something in every place that is sealed."""
    case_id = hall.open_case("A14", summary=SECRET)
    hall.desk.handle(SaveDraft("sheet", {"summary": SECRET}), COORDINATOR)
    hall.reply(case_id, "A14", "partly", by=ELDERLY, reason=SECRET)
    hall.fix(hall.convene(case_id))
    in_a_chat(hall, case_id)
    return case_id


def in_a_chat(hall: Hands, case_id: str) -> None:
    """Somebody is linked, and a card stands there for them."""
    now = hall.desk.now()
    notice = Notice("n1", "referral_asked", ELDERLY, "", {"place": SECRET}, case_id)
    with hall.database.open() as unit:
        unit.accounts.save(Account("slack", "U1", ELDERLY, "linked", SECRET, now))
        unit.posts.put(Post("p1", "slack", "notice", "D1", ELDERLY, "m", now, "1.2", notice=notice))
        unit.commit()


def many_drafts(database: Database, count: int) -> None:
    """So many that a rotation takes a while."""
    ids = [f"d{number:05d}" for number in range(count)]
    text = json.dumps({"summary": SECRET})
    one = {"member_id": COORDINATOR, "form": "sheet", "subject": "", "saved_at": START}
    rows = [
        {"id": i, "content": database.vault.seal(text, place(drafts, "content", i)), **one}
        for i in ids
    ]
    with database.engine.begin() as connection:
        connection.execute(insert(drafts), rows)


def opened(database: Database) -> dict[str, str]:
    """Every sealed value in the clear, by its place."""
    found = {}
    with database.engine.connect() as connection:
        for table, name in SEALED:
            (key,) = table.primary_key.columns
            for row in connection.execute(select(key, table.c[name], version_of(table))):
                where = place(table, name, row[0])
                bound = place(table, name, row[0], row[2])
                found[where] = database.vault.open(row[1], bound) if row[1] else ""
    return found


def under(database: Database, key_id: str) -> list[str]:
    """Where, in any column of any table, something stands sealed with this key."""
    found = []
    with database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Text):
                    keep = column.startswith(f"{key_id}.")
                    rows = connection.execute(select(*table.primary_key).where(keep)).all()
                    found += [f"{table.name}.{column.name}:{row[0]}" for row in rows]
    return found


def chain_links(database: Database) -> int:
    """How many rows of the trail there are, each linked to the one before."""
    walk = ChainProgress()
    with database.open() as unit:
        while not walk.done:
            walk = unit.chain.follow(walk, (), 1_000)
    assert walk.broken is None
    return walk.seq


def url_of(hall: TownHall) -> str:
    return hall.database.engine.url.render_as_string(hide_password=False)


def ring_of(hall: TownHall, keys: Keys | None = None) -> tuple[Database, KeyRing]:
    """The key ring of a second process on the same database, as the command line opens it."""
    database = open_database(url_of(hall), keys or read_keys(keys_file(hall)), "local")
    return database, KeyRing(database)


def keys_file(hall: TownHall) -> Path:
    assert hall.database.keys.place
    return hall.database.keys.place


# -- rotating -------------------------------------------------------------------------------------


def test_every_value_is_sealed_anew_and_says_what_it_said(any_hall: TownHall) -> None:
    """No column of any table stands under the old key, the contents are the same, the trail too."""
    busy(any_hall)
    before, links = opened(any_hall.database), chain_links(any_hall.database)
    steps: list[tuple[int, int]] = []
    ended = KeyRing(any_hall.database).rotate(lambda *step: steps.append(step))
    assert (ended.key_id, ended.went_on, ended.unreadable) == ("k2", False, ())
    assert under(any_hall.database, "k1") == ["about.value:seal.k1"]
    assert opened(any_hall.database) == before
    assert chain_links(any_hall.database) == links > 0
    assert steps[-1][0] == steps[-1][1] == ended.done > 50
    assert sorted(steps) == steps


def test_the_file_holds_both_keys_for_its_owner_alone(any_hall: TownHall) -> None:
    """Old backups need the old key; the new one seals; nothing else of the keys changes."""
    before = read_keys(keys_file(any_hall))
    KeyRing(any_hall.database).rotate(told)
    after = read_keys(keys_file(any_hall))
    assert (after.current, set(after.seal)) == ("k2", {"k1", "k2"})
    assert (after.seal["k1"], after.index, after.web) == (
        before.seal["k1"],
        before.index,
        before.web,
    )
    assert keys_file(any_hall).stat().st_mode & 0o777 == 0o600
    assert [p.name for p in keys_file(any_hall).parent.glob("*.new")] == []


def test_a_running_bot_takes_the_new_key_up_by_itself(any_hall: TownHall) -> None:
    """It reads what was sealed anew, and what it writes afterwards is under the new key."""
    case_id = busy(any_hall)
    vault = any_hall.database.vault
    other, ring = ring_of(any_hall)
    ring.rotate(told)
    assert any_hall.case(case_id).sheet["summary"] == SECRET
    any_hall.edit(case_id, wishes=SECRET)
    any_hall.open_case("A14")
    assert any_hall.database.vault is vault
    assert under(other, "k1") == ["about.value:seal.k1"]
    other.close()


def test_a_value_under_a_key_that_came_meanwhile_opens(hall: TownHall) -> None:
    """In the middle of a transaction, too: the file is looked at once more before refusing."""
    vault = hall.database.vault
    newer = replace(hall.database.keys.with_one_more(), current="k2")
    replace_keys(newer)
    sealed = Vault(newer).seal(SECRET, "x")
    assert vault.open(sealed, "x") == SECRET
    with pytest.raises(KeysMissing, match="k3"):
        vault.open("k3." + sealed[3:], "x")


def test_a_server_with_the_key_prepared_seals_with_it_once_it_is_met(any_hall: TownHall) -> None:
    """Several servers: each has the file with the new key before one of them rotates."""
    other_file = keys_file(any_hall).with_name("other-server.json")
    prepared = read_keys(keys_file(any_hall)).with_one_more()
    other_file.write_text(keys_text(prepared))
    replace_keys(prepared)  # both have it now; the old one seals
    other, ring = ring_of(any_hall, read_keys(other_file))
    case_id = busy(any_hall)
    assert under(other, "k2") == []
    assert [(line.id, line.state) for line in ring.lines()] == [
        ("k1", "current"),
        ("k2", "prepared"),
    ]
    ended = ring.rotate(told)
    assert (ended.key_id, read_keys(other_file).current) == ("k2", "k2")
    assert read_keys(keys_file(any_hall)).current == "k1", "the first server's file is as it was"
    any_hall.edit(case_id, wishes=SECRET)
    assert under(other, "k1") == ["about.value:seal.k1"]
    other.close()
    again, _ = ring_of(any_hall)
    assert again.vault.current == "k2", "and it does so from its next start on"
    again.close()


def test_of_two_who_rotate_at_once_the_second_goes_on_with_the_firsts_key(
    any_hall: TownHall,
) -> None:
    """A key that something is sealed with is never written over by another of the same name."""
    busy(any_hall)
    other, second = ring_of(any_hall)
    first = KeyRing(any_hall.database)
    first._begin("k1")
    second._begin("k1")
    assert set(read_keys(keys_file(any_hall)).seal) == {"k1", "k2"}
    assert second.rotate(told).key_id == "k2"
    assert first.rotate(told).key_id == "k3", "all was done, so this is the next change"
    other.close()


def test_whoever_writes_meanwhile_wins(
    postgres_hall: TownHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that a command holds is passed over, and taken when the command is through."""
    hall = postgres_hall
    case_id = busy(hall)
    other, ring = ring_of(hall)
    writing = hall.database.open()
    unit = writing.__enter__()
    case = unit.cases.get(case_id, change=True)
    assert case
    waits = []

    def saved_meanwhile(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            assert under(other, "k1") == [
                "about.value:seal.k1",
                f"cases.facts:{case_id}",
                f"cases.content:{case_id}",
            ]
            case.named_member_ids.append(ELDERLY)
            unit.commit()
            writing.__exit__(None, None, None)

    monkeypatch.setattr("storage.rotation.time.sleep", saved_meanwhile)
    assert ring.rotate(told).unreadable == ()
    assert waits
    assert ELDERLY in hall.case(case_id).named_member_ids
    assert under(other, "k1") == ["about.value:seal.k1"]
    other.close()


def test_a_row_changed_between_reading_and_writing_is_left_to_who_changed_it(
    hall: TownHall,
) -> None:
    """The change is made only where the value still reads as it was read."""
    case_id = busy(hall)
    where = f"cases.content:{case_id}"
    with hall.database.engine.connect() as connection:
        bound = place_in_row(connection, cases, "content", case_id)
    theirs = hall.database.vault.seal("{}", bound)
    changes: list[str] = []

    def meanwhile(connection: object, cursor: Cursor, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE cases SET content") and not changes:
            changes.append(statement)
            cursor.execute("UPDATE cases SET content = ? WHERE id = ?", (theirs, case_id))

    event.listen(hall.database.engine, "before_cursor_execute", meanwhile)
    KeyRing(hall.database).rotate(told)
    event.remove(hall.database.engine, "before_cursor_execute", meanwhile)
    assert changes
    assert opened(hall.database)[where] == "{}"
    assert under(hall.database, "k1") == ["about.value:seal.k1"]


def test_a_value_that_no_key_opens_is_named_and_holds_up_nothing(any_hall: TownHall) -> None:
    """Its place is told, never its words; the rest is sealed anew, now and the next time."""
    busy(any_hall)
    with any_hall.database.engine.begin() as connection:
        connection.execute(update(drafts).values(content="k1.AAAA" + "A" * 80))
        connection.execute(text("UPDATE mailbox SET content = 'words in the clear'"))
        draft_id = connection.execute(select(drafts.c.id)).scalar_one()
    for key_id in ("k2", "k3"):
        ended = KeyRing(any_hall.database).rotate(told)
        assert ended.key_id == key_id
        assert f"drafts.content:{draft_id}" in ended.unreadable
        assert "words" not in str(ended)
        assert len(under(any_hall.database, key_id)) > 50


# -- killed, and gone on with ---------------------------------------------------------------------


def rotating(hall: TownHall) -> "subprocess.Popen[bytes]":
    """`python bot.py keys rotate` on the hall's database, in a process of its own."""
    with hall.database.engine.begin() as connection:
        connection.execute(update(about).where(about.c.name == "kind").values(value="town"))
    environment = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    environment |= {
        "MODE": "town",
        "DATABASE_URL": url_of(hall),
        "DATA_FOLDER": str(keys_file(hall).parent),
        "KEYS_FILE": str(keys_file(hall)),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.Popen(
        [sys.executable, str(ROOT / "bot.py"), "keys", "rotate"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.timeout(300)
def test_killed_at_any_point_it_goes_on_from_there(any_hall: TownHall) -> None:
    """A real process, kill -9 after the first batches, twice; then to the end; nothing is lost."""
    busy(any_hall)
    many_drafts(any_hall.database, 10_000)
    before = opened(any_hall.database)
    left = len(before)
    for lines in (2, 3):
        process = rotating(any_hall)
        assert process.stdout
        said = [process.stdout.readline().decode() for _ in range(lines + 1)]
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert "/" in said[-1], said
        now_left = len(under(any_hall.database, "k1"))
        assert 1 < now_left < left, "it was not killed on its way"
        left = now_left
    process = rotating(any_hall)
    out = process.communicate()[0].decode()
    assert (process.returncode, "前の続きから" in out) == (0, True), out
    assert under(any_hall.database, "k1") == ["about.value:seal.k1"]
    assert set(read_keys(keys_file(any_hall)).seal) == {"k1", "k2"}
    after = opened(any_hall.database)
    (noted,) = after.keys() - before.keys()
    assert (noted.split(":")[0], after[noted]) == ("trail.facts", '{"key": "k2"}')
    assert {place: after[place] for place in before} == before
    chain_links(any_hall.database)


def test_killed_between_the_file_and_the_first_row_it_goes_on(any_hall: TownHall) -> None:
    """The key is on disk before anything needs it, and no third one is made for nothing."""
    busy(any_hall)
    replace_keys(replace(any_hall.database.keys.with_one_more(), current="k2"))
    other, ring = ring_of(any_hall)
    assert ring.rotate(told).key_id == "k2"
    assert set(other.keys.seal) == {"k1", "k2"}
    assert under(other, "k1") == ["about.value:seal.k1"]
    other.close()


def test_what_a_killed_one_left_beside_the_file_is_no_hindrance(hall: TownHall) -> None:
    """Half a file under the name that the next one needs."""
    beside = keys_file(hall).with_name(f".{KEYS}.new")
    beside.write_text('{"current": "k2", "se')
    assert KeyRing(hall.database).rotate(told).key_id == "k2"
    assert not beside.exists()


@pytest.mark.timeout(300)
def test_it_rotates_while_everybody_works(any_hall: TownHall) -> None:
    """Cases are opened and read all the while: none fails, and all end under the new key."""
    case_id = busy(any_hall)
    many_drafts(any_hall.database, 2_000)
    process = rotating(any_hall)
    opened_meanwhile: list[str] = []

    def work() -> None:
        while process.poll() is None:
            opened_meanwhile.append(any_hall.open_case("A14", summary=SECRET))
            assert any_hall.case(case_id).sheet["summary"] == SECRET

    worker = threading.Thread(target=work)
    worker.start()
    out = process.communicate()[0].decode()
    worker.join()
    assert process.returncode == 0, out
    assert len(opened_meanwhile) > 1
    KeyRing(any_hall.database).rotate(told)  # the one that was under way at the very end
    assert [any_hall.case(c).sheet["summary"] for c in opened_meanwhile] == [SECRET] * len(
        opened_meanwhile
    )
    assert under(any_hall.database, "k1") == ["about.value:seal.k1"]
    chain_links(any_hall.database)


# -- a lost key, a forgotten one ------------------------------------------------------------------


def contents(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return [str(connection.execute(select(t)).all()) for t in metadata.sorted_tables]


def lose(hall: TownHall, change: Callable[[Keys], Keys]) -> tuple[str, object]:
    """Why a database is refused with keys changed so; nothing in it may have changed."""
    before = contents(hall.database)
    with pytest.raises(DatabaseRefused) as refused:
        open_database(url_of(hall), change(read_keys(keys_file(hall))), "local")
    assert contents(hall.database) == before
    return refused.value.key, refused.value.facts.get("id")


def test_a_lost_key_is_refused_by_its_name_at_the_start(any_hall: TownHall) -> None:
    """Each key that ever sealed here, as long as it is not forgotten; and nothing is changed."""
    KeyRing(any_hall.database).rotate(told)
    assert lose(any_hall, lambda k: k.without("k1", "k2")) == ("database.key_lost", "k1")
    assert lose(any_hall, lambda k: k.without("k2", "k1")) == ("database.key_lost", "k2")


def test_a_key_of_the_right_name_that_is_another_is_refused(any_hall: TownHall) -> None:
    """Also the one that finds things again and chains the trail, which seals nothing."""
    KeyRing(any_hall.database).rotate(told)
    wrong = bytes(32)
    for change in (
        lambda k: replace(k, seal={**k.seal, "k1": wrong}),
        lambda k: replace(k, seal={**k.seal, "k2": wrong}),
        lambda k: replace(k, index=wrong),
    ):
        assert lose(any_hall, change) == ("database.other_keys", None)


def test_a_key_is_marked_before_it_seals(any_hall: TownHall) -> None:
    """An operator's own file with a newer key as current: the running bot notes it first."""
    replace_keys(replace(any_hall.database.keys.with_one_more(), current="k2"))
    any_hall.open_case("A14")
    assert under(any_hall.database, "k2")
    with any_hall.database.engine.connect() as connection:
        assert sorted(marked(connection)) == ["k1", "k2"]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.key


def test_a_key_is_forgotten_only_when_nothing_needs_it(any_hall: TownHall) -> None:
    """Not the current one, not one that a single value needs; then the database opens without."""
    busy(any_hall)
    ring = KeyRing(any_hall.database)
    assert refusal(lambda: ring.forget("k1")) == "keys.forget.current"
    assert refusal(lambda: ring.forget("k7")) == "keys.forget.unknown"
    ring.rotate(told)
    with any_hall.database.engine.begin() as connection:
        where = place(drafts, "content", "late")
        sealed = any_hall.database.vault.seal("{}", where, under="k1")
        row = connection.execute(select(drafts)).mappings().first()
        assert row
        connection.execute(drafts.insert().values({**row, "id": "late", "content": sealed}))
    assert refusal(lambda: ring.forget("k1")) == "keys.forget.used"
    assert [(line.id, line.state, line.values > 0) for line in ring.lines()] == [
        ("k1", "old", True),
        ("k2", "current", True),
    ]
    assert ring.rotate(told).went_on
    assert ring.forget("k1") == ""
    assert set(read_keys(keys_file(any_hall)).seal) == {"k2"}
    other, _ = ring_of(any_hall)
    assert under(other, "k1") == []
    other.close()


def test_a_key_let_go_half_way_is_let_go_the_next_time(hall: TownHall) -> None:
    """Killed between the database and the file: it still opens, and forgetting works again."""
    ring = KeyRing(hall.database)
    ring.rotate(told)
    whole = read_keys(keys_file(hall))
    ring.forget("k1")
    replace_keys(whole)
    other, again = ring_of(hall)
    assert again.forget("k1") == ""
    other.close()


# -- keys by a setting ----------------------------------------------------------------------------


def test_keys_by_a_setting_are_rotated_without_a_file(any_hall: TownHall) -> None:
    """The newest key in the setting is the next one; without a newer one the operator is told."""
    busy(any_hall)
    given = replace(any_hall.database.keys, place=None)
    files = sorted(keys_file(any_hall).parent.iterdir())
    was = keys_file(any_hall).read_bytes()
    other, ring = ring_of(any_hall, given)
    assert refusal(lambda: ring.rotate(told)) == "keys.rotate.none_prepared"
    other.close()
    other, ring = ring_of(any_hall, given.with_one_more())
    assert ring.rotate(told).key_id == "k2"
    assert under(other, "k1") == ["about.value:seal.k1"]
    kept = json.loads(ring.forget("k1"))
    assert (kept["current"], list(kept["seal"])) == ("k2", ["k2"])
    other.close()
    assert keys_file(any_hall).read_bytes() == was
    assert sorted(keys_file(any_hall).parent.iterdir()) == files


# -- a keys file that changes under a running bot -------------------------------------------------


@pytest.mark.parametrize("damage", ["gone", "half", "another", "older"])
def test_a_keys_file_that_is_not_ours_is_not_taken_on(
    hall: TownHall, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot goes on with the keys it has, and says so once in its log, without a key."""
    KeyRing(hall.database).rotate(told)
    case_id = busy(hall)
    keys = hall.database.keys
    match damage:
        case "gone":
            keys_file(hall).unlink()
        case "half":
            keys_file(hall).write_text(keys_text(keys)[:100])
        case "another":
            replace_keys(replace(keys, index=bytes(32)))
        case _:
            replace_keys(keys.without("k2", "k1"))
    for _ in range(3):
        assert hall.case(case_id).sheet["summary"] == SECRET
    said = [r.getMessage() for r in caplog.records if "keys_file_not_taken" in r.getMessage()]
    assert len(said) == 1
    assert keys.seal["k2"].hex() not in caplog.text


def test_keys_are_never_shown_by_accident(hall: TownHall) -> None:
    """Neither by printing them nor by an error about a text that is not keys."""
    shown = repr(hall.database.keys)
    for secret in (*hall.database.keys.seal.values(), hall.database.keys.index):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
