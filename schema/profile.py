"""Who the user is, as far as the app shows it."""

from schema.collection import NaturalKey, Record
from schema.fields import Choice, Integer, Number
from schema.texts import Text, TimeZone


class Profile(Record):
    """The user's units, body and calendar. Storage is metric whatever the units say."""

    weight_unit = Choice("kg", "lb", metadata={"description": "How weights are shown"})
    height_unit = Choice("cm", "in", metadata={"description": "How heights are shown"})
    energy_unit = Choice("kcal", "kj", metadata={"description": "How energy is shown"})
    height_cm = Number(20, 300, metadata={"description": "Height in centimetres"})
    birth_year = Integer(1900, 2199, metadata={"description": "Year of birth"})
    sex = Choice("female", "male", "other", metadata={"description": "Sex, for energy formulas"})
    time_zone = TimeZone(metadata={"description": "An IANA time zone, Asia/Taipei"})
    week_start = Integer(1, 7, metadata={"description": "ISO weekday on which weeks begin"})
    display_name = Text(200, metadata={"description": "What the app calls the user"})

    class Meta:
        collection = "profile"
        natural_key = NaturalKey(())
