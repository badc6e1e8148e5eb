"""What the operator's people may see and do: how an account's sync is, never what is in it."""
