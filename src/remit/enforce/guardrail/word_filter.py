"""Words that an organisation does not want said: its own, and a list of profanity that others keep.

All are looked for in one pass, folded to one case, and count only where a word begins and ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.rule import Candidate
from remit.enforce.guardrail.weigh import Listed, Source, weigh

RANK = 110
_SPACE = re.compile(r"\s+")
# Scripts without spaces have no ends of words to look for.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def fold(text: str) -> str:
    """Fold to one case, letter by letter, so that places stay what they were.

    >>> fold("Straße ÉTÉ")
    'straße été'
    """
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one if len(one) == 1 else letter for letter in text for one in (letter.lower(),))


class WordFilter:
    """Words of both kinds, ready to be looked for."""

    def __init__(self, words: Mapping[str, str], profanity: Collection[str]) -> None:
        self._types: dict[str, str] = {}
        for word, type in (*words.items(), *((each, "PROFANITY") for each in profanity)):
            # With marks that stand for themselves, too, as some programs write them.
            for written in {word, unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)}:
                if folded := _LONE.sub("", _SPACE.sub(" ", fold(written))).strip():
                    known = self._types.get(folded, type)
                    # A word that is on both lists is found for both.
                    self._types[folded] = known if known == type else f"{known} {type}"
        self._words = list(self._types)
        self._automaton = (
            AhoCorasick(
                self._words, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
            )
            if self._words
            else None
        )
        self._longest = max(map(len, self._words), default=0)
        self._beginnings = frozenset(
            word[: place + 1] for word in self._words for place, letter in enumerate(word) if letter == " "
        )
        self._unspaced = any(map(_UNSPACED.search, self._words))

    def find(self, text: str) -> list[Found]:
        """Give the words that are in a text, in order; of two that overlap, the longer."""
        standing, _ = weigh(self.sources(text), start=0)
        return [Found(one.type, one.start, one.end, one.confidence) for one in standing]

    def sources(self, text: str) -> list[Source]:
        if self._automaton is None:
            return []
        folded = _LONE.sub("\ufffd", _one_space(fold(text)))
        found = []
        for place, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if _whole(folded, start, end):
                found.append(Candidate(start, end, RANK, self._types[self._words[place]]))
        return [Listed(found)] if found else []

    def open_from(self, text: str, start: int) -> int:
        """Give the first place from which on what is there is how a longer word begins."""
        end = len(text)
        if self._automaton is None:
            return end
        if self._unspaced:
            return max(start, end - self._longest)
        place = end
        while place > start and not text[place - 1].isspace():
            place -= 1
        if self._beginnings:
            tail = _one_space(fold(text[max(start, place - self._longest) : place]))
            for at in range(len(tail)):
                if (at == 0 or not tail[at - 1].isalnum()) and tail[at:] in self._beginnings:
                    return place - len(tail) + at
        return place


def _one_space(text: str) -> str:
    """Write every white space as a blank; a run of them stays as long as it was."""
    return _BLANK.sub(" ", text)


_BLANK = re.compile(r"\s")
_LONE = re.compile(r"[\ud800-\udfff]")


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before or after."""
    if _UNSPACED.match(text[start]) or _UNSPACED.match(text[end - 1]):
        return True
    left = (
        not text[start].isalnum() or start == 0 or not (text[start - 1].isalnum() or text[start - 1] == "_")
    )
    right = not text[end - 1].isalnum() or end == len(text) or not (text[end].isalnum() or text[end] == "_")
    return left and right


def compile_words(words: Mapping[str, str], profanity: Sequence[str] = ()) -> WordFilter:
    """Make ready to find these words, each with its type; how many there may be is said where they stand."""
    return WordFilter(words, profanity)
