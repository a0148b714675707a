"""What the product never does, read from its source: no test of its behaviour could miss it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
ROOMS: Final = ("handlers", "workflows", "storage")
FILES: Final = [ROOT / "bot.py", *(f for room in ROOMS for f in (ROOT / room).rglob("*.py"))]

# Who imports these runs a program, code or objects out of a text, reads XML without a guard,
# or takes numbers that can be guessed.
MODULES: Final = {
    *("subprocess", "pty", "ctypes", "code", "runpy", "cgi", "multiprocessing"),
    *("pickle", "marshal", "shelve", "dill", "jsonpickle"),
    *("xml", "lxml", "ldap", "ldap3", "telnetlib", "ftplib", "random"),
}
CALLS: Final = {"eval", "exec", "compile", "__import__", "input"}
# `os.system` and the like; ciphers, modes and digests that are broken or on their way out;
# certificates that nobody looks at; templates out of texts.
ATTRIBUTES: Final = {
    *("system", "popen", "execv", "execve", "spawnv", "spawnl", "startfile"),
    *("md5", "sha1", "sha224", "new_md5", "MD5", "SHA1", "SHA224"),
    *("ECB", "CBC", "CFB", "OFB", "CTR", "TripleDES", "Blowfish", "ARC4", "PKCS1v15", "Fernet"),
    *("_create_unverified_context", "CERT_NONE", "full_load", "unsafe_load", "UnsafeLoader"),
    *("render_template_string", "from_string", "Markup"),
}
# Where one of them is there all the same, and why.
MEANT: Final = {
    "handlers/words/texts.py: from_string": "the product's and a town's sentences, from files",
    "handlers/words/formbook.py: from_string": "the same",
    "handlers/web/server/case_numbers.py: Markup": "around what was escaped before",
    "handlers/web/overview/inbox.py: Markup": "the type of what a card's template has drawn",
}
# Where a statement is made, of what.
MADE: Final = {
    "storage/migration.py": "names of tables and a number, written there",
}


def _trees() -> Iterator[tuple[str, ast.AST]]:
    for file in FILES:
        yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text("utf-8"))


def _dangers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (n.name for n in names if n.name.partition(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module)):
                if module.partition(".")[0] in MODULES:
                    yield module
                yield from (n.name for n in node.names if n.name in ATTRIBUTES)
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield name
            case ast.Attribute(attr=name) if name in ATTRIBUTES:
                yield name
            case ast.Attribute(value=ast.Name(id="request"), attr="values"):
                yield "request.values"  # an address would speak for what a form says
            case ast.keyword(arg="verify" | "check_hostname", value=ast.Constant(value=False)):
                yield "verify=False"
            case ast.keyword(arg="shell" | "debug", value=ast.Constant(value=True)):
                yield f"{node.arg}=True"
            case _:
                pass


def test_the_product_runs_no_command_and_guards_what_it_reads() -> None:
    """No program of the system, no code or objects out of a text, no cipher or digest that is
    not approved, no certificate that is not looked at, no template made of what people typed."""
    found = {f"{name}: {danger}" for name, tree in _trees() for danger in _dangers(tree)}
    assert found == set(MEANT)


def test_no_statement_for_the_database_is_put_together_from_texts() -> None:
    """What is written as SQL is written whole, its values bound; names of tables come from us."""
    made = {
        name
        for name, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", ""))
        in ("text", "exec_driver_sql", "literal_column")
        and node.args
        and not isinstance(node.args[0], ast.Constant)
        and name.startswith("storage/")
    }
    assert made == set(MADE)


def test_the_scripts_keep_nothing_and_build_no_page_of_texts() -> None:
    """Nothing is laid down in the browser, sent elsewhere, run, or written as markup but what the
    server has drawn."""
    files = sorted((ROOT / "handlers/web/static").glob("*.js"))
    script = "\n".join(file.read_text("utf-8") for file in files)
    for word in (
        *("localStorage", "sessionStorage", "indexedDB", "document.cookie", "postMessage"),
        *("eval(", "Function(", "document.write", "insertAdjacentHTML", "outerHTML"),
        *("__proto__", "Object.assign", "importScripts", "WebSocket", "http:", "https:"),
    ):
        assert word not in script, word
    assert re.findall(r"innerHTML = (.+);", script) == ["event.detail.serverResponse"]
