"""Receipts, drawn from a seed: shops and restaurants of seven countries, foods of SR28.

None of their articles is a dish or a nutrient: such an image must be refused.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.ocr import words
from bench.ocr.label_foods import a_food
from bench.ocr.pages import Kind, Page
from bench.ocr.paper import Paper, a_family


@dataclass(frozen=True, slots=True)
class Country:
    """Words of a country's receipts; `{}` is a sum or a share of the sum."""

    shops: Sequence[str]
    heads: Sequence[str]
    total: str
    before: Sequence[str]
    paid: Sequence[str]
    tax: Sequence[str]
    thanks: str
    comma: bool = True


COUNTRIES = (
    Country(("JOE'S DINER", "FRESH MARKET #204", "CORNER DELI"),
            ("Server: Amy   Table 12", "Cashier: 0417  Reg 3", "11/23/2026 6:42 PM"),
            "TOTAL", ("Subtotal", "Sales tax"), ("VISA", "CASH", "DEBIT"),
            (), "Thank you!", comma=False),
    Country(("GREEN GROCER LTD", "THE OLD CROWN", "HARBOUR STORES"),
            ("VAT No. 123 4567 89", "23/11/2026 18:42  Till 4", "Check #2031"),
            "BALANCE DUE", (), ("CARD", "CASH"), ("VAT 20%",), "Thank you for your visit",
            comma=False),
    Country(("Markt am Dom GmbH", "Gasthaus Linde", "Biohof Weber"),
            ("Kasse 3  Bediener 12", "23.11.2026  18:42 Uhr", "Bon-Nr. 4711"),
            "SUMME EUR", (), ("Geg. BAR", "EC-Karte", "Girocard"), ("MwSt 7,0%",),
            "Vielen Dank für Ihren Einkauf"),
    Country(("MARCHE DU PORT", "BRASSERIE CENTRALE"),
            ("23/11/2026 18:42", "Caisse 2  Ticket 8812", "SIRET 552 100 554 00013"),
            "TOTAL TTC", (), ("CB", "ESPECES"), ("TVA 5,5%",), "Merci de votre visite"),
    Country(("MERCADO SUR S.A.", "BAR LA PLAZA"),
            ("FACTURA SIMPLIFICADA 1234-567", "23/11/2026 18:42", "NIF A28012345"),
            "TOTAL (€)", (), ("TARJETA BANCARIA", "EFECTIVO"), ("IVA 10%",),
            "Gracias por su visita"),
    Country(("ALIMENTARI ROSSI", "TRATTORIA DA GINO"),
            ("DOCUMENTO COMMERCIALE", "23-11-2026 18:42", "P. IVA 01234567890"),
            "TOTALE COMPLESSIVO", ("SUBTOTALE",), ("Pagamento elettronico", "Pagamento contante"),
            ("di cui IVA",), "Grazie e arrivederci"),
    Country(("DE KAASHOEK", "EETCAFE 'T HOEKJE"),
            ("KASSABON", "23-11-2026 18:42", "Kassa 4  Bon 1207"),
            "TOTAAL", (), ("PIN", "CONTANT"), ("BTW 9%",), "Bedankt en tot ziens"),
)  # fmt: skip


def menu_receipt(number: int, size: int) -> Page:
    """Receipt of a restaurant or a shop, sent as a menu."""
    return _receipt(number, size, "menu")


def label_receipt(number: int, size: int) -> Page:
    """Receipt of a shop, sent as a nutrition label."""
    return _receipt(number, size, "label")


def _receipt(number: int, size: int, kind: Kind) -> Page:
    chance = random.Random(f"{kind} receipt {number}")
    country = chance.choice(COUNTRIES)
    line = round(size * 1.5)
    paper = Paper(a_family(chance), size, size * 22, line * 34)
    y = float(size)
    paper.write(3 * size, y, chance.choice(country.shops), 1.2, bold=True)
    y += 1.4 * line
    for head in chance.sample(country.heads, chance.randint(1, len(country.heads))):
        paper.write(size, y, head, 0.85)
        y += line
    letter = chance.choice(("", "", " A", " B"))
    rows = [(name, price, letter) for name, price in _articles(chance, kind)]
    y = _write_rows(paper, y, line, country, rows)
    total = sum(price for _, price, _ in rows)
    y = _write_rows(paper, y + 0.4 * line, line, country, _sums(chance, country, total))
    if chance.random() < 0.7:
        paper.write(2 * size, y + 0.4 * line, country.thanks, 0.9)
        y += 1.4 * line
    image = paper.image.crop((0, 0, paper.width, round(y + size)))
    texts, boxes = tuple(paper.texts), tuple(paper.boxes)
    return Page(f"{kind}-receipt-{number}", kind, image, texts, boxes=boxes, receipt=True)


def _articles(chance: random.Random, kind: Kind) -> list[tuple[str, float]]:
    served = [dish for dishes in words.SECTIONS.values() for dish in dishes]
    found = []
    for _ in range(chance.randint(2, 12)):
        from_shop = kind == "label" or chance.random() < 0.5
        name = a_food(chance).name.upper()[:22] if from_shop else chance.choice(served)
        count = f"{chance.randint(2, 4)} x " if chance.random() < 0.15 else ""
        found.append((count + name, round(chance.uniform(0.4, 24), 2)))
    return found


def _sums(chance: random.Random, country: Country, total: float) -> list[tuple[str, float, str]]:
    tax = round(0.08 * total, 2)
    rows = [(text, amount, "") for text, amount in zip(country.before, (total, tax), strict=False)]
    due = total + (tax if len(country.before) == 2 else 0)
    rows.append((country.total, due, ""))
    rows.append((chance.choice(country.paid), due, ""))
    return rows + [(text, tax, "") for text in country.tax]


def _write_rows(
    paper: Paper, y: float, line: int, country: Country, rows: Sequence[tuple[str, float, str]]
) -> float:
    for name, amount, letter in rows:
        text = f"{amount:.2f}"
        paper.write(paper.size, y, name)
        printed = (text.replace(".", ",") if country.comma else text) + letter
        paper.write_right(paper.width - paper.size, y, printed)
        y += line
    return y
