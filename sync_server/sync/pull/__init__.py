"""Pulls: pages of changed records since a cursor."""
