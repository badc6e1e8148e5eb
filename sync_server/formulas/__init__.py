"""Formulas, pure, that several domains use."""
