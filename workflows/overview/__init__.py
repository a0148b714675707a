"""The coordinator's desk, and who may do what and why."""
