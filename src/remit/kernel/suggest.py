"""Suggestions: the word that somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the one known word that is close enough to offer, or None.

    >>> nearest("claims-triag", ["claims-triage", "fraud"]), nearest("x", ["fraud"])
    ('claims-triage', None)
    """
    found = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.7)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """Write the help line for an unknown word."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else otherwise
