"""A setting that cannot be used: the start stops with one sentence that names it."""


class BadSetting(ValueError):
    """A setting is wrong; `key` names the sentence in templates/words that names the setting."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts
