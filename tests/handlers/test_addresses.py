"""Every form, link and button of the templates leads to an address that is there and takes it.

Read from the templates, because no town shows all of them at once; what a page puts together by
itself is held by the walk of test_web_safety.py.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from handlers.words.texts import load_texts
from handlers.words.verbs import VERBS, address_of
from handlers.words.words import TEMPLATES
from tests.support.town import TownHall
from tests.support.web import web_app

HANDLERS = Path(address_of.__code__.co_filename).parents[1]
TAG = re.compile(r"<(?:form|a|button|div|section|input|link|script|p|span)\b[^>]*>", re.DOTALL)
LEADS = re.compile(r'\b(action|formaction|href|src|hx-get|hx-post|data-challenge)="([^"]+)"')
CALLED = re.compile(r"\{\{ address_of\('(\w+)'((?:, [^)]+)?)\) \}\}")
ANY = "1"  # stands for whatever a page fills in


def led_to() -> Iterator[tuple[str, str, str]]:
    """The template, method and address of whatever is written there as an address."""
    for path in sorted((TEMPLATES / "web").glob("*.html")):
        for tag in TAG.findall(path.read_text("utf-8")):
            for name, written in LEADS.findall(tag):
                address = CALLED.sub(lambda m: filled(m[1], m[2].count(",")), written)
                address = re.split(r"[?#]", re.sub(r"\{\{.*?\}\}", ANY, address))[0]
                if address == "/local/requests":  # bot.py's, in the fictional town alone
                    continue
                if address.startswith("/") and "{" not in address:
                    posts = name in ("hx-post", "data-challenge") or 'method="post"' in tag
                    yield path.name, "POST" if posts and name != "href" else "GET", address


def filled(verb: str, given: int) -> str:
    return address_of(verb, *[ANY] * given)


def test_what_a_template_leads_to_is_there(hall: TownHall) -> None:
    routes = web_app(hall, town=True).url_map.bind("tsunagu.example.jp", url_scheme="https")
    found = list(led_to())
    wrong = set()
    for where, method, address in found:
        try:
            routes.match(address, method=method)
        except (HTTPException, RequestRedirect) as error:
            wrong.add((where, method, address, type(error).__name__))
    assert wrong == set()
    assert len(found) > 150
    assert len({address for _, method, address in found if method == "POST"}) > 50


def calls() -> Iterator[tuple[str, str, list[bool]]]:
    """Where, the verb, and which of its arguments says something; of pages and of code."""
    env = Environment(autoescape=True)
    load_texts(None).register(env)
    for path in sorted((TEMPLATES / "web").glob("*.html")):
        for call in env.parse(path.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "address_of":
                verb, *rest = call.args
                if isinstance(verb, nodes.Const):
                    said = [not isinstance(one, nodes.Const) for one in rest]
                    yield path.name, str(verb.value), said
    for path in sorted(HANDLERS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "address_of":
                verb_, *others = node.args
                if isinstance(verb_, ast.Constant):
                    said = [not isinstance(one, ast.Constant) for one in others]
                    yield path.name, str(verb_.value), said


def test_what_is_said_of_an_address_stands_in_it() -> None:
    """A verb that is about no case and no meeting has an item alone: what is given as its subject
    would be lost, and the button would post to the page above."""
    found = list(calls())
    assert len({verb for _, verb, _ in found} & VERBS.keys()) > 20
    for where, verb, said in found:
        words = ["", "", ""]
        given = [f"said{n}" if one else words[n] for n, one in enumerate(said)]
        address = address_of(verb, *given)
        assert [one for one in given if one and one not in address] == [], (where, verb, address)
