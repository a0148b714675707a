"""A mail server that may break the line before it took a mail, or once it has it."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.mail import Office

REPEAT = "再送かもしれません"


@dataclass
class Mailroom(Office):
    """`cuts_before` and `cuts_after`: how many mails more end so. `arrived` is what the receivers
    have, in its order."""

    cuts_before: int = 0
    cuts_after: int = 0
    arrived: list[Envelope] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(server.transport, asyncio.WriteTransport)
        if self.cuts_before:
            self.cuts_before -= 1
            server.transport.abort()
        elif "DATA" not in self.says:
            self.arrived.append(envelope)
            if self.cuts_after:
                self.cuts_after -= 1
                server.transport.abort()
        return self.says.get("DATA", "250 OK")

    def calm(self) -> None:
        self.says.clear()
        self.cuts_before = self.cuts_after = 0

    def notices(self) -> tuple[Counter[str], set[str]]:
        """How often each notice came, and which came again without a word that it may have."""
        count: Counter[str] = Counter()
        unsaid = set()
        for envelope in self.arrived:
            mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            notice = str(mail["Message-ID"]).strip("<>").partition("@")[0]
            count[notice] += 1
            text = mail.get_body(("plain",))
            if count[notice] > 1 and REPEAT not in (text.get_content() if text else ""):
                unsaid.add(notice)
        return count, unsaid
