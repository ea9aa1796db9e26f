"""Suggestions: the word that somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import Indel

# Of the letters of both words, seven tenths stand in both, in the same order.
_NEAR = 0.7


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one known word that is close enough to offer, or None.

    >>> nearest("claims-triag", ["claims-triage", "fraud"]), nearest("x", ["fraud"])
    ('claims-triage', None)
    """
    found = process.extractOne(
        word[:80], sorted(known), scorer=Indel.normalized_similarity, score_cutoff=_NEAR
    )
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """Write the help line for an unknown word."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else otherwise
