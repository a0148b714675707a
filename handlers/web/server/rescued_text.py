"""What somebody wrote into a form, on a page that has no field for it any more."""

from flask import request

from handlers.web.door import GUARD


def rescued_text() -> tuple[str, ...]:
    """The words of the form that was sent, each once, in its order; nothing of a page that was only
    opened. Codes, ids and figures are none."""
    if request.method != "POST":
        return ()
    given = [v.strip() for k, v in request.form.items(multi=True) if k not in GUARD]
    return tuple(dict.fromkeys(v for v in given if not v.isascii()))
