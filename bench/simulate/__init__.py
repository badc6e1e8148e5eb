"""Simulation of a day: many users with phones, open-loop, with a storm after an outage."""
