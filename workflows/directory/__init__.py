"""The directory: the town's districts, the agencies that take part, and their people."""
