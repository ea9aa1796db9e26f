"""A guardrail that is a function somebody has installed: an entry point of the group `remit.guardrails`.

It is called with one text, in a thread, and gives for each finding its type, where it begins and ends in
characters, and `low`, `medium` or `high`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, cast

from remit.adapters.installed_function import load_installed
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.remark import Inquiry, Remark, remark
from remit.kernel.errors import JudgeFailed

GROUP = "remit.guardrails"
FINDINGS_MAX = 1_000

Finds = Callable[[str], Iterable[tuple[str, int, int, str]]]


class PythonJudge:
    """Asks an installed function."""

    def __init__(self, name: str) -> None:
        self._apart, found = load_installed(GROUP, name, what="guardrail", code="guardrail-unusable")
        self._finds = cast(Finds, found)

    async def judge(self, texts: Sequence[str], inquiry: Inquiry) -> Sequence[Sequence[Remark]]:
        return await self._apart.run(partial(_said, self._finds, texts), within_s=inquiry.timeout_s)

    async def close(self) -> None:
        self._apart.close()


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
