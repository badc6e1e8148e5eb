"""Body measurements, one record a day."""

from marshmallow import Schema

from schema.collection import NaturalKey, Record
from schema.fields import Choice, Integer, Number
from schema.nested import Items, Object
from schema.texts import Day, Text


class BodyReading(Schema):
    """Values of a day by one source, as imported."""

    source = Text(200, 1, required=True, metadata={"description": "Scale, app, watch or format"})
    recorded_by = Choice(
        "app", "watch", "phone", metadata={"description": "Kind of the source, for its priority"}
    )
    weight_kg = Number(1, 1000, metadata={"description": "Body weight in kilograms"})
    body_fat_pct = Number(0, 100, metadata={"description": "Body fat in percent of weight"})
    resting_heart_rate_bpm = Number(1, 500, metadata={"description": "Beats a minute at rest"})
    waist_cm = Number(1, 500, metadata={"description": "Waist"})
    chest_cm = Number(1, 500, metadata={"description": "Chest"})
    hips_cm = Number(1, 500, metadata={"description": "Hips"})
    neck_cm = Number(1, 500, metadata={"description": "Neck"})
    arm_cm = Number(1, 500, metadata={"description": "Upper arm"})
    thigh_cm = Number(1, 500, metadata={"description": "Thigh"})
    sleep_s = Number(0, 604_800, metadata={"description": "Sleep in seconds"})
    steps = Integer(0, 10_000_000, metadata={"description": "Steps walked"})


class BodyMetrics(Record):
    """Body measurements of a day. Lengths are circumferences in centimetres."""

    date = Day(required=True, metadata={"description": "Day in the user's calendar"})
    weight_kg = Number(1, 1000, metadata={"description": "Body weight in kilograms"})
    body_fat_pct = Number(0, 100, metadata={"description": "Body fat in percent of weight"})
    waist_cm = Number(1, 500, metadata={"description": "Waist"})
    chest_cm = Number(1, 500, metadata={"description": "Chest"})
    hips_cm = Number(1, 500, metadata={"description": "Hips"})
    neck_cm = Number(1, 500, metadata={"description": "Neck"})
    arm_cm = Number(1, 500, metadata={"description": "Upper arm"})
    thigh_cm = Number(1, 500, metadata={"description": "Thigh"})
    resting_heart_rate_bpm = Number(1, 500, metadata={"description": "Beats a minute at rest"})
    sleep_s = Number(0, 604_800, metadata={"description": "Sleep in seconds"})
    steps = Integer(0, 10_000_000, metadata={"description": "Steps walked"})
    readings = Items(
        Object(BodyReading),
        20,
        metadata={"description": "Values of each source; the day's own are the best of them"},
    )
    notes = Text(10_000, metadata={"description": "Free text"})

    class Meta:
        collection = "body_metrics"
        day = "date"
        natural_key = NaturalKey(("date",))
