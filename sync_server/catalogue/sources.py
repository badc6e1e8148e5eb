"""Sources and licences of the built-in catalogue, part of every version's description."""

SOURCES = {
    "foods": {
        "source": "USDA National Nutrient Database for Standard Reference, Release 28",
        "licence": "Public domain (US Department of Agriculture)",
        "url": "https://fdc.nal.usda.gov/",
    },
    "exercises": {
        "source": "free-exercise-db",
        "licence": "Unlicense (public domain)",
        "url": "https://github.com/yuhonas/free-exercise-db",
    },
}
