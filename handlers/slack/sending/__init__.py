"""What goes to Slack and stands there: at its pace, kept true, found again."""
