"""From a chat to the pages: the address that lets a member in and then leads to what they want."""

from collections.abc import Callable
from urllib.parse import quote

from handlers.settings import Settings
from workflows.model.card import CardButton


def one_time_page_link(
    action: CardButton,
    page_of: Callable[[CardButton], str],
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
    link = page_of(CardButton("", "sign_in", "", make_token()))
    return f"{link}?then={quote(there, safe='/')}"
