"""Settings: read once from the environment, validated together."""
