"""What the server can do, measured beside what its database can do: `python -m bench`."""
