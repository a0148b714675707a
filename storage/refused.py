"""A database that is not to be worked on."""

from sqlalchemy import make_url


class DatabaseRefused(Exception):
    """The database is not one to work on; `key` names the sentence that says why."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


def place_of(url: str) -> str:
    """The database's name without user or password."""
    return make_url(url).render_as_string(hide_password=True)
