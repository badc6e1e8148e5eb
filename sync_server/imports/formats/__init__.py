"""Import formats: one module for each app's files."""
