"""Habits by day: the one module that a new collection needs."""

from schema.collection import NaturalKey, Record
from schema.fields import Flag, Integer
from schema.texts import Day, Id, Text


class Habit(Record):
    """A habit on one day."""

    date = Day(required=True, metadata={"description": "The user's own calendar day"})
    name = Text(200, 1, required=True, metadata={"description": "What it is called"})
    done = Flag(metadata={"description": "Whether it was kept", "default": False})
    count = Integer(0, 1000, metadata={"description": "How often"})
    unit = Text(50, metadata={"description": "Of what"})
    program_id = Id(metadata={"description": "The program that asks for it"})

    class Meta:
        collection = "habits"
        day = "date"
        parent = "program_id"
        groups = (("count", "unit"),)
        natural_key = NaturalKey(("date", "name"))
