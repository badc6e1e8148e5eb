"""Menus: dishes and their prices, and lines that are neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.ocr.parsing.drafts import MenuDraft
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.menu.nutrients import extract_nutrients
from sync_server.ocr.parsing.menu.page import parse_menu
from sync_server.ocr.parsing.menu.prices import Price, split_price
from tests.ocr.pages import page


def menu(text: str, turn: float = 0.0) -> MenuDraft:
    return parse_menu(page(text, turn=turn))


def priced(read: MenuDraft) -> list[tuple[str, float | None]]:
    return [(dish.name, dish.price) for dish in read.items]


@pytest.mark.parametrize(
    ("text", "name", "amount", "currency"),
    [
        ("Soup 4.50", "Soup", 4.5, None),
        ("Soup 4,50 €", "Soup", 4.5, "EUR"),
        ("Soup €4.50", "Soup", 4.5, "EUR"),
        ("Soup ..... 4,50", "Soup", 4.5, None),
        ("Soup · · · · 4.50", "Soup", 4.5, None),
        ("Soup…………4.50", "Soup", 4.5, None),
        ("Soup - 4.50", "Soup", 4.5, None),
        ("Soup $12", "Soup", 12, "USD"),
        ("Soup £3.95", "Soup", 3.95, "GBP"),
        ("Soup 12.-", "Soup", 12, None),
        ("Soup CHF 12.50", "Soup", 12.5, "CHF"),
        ("Soup 45 kr", "Soup", 45, "SEK"),
        ("Soup NT$120", "Soup", 120, "TWD"),
        ("Soup 1.234,50 €", "Soup", 1234.5, "EUR"),
        ("Soup $1,200", "Soup", 1200, "USD"),
        ("Soup ¥980", "Soup", 980, "JPY"),
        ("ラーメン 850円", "ラーメン", 850, "JPY"),
        ("Soup ₩9,000", "Soup", 9000, "KRW"),
        ("Soup 18 zł", "Soup", 18, "PLN"),
        ("Soup 45:-", "Soup", 45, None),
        ("Soup 250/-", "Soup", 250, None),
        ("Soup £4.50*", "Soup", 4.5, "GBP"),
        ("Soup 4,50 € (v)", "Soup", 4.5, "EUR"),
        ("Soup 4,50 (1,3)", "Soup", 4.5, None),
        ("Soup 12.50 euro", "Soup", 12.5, "EUR"),
        ("ラーメン 1,280円(税込)", "ラーメン", 1280, "JPY"),
        ("Soup Rp 25.000", "Soup", 25000, "IDR"),
        ("Kraft 12", "Kraft", 12, None),
        ("Soup S4.50", "Soup", 4.5, "USD"),
        ("三寶牛肉麵180", "三寶牛肉麵", 180, None),
        ("4.5O", "", 4.5, None),
        ("Coke 0.33 l 2.80", "Coke 0.33 l", 2.8, None),
        ("2 eggs on toast 7", "2 eggs on toast", 7, None),
    ],
)
def test_a_price_at_the_end(text: str, name: str, amount: float, currency: str | None) -> None:
    assert split_price(text) == (name, Price(amount, currency))


@pytest.mark.parametrize(
    "text",
    [
        "Soup",
        "Coke 0.33 l",
        "Menu 2",
        "Table for 2",
        "Open since 1998!",
        "Seit 1998",
        "",
        "No. 7",
        "...",
    ],
)
def test_what_is_no_price(text: str) -> None:
    assert split_price(text) is None


@pytest.mark.parametrize(
    ("text", "rest", "found"),
    [
        ("Salad 520 kcal", "Salad", {"energy_kcal": 520}),
        ("Salad (520 Cal)", "Salad", {"energy_kcal": 520}),
        ("Salad 1,250 kcal", "Salad", {"energy_kcal": 1250}),
        ("Salad 1.250 kJ", "Salad", {"energy_kcal": 298.8}),
        ("Salad 520-650 kcal", "Salad", {"energy_kcal": 650}),
        ("Salad 2150 kJ", "Salad", {"energy_kcal": 513.9}),
        ("Salad 2150 kJ / 514 kcal", "Salad", {"energy_kcal": 514}),
        ("P 32g C 45g F 12g", "", {"protein_g": 32, "carbs_g": 45, "fat_g": 12}),
        ("P: 32 g | C: 45 g | F: 12 g", "", {"protein_g": 32, "carbs_g": 45, "fat_g": 12}),
        ("32g protein, 45g carbs, 12g fat", "", {"protein_g": 32, "carbs_g": 45, "fat_g": 12}),
        ("Eiweiß 12,5 g Fett 3 g", "", {"protein_g": 12.5, "fat_g": 3}),
        ("Steak 250g", "Steak 250g", {}),
        ("Vitamin C 45mg", "Vitamin C 45mg", {}),
    ],
)
def test_nutrients(text: str, rest: str, found: dict[str, float]) -> None:
    assert extract_nutrients(text) == (rest, found)


PLAIN = """
#STARTERS
Tomato soup           4.50
Green salad           6.00

