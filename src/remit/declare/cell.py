"""Cells: what one cell of a spreadsheet says, without what a reader cannot see, and never by guessing."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from remit.declare.inventory_profile import DateFormat, folded

ID_MAX = 80
_SUFFIX_MAX = 12

_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_DATE: Mapping[DateFormat, re.Pattern[str]] = {
    "M/D/YYYY": re.compile(f"{_MONTH}/{_DAY}/{_YEAR}", re.ASCII),
    "D/M/YYYY": re.compile(f"{_DAY}/{_MONTH}/{_YEAR}", re.ASCII),
    "D.M.YYYY": re.compile(rf"{_DAY}\.{_MONTH}\.{_YEAR}", re.ASCII),
    "D-M-YYYY": re.compile(f"{_DAY}-{_MONTH}-{_YEAR}", re.ASCII),
    "YYYY-MM-DD": re.compile(f"{_YEAR}-{_MONTH}-{_DAY}", re.ASCII),
    "YYYY/MM/DD": re.compile(f"{_YEAR}/{_MONTH}/{_DAY}", re.ASCII),
}


def visible(cell: str, *, lines: bool) -> tuple[str, str]:
    """Return what a reader sees of a cell, and which characters inside it had to be replaced.

    Spaces of every width become one kind, what cannot be seen goes, and a line break stays where `lines` may.
    Blanks around the text and at the ends of lines go without a word: nobody sees them.

    >>> visible(" a\\u00a0b\\u200b ", lines=False)
    ('a b', 'U+00A0 U+200B')
    """
    text = cell.strip().replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text, ""
    replaced: list[str] = []
    for character in dict.fromkeys(text):
        if (seen := _seen(character, lines=lines)) != character:
            text = text.replace(character, seen)
            replaced.append(f"U+{ord(character):04X}")
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    return text, " ".join(replaced)


def seen_word(cell: str) -> str:
    """Read a cell as one of a few words, however it is spaced and capitalised."""
    return folded(cell if cell.isascii() and cell.isprintable() else visible(cell, lines=False)[0])


def _seen(character: str, *, lines: bool) -> str:
    if character == " ":
        return character
    if character in "\n\r\x85\u2028\u2029":
        return "\n" if lines else " "
    category = unicodedata.category(character)
    if category in ("Zs", "Cc"):
        return " "
    return "" if category in ("Cf", "Co", "Cs") else character


def read_date(text: str, formats: Sequence[DateFormat]) -> date | None:
    """Read a day that is written in full in one of the formats; anything else is no date.

    >>> read_date("7/1/2024", ["M/D/YYYY"]), read_date("24-Nov", ["M/D/YYYY"])
    (datetime.date(2024, 7, 1), None)
    """
    for format in formats:
        if found := _DATE[format].fullmatch(text):
            try:
                return date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                continue
    return None


def slug(text: str, *, longest: int = ID_MAX) -> str:
    """Write a text with lower-case letters, digits and hyphens, cut between words where it is too long.

    >>> slug("Café – triage (v2)"), slug("Generative AI Usage", longest=12)
    ('cafe-triage-v2', 'generative')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    whole = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(whole) <= longest:
        return whole or "unnamed"
    cut = whole[: longest + 1].rpartition("-")[0]
    return cut if len(cut) > longest // 2 else whole[:longest].strip("-")


def ids(named: Sequence[tuple[str, str]], *, longest: int = ID_MAX) -> list[str]:
    """Make an id from each text; each comes with what tells it apart from others of the same text.

    Where texts give the same id, all of them get a suffix from what tells them apart, so that an id does not
    depend on the order. Only what cannot be told apart at all is numbered in order.
    """
    bases = [slug(text, longest=longest) for text, _ in named]
    often = Counter(bases)
    taken = {base for base, times in often.items() if times == 1}
    found = []
    for base, (_, apart) in zip(bases, named, strict=True):
        name = base
        if often[base] > 1:
            stem = slug(base, longest=longest - _SUFFIX_MAX)
            name = free = f"{stem}-{hashlib.sha256(apart.encode()).hexdigest()[:6]}"
            number = 1
            while name in taken:
                number += 1
                name = f"{free}-{number}"
            taken.add(name)
        found.append(name)
    return found
