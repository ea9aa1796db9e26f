"""Telephone numbers: what is written like one, where one stands, and what a numbering plan knows."""

from __future__ import annotations

import re

import phonenumbers

from remit.enforce.guardrail.label import OTHERWISE, label_before
from remit.enforce.guardrail.rule import Surroundings

_EXTENSION = r"(?: ?(?:x|ext\.? ?|extension |#|Durchwahl )[0-9]{1,6})?"
PATTERN = (
    r"(?:(?:\+|00)[0-9]{1,3}[ .-]?|\(\+[0-9]{1,3}\) ?)?(?:\([0-9]{1,5}\)[ .-]?)?"
    r"[0-9]{1,14}(?:[ ./-]{1,2}[0-9]{1,8}){0,6}" + _EXTENSION
)
GATE = r"[0-9](?:[ ./()-]{0,3}[0-9]){5}"

_WORD = re.compile(r"\w+")
_WORDS = frozenset(
    "phone phones telephone telephones tel rückruf anruf anrufen zurückrufen cell cellphone mobile mobil "
    "mob call calls calling called dial ring text sms fax whatsapp reach landline hotline contact "
    "answering handy rufnummer téléphone telephone tél portable joindre móvil movil celular telefone "
    "telemóvel telemovel ligar telefono cellulare mobiel bel puhelin puh tlf numer komórka komorka 電話 电话 "
    "手机 전화 тел".split()
)
_WORD_BEGINNINGS = ("telefon", "teléfon", "telefoon", "appel", "llam", "llám", "chiam", "телефон")
_PHRASES = (
    "my number",
    "nummer ist",
    "mon numéro",
    "mon numero",
    "mi número",
    "mi numero",
    "meu número",
    "mijn nummer",
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
_REGIONS = "US GB DE FR ES IT NL AU IN BR CH AT BE SE DK NO FI PL PT JP".split()

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
    if value[0] == "+" or value[:2] == "(+":
        return digits >= 8 and _valid(number, None)
    if label_before(seen.before) in _OTHERWISE:
        return False
    said = _is_said(seen)
    if value[:2] == "00" and (said or _valid("+" + number[2:].lstrip(" .-"), None)):
        return True
    if _NORTH_AMERICAN.fullmatch(number):
        return True
    if digits < (8 if not said else 7 if number.isdigit() else 6) or _STREET_AFTER.match(seen.after):
        return False
    if said or _TWOS.fullmatch(number):
        return True
    return _TRUNK.fullmatch(number) is not None and any(_valid(number, region) for region in _REGIONS)


def _is_said(seen: Surroundings) -> bool:
    """Whether a word close by says that a number is a telephone's."""
    before = seen.before[-40:].lower()
    if any(word in _WORDS or word.startswith(_WORD_BEGINNINGS) for word in _WORD.findall(before)):
        return True
    return any(phrase in before for phrase in _PHRASES) or _WORDS_AFTER.match(seen.after) is not None