#MAINS
Grilled salmon        18.90
Chicken curry         14.50
"""


@pytest.mark.parametrize("turn", [0.0, 0.06, -0.06])
def test_dishes_are_of_the_section_above_them(turn: float) -> None:
    read = menu(PLAIN, turn)
    assert [(dish.section, dish.name, dish.price) for dish in read.items] == [
        ("STARTERS", "Tomato soup", 4.5), ("STARTERS", "Green salad", 6.0),
        ("MAINS", "Grilled salmon", 18.9), ("MAINS", "Chicken curry", 14.5),
    ]  # fmt: skip
    assert not read.unread


def test_columns_have_sections_of_their_own() -> None:
    read = menu(
        """
#STARTERS                          #MAINS
Tomato soup      4.50              Grilled salmon    18.90
Green salad      6.00              Chicken curry     14.50
""".replace("#MAINS", " MAINS")
    )
    assert [(dish.section, dish.name) for dish in read.items] == [
        ("STARTERS", "Tomato soup"), ("STARTERS", "Green salad"),
        ("MAINS", "Grilled salmon"), ("MAINS", "Chicken curry"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "dishes"),
    [
        ("House wine     3.50     6.50", {"House wine": [3.5, 6.5]}),
        ("Espresso       2.50/3.50", {"Espresso": [2.5, 3.5]}),
        ("Wine 0,1l 3.50 0,2l 6.50", {"Wine (0,1l)": [3.5], "Wine (0,2l)": [6.5]}),
        ("Wings 6 pcs 7.90, 12 pcs 13.90 €", {"Wings (6 pcs)": [7.9], "Wings (12 pcs)": [13.9]}),
        ("Salad     small 7.50    large 9.80", {"Salad (small)": [7.5], "Salad (large)": [9.8]}),
        ("Salad small 7.50 / large 9.80", {"Salad (small)": [7.5], "Salad (large)": [9.8]}),
        ("Tea   2.50      Coffee   3.00", {"Tea": [2.5], "Coffee": [3.0]}),
        # Allergens, not a price.
        ("Soup  4.50      1,3", {"Soup": [4.5]}),
    ],
)
def test_a_dish_in_several_sizes_has_a_draft_for_each(
    row: str, dishes: dict[str, list[float]]
) -> None:
    found: dict[str, list[float | None]] = {}
    for dish in menu(row).items:
        found.setdefault(dish.name, []).append(dish.price)
    assert found == dishes


def test_energy_beside_a_price_is_of_its_dish() -> None:
    read = menu("Toast   $9.50  1,250 kJ\nBurger  $14.00  1,250 kcal\nRibs  1.050 kcal   $19.00\n")
    assert [(it.name, it.price, it.energy_kcal) for it in read.items] == [
        ("Toast", 9.5, 298.8), ("Burger", 14, 1250), ("Ribs", 19, 1050),
    ]  # fmt: skip


def test_a_description_is_no_dish() -> None:
    read = menu("""
Grilled salmon        18.90
with lemon butter, potatoes and dill
Chicken curry         14.50
rice, coriander
""")
    assert [(dish.name, dish.description) for dish in read.items] == [
        ("Grilled salmon", "with lemon butter, potatoes and dill"),
        ("Chicken curry", "rice, coriander"),
    ]


def test_a_name_of_two_lines() -> None:
    read = menu("""
