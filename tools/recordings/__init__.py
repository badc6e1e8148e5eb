"""Generators of the recordings in tests/recordings, composed from people's logs."""
