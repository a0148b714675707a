"""Notices on their way out: claimed, checked, guarded, sent, repeated, or sent another way."""
