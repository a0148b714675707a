"""Slack as the running bot knows it. What speaks with Slack is imported when it is needed."""

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from handlers.chat.platform import ChatPlatform, ChatRuntime, ChatServices
from handlers.runtime.finding import Finding
from handlers.settings import Settings
from handlers.settings.slack import SLACK
from workflows.core.mark_stale import CoordinationBoard
from workflows.desk import Desk

# What people copy from Slack: the id itself, a mention, or the address of a profile.
_ACCOUNT: Final = re.compile(r"(?:.*/team/|<?@)?([UW][A-Z0-9]+)(?:\|[^>]*)?>?")


class SlackPlatform(ChatPlatform):
    code: ClassVar[str] = SLACK

    def runtime(self, services: ChatServices) -> ChatRuntime:
        from handlers.slack.runtime import SlackRuntime

        assert services.settings.slack  # noqa: S101 - only where it is set up
        return SlackRuntime(services, services.settings.slack)

    def check(self, settings: Settings, desk: Desk) -> Iterable[Finding]:
        from handlers.slack.check import check_slack

        return check_slack(settings, desk)

    def boards(self, settings: Settings) -> Sequence[CoordinationBoard]:
        """The coordinators' channel."""
        channel = settings.slack.coordinators_channel if settings.slack else ""
        return [CoordinationBoard(SLACK, channel)] if channel else []

    def account_id(self, typed: str) -> str:
        found = _ACCOUNT.fullmatch(typed.upper() if typed.islower() else typed)
        return found[1] if found else ""

    def page_threads(self, settings: Settings) -> int:
        """A modal handed in over HTTP is answered with what the person sees next."""
        slack = settings.slack
        return slack.workers if slack and not slack.is_socket else 0
