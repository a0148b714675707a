"""Promises: derived from how things are, whom the clock tells when, and whose they are."""
