"""The built-in foods and exercises: reference data that no user owns."""
