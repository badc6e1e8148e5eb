"""Nutrition labels: tables of the EU and the US in several languages, as engines read them."""

from collections.abc import Callable

import pytest

from bench.ocr.eu_labels import eu_label
from bench.ocr.pages import Page
from bench.ocr.score import Score
from bench.ocr.us_labels import us_label
from sync_server.ocr.parsing.drafts import FoodDraft
from sync_server.ocr.parsing.label.amounts import find_amounts
from sync_server.ocr.parsing.label.label import parse_label
from sync_server.ocr.parsing.label.names import find_names, plain
from sync_server.ocr.parsing.label.servings import find_serving
from sync_server.ocr.parsing.receipts import is_receipt
from tests.ocr.pages import as_lines, page


def food(text: str) -> FoodDraft:
    """The food of a label."""
    (found,) = parse_label(page(text)).items
    return found


EU = {
    "energy_kcal": 250.0, "fat_g": 3.5, "saturated_fat_g": 1.2, "carbs_g": 45.0, "sugar_g": 12.3,
    "fiber_g": 6.1, "protein_g": 8.4, "sodium_mg": 500.0,
}  # fmt: skip
LABELS = {
    "en": """
Nutrition                 per 100 g      per serving (30 g)
Energy                    1046 kJ        314 kJ
                          250 kcal       75 kcal
Fat                       3.5 g          1.1 g
of which saturates        1.2 g          0.4 g
Carbohydrate              45 g           13.5 g
of which sugars           12.3 g         3.7 g
Fibre                     6.1 g          1.8 g
Protein                   8.4 g          2.5 g
Salt                      1.25 g         0.38 g
""",
    "de": """
Nährwerte                       pro 100 g           pro Portion (30 g)   %*
Energie                         1.046 kJ/250 kcal   314 kJ/75 kcal       4 %
Fett                            3,5 g               1,1 g                2 %
- davon gesättigte Fettsäuren   1,2 g               0,4 g                2 %
Kohlenhydrate                   45 g                13,5 g               5 %
- davon Zucker                  12,3 g              3,7 g                4 %
Ballaststoffe                   6,1 g               1,8 g
Eiweiß                          8,4 g               2,5 g                5 %
Salz                            1,25 g              0,38 g               6 %
""",
    "fr": """
Valeurs nutritionnelles moyennes  pour 100 g          par portion de 30 g
Énergie                           1046 kJ / 250 kcal  314 kJ / 75 kcal
Matières grasses                  3,5 g               1,1 g
dont acides gras saturés          1,2 g               0,4 g
Glucides                          45 g                13,5 g
dont sucres                       12,3 g              3,7 g
Fibres alimentaires               6,1 g               1,8 g
Protéines                         8,4 g               2,5 g
Sel                               1,25 g              0,38 g
""",
    "es": """
Información nutricional     por 100 g           por ración (30 g)
Valor energético            1046 kJ / 250 kcal  314 kJ / 75 kcal
Grasas                      3,5 g               1,1 g
de las cuales saturadas     1,2 g               0,4 g
Hidratos de carbono         45 g                13,5 g
de los cuales azúcares      12,3 g              3,7 g
Fibra alimentaria           6,1 g               1,8 g
Proteínas                   8,4 g               2,5 g
Sal                         1,25 g              0,38 g
""",
    "it": """
Dichiarazione nutrizionale  per 100 g           per porzione (30 g)
Energia                     1046 kJ / 250 kcal  314 kJ / 75 kcal
Grassi                      3,5 g               1,1 g
di cui acidi grassi saturi  1,2 g               0,4 g
Carboidrati                 45 g                13,5 g
di cui zuccheri             12,3 g              3,7 g
Fibre                       6,1 g               1,8 g
Proteine                    8,4 g               2,5 g
Sale                        1,25 g              0,38 g
""",
    "nl": """
Voedingswaarde              per 100 g           per portie (30 g)
Energie                     1046 kJ / 250 kcal  314 kJ / 75 kcal
Vetten                      3,5 g               1,1 g
waarvan verzadigde vetzuren  1,2 g              0,4 g
Koolhydraten                45 g                13,5 g
waarvan suikers             12,3 g              3,7 g
Vezels                      6,1 g               1,8 g
Eiwitten                    8,4 g               2,5 g
Zout                        1,25 g              0,38 g
""",
    "pt": """
Declaração nutricional      por 100 g           por porção (30 g)
Energia                     1046 kJ / 250 kcal  314 kJ / 75 kcal
Lípidos                     3,5 g               1,1 g
dos quais saturados         1,2 g               0,4 g
Hidratos de carbono         45 g                13,5 g
dos quais açúcares          12,3 g              3,7 g
Fibra                       6,1 g               1,8 g
Proteínas                   8,4 g               2,5 g
Sal                         1,25 g              0,38 g
""",
}


