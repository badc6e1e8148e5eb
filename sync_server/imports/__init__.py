"""Logs of other apps: read, matched with the catalogue, and written as an ordinary push."""
