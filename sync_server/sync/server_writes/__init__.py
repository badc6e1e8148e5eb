"""Writes that the server makes for REST requests and imports."""
