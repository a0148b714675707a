"""What somebody sees first in Slack: home page, menu, board, digest."""
