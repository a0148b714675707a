"""Members on the chat platforms: who is whose account, home page, cards, the open question."""
