"""Look-ups of foods, exercises and plans by id, shared by the domains."""
