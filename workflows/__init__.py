"""What the bot does, in rooms by subject; knows no platform, no database and no web."""
