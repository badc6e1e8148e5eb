"""Exercise matching: from a name in a log to a catalogue exercise."""
