"""Hard cases of workouts that several sources recorded, made by hand.

A line is a recording: the number of its workout, its source (`-` for the user's hand), its name,
start and end on the clock (`?` for none), and optionally kilometres or repetitions.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bench.overlap_days import Labelled

RECORDERS = {
    "": "hand", "strong": "app", "fitnotes": "app", "hevy": "app", "watch": "watch",
    "garmin": "watch", "edge": "watch", "phone": "phone", "strava": "phone",
}  # fmt: skip
CASES: Mapping[str, str] = {
    "watch, phone and hand": """
        1 watch Running 07:02-07:44 8.1km
        1 phone Running 07:05-07:41 7.6km
        1 - Morning run 07:00-07:45""",
    "lifting that an app and a watch recorded": """
        1 strong Push day 18:00-19:10 reps
        1 watch Traditional Strength Training 18:03-19:15""",
    "a warm-up run before lifting, lifting by hand without a time": """
        1 watch Running 17:40-18:00 3.4km
        2 watch Traditional Strength Training 18:02-19:05
        2 - Leg day ? reps""",
    "a warm-up on the bike within what was logged as the gym": """
        1 - Gym 18:00-19:30 reps
        2 watch Indoor Cycling 18:00-18:18
        1 watch Traditional Strength Training 18:21-19:28""",
    "two commutes by bike, by hand with times": """
        1 watch Cycling 08:00-08:25 7.1km
        2 watch Cycling 17:30-17:58 7.2km
        1 - Commute by bike 08:00-08:30
        2 - Commute by bike 17:30-18:00""",
    "two runs without times told apart by distance": """
        1 watch Running 06:30-06:55 5.0km
        2 watch Running 18:00-18:52 10.1km
        2 - Evening run ? 10km
        1 - Easy run ? 5km""",
    "a label that is wrong for the whole time": """
        1 watch Elliptical 12:00-12:40
        1 - Rowing 12:00-12:40""",
    "another activity in the middle": """
        1 watch Hiking 09:00-15:00 18km
        2 - Swim 11:30-12:00""",
    "a watch that was paused": """
        1 watch Running 07:00-07:20 4km
        1 watch Running 07:25-07:50 5km
        1 - Long run 07:00-07:50""",
    "a watch that was not stopped": """
        1 watch Traditional Strength Training 18:00-21:10
        1 hevy Upper 18:02-19:05 reps""",
    "an empty battery": """
        1 watch Cycling 10:00-11:10 28km
        1 edge Cycling 10:01-13:05 75km
        1 - Radtour ? 75km""",
    "a walk to the gym": """
        2 phone Walking 17:40-17:55 1.2km
        1 watch Traditional Strength Training 18:00-19:00
        1 - Gym 18:00-19:00""",
    "a walk that a phone recorded, and a run without a time": """
        1 phone Walking 12:00-12:15 1.1km
        2 - Run ? 10km""",
    "a treadmill that a watch takes for an elliptical": """
        1 watch Elliptical 07:00-07:30
        1 - Treadmill 07:00-07:30 5km""",
    "a day's log of an app without times": """
        1 fitnotes Chest ? reps
        1 watch Strength Training 17:00-18:00""",
    "a vague name with a time": """
        1 - Evening workout 18:00-19:00
        1 watch Pool Swim 18:05-18:55""",
    "a vague name without a time, one recording": """
        1 - Workout ?
        1 watch Tennis 18:05-19:35""",
    "a vague name without a time, two recordings": """
        1 - Workout ?
        2 watch Tennis 18:05-19:35
        3 watch Running 07:00-07:30""",
    "two entries by hand at one time": """
        1 - Squats 18:00-19:00 reps
        2 - Bench 18:00-19:00 reps""",
    "one after the other": """
        1 watch Yoga 08:00-08:30
        2 - Stretching 08:30-09:00""",
    "a little overlap of two classes": """
        1 watch Yoga 08:00-09:00
        2 - Pilates 08:55-09:45""",
    "only a start, rounded": """
        1 - Run 07:00
        1 watch Running 07:12-07:50 7km""",
    "only a start, hours apart": """
        1 - Run 07:00
        2 watch Running 17:12-17:50 7km""",
    "two apps for one lift": """
        1 strong Push 18:00-19:00 reps
        1 hevy Push 18:01-18:58 reps""",
    "two watches": """
        1 garmin Trail Running 10:00-11:00 10km
        1 watch Running 10:01-11:02 10.2km""",
    "a race with a watch, Strava and by hand in another language": """
        1 watch Running 09:00-10:45 21.2km
        1 strava Running 09:00-10:46 21.1km
        1 - Halbmarathon Lauf ? 21km""",
    "Chinese names": """
        1 - 跑步 ? 5km
        1 watch Running 19:00-19:31 5.1km
        2 - 力量训练 ? reps
        2 watch Functional Strength Training 19:40-20:20""",
    "a swim and a run of a triathlon": """
        1 garmin Open Water Swimming 08:00-08:32 1.5km
        2 garmin Cycling 08:34-09:45 40km
        3 garmin Running 09:47-10:35 10km
        1 - Swim ? 1.5km
        2 - Bike ? 40km
        3 - Run ? 10km""",
    "a distance that is far off": """
        1 watch Running 07:00-07:20 3km
        2 - Run ? 21km""",
    "a run without a time and a run on the same watch that was logged": """
        1 watch Running 07:00-07:30 5km
        1 - Run 07:00-07:30
        2 - Run ?""",
    "lifting by hand and a ride": """
        1 - Leg day ? reps
        2 watch Cycling 10:00-12:00 50km""",
    "a phone that saw the middle only": """
        1 watch Cycling 10:00-12:00 50km
        1 phone Biking 10:40-11:10 12km""",
    "a recording in a recording": """
        1 watch Functional Strength Training 18:00-18:20
        1 phone Workout 17:55-19:00
        1 strong Core 18:00-19:00 reps""",
    "nothing in common": """
        1 - Yoga ?
        2 watch Running 07:00-07:30 5km
        3 phone Walking 12:00-12:20 1.5km""",
}


def cases() -> Iterator[tuple[str, list[Labelled]]]:
    """Names of the cases, with their recordings."""
    for name, text in CASES.items():
        lines = text.strip().splitlines()
        yield name, [_recording(f"{name} {place}", line) for place, line in enumerate(lines)]


def _recording(id: str, line: str) -> Labelled:
    number, source, *words = line.split()
    place = next(
        i for i, word in enumerate(words) if word == "?" or (word[0].isdigit() and ":" in word)
    )
    source = "" if source == "-" else source
    session: dict[str, Any] = {"date": "2026-11-23", "name": " ".join(words[:place])}
    if source:
        session |= {"source": source, "recorded_by": RECORDERS[source]}
    if words[place] != "?":
        clocks = words[place].split("-")
        for field, clock in zip(("started_at", "ended_at"), clocks, strict=False):
            session[field] = f"2026-11-23T{clock}:00+00:00"
    done: dict[str, Any] = {"exercise_name": session["name"]}
    for word in words[place + 1 :]:
        if word.endswith("km"):
            done["distance_m"] = float(word[:-2]) * 1000
        elif word == "reps":
            done = {"exercise_name": "Squat (Barbell)", "reps": 5, "weight_kg": 100.0}
    return Labelled(id, session, [done], int(number))
