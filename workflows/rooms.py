"""Every room's workflows, imported so that the desk knows them."""

from workflows.desk import REGISTRY

__all__ = ["REGISTRY"]
