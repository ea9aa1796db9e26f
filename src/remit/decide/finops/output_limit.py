"""Output limits: how much of the longest answer that is held money for was ever written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import reduce

import numpy as np

from remit.decide.finops.draft import draft, money, share
from remit.decide.finops.saving import Edit, QualityShown, Saving
from remit.decide.finops.shown_quality import SAME
from remit.decide.finops.tariff import Tokens, as_charged, cost_by_day, grouped_cost, tokens_of
from remit.decide.finops.workload import Rows, Workload
from remit.kernel.money import EXACT, ZERO

TAIL = 0.99
"""The limit that is tried beside the longest answer cuts one answer in a hundred."""

STEP = 64
"""Limits are rounded up to a multiple of this many tokens."""

CALLS_LEAST = 100
"""Of fewer calls, one in a hundred says nothing."""


def output_limits(work: Workload) -> Iterator[Saving]:
    """Say what two lower limits would do: one that cuts no answer that was given, and one that cuts the tail.

    The first saves no charge: it frees money that is held while calls run, so that the same budget admits
    more of them. The second also saves what the cut tokens were charged, at the price of answers that end
    early.
    """
    rows = np.flatnonzero(work.calls.output_tokens > 0)
    if len(rows) < CALLS_LEAST:
        return
    wrote, most = work.calls.output_tokens[rows], work.calls.output_tokens_max[rows]
    longest = _rounded(int(wrote.max()))
    tail = _rounded(int(np.quantile(wrote, TAIL, method="lower")))
    if longest < int(most.max()):
        yield _limit(work, rows, longest, subject="longest")
    if tail < min(longest, int(most.max())):
        yield _limit(work, rows, tail, subject="tail")


def _rounded(tokens: int) -> int:
    return -(-tokens // STEP) * STEP


def _limit(work: Workload, rows: Rows, limit: int, *, subject: str) -> Saving:
    tokens, tariff = tokens_of(work, rows), as_charged(work, rows)
    kept = Tokens(
        tokens.input,
        tokens.cache_read,
        tokens.cache_write,
        tokens.cache_write_1h,
        np.minimum(tokens.output, limit),
    )
    begun = draft(
        work,
        "output-limit",
        subject=subject,
        calls=len(rows),
        was=cost_by_day(work, rows, tariff),
        would=cost_by_day(work, rows, tariff, kept),
    )
    cut = int((tokens.output > limit).sum())
    held, would_hold = _held(work, rows, None), _held(work, rows, limit)
    freed = EXACT.subtract(held, would_hold)
    return replace(
        begun,
        summary=f"limit answers to {limit:,} tokens: {share(freed, held)} less is held for output while calls"
        f" run, and {money(work, EXACT.subtract(begun.charged, begun.would))} less is charged",
        quality=_cuts(cut, len(rows)) if cut else SAME,
        risks=(
            f"{cut:,} of {len(rows):,} answers would have ended early, with `length` as their stop reason"
            if cut
            else "an answer longer than any so far would end early",
        ),
        edits=(_edit(work, rows, limit),),
        basis=f"charges fall by the cut tokens alone, what is held comes back with each call; {begun.basis}",
        figures={
            "limit": f"{limit:,}",
            "longest answer": f"{int(tokens.output.max()):,}",
            "held for output": money(work, held),
            "would be held": money(work, would_hold),
            "answers cut": f"{cut:,} ({share(cut, len(rows))})",
        },
    )


def _cuts(cut: int, calls: int) -> QualityShown:
    return QualityShown(
        "unknown", says=f"{share(cut, calls)} of answers would be cut, and nothing shows which may be"
    )


def _edit(work: Workload, rows: Rows, limit: int) -> Edit:
    """Limit the prompt where all calls came by one; else the use case's own layer of its remit."""
    codes = np.unique(work.calls.codes["prompt"][rows])
    name = work.calls.names["prompt"][codes[0]] if len(codes) == 1 else ""
    if name in work.model.blocks and "@" not in name:
        return Edit(name, "parameters.output_tokens_max", limit)
    return Edit(f"use-case/{work.use_case}", "remit.output_tokens_max", limit)


def _held(work: Workload, rows: Rows, limit: int | None) -> Decimal:
    """Sum up what was held for the longest answers of all calls, one after the other."""
    most = work.calls.output_tokens_max[rows]
    output = most if limit is None else np.minimum(most, limit)
    none, rates = np.zeros(len(rows), np.int64), work.calls.rate_list
    held = grouped_cost(
        work.calls.rates[rows].astype(np.int64), Tokens(none, none, none, none, output), rates
    )
    return reduce(EXACT.add, held.values(), ZERO)
