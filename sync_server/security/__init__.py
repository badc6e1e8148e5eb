"""Passwords and tokens, as pure functions: time, ids and randomness come in as arguments."""