@pytest.mark.parametrize("language", LABELS)
def test_a_label_of_the_eu_is_read_per_100_g(language: str) -> None:
    found = food(LABELS[language])
    assert found.nutrients == EU
    assert (found.basis, found.serving_g) == ("100 g", 30.0)
    assert set(found.sources) == set(EU)


def test_columns_the_other_way_round_are_known_by_their_headings() -> None:
    swapped = """
Per serving (30 g)        Per 100 g
Energy       314 kJ / 75 kcal     1046 kJ / 250 kcal
Fat          1.1 g                3.5 g
Protein      2.5 g                8.4 g
"""
    assert food(swapped).nutrients == {"energy_kcal": 250.0, "fat_g": 3.5, "protein_g": 8.4}


US = """
Nutrition Facts
8 servings per container
Serving size        2/3 cup (55g)
Amount per serving
Calories            230
                        % Daily Value*
Total Fat 8g            10%
  Saturated Fat 1g      5%
  Trans Fat 0g
Cholesterol 0mg         0%
Sodium 160mg            7%
Total Carbohydrate 37g  13%
Dietary Fiber 4g        14%
Total Sugars 12g
Includes 10g Added Sugars  20%
Protein 3g
Vitamin D 2mcg          10%
Calcium 260mg           20%
Iron 8mg                45%
Potassium 240mg         6%
"""


def test_a_label_of_the_us_is_converted_from_its_serving() -> None:
    found = food(US)
    assert (found.basis, found.serving_name, found.serving_g) == ("serving", "2/3 cup", 55.0)
    assert found.nutrients == {
        "energy_kcal": 418.2, "fat_g": 14.55, "saturated_fat_g": 1.82, "trans_fat_g": 0.0,
        "cholesterol_mg": 0.0, "sodium_mg": 290.91, "carbs_g": 67.27, "fiber_g": 7.27,
        "sugar_g": 21.82, "added_sugar_g": 18.18, "protein_g": 5.45, "vitamin_d_ug": 3.64,
        "calcium_mg": 472.73, "iron_mg": 14.55, "potassium_mg": 436.36,
    }  # fmt: skip


def test_a_linear_label_has_several_nutrients_in_a_row() -> None:
    found = food(
        """
Nutrition Facts  Serv. size: 1 package (50g), Amount per serving:
Calories 200, Total Fat 8g (10% DV), Sat. Fat 2g (10% DV), Trans Fat 0g
Cholest. 5mg (2% DV), Sodium 200mg (9% DV), Total Carb. 28g (10% DV), Fiber 3g (11% DV)
Total Sugars 6g (Incl. 4g Added Sugars, 8% DV), Protein 4g
"""
    )
    assert found.nutrients == {
        "energy_kcal": 400.0, "fat_g": 16.0, "saturated_fat_g": 4.0, "trans_fat_g": 0.0,
        "cholesterol_mg": 10.0, "sodium_mg": 400.0, "carbs_g": 56.0, "fiber_g": 6.0,
        "sugar_g": 12.0, "added_sugar_g": 8.0, "protein_g": 8.0,
    }  # fmt: skip


