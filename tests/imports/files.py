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
MYFITNESSPAL = """\
Date,Meal,Calories,Fat (g),Saturated Fat,Polyunsaturated Fat,Monounsaturated Fat,Trans Fat,Cholesterol,Sodium (mg),Potassium,Carbohydrates (g),Fiber,Sugar,Protein (g),Vitamin A,Vitamin C,Calcium,Iron,Note
2026-01-05,Breakfast,400.0,10.0,3.0,1.0,4.0,0.0,50.0,300.0,400.0,55.0,6.0,12.0,20.0,10.0,40.0,15.0,8.0,
2026-01-05,Lunch,"1,050.5",22.0,,2.0,8.0,0.0,80.0,900.0,600.0,70.0,9.0,10.0,35.0,5.0,20.0,10.0,12.0,"chicken, rice"
2026-01-05,Pre-Workout,120,1,0,0,0,0,0,0,0,3,0,0,24,0,0,0,0,
Totals,,1570.5,33,3,3,12,0,130,1200,1000,128,15,22,79,15,60,25,20,
"""
MYFITNESSPAL_FOODS = """\
Date,Meal,Food,Calories,Fat (g),Carbohydrates (g),Fiber,Protein (g),Sodium (mg)
2026-01-05,Breakfast,Oatmeal,300,5,54,8,10,2
2026-01-05,Breakfast,Banana,105,0,27,3,1,1
2026-01-05,Lunch,Chicken Salad,450,20,12,4,40,600
"""
CRONOMETER = """\
Day,Time,Group,Food Name,Amount,Energy (kcal),Alcohol (g),Carbs (g),Net Carbs (g),Fat (g),Saturated (g),Protein (g),Category
2026-08-06,11:05 AM,Breakfast,"Oats, rolled",58.00 g,220.0,0.00,37.5,33.0,4.10,0.8,7.0,Cereal Grains
2026-08-06,11:05 AM,Breakfast,Coffee,1.00 cup,2.4,0.00,0,0,0.05,0,0.3,Beverages
2026-08-06,11:05 AM,Breakfast,Coffee,1.00 cup,2.4,0.00,0,0,0.05,0,0.3,Beverages
2026-08-06,,Uncategorized,ZZ Chili,1.00 full recipe,291.49,,38.04,28.3,6.44,,21.28,
2026-08-07,7:45 PM,Dinner,Water,8.00 fl oz,0.00,0,0,0,0,0,0,Beverages
"""
CRONOMETER_DAILY = """\
Date,Energy (kcal),Alcohol (g),Caffeine (mg),Water (g),Carbs (g),Fiber (g),Net Carbs (g),Fat (g),Monounsaturated (g),Saturated (g),Trans-Fats (g),Protein (g),Completed
2026-08-06,516.3,0.0,95.0,2100.3,75.5,8.1,61.3,10.6,3.2,2.1,0.2,28.9,true
2026-08-07,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,false
2026-08-08,2988.0,0.0,190.0,2400.0,340.0,40.0,300.0,91.0,33.0,27.0,0.1,162.0,false
"""
MACROFACTOR = """\
Date,Time,Food Name,Serving Size,Serving Qty,Serving Weight (g),Calories (kcal),Fat (g),Carbs (g),Protein (g),Alcohol (g),"B12, Cobalamin (mcg)",Fiber (g),Sodium (mg),Water (g),Zinc (mg)
2026-10-05,09:00,Greek Yogurt,serving,1.0,100.0,80,0,4,15,,,,1060.0,,
2026-10-05,19:38,"Pasta, cooked",cup,2.0,280.0,440,2.6,86,16,,,,,,
2026-10-05,20:00,Restaurant Bowl,bowl,1.0,,700,30,60,40,,,,,,
"""
LOSEIT = """\
Date,Name,Icon,Meal,Quantity,Units,Calories,Deleted,Fat (g),Protein (g),Carbohydrates (g),Saturated Fat (g),Sugars (g),Fiber (g),Cholesterol (mg),Sodium (mg)
07/05/2026,Strawberry,Fruit,Breakfast,200.0,Grams,67,false,0.6,1.3,16,0,10,4,0,2
07/05/2026,Cookie,Cookie,Snacks,2,Each,160,true,8,2,20,4,12,1,10,110
07/05/2026,Oatmeal,Oatmeal,Breakfast,1.5,Cup,150,false,n/a,5,27,n/a,1,4,0,2
07/06/2026,Chicken Breast,Chicken,Dinner,6,Ounces,280,0,6,52,0,2,0,0,120,150
"""
YAZIO = """\
Date,Time,Meal,Product,Amount,Unit,Portions,Calories/g,Calories total,Protein/g,Fat/g,Carbs/g,Protein total,Fat total,Carbs total
2025-05-01,2025-05-01 08:00:00,breakfast,Apfel,150.0,piece,1.0,0.52,78.0,0.003,0.002,0.14,0.45,0.3,21.0
2025-05-01,2025-05-01 12:30:00,lunch,Csirkemell,200.0,,,1.65,330.0,0.31,0.036,0,62.0,7.2,0.0
2025-05-01,2025-05-01 16:00:00,snack,Nüsse,30.0,handful,1.0,6.0,180.0,0.2,0.5,0.15,6.0,15.0,4.5
"""
FATSECRET = """\
#-------------------------------------------
# Food Diary Report - Detailed Report,"Tuesday, May 1, 2018","Thursday, May 31, 2018"
#-------------------------------------------

#-------------------------------------------
# Period Summary
#-------------------------------------------
Daily Average,Cals ( kcal),Fat( g),Carbs( g),Prot( g)
Total,2229,89.21,256.23,75.28
Breakfast,387,15.98,53.14,10

#-------------------------------------------
# Report Details
#-------------------------------------------
Date,Cals ( kcal),Fat( g),Sat( g),Carbs( g),Fiber( g),Sugar( g),Prot( g),Sod( mg),Chol( mg),Potassium( mg)

"Tuesday, May 1, 2018",424,6.96,1.629,62.19,5,29.84,33.8,1650,70,159
 Breakfast,160,4,1,4,0,2,26,1270,70,0
  Trader Joe's Wild Salmon Jerky,160,4,1,4,0,2,26,1260,70,
"   2  x 1 oz, 56 g"
  Water,0,0,0,0,0,0,0,9,0,
   2 cups (8 fl oz)
 Snacks/Other,264,2.96,0.629,58.19,5,27.84,7.8,380,0,159
  Multigrain Bread,196,2.96,0.629,36.19,5,7.84,7.8,380,0,159
   3 regular slices
  Glaceau Smartwater,68,0,,22,,20,0,0,0,
"   1 bottle, 33.8 oz"
"Wednesday, May 2, 2018",80,2,0.5,2,0,1,13,635,35,10
 Lunch,80,2,0.5,2,0,1,13,635,35,10
  Trader Joe's Wild Salmon Jerky,80,2,0.5,2,0,1,13,630,35,
"   1 oz, 28 g"

Total,504,8.96,2.129,64.19,5,30.84,46.8,2285,105,169
"""
SAMSUNG_FOODS = """\
com.samsung.health.food_intake,6307003,6
create_sh_ver,start_time,amount,custom,modify_sh_ver,update_time,create_time,meal_type,client_data_id,name,unit,client_data_ver,calorie,time_offset,deviceuuid,comment,pkg_name,datauuid,food_info_id
62910051,2025-09-11 17:07:15.737,1.0,,62910051,2025-09-11 17:07:15.750,2025-09-11 17:07:15.750,100003,,,,,450.0,UTC+0530,a,,b,c,d
62910051,2025-09-11 19:40:00.000,1.0,,62910051,2025-09-11 19:40:00.000,2025-09-11 19:40:00.000,100006,,Apple,120001,,95.0,UTC+0530,a,,b,e,f
"""
SAMSUNG_HEALTH = """\
com.samsung.health.nutrition,6307003,6
potassium,create_sh_ver,start_time,sodium,dietary_fiber,total_fat,update_time,create_time,meal_type,protein,sugar,title,calorie,time_offset,deviceuuid,saturated_fat,pkg_name,carbohydrate,datauuid
0.0,63030110,2025-09-11 17:07:17.145,65.0,0.3,12.5,2025-09-11 17:07:17.145,2025-09-11 17:07:17.145,100003,30.0,4.0,Curry,450.0,UTC+0530,a,1.0,b,52.0,c
0.0,63030110,2025-09-12 02:30:00.000,65.0,0.3,2.0,2025-09-12 02:30:00.000,2025-09-12 02:30:00.000,100001,8.0,4.0,,210.0,UTC+0530,a,1.0,b,38.0,d
"""
DIARIES = {
    "myfitnesspal": MYFITNESSPAL,
    "cronometer": CRONOMETER,
    "macrofactor": MACROFACTOR,
    "loseit": LOSEIT,
    "yazio": YAZIO,
    "fatsecret": FATSECRET,
    "samsung_health": SAMSUNG_HEALTH,
}
NEEDS_UNIT = ("strong", "garmin", "strengthlog")
"""Formats of small files that name no unit of weight or distance."""

