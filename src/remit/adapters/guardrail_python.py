"""A guardrail that is a function somebody has installed: an entry point of the group `remit.guardrails`.

It is called with one text, in a thread, and gives for each finding its type, where it begins and ends in
characters, and `low`, `medium` or `high`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from typing import Any, cast

from remit.adapters.apart import Apart
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.remark import Inquiry, Remark, remark
from remit.kernel.errors import JudgeFailed, RemitError

GROUP = "remit.guardrails"
FINDINGS_MAX = 1_000
_LOAD_S = 60.0

Finds = Callable[[str], Iterable[tuple[str, int, int, str]]]


class PythonJudge:
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
        self._finds = loading.result()

    async def judge(self, texts: Sequence[str], inquiry: Inquiry) -> Sequence[Sequence[Remark]]:
        return await self._apart.run(partial(_said, self._finds, texts), within_s=inquiry.timeout_s)

    async def close(self) -> None:
        self._apart.close()


def _loaded(point: EntryPoint) -> Finds:
    found = point.load()
    if not callable(found):
        raise TypeError
    return cast(Finds, found)


def _said(finds: Finds, texts: Sequence[str]) -> list[list[Remark]]:
    said = []
    for text in texts:
        found = list(islice(finds(text), FINDINGS_MAX + 1))
        if len(found) > FINDINGS_MAX:
            raise JudgeFailed(
                f"more than {FINDINGS_MAX:,} findings in a text", help="give one for each place"
            )
        said.append([_remark(*each) for each in found])
    return said


def _remark(type: Any, start: Any, end: Any, confidence: Any = "high") -> Remark:
    whole = isinstance(start, int) and isinstance(end, int)
    if not (isinstance(type, str) and whole and confidence in CONFIDENCES):
        raise TypeError
    return remark(type, start, end, confidence=cast(Confidence, confidence))


def _unusable(name: str, what: str) -> RemitError:
    return RemitError(
        f"the guardrail `{name}` {what}",
        help=f"install one package with an entry point `{name}` of the group `{GROUP}`",
        code="guardrail-unusable",
    )
