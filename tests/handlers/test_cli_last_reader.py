"""On the command line too, whoever ends the last reading of a restricted case says who follows."""

from io import StringIO

from rich.console import Console

from handlers.cli.console import Voice
from handlers.cli.lists import MEMBERS, import_list
from tests.handlers.test_web_directory import member_lists
from tests.support.people import ELDERLY
from tests.support.town import TownHall
from tests.support.web import TEXTS
from workflows.cases.views import GetCase

COLLEAGUE = "M27"


def brought_in(hall: TownHall, *followers: str, dry_run: bool = False) -> tuple[int, str]:
    rows = member_lists(hall).decode("utf-8-sig").splitlines()
    data = "\r\n".join(r + "2026-12-28" if r.startswith(f"{ELDERLY},") else r for r in rows)
    out, err = StringIO(), StringIO()
    voice = Voice(TEXTS, Console(file=out, width=200), Console(file=err, width=200))
    status = import_list(
        MEMBERS, data.encode(), hall.desk, voice, yes=True, dry_run=dry_run, followers=followers
    )
    return status, out.getvalue() + err.getvalue()


def test_an_import_names_who_can_follow_and_changes_nothing_before(hall: TownHall) -> None:
    """Also where everything is answered with yes; the console knows no number."""
    case_id = hall.open_case("A14", by="M24", hidden_address="yes")
    hall.reply(case_id, "A14", by=ELDERLY, lead="yes")
    before = member_lists(hall)
    for followers in ((), (f"{ELDERLY}=M48",), ("nonsense",)):
        status, said = brought_in(hall, *followers)
        assert status == 1
        assert "閲覧制限のケース1件" in said
        assert f"--follower {ELDERLY}={COLLEAGUE}" in said
        assert "R8-0001" not in said
        assert member_lists(hall) == before
    assert brought_in(hall, dry_run=True)[0] == 0
    assert brought_in(hall, f"{ELDERLY}={COLLEAGUE}")[0] == 0
    assert hall.desk.ask(GetCase(case_id), COLLEAGUE).number == "R8-0001"
