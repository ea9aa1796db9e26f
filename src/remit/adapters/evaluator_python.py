"""An evaluator that is a function somebody has installed: an entry point of the group `remit.evaluators`.

It is called in a thread with what was asked, answered and expected, and with the sources, each by its name.
It gives a number from 0 to 1, or `True` or `False`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from remit.adapters.installed_function import load_installed
from remit.decide.evaluation_case import Case

GROUP = "remit.evaluators"
SCORE_S = 60.0

Scores = Callable[..., float]


class PythonEvaluator:
    """Asks an installed function."""

    def __init__(self, name: str) -> None:
        self._apart, found = load_installed(GROUP, name, what="evaluator", code="evaluator-unusable")
        self._scores = cast(Scores, found)

    async def score(self, case: Case, answer: str) -> float:
        return await self._apart.run(partial(_said, self._scores, case, answer), within_s=SCORE_S)

    def close(self) -> None:
        self._apart.close()


def _said(scores: Scores, case: Case, answer: str) -> float:
    said: Any = scores(
        question=case.question, answer=answer, expected=case.expected, sources=list(case.sources)
    )
    if not isinstance(said, bool | int | float):
        raise TypeError
    value = float(said)
    if not 0 <= value <= 1:
        raise ValueError
    return value
