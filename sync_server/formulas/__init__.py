"""What the figures mean: pure formulas that several domains show."""
