"""Support routes: the state of an account's sync for the operator's staff, never its contents."""
