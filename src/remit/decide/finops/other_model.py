"""Another model: what calls would have cost with another model that the remit allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from remit.decide.finops.draft import (
    CALLS_OF,
    ask_for_the_route,
    draft,
    money,
    of_all,
    share,
    through_a_route,
)
from remit.decide.finops.saving import QualityShown, Saving
from remit.decide.finops.shown_quality import beside, quality, token_ratios
from remit.decide.finops.tariff import (
    Tokens,
    as_charged,
    at_model,
    cost_by_day,
    grouped_cost,
    scaled,
    tokens_of,
    total,
)
from remit.decide.finops.workload import Rows, Workload
from remit.declare.block import ModelBlock, RouteCondition, RouteTarget
from remit.kernel.money import EXACT, ZERO

CANDIDATES_MAX = 5
"""How many of the cheapest models are looked at for each that is called, beside all that were evaluated."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another model for the calls of one that is called now.

    `rows` are the calls that fit into it, and `tokens` theirs as it would have counted them where that was
    `measured`. `was` and `would` are by day.
    """

    now: str
    other: str
    block: ModelBlock
    rows: Rows
    tokens: Tokens
    measured: bool
    was: tuple[Decimal, ...]
    would: tuple[Decimal, ...]

    @property
    def saves(self) -> bool:
        return total(list(self.would)) < total(list(self.was))


def model_savings(work: Workload, found: Candidate) -> Iterator[Saving]:
    """Say what the other model would have saved for all calls that fit into it, if anything."""
    if found.saves:
        yield _saving(work, found)


def candidates(work: Workload) -> Iterator[Candidate]:
    """Price the calls of each model as those of others that the remit allows, at their prices on the day.

    They are models of the same sort: those that write for those that write, and the others for the others.
    """
    for now in work.found("model"):
        present, rows = work.model.model(now), work.where("model", now)
        if present is None:
            continue
        alike = {
            address: block
            for address, block in work.allowed.items()
            if address != now and bool(block.output_tokens_max) == bool(present.output_tokens_max)
        }
        for other in _worth_a_look(work, now, rows, alike):
            found = _candidate(work, now, other, rows=rows, block=alike[other])
            if found is not None:
                yield found


def _worth_a_look(work: Workload, now: str, rows: Rows, alike: dict[str, ModelBlock]) -> list[str]:
    """Choose the models that were evaluated beside the present one, and the cheapest at today's rates."""
    tokens, once = tokens_of(work, rows), np.zeros(len(rows), np.int64)
    costs = {}
    for address, block in alike.items():
        price = block.price_at(work.until)
        if price is not None:
            costs[address] = grouped_cost(once, tokens, (price.rates,)).get(0, ZERO)
    cheapest = sorted(costs, key=lambda address: (costs[address], address))[:CANDIDATES_MAX]
    evaluated = [each for each in costs if each not in cheapest and beside(work.tried, now, each)]
    return cheapest + evaluated


def _candidate(work: Workload, now: str, other: str, *, rows: Rows, block: ModelBlock) -> Candidate | None:
    fitting = work.fitting(rows, block)
    tariff = at_model(work, fitting, block)
    if tariff is None or not len(fitting):
        return None
    tokens, ratios = tokens_of(work, fitting), token_ratios(work, now, other)
    if ratios is not None:
        tokens = scaled(tokens, read=ratios[0], write=ratios[1])
    return Candidate(
        now,
        other,
        block,
        fitting,
        tokens,
        ratios is not None,
        tuple(cost_by_day(work, fitting, as_charged(work, fitting))),
        tuple(cost_by_day(work, fitting, tariff, tokens)),
    )


def _saving(work: Workload, found: Candidate) -> Saving:
    begun = draft(
        work,
        "model",
        subject=f"{_name(found.now)}-to-{_name(found.other)}",
        calls=len(found.rows),
        was=found.was,
        would=found.would,
    )
    when = RouteCondition(use_cases=(work.use_case,))
    targets = [RouteTarget(to=found.other, when=when), RouteTarget(to=found.now, when=when)]
    shown = quality(work, found.now, found.other)
    return replace(
        begun,
        summary=f"call `{found.other}` in place of `{found.now}`: "
        f"{money(work, begun.would)} instead of {money(work, begun.charged)} for the same calls",
        quality=shown,
        risks=risks_of(work, found, shown),
        edits=(through_a_route(work, targets),),
        by_hand=ask_for_the_route(work),
        basis=f"each call at the price of its day, tokens {tokens_said(found)}; {begun.basis}",
        figures={
            CALLS_OF: found.now,
            "calls that fit": of_all(len(found.rows), len(work.where("model", found.now))),
            "share saved": share(EXACT.subtract(begun.charged, begun.would), begun.charged),
        },
    )


def tokens_said(found: Candidate) -> str:
    return (
        "as the evaluation counted them for both models"
        if found.measured
        else "as the present model counted them"
    )


def risks_of(work: Workload, found: Candidate, shown: QualityShown) -> tuple[str, ...]:
    """Say what may turn out otherwise with another model."""
    risks = []
    if shown.verdict != "not-worse":
        risks.append(f"quality: {shown.says}")
    if not found.measured:
        risks.append(
            "another model may count and write more tokens for the same text; no evaluation measured it"
        )
    now = work.model.model(found.now)
    if now is not None and now.provider != found.block.provider:
        risks.append(f"data would go to provider `{found.block.provider}` instead of `{now.provider}`")
    if work.calls.cache_read_tokens[found.rows].any():
        risks.append("what a prompt cache serves there may differ; it was taken to be as much as here")
    return tuple(risks)


def _name(address: str) -> str:
    return address.partition("/")[2]
