"""What is measured, apart from the tests: `make bench`."""
