"""Mails as files, where no server is set: for trying out, and to hand over by other means."""

import os
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from handlers.delivery import Outcome, Result


class FolderPost:
    """Writes `<folder>/<time>-<notice>.eml`, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, mail: EmailMessage, now: datetime) -> Result:
        name = f"{now:%Y%m%d-%H%M%S}-{mail['Message-ID'].strip('<>').partition('@')[0]}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            descriptor = os.open(self._folder / name, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(mail.as_bytes())
        except OSError as error:
            return Result(Outcome.RETRY, f"mail_folder:{error.errno}")
        return Result(Outcome.SENT)
