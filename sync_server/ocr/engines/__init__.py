"""What reads text in images: one small interface, and those who keep it."""
