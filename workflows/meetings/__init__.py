"""Support meetings: convening, dates, records, roles."""
