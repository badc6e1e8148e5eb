"""Families of activities by the words of a workout's name, in the languages of the apps.

Two recordings of one workout often differ in their names: a watch says *Trail Running*, a phone
*Walking*. Those of one family may be the same.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

STRENGTH = "strength"
WALKING = "walking"
_WORDS: Mapping[str, str] = {
    "foot": (
        "run running runs runner jog jogging treadmill trail sprint sprints marathon 5k 10k "
        "lauf laufen joggen laufband dauerlauf correr carrera cinta course footing tapis "
        "corrida esteira"
    ),
    "hiking": "hike hiking trek trekking wandern wanderung senderismo randonnee randonnée",
    WALKING: (
        "walk walking walks gehen spaziergang spazieren caminar caminata caminando marche "
        "marcher nordic caminhada"
    ),
    "cycling": (
        "cycling cycle bike biking ride rides spin spinning bmx mtb rad radfahren radfahrt "
        "fahrrad radtour ciclismo bici bicicleta velo vélo cyclisme handcycling"
    ),
    "swimming": (
        "swim swimming swims pool lap schwimmen natacion natación nadar natation nager natação"
    ),
    "rowing": "rowing rower ergometer erg rudern remo aviron kayaking kayak paddling canoe",
    STRENGTH: (
        "strength weight weights weightlifting lifting powerlifting bodybuilding gym push pull "
        "leg legs upper lower chest back arms shoulders glutes biceps triceps squat squats bench "
        "deadlift deadlifts press crossfit functional core hypertrophy kettlebell kettlebells "
        "circuit hiit kraft krafttraining kraftsport beine brust rücken fuerza pesas piernas "
        "musculation musculação treino calisthenics abs"
    ),
    "mind": (
        "yoga pilates stretching stretch mobility flexibility barre meditation breathing dehnen "
        "estiramientos etirements tai"
    ),
    "snow": "ski skiing snowboard snowboarding snowboarden langlauf skitour snowshoeing",
    "machine": "elliptical crosstrainer ellipse stairs stair stepper stepmill climber",
    "climbing": "climbing bouldering boulder climb klettern bouldern escalada escalade",
    "dance": "dance dancing zumba aerobics aerobic tanzen baile danse",
    "combat": "boxing kickboxing martial judo karate taekwondo wrestling mma boxen boxeo boxe",
    "racket": "tennis badminton squash padel pickleball racquetball",
    "ball": (
        "soccer football basketball volleyball handball hockey rugby baseball softball cricket "
        "fussball fußball futbol fútbol lacrosse"
    ),
    "golf": "golf golfing",
    "skating": "skating inline inlineskaten patinaje",
    "riding": "equestrian reiten horse",
}
FAMILIES = {word: family for family, words in _WORDS.items() for word in words.split()}
# Languages without blanks between words, and names of two words.
PARTS = {
    "cross trainer": "machine",
    "跑": "foot", "徒步": "hiking", "马拉松": "foot", "步行": WALKING, "散步": WALKING,
    "走": WALKING, "骑": "cycling", "单车": "cycling", "游泳": "swimming", "划船": "rowing",
    "力量": STRENGTH, "举重": STRENGTH, "健身": STRENGTH, "训练": STRENGTH, "瑜伽": "mind",
    "拉伸": "mind", "滑雪": "snow", "拳": "combat", "网球": "racket", "羽毛球": "racket",
    "足球": "ball", "篮球": "ball", "舞": "dance", "攀": "climbing",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")
SIMILAR = frozenset({frozenset({"foot", "hiking"}), frozenset({WALKING, "hiking"})})
CONFUSED = SIMILAR | {frozenset({"foot", WALKING}), frozenset({"foot", "machine"})}
"""Families that devices confuse: a watch that follows a run on a treadmill, say."""


def family_of(name: str, exercises: Iterable[str], *, lifted: bool) -> str | None:
    """Family of a workout, None if its words name none or several.

    `lifted` is true for workouts with repetitions, which are of strength whatever their name is.
    """
    if lifted:
        return STRENGTH
    named = _families_of(name)
    if len(named) == 1:
        return next(iter(named))
    done: set[str] = set()
    for exercise in exercises:
        done |= _families_of(exercise)
    found = named & done if named else done
    return next(iter(found)) if len(found) == 1 else None


def compatible(family: str | None, other: str | None) -> bool:
    """True if two recordings of these families at one time may be of one workout."""
    unknown = family is None or other is None
    return unknown or family == other or frozenset((family, other)) in CONFUSED


def similar(family: str, other: str) -> bool:
    """True if two recordings of these families on one day may be of one workout."""
    return family == other or frozenset((family, other)) in SIMILAR


@lru_cache(4096)
def _families_of(name: str) -> frozenset[str]:
    lower = name.casefold()
    words = _WORD.findall(lower)
    found = {FAMILIES[word] for word in words if word in FAMILIES}
    found |= {family for part, family in PARTS.items() if part in lower}
    # A walk on a trail is a walk.
    return frozenset(found - {"foot"} if WALKING in found else found)
