"""Every workflow, imported so that the desk knows it: a new module is found by being there."""

from importlib import import_module
from pkgutil import walk_packages

import workflows
from workflows.core.messages import REGISTRY

for _module in walk_packages(workflows.__path__, f"{workflows.__name__}."):
    if _module.name != __name__:
        import_module(_module.name)

__all__ = ["REGISTRY"]
