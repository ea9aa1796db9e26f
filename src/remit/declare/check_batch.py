"""Check batches: that a model whose lines go to its provider's batch service has one, and rates for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.block import Block, ModelBlock
from remit.declare.fault import Fault
from remit.declare.provider import Provider
from remit.declare.scope import Scope

BATCH_SERVICES = frozenset({"openai", "anthropic"})
"""Technologies whose batch service Remit speaks."""


def check_batch(scope: Scope) -> Iterator[Fault]:
    """Check where lines of batches are sent, and what that is charged."""
    blocks: Mapping[str, Block] = scope.sections["blocks"]
    for name, block in blocks.items():
        if not isinstance(block, ModelBlock) or block.batch is None:
            continue
        spot = scope.spot("blocks", name)
        provider: Provider | None = scope.sections["providers"].get(block.provider)
        if provider is not None and provider.technology not in BATCH_SERVICES:
            yield spot.fault(
                "batch",
                code="no-batch-service",
                summary=f"`{name}` is served by `{provider.technology}`, and batches are sent to `openai` and"
                " `anthropic` alone",
                help="take it out; its lines are then asked one by one",
            )
        newest = max(block.prices, key=lambda price: price.starts, default=None)
        if newest is not None and "batch" not in newest.tiers:
            yield spot.fault(
                "batch",
                code="batch-without-rates",
                summary=f"the newest price of `{name}` has no rates of the tier `batch`",
                help="write them under `tiers:`, such as `batch: {factor: 0.5}`",
            )
