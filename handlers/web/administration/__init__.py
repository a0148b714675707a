"""Pages of administrators and managers: directory, town, audit, retention, requests."""
