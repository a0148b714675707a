"""A talk in LINE WORKS as a page, roughly as its app lays it out on a phone: for the guide's
pictures, and for looking at what was made.

Nothing is claimed by it: what is on a screen is asserted on the messages themselves.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from playwright.sync_api import Browser

from tests.lineworks.screen import Part, parts, quick_replies
from tests.lineworks.world import Standing

WIDTH = 360  # pixels, of an old phone

STYLE = """
body{margin:0;background:#d7dfe8;font:14px/1.5 "Noto Sans CJK JP",sans-serif;color:#222}
.talk{width:360px;box-sizing:border-box;padding:10px;overflow:hidden}
.from{font-size:11px;color:#556;margin:8px 0 2px}
.said{white-space:pre-wrap;overflow-wrap:anywhere;background:#fff;border-radius:12px;
padding:8px 12px;max-width:270px;width:fit-content;box-sizing:border-box;margin:2px 0}
.mine{background:#c5f0d0;margin-left:auto}
.card{background:#fff;border-radius:12px;max-width:270px;overflow:hidden;margin:2px 0}
.card .words{white-space:pre-wrap;overflow-wrap:anywhere;padding:10px 12px}
.press{display:block;text-align:center;color:#157;padding:9px 6px;border-top:1px solid #e3e8ee;
font-weight:700;overflow-wrap:anywhere}
.row{display:flex;gap:8px;width:1200px}.row .card{width:220px;flex:none}
.quick{display:flex;flex-wrap:wrap;gap:6px;margin:8px 0}
.quick span{border:1px solid #157;color:#157;border-radius:16px;padding:4px 12px;background:#fff}
.menu{display:flex;background:#fff;border-top:1px solid #bbc;width:360px}
.menu span{flex:1;text-align:center;padding:10px 2px;font-size:12px;border-left:1px solid #eee}
"""


def take(
    browser: Browser, messages: Sequence[Standing], menu: Iterable[str], user: str, into: Path
) -> None:
    """Keep how the talk with these messages looks to `user`; `menu` are the labels below it."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 400}, device_scale_factor=1.5)
    page.set_content(page_of(messages, menu, user))
    into.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=into, full_page=True)
    page.close()


def page_of(messages: Sequence[Standing], menu: Iterable[str], user: str) -> str:
    """A whole HTML page with it, the oldest message first."""
    shown = "".join(_message(one, user) for one in messages)
    if messages and (quick := quick_replies(messages[-1].content)):
        shown += _labels("quick", (str(action["label"]) for action in quick))
    talk = f"<div class=talk>{shown}</div>{_labels('menu', menu)}"
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{talk}"


def _message(one: Standing, user: str) -> str:
    if one.by == user:
        return f"<div class='said mine'>{escape(_words(parts(one.content)[0]))}</div>"
    kind = one.content["type"]
    inner = parts(one.content)
    if kind == "text":
        drawn = f"<div class=said>{escape(_words(inner[0]))}</div>"
    elif kind in ("carousel", "image_carousel"):
        drawn = f"<div class=row>{''.join(_card([part]) for part in inner)}</div>"
    else:
        drawn = _card(inner)
    return f"<div class=from>つなぐボット</div>{drawn}"


def _card(inner: Iterable[Part]) -> str:
    drawn = ""
    for part in inner:
        drawn += f"<div class=words>{escape(_words(part))}</div>" if part.lines else ""
        labels = (escape(str(action.get("label", ""))) for action in part.actions)
        drawn += "".join(f"<span class=press>{label}</span>" for label in labels)
    return f"<div class=card>{drawn}</div>"


def _labels(kind: str, labels: Iterable[str]) -> str:
    return f"<div class={kind}>{''.join(f'<span>{escape(one)}</span>' for one in labels)}</div>"


def _words(part: Part) -> str:
    return "\n".join(part.lines)
