"""REST routes of every collection, derived from its declaration."""
