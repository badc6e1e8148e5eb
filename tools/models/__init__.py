"""Typed models of all records, for languages without a client."""
