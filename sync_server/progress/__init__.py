"""Progress: trends, adherence, training volume, personal records and streaks."""
