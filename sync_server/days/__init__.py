"""Calendar days: what was planned, eaten, trained and measured on each."""
