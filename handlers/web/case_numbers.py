"""Numbers of cases in a sentence of a page: each stays on one line."""

import re
from typing import Final

from markupsafe import Markup, escape

_NUMBER: Final = re.compile(r"[A-Z]\d+-\d+")


def unbroken(sentence: str) -> Markup:
    """The sentence escaped, with each number of a case kept in one piece on narrow pages."""
    whole = _NUMBER.sub(r'<span class="number">\g<0></span>', str(escape(sentence)))
    return Markup(whole)  # noqa: S704 - escaped above; a number is letters, digits and a hyphen
