"""Translations of exercise names: German, Spanish, French, Portuguese and Chinese to English.

A name is looked up whole, then without its equipment (`Bankdrücken (Langhantel)`, `Sentadilla con
barra`, `哑铃卧推`), which follows the English name in brackets.
"""

import re
import unicodedata
from functools import lru_cache

from sync_server.lookups.exercise_names import read_data

_LANGUAGES = re.compile(r"\s*\|?\s*\b(?:de|es|fr|pt|zh):\s*")
_CONNECTING = (
    r"(?:mit|am|an|auf|der|dem|den|im|de|del|con|en|la|el|las|los|avec|a|au|aux|l|les|com|na|no|nas"
    r"|nos|da|do|em|um|uma|una|un|une|einer|par|de la)"
)
# By the word of an English name; words are without accents, the longest first in the pattern.
_ENGLISH_EQUIPMENT = re.compile(
    r"[()]|\b(?:barbell|dumbbell|cable|smith machine|machine|kettlebell|ez bar)\b"
)
_EQUIPMENT = {
    "barbell": "langhantel langhanteln lh barra barras barre barre-olympique 杠铃 槓鈴",
    "dumbbell": (
        "kurzhantel kurzhanteln kh mancuerna mancuernas haltere halteres halter haltères"
        " 哑铃 啞鈴"
    ),
    "cable": "kabel kabelzug kabelturm seilzug polea poleas poulie polia cabo cabos cable"
    " 绳索 拉索",
    "machine": "maschine gerat maschinell maquina machine aparelho guiado 器械 固定器械",
    "smith machine": "multipresse multipower smith smith-machine smithmaschine 史密斯 史密斯机",
    "kettlebell": "kugelhantel pesa-rusa kettlebell kettlebells rusa 壶铃",
    "ez bar": "sz-stange sz-hantel sz barra-z barra-ez barra-w barre-ez 曲杆 ez杆 曲杠",
    "band": "widerstandsband theraband band banda banda-elastica bande elastique elastico 弹力带",
    "bodyweight": "korpergewicht peso-corporal poids-du-corps peso-do-corpo 自重",
}  # fmt: skip


def translations(name: str) -> list[str]:
    """English names that a name may stand for, none if it is in none of the languages."""
    plain = _plain(name)
    if plain in _names():
        return list(_names()[plain])
    found = _without_equipment(plain)
    if found is None:
        return []
    bases, equipment = found
    # The table's own equipment gives way: `curl (dumbbell)` with a barbell is `curl (barbell)`.
    return [
        f"{' '.join(_ENGLISH_EQUIPMENT.sub(' ', base).split())} ({equipment})" for base in bases
    ]


@lru_cache(1)
def _names() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for english, others in read_data("exercise_translations.txt"):
        for other in re.split(";", _LANGUAGES.sub(";", others)):
            plain = _plain(other)
            if plain and english not in names.get(plain, ()):
                names[plain] = (*names.get(plain, ()), english)
    return names


@lru_cache(1)
def _words() -> tuple[re.Pattern[str], dict[str, str]]:
    """Pattern of an equipment with what connects it, and the English word by each other one."""
    english = {
        _plain(word.replace("-", " ")): equipment
        for equipment, words in _EQUIPMENT.items()
        for word in words.split()
    }
    ordered = sorted(english, key=len, reverse=True)
    latin = "|".join(re.escape(word) for word in ordered if word.isascii())
    other = "|".join(re.escape(word) for word in ordered if not word.isascii())
    return re.compile(rf"(?:\b{_CONNECTING}\b )*\b({latin})\b|({other})"), english


def _without_equipment(plain: str) -> tuple[tuple[str, ...], str] | None:
    """(English names without the equipment, English equipment)."""
    pattern, english = _words()
    found = pattern.search(plain)
    if found is None:
        return None
    before, after = plain[: found.start()].strip(), plain[found.end() :].strip()
    # Chinese has no blanks: `上斜哑铃卧推` is `上斜卧推` with dumbbells.
    for left in (f"{before} {after}".strip(), before + after):
        if left in _names():
            return _names()[left], english[found[1] or found[2]]
    return None


@lru_cache(8192)
def _plain(name: str) -> str:
    """Letters and digits only, without accents and case, single blanks between words."""
    spelled = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", bare))
