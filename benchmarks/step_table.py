"""Where the time of a call goes: each step alone, all in turn without a server, and what the server adds."""

from __future__ import annotations

from collections.abc import Sequence

from remit.cli.table import table
from steps import Steps

STEPS = {
    "decode": "decode the body",
    "authenticate": "authenticate the key",
    "guard": "have a guardrail read an input that is new",
    "authorize": "decide and hold (1 append)",
    "ask": "ask the provider, read its answer",
    "pass_on": "pass on the pieces (marks: the other appends)",
    "settle": "settle: entry, post (1 append)",
    "write": "write the answer",
}


def step_table(
    kinds: Sequence[str],
    steps: Sequence[Steps],
    *,
    whole: Sequence[float],
    compared: Sequence[tuple[str, float]] = (),
) -> str:
    """Lay the steps out, in microseconds; `whole` is the processor time of a call of each kind."""
    # Folding is the portal's, in a process of its own, so it is no part of the whole.
    server = [all_ - each.together for all_, each in zip(whole, steps, strict=True)]
    figures: list[tuple[str, list[float]]] = [
        *((said, [getattr(each, name) for each in steps]) for name, said in STEPS.items()),
        ("sum", [sum(getattr(each, name) for name in STEPS) for each in steps]),
        ("these in turn, 32 calls at once", [each.together for each in steps]),
        ("the HTTP server (the rest)", server),
        ("CPU of a call at 32 connections", list(whole)),
        ("the portal folds it into the store, afterwards", [each.fold for each in steps]),
        *((said, [value] * len(steps)) for said, value in compared),
        ("for comparison: one append (a mark)", [each.one_append for each in steps]),
        ("for comparison: asking 10 policies", [each.ten_policies for each in steps]),
        ("for comparison: three rates, from asking to giving back", [each.three_rates for each in steps]),
    ]
    rows = [[said, *(f"{value:.1f}" for value in values)] for said, values in figures]
    rows.append(["appends to the journal in a call", *(str(each.appends) for each in steps)])
    headings = ["CPU µs of a call", *kinds]
    return table(headings, rows, right=frozenset(range(1, len(headings))))
