"""Texts as Japan writes them: characters, kana, dates, open days, addresses, Latin letters."""
