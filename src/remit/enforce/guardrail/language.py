"""Which language a text is in, and for which languages the classifiers were measured.

Patterns and lists of words do not depend on it. What weighs texts does: a policy can then say that a text
was not verified, where silence would look like safety.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import pycld2

from remit.enforce.guardrail.ngrams import encodable

CHARACTERS_MAX = 4_000
_REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_BEYOND = re.compile(
    "["
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)

# For each policy, the languages of what it was fitted and measured on.
VERIFIED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "topics": frozenset({"en"}),
        "grounding": frozenset({"en"}),
        "relevance": frozenset({"en"}),
        "content": frozenset({"en"}),
    }
)


class Language(msgspec.Struct, frozen=True, gc=False):
    """A language by its code, `un` where none is told, and whether it is told for sure."""

    code: str
    reliable: bool


UNKNOWN = Language("un", reliable=False)


def language(text: str) -> Language:
    """Return the language that most of the beginning of a text is in.

    >>> language("Wie komme ich am schnellsten zum Bahnhof?")
    Language(code='de', reliable=True)
    """
    plain = _BEYOND.sub(" ", _REFUSED.sub(" ", encodable(text[:CHARACTERS_MAX])))
    if not plain.strip():
        return UNKNOWN
    try:
        reliable, _, found = pycld2.detect(plain, isPlainText=True, bestEffort=True)
    except pycld2.error:  # pragma: no cover  # what it refuses is taken out above, as far as is known
        return UNKNOWN
    return Language(found[0][1], bool(reliable))


def verified(policy: str, text: str) -> bool:
    """Say whether a policy was measured for the language of a text; one that is not told counts as such.

    Numbers, code and a word or two have no language of their own.
    """
    found = language(text)
    return not found.reliable or found.code in ("un", *VERIFIED.get(policy, frozenset()))
