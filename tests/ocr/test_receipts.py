"""Receipts are told from menus and labels by their totals and payments."""

import pytest

from bench.ocr.pages import menu, sheet
from bench.ocr.receipts import label_receipt, menu_receipt
from bench.ocr.words import NOTES
from sync_server.ocr.parsing.receipts import is_receipt
from tests.ocr.pages import as_lines, page
from tests.ocr.test_label import LABELS, US

RECEIPTS = {
    "us": """
JOE'S DINER
Server: Amy        Table 12
2 x Burger         23.90
Fries              4.50
Subtotal           28.40
Tax                2.27
TOTAL              $30.67
VISA               30.67
Thank you!
""",
    "uk": """
GREEN GROCER LTD
Milk 2L            1.55
Bananas            0.98
BALANCE DUE        2.53
CASH               5.00
CHANGE             2.47
VAT No. 123 4567 89
""",
    "de": """
REWE Markt GmbH
BIO BANANEN        1,99 B
JOGHURT            0,79 B
SUMME       EUR    2,78
Geg. BAR    EUR    5,00
Rückgeld BAR EUR   2,22
Steuer %  Netto  Steuer  Brutto
B= 7,0%   2,60   0,18   2,78
Vielen Dank für Ihren Einkauf
""",
    "fr": """
CARREFOUR CITY
BAGUETTE           1,10
FROMAGE            3,45
TOTAL TTC          4,55
CB                 4,55
TVA 5,5%           0,24
Merci de votre visite
""",
    "es": """
MERCADONA S.A.
FACTURA SIMPLIFICADA 1234-567
2 LECHE ENTERA     1,84
TOTAL (€)          1,84
TARJETA BANCARIA   1,84
IVA 4%   1,77   0,07
""",
    "it": """
DOCUMENTO COMMERCIALE
PANE               2,20
LATTE              1,60
TOTALE COMPLESSIVO 3,80
Pagamento elettronico 3,80
di cui IVA         0,15
""",
    "nl": """
ALBERT HEIJN
KAAS               4,29
BROOD              2,19
TOTAAL             6,48
PIN                6,48
BTW 9%   5,94   0,54
""",
    "pt": """
PINGO DOCE
FATURA SIMPLIFICADA FS 12/345
LEITE              0,89
TOTAL A PAGAR      0,89
MULTIBANCO         0,89
Obrigado
""",
}


@pytest.mark.parametrize("language", RECEIPTS)
def test_a_receipt_is_recognised(language: str) -> None:
    assert is_receipt(page(RECEIPTS[language]))


@pytest.mark.parametrize("first", [0, 1000])
def test_no_menu_or_sheet_of_the_benchmark_is_a_receipt(first: int) -> None:
    for number in range(first, first + 24):
        for drawn in (menu(number, 12), sheet(number, 12)):
            assert not is_receipt(as_lines(drawn.texts, drawn.boxes)), drawn.name


@pytest.mark.parametrize("first", [0, 1000])
def test_the_receipts_of_the_benchmark_are_recognised(first: int) -> None:
    for number in range(first, first + 6):
        for drawn in (menu_receipt(number, 12), label_receipt(number, 12)):
            assert is_receipt(as_lines(drawn.texts, drawn.boxes)), drawn.texts


@pytest.mark.parametrize("text", [*LABELS.values(), US])
def test_no_label_is_a_receipt(text: str) -> None:
    assert not is_receipt(page(text))


@pytest.mark.parametrize(
    "text",
    [
        "MENU\nSoup  4.50\nAll prices include VAT\nCash only, no credit card",
        "Set menu total for two  45.00\nSoup  4.50\nOpen daily 11:00 - 22:00",
        "Lunch\nTotal body salad  9.50\nGrand total burger  14.00\n10 % service tax is added",
        "Bar\nGin  8,00\nCassa  4,00\nTable service 12:00",
        *NOTES,
    ],
)
def test_a_menu_with_words_of_receipts_is_none(text: str) -> None:
    assert not is_receipt(page(text))
