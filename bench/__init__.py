"""Benchmarks of the server beside its bare database: `python -m bench`."""
