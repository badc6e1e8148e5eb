"""How the recordings in tests/recordings are composed from people's logs and then lived through."""
