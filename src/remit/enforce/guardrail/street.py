"""Postal addresses: a number and a street in the orders of several languages, and what follows of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.enforce.guardrail.rule import Candidate

GATE = r"[0-9]"
RANK = 25
ADDRESS_MAX = 160

_KINDS = (
    "Street St Road Rd Avenue Ave Av Lane Ln Drive Dr Boulevard Blvd Court Ct Place Pl Square Sq "
    "Terrace Ter Way Close Crescent Cres Highway Hwy Parkway Pkwy Circle Cir Trail Trl Walk Row Hill "
    "Grove Gardens Mews Quay Alley Loop Ridge Plaza Point Park Mount Vale View Heights Turnpike "
    "Expressway Pike Path Green Common Parade Esplanade Creek Shore Shores Mall Estate Estates Station "
    "Track Cove Island Junction Corner Corners Fields Bypass Causeway"
).split()
_ENDINGS = (
    "straße strasse str. gasse weg platz allee damm ufer gatan vägen vagen gränd stigen vej gade "
    "allé veien gaten straat laan plein gracht kade dreef baan katu polku kuja utca utcája "
    "ulica steenweg singel"
).split()
BEGINNINGS = frozenset(
    "rue avenue boulevard bd chemin place allée allee impasse quai route cours square calle avenida "
    "avda paseo plaza camino carrera carretera ronda via viale piazza corso vicolo largo rua travessa "
    "praça praca alameda ul ulica al aleja pl strada str bulevardul calea ulicja náměstí pasaje av "
    "autopista barrio cuesta paraje placeta plazuela polígono rambla senda urbanización vial contrada "
    "borgo rotonda stretto canaletto c/".split()
)
"""Words in lower case that an address may begin with."""
_LINKS = (
    "de du des la le les del della delle di da do dos das den der van von zur zum am an im of the y e "
    "et af av på in op ten ter".split()
)
_UNITS = (
    "Apt Apartment Suite Ste Unit Flat Floor Fl Room Rm Bldg Building Box Studio étage Wohnung piso "
    "Piso planta int interno bus lgh".split()
)
JOINTS = frozenset(_LINKS) | {unit for unit in _UNITS if unit.islower()} | {"no", "n"}
"""Words in lower case that may stand within one."""


def _any(words: list[str] | frozenset[str]) -> str:
    return "(?:" + "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))) + ")"


_BEGIN = rf"(?i:{_any(BEGINNINGS)}\.?) "
_LINK = _any([*_LINKS, "l'", "d'"])
_WORD = r"[A-Z\u00c0-\u00de\u0391-\u03ab\u0410-\u042f][\w'’.-]{0,30}"
_STEM = r"[A-Z\u00c0-\u00de][\w'’.-]{2,30}"
_WORDS = rf"{_WORD}(?: (?:{_LINK} ){{0,2}}{_WORD}){{0,4}}"
_NUMBER = r"(?:No\.? ?)?[0-9]{1,5}(?:[-/][0-9]{1,4})?[A-Za-z]?"
_UNIT = rf"(?:{_any(_UNITS)}\.? ?(?:#|No\.? ?)?[0-9A-Z]{{1,6}}|# ?[0-9]{{1,6}})"
_SIDE = r"(?: (?:North|South|East|West|N|S|E|W|NE|NW|SE|SW)(?!\w)\.?)?"
_BOX = (
    r"(?:P\.? ?O\.? ?Box|PO Box|Postfach|Postbus|Casilla|Apartado(?: Postal)?|BP|PSC|Unit) ?[0-9]{1,6}"
    r"(?:,? Box [0-9]{1,6})?|(?:USS|USNS|USNV|USCGC) [A-Z][a-z]{1,20}"
)
_POST = (
    r"(?:[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|[A-Z]{2}[ ,]{1,2}[0-9]{5}(?:-[0-9]{4})?|"
    r"(?:[A-Z]{1,2}-)?[0-9]{4,6}(?:[ -][0-9]{3,4})?(?: [A-Z]{2})?|"
    r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{3} [0-9]{2})"
)
_BREAK = r"(?:, ?| ?\n[ >]{0,3})"
_TOWN = rf"{_WORD}(?: (?:{_LINK} )?{_WORD}){{0,3}}"
# The next line of a form begins with what it is called.
_NO_LABEL = r"(?![\w ]{0,20}:)"
_TAIL = (
    rf"(?:(?:{_BREAK}| ){_UNIT}){{0,2}}"
    rf"(?:(?:{_BREAK}| ){_POST}(?: {_TOWN})?|{_BREAK}{_TOWN}(?:,? {_POST})?{_NO_LABEL}){{0,3}}"
)
_STREETS = (
    rf"(?:{_NUMBER},? ){{1,2}}{_WORDS} {_any(_KINDS)}(?!\w)\.?{_SIDE}(?: [0-9]{{1,5}}(?![0-9]))?",
    rf"(?:{_NUMBER},? ){{0,2}}{_BEGIN}(?:{_LINK} )?(?:{_LINK}|[0-9]{{1,3}} )?{_WORDS}"
    rf"(?:,? (?:n[°º.o]{{0,2}} ?)?{_NUMBER})?",
    rf"(?:{_NUMBER},? ){{1,2}}{_STEM}{_any(_ENDINGS)}(?: {_NUMBER})?",
    rf"(?:{_WORD} ){{0,2}}{_STEM}{_any(_ENDINGS)} {_NUMBER}(?!\w)",
    rf"(?:{_NUMBER},? ){{1,2}}(?:{_WORD} )?[0-9]{{1,3}}(?:st|nd|rd|th) {_any(_KINDS)}(?!\w)\.?{_SIDE}",
    rf"(?:{_NUMBER},? ){{1,2}}{_WORDS}(?: {_NUMBER})?(?:{_BREAK}| ){_UNIT}",
    rf"(?:{_NUMBER},? ){{0,2}}(?:{_BOX})",
)
_ADDRESS = re.compile(rf"(?<![\w$€£.,/-])(?:{'|'.join(_STREETS)}){_TAIL}(?!\w)")
_DIGIT = re.compile(r"[0-9]")


def streets(text: str) -> Iterator[Candidate]:
    """Give what is written as an address: with a number, at least, and a word that streets are called by."""
    at = 0
    while (match := _ADDRESS.search(text, at)) is not None:
        start = match.start()
        end = min(match.end(), start + ADDRESS_MAX)
        at = start + 1
        if _DIGIT.search(text, start, end):
            yield Candidate(start, end, RANK, "ADDRESS", "medium")
