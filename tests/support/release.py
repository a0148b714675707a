"""The database of a release: a small fictional town with a row in every table, and its keys.

`python -m tests.support.release` writes that of the version in pyproject.toml, as long as it has no
tag (docs/dev/release.md). Tests open each with today's program; none is written by hand.
"""

import subprocess
import sys
import tempfile
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from storage.compatibility import DOCUMENTS, documents_of_program
from storage.database import Database
from storage.replicas import Replica
from storage.tables import about, metadata
from tests.support.filled import AT, filled
from tests.support.people import CHAIR, COORDINATOR, ELDERLY
from tests.support.town import KEYS, TOWN, TownHall, mould_of, open_town_hall
from workflows.audit.check import MakeCheckpoint
from workflows.core.permissions import Caller
from workflows.core.ports import Account, AnswerLink, Callback, Draft, Passkey, Post, SignIn
from workflows.model.case import Case
from workflows.model.directory import Agency, Member, Town
from workflows.model.disposal import Disposal
from workflows.model.meeting import Meeting
from workflows.model.notice import Notice
from workflows.model.person_request import PersonRequest

ROOT: Final = Path(__file__).parent.parent.parent
RELEASES: Final = ROOT / "tests" / "releases"
PERSON: Final = {"name": "架空 花子", "kana": "カクウ ハナコ", "birth_date": "昭和29年6月17日"}
FILLED: Final = "filled"  # the id of each document in which no field is empty


def version_of_program() -> str:
    told: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return told


def write_release(version: str, folder: Path = RELEASES) -> Path:
    """Write `<version>.sqlite` and `<version>.keys`; answers with the database."""
    with tempfile.TemporaryDirectory() as made:
        hall = open_town_hall(Path(made))
        _tell_a_story(hall)
        _fill_every_table(hall.database)
        hall.desk.handle(MakeCheckpoint(), Caller.CLOCK)
        assert empty_tables(hall.database) == []
        with hall.database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM")
        mould_of(hall, Path(made))
        folder.mkdir(exist_ok=True)
        for name, kind in ((TOWN, "sqlite"), (KEYS, "keys")):
            (folder / f"{version}.{kind}").write_bytes((Path(made) / name).read_bytes())
    return folder / f"{version}.sqlite"


def empty_tables(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        counts = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    return [name for name, rows in counts.items() if not rows]


def _tell_a_story(hall: TownHall) -> None:
    """One case from its sheet to a confirmed record, as people would have it."""
    case_id = hall.open_case("A14", "A17", **PERSON)
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    meeting_id = hall.convene(case_id, required=("A13", "A14"))
    hall.answer(meeting_id, "A14", by=ELDERLY)
    hall.fix(meeting_id)
    hall.swear(meeting_id, CHAIR)
    slot = hall.meeting(meeting_id).fixed_slot
    assert slot is not None
    hall.clock.set(slot.ends_at)
    hall.save_record(meeting_id, roles=[{"agency": "A14", "task": "訪問", "due_on": ""}])
    hall.confirm_record(meeting_id)
    hall.plan(case_id)


def _fill_every_table(database: Database) -> None:
    """A document of each kind with all its fields, and a row where the story left none."""
    later = AT + timedelta(days=400)
    with database.open() as unit:
        town = unit.directory.town()
        whole = filled(Town, name=town.name, districts=town.districts)
        unit.directory.save_town(replace(whole, core_agency_id=""))
        unit.directory.save_agencies([*unit.directory.agencies(), filled(Agency, id=FILLED)])
        member = filled(Member, id=FILLED, agency_id=FILLED)
        unit.directory.save_members([*unit.directory.members(), member])
        unit.cases.add(filled(Case, id=FILLED, number="R8-0900"))
        unit.meetings.add(filled(Meeting, id=FILLED))
        unit.requests.next_number(8)
        unit.requests.save(filled(PersonRequest, id=FILLED))
        notice = filled(Notice, id=FILLED, member_id=COORDINATOR, key="referral_asked")
        unit.outbox.put(notice)
        unit.mailbox.deliver(notice, AT)
        unit.drafts.save(filled(Draft, raw={"summary": "途中"}))
        unit.digests.save(AT.date(), {"counts": {"reply": 1}})
        unit.disposals.add(filled(Disposal, subject_id="gone"))
        unit.sign_ins.add(filled(SignIn, expires_at=later))
        unit.passkeys.save(filled(Passkey))
        unit.accounts.save(filled(Account, platform="slack", member_id=ELDERLY, state="linked"))
        unit.answer_links.add(filled(AnswerLink))
        unit.posts.put(filled(Post, notice=notice))
        unit.callbacks.put(filled(Callback))
        unit.replicas.beat(filled(Replica), AT)
        unit.ways.fell("mail", "mail_down", AT, later)
        unit.mark_handled("web", "event", AT, "digest")
        unit.note_result("web", "event", FILLED)
        unit.advance_stream("stream", "1", AT)
        unit.commit()


def is_up_to_date(version: str) -> bool:
    """Whether the kept database holds what this program's documents hold, key by key."""
    import sqlite3  # noqa: PLC0415 - looked at, not opened as a town's

    # Immutable: beside one that is only read SQLite would lay its -shm and -wal all the same.
    address = f"file:{RELEASES / version}.sqlite?mode=ro&immutable=1"
    with sqlite3.connect(address, uri=True) as connection:
        query = f"SELECT value FROM {about.name} WHERE name = ?"  # noqa: S608
        (held,) = connection.execute(query, (DOCUMENTS,)).fetchone()
    connection.close()
    return set(held.splitlines()) == documents_of_program()


def _has_tag(version: str) -> bool:
    command = ["git", "tag", "--list", f"v{version}"]
    return bool(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def main(arguments: list[str]) -> str | None:
    """What is wrong, for the end of the process; None when all is well."""
    version = version_of_program()
    if arguments == ["--check"]:
        if is_up_to_date(version):
            return None
        return f"tests/releases/{version}.sqlite is of an earlier state: make release-town"
    if _has_tag(version):
        return f"{version} is released: its town stays as it is"
    write_release(version)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
