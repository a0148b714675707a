"""The clock keeps promises: reminders, combined or repeated; days and clocks that changed."""
