"""What a member sees first on the pages: inbox, desk, digest."""
