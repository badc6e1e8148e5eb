"""Explanations of a missing record: causes, the most likely first, with evidence and advice."""
