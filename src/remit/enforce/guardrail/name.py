"""Names of people: words that stand in lists of names, or are written like one, where a name would stand.

Each word is scored by what it is (in the lists or not, capitals, its ending) and by the word on either
side, with weights learnt from texts whose names are known. Words next to each other that score are one
name.
INVARIANT: a word's score depends on `BEHIND` characters before it and `AHEAD` after it alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from remit.enforce.guardrail.rule import AHEAD, BEHIND, Candidate

GATE = r"[A-Za-z\xc3-\xdf]"
RANK = 20
WORDS_MAX = 6
_BEHIND = BEHIND - 16
FOLLOWS = 6.0
"""How much less a word must score that stands right after a name."""
UNABLE = 1000.0
_ABBREVIATED = frozenset(
    "mr. mrs. ms. dr. prof. jr. sr. st. rev. hon. capt. sgt. lt. col. gen. mme. mlle. sig. sra. "
    "hr. fr.".split()
)

TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+|-[^\W\d_]+)*\.?|[0-9]+|[^\w\s]|\n", re.UNICODE)
PARTICLES = frozenset(
    "de la del da dos das do di du des van von der den ter ten bin ibn al el le af av zu zur y e "
    "st mc".split()
)


class Word(NamedTuple):
    """A word with what it is, so far as the lists and its letters tell."""

    start: int
    end: int
    lower: str
    shape: str
    kind: str


def shape(text: str) -> str:
    """
    >>> [shape(word) for word in ("Anna", "anna", "ANNA", "A.", "McDonald", "7", ",")]
    ['X', 'x', 'XX', 'I', 'Xx', '9', ',']
    """
    if text[0].isdigit():
        return "9"
    if text == "\n":
        return "¶"
    if not text[0].isalpha():
        return text[0]
    bare = text.rstrip(".")
    if len(bare) == 1 and bare.isupper():
        return "I"
    if bare.islower():
        return "x"
    if bare.isupper():
        return "XX"
    return "X" if bare[0].isupper() and bare[1:].islower() else "Xx"


class Names:
    """The lists and the weights, ready to be used.

    A line of the names is a name in lower case, a space, and of which kinds it is: `g` given, `f` family, `c`
    a common word too, `p` a place too. A line of the weights is a feature, a tab, and its weight.
    """

    def __init__(self, names: Sequence[str], weights: Sequence[str]) -> None:
        self._kinds: Mapping[str, str] = dict(line.rsplit(" ", 1) for line in names)
        pairs = (line.rsplit("\t", 1) for line in weights)
        self._weights: Mapping[str, float] = {feature: float(weight) for feature, weight in pairs}
        self.lower_case = frozenset(name for name, kind in self._kinds.items() if "c" not in kind)

    def words(self, text: str) -> list[Word]:
        kinds = self._kinds
        found = []
        for match in TOKEN.finditer(text):
            said = match[0]
            start, end = match.span()
            if said.islower():
                written, lower = "x", said
            else:
                written, lower = shape(said), said.lower() if said != "\n" else "¶"
            if end - start > 2 and lower[-1] == "." and lower not in _ABBREVIATED:
                lower = lower[:-1]
                found.append(Word(start, end - 1, lower, written, kinds.get(lower, "")))
                found.append(Word(end - 1, end, ".", ".", ""))
            else:
                found.append(Word(start, end, lower, written, kinds.get(lower, "")))
        return found

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Give, at every word of a name, the name from there on."""
        words = self.words(text)
        scores = [
            self._score(text, words, place) if word.kind or word.shape != "x" else -UNABLE
            for place, word in enumerate(words)
        ]
        named = [
            score > 0
            or (score > -FOLLOWS and place > 0 and scores[place - 1] > 0 and _joined(text, words, place))
            for place, score in enumerate(scores)
        ]
        for place, is_name in enumerate(named):
            if is_name:
                last = _last(text, words, named, place)
                follows = place > 0 and named[place - 1] and _joined(text, words, place)
                if last > place or follows or _alone(words[place]):
                    yield Candidate(words[place].start, words[last].end, RANK, "NAME", "medium")

    def _score(self, text: str, words: Sequence[Word], place: int) -> float:
        if not _may_name(text, words[place]):
            return -UNABLE
        weigh = self._weights.get
        return sum(weigh(feature, 0.0) for feature in features(text, words, place))


def _alone(word: Word) -> bool:
    """Whether it can be a name without another beside it: no initial, and no word all in capitals."""
    return word.shape not in ("I", "XX")


def _joined(text: str, words: Sequence[Word], place: int) -> bool:
    """Whether a word with a capital stands right after one that is a name."""
    word = words[place]
    return word.shape in ("X", "Xx", "XX", "I") and text[words[place - 1].end : word.start] == " "


def _may_name(text: str, word: Word) -> bool:
    """Whether it is a word at all, by itself, with a capital or in the lists and no common word."""
    if word.shape == "x":
        if not word.kind or "c" in word.kind or len(word.lower) < 3 or word.lower in PARTICLES:
            return False
    elif word.shape not in ("X", "XX", "Xx", "I"):
        return False
    before, after = text[word.start - 1 : word.start], text[word.end : word.end + 1]
    return not (before and (before in "@/\\_#$-'’.&" or before.isalnum())) and not (
        after and (after in "@/\\_&" or after.isalnum())
    )


def _last(text: str, words: Sequence[Word], named: Sequence[bool], first: int) -> int:
    """The last word of the name that begins here; particles join, where a name follows them."""
    last = first
    place = first + 1
    while place < len(words) and place - first < WORDS_MAX:
        gap = text[words[place - 1].end : words[place].start]
        if gap not in (" ", ""):
            break
        if (named[place] and gap == " ") or (named[place] and words[place - 1].lower.endswith(".")):
            last = place
        elif words[place].lower not in PARTICLES or place - last > 2 or gap != " ":
            break
        place += 1
    return last


def features(text: str, words: Sequence[Word], place: int) -> tuple[str, ...]:
    """What is said for or against a word being a name: itself, and the words on either side."""
    word = words[place]
    before, after = _seen_before(text, words, place - 1, word), _seen_after(words, place + 1, word)
    kind = f"{word.shape}{word.kind or '-'}"
    known = word.kind or word.shape
    said_before, class_before = ("^", "^") if before is None else (before.lower, before.shape + before.kind)
    said_after, class_after = ("^", "^") if after is None else (after.lower, after.shape + after.kind)
    lower = word.lower
    return (
        "*",
        f"k {kind}",
        f"bs {said_before} {word.shape}",
        f"bk {said_before} {word.kind}",
        f"as {said_after} {word.shape}",
        f"ak {said_after} {word.kind}",
        f"kb {class_before} {kind}",
        f"ka {kind} {class_after}",
        f"kk {class_before} {kind} {class_after}",
        f"w {lower}",
        f"s {lower[-3:]} {word.shape}",
        f"s2 {lower[-2:]} {known}",
        f"p {lower[:3]} {known}",
    )


def _seen_before(text: str, words: Sequence[Word], place: int, word: Word) -> Word | None:
    if place < 0 or words[place].start <= word.start - _BEHIND:
        return None
    other = words[place]
    before = text[other.start - 1 : other.start]
    # What may have been cut off is not looked at, so that a piece of a text reads as the whole does.
    return None if before and (before in "'’-_" or before.isalnum()) else other


def _seen_after(words: Sequence[Word], place: int, word: Word) -> Word | None:
    if place >= len(words) or words[place].end >= word.end + AHEAD:
        return None
    return words[place]
