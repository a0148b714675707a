"""The guard: what the record knows of people reaches no message; masked, or held back."""
