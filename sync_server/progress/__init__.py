"""How a person gets on: trends, adherence, training volume, records and streaks."""
