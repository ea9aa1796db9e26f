"""Check service tiers: that calls are made in one for models whose provider has it, at known rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.block import Block, ModelBlock
from remit.declare.fault import Fault
from remit.declare.provider import Provider
from remit.declare.scope import Scope, Spot
from remit.declare.use_case import ServedIn, UseCase
from remit.declare.version import family

TAKE_TIERS = frozenset({"openai", "bedrock"})
"""Technologies whose formats ask for a slower or a faster service by name."""


def check_service_tiers(scope: Scope) -> Iterator[Fault]:
    """Check for which models a use case has calls made in another tier, and what that is charged."""
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    for name, case in cases.items():
        for address, tier in case.service_tiers.items():
            spot = scope.spot("use_cases", name).at("service_tiers", address)
            if not address.startswith("model/"):
                yield spot.fault(
                    code="not-a-model",
                    summary=f"`{address}` is not a model",
                    help="name a block whose address begins with `model/`",
                    at="key",
                )
            elif not scope.has("blocks", address):
                yield spot.undeclared(target=address, code="undeclared-block")
            else:
                yield from _of_model(spot, address, tier)


def _of_model(spot: Spot, address: str, tier: ServedIn) -> Iterator[Fault]:
    blocks: Mapping[str, Block] = spot.scope.sections["blocks"]
    for name, block in blocks.items():
        if not isinstance(block, ModelBlock) or address not in (name, family(name)):
            continue
        provider: Provider | None = spot.scope.sections["providers"].get(block.provider)
        if provider is not None and provider.technology not in TAKE_TIERS:
            yield spot.fault(
                code="no-service-tier",
                summary=f"`{name}` is served by `{provider.technology}`, which has no tier by name",
                help="take it out; calls are made in another tier with `openai` and `bedrock` alone",
                at="key",
            )
            return
        if block.prices and tier not in max(block.prices, key=lambda price: price.starts).tiers:
            yield spot.fault(
                code="tier-without-price",
                summary=f"the newest price of `{name}` has no rates for the service tier `{tier}`",
                help="add them under its `tiers:`; until then calls are made in the default tier",
                severity="warning",
                at="key",
            )
            return
