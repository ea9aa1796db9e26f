"""Weigh a text for attacks on the model that reads it: jailbreaks, injected instructions, leaks of the
prompt.

Words, techniques and shape are weighed together by a small network whose numbers were learnt from texts of
many kinds. A text that nobody trusts, such as a tool's result, is weighed by another one, which looks for a
sentence in it that speaks to a machine. INVARIANT: nothing is kept of a text between two calls.
"""

from __future__ import annotations

import math
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
    packed,
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
LEAVES_MAX = 16
_ALL = np.uint16(0xFFFF)
_LOWEST = np.zeros(1 << LEAVES_MAX, np.int64)
for _bit in reversed(range(LEAVES_MAX)):
    _LOWEST[1 << _bit :: 2 << _bit] = _bit
"""The lowest bit of each number."""
CHUNK = 16_000
_OVERLAP = 600


Levels = tuple[float, float, float]


class Judge(msgspec.Struct, frozen=True, gc=False):
    """Many small trees of questions to a row of signs, and the scores from which on it is how sure.

    All questions of all trees are asked at once: each has a bit for each leaf that is still to be reached
    where its answer is no, and the lowest bit that all questions of a tree leave is the leaf.
    """

    sign: Places  # trees × questions
    least: Floats
    kept: npt.NDArray[np.uint16]
    value: Floats  # of all leaves of all trees
    first: Places
    start: float
    levels: Levels

    def score(self, row: Floats) -> float:
        """Say how likely this row of signs is one of an attack, on a scale that all judges share."""
        return shared(self.raw(row), self.levels)

    def raw(self, row: Floats) -> float:
        """Give what the trees say together, from 0 to 1."""
        kept = np.where(row[self.sign] > self.least, self.kept, _ALL)
        leaf = _LOWEST[np.bitwise_and.reduce(kept, axis=1)]
        said = float(self.value[self.first + leaf].sum())
        return 1 / (1 + math.exp(-self.start - said))


def shared(raw: float, levels: Levels) -> float:
    """Bring what a judge says to the scale of all.

    >>> [shared(raw, (0.4, 0.6, 0.9)) for raw in (0.0, 0.2, 0.5, 0.9, 1.0)]
    [0.0, 0.125, 0.375, 0.75, 1.0]
    """
    ends = (0.0, *levels, 1.0)
    for at in range(len(_SCALE) - 1):
        if raw <= ends[at + 1]:
            step = ends[at + 1] - ends[at]
            return _SCALE[at] + (_SCALE[at + 1] - _SCALE[at]) * ((raw - ends[at]) / step if step else 0.0)
    return _SCALE[-1]


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
    overheard: Levels
    """From which scores on the judge of what is said is believed about what is read."""

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
            if untrusted:
                score = max(self.read.score(row), shared(self.said.raw(row), self.overheard))
            else:
                score = self.said.score(row)
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
        packed(arrays["table"]),
        arrays["scale"].astype(np.float32),
        arrays["bias"].astype(np.float32),
        word_list(arrays["words"]),
    )
    return Attack(
        weights,
        Scanner(PATTERNS),
        judge(arrays, "said"),
        judge(arrays, "read"),
        judge(arrays, "elsewhere"),
        _levels(arrays, "overheard"),
    )


def judge(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> Judge:
    """Make one of the judges."""

    left, right = arrays[f"{name}_left"].tolist(), arrays[f"{name}_right"].tolist()
    roots: list[int] = arrays[f"{name}_roots"].tolist()
    asked: list[list[tuple[int, int]]] = []  # nodes, and the leaves left if not
    leaves: list[int] = []
    first: list[int] = []
    for root in roots:
        questions: list[tuple[int, int]] = []
        first.append(len(leaves))
        _walk(root, left, right, questions, leaves, len(leaves))
        asked.append(questions)
    sign = np.zeros((len(roots), max(map(len, asked), default=0)), np.int64)
    least = np.full(sign.shape, np.inf, np.float32)
    kept = np.full(sign.shape, _ALL, np.uint16)
    for tree, questions in enumerate(asked):
        for at, (node, bits) in enumerate(questions):
            sign[tree, at] = arrays[f"{name}_sign"][node]
            least[tree, at] = arrays[f"{name}_least"][node]
            kept[tree, at] = bits
    return Judge(
        sign,
        least,
        kept,
        arrays[f"{name}_value"][leaves].astype(np.float32),
        np.array(first, np.int64),
        float(arrays[f"{name}_start"][0]),
        _levels(arrays, name),
    )


def _levels(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> Levels:
    low, medium, high = (float(level) for level in arrays[f"{name}_levels"])
    return low, medium, high


def _walk(
    node: int,
    left: list[int],
    right: list[int],
    questions: list[tuple[int, int]],
    leaves: list[int],
    first: int,
) -> None:
    """List a tree's questions and leaves, from left to right. No tree is deep."""
    if left[node] == node:
        leaves.append(node)
        return
    before = len(leaves)
    _walk(left[node], left, right, questions, leaves, first)
    gone = (1 << len(leaves) - first) - (1 << before - first)
    questions.append((node, 0xFFFF & ~gone))
    _walk(right[node], left, right, questions, leaves, first)
