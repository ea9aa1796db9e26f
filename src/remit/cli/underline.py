"""Underline parts of a text that somebody gave, line by line, for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_AROUND = 40
_WIDEST = 110


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text, from `start` to before `end`, and what is said of it."""

    start: int
    end: int
    said: str


def underlined(text: str, parts: Iterable[Part]) -> str:
    """Write the lines that parts begin in, each part underlined below its line.

    >>> print(underlined("say a@b.nl now", [Part(4, 10, "EMAIL")]))
    1 | say a@b.nl now
      |     ^^^^^^ EMAIL
    """
    ordered = sorted(parts, key=lambda part: (part.start, part.end))
    lines = list(_lines(text, ordered))
    width = max((len(str(number)) for number, _, _ in lines), default=1)
    out: list[str] = []
    shown = ("", "")
    for number, line, mark in lines:
        if shown != (number, line):
            out.append(f"{number:>{width}} | {line}".rstrip())
            shown = number, line
        out.append(f"{'':>{width}} | {mark}")
    return "\n".join(out)


def _lines(text: str, parts: Iterable[Part]) -> Iterator[tuple[str, str, str]]:
    """Give for each part the number of its line, what is shown of the line, and what stands below it."""
    number, begins = 1, 0
    for part in parts:
        number += text.count("\n", begins, part.start)
        begins = text.rfind("\n", 0, part.start) + 1
        found = text.find("\n", part.start)
        ends = len(text) if found < 0 else found
        left, right = begins, ends
        if right - left > _WIDEST:
            left, right = (
                max(left, part.start - _AROUND),
                min(right, part.end + _AROUND, part.start + _WIDEST),
            )
        stop = max(part.start, min(part.end, right))
        before, marked = printable(text[left : part.start]), printable(text[part.start : stop])
        after = printable(text[stop:right])
        cut = ("… " if left > begins else "", " …" if right < ends else "")
        goes_on = " …" if part.end > right else ""
        below = " " * columns(cut[0] + before) + "^" * max(1, columns(marked))
        yield str(number), f"{cut[0]}{before}{marked}{after}{cut[1]}", f"{below}{goes_on} {part.said}"


def printable(text: str) -> str:
    """Show a dot for what would do something to a terminal, or cannot be written to one.

    >>> printable("a\\x1b[31mb\\u202ec")
    'a·[31mb·c'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if each == " " or _is_shown(each) else "·" for each in text)


def _is_shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def columns(text: str) -> int:
    """Count the columns that a text takes on a terminal.

    >>> columns("abc"), columns("漢字"), columns("e\\u0301")
    (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_columns(each) for each in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
