"""LINE WORKS as the running bot knows it. What speaks with it is imported when it is needed."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from handlers.chat.platform import ChatPlatform, ChatRuntime, ChatServices
from handlers.runtime.finding import Finding
from handlers.settings import Settings
from handlers.settings.lineworks import LINEWORKS
from workflows.desk import Desk


class LineworksPlatform(ChatPlatform):
    code: ClassVar[str] = LINEWORKS
    setup_help: ClassVar[str] = "chat.lineworks.setup"

    def runtime(self, services: ChatServices) -> ChatRuntime:
        from handlers.lineworks.runtime import LineworksRuntime

        assert services.settings.lineworks  # noqa: S101 - only where it is set up
        return LineworksRuntime(services, services.settings.lineworks)

    def check(self, settings: Settings, desk: Desk) -> Iterable[Finding]:
        from handlers.lineworks.check import check_lineworks

        return check_lineworks(settings, desk)

    def secret_files(self, settings: Settings) -> Sequence[Path]:
        return [settings.lineworks.private_key_file] if settings.lineworks else []

    def set_up(self, runtime: ChatRuntime | None) -> Iterable[Finding]:
        """The menu, which LINE WORKS keeps for everybody."""
        from handlers.lineworks.runtime import LineworksRuntime
        from handlers.lineworks.setup import set_up_lineworks

        return set_up_lineworks(runtime.door if isinstance(runtime, LineworksRuntime) else None)
