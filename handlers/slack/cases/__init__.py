"""Cases in Slack: the sheet, referrals, replies, roles, follow-ups, closing."""
