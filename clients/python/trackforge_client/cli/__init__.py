"""Command line of the client."""
