"""Offline device: local records, outbox, pushes and pulls."""
