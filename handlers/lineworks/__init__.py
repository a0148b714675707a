"""The bot in LINE WORKS: what is told, pressed and typed there."""
