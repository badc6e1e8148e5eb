"""Profile of the user."""

from schema.collection import NaturalKey, Record
from schema.fields import Choice, Integer, Number
from schema.nested import Items, Map
from schema.texts import Text, TimeZone


class Profile(Record):
    """Units, body and calendar of the user. Stored values are metric in any case."""

    weight_unit = Choice("kg", "lb", metadata={"description": "Unit of displayed weights"})
    height_unit = Choice("cm", "in", metadata={"description": "Unit of displayed heights"})
    energy_unit = Choice("kcal", "kj", metadata={"description": "Unit of displayed energy"})
    height_cm = Number(20, 300, metadata={"description": "Height in centimetres"})
    birth_year = Integer(1900, 2199, metadata={"description": "Year of birth"})
    sex = Choice("female", "male", "other", metadata={"description": "Sex, for energy formulas"})
    time_zone = TimeZone(metadata={"description": "IANA time zone, as Asia/Taipei"})
    week_start = Integer(1, 7, metadata={"description": "ISO weekday on which weeks begin"})
    source_priority = Map(
        ("workouts", "body"),
        Items(Text(200, 1), 20, unique=True),
        metadata={
            "description": "Sources, the best first, by what they record: names of `source`, or"
            " `hand`, `app`, `watch`, `phone`"
        },
    )
    display_name = Text(200, metadata={"description": "Display name"})

    class Meta:
        collection = "profile"
        natural_key = NaturalKey(())
