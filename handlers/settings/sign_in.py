"""The settings around signing in: how mail leaves, a town's single sign-on, how long one stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from handlers.settings.bad_setting import BadSetting
from handlers.settings.server_address import is_loopback, is_safe_address
from workflows.mail_address import as_sent

SMTPS_PORT: Final = 465
SUBMISSION_PORT: Final = 587
IDLE_MINUTES: Final = range(5, 8 * 60 + 1)
HOURS: Final = range(1, 25)
# [ours] Whoever stands within a listed network can say that they are anybody: an office's whole
# network is no list of proxies. What containers make for themselves is not wider than this.
WIDEST_PREFIX: Final = {4: 16, 6: 48}
NO_SENDER: Final = "tsunagu@localhost"  # where no mail leaves
YES_NO: Final = {"yes": True, "no": False}


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
    claim: str = "email"


@dataclass(frozen=True)
class SignInSettings:
    """`trusted_proxies` are the networks of the proxies whose word on addresses counts."""

    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    mail_replies: bool = False  # whether what is sent to mail_from is handed to `mail receive`
    session_idle_minutes: int = 30  # OWASP ASVS 3.3.2, level 2
    session_hours: int = 12
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


NAMES = (
    "SMTP_URL",
    "MAIL_FROM",
    "MAIL_REPLIES",
    "SESSION_IDLE_MINUTES",
    "SESSION_HOURS",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_CLAIM",
    "OIDC_ONLY",
    "TRUSTED_PROXIES",
)


def read_sign_in_settings(given: Mapping[str, str]) -> SignInSettings:
    """Raises BadSetting."""
    usual = SignInSettings()
    smtp_url = given.get("SMTP_URL", "").strip()
    mail_from = given.get("MAIL_FROM", "").strip()
    if smtp_url:
        read_mail_server(smtp_url)
        if not mail_from or as_sent(mail_from, dotless=True) != mail_from:
            raise BadSetting("setting.mail_from", value=mail_from)
    replies = YES_NO.get(given.get("MAIL_REPLIES", "no").strip().lower())
    if replies is None:
        raise BadSetting("setting.mail_replies", value=given["MAIL_REPLIES"])
    single_sign_on = _single_sign_on(given)
    only = YES_NO.get(given.get("OIDC_ONLY", "no").strip().lower())
    if only is None or (only and single_sign_on is None):
        raise BadSetting("setting.oidc_only", value=given["OIDC_ONLY"])
    return SignInSettings(
        smtp_url=smtp_url,
        mail_from=mail_from,
        mail_replies=replies,
        session_idle_minutes=_number(
            given, "SESSION_IDLE_MINUTES", usual.session_idle_minutes, IDLE_MINUTES
        ),
        session_hours=_number(given, "SESSION_HOURS", usual.session_hours, HOURS),
        single_sign_on=single_sign_on,
        oidc_only=only,
        trusted_proxies=_proxies(given.get("TRUSTED_PROXIES", "")),
    )


def sign_in_values(settings: SignInSettings) -> dict[str, str]:
    """The settings by name as one may show them: no password, no secret."""
    server, one = settings.mail_server, settings.single_sign_on
    return {
        "SMTP_URL": _shown(server) if server else "",
        "MAIL_FROM": settings.mail_from,
        "MAIL_REPLIES": "yes" if settings.mail_replies else "no",
        "SESSION_IDLE_MINUTES": str(settings.session_idle_minutes),
        "SESSION_HOURS": str(settings.session_hours),
        "OIDC_ISSUER": one.issuer if one else "",
        "OIDC_CLIENT_ID": one.client_id if one else "",
        "OIDC_CLIENT_SECRET": "***" if one else "",
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
        raise BadSetting("setting.smtp_url") from None
    starttls = options.pop("starttls", "required")
    known = parts.scheme in ("smtp", "smtps") and starttls in ("required", "no")
    if not known or not parts.hostname or options or parts.path.strip("/") or parts.fragment:
        raise BadSetting("setting.smtp_url")
    implicit = parts.scheme == "smtps"
    if starttls == "no" and not implicit and not is_loopback(parts.hostname):
        raise BadSetting("setting.smtp_no_tls")
    return MailServer(
        host=parts.hostname,
        port=port or (SMTPS_PORT if implicit else SUBMISSION_PORT),
        implicit_tls=implicit,
        starttls=not implicit and starttls == "required",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _single_sign_on(given: Mapping[str, str]) -> SingleSignOn | None:
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    values = [given.get(name, "").strip() for name in names]
    if not any(values):
        return None
    for name, value in zip(names, values, strict=True):
        if not value:
            raise BadSetting("setting.oidc_incomplete", name=name)
    issuer, client_id, client_secret = values
    if not is_safe_address(issuer):
        raise BadSetting("setting.oidc_issuer", value=issuer)
    claim = given.get("OIDC_CLAIM", "").strip() or "email"
    return SingleSignOn(issuer, client_id, client_secret, claim)


def _proxies(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, parted by commas. It used to be how many proxies there are: `0` still
    means none, and another number is refused, because it does not say who they are."""
    if text.strip() in {"", "0"}:
        return ()
    if text.strip().isdecimal():
        raise BadSetting("setting.proxies_counted", value=text.strip())
    found = []
    for part in (part.strip() for part in text.split(",")):
        try:
            network = ip_network(part)
        except ValueError:
            raise BadSetting("setting.proxies", value=part) from None
        if network.prefixlen < WIDEST_PREFIX[network.version]:
            raise BadSetting(
                "setting.proxies_wide", value=part, v4=WIDEST_PREFIX[4], v6=WIDEST_PREFIX[6]
            )
        found.append(network)
    return tuple(found)


def _network(network: IPv4Network | IPv6Network) -> str:
    return str(network.network_address if network.num_addresses == 1 else network)


def _number(given: Mapping[str, str], name: str, usual: int, allowed: range) -> int:
    text = given.get(name, str(usual)).strip()
    if not (text.isascii() and text.isdigit()) or int(text) not in allowed:
        raise BadSetting(
            "setting.number", name=name, value=text, least=allowed[0], most=allowed[-1]
        )
    return int(text)
