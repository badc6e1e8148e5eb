"""Nutrient parser for menus: `520 kcal`, `P 32g C 45g F 12g`, `Eiweiß: 12,5 g`."""

import re

KJ_A_KCAL = 4.184
"""The thermochemical calorie."""

_NUMBER = r"(?P<number>\d{1,4}(?:[.,]\d{1,2})?)"
_WORDS = {
    "protein_g": r"proteins?|prot\.?|protéines?|proteínas?|eiwei(?:ß|ss)|蛋白质|蛋白質|P",
    "carbs_g": r"carbohydrates?|carbs?\.?|kohlenhydrate|KH|glucides|hidratos|carboidrati"
    r"|碳水化合物|碳水|C",
    "fat_g": r"fats?|fett|lipides|grasas?|grassi|脂肪|F",
}
_THOUSANDS = r"(?<![\d.,])(?P<number>\d{1,2}[.,'’ ]\d{3}(?!\d)|\d{1,4}(?:[.,]\d{1,2})?)"
_ENERGY = re.compile(
    rf"(?:(?<![\d.,])\d{{1,4}}\s*[-–]\s*)?{_THOUSANDS}\s*(?P<unit>kcal|calories|cals?|kj|大卡|千卡)\b",
    re.IGNORECASE,
)
_END = r"(?![\w])"


def _patterns(words: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    # A single letter is a nutrient only in upper case and with `g` after the number.
    long, _, letter = words.rpartition("|")
    word = rf"(?:(?i:{long})|{letter})"
    return (
        re.compile(rf"(?<!\w){word}\s*[:=]?\s*{_NUMBER}\s*(?i:g|gr|克){_END}"),
        re.compile(rf"(?<![\w.,]){_NUMBER}\s*(?i:g|gr|克)\s*(?:of\s+)?{word}{_END}"),
    )


_GRAMS = {name: _patterns(words) for name, words in _WORDS.items()}
_BETWEEN = re.compile(r"^[\s,;:|/·•()\[\]-]+|[\s,;:|/·•(\[-]+$")


def extract_nutrients(text: str) -> tuple[str, dict[str, float]]:
    """Split a text into the rest and its nutrients: `energy_kcal`, `protein_g`, and so on."""
    nutrients: dict[str, float] = {}
    rest = text
    energy = _ENERGY.search(rest)
    while energy:
        is_kj = energy["unit"].casefold() == "kj"
        kcal = _energy(energy["number"]) / (KJ_A_KCAL if is_kj else 1)
        # If both are printed, kilocalories win.
        if not is_kj or "energy_kcal" not in nutrients:
            nutrients["energy_kcal"] = round(kcal, 1)
        rest = rest[: energy.start()] + "\t" + rest[energy.end() :]
        energy = _ENERGY.search(rest)
    for name, patterns in _GRAMS.items():
        for pattern in patterns:
            grams = pattern.search(rest)
            if grams:
                nutrients[name] = _number(grams["number"])
                rest = rest[: grams.start()] + "\t" + rest[grams.end() :]
                break
    if not nutrients:
        return text, {}
    parts = [_BETWEEN.sub("", part) for part in rest.split("\t")]
    return " ".join(filter(None, parts)), nutrients


def _energy(text: str) -> float:
    """Parse an energy: `1,250` and `1.250` are thousands."""
    return _number(re.sub(r"(?<=\d)[.,'’ ](?=\d{3}$)", "", text))


def _number(text: str) -> float:
    return float(text.replace(",", "."))
