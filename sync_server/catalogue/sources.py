"""Where the built-in catalogue comes from, and under which terms; told with every version."""

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
