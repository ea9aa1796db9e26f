"""Check prompt caches: that cache points are set for models whose provider takes them, at known rates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.block import Block, ModelBlock
from remit.declare.fault import Fault
from remit.declare.price import Price
from remit.declare.prompt_cache import CachePoints
from remit.declare.provider import Provider
from remit.declare.scope import Scope, Spot
from remit.declare.use_case import UseCase
from remit.declare.version import family

TAKE_CACHE_POINTS = frozenset({"anthropic", "bedrock"})
"""Technologies whose formats have cache points in all places and for both times."""


def check_prompt_cache(scope: Scope) -> Iterator[Fault]:
    """Check for which models a use case has cache points set, and what that is charged."""
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    for name, case in cases.items():
        for address, points in case.prompt_cache.items():
            spot = scope.spot("use_cases", name).at("prompt_cache", address)
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
                yield from _of_model(spot, address, points)


def _of_model(spot: Spot, address: str, points: CachePoints) -> Iterator[Fault]:
    blocks: Mapping[str, Block] = spot.scope.sections["blocks"]
    for name, block in blocks.items():
        if not isinstance(block, ModelBlock) or address not in (name, family(name)):
            continue
        provider: Provider | None = spot.scope.sections["providers"].get(block.provider)
        if provider is not None and provider.technology not in TAKE_CACHE_POINTS:
            yield spot.fault(
                code="no-cache-points",
                summary=f"`{name}` is served by `{provider.technology}`, and cache points are set for"
                " `anthropic` and `bedrock` alone",
                help="take it out; where the server takes points all the same, callers may set their own",
                at="key",
            )
            return
        lacking = _lacking(block.prices, points)
        if lacking:
            yield spot.fault(
                code="cache-without-rates",
                summary=f"the newest price of `{name}` has no {' and no '.join(lacking)}",
                help="add what the provider asks; until then these tokens are held and charged at another"
                " rate than the cache's",
                severity="warning",
                at="key",
            )
            return


def _lacking(prices: tuple[Price, ...], points: CachePoints) -> list[str]:
    """Name the rates that cache points need and the newest price does not say."""
    if not prices:
        return []
    newest = max(prices, key=lambda price: price.starts)
    write = "cache_write_1h" if points.keep == "1h" else "cache_write"
    return [f"`{rate}`" for rate in (write, "cache_read") if getattr(newest, rate) is None]
