"""Mattermost as the running bot knows it. What speaks with it is imported when it is needed."""

from collections.abc import Iterable
from typing import ClassVar

from handlers.chat.platform import ChatPlatform, ChatRuntime, ChatServices
from handlers.runtime.finding import Finding
from handlers.settings import Settings
from handlers.settings.mattermost import MATTERMOST
from workflows.desk import Desk


class MattermostPlatform(ChatPlatform):
    code: ClassVar[str] = MATTERMOST

    def is_set_up(self, settings: Settings) -> bool:
        return settings.mattermost is not None

    def runtime(self, services: ChatServices) -> ChatRuntime:
        from handlers.mattermost.runtime import MattermostRuntime

        assert services.settings.mattermost  # noqa: S101 - only where it is set up
        return MattermostRuntime(services, services.settings.mattermost)

    def check(self, settings: Settings, desk: Desk) -> Iterable[Finding]:
        from handlers.mattermost.check import check_mattermost

        return check_mattermost(settings, desk)
