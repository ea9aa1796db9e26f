"""Bring a text to the one form in which it is looked through, and keep where each character came from.

Whoever hides words from a detector writes them in full-width or mathematical letters, in letters of another
script that look the same, or with characters between them that nobody sees. All of these are undone here.
"""

from __future__ import annotations

import re
import unicodedata

import msgspec
import numpy as np
import numpy.typing as npt

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNSEEN = (
    (0x00, 0x08),
    (0x0B, 0x0C),
    (0x0E, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""First and last of each run of characters that take no place on a page."""

# Letters that no language's ordinary text mixes with Latin ones, and marks that stand for an ASCII one.
_ALWAYS = dict(
    zip(
        "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡɩʟɾʋℓ⁄∕∖‐‑‒–—―−‘’‚‛“”„‟′″‹›«»…·•ǃ",
        [*'abcdefghijklmnoprstuvwyzagilrvl//\\-------\'\'\'\'""""\'"<>""', "...", ".", "*", "!"],
        strict=True,
    )
)
_CYRILLIC = "аАвВсСеЕНһіІјЈкКмМоОрРѕЅТхХуУԁԛԜѵѴЬѐёЁїЇгпѡ"
_GREEK = "αΑβΒεΕΗικΙΚΜνΝοΟρΡτΤυΥχΧΖωγη"
_OTHER = "օսոցհմԱՏƽɛǝıɔ"
_LOOKALIKE = dict(
    zip(
        _CYRILLIC + _GREEK + _OTHER,
        "aAbBcCeEHhiIjJkKmMoOpPsSTxXyYdqWvVbeeEiIrnw" + "aAbBeEHikIKMvNoOpPtTuYxXZwyn" + "ounghuUS2eeic",
        strict=True,
    )
)
_LOOKALIKE_CODES = np.array(sorted(map(ord, _LOOKALIKE)), np.uint32)
_MARKED = re.compile("[^\\s\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+")
_MARKS = re.compile("[\u0300-\u036f\u3099\u309a]")


class Normalised(msgspec.Struct, frozen=True, gc=False):
    """A text in its plain form; `offsets[i]` is where its character `i` stands in what was given.

    Where nothing was moved, `offsets` is nothing, and each character stands where it stood.
    """

    text: str
    length: int
    offsets: npt.NDArray[np.int64] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the place in the given text of what stands from `start` to before `end` in this one.

        What nobody sees behind a character belongs to it, so that it goes where the character goes.
        """
        if self.offsets is None:
            return min(start, self.length), min(max(start, end), self.length)
        size = len(self.offsets)
        if start >= size or end <= start:
            return self.length, self.length
        last = int(self.offsets[min(end, size) - 1])
        after = int(self.offsets[end]) if end < size else self.length
        return int(self.offsets[start]), max(last + 1, after)


def normalise(text: str) -> Normalised:
    """Undo what hides words from a reader who goes by characters, but not from one who goes by looks.

    >>> normalise("plain words").offsets is None
    True
    >>> hidden = normalise("i\\u200bｇｎоrе this")
    >>> hidden.text, hidden.span(0, 6)
    ('ignore this', (0, 7))
    """
    if text.isascii() and not _CONTROLS.search(text):
        return Normalised(text, len(text))
    length, codes, at = len(text), codepoints(text), None
    if _MARKS.search(text):
        text, at = _composed(text)
        codes = codepoints(text)
    unusual = {chr(code) for code in np.unique(codes[(codes >= 0x80) | (codes < 0x20) | (codes == 0x7F)])}
    plain = unicodedata.is_normalized("NFKC", text)
    table = {ord(one): new for one in unusual if (new := _folded(one, plain=plain)) != one}
    if table:
        text, codes, at = _replaced(text, codes, at, table)
    mixed = _in_mixed_words(codes)
    if mixed is not None:
        text = _patched(text, mixed)
    return Normalised(text, length, at)


def codepoints(text: str) -> npt.NDArray[np.uint32]:
    """Give a text's characters as numbers, lone surrogates too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _folded(one: str, *, plain: bool) -> str:
    code = ord(one)
    if any(first <= code <= last for first, last in _UNSEEN):
        return ""
    if one in _ALWAYS:
        return str(_ALWAYS[one])
    if 0x1F1E6 <= code <= 0x1F1FF:  # flags' letters, which spell words when they stand in a row
        return chr(code - 0x1F1E6 + ord("a"))
    return one if plain else str(unicodedata.normalize("NFKC", one))


def _composed(text: str) -> tuple[str, npt.NDArray[np.int64]]:
    """Join letters with the marks that follow; drop marks that no letter takes."""
    parts: list[str] = []
    lengths: list[int] = []  # how far each character of the new text reaches in the old
    done = 0
    for found in _MARKED.finditer(text):
        before = text[done : found.start()]
        letters = _MARKS.sub("", unicodedata.normalize("NFC", found.group())) or found.group()[:1]
        parts += (before, letters)
        lengths += [1] * (len(before) + len(letters) - 1) + [found.end() - found.start() - len(letters) + 1]
        done = found.end()
    parts.append(text[done:])
    lengths += [1] * (len(text) - done)
    at = np.zeros(len(lengths), np.int64)
    np.cumsum(lengths[:-1], out=at[1:])
    return "".join(parts), at


def _replaced(
    text: str, codes: npt.NDArray[np.uint32], at: npt.NDArray[np.int64] | None, table: dict[int, str]
) -> tuple[str, npt.NDArray[np.uint32], npt.NDArray[np.int64] | None]:
    longer = {code: len(new) for code, new in table.items() if len(new) != 1}
    if longer:
        keys = np.array(sorted(longer), np.uint32)
        sizes = np.array([longer[int(key)] for key in keys], np.int64)
        place = np.minimum(np.searchsorted(keys, codes), len(keys) - 1)
        counts = np.where(keys[place] == codes, sizes[place], 1)
        at = np.repeat(np.arange(len(codes)) if at is None else at, counts)
    text = text.translate(table)
    return text, codepoints(text), at


def _in_mixed_words(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64] | None:
    """Find letters that look like Latin ones and stand in one word with Latin ones."""
    place = np.minimum(np.searchsorted(_LOOKALIKE_CODES, codes), len(_LOOKALIKE_CODES) - 1)
    alike = _LOOKALIKE_CODES[place] == codes
    if not alike.any():
        return None
    lower = codes | 0x20
    latin = (lower >= 0x61) & (lower <= 0x7A)
    letter = latin | (codes >= 0xC0) & (codes < 0x2000)
    word = np.cumsum(np.diff(letter, prepend=False))
    if not latin.any():
        return None
    mixed = np.bincount(word, latin) * np.bincount(word, alike) > 0
    # A text of lookalikes alone is one whose words could all be Latin: "рау" and not "работа".
    return np.flatnonzero(alike & mixed[word])


def _patched(text: str, places: npt.NDArray[np.int64]) -> str:
    letters = list(text)
    for place in places.tolist():
        letters[place] = _LOOKALIKE[letters[place]]
    return "".join(letters)
