"""Shapes of the auth routes: request bodies and JSON Schemas of responses."""
