"""The guide (docs/guide) says what stands on the screens; the sheet for agencies is one sheet."""

import re
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from handlers.words.words import load_words

ROOT = Path(__file__).parent.parent.parent
GUIDE = sorted((ROOT / "docs/guide").glob("*.md"))

# In 「」 without standing on a screen in these words: what somebody types, or says.
TYPED = {"R8.11.20", "2026-11-20", "〓", "？"}

# Of the sign-in's sentences those that say that all is well.
NO_ERROR = {
    "庁内のアカウントでログインできます。",
    "この端末からは、もう見られません。ブラウザーも閉じてください。",
}


def _words_on_screens() -> str:
    """All that templates say, without blanks: as written, and without what is filled in."""
    said = "\n".join(
        path.read_text("utf-8")
        for ending in ("*.yaml", "*.html", "*.j2")
        for path in sorted((ROOT / "templates").rglob(ending))
    )
    filled = re.sub(r"\{\{.*?\}\}", "〇", re.sub(r"\{%.*?%\}|</?strong>", "", said))
    bare = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", said)
    return re.sub(r"\s", "", unescape(said + filled + bare))


@pytest.mark.parametrize("page", GUIDE, ids=lambda page: page.stem)
def test_what_the_guide_quotes_stands_on_a_screen(page: Path) -> None:
    """A button or heading that is renamed, or gone, is found here: 「…」 is always a quotation, and
    〇 in it what is filled in."""
    on_screens = _words_on_screens()
    quoted = re.findall(r"「([^「」]+)」", page.read_text("utf-8"))
    said = {q: re.sub("〇+", "〇", re.sub(r"\s", "", q)) for q in quoted if q not in TYPED}
    assert not {q for q in said if said[q] not in on_screens}


def test_every_error_that_a_page_may_show_stands_in_the_guide_with_its_cure() -> None:
    """Headings of error pages, of shut links and of the sign-in, each in a row of messages.md."""
    words = load_words(None)
    table = (ROOT / "docs/guide/messages.md").read_text("utf-8")
    rows = [cell.strip() for cell in re.findall(r"^\| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)]
    names = [name for name in words if re.match(r"page\.error_\w+$", name)]
    names += [n for n in words if re.match(r"page\.outside\.shut\.\w+_title$", n)]
    assert len(names) > 15
    headings = {words[name] for name in names}
    sign_in = (ROOT / "templates/web/sign_in.html").read_text("utf-8")
    headings |= set(re.findall(r"<p class=\"lead\">([^<{]+。)</p>", sign_in)) - NO_ERROR
    assert not headings - set(rows)


def test_the_sheet_for_agencies_prints_on_one_page_and_says_what_its_text_says(
    browser: Browser,
) -> None:
    """docs/guide/agency.html is A4, once; its words are those of agency.md."""
    html = (ROOT / "docs/guide/agency.html").read_text("utf-8")
    page = browser.new_page()
    page.goto((ROOT / "docs/guide/agency.html").as_uri())
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert b"/MediaBox [0 0 594.95" in printed or b"/MediaBox [0 0 595" in printed  # A4
    text = (ROOT / "docs/guide/agency.md").read_text("utf-8")
    text = re.sub(r"^印刷するときは.*$", "", text, flags=re.MULTILINE)
    said = re.sub(r"^\|[-|]+\|$|^#+ |^- |[|*\s]", "", text, flags=re.MULTILINE)
    body = html.partition("<body>")[2]
    assert re.sub(r"<[^>]+>|\s", "", body) == said


def test_pictures_that_nobody_shows_do_not_stay() -> None:
    """docs/images holds what a document shows, and no more; `make pictures` takes them anew."""
    shown = {
        name
        for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for name in re.findall(r"images/([\w-]+\.png)", page.read_text("utf-8"))
    }
    assert {p.name for p in (ROOT / "docs/images").glob("*.png")} == shown
