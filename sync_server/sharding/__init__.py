"""Sharding: which column each table is distributed by, and the setup of Citus."""
