"""Cards, accounts and what belongs to them."""

from __future__ import annotations

from remit.enforce.guardrail import check_digits as check
from remit.enforce.guardrail.label import OTHERWISE
from remit.enforce.guardrail.national_rules import SIX_DIGITS
from remit.enforce.guardrail.rule import Rule, Surroundings
from remit.enforce.guardrail.wallet_check import base58_address, bech32

# First digits and lengths of the networks' numbers.
_NETWORKS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (340000, 349999, (15,)),
    (370000, 379999, (15,)),
    (300000, 305999, (14, 16)),
    (309500, 309599, (14, 16)),
    (350000, 359999, (16,)),
    (360000, 369999, (14, 16)),
    (380000, 399999, (14, 16)),
    (400000, 499999, (13, 16, 19)),
    (500000, 509999, (12, 13, 14, 15, 16, 17, 18, 19)),
    (510000, 559999, (16,)),
    (560000, 589999, (12, 13, 14, 15, 16, 17, 18, 19)),
    (222100, 272099, (16,)),
    (220000, 220499, (16,)),
    (600000, 699999, (12, 13, 14, 15, 16, 17, 18, 19)),
    (810000, 819999, (16, 17, 18, 19)),
)
_CARD_WORDS = (
    r"card|cards|credit|debit|visa|mastercard|amex|american express|discover|maestro|jcb|diners|kredit\w*|"
    r"karte\w*|\w*karte|carte|tarjeta|carta|cart[aã]o|kaart|kort\w*|karta|cc|ccn|pan|payment|kartu|kart"
)


def card(digits: str) -> bool:
    """
    >>> card("4111111111111111"), card("4111111111111112"), card("1111111111111117")
    (True, False, False)
    """
    if len(set(digits)) < 2:
        return False
    first = int(digits[:6])
    if not any(low <= first <= high and len(digits) in lengths for low, high, lengths in _NETWORKS):
        return False
    return check.luhn(digits)


def _usual_card(seen: Surroundings) -> bool:
    # Where no word says so, an odd length is more often a serial number than a card.
    return sum(map(str.isdigit, seen.value)) in (14, 15, 16, 19)


def _iban(seen: Surroundings) -> bool:
    return check.iban("".join(seen.value.split()).replace("-", "").upper())


def _bic(value: str) -> bool:
    return value[4:6] in _BIC_COUNTRIES


_BIC_COUNTRIES = frozenset(
    "AD AE AL AR AT AU AZ BA BE BG BH BR BY CA CH CL CN CO CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GR "
    "GT HK HR "
    "HU ID IE IL IN IS IT JO JP KE KR KW KZ LB LI LT LU LV MA MC MD ME MK MT MU MX MY NG NL NO NZ OM PA PE "
    "PH PK PL "
    "PT QA RO RS RU SA SE SG SI SK SM TH TN TR TW UA US UY VN XK ZA".split()
)

_GUARD = r"(?<![0-9A-Za-z_])(?<![0-9][.,/-])(?<![0-9] )"
_RIGHT = r"(?![0-9A-Za-z_]|[.,-][0-9]| [0-9]{3,4}(?![0-9]))"
_DIGITS = "[0-9]"

