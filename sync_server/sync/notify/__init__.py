"""Notifications of new versions, to this process's streams and to other processes."""
