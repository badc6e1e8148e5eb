"""Names of nutrients on labels, in nine languages, without accents and in lower case.

The names are those of Regulation (EU) No 1169/2011, Annex XV, and of 21 CFR 101.9.
"""

import re
import unicodedata
from dataclasses import dataclass

SALT = "salt_g"
"""Salt; its sodium is its weight / 2.5 (Regulation (EU) No 1169/2011, Annex I)."""
OTHER = "other"
"""Amounts of no nutrient that foods have: starch, polyols, calories from fat."""

NAMES: dict[str, tuple[str, ...]] = {
    "energy": (
        "energy", "energie", "energia", "energiewert", "brennwert", "valeur energetique",
        "valor energetico", "valore energetico", "energetische waarde", "calories", "calorias",
        "kalorien", "wartosc energetyczna", "energi",
    ),
    "fat_g": (
        "total fat", "fat", "fett", "matieres grasses", "lipides", "grasas totales", "grasas",
        "grasa total", "grassi", "vetten", "vet", "lipidos", "gorduras totais", "gorduras",
        "lipides totaux", "tluszcz",
    ),
    "saturated_fat_g": (
        "saturated fat", "sat. fat", "sat fat", "saturates", "saturated", "saturated fatty acids",
        "gesattigte fettsauren", "ges. fettsauren", "gesattigte", "acides gras satures", "satures",
        "saturees", "acides gras saturees", "grasas saturadas", "saturadas",
        "acidos grasos saturados", "grasa saturada", "acidi grassi saturi", "saturi",
        "grassi saturi", "verzadigde vetzuren", "verzadigd vet", "verzadigd", "verzadigde",
        "acidos gordos saturados", "gorduras saturadas",
        "saturados", "lipides satures", "kwasy nasycone",
    ),
    "trans_fat_g": (
        "trans fat", "trans-fat", "grasas trans", "grasa trans", "gorduras trans",
        "acides gras trans", "transvet", "transfett",
    ),
    "monounsaturated_fat_g": (
        "monounsaturated fat", "monounsaturated", "mono-unsaturates", "monounsaturates",
        "einfach ungesattigte fettsauren", "acides gras mono-insatures", "mono-insatures",
        "monoinsaturadas", "monoinsaturados", "monoinsaturi", "enkelvoudig onverzadigd",
        "enkelvoudig onverzadigde vetzuren",
    ),
    "polyunsaturated_fat_g": (
        "polyunsaturated fat", "polyunsaturated", "polyunsaturates",
        "mehrfach ungesattigte fettsauren", "acides gras polyinsatures", "polyinsatures",
        "poliinsaturadas", "polinsaturados", "polinsaturi", "poliinsaturados",
        "meervoudig onverzadigd", "meervoudig onverzadigde vetzuren",
    ),
    "omega_3_g": ("omega-3", "omega 3"),
    "cholesterol_mg": ("cholesterol", "cholest.", "cholesterin", "colesterol", "colesterolo"),
    "carbs_g": (
        "total carbohydrate", "total carb.", "total carb", "total carbohydrates", "carbohydrate",
        "carbohydrates", "kohlenhydrate", "glucides", "glucides totaux", "hidratos de carbono",
        "carbohidratos", "carbohidratos totales", "carboidrati", "koolhydraten", "carboidratos",
        "glucidos", "hidratos", "weglowodany",
    ),
    "sugar_g": (
        "total sugars", "sugars", "sugar", "zucker", "sucres", "azucares", "azucares totales",
        "zuccheri", "suikers", "acucares", "acucares totais", "cukry",
    ),
    "added_sugar_g": (
        "added sugars", "added sugar", "azucares anadidos", "azucar anadido",
        "acucares adicionados", "sucres ajoutes", "zugesetzter zucker",
    ),
    "fiber_g": (
        "dietary fiber", "dietary fibre", "fibre", "fiber", "fibres", "ballaststoffe",
        "fibres alimentaires", "fibra alimentaria", "fibra dietetica", "fibra", "fibra alimentare",
        "fibras", "fibra alimentar", "vezels", "voedingsvezel", "voedingsvezels", "blonnik",
    ),
    "protein_g": (
        "protein", "proteins", "eiwei[sß]{1,2}", "proteines", "proteinas", "proteine",
        "eiwitten", "eiwit", "bialko",
    ),
    SALT: ("salt", "salz", "sel", "sal", "sale", "zout", "sol"),
    "sodium_mg": ("sodium", "natrium", "sodio"),
    "potassium_mg": ("potassium", "potas.", "kalium", "potasio", "potassio"),
    "calcium_mg": ("calcium", "calcio", "kalzium"),
    "iron_mg": ("iron", "eisen", "fer", "hierro", "ferro", "ijzer"),
    "magnesium_mg": ("magnesium", "magnesio"),
    "phosphorus_mg": ("phosphorus", "phosphor", "phosphore", "fosforo", "fosfor"),
    "zinc_mg": ("zinc", "zink", "cinc", "zinco"),
    "copper_mg": ("copper", "kupfer", "cuivre", "cobre", "rame", "koper"),
    "manganese_mg": ("manganese", "mangan", "manganeso", "mangaan"),
    "iodine_ug": ("iodine", "jod", "iode", "yodo", "iodio", "jodium", "iodo"),
    "selenium_ug": ("selenium", "selen", "selenio"),
    "vitamin_a_ug": ("vitamin a", "vitamine a", "vitamina a"),
    "vitamin_c_mg": ("vitamin c", "vitamine c", "vitamina c"),
    "vitamin_d_ug": ("vitamin d", "vitamine d", "vitamina d", "vitamin d3", "vitamine d3"),
    "vitamin_e_mg": ("vitamin e", "vitamine e", "vitamina e"),
    "vitamin_k_ug": ("vitamin k", "vitamine k", "vitamina k"),
    "thiamin_mg": ("thiamin", "thiamine", "tiamina", "vitamin b1", "vitamine b1", "vitamina b1"),
    "riboflavin_mg": (
        "riboflavin", "riboflavine", "riboflavina", "vitamin b2", "vitamine b2", "vitamina b2",
    ),
    "niacin_mg": ("niacin", "niacine", "niacina"),
    "pantothenic_acid_mg": (
        "pantothenic acid", "pantothensaure", "acide pantothenique", "acido pantotenico",
    ),
    "vitamin_b6_mg": ("vitamin b6", "vitamine b6", "vitamina b6"),
    "biotin_ug": ("biotin", "biotine", "biotina"),
    "folate_ug": (
        "folate", "folic acid", "folsaure", "acide folique", "acido folico",
        "folate dfe", "foliumzuur",
    ),
    "vitamin_b12_ug": ("vitamin b12", "vitamine b12", "vitamina b12"),
    "caffeine_mg": ("caffeine", "koffein", "cafeine", "cafeina", "caffeina"),
    OTHER: (
        "calories from fat", "fat cal.", "starch", "starke", "amidon", "almidon", "amido",
        "zetmeel", "polyols", "polyole", "polioles", "polioli", "mehrwertige alkohole", "polyolen",
        "polialcoholes",
        "sugar alcohol", "sugar alcohols", "erythritol", "erythrit", "sugar free", "zuckerfrei",
        "sans sucres", "soluble fiber", "insoluble fiber", "servings per container",
        "sales", "fat free", "low fat",
    ),
}  # fmt: skip
# Engines drop blanks: `ofwhichsugars`.
_OF_WHICH = re.compile(
    r"(?<![a-zß])(?:of\s*which|davon|dont|de\s*l[ao]s\s*cuales|di\s*cui|waarvan|d[oa]s\s*quais"
    r"|w\s*tym)"
)
_LONG = 7
"""Letters from which on a name is recognised within a word: engines drop blanks."""


