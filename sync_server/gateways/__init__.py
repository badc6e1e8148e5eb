"""Push services: each sends a message without contents that wakes an app up."""
