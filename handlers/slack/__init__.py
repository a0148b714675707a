"""Slack's door: what people press and fill in there, and what stands there because of us."""
