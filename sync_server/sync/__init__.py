"""The sync engine: merging, pushing, pulling and streaming records of any collection."""
