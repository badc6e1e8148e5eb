"""A project with one collection more than ours: its declaration, and what follows from it."""