SMALL = {
    "strong": STRONG_A,
    "hevy": HEVY,
    "fitnotes": FITNOTES,
    "body_weight": WEIGHTS,
    **WORKOUT_APPS,
    **DIARIES,
}


TCX = """\
<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">
  <Activities>
    <Activity Sport="Running">
      <Id>2026-09-11T06:00:00.000Z</Id>
      <Lap StartTime="2026-09-11T06:00:00.000Z">
        <TotalTimeSeconds>1000.0</TotalTimeSeconds><DistanceMeters>2800.0</DistanceMeters>
        <Calories>180</Calories><AverageHeartRateBpm><Value>150</Value></AverageHeartRateBpm>
        <Track><Trackpoint><Time>2026-09-11T06:00:00.000Z</Time></Trackpoint></Track>
      </Lap>
      <Lap StartTime="2026-09-11T06:16:40.000Z">
        <TotalTimeSeconds>800.0</TotalTimeSeconds><DistanceMeters>2200.5</DistanceMeters>
        <Calories>150</Calories>
        <Track><Trackpoint><Time>2026-09-11T06:31:10.000Z</Time></Trackpoint></Track>
      </Lap>
      <Notes>easy</Notes>
    </Activity>
    <Activity Sport="Biking">
      <Id>2026-09-12T07:00:00Z</Id>
      <Lap StartTime="2026-09-12T07:00:00Z">
        <TotalTimeSeconds>2700</TotalTimeSeconds><DistanceMeters>20000</DistanceMeters>
      </Lap>
    </Activity>
  </Activities>
</TrainingCenterDatabase>
"""
GPX = """\
<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="somebody" xmlns="http://www.topografix.com/GPX/1/1">
  <trk>
    <name>Morning Walk</name>
    <type>trail_running</type>
    <trkseg>
      <trkpt lat="52.5000" lon="13.4000"><ele>34.0</ele><time>2026-09-12T10:00:00Z</time></trkpt>
      <trkpt lat="52.5050" lon="13.4000"><ele>35.0</ele><time>2026-09-12T10:05:00Z</time></trkpt>
      <trkpt lat="52.5100" lon="13.4000"><ele>36.0</ele><time>2026-09-12T10:10:00Z</time></trkpt>
    </trkseg>
  </trk>
</gpx>
"""


