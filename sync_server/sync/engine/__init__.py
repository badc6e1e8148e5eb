"""The sync engine: pure functions over records, clocks and merges."""
