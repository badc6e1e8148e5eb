"""What a food log is told with, and the copying of days and meals."""
