"""The words that the lists of agencies and members are written in."""

from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from handlers.words.reading_yaml import read_yaml
from workflows.directory.labels import Labels, labels_from

FILE: Final = Path(__file__).parents[2] / "templates" / "directory" / "labels.yaml"


@cache
def load_labels() -> Labels:
    """The Japanese words of the two lists, read once."""
    return labels_from(cast(dict[str, Any], read_yaml(FILE.read_text("utf-8"))))