RULES: tuple[Rule, ...] = (
    Rule(
        "CREDIT_DEBIT_CARD_NUMBER",
        r"[0-9]{4}([ -]?)[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}(?:[ -]?[0-9]{3})?",
        70,
        check=card,
        judge=_usual_card,
        left=r"(?<![0-9A-Za-z_])(?<![0-9][.,/-])",
        right=r"(?![0-9A-Za-z_]|[.,-][0-9])",
        veto=OTHERWISE,
        cues=_CARD_WORDS,
        alone=True,
    ),
    Rule(
        "CREDIT_DEBIT_CARD_NUMBER",
        r"3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{4,5}",
        70,
        check=card,
        left=r"(?<![0-9A-Za-z_])(?<![0-9][.,/-])",
        right=r"(?![0-9A-Za-z_]|[.,-][0-9])",
        veto=OTHERWISE,
        cues=_CARD_WORDS,
        alone=True,
    ),
    Rule(
        "CREDIT_DEBIT_CARD_NUMBER",
        r"[0-9]{12,19}",
        70,
        gate="[0-9]{12}",
        check=card,
        cues=_CARD_WORDS,
        veto=OTHERWISE,
    ),
    Rule(
        "CREDIT_DEBIT_CARD_CVV",
        r"(?:cvv2?|cvc2?|cid|csc|security code|card verification (?:code|value|number)|pr[üu]f(?:nummer|"
        r"ziffer)|"
        r"sicherheitscode|cryptogramme(?: visuel)?|c[óo]digo de seguran(?:ca|ça)|c[óo]digo de seguridad|"
        r"codice di sicurezza)"
        r"(?: (?:code|number|no|is|ist|est|es))?[ \t]{0,2}[:=#(]?[ \t]{0,2}(?:is |of )?(?P<v>[0-9]{3,4})",
        75,
        ignore_case=True,
    ),
    Rule(
        "CREDIT_DEBIT_CARD_EXPIRY",
        r"(?:0[1-9]|1[0-2]) ?[/-] ?(?:20)?[2-4][0-9]",
        55,
        cues=r"exp|expiry|expires?|expiring|expiration|exp\. ?date|valid (?:thru|until|through|to)|good "
        r"(?:thru|through)|"
        r"g[üu]ltig bis|expire|date d'expiration|vence|vencimiento|caducidad|validade|scadenza|scade|"
        r"geldig tot|"
        r"wa[żz]na do|utg[åa]r",
        left=r"(?<![0-9A-Za-z_/.-])",
        right=r"(?![0-9A-Za-z_/-]|\.[0-9])",
    ),
    Rule(
        "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
        r"[A-Z]{2}[0-9]{2}(?:[A-Z0-9]{11,30}|(?:[ -][A-Z0-9]{4}){2,7}(?:[ -][A-Z0-9]{1,4})?)",
        85,
        judge=_iban,
        gate=r"[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}",
    ),
    Rule(
        "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
        r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}",
        84,
        judge=_iban,
        gate=r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8}",
        ignore_case=True,
    ),
    Rule(
        "SWIFT_CODE",
        r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?",
        60,
        check=_bic,
        cues=r"swift(?:[ /-]?(?:bic|code))?|bic|bank identifier|bic/swift|swift/bic",
    ),
    Rule(
        "US_BANK_ROUTING_NUMBER",
        r"[0-9]{9}|[0-9]{4}-[0-9]{4}-[0-9]",
        60,
        gate=SIX_DIGITS,
        check=check.aba_routing,
        cues=r"routing|aba|rtn|transit|ach",
    ),
    Rule(
        "US_BANK_ACCOUNT_NUMBER",
        r"[0-9]{6,17}|[0-9]{3,6}(?:-[0-9]{3,8}){1,3}",
        50,
        gate=SIX_DIGITS,
        cues=r"(?:bank |checking |savings |deposit |direct deposit )?(?:account|acct|a/c)(?:\.|[ "
        r"-]?(?:number|no|num|#))?",
        judge=lambda seen: _account_word(seen.before),
    ),
    Rule(
        "CRYPTO_WALLET_ADDRESS",
        r"[13][1-9A-HJ-NP-Za-km-z]{25,34}",
        80,
        judge=lambda seen: base58_address(seen.value),
        gate=r"[13][1-9A-HJ-NP-Za-km-z]{25}",
    ),
    Rule(
        "CRYPTO_WALLET_ADDRESS",
        r"(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{11,71}",
        80,
        judge=lambda seen: bech32(seen.value),
        gate=r"(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{11}",
        ignore_case=True,
    ),
    Rule("CRYPTO_WALLET_ADDRESS", r"0x[0-9a-fA-F]{40}", 80),
)


def _account_word(before: str) -> bool:
    """Whether it is a bank's account, and the word stands close by."""
    near = before[-30:].lower()
    if not any(word in near for word in ("account", "acct", "a/c")):
        return False
    return any(
        word in before.lower()
        for word in (
            "bank",
            "checking",
            "savings",
            "deposit",
            "account number",
            "acct",
            "account no",
            "a/c",
            "account #",
            "account is",
            "account:",
        )
    )
