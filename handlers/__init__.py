"""The doors: whatever speaks with the world outside."""
