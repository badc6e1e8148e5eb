"""Words of the drawn labels of the European Union: the terms of Regulation (EU) No 1169/2011."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROWS = (
    "energy_kcal", "fat_g", "saturated_fat_g", "carbs_g", "sugar_g", "fiber_g", "protein_g",
    "salt_g",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Language:
    """Words of a language: title, headings and the rows' names."""

    title: str
    per: str
    portion: str
    names: Sequence[str]
    comma: bool = True

    def name(self, nutrient: str) -> str:
        """Name of a row."""
        return self.names[ROWS.index(nutrient)]


LANGUAGES = (
    Language("Nutrition", "per", "per portion", (
        "Energy", "Fat", "of which saturates", "Carbohydrate", "of which sugars", "Fibre",
        "Protein", "Salt"), comma=False),
    Language("Nährwerte", "pro", "pro Portion", (
        "Energie", "Fett", "davon gesättigte Fettsäuren", "Kohlenhydrate", "davon Zucker",
        "Ballaststoffe", "Eiweiß", "Salz")),
    Language("Valeurs nutritionnelles", "pour", "par portion", (
        "Énergie", "Matières grasses", "dont acides gras saturés", "Glucides", "dont sucres",
        "Fibres alimentaires", "Protéines", "Sel")),
    Language("Información nutricional", "por", "por ración", (
        "Valor energético", "Grasas", "de las cuales saturadas", "Hidratos de carbono",
        "de los cuales azúcares", "Fibra alimentaria", "Proteínas", "Sal")),
    Language("Dichiarazione nutrizionale", "per", "per porzione", (
        "Energia", "Grassi", "di cui acidi grassi saturi", "Carboidrati", "di cui zuccheri",
        "Fibre", "Proteine", "Sale")),
    Language("Voedingswaarde", "per", "per portie", (
        "Energie", "Vetten", "waarvan verzadigde vetzuren", "Koolhydraten", "waarvan suikers",
        "Vezels", "Eiwitten", "Zout")),
    Language("Declaração nutricional", "por", "por porção", (
        "Energia", "Lípidos", "dos quais saturados", "Hidratos de carbono",
        "dos quais açúcares", "Fibra", "Proteínas", "Sal")),
)  # fmt: skip
MICRONUTRIENT_NAMES: Mapping[str, Sequence[str]] = {
    "vitamin_c_mg": ("Vitamin C", "Vitamin C", "Vitamine C", "Vitamina C", "Vitamina C",
                     "Vitamine C", "Vitamina C"),
    "vitamin_d_ug": ("Vitamin D", "Vitamin D", "Vitamine D", "Vitamina D", "Vitamina D",
                     "Vitamine D", "Vitamina D"),
    "vitamin_b12_ug": ("Vitamin B12", "Vitamin B12", "Vitamine B12", "Vitamina B12",
                       "Vitamina B12", "Vitamine B12", "Vitamina B12"),
    "calcium_mg": ("Calcium", "Calcium", "Calcium", "Calcio", "Calcio", "Calcium", "Cálcio"),
    "iron_mg": ("Iron", "Eisen", "Fer", "Hierro", "Ferro", "IJzer", "Ferro"),
    "magnesium_mg": ("Magnesium", "Magnesium", "Magnésium", "Magnesio", "Magnesio", "Magnesium",
                     "Magnésio"),
    "zinc_mg": ("Zinc", "Zink", "Zinc", "Zinc", "Zinco", "Zink", "Zinco"),
    "potassium_mg": ("Potassium", "Kalium", "Potassium", "Potasio", "Potassio", "Kalium",
                     "Potássio"),
}  # fmt: skip