Grilled chicken with
mushroom sauce        12.50
Beef stew with        14.00
dumplings
""")
    assert priced(read) == [
        ("Grilled chicken with mushroom sauce", 12.5),
        ("Beef stew with dumplings", 14),
    ]


def test_a_currency_that_is_printed_once_is_of_all() -> None:
    read = menu("All prices in €\nTomato soup    4.50\nGreen salad    6.00\n")
    assert {dish.currency for dish in read.items} == {"EUR"}
    assert {dish.currency for dish in menu("Soup   4.50\nTea   2.00\n").items} == {None}
    both = menu("Soup   €4.50\nTea   $2.00\nCake   3.00\n")
    assert [dish.currency for dish in both.items] == ["EUR", "USD", None]


def test_yuan_on_a_page_in_traditional_characters_are_those_of_taiwan() -> None:
    assert [dish.currency for dish in menu("牛肉麵   120元\n").items] == ["TWD"]
    assert [dish.currency for dish in menu("牛肉面   20元\n").items] == ["CNY"]


def test_a_page_in_traditional_characters_has_no_simplified_names() -> None:
    assert priced(menu("红燒牛肉麵   120\n鲁肉飯   30\n")) == [("紅燒牛肉麵", 120), ("魯肉飯", 30)]
    assert priced(menu("红烧牛肉面   20\n")) == [("红烧牛肉面", 20)]


def test_nutrients_belong_to_their_dish() -> None:
    read = menu("""
Chicken bowl          12.50
520 kcal  P 42g  C 45g  F 14g
Tofu bowl  480 kcal   11.50
""")
    assert [
        (dish.name, dish.energy_kcal, dish.protein_g, dish.carbs_g, dish.fat_g)
        for dish in read.items
    ] == [("Chicken bowl", 520, 42, 45, 14), ("Tofu bowl", 480, None, None, None)]


@pytest.mark.parametrize("line", ["510 KCAL  P 34G  C 45G  F 14G", "#510 kcal P 34g C 45g F 14g"])
def test_a_line_of_nutrients_is_no_section(line: str) -> None:
    read = menu(f"#STARTERS\nChicken bowl    12.50\n\n\n{line}\nTofu bowl    11.50\n")
    assert [(dish.name, dish.section) for dish in read.items] == [
        ("Chicken bowl", "STARTERS"), ("Tofu bowl", "STARTERS"),
    ]  # fmt: skip


def test_a_heading_is_no_dish_whose_price_it_stands_beside() -> None:
    read = menu("#BREAKFAST            6.50\nOats, honey    8.90\nOmelette      9.90\n")
    assert [(dish.name, dish.section, dish.price) for dish in read.items] == [
        ("Oats, honey", "BREAKFAST", 8.9), ("Omelette", "BREAKFAST", 9.9),
    ]  # fmt: skip
    assert [line.text for line in read.unread] == ["6.50"]


def test_a_price_is_no_section() -> None:
    read = menu("Soup    4.50\n\n\n      22,00\nMousse    6.50\n")
    assert {dish.section for dish in read.items} == {None}


def test_what_belongs_to_no_dish_is_unread() -> None:
    read = menu("""
#THE GOLDEN FORK
12 Main Street, Springfield
Tel. 555 010 9999

Tomato soup           4.50

Open Mon - Fri 11:00 - 22:00
Please tell us about allergies
""")
    assert priced(read) == [("Tomato soup", 4.5)]
    texts = {line.text for line in read.unread}
    assert {
        "Tel. 555 010 9999",
        "Open Mon - Fri 11:00 - 22:00",
        "Please tell us about allergies",
    } <= texts


def test_each_field_says_where_it_was_read() -> None:
    ((dish),) = menu("Tomato soup      4.50\n").items
    assert dish.sources["name"].box[0] < dish.sources["price"].box[0]
    assert dish.sources["price"].confidence == 0.98


_POINT = st.tuples(st.floats(-50, 5000), st.floats(-50, 5000))
_LINES = st.builds(
    Line,
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(["Soup 4.50", "4,50 €", "MAINS", "with rice", "50 kcal"]),
    ),
    st.floats(0, 1),
    st.tuples(_POINT, _POINT, _POINT, _POINT),
)


@given(st.lists(_LINES, max_size=12))
def test_whatever_is_read_every_dish_has_a_name_and_every_line_a_place(lines: list[Line]) -> None:
    read = parse_menu(lines)
    for dish in read.items:
        assert dish.name
        assert dish.sources["name"]
    assert set(map(id, read.unread)) <= set(map(id, lines))
    if not read.items:
        assert list(read.unread) == lines
