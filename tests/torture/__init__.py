"""Torture test: devices work while networks, servers and stores fail; nothing may be lost."""
