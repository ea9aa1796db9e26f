"""Weigh a text for attacks on the model that reads it: jailbreaks, injected instructions, leaks of the
prompt.

Words, techniques and shape are weighed together by a small network whose numbers were learnt from texts of
many kinds. A text that nobody trusts, such as a tool's result, is weighed by another one, which looks for a
sentence in it that speaks to a machine. INVARIANT: nothing is kept of a text between two calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pycld2

from remit.enforce.guardrail.finding import CONFIDENCES, Found
from remit.enforce.guardrail.gram import grams, lowered
from remit.enforce.guardrail.normalise import Normalised, normalise
from remit.enforce.guardrail.scanner import Scanner
from remit.enforce.guardrail.sign import (
    BITS,
    HEADS,
    PATTERNS,
    Floats,
    Places,
    Signs,
    Weights,
    gather,
    vector,
    word_list,
)
from remit.enforce.guardrail.views import View, views

ATTACKS = ("JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE")
_LANGUAGES = frozenset(
    "zh zh-Hant vi it ar ko th bn sw jw jv id ms su es ca gl fr de ru uk be bg ja hi mr ne pt tr az nl af pl "
    "cs sk".split()
)
_TELLING = 12
"""From how many Latin letters on a language can be told."""
_SCALE = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where a score begins, is low, medium, high and ends, whichever judge gave it."""
DEPTH = 8
"""How many questions a tree asks at most."""
CHUNK = 16_000
_OVERLAP = 600


class Judge(msgspec.Struct, frozen=True, gc=False):
    """Many small trees of questions to a row of signs, and the scores from which on it is how sure.

    Each tree is a row of nodes, one after another; a node that asks nothing more leads to itself.
    """

    sign: Places
    least: Floats
    left: Places
    right: Places
    value: Floats
    roots: Places
    start: float
    levels: tuple[float, float, float]

    def score(self, row: Floats) -> float:
        """Say how likely this row of signs is one of an attack, on a scale that all judges share."""
        return float(np.interp(self.raw(row), (0.0, *self.levels, 1.0), _SCALE))

    def raw(self, row: Floats) -> float:
        """Give what the trees say together, from 0 to 1."""
        node = self.roots
        for _ in range(DEPTH):
            node = np.where(row[self.sign[node]] <= self.least[node], self.left[node], self.right[node])
        return float(1 / (1 + np.exp(-self.start - float(self.value[node].sum()))))


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """How likely a text is an attack, of which type, and the characters that most speak for it."""

    type: str
    score: float
    start: int
    end: int


class Attack(msgspec.Struct, frozen=True, gc=False):
    """What weighs texts for attacks; made once, and used for any number of texts."""

    weights: Weights
    scanner: Any
    said: Judge
    read: Judge
    elsewhere: Judge

    def weigh(self, text: str, *, untrusted: bool = False, task: str | None = None) -> tuple[Found, ...]:
        """Find the attack that a text most likely is, with how sure that is; nothing where it is none."""
        best = self.score(text, untrusted=untrusted, task=task)
        level = sum(best.score >= least for least in _SCALE[1:-1])
        if level == 0:
            return ()
        return (Found(best.type, best.start, best.end, CONFIDENCES[level]),)

    def score(self, text: str, *, untrusted: bool = False, task: str | None = None) -> Weighed:
        """Score a text, whatever the score is."""
        best = Weighed(ATTACKS[1], 0.0, 0, len(text))
        foreign = spoken_elsewhere(text)
        for signs, row, span in self.rows(text, untrusted=untrusted, task=task):
            score = self.read.score(row) if untrusted else self.said.score(row)
            if foreign:
                score = max(score, self.elsewhere.score(row))
            if score > best.score:
                best = Weighed(_type(signs), score, *span)
        return best

    def rows(
        self, text: str, *, untrusted: bool = False, task: str | None = None
    ) -> Iterator[tuple[Signs, Floats, tuple[int, int]]]:
        """Give the signs of each part of a text and of each reading of it."""
        asked = None if task is None else grams(normalise(task[:CHUNK]).text, bits=BITS).words
        sought = HEADS.index("planted" if untrusted else "attack")
        for start in range(0, max(len(text), 1), CHUNK - _OVERLAP):
            part = text[start : start + CHUNK]
            plain = normalise(part)
            signs = gather(plain.text, self.weights, self.scanner, lowered(plain.text), asked)
            yield signs, vector(signs, decoded=False), _strongest(signs, sought, plain, start)
            for view in views(part):
                shown = normalise(view.text)
                signs = gather(shown.text, self.weights, self.scanner, lowered(shown.text), asked)
                yield signs, vector(signs, decoded=True), _place(view, start)


def spoken_elsewhere(text: str) -> bool:
    """Say whether a text is in a language other than English of which attacks were learnt."""
    if text.isascii() and len(text) < _TELLING:
        return False
    try:
        found = pycld2.detect(normalise(text[:2000]).text.encode("utf-8", "replace"), bestEffort=True)
    except pycld2.error:  # it will not read every character that there is
        return False
    return found[2][0][1] in _LANGUAGES


def _strongest(signs: Signs, sought: int, plain: Normalised, start: int) -> tuple[int, int]:
    best = int(signs.weights[:, sought].argmax())
    first, last = plain.span(int(signs.starts[best]), int(signs.ends[best]))
    return start + first, start + last


def _place(view: View, start: int) -> tuple[int, int]:
    return start + view.start, start + view.end


def _type(signs: Signs) -> str:
    best = np.maximum(signs.weights.max(axis=0), signs.whole)
    sums = best[:3].copy()
    sums[0] = max(sums[0], best[HEADS.index("harm")])
    return ATTACKS[int(sums.argmax())]


def compile_attack(arrays: Mapping[str, npt.NDArray[Any]]) -> Attack:
    """Make what weighs texts from the numbers that it learnt."""
    weights = Weights(
        arrays["table"],
        arrays["scale"].astype(np.float32),
        arrays["bias"].astype(np.float32),
        word_list(arrays["words"]),
    )
    return Attack(
        weights, Scanner(PATTERNS), judge(arrays, "said"), judge(arrays, "read"), judge(arrays, "elsewhere")
    )


def judge(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> Judge:
    """Make one of the judges."""

    def places(key: str) -> Places:
        return arrays[f"{name}_{key}"].astype(np.int64)

    low, medium, high = (float(level) for level in arrays[f"{name}_levels"])
    return Judge(
        places("sign"),
        arrays[f"{name}_least"].astype(np.float32),
        places("left"),
        places("right"),
        arrays[f"{name}_value"].astype(np.float32),
        places("roots"),
        float(arrays[f"{name}_start"][0]),
        (low, medium, high),
    )
