"""What can be checked in a statement without understanding it: its words, numbers, dates and names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from remit.enforce.guardrail.contrast import COMMON, stem

Kind = Literal["word", "number", "date", "name"]

_TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?(?![^\W\d_])|\d+(?:[.,]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:['’\-][^\W\d_]+)*)|(?P<sign>[%‰$€£¥])"
)
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\"'”’)\]]*\s+|\s+[.!?]\s+|\n+|(?<=[。！？])")
_SMALL = {word: value for value, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen".split()
)}  # fmt: skip
_TENS = {word: 10 * value for value, word in enumerate(
    "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
)}  # fmt: skip
_ORDINALS = {word: value for value, word in enumerate(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=1
)}  # fmt: skip
_OTHER = {"dozen": 12.0, "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6,
    "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "millions": 1e6, "billions": 1e9, "thousands": 1e3, "mm": 1e6,
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_DATES = (
    {name: name for name in (*_MONTHS, *_DAYS)}
    | {name[:3]: name for name in _MONTHS if name != "may"}
    | {"sept": "september", "tue": "tuesday", "tues": "tuesday", "wed": "wednesday", "thu": "thursday"}
    | {"thurs": "thursday", "fri": "friday", "mon": "monday"}
)
_WORD_NUMBERS = {**_SMALL, **_TENS, **_ORDINALS, **_OTHER}
_VAGUE = frozenset({"one", "first", "second", "zero"})


class Token(msgspec.Struct, frozen=True, gc=False):
    """A word of a text. `key` is what it is compared by, `word` how it stands; `value` what it counts."""

    kind: Kind
    key: str
    start: int
    end: int
    word: str = ""
    value: float = 0.0
    places: int = 0


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where the sentences of a text begin and end.

    >>> sentences("It rose. It fell!")
    [(0, 8), (9, 17)]
    """
    spans = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        spans.append((start, end.start()))
        start = end.end()
    spans.append((start, len(text)))
    return [(first, last) for first, last in spans if text[first:last].strip()]


def tokens(text: str, start: int = 0) -> list[Token]:
    """Return the words, numbers, dates and names of a sentence that begins at `start` of the whole.

    >>> [(t.kind, t.key, t.value) for t in tokens("In March sales rose by twenty-five percent to $1.2
    million.")] ... # doctest: +NORMALIZE_WHITESPACE [('word', 'in', 0.0), ('date', 'march', 0.0), ('word',
    'sal', 0.0), ('word', 'ros', 0.0), ('word', 'by', 0.0),
     ('number', '25', 25.0), ('word', 'percent', 0.0), ('word', 'to', 0.0), ('number', '1.2e+06', 1200000.0)]
    """
    raw = list(_TOKEN.finditer(text))
    found: list[Token] = []
    at = 0
    while at < len(raw):
        number = _number(raw, at)
        if number is not None:
            value, used, places = number
            first, last = raw[at].start(), raw[at + used - 1].end()
            key = f"{value:.6g}"
            found.append(Token("number", key, first + start, last + start, text[first:last], value, places))
            at += used
            continue
        match = raw[at]
        at += 1
        if match["sign"] is None:
            found.append(_word(match, start, is_first=not found))
        elif match["sign"] == "%":
            found.append(Token("word", "percent", match.start() + start, match.end() + start, "percent"))
    return found


def _word(match: re.Match[str], start: int, *, is_first: bool) -> Token:
    word = match.group()
    lower = word.lower()
    first, last = match.start() + start, match.end() + start
    date = _DATES.get(lower.rstrip("."))
    if date is not None and (word[0].isupper() or len(lower) > 3) and lower != "may":
        return Token("date", date, first, last, lower)
    if lower == "may" and word[0].isupper() and not is_first:
        return Token("date", "may", first, last, lower)
    named = word[0].isupper() and lower not in COMMON and not is_first and len(word) > 1
    return Token("name" if named else "word", stem(lower), first, last, lower)


def _number(raw: Sequence[re.Match[str]], at: int) -> tuple[float, int, int] | None:
    """Return the number that begins here, how many words say it, and to how many places it is given."""
    text = raw[at].group().lower()
    if raw[at]["number"] is not None:
        value, places = _digits(text)
        used = 1
    else:
        said = _said(raw, at)
        if said is None:
            return None
        value, used = said
        places = 0
    while at + used < len(raw):
        scale = _SCALES.get(raw[at + used].group().lower())
        if scale is None:
            break
        value *= scale
        places -= len(f"{scale:.0f}") - 1
        used += 1
    return value, used, places


def _said(raw: Sequence[re.Match[str]], at: int) -> tuple[float, int] | None:
    parts = raw[at].group().lower().replace("’", "-").split("-")
    if not all(part in _WORD_NUMBERS for part in parts) or parts[0] in _VAGUE:
        return None
    value = float(sum(_WORD_NUMBERS[part] for part in parts))
    follows = raw[at + 1].group().lower() if at + 1 < len(raw) else ""
    if parts[-1] in _TENS and follows in _SMALL and 0 < _SMALL[follows] < 10:
        return value + _SMALL[follows], 2
    return value, 1


def _digits(text: str) -> tuple[float, int]:
    """Read digits as English or continental writing has them: `1,200.5`, `1.200,5`, `3.5`, `3,5`."""
    text = text.rstrip("stndrh")
    if ":" in text:
        hours, _, rest = text.partition(":")
        return float(re.sub(r"\D", "", hours) or 0) + float(re.sub(r"\D", "", rest)[:4] or 0) / 100, 2
    marks = [char for char in text if not char.isdigit()]
    groups = re.split(r"[.,]", text)
    thousands = all(len(group) == 3 for group in groups[1:])
    if not marks:
        return _bounded(text), 0
    if len(marks) == 1 and (marks[0] == "." or len(groups[1]) != 3):
        return _bounded(f"{groups[0]}.{groups[1]}"), len(groups[1])
    if thousands:
        return _bounded("".join(groups)), 0
    return _bounded(f"{''.join(groups[:-1])}.{groups[-1]}"), len(groups[-1])


def _bounded(text: str) -> float:
    return float(text[:300])


def same_number(said: Token, source: Token) -> bool:
    """Say whether a number is that of the source, as it stands or rounded to the places that are said."""
    if said.value == source.value:
        return True
    gap = abs(said.value - source.value)
    return gap <= 0.5 * 10.0**-said.places * 1.0001 and gap <= 0.02 * abs(source.value)
