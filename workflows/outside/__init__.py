"""Agencies that answer without signing in: by a link of their own, or by writing back to a mail."""
