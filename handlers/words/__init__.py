"""What every door says: texts by key, forms, lines and choices in words."""
