"""From a chat to the pages: the address that lets a member in and then leads to what they want."""

from collections.abc import Callable
from urllib.parse import quote

from handlers.settings import Settings
from workflows.model.card import Action


def way_in(
    action: Action,
    page_of: Callable[[Action], str],
    settings: Settings,
    make_token: Callable[[], str],
) -> str:
    """Good once, for ten minutes, for the member whose token `make_token` makes.

    Where a town wants single sign-on alone, it is the page's own address, and no token is made.
    """
    address = page_of(action)
    if settings.sign_in.oidc_only:
        return address
    there = address.removeprefix(settings.page_address)
    link = page_of(Action("", "sign_in", "", make_token()))
    return f"{link}?then={quote(there, safe='/')}"
