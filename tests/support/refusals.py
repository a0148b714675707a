"""With which sentences the command line and `check` refuse: from the words and the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from handlers.words.words import load_words

ROOT = Path(__file__).parent.parent.parent

# Groups of words of which every sentence refuses, or says that something is wrong.
WHOLE = re.compile(
    r"(cli\.(trouble|usage|local_refuses)|database|setting|backup|audit\.fault|lists"
    r"|page\.admin\.proxy)\.\w+"
)
# Groups of which some say that all is well: those are named.
MIXED = re.compile(r"(cli\.check|\w+_app\.check(\.channel)?)\.\w+")
WELL = {
    *("cli.check." + name for name in ("settings", "database", "keys", "town", "chat", "fine")),
    *(
        "cli.check." + name
        for name in ("to_mend", "good", "mend", "trail", "trail_unchecked", "mail_server")
    ),
    *("cli.check." + name for name in ("checkpoint_folder", "checkpoint_mail", "single_sign_on")),
    *("slack_app.check." + name for name in ("token", "scopes", "socket", "http", "linked")),
    *("slack_app.check.personal_data" + name for name in ("_shown", "_not_shown")),
    "slack_app.check.channel.fine",
    *("lineworks_app.check." + name for name in ("token", "bot", "callback", "menu", "linked")),
    "lineworks_app.check.rate",
    *("mattermost_app.check." + name for name in ("bot", "ways", "linked")),
    "page.admin.proxy.title",
}
# Said together with a sentence of these groups, or on the way of something that goes on.
ASIDE = {
    *("cli.acts_on", "cli.audit.added", "cli.lists.candidate", "cli.lists.unread"),
    *("keys.make.fresh", "keys.make.added", "keys.make.secret", "keys.forget.to_set"),
    *("audit.no_line", "lists.core_changes"),
    *("setting.cannot_be_used", "setting.is_missing"),
    *("cli.show.noted", "cli.show.reason_line"),
}
# Refusals of workflows and of storage that a command alone brings about.
BY_COMMANDS = (
    *("keys.forget." + name for name in ("unknown", "current", "used")),
    *("keys.rotate." + name for name in ("none_prepared", "not_everywhere")),
    *("set_up." + name for name in ("already", "no_administrator", "no_district")),
    *("inspect.no_" + name for name in ("member", "case", "meeting", "action", "reason")),
    "inspect.several_members",
    *("set_up.district_twice", "restore.nobody", "broken.still", "cli.init.env_other"),
)
# Of what is said of a setting, that which refuses nothing.
OF_SETTINGS = re.compile(r"setting\.([A-Z_]+)\.(?!meaning|needed|example)\w+")
OF_KINDS = re.compile(r"setting\.kind\.\w+_wrong")
SAYS = {"complain", "wrong", "Refused"}


def refusals() -> dict[str, str]:
    """The sentence of each, by its key."""
    words = load_words(None)
    keys = {k for k in words if WHOLE.fullmatch(k) or MIXED.fullmatch(k)} | {*BY_COMMANDS, *_said()}
    said = {k: words[k] for k in sorted(keys - WELL - ASIDE) if k in words}
    for key in words:  # a setting's reason follows the sentence that names the setting
        if found := OF_SETTINGS.fullmatch(key):
            said[key] = f"設定 {found[1]} は使えません。{words[key]}"
        elif OF_KINDS.fullmatch(key):
            said[key] = f"設定 〇（〇）は使えません。{words[key]}"
    return said


def _said() -> Iterator[str]:
    """What the commands complain of in words of their own."""
    for file in sorted((ROOT / "handlers/cli").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for one in ast.walk(node.args[0]) if name in SAYS else ():
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def begins(sentence: str) -> str:
    """How it begins: its first sentence, 〇 for what is filled in."""
    said = re.sub(r"\{\{.*?\}\}", "〇", re.sub(r"\{%.*?%\}", "", sentence)).replace("\n", " ")
    said = re.sub("〇+", "〇", said).strip()
    found = re.match(r"(.*?。)(?![」）])", said)
    return found[1] if found else said
