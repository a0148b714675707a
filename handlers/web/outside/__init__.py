"""The pages behind a mail's link, for agencies that answer without signing in."""
