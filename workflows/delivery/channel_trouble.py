"""A platform or mail server that takes nothing more: who must know hears of it by other ways."""

from dataclasses import dataclass
from datetime import datetime

from workflows.core.messages import Command, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.model.directory import Member
from workflows.model.notice import Fact, Facts
from workflows.sign_in.sign_in import MAIL

TROUBLE = "channel_trouble"  # the notice's key, and the kind of the trail's event


@dataclass(frozen=True)
class ReportTrouble(Command[None]):
    """Report a fault of a platform that somebody has to repair; administrators are told once a day
    for each cause.

    `code` is the platform's own word for it, `needed` what it says is missing (a scope, or the
    channel that cannot be used), never anything that somebody wrote.
    """

    platform: str
    code: str
    needed: str = ""


@handles(ReportTrouble, Action.KEEP_TIME, code="report_trouble")
def report_trouble(command: ReportTrouble, work: Work) -> None:
    cause = f"{command.platform}:{command.code}:{command.needed}:{work.today.isoformat()}"
    if not work.uow.mark_handled(TROUBLE, cause, work.now):
        return
    work.uow.mark_handled(TROUBLE, _told_today(command.platform, command.code, work), work.now)
    facts: dict[str, Fact] = {
        "platform": command.platform,
        "code": command.code,
        "needed": command.needed,
    }
    _tell(command.platform, work.administrators(), cause, facts, work)
    work.record(TROUBLE, platform=command.platform, code=command.code, needed=command.needed)


@dataclass(frozen=True)
class ReportOutage(Command[None]):
    """A way out has been down for a while, or is up again (`is_over`): told once of each outage.

    `code` is why, as the platform names it, `since` when it began; `late` how many notices waited
    when it was over.
    """

    platform: str
    code: str
    since: datetime
    is_over: bool = False
    late: int = 0


@handles(ReportOutage, Action.KEEP_TIME, code="report_outage")
def report_outage(command: ReportOutage, work: Work) -> None:
    """Administrators mend it; coordinators know why nobody answers."""
    what = "back" if command.is_over else "down"
    to = {m.id: m for m in (*work.administrators(), *work.coordinators())}
    if not command.is_over and work.uow.was_handled(
        TROUBLE, _told_today(command.platform, command.code, work)
    ):
        to = {m.id: m for m in work.coordinators()}
    facts: dict[str, Fact] = {
        "platform": command.platform,
        "code": command.code,
        "needed": "",
        "outage": what,
        "since": command.since.isoformat(),
        "waited": command.late,
    }
    once = f"{command.platform}:{command.since.isoformat()}:{what}"
    _tell(command.platform, list(to.values()), once, facts, work)
    kind = "way_back" if command.is_over else "way_down"
    work.record(kind, platform=command.platform, code=command.code, late=command.late)


def outage_is_over(facts: Facts, work: Work) -> bool:
    """Whether what tells that a way is down is not so any more."""
    if facts.get("outage") != "down":
        return False
    state = work.uow.ways.get(str(facts["platform"]))
    since = state.down_since.isoformat() if state.down_since else ""
    return not state.is_down or since != facts["since"]


def _tell(platform: str, to: list[Member], once: str, facts: dict[str, Fact], work: Work) -> None:
    # A mail about mails that do not go would arrive when all is well again.
    for via in ("",) if platform == MAIL else ("", MAIL):
        reached = [m for m in to if m.email] if via else to
        work.tell(TROUBLE, reached, once=once, facts=facts, urgent=True, via=via)


def _told_today(platform: str, code: str, work: Work) -> str:
    return f"{platform}:{code}:{work.today.isoformat()}"
