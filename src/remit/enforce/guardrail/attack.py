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

from remit.enforce.guardrail.finding import CONFIDENCES, Found
from remit.enforce.guardrail.gram import lowered
from remit.enforce.guardrail.normalise import Normalised, normalise
from remit.enforce.guardrail.scanner import Scanner
from remit.enforce.guardrail.sign import HEADS, PATTERNS, Floats, Signs, Weights, gather, vector
from remit.enforce.guardrail.views import View, views

ATTACKS = ("JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE")
CHUNK = 16_000
_OVERLAP = 600


class Judge(msgspec.Struct, frozen=True, gc=False):
    """A network of one hidden layer, and the scores from which on it is a little, fairly and very sure."""

    middle: Floats
    spread: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: float
    levels: tuple[float, float, float]

    def score(self, row: Floats) -> float:
        """Say how likely this row of signs is one of an attack, from 0 to 1."""
        hidden = np.tanh(np.clip((row - self.middle) / self.spread, -5, 5) @ self.inner + self.inner_bias)
        return float(1 / (1 + np.exp(-float(hidden @ self.outer) - self.outer_bias)))


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

    def weigh(self, text: str, *, untrusted: bool = False, task: str | None = None) -> tuple[Found, ...]:
        """Find the attack that a text most likely is, with how sure that is; nothing where it is none."""
        judge = self.read if untrusted else self.said
        best = self.score(text, untrusted=untrusted, task=task)
        level = sum(best.score >= least for least in judge.levels)
        if level == 0:
            return ()
        return (Found(best.type, best.start, best.end, CONFIDENCES[level]),)

    def score(self, text: str, *, untrusted: bool = False, task: str | None = None) -> Weighed:
        """Score a text, whatever the score is."""
        judge = self.read if untrusted else self.said
        best = Weighed(ATTACKS[1], 0.0, 0, len(text))
        for signs, row, span in self.rows(text):
            score = judge.score(row)
            if score > best.score:
                best = Weighed(_type(signs), score, *span)
        return best

    def rows(self, text: str) -> Iterator[tuple[Signs, Floats, tuple[int, int]]]:
        """Give the signs of each part of a text and of each reading of it."""
        for start in range(0, max(len(text), 1), CHUNK - _OVERLAP):
            part = text[start : start + CHUNK]
            plain = normalise(part)
            signs = gather(plain.text, self.weights, self.scanner, lowered(plain.text))
            yield signs, vector(signs, decoded=False), _strongest(signs, plain, start)
            for view in views(part):
                shown = normalise(view.text)
                signs = gather(shown.text, self.weights, self.scanner, lowered(shown.text))
                yield signs, vector(signs, decoded=True), _place(view, start)


def _strongest(signs: Signs, plain: Normalised, start: int) -> tuple[int, int]:
    best = int(signs.weights[:, HEADS.index("attack")].argmax())
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
    weights = Weights(arrays["table"], arrays["scale"].astype(np.float32), arrays["bias"].astype(np.float32))
    return Attack(weights, Scanner(PATTERNS), judge(arrays, "said"), judge(arrays, "read"))


def judge(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> Judge:
    """Make one of the two networks."""

    def part(key: str) -> Floats:
        return arrays[f"{name}_{key}"].astype(np.float32)

    low, medium, high = (float(level) for level in arrays[f"{name}_levels"])
    return Judge(
        part("middle"),
        part("spread"),
        part("inner"),
        part("inner_bias"),
        part("outer"),
        float(arrays[f"{name}_outer_bias"][0]),
        (low, medium, high),
    )
