"""The bot in the town's own Mattermost: what is told, pressed, filled in and typed there."""
