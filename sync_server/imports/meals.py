"""Meals of food diaries: the slot of a meal's name in several languages."""

import unicodedata

_NAMES = {
    "breakfast": """
        breakfast; frühstück; petit déjeuner; petit-déjeuner; desayuno; colazione; prima colazione;
        café da manhã; pequeno-almoço; pequeno almoço; ontbijt; frukost; śniadanie; kahvaltı;
        завтрак; 早餐; 早饭; 朝食; 아침
    """,
    "lunch": """
        lunch; mittagessen; déjeuner; almuerzo; comida; pranzo; almoço; lunsj; obiad; öğle yemeği;
        обед; 午餐; 午饭; 昼食; 점심
    """,
    "dinner": """
        dinner; supper; evening meal; abendessen; abendbrot; dîner; souper; cena; jantar; avondeten;
        diner; middag; kolacja; akşam yemeği; ужин; 晚餐; 晚饭; 夕食; 저녁
    """,
    "snack": """
        snack; snacks; snacks/other; snack/other; snacks & other; morning snack; morning snacks;
        afternoon snack; afternoon snacks; evening snack; evening snacks; zwischenmahlzeit;
        snacks/sonstiges; collation; en-cas; snacks/autre; merienda; aperitivos/otro; spuntino;
        spuntini; lanche; lanches; lanches/outros; tussendoortje; mellanmål; przekąska; przekąski;
        atıştırmalık; перекус; перекус/другое; 加餐; 零食; 間食; 간식
    """,
}
UNNAMED = ("", "uncategorized")
"""Names that stand for no meal."""


def _plain(name: str) -> str:
    spelled = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return " ".join(bare.split())


SLOTS = {
    _plain(name): slot
    for slot, names in _NAMES.items()
    for name in names.split(";")
    if name.strip()
}


def slot_of(meal: str) -> str | None:
    """Slot of a meal's name; None for a name that people gave themselves."""
    return SLOTS.get(_plain(meal))
