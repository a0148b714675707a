"""What is cited is there: rules by number, documents and files by path, names in their files."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULES = ROOT / "docs/rules.md"
SELF = Path(__file__).name
WORDS = (".py", ".md", ".yaml", ".yml", ".toml", ".html", ".j2", ".js", ".css", ".sh", ".example")


OUR_DOTTED = frozenset({".ci", ".github"})
NOT_OURS = frozenset({"node_modules", "__pycache__", "data", "dist", "test-results", "artifacts"})


@cache
def files() -> frozenset[str]:
    """Every file of the repository by its path, and every folder with a / behind it."""
    found = set(walked(ROOT))
    return frozenset(found | {f"{folder}/" for name in found for folder in Path(name).parents})


def walked(folder: Path) -> Iterator[str]:
    """Without git, which may not be there, nor trust whoever unpacked it."""
    for one in folder.iterdir():
        hidden = one.name.startswith(".") and one.name not in OUR_DOTTED
        if one.is_file():
            yield str(one.relative_to(ROOT))
        elif not hidden and one.name not in NOT_OURS:
            yield from walked(one)


@cache
def texts() -> dict[str, str]:
    """What people wrote, by path; of the CHANGELOG nothing, it tells of what was."""
    named = [n for n in files() if n.endswith(WORDS) or n in {"Makefile", ".ci/run"}]
    return {
        name: (ROOT / name).read_text("utf-8")
        for name in sorted(named)
        if not name.endswith(SELF) and name != "CHANGELOG.md"
    }


def documents() -> dict[str, str]:
    return {name: text for name, text in texts().items() if name.endswith(".md")}


# -- rules ------------------------------------------------------------------------------------

CITED = re.compile(r"\brules\.md(?P<which>(?:[,\s#]+(?:(?:and|to) )?\d+\b)*)")


@cache
def rules() -> dict[int, str]:
    """Each rule's text by its number."""
    parts = re.split(r"^### (\d+)\. ", RULES.read_text("utf-8"), flags=re.MULTILINE)[1:]
    numbers = [int(number) for number in parts[::2]]
    assert numbers == list(range(1, len(numbers) + 1))
    return dict(zip(numbers, parts[1::2], strict=True))


def unknown_rules(text: str) -> list[str]:
    """What `text` cites that is no rule, or is not cited as `docs/rules.md 7`."""
    found = []
    for cited in CITED.finditer(text):
        numbers = [int(number) for number in re.findall(r"\d+", cited["which"])]
        rooted = text.endswith("docs/", 0, cited.start())
        found += [] if rooted and set(numbers) <= rules().keys() else [cited[0]]
    return found


def test_every_citation_names_a_rule_that_is_there() -> None:
    """Whoever reads a rule's number in code finds the rule in docs/rules.md."""
    outside = {name: text for name, text in texts().items() if not name.startswith("docs/")}
    assert {n: wrong for n, text in outside.items() if (wrong := unknown_rules(text))} == {}
    cited = sum(len(CITED.findall(text)) for text in outside.values())
    assert cited > 70  # a pattern that finds nothing would find nothing wrong


@pytest.mark.parametrize(
    "text",
    ["[ours] rules.md 7: x", "docs/rules.md 99", "(docs/rules.md 3 and 0)", "rules.md, Time"],
)
def test_a_citation_that_leads_nowhere_is_found(text: str) -> None:
    assert unknown_rules(text)


def test_every_rule_says_on_what_it_rests_and_what_holds_it() -> None:
    """Law and guidance name their source; what nothing holds says that it is not there yet."""
    for number, text in rules().items():
        kinds = re.search(
            r"^- ((?:law|guidance|ours)\b.*?)(?=^- |\Z)", text, re.MULTILINE | re.DOTALL
        )
        assert kinds, number
        assert re.match(r"ours\b", kinds[1]) or "**Source**" in kinds[1], number
        held = re.search(r"^- \*\*Held by\*\*(.*?)(?=^- |\Z)", text, re.MULTILINE | re.DOTALL)
        assert held or "**Not yet**" in text, number


# -- files ------------------------------------------------------------------------------------

ENDINGS = r"py|md|yaml|yml|toml|html|j2|js|css|txt|csv|example"
NAMED = re.compile(
    rf"(?:[\w.{{}},*-]+/)*[\w.{{}},*-]+\.(?:{ENDINGS})"
    r"|(?:workflows|handlers|storage|templates|tests|docs|benchmarks)/[\w./{},*-]*",
    re.ASCII,  # messages/ja/名前.j2 stands for any
)
# What a town, a server or pip has, and examples of what somebody may write.
ELSEWHERE = frozenset({"members.csv", "agencies.csv", "requirements.txt", "htmx-2.min.js"})


def spelt_out(named: str) -> list[str]:
    """`a/{b,c}.py` is two."""
    braces = re.search(r"\{([^{}]*)\}", named)
    if not braces:
        return [named]
    return [
        full
        for one in braces[1].split(",")
        for full in spelt_out(named[: braces.start()] + one + named[braces.end() :])
    ]


