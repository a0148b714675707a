"""Follow-ups: dated checks on a case until it is closed."""
