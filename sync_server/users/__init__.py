"""The user as a resource."""
