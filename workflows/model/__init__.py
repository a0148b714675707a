"""What a town keeps, as plain data with its rules: cases, meetings, agencies, promises, notices."""
