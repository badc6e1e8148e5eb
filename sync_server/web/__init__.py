"""What every request passes through, whatever its domain."""
