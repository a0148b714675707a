"""YAML, read by the library's fast reader where its wheel brings one: ten times as fast."""

import yaml

_Loader: type[yaml.SafeLoader] | type[yaml.CSafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)


def read_yaml(text: str) -> object:
    """What it says, in plain values only; raises yaml.YAMLError, whose mark names the line."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, either way
