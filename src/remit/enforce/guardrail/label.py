"""The word that says what follows: `order` in "order no. 4711", `version` in "version: 1.2.3.4"."""

from __future__ import annotations

_FILLERS = frozenset(
    "number numbers no no. nr nr. num num. id ids code codes numero número numéro nummer is was # n°".split()
)
OTHERWISE = frozenset(
    "p/n s/n pn sn inv rev order orders invoice invoices part parts ref ref. reference serial isbn "
    "isbn-13 isbn-10 issn sku ticket tickets item model tracking batch lot build version commit po rma "
    "asin upc ean gtin doi hash checksum sha256 md5 request transaction shipment bestellung rechnung "
    "artikel bestellnummer artikelnummer rechnungsnummer auftragsnummer seriennummer teilenummer "
    "commande facture référence pedido factura ordine fattura bestelling factuur package parcel waybill "
    "awb patent flight train room".split()
)
"""Labels of numbers that are nobody's."""


def label_before(before: str) -> str:
    """Give the last word before a number, in lower case, without what commonly stands between.

    >>> label_before("see order no. "), label_before("Part-Number: #"), label_before("It is done. ")
    ('order', 'part', 'done.')
    """
    words = before[-40:].lower().replace("-", " ").replace("_", " ").rstrip(" \t\n:#=(-").split()
    for word in reversed(words):
        bare = word.strip(":#=(,\"'")
        if bare and bare not in _FILLERS:
            return bare
    return ""
