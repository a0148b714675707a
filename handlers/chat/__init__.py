"""What every chat platform's door does alike; a platform's own folder says what is its own."""
