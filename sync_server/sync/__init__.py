"""Sync: the engine, pushes, pulls, server writes and notifications."""
