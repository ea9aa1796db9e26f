"""Batch and flexible tiers: what calls would have cost whose answers may wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.draft import CALLS_OF, draft, money, of_all, served_in, with_tier
from remit.decide.finops.saving import Edit, Saving
from remit.decide.finops.shown_quality import SAME
from remit.decide.finops.tariff import as_charged, at_model, cost_by_day
from remit.decide.finops.tier_rule import TierRule
from remit.decide.finops.workload import Rows, Workload
from remit.declare.block import ModelBlock
from remit.declare.check_batch import BATCH_SERVICES
from remit.declare.price import DEFAULT_TIERS, Tier
from remit.enforce.batch import WINDOW

BY_HAND = "/by-hand"
"""What the subject of advice ends in that stands beside one of the same model which can be declared."""

_WINDOW_S = int(WINDOW.total_seconds())

WITHIN_S: dict[Tier, int] = {"batch": _WINDOW_S, "flex": 900}
"""Within how long providers answer in a tier, or advise to wait, where no rule says it."""


@dataclass(frozen=True, slots=True)
class Patient:
    """Calls that can wait as long as a tier may take.

    `in_batches` of them came in a batch, so within 24 hours of its arrival by what was asked. `declared` are
    single calls that were not streamed, of a use case that declares how long its answers may take. Of these,
    calls that arrive within `collect_s` go together, so that even the first is answered in time.
    """

    rows: Rows
    in_batches: int
    declared: int
    collect_s: int


def waiting(work: Workload) -> Iterator[Saving]:
    """Price calls that can wait at the rates of tiers for which they would have."""
    tiers: tuple[Tier, ...] = ("batch", "flex")
    for tier in tiers:
        for name in work.found("model"):
            block = work.model.model(name)
            if block is not None and block.output_tokens_max:
                yield from _saving(work, tier, name, block=block)


def patient(work: Workload, rows: Rows, *, within_s: int, calls_min: int = 1) -> Patient:
    """Find the calls that can wait so long: from when they arrive to when their answer is due.

    Those of batches are due a day after they came. For single calls the time that is left between their own
    deadline and what the tier takes is for collecting; a batch that would have fewer calls than the least is
    not sent, and its calls stay as they are.
    """
    calls = work.calls
    default = _by_default(work)[calls.codes["tier"][rows]]
    batched = rows[calls.batch[rows] & default & (within_s <= _WINDOW_S)]
    if len(batched) < calls_min:
        batched = batched[:0]
    declared = work.economy.answers_within_seconds
    if declared is None or declared < within_s:
        return Patient(batched, len(batched), 0, 0)
    single = rows[~calls.batch[rows] & ~calls.streamed[rows] & default]
    collect_s = declared - within_s
    if calls_min > 1:
        _, place, size = np.unique(
            calls.began_ms[single] // max(1, collect_s * 1_000), return_inverse=True, return_counts=True
        )
        single = single[size[place] >= calls_min]
    return Patient(np.sort(np.concatenate((batched, single))), len(batched), len(single), collect_s)


def _by_default(work: Workload) -> NDArray[np.bool_]:
    """Say of each name of a tier whether it is the one that calls are served in by default."""
    return np.array([name in DEFAULT_TIERS for name in work.calls.names["tier"]], np.bool_)


def _saving(work: Workload, tier: Tier, name: str, *, block: ModelBlock) -> Iterator[Saving]:
    rows = work.where("model", name)
    rule = work.tiers.of(work.model.providers[block.provider].technology, tier, work.until)
    within_s = WITHIN_S[tier] if rule is None else rule.answers_within_seconds
    found = patient(work, rows, within_s=within_s, calls_min=1 if rule is None else rule.calls_min)
    one = _Waiting(work, tier, name, block, rule, within_s)
    if tier != "batch" or not may_send(work, block):
        yield from _of(one, found, edits=_edits(work, tier, name, block=block, rule=rule))
        return
    came, alone = apart(work, found)
    edits = _edits(work, tier, name, block=block, rule=rule)
    if edits:
        yield from _of(one, came, edits=edits)
    yield from _of(one, alone, apart=BY_HAND if len(came.rows) and edits else "")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Calls of one model that may wait, and the tier for which they would have."""

    work: Workload
    tier: Tier
    name: str
    block: ModelBlock
    rule: TierRule | None
    within_s: int


