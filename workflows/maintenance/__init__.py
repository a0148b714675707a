"""What is done once a day, and what happens with records that cannot be read."""
