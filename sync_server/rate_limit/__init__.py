"""Rate limits: policies, sliding windows in Valkey and in memory, and charging."""
