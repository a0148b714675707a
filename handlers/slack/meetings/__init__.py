"""Meetings in Slack: convening, dates, attendance, rooms, records."""
