"""What Slack tells: kept, acknowledged in time, done once, shown."""
