"""A chat is a folder, an entry in bot.py and its settings: nothing else knows which there are."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import bot
from handlers.settings import Settings
from handlers.settings.chats import CHATS
from handlers.words.words import read_words

ROOT: Final = Path(__file__).parent.parent.parent
CODES: Final = tuple(chat.code for chat in bot.CHATS)
# Where settings stand, which the one table of them names, and where the entries are.
SETTINGS: Final = frozenset({"chats.py", "load.py", "model.py", "table.py"})
# What Slack alone has, each with the reason why it is not behind `ChatPlatform`.
OF_SLACK_ALONE: Final = {
    "bot.py": "its manifest is drawn before there are settings for an app",
    "handlers/cli/commands.py": "the command that prints it",
    "storage/purge.py": "of its requests nothing older than five minutes is taken in",
    "storage/tagged_tables.py": "the same, as the inventory says it",
    "workflows/maintenance/daily_chores.py": "so that its rows go before those of other platforms",
    "workflows/model/disposal.py": "the same, as the port says it",
}


def _names(file: Path) -> Iterator[str]:
    """Every name and every text of a module that is no docstring."""
    tree = ast.parse(file.read_text("utf-8"))
    parents = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documented = {id(n.body[0]) for n in ast.walk(tree) if isinstance(n, parents) and n.body}
    told = {id(c.value) for c in ast.walk(tree) if isinstance(c, ast.Expr) and id(c) in documented}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if id(node) not in told:
                yield text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ImportFrom(module=str() as module):
                yield module
            case _:
                pass


def test_no_module_outside_its_folder_and_the_settings_names_a_chat() -> None:
    """So that a further one is wiring alone; what Slack alone has is listed with its reason."""
    named = set()
    rooms = ("handlers", "workflows", "storage")
    for file in (ROOT / "bot.py", *(file for one in rooms for file in (ROOT / one).rglob("*.py"))):
        path = file.relative_to(ROOT)
        of_a_chat = path.parts[:1] == ("handlers",) and path.parts[1] in CODES
        of_settings = path.parts[:2] == ("handlers", "settings") and (
            path.stem in CODES or path.name in SETTINGS
        )
        if of_a_chat or of_settings or "migrations" in path.parts:
            continue
        if any(code in name.lower() for name in _names(file) for code in CODES):
            named.add(str(path))
    assert named == OF_SLACK_ALONE.keys()


def test_no_page_and_no_message_asks_which_chat_it_is() -> None:
    """They say what the chat's own words say; its words stand in files of their own."""
    asks = re.compile(r"""(?:platform|code|chat)\s*(?:==|in)\s*\(?\s*['"](\w+)['"]""")
    pages = ROOT.glob("templates/web/*.html"), ROOT.glob("templates/messages/**/*.j2")
    for file in (file for some in pages for file in some):
        asked = asks.findall(file.read_text("utf-8"))
        assert not set(asked) & set(CODES), file.name
    for code in CODES:
        own = {k for k in read_words(ROOT / "templates/words") if k.startswith(f"chat.{code}.")}
        assert {k.rpartition(".")[2] for k in own} >= {
            *("settings", "account_id", "account_id_where", "account_id_example"),
            *("account_id_missing", "how_to_begin", "strangers"),
        }


def test_every_chat_has_its_settings_and_its_words() -> None:
    """In the same order; under the names by which pages, the trail and `check` ask for them."""
    words = read_words(ROOT / "templates/words")
    assert tuple(chat.code for chat in CHATS) == CODES
    for chat in bot.CHATS:
        assert not chat.is_set_up(Settings())
        for key in ("label.platform", "label.door", "way_cause"):
            assert f"{key}.{chat.code}" in words
        assert not chat.setup_help or chat.setup_help in words
