"""Pushes: from a request body to one committed transaction."""
