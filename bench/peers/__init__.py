"""Servers that others would write, measured beside this one."""
