"""Pages about meetings and their records."""
