"""The command line: which commands there are, and one sentence for whatever goes wrong.

Exit status: 0 done; 1 not done, because what was given is wrong or somebody said no; 2 cannot,
because of the command line, a setting, the database or its keys. Never a traceback.
"""

import errno
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Protocol

import typer
from jinja2 import TemplateError

from handlers.chat.platform import ChatPlatform
from handlers.cli import (
    audit,
    backup,
    broken,
    check,
    explain,
    init,
    keys,
    lists,
    mail,
    migrate,
    permission_requests,
    show,
)
from handlers.cli import (
    settings as settings_command,
)
from handlers.cli.console import DONE, NOT_DONE, Voice, speak_japanese
from handlers.cli.permissions import show_permissions
from handlers.runtime.fault_codes import trouble_code
from handlers.runtime.finding import Finding
from handlers.runtime.proxy_trouble import ProxyTrouble
from handlers.settings import BadSetting, Mode, Settings, load_settings
from handlers.settings.bad_setting import real_town_beside
from handlers.words.texts import Texts, load_texts
from workflows.core.errors import Refused
from workflows.core.permissions import Caller
from workflows.core.ports import CannotStore
from workflows.desk import Desk
from workflows.directory.people import GetPeople
from workflows.forms import BadForm
from workflows.sign_in.sign_in import PrintLink

# typer brings its own copy of click; this is that copy's UsageError.
USAGE_ERROR: Final[type[Exception]] = typer.BadParameter.__bases__[0]

INTERRUPTED: Final = 130  # what typer makes of Ctrl+C

# What somebody named that is not there, or is something else; what keeps the machine from its
# work has its code of handlers/runtime/fault_codes.py.
_NAMED_WRONG: Final = {
    errno.ENOENT: "no_file",
    errno.EISDIR: "is_folder",
    errno.EEXIST: "is_taken",
    errno.ENOTDIR: "is_taken",
}


@dataclass(frozen=True)
class OpenedTown:
    """A database opened for one command."""

    desk: Desk
    texts: Texts
    proxy_troubles: tuple[ProxyTrouble, ...] = ()


class CannotListen(Exception):
    """The address or port to serve at cannot be had; `key` names the sentence."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


class CommandWiring(
    backup.BackupWiring, keys.KeysWiring, mail.MailWiring, migrate.MigrationWiring, Protocol
):
    """What bot.py provides: the command line knows nothing of storage.

    It calls `acts_on` with the settings and the town's name whenever it opens a town.
    """

    acts_on: Callable[[Settings, str], None]

    @property
    def chats(self) -> Sequence[ChatPlatform]: ...
    def open(
        self, settings: Settings, *, new: bool = False
    ) -> AbstractContextManager[OpenedTown]: ...
    def serve(self, settings: Settings, ready: Callable[[], None]) -> None: ...
    def town_of(self, settings: Settings) -> str: ...
    def set_up_chat(self, settings: Settings, chat: ChatPlatform) -> Iterable[Finding]: ...
    def slack_manifest(self, texts: Texts, url: str) -> str: ...
    def now(self) -> datetime: ...
    def explain(self, error: Exception) -> tuple[str, dict[str, object]]: ...


def run_commands(
    folder: Path,
    wiring: CommandWiring,
    refused: type[Exception],
    arguments: list[str] | None = None,
) -> int:
    """Read the command line and carry it out; answers with the exit status."""
    os.umask(0o077)  # every file it makes is for its owner alone, whatever the machine's custom is
    speak_japanese(sys.stdout, sys.stderr)
    voice = Voice(load_texts(None))
    app = _commands(folder, wiring, voice)
    try:
        result = app(args=arguments, prog_name="python bot.py", standalone_mode=False)
    except BadSetting as error:
        voice.complain(error.key, **error.facts)
    except refused as error:
        key, facts = wiring.explain(error)
        voice.complain(key, **facts)
    except CannotListen as error:
        voice.complain(error.key, **error.facts)
    except BadForm as error:
        voice.err.print(error.sentence or str(error), soft_wrap=True)
    except TemplateError as error:
        voice.complain("cli.trouble.template", word=str(error))
    except USAGE_ERROR as error:
        _complain_of_usage(voice, error)
    except Refused as error:
        voice.complain(error.key, **error.facts)
        return NOT_DONE
    except (typer.Abort, KeyboardInterrupt):
        voice.err.print()
        voice.complain("cli.trouble.stopped")
        return NOT_DONE
    except BrokenPipeError:
        return _pipe_closed()
    except CannotStore as error:
        voice.complain(f"cli.trouble.database_{error.code}")
    except UnicodeEncodeError:
        voice.complain("cli.trouble.encoding")
    except OSError as error:
        code = trouble_code(error) or _NAMED_WRONG.get(error.errno or 0, "file")
        place, word = error.filename or "", error.strerror or ""
        voice.complain(f"cli.trouble.{code}", place=place, word=word)
    else:
        if result == INTERRUPTED:
            voice.complain("cli.trouble.stopped")
            return NOT_DONE
        return result if isinstance(result, int) else DONE
    return mail.status_of_cannot(sys.argv[1:] if arguments is None else arguments)


def _pipe_closed() -> int:
    """Whoever reads our output (`| head`) has had enough: nothing to complain of."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return DONE


