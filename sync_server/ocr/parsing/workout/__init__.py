"""Workout sheet parser: exercises with their sets."""
