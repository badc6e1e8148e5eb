"""What copying takes."""

from marshmallow import Schema, ValidationError, validates_schema

from schema.fields import Choice
from schema.json_schema import body_schema
from schema.nested import Items
from schema.texts import Day, Id
from sync_server.web.openapi import NamedSchema

SLOTS = ("breakfast", "lunch", "dinner", "snack")


class DayCopy(Schema):
    """Which day gets copies of a day's food logs, and of which meals of the day."""

    to = Day(required=True, metadata={"description": "The day that gets them"})
    slots = Items(
        Choice(*SLOTS), 4, 1, unique=True, metadata={"description": "Only logs of these; else all"}
    )


class MealCopy(Schema):
    """Where a planned meal goes: `to` a day, as eaten there, or with its items into a plan."""

    to = Day(metadata={"description": "The day on which it is logged"})
    slot = Choice(*SLOTS, metadata={"description": "What meal of that day it is; with `to`"})
    plan_id = Id(metadata={"description": "The plan that gets a copy"})

    @validates_schema
    def _one_target(self, data: dict[str, str], **_kwargs: object) -> None:
        if ("to" in data) == ("plan_id" in data):
            raise ValidationError("Either to or plan_id.", "to")
        if "slot" in data and "to" not in data:
            raise ValidationError("Only together with to.", "slot")


DAY_COPY = NamedSchema("DayCopy", body_schema(DayCopy))
MEAL_COPY = NamedSchema("MealCopy", body_schema(MealCopy) | {"minProperties": 1})
DAY_EXAMPLE = {"to": "2026-11-24", "slots": ["breakfast"]}
MEAL_EXAMPLE = {"to": "2026-11-24", "slot": "lunch"}
