"""Chromium of the system, driven for stories; a page that stumbles fails its story."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A refusal is answered with 4xx and the browser says so: that is the page's good right.
EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

STRIP = "document.querySelectorAll('.local-strip')"


def chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def driving(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Pages:
    """Opens windows on one server; `said` are the errors that the browser's console showed."""

    browser: Browser
    url: str
    pictures: Path | None = None
    said: list[str] = field(default_factory=list)
    _open: list[BrowserContext] = field(default_factory=list)

    def __call__(self, width: int = 1280, height: int = 900, *, script: bool = True) -> Page:
        """A window of its own (its own person) of that width; `script=False` runs none."""
        context = self.browser.new_context(
            base_url=self.url,
            viewport={"width": width, "height": height},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
            java_script_enabled=script,
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        self._open.append(context)
        return page

    def as_person(self, member_id: str, width: int = 1280, *, script: bool = True) -> Page:
        """A window in which that person is here already (local mode)."""
        page = self(width, script=script)
        self.become(page, member_id)
        return page

    def become(self, page: Page, member_id: str) -> None:
        """Be another person in this window, as the strip on top of every page does it."""
        page.goto("/local")
        token = page.locator('input[name="csrf_token"]').first.get_attribute("value") or ""
        page.request.post(
            "/local/person",
            form={"member_id": member_id, "csrf_token": token},
            headers={"Referer": self.url + "/local"},
        )
        page.goto("/")

    def picture(self, page: Page, name: str, at: str = "") -> None:
        """Keep how the page looks on the screen, when somebody asked for pictures.

        From its top, or from the heading that begins with `at`; as a real town shows it: without
        the strip of local mode. Nothing moves in it, so that it is the same each time.
        """
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            page.evaluate(f"{STRIP}.forEach(e => e.style.display = 'none')")
            page.evaluate("document.fonts.ready.then(() => window.scrollTo(0, 0))")
            if at:
                page.get_by_role("heading", name=at).first.evaluate("e => e.scrollIntoView()")
            page.screenshot(path=self.pictures / f"{name}.png", animations="disabled")
            page.evaluate(f"{STRIP}.forEach(e => e.style.display = '')")

    def close(self) -> None:
        for context in self._open:
            with suppress(Exception):  # a window that a story closed itself
                context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.match(message.text):
            self.said.append(message.text)
