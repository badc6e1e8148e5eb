"""Exports of other apps: real ones, and small ones to bend."""

import gzip
from pathlib import Path

DATA = Path(__file__).parent / "data"

STRONG_A = """\
Date,Workout Name,Duration,Exercise Name,Set Order,Weight,Reps,Distance,Seconds,Notes,Workout Notes,RPE
2025-07-14 20:44:18,"Evening Workout",1h 22min,"Chest Dip",W,0.0,16.0,0,0.0,"","",
2025-07-14 20:44:18,"Evening Workout",1h 22min,"Chest Dip",1,45.0,18.0,0,0.0,"belt, heavy","Good day",8.5
2025-07-14 20:44:18,"Evening Workout",1h 22min,"Chest Dip",Rest Timer,0,0.0,0,120.0,,
2025-07-14 20:44:18,"Evening Workout",1h 22min,"Chest Dip",F,45.0,25.0,0,0.0,,,10
2025-07-14 20:44:18,"Evening Workout",1h 22min,"Cycling",1,0,0,5.2,1800,,,
2025-07-16 07:01:00,Core,25m,Plank,1,,,,60,,,
"""
STRONG_B = """\
Date;Workout Name;Exercise Name;Set Order;Weight;Weight Unit;Reps;RPE;Distance;Distance Unit;Seconds;Notes;Workout Notes;Workout Duration
2019-01-11 12:31:54;"Leg";"Deadlift (Barbell)";1;20;kg;5;;;;0;"";"";45m
2019-01-11 12:31:54;"Leg";"Deadlift (Barbell)";2;132,5;kg;4;8,5;;;0;;;45m
2019-01-11 12:31:54;"Leg";"Deadlift (Barbell)";3;225.0;lbs;4;;;;0;;;45m
2019-01-12 08:00:00;"Ride";"Cycling";1;0.0;lbs;0.0;;10.0;mi.;1800.0;"";"";35m
"""
HEVY = """\
"title","start_time","end_time","description","exercise_title","superset_id","exercise_notes","set_index","set_type","weight_kg","reps","distance_km","duration_seconds","rpe"
"Push","15 Sep 2024, 18:02","15 Sep 2024, 19:10","felt strong","Bench Press (Barbell)",0,"grip\\nwide",0,"warmup",40,10,,,
"Push","15 Sep 2024, 18:02","15 Sep 2024, 19:10","felt strong","Bench Press (Barbell)",0,"grip\\nwide",1,"normal",82.5,5,,,8.5
"Push","15 Sep 2024, 18:02","15 Sep 2024, 19:10","felt strong","Lat Pulldown (Cable)",0,"",0,"dropset",50,12,,,
"Push","15 Sep 2024, 18:02","15 Sep 2024, 19:10","felt strong","Bench Press (Barbell)",,"",0,"failure",60,20,,,10
"Push","15 Sep 2024, 18:02","15 Sep 2024, 19:10","felt strong","Running (Treadmill)",,"",0,"normal",,,2.5,900,
"""
FITNOTES = """\
Date,Exercise,Category,Weight,Weight Unit,Reps,Distance,Distance Unit,Time,Comment
2024-12-24,Pull Up,Back,64.0,kgs,8,,,,
2024-12-24,Pull Up,Back,64.0,kgs,8,,,,slow
2024-12-24,Bench Press,Chest,135.0,lbs,5,,,,
2024-12-26,Plank,Abs,0.0,kgs,0,,,0:01:30,
2024-12-26,Running,Cardio,0.0,kgs,0,3.0,mi,0:30:00,
"""
WEIGHTS = """\
Date,Weight (kg),Body fat (%)
2026-05-21,81.4,18.5
2026-05-22,81.2,
"""
SMALL = {
    "strong": STRONG_A,
    "hevy": HEVY,
    "fitnotes": FITNOTES,
    "body_weight": WEIGHTS,
}


def real(name: str) -> bytes:
    """A real export: `strong-zh`, `fitnotes` or `body-weight`."""
    return gzip.decompress((DATA / f"{name}.csv.gz").read_bytes())
