"""The records of each collection as plain resources: list, read, create, put, patch, delete."""
