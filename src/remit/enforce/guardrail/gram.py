"""Turn a text into the numbers of its runs of characters and words, without a step per character.

A model over these is a table of weights with a row for each number. What a row adds stands at one place of
the text, so the weight of any window is a difference of two sums, and all windows cost together what one
does.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from remit.enforce.guardrail.normalise import codepoints

Codes = npt.NDArray[np.uint64]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0x100000001B3)
_SALTS = np.array(
    [0x2545F491, 0x6C62272E, 0x27220A95, 0x3C6EF372, 0x510E527F, 0x1F83D9AB, 0x5BE0CD19], np.uint64
)
_WORD_MAX = 40
with np.errstate(over="ignore"):
    _POWERS = np.cumprod(np.full(_WORD_MAX + 1, _STEP, np.uint64))

# What a character below 128 counts as: 0 a space, 1 a sign, 2 a letter; capitals and digits are made alike.
_KIND = np.zeros(128, np.uint8)
_KIND[33:] = 1
_KIND[127] = 0
_FORM = np.arange(128, dtype=np.uint64)
for _code in range(128):
    if chr(_code).isalnum() or chr(_code) == "_":
        _KIND[_code] = 2
    if chr(_code).isupper():
        _FORM[_code] = _code + 32
    if chr(_code).isdigit():
        _FORM[_code] = ord("0")
_FORM[:33] = 32
_SIGNS = ((0x2000, 0x2070), (0x3000, 0x3040), (0xFF00, 0xFF10), (0xFF1A, 0xFF21), (0xA1, 0xC0))


class Grams(msgspec.Struct, frozen=True, gc=False):
    """The runs of a text: the number of each, and at which character it begins; then its words alone."""

    slots: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]
    words: Codes
    words_at: npt.NDArray[np.int64]


def lowered(text: str) -> str:
    """Make letters small, one for one, so that each stays where it is.

    >>> lowered("ÉTÉ İ")
    'été İ'
    """
    if text.isascii():
        return text
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(new if len(new := one.lower()) == 1 else one for one in text)


def grams(text: str, *, bits: int) -> Grams:
    """Number the runs of two to five characters and of one to three words of a text."""
    plain = text.isascii()
    if plain:  # capitals are made small by the table
        codes: npt.NDArray[Any] = np.frombuffer(text.encode(), np.uint8)
        low, high = codes, None
    else:
        codes = codepoints(lowered(text))
        low, high = np.minimum(codes, 127), codes >= 128
    kind = _KIND[low]
    form = _FORM[low]
    if high is not None:
        kind = np.where(high, np.uint8(2), kind)
        for first, after in _SIGNS:
            kind[(codes >= first) & (codes < after)] = 1
        form = np.where(high, codes.astype(np.uint64), form)
    space = kind == 0
    keep = ~space
    keep[1:] |= ~space[:-1]  # of a run of spaces, the first
    place = np.flatnonzero(keep)
    form, kind = form[place], kind[place]
    words = _words(form, kind)
    numbers = [*_characters(form, None if high is None else high[place]), *words]
    if not numbers:
        none = np.zeros(0, np.int64)
        return Grams(none, none, none.astype(np.uint64), none)
    slots = np.concatenate([code for code, _ in numbers])
    slots *= _MIX
    slots >>= np.uint64(64 - bits)
    at = np.concatenate([where for _, where in numbers])
    word, word_at = words[0] if words else (np.zeros(0, np.uint64), np.zeros(0, np.int64))
    return Grams(slots.view(np.int64), place[at], word, place[word_at])


def _characters(form: Codes, high: npt.NDArray[np.bool_] | None) -> list[tuple[Codes, npt.NDArray[np.int64]]]:
    size = len(form)
    every = np.arange(size)
    found = []
    if high is not None and size > 1:
        # Where words are not set apart, two characters are often one.
        pairs = np.flatnonzero(high[:-1] & high[1:])
        found.append((_joined(form[pairs], form[pairs + 1]) ^ _SALTS[0], pairs))
    if size >= 3:
        run = _joined(_joined(form[:-2], form[1:-1]), form[2:])
        found.append((run ^ _SALTS[1], every[:-2]))
        if size >= 4:
            run = _joined(run[:-1], form[3:])
            found.append((run ^ _SALTS[2], every[:-3]))
        if size >= 5:
            run = _joined(run[:-1], form[4:])
            found.append((run ^ _SALTS[3], every[:-4]))
    return found


def _words(form: Codes, kind: npt.NDArray[np.uint8]) -> list[tuple[Codes, npt.NDArray[np.int64]]]:
    """Number each word and each sign as a word of its own, and the runs of two and three of them."""
    if not len(form):
        return []
    begins = np.empty(len(form), np.bool_)
    begins[0] = True
    np.not_equal(kind[1:], kind[:-1], out=begins[1:])
    begins |= kind == 1
    begins &= kind != 0
    start = np.flatnonzero(begins)
    if not len(start):
        return []
    edge = np.flatnonzero(kind != 0)
    owner = np.cumsum(begins)[edge] - 1
    first = np.flatnonzero(begins[edge])
    inside = np.minimum(edge - start[owner], _WORD_MAX)
    value = form[edge] * _POWERS[inside]
    word = np.add.reduceat(value, first)
    word = (word ^ (word >> np.uint64(29))) * _MIX
    found = [(word ^ _SALTS[4], start)]
    if len(word) > 1:
        found.append((_joined(word[:-1], word[1:]) ^ _SALTS[5], start[:-1]))
    if len(word) > 2:
        found.append((_joined(_joined(word[:-2], word[1:-1]), word[2:]) ^ _SALTS[6], start[:-2]))
    return found


def _joined(left: Codes, right: Codes) -> Codes:
    mixed = left * _MIX
    joined: Codes = (mixed ^ (mixed >> np.uint64(31))) + right * _STEP
    return joined


def phrases(words: Codes) -> list[Codes]:
    """Number the runs of one, two, three and four words, each where its first word is."""
    found = [words]
    with np.errstate(over="ignore"):
        for size in range(2, 5):
            if len(words) < size:
                break
            found.append(_joined(found[-1][:-1], words[size - 1 :]))
    return found
