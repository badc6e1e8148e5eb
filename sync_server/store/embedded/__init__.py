"""Private PostgreSQL and Valkey for `make serve` and the tests."""
