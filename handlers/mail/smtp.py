"""Handing a mail to an SMTP server, step by step, so that it is known how far it came."""

import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final, Protocol

from handlers.delivery.sending import Result, SendOutcome
from handlers.runtime.deadline import Deadline
from handlers.runtime.outgoing_http import Smtp, SmtpTls
from handlers.settings.sign_in import MailServer
from workflows.japanese.mail_address import as_sent

TIMEOUT: Final = 15  # seconds for each answer of the server
TOTAL_SECONDS: Final = 60  # seconds for a mail
READY_FOR_DATA: Final = 354
REFUSED: Final = 500  # from here on the server will never take it; below, perhaps later

# What keeps us from the server, or it from us: nothing goes, whoever it is for.
CONNECTION: Final = "mail_connection"
LOGIN: Final = "mail_login"
TLS: Final = "mail_tls"
OURS: Final = "mail_sender"
# [ours] Asked again that soon at the latest: whoever asked for a link to sign in waits.
PAUSE: Final = timedelta(minutes=1)


class SmtpPost:
    """A mail server reached with TLS. `tls` is for one whose certificate is our own affair."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext | None = None) -> None:
        self._server, self._tls = server, tls or ssl.create_default_context()

    def take(self, mail: EmailMessage, now: datetime) -> Result:
        """Bring it there. A recipient the server refuses is dead; trouble on the way waits, and
        while it lasts no mail is given up for it."""
        with suppress(TimeoutError), Deadline(TOTAL_SECONDS) as deadline:
            result = self._brought_in_time(mail)
        if result.error == TLS and deadline.is_over:  # cut amid the first words
            return Result(SendOutcome.RETRY, CONNECTION, PAUSE, is_down=True)
        return result

    def _brought_in_time(self, mail: EmailMessage) -> Result:
        try:
            smtp = self._connected()
        except smtplib.SMTPAuthenticationError:
            return Result(SendOutcome.RETRY, LOGIN, PAUSE, is_down=True)
        except UnicodeEncodeError:  # no login of ours has other letters than ASCII
            return Result(SendOutcome.RETRY, LOGIN, PAUSE, is_down=True)
        except (ssl.SSLError, smtplib.SMTPNotSupportedError):
            # The certificate is nobody's we trust, or no encryption is offered.
            return Result(SendOutcome.RETRY, TLS, PAUSE, is_down=True)
        except (OSError, smtplib.SMTPException, UnicodeError):  # the last: no name of a host
            return Result(SendOutcome.RETRY, CONNECTION, PAUSE, is_down=True)
        try:
            result = _handed_over(smtp, mail)
            if result.outcome is SendOutcome.SENT:
                with suppress(OSError, smtplib.SMTPException):  # it has the mail already
                    smtp.quit()
            return result
        finally:
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.implicit_tls:
            smtp: smtplib.SMTP = SmtpTls(
                server.host, server.port, timeout=TIMEOUT, context=self._tls
            )
        else:
            smtp = Smtp(server.host, server.port, timeout=TIMEOUT)
        try:
            if server.starttls:
                smtp.starttls(context=self._tls)
            if server.user:
                smtp.login(server.user, server.password)
            else:
                smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp


class _Answers(Protocol):
    """The part of smtplib.SMTP that a handing over uses."""

    @property
    def esmtp_features(self) -> Mapping[str, str]: ...
    def mail(self, sender: str) -> tuple[int, bytes]: ...
    def rcpt(self, recip: str) -> tuple[int, bytes]: ...
    def putcmd(self, cmd: str) -> None: ...
    def getreply(self) -> tuple[int, bytes]: ...
    def send(self, s: bytes) -> None: ...


def _handed_over(smtp: _Answers, mail: EmailMessage) -> Result:
    sent = False
    content = _dotted(mail.as_bytes())
    if _too_large(smtp, content):
        return Result(SendOutcome.DEAD, "mail_too_large")
    try:
        code, _ = smtp.mail(mail["From"].addresses[0].addr_spec)
        if code >= READY_FOR_DATA:  # it is the same for every mail: a setting to be mended
            return Result(SendOutcome.RETRY, f"{OURS}:{code}", PAUSE, is_down=True)
        code, _ = smtp.rcpt(_recipient(mail))
        if code >= READY_FOR_DATA:
            return _refused(code, "mail_recipient")
        smtp.putcmd("data")
        code, _ = smtp.getreply()
        if code != READY_FOR_DATA:
            return _refused(code, "mail_data")
        sent = True
        smtp.send(content)
        code, _ = smtp.getreply()
    except UnicodeEncodeError:
        return Result(SendOutcome.DEAD, "bad_address")
    except (OSError, smtplib.SMTPException):
        if sent:  # the server may have taken it before the line broke
            return Result(SendOutcome.UNKNOWN, "mail_no_answer")
        return Result(SendOutcome.RETRY, CONNECTION, PAUSE, is_down=True)
    if code >= READY_FOR_DATA:
        return _refused(code, "mail_content")
    return Result(SendOutcome.SENT)


def _recipient(mail: EmailMessage) -> str:
    """As a server takes it: the library reads a quoted address without its quotes."""
    return as_sent(mail["To"].addresses[0].addr_spec)


def _too_large(smtp: _Answers, content: bytes) -> bool:
    """Whether the server says beforehand that it takes none of this size (RFC 1870; 0: any)."""
    most = smtp.esmtp_features.get("size", "")
    return most.isascii() and most.isdigit() and 0 < int(most) < len(content)


def _dotted(content: bytes) -> bytes:
    """With the dots at the beginning of lines doubled, and the end (RFC 5321, 4.5.2)."""
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    stuffed = (b"." + line if line.startswith(b".") else line for line in lines)
    return b"\r\n".join(stuffed) + b"\r\n.\r\n"


def _refused(code: int, why: str) -> Result:
    """The server said no; its words may quote the address and are not kept."""
    outcome = SendOutcome.DEAD if code >= REFUSED else SendOutcome.RETRY
    return Result(outcome, f"{why}:{code}")
