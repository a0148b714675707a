"""Signing in on the pages: links, single sign-on, passkeys, where one is signed in."""
