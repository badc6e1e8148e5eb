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
FITBOD = """\
Date,Exercise,Reps,Weight(kg),Duration(s),Distance(m),Incline,Resistance,isWarmup,Note,multiplier
2026-01-22 18:30:00 +0000,Front Squat,5,60.0,0.0,0.0,0.0,0.0,true,,1.0
2026-01-22 18:30:00 +0000,Front Squat,5,90.0,0.0,0.0,0.0,0.0,false,low bar,1.0
2026-01-22 18:10:00 +0000,Cycling,0,0.0,1800.0,12000.0,0.0,0.0,false,,1.0
2026-01-24 07:00:00 +0000,Pull Up,8,0.0,0.0,0.0,0.0,0.0,false,,1.0
"""
GARMIN = """\
Activity Type,Date,Favorite,Title,Distance,Calories,Time,Avg HR,Max HR,Aerobic TE,Steps,Total Reps,Moving Time,Elapsed Time
Running,2026-10-18 08:15:00,false,"Long run",10.10,"1,020",01:07:30,145,160,3.4,"9,808",--,01:07:12,01:09:02
Strength Training,2026-10-13 18:00:00,false,Strength,0.00,250,00:55:00,110,140,1.2,--,96,--,00:55:00
Pool Swimming,2026-10-14 06:30:00,false,"Swim","1,500",380,00:28:10.5,--,--,3.1,--,--,--,--
"""
JEFIT = """\
### SETTING ##########################################

row_id,USERID,TIMESTAMP,gender,currentRoutine,DOB,name,length,mass,dbversion
97563720,11612903,"2025-06-02 06:53:50",M,3,1997-01-01,," cm"," kg",

######################################################

### WORKOUT SESSIONS #################################

rowid,_id,USERID,edit_time,day_id,total_time,workout_time,rest_time,starttime,endtime
1,1770220318,7,0,0,3600,0,0,1770220318,1770223918

######################################################

### EXERCISE LOGS ####################################

USERID,TIMESTAMP,belongSys,logs,_id,record,mydate,eid,ename,day_item_id,belongsession,logTime
7,0,0,"64.9998x5,64.9998x4",1,75.83,2026-02-04,8,Barbell Incline Bench Press,8,1770220318,0
7,0,0,"0x10,0x8",2,0,2026-02-04,45,Pull Up,9,1770220318,0
7,0,0,"40x12",3,0,2026-02-06,45,Machine Fly,9,0,0

######################################################
"""
JEFIT_SETS = """\
### WORKOUT SESSIONS
rowid,_id,USERID,edit_time,day_id,total_time,starttime,endtime
1,1770220318,7,0,0,0,1770220318,1770223918
### EXERCISE LOGS
USERID,TIMESTAMP,belongSys,logs,_id,record,mydate,eid,ename,day_item_id,belongsession
7,0,0,"64.9998x5,64.9998x5",1,75.83,2026-02-04,8,Barbell Incline Bench Press,8,1770220318
### EXERCISE SET LOGS
_id,userid,exercise_log_id,set_index,weight_lbs,reps,calories,distance_mi,speed_mph,laps,duration
1,7,1,0,143.2999,5,0,0,0,0,0
2,7,1,1,143.2999,5,0,0,0,0,0
### CARDIO LOGS
row_id,TIMESTAMP,USERID,_id,weeklyLogId,eid,belongSys,lap,duration,speed,distance,calorie,mydate
23937347,"2026-03-20 11:34:02",13687197,2,0,321,1,0,3600,0,1.5,220,2026-03-20
"""
STRENGTHLOG = """\
Name,Language,Sex,Age,Email
Somebody,en,Male,1991-09-04,somebody@example.com

Workouts
Name,Date,Body weight,Shape,Sleep,Calories,Stress
Wednesday Morning: Squat & Push-Up,2025-12-24,79.2,-1,-1,-1,-1
"Exercise, Squat",Set,1,reps,5,weight,68
"Exercise, Squat",Set,2,rpe,8.5,reps,7,weight,68
"Exercise, Push-Up",Set,1,reps,12,bodyweight,79.2,extraWeight,0
"Exercise, Back Extension",Set,1,reps,10,bodyweight,79.2,extraWeight,15
"Exercise, Plank",Set,1,bodyweight,79.2,extraWeight,0,time,00:01:00

Running,2025-12-27,0,-1,-1,-1,-1
"Exercise, Running",Set,1,time,00:25:00,distanceKm,5.2
"""
WORKOUT_APPS = {
    "fitbod": FITBOD,
    "garmin": GARMIN,
    "jefit": JEFIT,
    "strengthlog": STRENGTHLOG,
}
NEEDS_UNIT = ("strong", "garmin", "strengthlog")
"""Formats of small files that name no unit of weight or distance."""

SMALL = {
    "strong": STRONG_A,
    "hevy": HEVY,
    "fitnotes": FITNOTES,
    "body_weight": WEIGHTS,
    **WORKOUT_APPS,
}


def real(name: str) -> bytes:
    """A real export: `strong-zh`, `fitnotes` or `body-weight`."""
    return gzip.decompress((DATA / f"{name}.csv.gz").read_bytes())
