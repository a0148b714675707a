"""The words that the lists of agencies and members are written in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from workflows.directory.labels import Labels, labels_from

FILE: Final = Path(__file__).parent.parent / "templates" / "directory" / "labels.yaml"


def load_labels() -> Labels:
    """The Japanese words of the two lists."""
    plain: Mapping[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return labels_from(plain)
