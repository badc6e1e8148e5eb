"""Workouts as a whole: a session told and made with its sets, and what was done last time."""
