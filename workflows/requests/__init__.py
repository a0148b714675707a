"""請求: what a person asks of the town about what is kept of them, and what came of it."""
