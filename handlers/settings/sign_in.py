"""The settings around signing in: how mail leaves, a town's single sign-on, how long one stays."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from handlers.settings.bad_setting import missing, wrong_value
from handlers.settings.reading import Given, read_number, read_text, read_yes_no
from handlers.settings.server_address import is_loopback, is_safe_address
from handlers.settings.table import usual
from workflows.japanese.mail_address import as_sent

SMTPS_PORT: Final = 465
SUBMISSION_PORT: Final = 587
# [ours] Whoever stands within a listed network can say that they are anybody: an office's whole
# network is no list of proxies. What containers make for themselves is not wider than this.
WIDEST_PREFIX: Final = {4: 16, 6: 48}
NO_SENDER: Final = "tsunagu@localhost"  # where no mail leaves


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over: with TLS from the start, or after STARTTLS."""

    host: str
    port: int
    implicit_tls: bool
    starttls: bool
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class SingleSignOn:
    """A town's OpenID Connect provider. `claim` is what it calls a member by."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = usual("OIDC_CLAIM")


@dataclass(frozen=True)
class SignInSettings:
    """`trusted_proxies` are the networks of the proxies whose word on addresses counts."""

    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    mail_replies: bool = False  # whether what is sent to mail_from is handed to `mail receive`
    session_idle_minutes: int = int(usual("SESSION_IDLE_MINUTES"))
    session_hours: int = int(usual("SESSION_HOURS"))
    single_sign_on: SingleSignOn | None = None
    oidc_only: bool = False
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def sender(self) -> str:
        """From where mails come, and whose the meetings in everybody's calendars are: the same
        address everywhere, or a program takes two entries of one meeting for two meetings."""
        return self.mail_from or NO_SENDER

    @property
    def mail_server(self) -> MailServer | None:
        return read_mail_server(self.smtp_url) if self.smtp_url else None


def read_sign_in_settings(given: Given) -> SignInSettings:
    """Raises BadSetting."""
    smtp_url = read_text(given, "SMTP_URL")
    mail_from = read_text(given, "MAIL_FROM")
    if smtp_url:
        read_mail_server(smtp_url)
        if not mail_from:
            raise missing("MAIL_FROM")
        if as_sent(mail_from, dotless=True) != mail_from:
            raise wrong_value("MAIL_FROM", mail_from)
    replies = read_yes_no(given, "MAIL_REPLIES")
    single_sign_on = _single_sign_on(given)
    only = read_yes_no(given, "OIDC_ONLY")
    if only and single_sign_on is None:
        raise wrong_value("OIDC_ONLY", "yes", reason="without_issuer")
    return SignInSettings(
        smtp_url=smtp_url,
        mail_from=mail_from,
        mail_replies=replies,
        session_idle_minutes=read_number(given, "SESSION_IDLE_MINUTES"),
        session_hours=read_number(given, "SESSION_HOURS"),
        single_sign_on=single_sign_on,
        oidc_only=only,
        trusted_proxies=_proxies(read_text(given, "TRUSTED_PROXIES")),
    )


def sign_in_values(settings: SignInSettings) -> dict[str, str]:
    """The settings by name; no password in an address."""
    server, one = settings.mail_server, settings.single_sign_on
    return {
        "SMTP_URL": _shown(server) if server else "",
        "MAIL_FROM": settings.mail_from,
        "MAIL_REPLIES": "yes" if settings.mail_replies else "no",
        "SESSION_IDLE_MINUTES": str(settings.session_idle_minutes),
        "SESSION_HOURS": str(settings.session_hours),
        "OIDC_ISSUER": one.issuer if one else "",
        "OIDC_CLIENT_ID": one.client_id if one else "",
        "OIDC_CLIENT_SECRET": one.client_secret if one else "",
        "OIDC_CLAIM": one.claim if one else "",
        "OIDC_ONLY": "yes" if settings.oidc_only else "no",
        "TRUSTED_PROXIES": ", ".join(_network(n) for n in settings.trusted_proxies),
    }


def _shown(server: MailServer) -> str:
    scheme = "smtps" if server.implicit_tls else "smtp"
    login = f"{server.user}:***@" if server.user else ""
    return f"{scheme}://{login}{server.host}:{server.port}"


def read_mail_server(url: str) -> MailServer:
    """`smtps://user:password@host:465`, or `smtp://host:587`, which must offer STARTTLS.

    `?starttls=no` is for a server on this very machine alone. Raises BadSetting, and never says
    the value: it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise wrong_value("SMTP_URL") from None
    starttls = options.pop("starttls", "required")
    known = parts.scheme in ("smtp", "smtps") and starttls in ("required", "no")
    if not known or not parts.hostname or options or parts.path.strip("/") or parts.fragment:
        raise wrong_value("SMTP_URL")
    implicit = parts.scheme == "smtps"
    if starttls == "no" and not implicit and not is_loopback(parts.hostname):
        raise wrong_value("SMTP_URL", reason="no_tls")
    return MailServer(
        host=parts.hostname,
        port=port or (SMTPS_PORT if implicit else SUBMISSION_PORT),
        implicit_tls=implicit,
        starttls=not implicit and starttls == "required",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _single_sign_on(given: Given) -> SingleSignOn | None:
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    values = [read_text(given, name) for name in names]
    if not any(values):
        return None
    for name, value in zip(names, values, strict=True):
        if not value:
            raise missing(name)
    issuer, client_id, client_secret = values
    if not is_safe_address(issuer):
        raise wrong_value("OIDC_ISSUER", issuer)
    claim = read_text(given, "OIDC_CLAIM")
    return SingleSignOn(issuer, client_id, client_secret, claim)


def _proxies(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, parted by commas. It used to be how many proxies there are: `0` still
    means none, and another number is refused, because it does not say who they are."""
    if text in {"", "0"}:
        return ()
    if text.isdecimal():
        raise wrong_value("TRUSTED_PROXIES", text, reason="counted")
    found = []
    for part in (part.strip() for part in text.split(",")):
        try:
            network = ip_network(part)
        except ValueError:
            raise wrong_value("TRUSTED_PROXIES", part) from None
        if network.prefixlen < WIDEST_PREFIX[network.version]:
            raise wrong_value(
                "TRUSTED_PROXIES",
                part,
                reason="too_wide",
                v4=WIDEST_PREFIX[4],
                v6=WIDEST_PREFIX[6],
            )
        found.append(network)
    return tuple(found)


def _network(network: IPv4Network | IPv6Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)
