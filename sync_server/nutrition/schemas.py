"""Request bodies of copies."""

from marshmallow import Schema, ValidationError, validates_schema

from schema.fields import Choice, Integer
from schema.json_schema import body_schema
from schema.nested import Items
from schema.nutrition import SLOTS
from schema.texts import Day, Id
from sync_server.web.openapi import NamedSchema

MAX_DAYS = 7


class DayCopy(Schema):
    """Target day of copied food logs, the number of days, and the slots to copy."""

    to = Day(required=True, metadata={"description": "Target day"})
    days = Integer(1, MAX_DAYS, metadata={"description": "Number of days in a row; 1 by default"})
    slots = Items(
        Choice(*SLOTS), 4, 1, unique=True, metadata={"description": "Slots to copy; all by default"}
    )


class PlanRevision(Schema):
    """First day of the changed plan; the plan before it ends on the day before."""

    starts_on = Day(required=True, metadata={"description": "First day of the changed plan"})


class MealCopy(Schema):
    """Target of a copied meal: `to` a day, as food logs, or into a plan, with its items."""

    to = Day(metadata={"description": "Target day, for food logs"})
    slot = Choice(*SLOTS, metadata={"description": "Slot of the logs; only with `to`"})
    plan_id = Id(metadata={"description": "Target plan"})

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
