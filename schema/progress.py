"""Body measurements, one record a day."""

from schema.collection import NaturalKey, Record
from schema.fields import Integer, Number
from schema.texts import Day, Text


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
    notes = Text(10_000, metadata={"description": "Free text"})

    class Meta:
        collection = "body_metrics"
        day = "date"
        natural_key = NaturalKey(("date",))
