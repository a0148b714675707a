"""A platform or mail server that takes nothing more: administrators hear of it by other ways."""

from dataclasses import dataclass

from workflows.desk import Command, handles
from workflows.notices import Fact
from workflows.permissions import Action
from workflows.sign_in import MAIL
from workflows.work import Work


@dataclass(frozen=True)
class ReportTrouble(Command[None]):
    """Something keeps us from a platform until somebody mends it: told once a day for each cause.

    `code` is the platform's own word for it, `needed` what it says is missing (a scope, or the
    channel that cannot be used), never anything that somebody wrote.
    """

    platform: str
    code: str
    needed: str = ""


@handles(ReportTrouble, Action.KEEP_TIME)
def report_trouble(command: ReportTrouble, work: Work) -> None:
    cause = f"{command.platform}:{command.code}:{command.needed}:{work.today.isoformat()}"
    if work.uow.seen("channel_trouble", cause, work.now):
        return
    to = work.administrators()
    facts: dict[str, Fact] = {
        "platform": command.platform,
        "code": command.code,
        "needed": command.needed,
    }
    # A mail about mails that do not go would arrive when all is well again.
    for via in ("",) if command.platform == MAIL else ("", MAIL):
        reached = [m for m in to if m.email] if via else to
        work.tell("channel_trouble", reached, once=cause, facts=facts, urgent=True, via=via)
    work.record(
        "channel_trouble", platform=command.platform, code=command.code, needed=command.needed
    )