def test_calories_from_fat_are_not_the_calories() -> None:
    found = food(
        """
Nutrition Facts
Serving Size 1 cup (228g)
Calories 250      Calories from Fat 110
Total Fat 12g     18%
Protein 5g
"""
    )
    assert found.nutrients == {"energy_kcal": 109.6, "fat_g": 5.26, "protein_g": 2.19}


def test_servings_and_containers_are_two_columns() -> None:
    found = food(
        """
Nutrition Facts
Serving size  1 cup (100g)
              Per serving    Per container
Calories      220            440
Total Fat     5g   6%        10g   13%
Protein       9g             18g
"""
    )
    assert found.nutrients == {"energy_kcal": 220.0, "fat_g": 5.0, "protein_g": 9.0}


def test_names_in_two_languages_over_two_rows_have_one_amount() -> None:
    found = food(
        """
                         pro/pour/per 100 g
Energie / Énergie / Energia     1523 kJ / 364 kcal
Fett / Matières grasses / Grassi   8,2 g
davon gesättigte Fettsäuren /
dont acides gras saturés      1,9 g
Eiweiss / Protéines / Proteine   11 g
Salz / Sel / Sale        <0,01 g
"""
    )
    assert found.nutrients == {
        "energy_kcal": 364.0, "fat_g": 8.2, "saturated_fat_g": 1.9, "protein_g": 11.0,
        "sodium_mg": 2.0,
    }  # fmt: skip


def test_units_in_the_names_hold_for_bare_numbers() -> None:
    found = food(
        """
Typical values     per 100 ml
Energy (kJ/kcal)   180/42
Fat (g)            0
Carbohydrate (g)   10.6
Protein (g)        0
"""
    )
    assert found.basis == "100 ml"
    assert found.nutrients == {
        "energy_kcal": 42.0, "fat_g": 0.0, "carbs_g": 10.6, "protein_g": 0.0
    }  # fmt: skip


def test_kilojoules_alone_become_kilocalories() -> None:
    found = food("per 100 g\nEnergy  1046 kJ\nProtein  5 g")
    assert found.nutrients == {"energy_kcal": 250.0, "protein_g": 5.0}


def test_starch_and_polyols_are_no_sugar() -> None:
    found = food(
        "per 100 g\nEnergy  90 kcal\nof which sugars  1 g\nof which starch  7 g\nPolyols  3 g"
    )
    assert found.nutrients == {"energy_kcal": 90.0, "sugar_g": 1.0}


def test_a_page_without_nutrients_is_no_food() -> None:
    draft = parse_label(page("Ingredients: water, sugar 12%, salt\nBest before 12.05.2027"))
    assert draft.items == ()
    assert len(draft.unread) == 2


def test_servings_without_a_weight_are_no_food() -> None:
    assert parse_label(page("Amount per serving\nCalories  230\nTotal Fat  8g")).items == ()


def test_a_value_that_100_g_cannot_have_is_left_out() -> None:
    found = food("per 100 g\nEnergy  364 kcal\nFat  820 g\nProtein  11 g")
    assert found.nutrients == {"energy_kcal": 364.0, "protein_g": 11.0}


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("3,5 g", [(3.5, "g")]),
        ("<0.5g", [(0.25, "g")]),
        ("less than 1 g", [(0.5, "g")]),
        ("Spuren", [(0.0, "g")]),
        ("1.046 kJ / 250 kcal", [(1046.0, "kj"), (250.0, "kcal")]),
        ("1,250 mg", [(1250.0, "mg")]),
        ("0.250 g", [(0.25, "g")]),
        ("Og", [(0.0, "g")]),
        ("2 µg 40 %", [(2.0, "ug"), (40.0, "%")]),
        ("2 mcg", [(2.0, "ug")]),
        ("100 IU", [(100.0, "iu")]),
    ],
)
def test_an_amount_has_a_value_and_a_unit(text: str, amounts: list[tuple[float, str]]) -> None:
    assert [(it.value, it.unit) for it in find_amounts(plain(text))] == amounts


