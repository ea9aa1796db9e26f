"""Telephone numbers: what is written like one, where one stands, and what a numbering plan knows."""

from __future__ import annotations

import re

import phonenumbers

from remit.enforce.guardrail.label import OTHERWISE, label_before
from remit.enforce.guardrail.rule import Surroundings

_EXTENSION = r"(?: ?(?:x|ext\.? ?|extension |#|Durchwahl )[0-9]{1,6})?"
PATTERN = (
    r"(?:(?:\+|00)[0-9]{1,3}[ .-]?)?(?:\([0-9]{1,5}\)[ .-]?)?[0-9]{1,14}(?:[ ./-]{1,2}[0-9]{1,8}){0,6}"
    + _EXTENSION
)
GATE = r"[0-9](?:[ ./()-]{0,3}[0-9]){5}"

_WORDS = re.compile(
    r"(?<!\w)(?:phones?|telephone|tel|rückruf|anruf|anrufen|zurückrufen|cell|cellphone|mobile|mobil|mob|"
    r"call|calls|calling|called|dial|ring|text|sms|fax|whatsapp|"
    r"reach|my number|mein\w{0,3} nummer|mon num[ée]ro|mi n[úu]mero|meu n[úu]mero|mijn nummer|landline|"
    r"hotline|contact|answering|handy|rufnummer|telefon\w*|t[ée]l[ée]phone|t[ée]l|appel\w*|portable|joindre|"
    r"tel[ée]fonos?|m[óo]vil|celular|ll[áa]m\w+|telefone|telem[óo]vel|ligar|telefono|cellulare|chiam\w+|"
    r"telefoon\w*|mobiel|"
    r"bel|puhelin|puh|tlf|telefonnummer|ring|numer|kom[óo]rka|telefonu|電話|电话|手机|전화|тел|телефон\w*)(?!\w)",
    re.IGNORECASE,
)
_WORDS_AFTER = re.compile(
    r"[ \t]{0,2}[-(,]?[ \t]{0,2}\(?(?:office|fax|mobile|cell|phone|home|work|tel|landline|direct)(?!\w)",
    re.IGNORECASE,
)
_OTHERWISE = OTHERWISE | frozenset(
    "account acct konto kontonummer compte cuenta ssn zip iban card vat tax ip box apt apartment suite "
    "unit v rfc iso din article section § $ € £ usd eur between from since in year years pages passport "
    "licence license".split()
)
_STREET_AFTER = re.compile(r" [A-Z\u00c0-\u00de][\w'.-]+(?: |$)")
_REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "AU",
    "IN",
    "BR",
    "CH",
    "AT",
    "BE",
    "SE",
    "DK",
    "NO",
    "FI",
    "PL",
    "PT",
    "JP",
)

_DATE_LIKE = re.compile(
    r"(?:(?:19|20)[0-9]{2}[./-][0-9]{1,2}[./-][0-9]{1,2}|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:(?:19|"
    r"20)?[0-9]{2})|"
    r"(?:19|20)[0-9]{2} ?[-/] ?(?:19|20)?[0-9]{2})(?:[ ]+[0-9]{1,4})?"
)
_NORTH_AMERICAN = re.compile(
    r"(?:(?:\+|00)?1[ .-]?)?(?:\([2-9][0-9]{2}\)[ .-]?|[2-9][0-9]{2}[.-])[2-9][0-9]{2}[ .-][0-9]{4}"
)
# A nought for the long distance first, and then groups of digits.
_TRUNK = re.compile(r"(?:\(0[0-9]{1,4}\)|0[0-9]{1,4})(?:[ ./-]{1,2}[0-9]{2,8}){1,5}")
_TWOS = re.compile(r"0[1-9](?:([ .-])[0-9]{2})(?:\1[0-9]{2}){3}")


def _of_plan(number: phonenumbers.PhoneNumber, *, abroad: bool) -> bool:
    # A country's code and a possible length say enough; without the code, the plan must know the number.
    return (phonenumbers.is_possible_number if abroad else phonenumbers.is_valid_number)(number)


def _valid(text: str, region: str | None) -> bool:
    try:
        return _of_plan(phonenumbers.parse(text, region), abroad=region is None)
    except phonenumbers.NumberParseException:
        return False


def is_phone(seen: Surroundings) -> bool:
    """Say whether a group of digits is a telephone number.

    With a country's code, the plan of that country decides. Without, the form must be one that people write
    (a North American one, a nought and groups), or a word must say so, since half of all numbers are valid in
    some country.
    """
    value = seen.value
    number = re.split(r" ?(?:x|ext|#|D)", value, maxsplit=1)[0]
    digits = sum(map(str.isdigit, number))
    if not 6 <= digits <= 15 or _DATE_LIKE.fullmatch(number):
        return False
    if value[0] == "+":
        return digits >= 8 and _valid(number, None)
    said = _WORDS.search(seen.before[-40:]) is not None or _WORDS_AFTER.match(seen.after) is not None
    if not said and label_before(seen.before) in _OTHERWISE:
        return False
    if value[:2] == "00":
        rest = number[2:].lstrip(" .-")
        return _valid("+" + rest, None) or _NORTH_AMERICAN.fullmatch(number) is not None or said
    if _NORTH_AMERICAN.fullmatch(number):
        return True
    if said:
        return (digits >= 7 and not _STREET_AFTER.match(seen.after)) or (
            digits >= 6 and len(re.findall(r"[0-9]+", number)) > 1 and not _STREET_AFTER.match(seen.after)
        )
    if digits < 8 or _STREET_AFTER.match(seen.after):
        return False
    if _TWOS.fullmatch(number):
        return True
    return _TRUNK.fullmatch(number) is not None and any(_valid(number, region) for region in _REGIONS)
