"""Signing in: one-time links, passkeys, single sign-on, and the sessions that they open."""
