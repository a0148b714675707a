"""Pages about a case."""
