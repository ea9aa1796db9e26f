"""From a pattern, the pattern of everything that a match of it may begin with.

It tells whether the end of a text that goes on may be the beginning of a match, so that no more is held back
than that. For a sequence it is nothing, or a beginning of the first part, or all of the first part and a
beginning of the rest; for the rest of what patterns are made of it follows from that.
"""

from __future__ import annotations

import re
import re._constants as op  # type: ignore[import-not-found]  # the library has no types for it
import re._parser as parser  # type: ignore[import-not-found]  # as above
from collections.abc import Sequence
from typing import Any

# What Python reads otherwise than RE2 does, or warns of.
_READ_OTHERWISE = re.compile(r"\[\[|\{,|--|&&|~~|\|\||\\[1-9ZNuU]|\\x\{")
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
_PLACES = {
    op.AT_BEGINNING: "^",
    op.AT_BEGINNING_STRING: r"\A",
    op.AT_BOUNDARY: r"\b",
    op.AT_NON_BOUNDARY: r"\B",
    op.AT_END: "$",
}
_FLAGS = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"))
# RE2 refuses to repeat more often.
_REPEAT_MAX = 1000


def beginnings(pattern: str) -> str | None:
    """Give the pattern of all that a match may begin with, itself too; none where that is not known.

    >>> beginnings("ab{2}")
    '(?:(?:(?:a)?|a(?:b){0,1}(?:b)?))'
    """
    if _READ_OTHERWISE.search(pattern):
        return None
    try:
        tree = parser.parse(pattern)
        return _flagged(_beginning(list(tree)), tree.state.flags, 0)
    except (re.error, OverflowError, RecursionError, KeyError, ValueError):
        return None


def _flagged(inner: str, added: int, removed: int) -> str:
    on = "".join(letter for flag, letter in _FLAGS if added & flag)
    off = "".join(letter for flag, letter in _FLAGS if removed & flag)
    return f"(?{on}{f'-{off}' if off else ''}:{inner})"


def _beginning(parts: Sequence[Any]) -> str:
    """Of a sequence: of its last part after all others, or of an earlier one."""
    found = ""
    for part in reversed(parts):
        first = _beginning_of(part)
        found = f"(?:{first}|{_whole(part)}{found})" if found else first
    return found or "(?:)"


def _beginning_of(part: Any) -> str:
    kind, held = part
    if kind is op.BRANCH:
        return "(?:" + "|".join(_beginning(list(branch)) for branch in held[1]) + ")"
    if kind is op.SUBPATTERN:
        return _flagged(_beginning(list(held[3])), held[1], held[2])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        _, most, inner = held
        again = _repeated(inner, 0, most if most is op.MAXREPEAT else max(0, most - 1))
        return f"{again}{_beginning(list(inner))}"
    return f"(?:{_whole(part)})?"


def _repeated(inner: Any, least: int, most: Any) -> str:
    if least > _REPEAT_MAX or (most is not op.MAXREPEAT and most > _REPEAT_MAX):
        raise ValueError
    return f"(?:{_all(inner)}){{{least},{'' if most is op.MAXREPEAT else most}}}"


def _all(parts: Any) -> str:
    return "".join(map(_whole, parts))


def _whole(part: Any) -> str:
    kind, held = part
    if kind is op.LITERAL:
        return re.escape(chr(held))
    if kind is op.NOT_LITERAL:
        return f"[^{_in_class(held)}]"
    if kind is op.ANY:
        return "."
    if kind is op.IN:
        return _class(held)
    if kind is op.BRANCH:
        return "(?:" + "|".join(map(_all, held[1])) + ")"
    if kind is op.SUBPATTERN:
        return _flagged(_all(held[3]), held[1], held[2])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeated(held[2], held[0], held[1])
    if kind is op.AT:
        # What stands at a place that is not known yet may stand there.
        return f"(?:{_PLACES[held]})?"
    raise ValueError


def _in_class(letter: int) -> str:
    return f"\\x{{{letter:x}}}"


def _class(held: Sequence[Any]) -> str:
    inner = ""
    for kind, value in held:
        if kind is op.NEGATE:
            inner += "^"
        elif kind is op.LITERAL:
            inner += _in_class(value)
        elif kind is op.RANGE:
            inner += f"{_in_class(value[0])}-{_in_class(value[1])}"
        elif kind is op.CATEGORY:
            inner += _CATEGORIES[value]
        else:
            raise ValueError
    return f"[{inner}]"
