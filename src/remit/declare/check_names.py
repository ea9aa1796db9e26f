"""Check names: whether a word mixes letters of two scripts that look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from remit.declare.fault import Fault
from remit.declare.scope import Scope

_WORD = re.compile(r"[^\W\d_]+")
_LOOK_ALIKE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
"""Scripts with letters that a reader takes for Latin ones."""


def check_names(scope: Scope) -> Iterator[Fault]:
    """Warn of names that are not what they seem, such as `Сlaims` with a Cyrillic first letter."""
    for section in ("organisation", "units", "use_cases", "blocks"):
        for name, noun in scope.sections[section].items():
            title = noun.name
            if title.isascii():
                continue
            for word in _WORD.findall(title):
                if strange := _strange_letter(word):
                    yield scope.spot(section, name).fault(
                        "name",
                        code="look-alike-letter",
                        summary=f"`{word[:40]}` mixes Latin letters with {strange}",
                        help="write the word in letters of one script; names that look alike should be one",
                        severity="warning",
                    )


def _strange_letter(word: str) -> str:
    """Name the first letter of another script in a word that has Latin letters as well."""
    if word.isascii():
        return ""
    names = [unicodedata.name(letter, "") for letter in word]
    scripts = {name.partition(" ")[0] for name in names}
    if "LATIN" not in scripts or not scripts & _LOOK_ALIKE:
        return ""
    return next(name for name in names if name.partition(" ")[0] in _LOOK_ALIKE)