def may_send(work: Workload, block: ModelBlock) -> bool:
    """Say whether lines of batches can be sent to the batch service of a model's provider."""
    return work.model.providers[block.provider].technology in BATCH_SERVICES


def apart(work: Workload, found: Patient) -> tuple[Patient, Patient]:
    """Tell calls that came in batches, which a declaration sends elsewhere, from those that came alone."""
    batched = work.calls.batch[found.rows]
    return (
        replace(found, rows=found.rows[batched], declared=0, collect_s=0),
        replace(found, rows=found.rows[~batched], in_batches=0),
    )


def _of(one: _Waiting, found: Patient, *, edits: tuple[Edit, ...] = (), apart: str = "") -> Iterator[Saving]:
    """Say what some of these calls would have saved, if they had."""
    work, tier, name, block, rule = one.work, one.tier, one.name, one.block, one.rule
    tariff = at_model(work, found.rows, block, tier=tier)
    if tariff is None or not len(found.rows):
        return
    begun = draft(
        work,
        tier,
        subject=name.partition("/")[2] + apart,
        calls=len(found.rows),
        was=cost_by_day(work, found.rows, as_charged(work, found.rows)),
        would=cost_by_day(work, found.rows, tariff),
    )
    if begun.would >= begun.charged:
        return
    yield replace(
        begun,
        summary=f"let {len(found.rows):,} calls of `{name}` wait in the {tier} tier:"
        f" {money(work, begun.would)} instead of {money(work, begun.charged)}",
        quality=SAME,
        risks=_RISKS[tier],
        edits=edits,
        by_hand=_by_hand(tier, sends=may_send(work, block), edits=edits),
        basis=f"each call at the tier's rates on its day; {begun.basis}",
        figures={
            CALLS_OF: name,
            "calls that can wait": of_all(len(found.rows), len(work.where("model", name))),
            "came in batches": f"{found.in_batches:,}",
            "by what the use case declares": f"{found.declared:,}",
            "answered within": _duration(one.within_s),
            "collected for": _duration(found.collect_s),
            "rates by": _source(work, tier, block, rule),
        },
    )


def _edits(
    work: Workload, tier: Tier, name: str, *, block: ModelBlock, rule: TierRule | None
) -> tuple[Edit, ...]:
    """Declare the rates of a tier, so that calls may ask for it, and that lines of batches are sent there."""
    price = block.price_at(work.until + timedelta(days=1))
    if price is None or (rule is None and tier not in price.tiers):
        return ()
    rates = () if rule is None else with_tier(work, name, block, tier=tier, factor=rule.factor)
    if tier == "batch" and may_send(work, block) and block.batch is None:
        return (*rates, Edit(name, "batch", "provider"))
    return (*rates, *served_in(work, name, block, tier=tier)) if tier == "flex" else ()


def _source(work: Workload, tier: Tier, block: ModelBlock, rule: TierRule | None) -> str:
    price = block.price_at(work.until)
    if rule is None or (price is not None and tier in price.tiers):
        return "the price's own tier"
    return f"{rule.source}, read {rule.verified}"


_RISKS = {
    "batch": (
        "an answer comes within a day and not at once; what is not done by then is not answered",
        "batches have no streaming, and with some providers no tools and no prompt cache",
    ),
    "flex": ("answers are slower, and are turned away when there is no room: try again, or by default",),
}


def _by_hand(tier: Tier, *, sends: bool, edits: tuple[Edit, ...]) -> str:
    """Say what callers do: how long a call can wait is known where it is made, and is said there."""
    if tier == "flex":
        if any(each.path.startswith("service_tiers.") for each in edits):
            return ""
        return "ask for these calls with `service_tier: flex`, and wait for up to 15 minutes"
    if edits:
        return "nothing: these calls come in batches, and the batches go on as they are"
    if sends:
        return "send them in batches, to a model whose batches go to its provider"
    return (
        "send these calls to the provider's own batches: lines of batches are sent on to `openai` and"
        " `anthropic` alone"
    )


def _duration(seconds: int) -> str:
    """Write a time in its largest whole unit.

    >>> _duration(86_400), _duration(5400), _duration(0)
    ('24 h', '90 min', '0 s')
    """
    for size, unit in ((3_600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size:,} {unit}"
    return f"{seconds:,} s"
