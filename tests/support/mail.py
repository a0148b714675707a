"""A real SMTP server on loopback with a certificate of its own, which answers as it is told."""

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from handlers.mail.channel import MailChannel, MailTransport
from handlers.mail.written import Writer
from handlers.web.server.navigation import link
from tests.support.clock import MovedClock
from tests.support.product import free_port
from tests.support.town import FORMS, holiday_name
from tests.support.web import TEXTS
from workflows.desk import Desk

USER, PASSWORD = "bot", "hush/hush"
SENDER = "bot@town.example.jp"
WRITER = Writer(TEXTS, SENDER)  # made once: it compiles what it writes by


@dataclass(frozen=True)
class Certificate:
    """`server` is what a server shows, `client` trusts it alone."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    """For 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return Certificate(server, ssl.create_default_context(cafile=str(pem)))


@dataclass
class Office:
    """A mail server's behaviour, and what it took in. `says` maps a step (MAIL, RCPT, DATA) to
    its answer, `recipients` is what it was told as such; `hangs_up` breaks the line once it has
    the whole mail; `largest` is how many bytes it takes."""

    says: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    largest: int = 33_554_432
    taken: list[Envelope] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.says.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.taken.append(envelope)
        assert isinstance(server.transport, asyncio.WriteTransport)
        self.was_encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        if self.hangs_up:
            server.transport.abort()
        return self.says.get("DATA", "250 OK")

    def login(self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any) -> Any:
        self.logins.append(how)
        fits = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=fits, handled=False)


class _Counter(SMTP):
    """aiosmtpd's server, which reads a quoted address without its quotes: what came is kept."""

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd calls it so
        assert isinstance(self.event_handler, Office)
        self.event_handler.recipients.append(str(arg))
        await super().smtp_RCPT(arg)


class _Line(Controller):
    """aiosmtpd's controller, with TLS offered after STARTTLS or from the start."""

    def factory(self) -> SMTP:
        return _Counter(self.handler, **self.SMTP_kwargs)

    def __init__(self, office: Office, tls: ssl.SSLContext | None, *, implicit: bool) -> None:
        options: dict[str, Any] = {
            "authenticator": office.login,
            "timeout": 5,
            "data_size_limit": office.largest,
        }
        if implicit:
            options |= {"ssl_context": tls, "auth_require_tls": False}
        elif tls:
            options |= {"tls_context": tls, "require_starttls": True}
        # Its first look at itself wants to know the port beforehand.
        super().__init__(office, hostname="127.0.0.1", port=free_port(), **options)


@contextmanager
def mail_office(
    office: Office, tls: ssl.SSLContext | None, *, implicit: bool = False
) -> Iterator[int]:
    """Answers at the port it gives, until the block ends."""
    line = _Line(office, tls, implicit=implicit)
    line.start()
    try:
        yield line.port
    finally:
        line.stop()


def _no_unit() -> NoReturn:
    raise AssertionError("a mail that asks nothing opens no transaction")


def closed_desk() -> Desk:
    """For mails about nothing that is looked up: every question to it fails."""
    return Desk(_no_unit, MovedClock(), FORMS, holiday_name)


def mail_way(
    desk: Desk, post: MailTransport, town: str = "https://town.example.jp", sender: str = SENDER
) -> MailChannel:
    """The mail door of a town whose pages are at `town`; answers are given at /a/<link's id>."""
    return MailChannel(
        desk=desk,
        post=post,
        texts=TEXTS,
        writer=WRITER if sender == SENDER else Writer(TEXTS, sender),
        sender=sender,
        page_of=lambda action: town + link(action),
        answer_address=lambda link_id: f"{town}/a/{link_id}",
    )


def read_mail(content: bytes) -> EmailMessage:
    found = message_from_bytes(content, policy=policy.SMTP)
    assert isinstance(found, EmailMessage)
    assert not [part.defects for part in found.walk() if part.defects]
    return found


def text_of(content: bytes) -> str:
    """What a mail says, to whom it is shown as plain text."""
    return _part(content, "plain")


def html_of(content: bytes) -> str:
    """What most readers are shown."""
    return _part(content, "html")


def _part(content: bytes, kind: str) -> str:
    body = read_mail(content).get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")
