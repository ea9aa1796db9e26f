"""The priority tier: what faster answers cost, held against what late ones do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from remit.decide.confidence import wilson
from remit.decide.finops.draft import CALLS_OF, draft, money, of_all, served_in, share
from remit.decide.finops.pace import MONTH_DAYS
from remit.decide.finops.saving import BreakEven, Saving
from remit.decide.finops.shown_quality import SAME
from remit.decide.finops.tariff import ROUNDED, as_charged, at_model, cost_by_day, near
from remit.decide.finops.workload import Rows, Workload
from remit.declare.block import ModelBlock
from remit.declare.price import DEFAULT_TIERS
from remit.kernel.money import EXACT, ZERO

CALLS_LEAST = 100
"""Of fewer calls in the priority tier, their share that is late says too little."""


@dataclass(frozen=True, slots=True)
class Spared:
    """Of each call, how much of a late answer the priority tier spares, within `low` to `high`.

    It is measured where calls were served in both tiers; else it may be anything from none of it to all.
    """

    likely: float
    low: float
    high: float
    measured: bool


def priority(work: Workload) -> Iterator[Saving]:
    """Say for each model whose answers were late whether serving them faster would be worth its price.

    Late is what took longer than the use case declares. Where it declares no cost of a late answer, faster
    service is never worth its price.
    """
    within_s = work.economy.answers_within_seconds
    if within_s is None:
        return
    for name in work.found("model"):
        block = work.model.model(name)
        if block is not None:
            yield from _saving(work, name, block, within_ms=within_s * 1_000)


def _saving(work: Workload, name: str, block: ModelBlock, *, within_ms: int) -> Iterator[Saving]:
    calls, rows = work.calls, work.where("model", name)
    rows = rows[~calls.batch[rows] & ~calls.failed[rows]]
    tiers = np.array([_kind(tier) for tier in calls.names["tier"]])[calls.codes["tier"][rows]]
    usual, faster = rows[tiers == ""], rows[tiers == "priority"]
    late = int((calls.latency_ms[usual] > within_ms).sum())
    tariff = at_model(work, usual, block, tier="priority")
    if tariff is None or not late:
        return
    begun = draft(
        work,
        "priority",
        subject=name.partition("/")[2],
        calls=len(usual),
        was=cost_by_day(work, usual, as_charged(work, usual)),
        would=cost_by_day(work, usual, tariff),
    )
    worth = work.economy.late_answer_costs
    each = ZERO if worth is None else worth.amount
    spared = _spared(work, usual, faster, within_ms=within_ms)
    a_month, low, high = (
        near(ROUNDED.add(begun.a_month, _month(work, len(usual), part, each)))
        for part in (spared.likely, spared.low, spared.high)
    )
    edits = served_in(work, name, block, tier="priority")
    premium = EXACT.subtract(begun.would, begun.charged)
    yield replace(
        begun,
        summary=f"serve `{name}` in the priority tier: {money(work, premium)} more, against"
        f" {late:,} late answers ({share(late, len(usual))})",
        a_month=a_month,
        low=low,
        high=high,
        quality=SAME,
        break_even=BreakEven(
            near(ROUNDED.divide(premium, Decimal(late))), each, f"{work.currency} for each late answer"
        ),
        risks=_risks(spared, declared=worth is not None),
        edits=edits,
        by_hand="" if edits else "ask for these calls with `service_tier: priority`",
        basis=_basis(spared, begun.basis),
        figures={
            CALLS_OF: name,
            "late answers": of_all(late, len(usual)),
            "late after": f"{within_ms:,} ms",
            "a late answer costs": money(work, each) if worth is not None else "not declared",
            "more is charged": money(work, premium),
        },
    )


def _kind(tier: str) -> str:
    return "" if tier in DEFAULT_TIERS else tier


def _month(work: Workload, calls: int, part: float, worth: Decimal) -> Decimal:
    """Say what is spared in 30 days, if so large a part of calls is late no longer."""
    of_all = ROUNDED.multiply(Decimal(repr(part)), Decimal(calls))
    return ROUNDED.divide(
        ROUNDED.multiply(ROUNDED.multiply(of_all, worth), Decimal(MONTH_DAYS)), Decimal(work.days)
    )


def _spared(work: Workload, usual: Rows, faster: Rows, *, within_ms: int) -> Spared:
    """Compare the shares of late calls of both tiers, by Newcombe's method 10 for independent shares."""
    late = [int((work.calls.latency_ms[rows] > within_ms).sum()) for rows in (usual, faster)]
    share_now = late[0] / len(usual)
    if len(faster) < CALLS_LEAST or len(usual) < CALLS_LEAST:
        return Spared(0.0, 0.0, share_now, measured=False)
    share_then = late[1] / len(faster)
    (low1, high1), (low2, high2) = wilson(late[0], len(usual)), wilson(late[1], len(faster))
    below = ((share_now - low1) ** 2 + (high2 - share_then) ** 2) ** 0.5
    above = ((high1 - share_now) ** 2 + (share_then - low2) ** 2) ** 0.5
    difference = share_now - share_then
    return Spared(difference, difference - below, difference + above, measured=True)


def _risks(spared: Spared, *, declared: bool) -> tuple[str, ...]:
    risks = []
    if not spared.measured:
        risks.append(
            "nothing is known of how many answers would be in time; serve a few hundred so and look again"
        )
    if not declared:
        risks.append(
            "what a late answer costs is not declared, so none is counted (`economy.late_answer_costs`)"
        )
    return tuple(risks)


def _basis(spared: Spared, pace: str) -> str:
    if spared.measured:
        return f"the share of late answers of calls in both tiers, with 95 % intervals; {pace}"
    return f"the tier's price alone, as too few calls were served in it; at best no answer is late; {pace}"
