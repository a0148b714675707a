"""Every page for everybody: by axe, by keyboard alone, on a phone, without a script, on paper."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.stories.acts import answer_dates, choose, in_case, press, refer_to, write
from tests.stories.scene import set_scene
from tests.support.browser import Pages
from tests.support.people import COORDINATOR, ELDERLY, LIVELIHOOD, MANAGER
from tests.support.server import LocalServer

PHONE, DESK = 360, 1280
AXE = Axe().axe_script
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Whatever has the focus shows it: by its own outline, or by that of the label drawn for it. The
# frame of a list that scrolls and `main` itself only receive it.
RING = """() => {
    const here = document.activeElement;
    const drawn = [here, here.nextElementSibling].filter((n) => n instanceof HTMLElement);
    return drawn.some((n) => {
        const style = getComputedStyle(n);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
}"""
# The focus is never hidden behind what stays at the bottom of the window.
COVERED = """() => {
    const here = document.activeElement.getBoundingClientRect();
    const bar = document.querySelector(".form-end.stays");
    if (!bar || bar.contains(document.activeElement)) return false;
    return here.top >= bar.getBoundingClientRect().top;
}"""


def tab_to(page: Page, wanted: Locator, most: int = 90) -> None:
    """Go on with the Tab key until this has the focus; the focus is seen all the way."""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(RING), page.evaluate("document.activeElement.outerHTML")
        assert not page.evaluate(COVERED), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"the Tab key does not reach {wanted}")


def faults(page: Page) -> list[str]:
    """What axe finds on this page as it stands, and whether it is wider than its window."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    violations = page.evaluate("wanted => axe.run(wanted).then(found => found.violations)", WCAG)
    found = [
        f"{v['id']}: {v['help']} {[node['target'][0] for node in v['nodes']][:3]}"
        for v in violations
    ]
    return found + (["wider than the window"] if page.evaluate(OVERFLOW) > 0 else [])


def test_no_page_breaks_the_rules_or_overflows(local_server: LocalServer, page_at: Pages) -> None:
    """WCAG 2.2 A and AA as far as a machine can see, and nothing wider than the window."""
    scene = set_scene(local_server)
    found = []
    for member, paths in scene.pages().items():
        page = page_at.as_person(member, DESK)
        for path in paths:
            page.set_viewport_size({"width": DESK, "height": 900})
            page.goto(path)
            found += [f"{path} at {DESK}: {fault}" for fault in faults(page)]
            page.set_viewport_size({"width": PHONE, "height": 640})
            found += [f"{path} at {PHONE}: {fault}" for fault in faults(page)]
    assert not found, "\n".join(found)


def test_a_reply_is_given_with_the_keyboard_alone(
    local_server: LocalServer, page_at: Pages
) -> None:
    """Tab, Space and Enter: past the menu, to the mistake, and through to the reply."""
    scene = set_scene(local_server)
    page = page_at.as_person(ELDERLY, DESK)
    page.goto(scene.reply)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="本文へ移る")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    send = page.get_by_role("button", name="返信する")
    tab_to(page, send)
    page.keyboard.press("Enter")
    # Nothing was chosen: the summary says so, and the focus waits where it is to be mended.
    expect(page.locator(".error-summary")).to_be_visible()
    first = page.locator('input[name="answer"]').first
    expect(first).to_be_focused()
    expect(first).to_be_in_viewport()
    page.keyboard.press("Space")
    tab_to(page, send)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{scene.waiting}")
    expect(page.locator("#referrals ~ ul").first).to_contain_text("受理")


def test_dates_are_answered_with_the_keyboard_alone(
    local_server: LocalServer, page_at: Pages
) -> None:
    """From the inbox on a phone: to the dates, ○ for each, and saved."""
    scene = set_scene(local_server)
    page = page_at.as_person(ELDERLY, PHONE)
    page.goto(f"/meetings/{scene.collecting}")
    tab_to(page, page.get_by_role("link", name="ご都合を答える"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/answer")
    for number in range(3):
        tab_to(page, page.locator('input[value="yes"]').nth(number))
        page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="回答を保存する"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="回答を保存しました")).to_be_visible()


def test_the_whole_job_is_done_without_a_script(local_server: LocalServer, page_at: Pages) -> None:
    """A sheet with a row added, dates answered, a date fixed, a record saved: JavaScript is off."""
    page = page_at.as_person(COORDINATOR, PHONE, script=False)
    page.goto("/cases/new")
    choose(page, "route", "resident")
    choose(page, "matters", "care")
    write(page, "summary", "近所の方から心配の声がありました。")
    for name, value in (("urgency", "normal"), ("danger", "no"), ("hidden_address", "no")):
        choose(page, name, value)
    page.locator('select[name="district"]').select_option("D01")
    choose(page, "consent", "not_asked")
    choose(page, "unconsented_basis", "act_106_6")
    write(page, "unconsented_reason", "暮らしが続かないため。")
    refer_to(page, 0, "A14", "handover", "訪問してください。")
    page.locator('[data-row-add="f-referrals"]').click()
    expect(page.locator('[name="referrals-0-request"]')).to_have_value("訪問してください。")
    refer_to(page, 1, "A19", "inform", "家計の見込みを教えてください。")
    press(page, "つなぐ")
    page.wait_for_url("**/cases/R8-0001")
    expect(page.locator(".referral")).to_have_count(2)

    scene = set_scene(local_server)
    visitor = page_at.as_person(LIVELIHOOD, PHONE, script=False)
    visitor.goto(f"/meetings/{scene.collecting}/answer")
    answer_dates(visitor, ["yes", "maybe", "no"], {1: "午後なら"})
    page.goto(f"/meetings/{scene.collecting}")
    page.locator("button.primary", has_text="この日に決める").click()
    # Not everybody who must come has answered: that is said, and a reason asked for.
    write(page, "reason", "急ぎ話し合うため。")
    press(page, "理由を付けて、この日に決める")
    expect(page.get_by_text("決めました").first).to_be_visible()
    page.goto(f"/meetings/{scene.begun}/record")
    in_case(page, "decisions-0-text").fill("見守りを続ける。")
    press(page, "途中まで保存する")
    expect(in_case(page, "decisions-0-text")).to_have_value("見守りを続ける。")
    written = local_server.hands.meeting(scene.begun).record
    assert written is not None


def test_what_goes_into_a_folder_prints_on_a4_with_its_number_and_date(
    local_server: LocalServer, page_at: Pages
) -> None:
    """The sheet, the case, the record, the digest, what goes by FAX: named and dated, A4."""
    scene = set_scene(local_server)
    today = re.compile(r"令和8年12月1日")
    for member, path, number in (
        (COORDINATOR, f"/cases/{scene.talked}/print", scene.talked),
        (COORDINATOR, f"/cases/{scene.talked}", scene.talked),
        (COORDINATOR, f"/meetings/{scene.recorded}/record/print", scene.helped),
        (MANAGER, "/digest", "週次"),
        (COORDINATOR, scene.fax, scene.talked),
        (COORDINATOR, f"{scene.asked}/fax", scene.waiting),
    ):
        page = page_at.as_person(member, DESK)
        page.goto(path)
        page.emulate_media(media="print")
        head = page.locator(".print-head")
        expect(head).to_be_visible()
        expect(head).to_contain_text(number)
        expect(head).to_contain_text(today)
        expect(page.get_by_role("button")).to_have_count(0)
        paper = page.pdf(prefer_css_page_size=True)
        sizes = {s.decode() for s in re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* \d+", paper)}
        assert sizes == {"594"}, sizes
        heights = {s.decode() for s in re.findall(rb"/MediaBox \[0 0 [\d.]+ (\d+)", paper)}
        assert heights == {"841"}, heights


SMALLEST = """() => Math.min(...[...document.querySelectorAll("body *")]
    .filter((n) => n.checkVisibility())
    .filter((n) => [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
    .map((n) => parseFloat(getComputedStyle(n).fontSize))) * 0.75"""
COLOURED = """() => [...document.querySelectorAll(".fax, .fax *")].filter((n) => {
    const style = getComputedStyle(n);
    const black = ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"];
    const said = [style.color, style.backgroundColor];
    return n.checkVisibility() && !said.every((one) => black.includes(one));
}).map((n) => n.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(("dates", "sheets"), [(10, 1), (20, 2)])
def test_the_invitation_by_fax_stands_on_one_sheet(
    local_server: LocalServer, page_at: Pages, dates: int, sheets: int
) -> None:
    """Ten dates on one A4, twenty on two; nothing smaller than 10.5 points, nothing but black."""
    hands = local_server.hands
    meeting_id = hands.convene(
        hands.open_case("A14"),
        bases=("act_106_6", "livelihood_act_9"),
        days_ahead=range(20, 20 + dates),
        starts="10:45",
        place="つなぎ野市役所別館2階 第3会議室（正面玄関からお入りください）",
    )
    page = page_at.as_person(COORDINATOR, DESK)
    page.goto(f"/meetings/{meeting_id}/agencies/A14/fax")
    page.emulate_media(media="print")
    assert page.evaluate(SMALLEST) >= 10.5
    assert page.evaluate(COLOURED) == []
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", paper)) == sheets


def test_the_reply_sheet_by_fax_stands_on_one_sheet(
    local_server: LocalServer, page_at: Pages
) -> None:
    """Nothing smaller than 10.5 points, nothing but black."""
    hands = local_server.hands
    case_id = hands.open_case("A14", urgency="emergency")
    page = page_at.as_person(COORDINATOR, DESK)
    page.goto(f"/cases/R8-0001/referrals/{hands.referral(case_id, 'A14').id}/fax")
    page.emulate_media(media="print")
    assert page.evaluate(SMALLEST) >= 10.5
    assert page.evaluate(COLOURED) == []
    assert len(re.findall(rb"/Type /Page\b", page.pdf(prefer_css_page_size=True))) == 1


def test_on_a_phone_news_keep_their_facts_and_dates_their_buttons(
    local_server: LocalServer, page_at: Pages
) -> None:
    """Which case, when and where stands on each unread card; a date is chosen without searching
    for its button to the side, and each answer says whose it is."""
    scene = set_scene(local_server)
    page = page_at.as_person(ELDERLY, PHONE)
    page.goto("/")
    expect(page.locator(".news-item.unread .definition dd").first).to_be_visible()
    page = page_at.as_person(COORDINATOR, PHONE)
    page.goto(f"/meetings/{scene.collecting}")
    for button in page.get_by_role("button", name="この日に決める").all():
        box = button.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE
    said = page.locator(".answers tbody td[data-label]").first
    assert said.evaluate("node => getComputedStyle(node, '::before').content") != "none"


def test_who_came_is_one_word_on_a_phone(local_server: LocalServer, page_at: Pages) -> None:
    """代理出席, the longest of them, is never broken over two lines."""
    scene = set_scene(local_server)
    page = page_at.as_person(COORDINATOR, PHONE)
    page.goto(f"/meetings/{scene.recorded}/record")
    lines = page.locator(".came tbody td:nth-child(2)").evaluate_all(
        """cells => cells.map(cell => {
            cell.textContent = "代理出席";
            cell.nextElementSibling.textContent = "名字 なまえ、もうひとり なまえ";
            const all = document.createRange();
            all.selectNodeContents(cell);
            return all.getClientRects().length;
        })"""
    )
    assert lines
    assert set(lines) == {1}
    assert page.evaluate(OVERFLOW) <= 0
