"""Runs of characters and of words as numbers, so that a text of any language is weighed by arrays alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Buckets = NDArray[np.int64]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PRIME = np.uint32(0x01000193)
_MIX = np.uint32(0x9E3779B1)


def encodable(text: str) -> str:
    """Return the text with question marks for halves of surrogate pairs, which nothing can encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def folded(text: str) -> str:
    """Return the text in one form: compatibility characters undone, small letters, one space between words.

    >>> folded("ＨOW  do\\tI")
    ' how do i '
    """
    return f" {' '.join(unicodedata.normalize('NFKC', encodable(text)).lower().split())} "


def of_characters(text: str, sizes: Sequence[int], *, bits: int) -> Buckets:
    """Return a bucket for each run of so many characters, in order of size and then of place."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    found = []
    running = np.zeros(len(codes), dtype=np.uint32)
    for size in range(1, max(sizes) + 1):
        if size > len(codes):
            break
        ahead = codes[size - 1 :]
        running = (running[: len(ahead)] ^ ahead) * _PRIME
        if size in sizes:
            found.append(_bucket(running + np.uint32(size), bits))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def _bucket(hashed: NDArray[np.uint32], bits: int) -> Buckets:
    return (((hashed ^ (hashed >> np.uint32(15))) * _MIX) >> np.uint32(32 - bits)).astype(np.int64)
