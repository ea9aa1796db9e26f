"""Rank: which words of a question are looked up, and how two ways of looking are put together."""

from __future__ import annotations

import re
from collections.abc import Sequence

TERMS_MAX = 32
"""How many different words of a question are looked up."""
TERM_MAX = 64
FUSION = 60
"""What a rank counts: 1 / (60 + rank), after Cormack, Clarke and Büttcher (2009)."""

_WORD = re.compile(r"\w+")
EMPTY = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have how i if in into"
    " is it its me my no not of on or our should so some such than that the their them then there these"
    " they this to was we were what when where which who whom why will with would you your".split()
)


def terms_of(words: str) -> tuple[str, ...]:
    """List the words of a question that say something; all of them if none does.

    >>> terms_of("What is the excess on hail damage?"), terms_of("who is it")
    (('excess', 'hail', 'damage'), ('who', 'is', 'it'))
    """
    found = list(dict.fromkeys(each[:TERM_MAX] for each in _WORD.findall(words.casefold())))
    said = [each for each in found if each not in EMPTY]
    return tuple((said or found)[:TERMS_MAX])


def fused(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    """Put rankings together by reciprocal rank, the best first; a score of 1 is to be first in all of them.

    >>> fused([7, 8], [8, 9])[0][0]
    8
    """
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, id in enumerate(ranking):
            scores[id] = scores.get(id, 0.0) + 1 / (FUSION + rank)
    most = len(rankings) / FUSION
    # Of what is as good, the one that was added first: the same search gives the same answer.
    return sorted(((id, score / most) for id, score in scores.items()), key=lambda each: (-each[1], each[0]))


SNIPPET = 240


def snippet(text: str, words: str, *, characters: int = SNIPPET) -> str:
    """Show the stretch of a text in which the most words of a question begin, on one line.

    >>> snippet("One. " * 60 + "Hail is covered. " + "Two. " * 60, "hail", characters=24)
    '… Hail is covered. Two. …'
    """
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    folded = line.casefold()
    if len(folded) != len(line):
        folded = line.lower() if len(line.lower()) == len(line) else line
    ats = sorted(match.start() for term in terms_of(words) for match in re.finditer(re.escape(term), folded))
    best = max(ats, key=lambda at: (sum(at <= each < at + characters for each in ats), -at), default=0)
    begins = line.rfind(" ", 0, max(best, 0)) + 1
    shown = line[begins : begins + characters]
    ends = begins + len(shown) >= len(line)
    if not ends:
        shown = shown.rpartition(" ")[0] or shown
    return f"{'… ' if begins else ''}{shown}{'' if ends else ' …'}"
