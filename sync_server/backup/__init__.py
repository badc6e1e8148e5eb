"""Backups: a file with the database, uploads and secret keys; made, verified, restored."""
