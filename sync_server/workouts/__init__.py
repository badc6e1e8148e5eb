"""Workouts: sessions with their sets, and the last session of an exercise."""
