"""The outside things that the server owns: PostgreSQL, Valkey, and private copies of both."""
