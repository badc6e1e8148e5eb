"""Recognition of receipts: they have prices and food, but are no menu and no label."""

import re
from collections.abc import Iterable, Sequence

from sync_server.ocr.parsing.label.names import plain
from sync_server.ocr.parsing.layout.lines import Line
from sync_server.ocr.parsing.layout.rows import deskew, group_rows

MIN_SIGNS = 2
"""Signs, besides a total, from which on a page is a receipt."""
_MONEY = r"[^\w\n]{0,6}(?:[a-z]{0,3}[$€£¥]?\s*)?-?\d{1,6}[.,]\s?\d{2}(?!\d)"
_TOTAL = re.compile(
    r"(?<![a-z])(?:grand\s*)?(?:total(?:e|en)?|summe|gesamt(?:betrag|summe)?|zu\s*zahlen|betrag|importe"
    r"|a\s*pagar|te\s*betalen|totaal|montant|net\s*a\s*payer|balance\s*due|amount\s*due|suma)"
    r"(?:\s*(?:eur|usd|gbp|chf|ttc|due|amount|complessivo|a\s*pagar))?\s*" + _MONEY
)
_SIGNS = tuple(
    re.compile(pattern)
    for pattern in (
        # What was paid, and how.
        r"(?<![a-z])(?:cash|change(?:\s*due)?|tendered?|visa|master\s*card|debit|credit|card|bar(?:geld)?"
        r"|gegeben|ruckgeld|wechselgeld|ec-?karte|karte(?:nzahlung)?|girocard|especes|carte(?:\s*bancaire)?"
        r"|cb|rendu|efectivo|tarjeta|cambio|contant[ie]|resto|pin|wisselgeld|dinheiro|troco|multibanco"
        r"|pagamento|gotowka|karta)(?:\s*(?:eur|usd|payment|elettronico))?\s*" + _MONEY,
        # Its tax.
        r"(?<![a-z])(?:sales\s*tax|tax|vat|mwst|ust|iva|tva|btw|gst|ptu)(?![a-z])[^\n]{0,24}?\d[.,]\s?\d{2}",
        r"(?<![a-z])(?:sub-?\s*total|zwischensumme|sous-?\s*total|subtotaal|subtotale|netto|taxable)"
        r"[^\n]{0,12}?" + _MONEY,
        # Its name.
        r"(?<![a-z])(?:receipt|kassenbon|kassenbeleg|rechnung|quittung|beleg|bon(?:[\s-]*nr)?|ticket"
        r"|facture|recu|factura|recibo|scontrino|documento\s*commerciale|kassabon|fatura|paragon|invoice"
        r"|check\s*#?\s*\d+)(?![a-z])",
        # Where, by whom and when.
        r"(?<![a-z])(?:cashier|kassierer(?:in)?|bediener|kasse|caisse|caissier|cajero|cassa|kassa|operador"
        r"|server|register|terminal|till|trans(?:action)?|tse|st\.?\s*nr|ust-?id|p\.?\s*iva|nif|cif|siret"
        r"|vat\s*(?:no|reg)|auth(?:\s*code)?|ref)(?![a-z])[^\n]{0,20}\d",
        r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}[^\n]{0,12}\d{1,2}:\d{2}",
        # A number of equal articles.
        r"(?<![\d.,])\d{1,3}\s*(?:x|@|\*|×)\s*[$€£]?\d{1,4}[.,]\d{2}(?!\d)",
        r"(?:thank\s*you|vielen\s*dank|danke\s*fur|merci\s*de|gracias|grazie|bedankt|obrigad[oa])",
    )
)


def is_receipt(lines: Sequence[Line]) -> bool:
    """True for a page with a total and signs of a payment; menus and labels have no total."""
    texts = list(_texts(lines))
    if not any(_TOTAL.search(text) for text in texts):
        return False
    return sum(any(sign.search(text) for text in texts) for sign in _SIGNS) >= MIN_SIGNS


def _texts(lines: Sequence[Line]) -> Iterable[str]:
    for row in group_rows(deskew(lines)):
        yield plain("  ".join(box.text for box in row))
