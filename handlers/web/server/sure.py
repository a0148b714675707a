"""A page between a press that cannot be taken back and its effect: what goes, and a way back."""

from flask import request

from handlers.web.door import GUARD, page, texts


def confirmation_page(key: str, back: str, **facts: object) -> str | None:
    """The page that asks; None once somebody said on it that it is meant.

    `key` names its words: {key}.title, {key}.text and {key}.button. What the form held is sent
    again to the same address.
    """
    if "sure" in request.form:
        return None
    return page(
        "sure.html",
        texts().say(f"{key}.title", **facts),
        text=texts().say(f"{key}.text", **facts),
        button=texts().say(f"{key}.button", **facts),
        back=back,
        action=request.path,
        fields=[
            (name, value) for name, value in request.form.items(multi=True) if name not in GUARD
        ],
    )
