"""TrackForge Sync: the server that keeps a person's devices equal to each other."""

__version__ = "0.1.0"
