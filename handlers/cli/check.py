"""`check`: whether everything is there that a town needs, one sentence each."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from handlers.chat.platform import ChatPlatform
from handlers.cli.console import DONE, NOT_DONE, Voice
from handlers.runtime.decision_file import NAME as DECISIONS
from handlers.runtime.decision_file import is_cut
from handlers.runtime.finding import Finding
from handlers.runtime.proxy_trouble import ProxyTrouble
from handlers.settings import Mode, Settings, in_force
from handlers.settings.server_address import is_loopback
from handlers.settings.table import setting_of
from handlers.settings.unread import unknown_settings, without_effect
from workflows.audit.check import GetTrailState, check_all_rows
from workflows.core.permissions import Caller
from workflows.desk import Desk
from workflows.directory.look import GetCoreAgency, GetDirectory, GetTownName
from workflows.directory.people import GetPeople
from workflows.sign_in.sign_in import NOT_BY_SHARED, shares_address

NAMED = 5  # files that are named; the rest is counted


class Say(Protocol):
    def __call__(self, key: str, /, **facts: object) -> None: ...


def report(
    settings: Settings,
    env_file: Path,
    desk: Desk,
    voice: Voice,
    *,
    chats: Iterable[ChatPlatform],
    proxy_troubles: Iterable[ProxyTrouble],
) -> int:
    """Say what is good and what to mend. Opening the database and its keys went well by now.

    `proxy_troubles` is what the running bot has met since it started.
    """
    values = dict(in_force(settings))
    fine, wrong, counted = _telling(voice)

    _settings(settings, env_file, fine, wrong)
    if settings.mode is Mode.TOWN:
        _ways_in(settings, values, fine, wrong)
        for trouble in proxy_troubles:
            wrong(f"page.admin.proxy.{trouble.code}", peer=trouble.peer)
    fine("cli.check.database", place=values["DATABASE_URL"])
    if settings.mode is Mode.TOWN and in_the_clear(settings.database_url):
        wrong("cli.check.database_in_the_clear")
    fine("keys.check" if settings.keys else "cli.check.keys", place=values["KEYS_FILE"])
    used = [chat for chat in chats if chat.is_set_up(settings)]
    secrets = [path for chat in used for path in chat.secret_files(settings)]
    if found := open_to_others(settings, env_file, secrets):
        places = [str(place) for place in found[:NAMED]]
        wrong("cli.check.open_files", places=places, more=len(found) - len(places))
    if settings.mode is Mode.TOWN:
        _kept_outside(settings, fine, wrong)
        if settings.checkpoint_folder and is_cut(desk, settings.checkpoint_folder):
            wrong("cli.check.decisions_cut", place=str(settings.checkpoint_folder / DECISIONS))
    _trail(desk, fine, wrong)
    people = desk.ask(GetPeople(), Caller.CONSOLE)
    directory = desk.ask(GetDirectory(), Caller.CONSOLE)
    fine(
        "cli.check.town",
        town=desk.ask(GetTownName(), Caller.CONSOLE),
        agencies=directory.total,
        members=len(people),
    )
    members = [m for agency in directory.agencies for m in agency.members if m.is_active]
    without_address = sum(not m.email for m in members)
    if settings.mode is Mode.TOWN and without_address and not settings.sign_in.oidc_only:
        wrong("cli.check.no_email", count=without_address)
    barred = [m for m in members if NOT_BY_SHARED & set(m.roles) and shares_address(m, members)]
    if settings.mode is Mode.TOWN and barred and not settings.sign_in.oidc_only:
        named = sorted({r for m in barred for r in m.roles if r in NOT_BY_SHARED})
        wrong("cli.check.shared_address", count=len(barred), roles=named)
    roles = {role for person in people for role in person.roles}
    if "coordinator" not in roles:
        wrong("cli.check.no_coordinator")
    if "manager" not in roles:
        wrong("cli.check.no_manager")
    core = desk.ask(GetCoreAgency(), Caller.CONSOLE)
    if not core:
        wrong("cli.check.no_core")
    elif core not in {person.agency_id for person in people}:
        wrong("cli.check.core_gone", code=core)
    for agency in directory.agencies:
        if not any(m.is_active for m in agency.members):
            wrong("cli.check.nobody", agency=agency.name, code=agency.id)
        elif not agency.has_contact:
            wrong("cli.check.no_contact", agency=agency.name, code=agency.id)
    for chat in used:
        fine("cli.check.chat", platform=chat.code)
    return _ended(counted(), voice)


def _settings(settings: Settings, env_file: Path, fine: Say, wrong: Say) -> None:
    """Which mode and address are set, and what is set that nothing reads."""
    fine("cli.check.settings", mode=str(settings.mode), address=settings.page_address)
    for unknown in unknown_settings(env_file, os.environ):
        wrong("cli.check.unknown_setting", name=unknown.name, near=unknown.near)
    for name in without_effect(settings, env_file, os.environ):
        wrong("cli.check.without_effect", name=name, needed=setting_of(name).only_with)
    if settings.mode is Mode.TOWN and not settings.public_url:
        wrong("cli.check.mail_address")


def in_the_clear(database_url: str) -> bool:
    """Whether others on the network could read, or answer for, the database of another machine."""
    parts = urlsplit(database_url)
    asked = parse_qs(parts.query)
    host = asked.get("host", [parts.hostname or ""])[0]
    elsewhere = parts.scheme.startswith("postgresql") and host and not host.startswith("/")
    return bool(elsewhere and not is_loopback(host) and asked.get("sslmode") != ["verify-full"])


def _kept_outside(settings: Settings, fine: Say, wrong: Say) -> None:
    """Whether checkpoints of the audit trail lie anywhere outside the database."""
    folder, mailed = settings.checkpoint_folder, settings.checkpoint_mail
    if folder:
        fine("cli.check.checkpoint_folder", place=str(folder))
    if mailed:
        fine("cli.check.checkpoint_mail", folder=bool(folder))
    if not folder and not mailed:
        wrong("cli.check.no_checkpoints")


def _trail(desk: Desk, fine: Say, wrong: Say) -> None:
    """What the last check of the audit trail found."""
    last = desk.ask(GetTrailState(), Caller.CONSOLE).check
    if last is None:
        fine("cli.check.trail_unchecked")
    elif last.broken:
        wrong("cli.check.trail_broken", at=last.at)
    else:
        fine("cli.check.trail", at=last.at, rows=last.seq, compared_until=last.compared_until)
    if changed := check_all_rows(desk, Caller.CONSOLE, opens=False):
        names = [fault.name for fault in changed]
        wrong("cli.check.rows", rows=names[:NAMED], more=len(names[NAMED:]))


def open_to_others(settings: Settings, env_file: Path, secrets: Iterable[Path]) -> list[Path]:
    """Which files and folders that hold secrets or sealed data others than their owner may read."""
    if os.name != "posix":  # Windows keeps rights another way
        return []
    held = [settings.data_folder, *sorted(settings.data_folder.rglob("*"))]
    held += [settings.keys_file, env_file, *secrets]
    return [p for p in dict.fromkeys(held) if p.exists() and p.stat().st_mode & 0o077]


def print_findings(findings: Iterable[Finding], voice: Voice) -> int:
    """Say what was found, as it comes: the sentence, and not the line that a log would have."""
    fine, wrong, counted = _telling(voice)
    doors = logging.getLogger("handlers")
    before = doors.level
    doors.setLevel(logging.CRITICAL + 1)
    try:
        for one in findings:
            (fine if one.is_good else wrong)(one.key, **one.facts)
    finally:
        doors.setLevel(before)
    return _ended(counted(), voice)


def _telling(voice: Voice) -> tuple[Say, Say, Callable[[], int]]:
    """How to say what is good, and what to mend; and how many of these there were."""
    good, mend = voice.words("cli.check.good"), voice.words("cli.check.mend")
    to_mend = 0

    def fine(key: str, /, **facts: object) -> None:
        voice.out.print(f"[{good}] {voice.words(key, **facts)}", soft_wrap=True)

    def wrong(key: str, /, **facts: object) -> None:
        nonlocal to_mend
        to_mend += 1
        voice.out.print(f"[{mend}] {voice.words(key, **facts)}", soft_wrap=True)

    return fine, wrong, lambda: to_mend


def _ended(to_mend: int, voice: Voice) -> int:
    if to_mend:
        voice.say("cli.check.to_mend", count=to_mend)
        return NOT_DONE
    voice.say("cli.check.fine")
    return DONE


def _ways_in(settings: Settings, values: Mapping[str, str], fine: Say, wrong: Say) -> None:
    """Whether members can sign in: by mail, by single sign-on, each counted by themselves."""
    given = settings.sign_in
    # We speak no TLS ourselves: behind an address with https there is a proxy.
    if settings.public_url.startswith("https://") and not given.trusted_proxies:
        wrong("cli.check.no_proxy")
    if given.mail_server:
        fine("cli.check.mail_server", place=values["SMTP_URL"])
    elif not given.oidc_only:
        wrong("cli.check.no_mail", place=settings.data_folder / "mail")
    if given.single_sign_on:
        callback = settings.page_address + "/sign-in/oidc/callback"
        fine("cli.check.single_sign_on", issuer=given.single_sign_on.issuer, callback=callback)
