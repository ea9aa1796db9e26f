"""The two answers that leaders ask for of a use case, with their figures, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from remit.cli.table import table
from remit.decide.finops.customisation import Customisation
from remit.decide.finops.speed_economy import SpeedEconomy
from remit.operations.advise_finops import Answers
from remit.report.written import short

WIDTH = 110


def wrapped(text: str) -> list[str]:
    """Break a sentence into lines, the first a little in, the others more."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def answers_text(found: Answers, currency: str) -> Iterator[str]:
    """Answer what level of customisation is warranted, and what speed costs."""
    yield "What level of customisation is warranted?"
    yield from wrapped(found.customisation.says)
    yield from _levels(found.customisation)
    yield ""
    yield "Speed against economy"
    yield from wrapped(found.speed.says)
    yield _ways(found.speed, currency)


def _levels(found: Customisation) -> Iterator[str]:
    for level in found.levels:
        cost = "" if level.a_month is None else f", {short(level.a_month)} a month"
        yield from wrapped(f"{level.name} ({level.verdict.replace('-', ' ')}{cost}): {level.why}")


def _ways(found: SpeedEconomy, currency: str) -> str:
    return table(
        ["model", "calls", f"a call, {currency}", "half within", "95 of 100", "passes", "better in all"],
        [
            [
                each.name,
                f"{each.calls:,}" if each.called else "not called",
                f"{each.per_call:.6f}",
                _ms(each.latency_ms_p50),
                _ms(each.latency_ms_p95),
                "" if each.share is None else f"{each.share:.0%} ({each.low:.0%}–{each.high:.0%})",
                ", ".join(each.dominated_by),
            ]
            for each in found.ways
        ],
        right=frozenset({1, 2, 3, 4}),
    )


def _ms(latency: int | None) -> str:
    return "" if latency is None else f"{latency:,} ms"