def _complain_of_usage(voice: Voice, error: Exception) -> None:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "python bot.py"
    parameter = getattr(error, "param", None)
    unknown = re.match(r"No such command '([^']+)'", str(getattr(error, "message", "")))
    word = ""
    match type(error).__name__:
        case "NoSuchOption":
            key, word = "cli.usage.no_such_option", str(getattr(error, "option_name", ""))
        case "MissingParameter" if parameter is not None:
            key, word = "cli.usage.missing", parameter.metavar or parameter.name
        case "UsageError" if unknown:
            key, word = "cli.usage.no_such_command", unknown[1]
        case _:
            key = "cli.usage.other"
    voice.complain(key, word=word, command=command)


def _commands(folder: Path, wiring: CommandWiring, voice: Voice) -> typer.Typer:  # noqa: PLR0915 -- a list
    say = voice.texts.say

    def told(key: str) -> str:
        return say(f"cli.help.{key}")

    chats = {chat.code: chat for chat in wiring.chats}
    plain = {"add_completion": False, "rich_markup_mode": None}
    app = typer.Typer(help=told("program"), **plain)  # type: ignore[arg-type]
    incoming = typer.Typer(help=told("import"), **plain)  # type: ignore[arg-type]
    outgoing = typer.Typer(help=told("export"), **plain)  # type: ignore[arg-type]
    app.add_typer(incoming, name="import")
    app.add_typer(outgoing, name="export")
    file_in = Annotated[Path, typer.Argument(metavar="FILE", help=told("file_in"))]
    file_out = Annotated[str, typer.Argument(metavar="FILE", help=told("file_out"))]
    yes_flag = Annotated[bool, typer.Option("--yes", "-y", help=told("yes"))]
    dry_flag = Annotated[bool, typer.Option("--dry-run", help=told("dry_run"))]
    followers = Annotated[list[str] | None, typer.Option("--follower", help=told("follower"))]
    force_flag = Annotated[bool, typer.Option("--force", help=told("force"))]

    def settled() -> Settings:
        settings = load_settings(folder)
        logging.getLogger().setLevel(settings.log_level)
        if settings.real_town:
            raise real_town_beside(settings.real_town)
        return settings

    def name_town(settings: Settings, town: str) -> None:
        # Beside what is asked for, never among it: the standard output may go into a file.
        voice.complain("cli.acts_on", town=town, mode=str(settings.mode))

    wiring.acts_on = name_town

    migrate.add_command(app, wiring, voice, settled)
    backup.add_commands(app, wiring, voice, settled)
    app.add_typer(keys.commands(wiring, voice, settled), name="keys")
    app.add_typer(audit.commands(wiring, voice, settled), name="audit")
    app.add_typer(mail.commands(wiring, voice, settled), name="mail")
    app.add_typer(broken.commands(wiring, voice, settled), name="broken")
    permission_requests.add_command(app, wiring, voice, settled)
    settings_command.add_command(app, voice, settled)
    show.add_command(app, wiring, voice, settled)
    explain.add_command(app, wiring, voice, settled)

    @app.callback(invoke_without_command=True)
    def usual(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            run()

    @app.command(help=told("run"))
    def run() -> None:
        settings = settled()
        wiring.serve(settings, lambda: voice.say("cli.run.started", address=settings.page_address))

    @app.command("init", help=told("init"))
    def init_town(  # noqa: PLR0917 -- typer reads options from parameters
        name: Annotated[str, typer.Option(help=told("name"))] = "",
        kana: Annotated[str, typer.Option(help=told("kana"))] = "",
        district: Annotated[list[str] | None, typer.Option(help=told("district"))] = None,
        from_file: Annotated[Path | None, typer.Option("--from", help=told("from_file"))] = None,
        closed_day: Annotated[list[str] | None, typer.Option(help=told("closed_day"))] = None,
        opened_day: Annotated[list[str] | None, typer.Option(help=told("opened_day"))] = None,
        agency: Annotated[str, typer.Option(help=told("agency"))] = "",
        agency_kana: Annotated[str, typer.Option(help=told("agency_kana"))] = "",
        admin: Annotated[str, typer.Option(help=told("admin"))] = "",
        admin_kana: Annotated[str, typer.Option(help=told("admin_kana"))] = "",
        email: Annotated[str | None, typer.Option(help=told("email"))] = None,
        core: Annotated[bool | None, typer.Option("--core/--no-core", help=told("core"))] = None,
        yes: yes_flag = False,
        write_env: Annotated[
            bool | None, typer.Option("--write-env/--no-write-env", help=told("write_env"))
        ] = None,
    ) -> int:
        # Only ever the real town's database, whatever MODE says: local mode has its own town.
        settings = load_settings(folder, {**os.environ, "MODE": str(Mode.TOWN)})
        given = init.InitOptions(
            name=name,
            kana=kana,
            districts=tuple(district or ()),
            from_file=from_file,
            closed_days=None if closed_day is None else tuple(closed_day),
            opened_days=tuple(opened_day or ()),
            agency=agency,
            agency_kana=agency_kana,
            admin=admin,
            admin_kana=admin_kana,
            email=email,
            core=core,
            yes=yes,
            write_env=write_env,
        )
        town = wiring.town_of(settings)
        if town:
            raise Refused("set_up.already", town=town)
        making = init.InitTarget(settings, folder, lambda: wiring.open(settings, new=True))
        return init.set_up(given, making, voice, wiring.now().date())

    @incoming.command("agencies", help=told("import_agencies"))
    def import_agencies(
        file: file_in,
        yes: yes_flag = False,
        dry_run: dry_flag = False,
        follower: followers = None,
    ) -> int:
        return _import(lists.AGENCIES, file, yes=yes, dry_run=dry_run, followers=follower)

    @incoming.command("members", help=told("import_members"))
    def import_members(
        file: file_in,
        yes: yes_flag = False,
        dry_run: dry_flag = False,
        follower: followers = None,
    ) -> int:
        return _import(lists.MEMBERS, file, yes=yes, dry_run=dry_run, followers=follower)

    def _import(
        what: lists.ListKind, file: Path, *, yes: bool, dry_run: bool, followers: list[str] | None
    ) -> int:
        settings = settled()
        # Real people must not land in the open playground, where anybody is anybody.
        _town_only(settings, "cli.local_refuses.import")
        data = file.read_bytes()
        with wiring.open(settings) as opened:
            return lists.import_list(
                what,
                data,
                opened.desk,
                voice,
                yes=yes,
                dry_run=dry_run,
                followers=followers or (),
            )

    # Export works in local mode too: the fictional town's lists are the example to fill in.
    @outgoing.command("agencies", help=told("export_agencies"))
    def export_agencies(file: file_out, force: force_flag = False) -> int:
        with wiring.open(settled()) as opened:
            return lists.export_list(lists.AGENCIES, file, opened.desk, voice, force=force)

    @outgoing.command("members", help=told("export_members"))
    def export_members(file: file_out, force: force_flag = False) -> int:
        with wiring.open(settled()) as opened:
            return lists.export_list(lists.MEMBERS, file, opened.desk, voice, force=force)

    @app.command(help=told("link"))
    def link(
        member: Annotated[str, typer.Argument(metavar="MEMBER", help=told("member"))],
    ) -> int:
        settings = settled()
        _town_only(settings, "cli.local_refuses.link")
        with wiring.open(settings) as opened:
            people = opened.desk.ask(GetPeople(), Caller.CONSOLE)
            found = next((p for p in people if p.member_id == member), None)
            if found is None:
                raise Refused("cli.link.unknown", member=member)
            link = PrintLink(found.member_id)
            token = opened.desk.handle(link, Caller.CONSOLE, door="cli")
            address = f"{settings.page_address}/sign-in/{token}"
            voice.say("cli.link.made", agency=found.agency_name, name=found.name)
            voice.out.print(address, soft_wrap=True)
        return DONE

    @app.command("check", help=told("check"))
    def check_all(
        what: Annotated[
            str | None,
            typer.Argument(
                metavar=f"[{'|'.join(chats)}]", help=say("cli.help.check_what", chats=list(chats))
            ),
        ] = None,
    ) -> int:
        if what not in (None, *chats):
            raise typer.BadParameter(f"{what} is none of them")
        settings = settled()
        with wiring.open(settings) as opened:
            if what is None:
                return check.report(
                    settings,
                    folder / ".env",
                    opened.desk,
                    voice,
                    chats=wiring.chats,
                    proxy_troubles=opened.proxy_troubles,
                )
            return check.print_findings(chats[what].check(settings, opened.desk), voice)

    def setting_up(chat: ChatPlatform) -> Callable[[], int]:
        return lambda: check.print_findings(wiring.set_up_chat(settled(), chat), voice)

    preparing = typer.Typer(help=told("setup"), **plain)  # type: ignore[arg-type]
    app.add_typer(preparing, name="setup")

    for code, chat in chats.items():
        if chat.setup_help:
            preparing.command(code, help=say(chat.setup_help))(setting_up(chat))

    @preparing.callback()
    def setup_commands() -> None:
        """Keeps each chat a command of its own while there is only one."""

    slack = typer.Typer(help=told("slack"), **plain)  # type: ignore[arg-type]
    app.add_typer(slack, name="slack")

    @slack.command("manifest", help=told("slack_manifest"))
    def slack_manifest(url: Annotated[str, typer.Option(help=told("slack_url"))] = "") -> None:
        # Not the settings' address: the app is made before there are settings for it.
        print(wiring.slack_manifest(voice.texts, url), end="")

    @slack.callback()
    def slack_commands() -> None:
        """Keeps `manifest` a command of its own while it is the only one."""

    @app.command("permissions", help=told("permissions"))
    def permissions() -> None:
        show_permissions(voice)

    return app


def _town_only(settings: Settings, key: str) -> None:
    if settings.mode is Mode.LOCAL:
        raise Refused(key)
