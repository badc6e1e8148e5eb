"""Ranking of names: what of a name matches a query, and how common the entry is."""