def plain(text: str) -> str:
    """The text in lower case without accents, each character in its place."""
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    base = unicodedata.normalize("NFKD", character)[:1] or character
    lower = base.lower()
    return lower if len(lower) == 1 else character


def _name_pattern(name: str) -> str:
    body = r"\s*".join(part.replace(".", r"\.") for part in name.split())
    letters = sum(character.isalpha() for character in name)
    return body if letters >= _LONG else rf"(?<![a-zß]){body}(?![a-zß])"


def _patterns() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern of all names, the longest first, and the nutrient of each of its groups."""
    names = [(name, nutrient) for nutrient, found in NAMES.items() for name in found]
    names.sort(key=lambda pair: len(pair[0]), reverse=True)
    groups = {f"n{number}": nutrient for number, (_, nutrient) in enumerate(names)}
    body = "|".join(f"(?P<n{at}>{_name_pattern(name)})" for at, (name, _) in enumerate(names))
    return re.compile(body), groups


_NAME, _NUTRIENT = _patterns()


@dataclass(frozen=True, slots=True)
class NamePart:
    """Place of a nutrient's name in a text."""

    nutrient: str
    start: int
    end: int


def find_names(text: str) -> list[NamePart]:
    """Names of nutrients in a plain text, from left to right."""
    found = []
    for match in _NAME.finditer(_OF_WHICH.sub(lambda it: " " * len(it[0]), text)):
        group = match.lastgroup
        if group is not None:
            found.append(NamePart(_NUTRIENT[group], match.start(), match.end()))
    return found
