"""Slack's blocks as a page, roughly as Slack lays them out: for the guide's pictures.

Nothing is claimed by it: what is on a screen is asserted on the blocks themselves.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

Json = Mapping[str, Any]

STYLE = """
body{margin:0;background:#fff;font:15px/1.47 "Noto Sans CJK JP",sans-serif;color:#1d1c1d}
.card{max-width:520px;padding:12px 16px;box-sizing:border-box}
.modal{border:1px solid #ddd;border-radius:10px;overflow:hidden;padding:0}
.bar{display:flex;justify-content:space-between;padding:12px 20px;border-bottom:1px solid #eee}
.bar b{font-size:20px}.body{padding:8px 20px}.foot{padding:12px 20px;text-align:right}
.from{font-weight:700;margin-bottom:4px}
.from i{font:11px sans-serif;background:#eee;padding:1px 4px}
h2{font-size:18px;margin:10px 0 4px}p{margin:4px 0;white-space:pre-wrap}hr{border:0;
border-top:1px solid #ddd}.fields{display:grid;grid-template-columns:1fr 1fr;gap:6px 16px}
.context{font-size:12px;color:#616061}.beside{display:flex;justify-content:space-between;gap:12px}
.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:4px 10px;margin:4px 6px
4px 0;font-weight:700;font-size:14px;background:#fff}.primary{background:#007a5a;color:#fff}
.danger{background:#e01e5a;color:#fff}.button{white-space:nowrap}label{font-weight:700;display:block;margin-top:10px}
.input{border:1px solid #999;
border-radius:4px;padding:6px 10px;min-height:22px;white-space:pre-wrap;
color:#1d1c1d}.hint{font-size:12px;color:#616061}.faint{color:#8d8d8d;font-weight:400}
.picture{background:#eee;padding:20px;font-size:12px}
"""


WIDTH = 520  # pixels: of a message beside Slack's list of channels, and of a modal


def take(browser: Browser, shown: Json, into: Path) -> None:
    """Keep how a message, a modal or a Home tab looks."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 400}, device_scale_factor=1.5)
    page.set_content(page_of(shown))
    into.parent.mkdir(parents=True, exist_ok=True)
    page.locator(".card").screenshot(path=into)
    page.close()


def page_of(shown: Json) -> str:
    """A whole HTML page with it."""
    body = "".join(_block(one) for one in shown["blocks"])
    match shown.get("type"):
        case "modal":
            submit = shown.get("submit")
            send = _button(submit["text"], "primary") if submit else ""
            bar = f"<div class=bar><b>{escape(shown['title']['text'])}</b><span>✕</span></div>"
            foot = f"<div class=foot>{_button(shown['close']['text'], '')}{send}</div>"
            drawn = f'<div class="card modal">{bar}<div class=body>{body}</div>{foot}</div>'
        case "home":
            drawn = f"<div class=card>{body}</div>"
        case _:
            drawn = f"<div class=card><div class=from>つなぐボット <i>アプリ</i></div>{body}</div>"
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{drawn}"


def _block(block: Json) -> str:
    match block["type"]:
        case "header":
            return f"<h2>{_text(block['text'])}</h2>"
        case "divider":
            return "<hr>"
        case "context":
            return f"<p class=context>{''.join(_text(e) for e in block['elements'])}</p>"
        case "section":
            shown = f"<p>{_text(block['text'])}</p>" if "text" in block else ""
            if "fields" in block:
                cells = "".join(f"<p>{_text(f)}</p>" for f in block["fields"])
                shown += f"<div class=fields>{cells}</div>"
            if "accessory" in block:
                shown = f"<div class=beside><div>{shown}</div><div>{_element(block['accessory'])}"
                shown += "</div></div>"
            return shown
        case "actions":
            return "<div>" + "".join(_element(e) for e in block["elements"]) + "</div>"
        case "input":
            faint = " <span class=faint>（任意）</span>" if block.get("optional") else ""
            hint = f"<div class=hint>{_text(block['hint'])}</div>" if "hint" in block else ""
            label = f"<label>{_text(block['label'])}{faint}</label>"
            return label + _element(block["element"]) + hint
        case "image":
            return f"<div class=picture>［画像］{escape(block['alt_text'])}</div>"
        case other:
            return f"<p>［{escape(other)}］</p>"


def _element(element: Json) -> str:
    match element["type"]:
        case "button":
            return _button(element["text"]["text"], element.get("style", ""))
        case "plain_text_input":
            value = element.get("initial_value", "")
            hint = element.get("placeholder", {}).get("text", "")
            shown = escape(value) or f"<span class=faint>{escape(hint)}</span>"
            tall = " style='min-height:66px'" if element.get("multiline") else ""
            return f"<div class=input{tall}>{shown}</div>"
        case "checkboxes" | "radio_buttons":
            chosen = [o["value"] for o in element.get("initial_options", [])]
            chosen += [element["initial_option"]["value"]] if "initial_option" in element else []
            on, off = ("☑", "☐") if element["type"] == "checkboxes" else ("◉", "○")
            return "".join(
                f"<p>{on if o['value'] in chosen else off} {_text(o['text'])}"
                + (
                    f" <span class=hint>{_text(o['description'])}</span>"
                    if "description" in o
                    else ""
                )
                + "</p>"
                for o in element["options"]
            )
        case _:
            chosen = [o["text"]["text"] for o in element.get("initial_options", [])]
            chosen += (
                [element["initial_option"]["text"]["text"]] if "initial_option" in element else []
            )
            chosen += [element[k] for k in ("initial_date", "initial_time") if k in element]
            hint = element.get("placeholder", {}).get("text", "選択してください")
            shown = escape("、".join(chosen)) or f"<span class=faint>{escape(hint)}</span>"
            return f"<div class=input>{shown} ▾</div>"


def _button(label: str, style: str) -> str:
    return f'<span class="button {style}">{escape(label)}</span>'


def _text(text: Json) -> str:
    shown = escape(unescape(text["text"]) if text["type"] == "mrkdwn" else text["text"])
    if text["type"] == "mrkdwn":
        shown = re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", shown)
    return shown.replace("\n", "<br>")
