"""The documents are true: their examples run, and they name what is there."""

import re
from importlib import metadata
from pathlib import Path

from handlers.words.formbook import load_formbook

ROOT = Path(__file__).parent.parent
# Every document but the CHANGELOG, which tells of what was.
DOCUMENTS = sorted(
    document
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if document.name != "CHANGELOG.md"
)
LONG = 300  # lines of a module: beyond, it needs a reason


def test_the_example_of_a_towns_own_forms_is_accepted(tmp_path: Path) -> None:
    """docs/ref/forms.md shows a forms.yaml that the product takes as it stands."""
    example = re.search(
        r"```yaml\n(.*?)```", (ROOT / "docs/ref/forms.md").read_text("utf-8"), re.DOTALL
    )
    assert example
    (tmp_path / "forms.yaml").write_text(example[1], "utf-8")
    sheet = load_formbook(tmp_path).form("sheet")
    assert sheet.title == "連携シート"
    assert sheet.field("summary").label == "相談の内容"
    assert sheet.field("phone").required
    assert not sheet.has("gender")
    assert sheet.field("route").choice("x_shop").label == "見守り協力店"
    assert sheet.field("x_school").klass == "P"
    assert [f.id for f in sheet.fields][:3] == ["received_at", "name", "kana"]


def test_documents_name_only_files_that_are_there() -> None:
    """Every relative link in the documents leads to a file."""
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} names {target}"


def test_every_long_module_is_named_with_its_reason() -> None:
    """Of the modules over 300 lines docs/architecture.md names each, and none that is shorter."""
    bent = (
        (ROOT / "docs/architecture.md").read_text("utf-8").partition("Modules over 300 lines:")[2]
    )
    named = re.findall(r"`(?:\w+/)*(\w+\.py)`", bent)
    files = [
        f for room in ("handlers", "workflows", "storage") for f in (ROOT / room).rglob("*.py")
    ]
    long = [f.name for f in (ROOT / "bot.py", *files) if f.read_text("utf-8").count("\n") > LONG]
    assert sorted(named) == sorted(long)


def test_documents_name_only_tests_that_are_there() -> None:
    """Whoever reads that a claim is shown by a test finds that test."""
    there = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        there.add(file.name.removesuffix(".py"))
        there |= set(re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"\b(test_\w+)", document.read_text("utf-8")))
        assert not named - there, f"{document.name} names {sorted(named - there)}"


# What a package says that states no SPDX expression, and which licences that may mean.
SAYS = {
    "Apache Software License": {"Apache-2.0"},
    "BSD License": {"BSD-2-Clause", "BSD-3-Clause"},
    "ISC License (ISCL)": {"ISC"},
    "MIT License": {"MIT"},
    "Mozilla Public License 2.0 (MPL 2.0)": {"MPL-2.0"},
    "Python Software Foundation License": {"PSF-2.0"},
    "Zope Public License": {"ZPL-2.1"},
}


def test_every_package_that_runs_stands_with_its_licence() -> None:
    """docs/dependencies.md names each package of the run-time lock once, as its metadata does.

    Red for a new package: read its licence, and in that document which may come in.
    """
    chapter = (ROOT / "docs/dependencies.md").read_text("utf-8").partition("## Licences")[2]
    rows = re.findall(r"^\| ([A-Z][^|]+) \| [^|]+ \| ([a-z0-9._, -]+) \|$", chapter, re.MULTILINE)
    named = {package: licence for licence, packages in rows for package in packages.split(", ")}
    locked = re.findall(
        r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE
    )
    assert sorted(p for _, packages in rows for p in packages.split(", ")) == sorted(set(locked))
    for package, licence in named.items():
        try:
            said = metadata.metadata(package)
        except metadata.PackageNotFoundError:
            continue  # for another system than this one
        classifiers = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or []]
        if expression := said.get_all("License-Expression"):
            assert [licence] == expression, package
        elif known := [SAYS[c] for c in classifiers if c in SAYS]:
            assert set(licence.split(" OR ")) <= set().union(*known), package
        else:
            assert [licence] == said.get_all("License"), package


# -- docs/dev/asvs.md --------------------------------------------------------------------------

ASVS = (ROOT / "docs/dev/asvs.md").read_text("utf-8")
VERDICTS = ("yes", "n/a", "not met")


def _asvs_lines() -> list[tuple[list[str], str, str]]:
    """Of each row of the chapters: its numbers, the verdict, and how or why."""
    rows = re.findall(r"^\| ([\d., –]+) \| [^|]+ \| ([^|]+) \| (.+) \|$", ASVS, re.MULTILINE)
    return [(_numbers(numbers), verdict, how) for numbers, verdict, how in rows if "." in numbers]


def _numbers(said: str) -> list[str]:
    """1.2.6–1.2.8 are three."""
    found = []
    for one in said.split(", "):
        first, _, last = one.partition("–")
        section, _, begin = first.rpartition(".")
        assert not last or last.startswith(f"{section}."), one
        ends = int((last or first).rpartition(".")[2])
        found += [f"{section}.{n}" for n in range(int(begin), ends + 1)]
    return found


def test_every_line_of_the_asvs_stands_there_once() -> None:
    """All of levels 1 and 2, each with a verdict, and as many of each as the head says."""
    said = (ROOT / "tests/support/asvs-5.0.0.txt").read_text("utf-8").splitlines()[1:]
    level = {number: one for one, number in (line.split() for line in said)}
    assert sorted(n for numbers, _, _ in _asvs_lines() for n in numbers) == sorted(level)
    found = {number: verdict for numbers, verdict, _ in _asvs_lines() for number in numbers}
    for one in ("1", "2"):
        counted = [
            sum(level[n] == one and found[n] == verdict for n in level) for verdict in VERDICTS
        ]
        assert f"| {one} | {' | '.join(map(str, counted))} |" in ASVS


def test_what_the_asvs_says_holds_names_what_shows_it() -> None:
    """A test of its own, a document, or what `make test` holds; what is not met says why."""
    for numbers, verdict, how in _asvs_lines():
        assert verdict in VERDICTS, numbers
        shows = "test_" in how or "](" in how or "make test" in how or "same test" in how
        assert shows or verdict != "yes", numbers
        assert how.strip(), numbers
