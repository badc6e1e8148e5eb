"""Parser of nutrition labels: from lines of text to a food with nutrients per 100 g."""
