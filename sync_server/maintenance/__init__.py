"""Periodic maintenance: deleting what has expired."""