@cache
def ends() -> frozenset[str]:
    """Whatever a path may end with: app.py and web/app.py of handlers/web/app.py."""
    parts = (Path(one).parts for one in files())
    return frozenset("/".join(names[i:]) for names in parts for i in range(len(names)))


def is_there(named: str, document: str) -> bool:
    """From the root, beside the document, or as the end of exactly such a path in the code."""
    if "*" in named:
        return any(Path(one).match(named) for one in files())
    near = str(Path(document).parent / named)
    return not files().isdisjoint({named, f"{named}/", near}) or named.strip("/") in ends()


def missing_files(name: str, text: str) -> list[str]:
    """Of what stands in `…` in a document, each file that is not there."""
    found = []
    for quoted in re.findall(r"`([^`\n]+)`", text):
        if NAMED.fullmatch(quoted) and quoted not in ELSEWHERE:
            found += [one for one in spelt_out(quoted) if not is_there(one, name)]
    return found


def test_every_file_that_a_document_names_is_there() -> None:
    wrong = {n: w for n, text in documents().items() if (w := missing_files(n, text))}
    assert wrong == {}


def test_a_file_that_is_not_there_is_found() -> None:
    text = "`workflows/nothing.py` `handlers/nowhere/` `docs/{rules,none}.md` `workflows/desk.py`"
    assert len(missing_files("README.md", text)) == len(["nothing", "nowhere", "none"])


IN_FILE = re.compile(r"((?:`[\w.]+`(?:, | and )?)+) in\s+`([\w/]+\.py)`")


def test_what_a_document_says_to_be_in_a_file_is_in_it() -> None:
    """`reply_by` in `….py`: whoever looks there finds it."""
    said = [
        (name, one.rpartition(".")[2], path)
        for name, text in documents().items()
        for names, path in IN_FILE.findall(text)
        for one in re.findall(r"`([\w.]+)`", names)
    ]
    assert len(said) > 40
    lost = [s for s in said if not re.search(rf"\b{s[1]}\b", texts().get(s[2], ""))]
    assert lost == []


# What stands in a program or a file that is not ours.
OF_OTHERS = frozenset(
    {
        *("MAILTO", "ProxyPreserveHost", "mod_proxy_http", "proxy_set_header", "flufl.bounce"),
        *("AllowedUntrustedInternalConnections", "REQUESTS_CA_BUNDLE"),
        *("create_all", "MAJOR.MINOR.PATCH", "vVERSION"),
    }
)
A_NAME = re.compile(r"(?:([A-Za-z_]\w*)\.)?([A-Za-z_]\w*)(?:\(\))?")


@cache
def owners() -> dict[str, set[str]]:
    """Under each module and class the words that stand there, under "" all of them."""
    found: dict[str, set[str]] = {"": {word for name in files() for word in _words(name)}}
    for name, text in texts().items():
        if name.endswith(".md"):
            continue
        words = set(_words(text))
        found[""] |= words
        for owner in (Path(name).stem, *re.findall(r"^class (\w+)", text, re.MULTILINE)):
            found.setdefault(owner, set()).update(words)
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z_]\w*", text)


def unknown_names(text: str) -> list[str]:
    """Of what stands in `…` in a document as a name in code, each that is in none."""
    lost = []
    for one in sorted(set(re.findall(r"`([^`\n]+)`", text)) - OF_OTHERS):
        name = None if NAMED.fullmatch(one) else A_NAME.fullmatch(one)
        if name and name[2] not in owners().get(name[1] or "", ()):
            lost += (
                []
                if name[1]
                and any(one in code for file, code in texts().items() if not file.endswith(".md"))
                else [one]
            )
    return lost


def test_every_name_that_a_document_quotes_is_in_the_code() -> None:
    """Whoever renames something is told which document still uses the old name."""
    wrong = {n: w for n, text in documents().items() if (w := unknown_names(text))}
    assert wrong == {}


def test_a_name_that_is_not_there_is_found() -> None:
    text = "`Desk.handle` `Desk.does_not_do_this` `NobodyIsCalledSo` `reply_by`"
    assert unknown_names(text) == ["Desk.does_not_do_this", "NobodyIsCalledSo"]


def test_every_document_that_code_names_is_there() -> None:
    """In code, settings and templates a document stands with its path from the root."""
    code = {n: text for n, text in texts().items() if not n.endswith(".md")}
    wrong = {
        name: lost
        for name, text in code.items()
        if (
            lost := [
                one
                for line in text.splitlines()
                if ".md" in line
                for one in re.findall(r"(?<![\w/*.-])[\w./-]*\w\.md\b", line)
                if not is_there(one, name)
            ]
        )
    }
    assert wrong == {}


# -- house rules --------------------------------------------------------------------------------


def test_every_house_rule_that_is_cited_stands_in_contributing() -> None:
    """pyproject.toml and others say "house rule 7"."""
    chapter = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## House rules\n")[2]
    rules = [int(number) for number in re.findall(r"^(\d+)\. ", chapter, re.MULTILINE)]
    assert rules == list(range(1, len(rules) + 1))
    cited = {
        int(number)
        for name, text in texts().items()
        if name != "CONTRIBUTING.md"
        for number in re.findall(r"\bhouse rule (\d+)", text)
    }
    assert cited
    assert cited <= set(rules)
