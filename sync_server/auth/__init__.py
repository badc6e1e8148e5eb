"""Accounts: registering, logging in, and the families of refresh tokens."""
