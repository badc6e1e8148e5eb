"""Attacks over HTTP against the real server."""
