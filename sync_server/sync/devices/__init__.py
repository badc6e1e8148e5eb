"""Devices of a user: what their requests show, what they report of themselves."""
