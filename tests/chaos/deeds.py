"""What people do in a round, each by the way they have: in Slack, in LINE WORKS, on the pages, by
mail. What was acknowledged is written down, with how often it is in effect at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from http.client import HTTPException
from random import Random
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import SQLAlchemyError

from handlers.lineworks.door import LINEWORKS
from handlers.slack.door import SLACK
from tests.chaos.browser import Browser, NoAnswer
from tests.slack.filling import put
from tests.support.people import CHAIR
from workflows.core.errors import AlreadyDone
from workflows.core.permissions import Caller
from workflows.core.ports import CannotStore, TransactionConflict
from workflows.japanese.dates import show_date
from workflows.outside.mail_replies import KeepMailReply
from workflows.sign_in.sign_in import PrintLink

if TYPE_CHECKING:
    from tests.chaos.town import ChaosTown, Replica

LOOKS: Final = 2.0  # seconds that somebody waits for a modal
AGENCIES: Final = ("A13", "A14", "A17", "A19", "A20", "A21")
# Nothing came back, or something else than that it was taken in.
NOT_ACKNOWLEDGED: Final = (OSError, AssertionError, EOFError, HTTPException, NoAnswer)


@dataclass
class Deed:
    """Something that is to be done once, by whoever comes to it. `count` says how often it is in
    effect."""

    what: str
    member_id: str
    do: Callable[["Replica"], bool]
    count: Callable[[], int]
    tried: int = 0
    acknowledged: int = 0

    def attempt(self, replica: "Replica") -> None:
        self.tried += 1
        try:
            self.acknowledged += self.do(replica)
        except NOT_ACKNOWLEDGED:
            return


@dataclass
class Saying:
    """The last of what somebody says of one thing counts, by the platform's clock: a date, whether
    one comes."""

    member_id: str
    verb: str
    subject: str
    item: Callable[[str], str]
    found: Callable[[], str]
    words: tuple[str, ...]
    said: list[tuple[datetime, str, bool]] = field(default_factory=list)  # …, acknowledged


class Deeds:
    """All that can be done in a round; made before it begins."""

    def __init__(self, town: "ChaosTown", dice: Random) -> None:
        self._town, self._dice = town, dice
        self.once: list[Deed] = []
        self.sayings: list[Saying] = []
        # Each of them brings notices, which take most of a round's time: not all in each round.
        for some in dice.sample([self._roles, self._referrals, self._checks], k=2):
            some()
        self._dates()
        self._mail_replies()

    # -- what there is to do ----------------------------------------------------------------------

    def _roles(self) -> None:
        """A meeting was held: two agencies have something to do, and the record of another one is
        to be confirmed."""
        hands, town = self._town.hands, self._town
        case_id = hands.open_case("A14", "A17")
        meeting_id = hands.convene(case_id, days_ahead=(10, 11), starts="10:00")
        hands.fix(meeting_id)
        other_id = hands.convene(hands.open_case("A14"), days_ahead=(10, 11), starts="15:00")
        hands.fix(other_id)
        later = town.clock.at + timedelta(days=10)
        town.clock.set(later.replace(hour=16, minute=0))
        due = show_date(hands.in_days(30).date())
        roles = [{"agency": a, "task": "訪ねる。", "due_on": due} for a in ("A14", "A17")]
        hands.save_record(meeting_id, roles=roles)
        hands.confirm_record(meeting_id)
        number = hands.case(case_id).number
        for role in hands.case(case_id).roles:
            self._one_of(
                "role",
                role.agency_id,
                ("role_done", number, role.id),
                (f"/cases/{number}/roles/{role.id}", {"outcome": "行ってきました。"}),
                partial(self._happened, case_id, "role_done", role.id),
            )
        hands.save_record(other_id)
        hands.swear(other_id, CHAIR)
        self.once.append(
            Deed(
                "record by page",
                CHAIR,
                partial(self._by_page, CHAIR, f"/meetings/{other_id}/record", {"do": "share"}),
                lambda: int(str(hands.meeting(other_id).state) == "recorded"),
            )
        )

    def _referrals(self) -> None:
        hands = self._town.hands
        for agency in self._dice.sample(("A14", "A17", "A19"), k=2):
            case_id = hands.open_case(agency)
            number, referral = hands.case(case_id).number, hands.referral(case_id, agency)
            self._one_of(
                "reply",
                agency,
                ("reply_accept", number, referral.id),
                (f"/cases/{number}/referrals/{referral.id}/reply", {"answer": "accepted"}),
                partial(self._happened, case_id, "replied", referral.id),
            )
            if member := self._somebody(agency, SLACK):
                self.once.append(
                    Deed(
                        "reply in Slack",
                        member.id,
                        partial(self._by_modal, member.id, number, referral.id),
                        partial(self._happened, case_id, "replied", referral.id),
                    )
                )

    def _checks(self) -> None:
        hands = self._town.hands
        for agency in self._dice.sample(("A14", "A17"), k=1):
            case_id = hands.open_case(agency)
            hands.reply(case_id, agency, by=self._somebody(agency, "").id, lead="yes")
            check = hands.case(case_id).next_follow_up
            assert check
            number = hands.case(case_id).number
            self._one_of(
                "check",
                agency,
                ("follow_up_as", number, f"{check.id}:unchanged"),
                (f"/cases/{number}/follow-ups/{check.id}", {"result": "unchanged"}),
                partial(self._checked, case_id, check.id),
            )

    def _dates(self) -> None:
        """A meeting whose dates are asked for, and one that is fixed."""
        hands, required = self._town.hands, ("A13", "A14", "A17", "A19")
        asked = hands.convene(
            hands.open_case(*required[1:]), required=required, days_ahead=(90, 91)
        )
        fixed = hands.convene(
            hands.open_case(*required[1:]), required=required, days_ahead=(92, 93)
        )
        hands.fix(fixed)
        date = hands.meeting(fixed).fixed_slot_id or ""
        for agency in required:
            member = self._somebody(agency, SLACK) or self._somebody(agency, LINEWORKS)
            if member is None:
                continue
            for slot in hands.meeting(asked).slots:
                self.sayings.append(
                    Saying(
                        member.id,
                        "answer_slot",
                        asked,
                        f"{slot.id[:8]}.{{}}".format,
                        partial(self._symbol, asked, agency, slot.id),
                        ("yes", "maybe", "no"),
                    )
                )
            self.sayings.append(
                Saying(
                    member.id,
                    "attend_as",
                    fixed,
                    f"{{}}.{date}".format,
                    partial(self._attends, fixed, agency),
                    ("yes", "no"),
                )
            )
        self.asked = asked

    def _mail_replies(self) -> None:
        sender = next(m.email for m in self._town.members if m.agency_id == "A14" and m.email)
        for n in range(3):
            text = f"{n + 21}日は行けます。"
            self.once.append(
                Deed(
                    "mail",
                    "",
                    partial(self._by_mail, sender, text),
                    partial(self._mails, text),
                )
            )

    # -- by which way -----------------------------------------------------------------------------

    def _one_of(
        self,
        what: str,
        agency: str,
        press: tuple[str, str, str],
        page: tuple[str, dict[str, str]],
        count: Callable[[], int],
    ) -> None:
        """By LINE WORKS where somebody of the agency has it, and by whoever is at a page."""
        presser, reader = self._somebody(agency, LINEWORKS), self._somebody(agency, "")
        if presser:
            self.once.append(
                Deed(
                    f"{what} in LINE WORKS",
                    presser.id,
                    partial(self._by_press, presser.id, *press),
                    count,
                )
            )
        self.once.append(
            Deed(
                f"{what} by page",
                reader.id,
                partial(self._by_page, reader.id, *page),
                count,
            )
        )

    def _by_press(
        self, member_id: str, verb: str, subject: str, item: str, replica: "Replica"
    ) -> bool:
        return self._town.press(replica, member_id, verb, subject, item)

    def _by_page(
        self, member_id: str, page: str, typed: dict[str, str], replica: "Replica"
    ) -> bool:
        try:
            token = self._town.hall.desk.handle(PrintLink(member_id), Caller.CONSOLE, door="cli")
        except (CannotStore, TransactionConflict):
            return False
        browser = Browser(replica.port)
        browser.sign_in(token)
        browser.send(page, typed)
        return True

    def _by_modal(self, member_id: str, number: str, referral_id: str, replica: "Replica") -> bool:
        """Opened, filled in, handed in, within the moments that somebody looks at it."""
        person = self._town.slack_person(replica, member_id)
        person.world.screens.pop(person.id, None)
        self._town.press(replica, member_id, "reply", number, referral_id)

        def asks(count: int) -> bool:
            return person.view is not None and len(person.view.inputs) >= count

        if not self._until(lambda: asks(2)):
            return False
        put(person, {"answer": "accepted"})
        if not self._until(lambda: asks(3)):  # who accepts is asked whether they lead
            return False
        person.submit()
        return not person.errors

    @staticmethod
    def _until(there: Callable[[], bool]) -> bool:
        ends = time.monotonic() + LOOKS
        while not there() and time.monotonic() < ends:
            time.sleep(0.02)
        return there()

    def _by_mail(self, sender: str, text: str, _: "Replica") -> bool:
        """As the mail server hands it over, and again when that fails."""
        once = ("mail", sha256(text.encode()).hexdigest())
        keep = KeepMailReply("", self.asked, sender, "", None, text)
        try:
            return bool(self._town.hall.desk.handle(keep, Caller.CLOCK, once=once))
        except AlreadyDone:
            return True
        except (CannotStore, TransactionConflict, SQLAlchemyError):
            return False

    def say(self, replica: "Replica", saying: Saying) -> None:
        word, at = self._dice.choice(saying.words), self._town.clock.at
        acknowledged = False
        try:
            acknowledged = self._town.press(
                replica, saying.member_id, saying.verb, saying.subject, saying.item(word)
            )
        except NOT_ACKNOWLEDGED:
            pass
        finally:
            saying.said.append((at, word, acknowledged))

    def command(self, replica: "Replica") -> None:
        """Somebody of Slack types the command: it opens something, and changes nothing."""
        member = self._dice.choice([m for m, way in self._town.on.items() if way == SLACK])
        try:
            self._town.slack_person(replica, member).command("/tsunagu")
        except NOT_ACKNOWLEDGED:
            return

    def acknowledged(self) -> int:
        """How many of all these were."""
        said = sum(was for saying in self.sayings for *_, was in saying.said)
        return said + sum(deed.acknowledged for deed in self.once)

    # -- what is found at the end -----------------------------------------------------------------

    def _somebody(self, agency: str, way: str) -> Any:
        found = [m for m in self._town.members if m.agency_id == agency]
        found = [m for m in found if not way or self._town.on[m.id] == way]
        return found[0] if found else None

    def _happened(self, case_id: str, kind: str, id_: str) -> int:
        events = self._town.hands.events(case_id)
        return sum(e.kind == kind and id_ in str(e.facts.values()) for e in events)

    def _checked(self, case_id: str, check_id: str) -> int:
        found = self._town.hands.case(case_id).follow_ups
        return sum(one.id == check_id and bool(one.result) for one in found)

    def _symbol(self, meeting_id: str, agency: str, slot: str) -> str:
        found = self._town.hands.meeting(meeting_id).answers.get(agency, {}).get(slot)
        return str(found.symbol) if found else ""

    def _attends(self, meeting_id: str, agency: str) -> str:
        invite = self._town.hands.meeting(meeting_id).invite(agency)
        found = invite.attendance if invite else None
        return "" if found is None else "yes" if found.comes else "no"

    def _mails(self, text: str) -> int:
        with self._town.hall.database.open() as unit:
            meeting = unit.meetings.get(self.asked)
        assert meeting
        return sum(text in str(one) for one in meeting.mail_replies)
