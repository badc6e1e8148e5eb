"""HTTP concerns of all routes: errors, bodies, identity, idempotency, observability."""