APPLE_HEALTH = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
]>
<HealthData locale="en_GB">
 <ExportDate value="2026-03-03 09:00:00 +0100"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" creationDate="2026-03-01 07:00:00 +0100" startDate="2026-03-01 07:00:00 +0100" endDate="2026-03-01 07:00:00 +0100" value="92.1"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="lb" startDate="2026-03-01 21:00:00 +0100" endDate="2026-03-01 21:00:00 +0100" value="203.5"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-03-01 22:00:00 +0100" endDate="2026-03-01 22:00:00 +0100" value="heavy"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="stone" startDate="2026-03-01 22:00:00 +0100" endDate="2026-03-01 22:00:00 +0100" value="12"/>
 <Record type="HKQuantityTypeIdentifierBodyFatPercentage" sourceName="Scale" unit="%" startDate="2026-03-01 07:01:00 +0100" endDate="2026-03-01 07:01:00 +0100" value="0.181"/>
 <Record type="HKQuantityTypeIdentifierRestingHeartRate" sourceName="Ann’s Apple Watch" unit="count/min" startDate="2026-03-01 00:00:00 +0100" endDate="2026-03-01 23:00:00 +0100" value="57"/>
 <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Ann’s Apple Watch" unit="count/min" startDate="2026-03-01 08:00:00 +0100" endDate="2026-03-01 08:00:00 +0100" value="71">
  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="1"/>
 </Record>
 <Record type="HKQuantityTypeIdentifierStepCount" sourceName="iPhone" unit="count" startDate="2026-03-01 08:00:00 +0100" endDate="2026-03-01 10:00:00 +0100" value="1000"/>
 <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Ann’s Apple Watch" unit="count" startDate="2026-03-01 08:00:00 +0100" endDate="2026-03-01 09:00:00 +0100" value="1000"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Ann’s Apple Watch" startDate="2026-03-01 23:10:00 +0100" endDate="2026-03-02 02:40:00 +0100" value="HKCategoryValueSleepAnalysisAsleepCore"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Ann’s Apple Watch" startDate="2026-03-02 02:40:00 +0100" endDate="2026-03-02 06:40:00 +0100" value="HKCategoryValueSleepAnalysisAsleepDeep"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Ann’s Apple Watch" startDate="2026-03-02 06:40:00 +0100" endDate="2026-03-02 07:10:00 +0100" value="HKCategoryValueSleepAnalysisAwake"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="iPhone" startDate="2026-03-01 23:00:00 +0100" endDate="2026-03-02 07:30:00 +0100" value="HKCategoryValueSleepAnalysisInBed"/>
 <Record type="HKCategoryTypeIdentifierSleepAnalysis" sourceName="Sleep App" startDate="2026-03-01 23:30:00 +0100" endDate="2026-03-02 06:00:00 +0100" value="HKCategoryValueSleepAnalysisAsleepUnspecified"/>
 <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30" durationUnit="min" sourceName="Ann’s Apple Watch" startDate="2026-03-01 18:00:00 +0100" endDate="2026-03-01 18:30:00 +0100">
  <WorkoutStatistics type="HKQuantityTypeIdentifierDistanceWalkingRunning" startDate="2026-03-01 18:00:00 +0100" endDate="2026-03-01 18:30:00 +0100" sum="5.2" unit="km"/>
  <WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" sum="311.6" unit="kcal"/>
  <WorkoutStatistics type="HKQuantityTypeIdentifierHeartRate" average="151.2" minimum="98" maximum="172" unit="count/min"/>
 </Workout>
 <Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="31" durationUnit="min" totalDistance="5.1" totalDistanceUnit="km" sourceName="Runner’s App" startDate="2026-03-01 17:59:30 +0100" endDate="2026-03-01 18:30:30 +0100"/>
 <Workout workoutActivityType="HKWorkoutActivityTypeTraditionalStrengthTraining" duration="45" durationUnit="min" totalDistance="0" totalDistanceUnit="km" totalEnergyBurned="210" totalEnergyBurnedUnit="kcal" sourceName="Strong" startDate="2026-03-02 18:00:00 +0100" endDate="2026-03-02 18:45:00 +0100"/>
 <Workout workoutActivityType="HKWorkoutActivityTypeYoga" duration="20" durationUnit="min" sourceName="Ann’s Apple Watch" startDate="2026-03-03 07:00:00 +0100" endDate="2026-03-03 07:20:00 +0100"/>
</HealthData>
"""


def real(name: str) -> bytes:
    """A real export: `strong-zh`, `fitnotes` or `body-weight`."""
    return gzip.decompress((DATA / f"{name}.csv.gz").read_bytes())
