"""The command line: init, import, export, run."""
