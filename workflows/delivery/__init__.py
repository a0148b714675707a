"""Notices on their way: to whom, whether still true, what came back, and who was not reached."""
