"""Mails as files, where no server is set: for trying out, and to hand over by other means.

They hold addresses and links in the clear, and strangers can ask for more of them: each new one
takes away what is older than a day, and what is too much.
"""

import os
import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from handlers.delivery.sending import Result, SendOutcome
from handlers.mail.smtp import PAUSE

# [ours] A link is dead after ten minutes; a file is looked for within the day.
KEPT: Final = timedelta(days=1)
MOST: Final = 200
_TIME: Final = "%Y%m%d-%H%M%S"
_OURS: Final = re.compile(r"\d{8}-\d{6}-.+\.eml")


class FolderPost:
    """Writes `<folder>/<time>-<notice>.eml`, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, mail: EmailMessage, now: datetime) -> Result:
        name = f"{now:{_TIME}}-{mail['Message-ID'].strip('<>').partition('@')[0]}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tidy(now)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            descriptor = os.open(self._folder / name, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(mail.as_bytes())
        except OSError as error:
            return Result(
                SendOutcome.RETRY, f"mail_folder:{error.errno}", PAUSE, is_down=True
            )  # no mail's fault
        return Result(SendOutcome.SENT)

    def _tidy(self, now: datetime) -> None:
        """Leave room for one more; the oldest go first. Names begin with their time."""
        ours = sorted(p for p in self._folder.iterdir() if _OURS.fullmatch(p.name))
        oldest_kept = f"{now - KEPT:{_TIME}}"
        for number, path in enumerate(ours):
            if path.name < oldest_kept or number <= len(ours) - MOST:
                path.unlink(missing_ok=True)
