"""An evaluator that is a function somebody has installed: an entry point of the group `remit.evaluators`.

It is called in a thread with what was asked, answered and expected, and with the sources, each by its name.
It gives a number from 0 to 1, or `True` or `False`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from remit.adapters.apart import Apart
from remit.decide.evaluation_case import Case
from remit.kernel.errors import RemitError

GROUP = "remit.evaluators"
SCORE_S = 60.0
_LOAD_S = 60.0

Scores = Callable[..., float]


class PythonEvaluator:
    """Asks an installed function."""

    def __init__(self, name: str) -> None:
        found = tuple(entry_points(group=GROUP, name=name))
        if len(found) != 1:
            raise _unusable(name, "is not installed" if not found else "is installed by several packages")
        self._apart = Apart(name)
        loading = self._apart.submit(partial(_loaded, found[0]))
        fault = loading.exception(_LOAD_S)
        if fault is not None:
            raise _unusable(name, f"cannot be loaded (`{type(fault).__name__}`)")
        self._scores = loading.result()

    async def score(self, case: Case, answer: str) -> float:
        return await self._apart.run(partial(_said, self._scores, case, answer), within_s=SCORE_S)

    def close(self) -> None:
        self._apart.close()


def _loaded(point: EntryPoint) -> Scores:
    found = point.load()
    if not callable(found):
        raise TypeError
    return cast(Scores, found)


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


def _unusable(name: str, what: str) -> RemitError:
    return RemitError(
        f"the evaluator `{name[:80]}` {what}",
        help=f"install one package with an entry point `{name[:80]}` of the group `{GROUP}`",
        code="evaluator-unusable",
    )
