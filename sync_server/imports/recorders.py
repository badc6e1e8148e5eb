"""Recorders of workouts by their names: watches, phones, and apps in which people log."""

import re

APP, WATCH, PHONE = "app", "watch", "phone"
MAX_SOURCE = 200

_WATCHES = re.compile(
    r"watch|garmin|edge|fenix|forerunner|venu|instinct|polar|suunto|coros|fitbit|whoop|oura|amazfit"
    r"|zepp|huami|wahoo|mi fit|xiaomi|withings|band|tag heuer|bryton|hammerhead|stages|shealth",
    re.I,
)
_APPS = re.compile(
    r"strong|hevy|fitnotes|jefit|strengthlog|fitbod|liftin|gymaholic|setgraph|gravitus|alpha ?prog"
    r"|stronglifts|boostcamp|macrofactor",
    re.I,
)
_FORMATS = {"garmin": WATCH, "fit": WATCH, "tcx": WATCH, "gpx": PHONE}


def recorder_of(name: str, format: str = "") -> str:
    """Kind of a recorder by its name; by the format of its file if the name says nothing."""
    if _APPS.search(name):
        return APP
    if _WATCHES.search(name):
        return WATCH
    return _FORMATS.get(format, PHONE)


def recorder_of_format(format: str) -> str:
    """Kind of the recorder of files that do not name one."""
    return _FORMATS.get(format, APP)


def short_source(name: str) -> str:
    """Name of a source in the length of its field, with single blanks."""
    return " ".join(name.split())[:MAX_SOURCE].rstrip()