@pytest.mark.parametrize(
    ("text", "nutrients"),
    [
        ("davonZucker", ["sugar_g"]),
        ("ofwhichsaturates", ["saturated_fat_g"]),
        ("Mehrfach ungesättigte Fettsäuren", ["polyunsaturated_fat_g"]),
        ("Vitamin B12", ["vitamin_b12_ug"]),
        ("Seleno", []),
        ("Total Fat Sodium", ["fat_g", "sodium_mg"]),
    ],
)
def test_names_are_found_without_blanks_too(text: str, nutrients: list[str]) -> None:
    assert [name.nutrient for name in find_names(plain(text))] == nutrients


@pytest.mark.parametrize(
    ("text", "name", "grams"),
    [
        ("Serving size 2/3 cup (55g)", "2/3 cup", 55.0),
        ("Serv. size: 1 oz (28g)", "1 oz", 28.0),
        ("Serving Size 3 cookies (34g)", "3 cookies", 34.0),
        ("je Portion (40 g)", "1 serving", 40.0),
        ("par portion de 30 g", "1 serving", 30.0),
        ("1 Portion = 12,5 g", "1 serving", 12.5),
        ("per 30g serving", "1 serving", 30.0),
        ("per 100 g  per 25 g", "1 serving", 25.0),
        ("Porción: 1 vaso (250 ml)", "1 vaso", 250.0),
    ],
)
def test_a_serving_has_a_measure_and_a_weight(text: str, name: str, grams: float) -> None:
    found = find_serving([plain(text)])
    assert found is not None
    assert (found.name, found.grams) == (name, grams)


@pytest.mark.parametrize("first", [0, 1000])
@pytest.mark.parametrize("make", [eu_label, us_label])
def test_nearly_all_nutrients_of_drawn_labels_are_read(
    make: Callable[[int, int], Page], first: int
) -> None:
    """Labels below 1000 are those that the parser was made with."""
    score = Score()
    for number in range(first, first + 4):
        drawn = make(number, 12)
        lines = as_lines(drawn.texts, drawn.boxes)
        assert not is_receipt(lines)
        score.add(drawn, [], parse_label(lines))
    assert score.nutrients.recall >= 0.95
    assert score.nutrients.precision >= 0.95


def test_a_label_in_one_paragraph_breaks_within_entries() -> None:
    """The linear form: names and amounts stand in different lines."""
    text = """
Nutrition per 100 g: Energy 381
kJ / 91 kcal; Fat <0.5 g; of which saturates
<0.1 g; Carbohydrate 21 g; of which sugars 5.0 g; Fibre
1.8 g; Protein 1.6 g; Salt 0.13 g
"""
    found = food(text).nutrients
    assert found["energy_kcal"] == 91.0
    assert (found["fat_g"], found["saturated_fat_g"], found["fiber_g"]) == (0.25, 0.05, 1.8)
    assert found["sodium_mg"] == 52.0


def test_100_g_of_fat_are_no_heading() -> None:
    text = """
Nutrition            per 100 g     per portion
Energy               3699 kJ       8063 kJ
                     884 kcal      1927 kcal
Fat                  100g          218g
of which saturates   9.6g          21g
"""
    assert food(text).nutrients["fat_g"] == 100.0


def test_a_zero_that_was_read_as_a_letter_is_one() -> None:
    text = """
Nutrition Facts
Serving size 1 piece (20g)
Total Sugars Og  0%
Includes Og Added Sugars  0%
Protein 3g
Vitamin D Omcg  0%
"""
    found = food(text).nutrients
    assert (found["sugar_g"], found["added_sugar_g"], found["vitamin_d_ug"]) == (0, 0, 0)


def test_less_than_a_gram_is_included() -> None:
    text = """
Nutrition Facts
Serving size 1 piece (20g)
Total Sugars 1g
Includes less than 1g Added Sugars  1%
Protein 3g
"""
    assert food(text).nutrients["added_sugar_g"] == 2.5
