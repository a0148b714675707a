"""A town in the middle of its work, set without clicking, and the pages that people open in it."""

from dataclasses import dataclass
from datetime import timedelta

from tests.support.hands import consented
from tests.support.people import ADMINISTRATOR, COMMISSIONER, COORDINATOR, ELDERLY, MANAGER
from tests.support.server import LocalServer
from workflows.core.permissions import Caller
from workflows.directory.link_account import RequestAccountLink
from workflows.japanese.dates import show_date


@dataclass(frozen=True)
class Scene:
    """What stands open: case numbers, meetings' ids, and paths to what waits."""

    waiting: str  # nobody has replied
    talked: str  # dates are being asked for
    helped: str  # recorded, with roles and a next check
    secret: str
    closed: str
    reply: str
    follow_up: str
    role: str
    collecting: str
    fixed: str
    begun: str  # its record is not written yet
    recorded: str

    @property
    def fax(self) -> str:
        """The invitation that goes to an agency on paper."""
        return f"/meetings/{self.collecting}/agencies/A14/fax"

    @property
    def asked(self) -> str:
        """The referral that waits."""
        return self.reply.removesuffix("/reply")

    def pages(self) -> dict[str, tuple[str, ...]]:
        """The main pages by whoever opens them."""
        talked, helped = f"/cases/{self.talked}", f"/cases/{self.helped}"
        asked, fixed = f"/meetings/{self.collecting}", f"/meetings/{self.fixed}"
        edited = f"/cases/{self.closed}/sheet/versions"
        return {
            COORDINATOR: (
                *("/", "/desk", "/cases", "/cases/new", "/meetings", "/directory", "/local"),
                *(f"/cases/{n}" for n in (self.waiting, self.helped, self.closed)),
                *(f"{talked}/{room}" for room in ("sheet", "refer", "plan", "close")),
                *(f"/cases/{self.secret}", f"/cases/{self.secret}/named"),
                *(f"/cases/{self.closed}/reopen", self.follow_up),
                *(f"/meetings/new?case={self.talked}", asked, f"{asked}/dates", fixed),
                *(f"{asked}/hearing", f"{asked}/agencies", f"{asked}/agencies?agency=A17"),
                f"{asked}/agenda?case={self.waiting}",
                f"/meetings/new?case={self.talked}&case={self.waiting}",
                *(f"{fixed}/move", f"/meetings/{self.begun}/record", self.fax),
                *(f"{self.asked}/entered", f"{self.asked}/fax"),
                *(f"/meetings/{self.recorded}", f"/meetings/{self.recorded}/record"),
                *(f"{talked}/print", f"/meetings/{self.recorded}/record/print", "/permissions"),
                *("/directory/agencies/A14", "/cases/R8-9999"),
                *(f"{helped}/consent", f"{helped}/disclosures", f"{helped}/disclosures/print"),
                *(f"{edited}{page}" for page in ("", "/print", "/1", "/1/print", "/1/another")),
                "/find",
            ),
            ELDERLY: (
                *(self.reply, f"{asked}/answer", f"{fixed}/attend", helped),
                *(f"{helped}/access", f"{asked}/access", f"{asked}/secrecy"),
            ),
            COMMISSIONER: (self.role,),
            MANAGER: ("/digest",),
            ADMINISTRATOR: (
                "/admin",
                "/admin/audit",
                "/admin/accounts",
                "/directory/import",
                "/directory/members/M21",
            ),
        }


def set_scene(server: LocalServer) -> Scene:
    """Five cases and four meetings, told up to a day on which something is overdue."""
    hands = server.hands
    asks = RequestAccountLink("slack", "U0LOST", "筆野 しるす（福祉総務課）")
    hands.desk.handle(asks, Caller.DOOR, door="slack")
    waiting = hands.open_case("A14", "A19", name="浮舟はつ江", tags=["8050"])
    talked = hands.open_case("A14", "A19", **consented("A13", "A14", "A19", "A21"))
    helped, begins = hands.open_case("A14", "A21"), hands.open_case("A14")
    secret, closed = hands.open_case("A14", hidden_address="yes"), hands.open_case("A14", name="空")
    hands.edit(closed, name="海")
    for case_id in (talked, helped, begins, closed):
        hands.reply(case_id, "A14", by=ELDERLY, lead="yes")
    hands.plan(talked)
    hands.close(closed)

    def held(case_id: str, *agencies: str, ahead: int) -> str:
        meeting_id = hands.convene(case_id, required=agencies, days_ahead=(ahead, ahead + 1))
        for member, agency in ((COORDINATOR, "A13"), (ELDERLY, "A14"), (COMMISSIONER, "A21")):
            if agency in agencies:
                hands.answer(meeting_id, agency, by=member)
        hands.fix(meeting_id)
        return meeting_id

    def over(meeting_id: str) -> None:
        slot = hands.meeting(meeting_id).fixed_slot
        assert slot is not None
        server.move_to(slot.ends_at + timedelta(hours=1))

    recorded = held(helped, "A13", "A14", "A21", ahead=10)
    begun = held(begins, "A13", "A14", ahead=11)
    hands.swear(recorded, COORDINATOR, ELDERLY, COMMISSIONER, "M03")
    hands.swear(begun, COORDINATOR, ELDERLY)
    over(recorded)
    task = {"agency": "A21", "task": "見守り", "due_on": show_date(hands.in_days(20).date())}
    hands.save_record(recorded, roles=[task], shared_facts="家から出ていない。")
    hands.confirm_record(recorded)
    over(begun)
    collecting = hands.convene(talked, required=("A13", "A14", "A19"), days_ahead=(14, 15, 16))
    hands.answer(collecting, "A13", "maybe", by=COORDINATOR)
    fixed = held(talked, "A13", "A14", ahead=17)
    server.tick()
    case, check = hands.case(helped), hands.case(helped).next_follow_up
    assert check is not None
    return Scene(
        waiting=hands.case(waiting).number,
        talked=hands.case(talked).number,
        helped=case.number,
        secret=hands.case(secret).number,
        closed=hands.case(closed).number,
        reply=f"/cases/{hands.case(waiting).number}/referrals/"
        f"{hands.referral(waiting, 'A14').id}/reply",
        follow_up=f"/cases/{case.number}/follow-ups/{check.id}",
        role=f"/cases/{case.number}/roles/{case.roles[0].id}",
        collecting=collecting,
        fixed=fixed,
        begun=begun,
        recorded=recorded,
    )
