"""Numbers of cases and requests in a sentence of a page: each stays on one line."""

import re
from typing import Final

from markupsafe import Markup, escape

_NUMBER: Final = re.compile(r"請?R\d{1,2}-\d{4,}")


def unbroken(sentence: str) -> Markup:
    """The sentence escaped, with each number kept in one piece on narrow pages."""
    whole = _NUMBER.sub(r'<span class="ref">\g<0></span>', str(escape(sentence)))
    return Markup(whole)  # noqa: S704 - escaped above; a number is letters, digits and a hyphen
