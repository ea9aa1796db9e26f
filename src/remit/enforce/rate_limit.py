"""A rate limit: how much of something a pool lets through at a time, as layers of a remit state it."""

from __future__ import annotations

from dataclasses import dataclass

from remit.declare.remit_layer import PoolLimits, listed
from remit.enforce.pool import Each, each_said, id_of, pool_of


@dataclass(frozen=True, slots=True, order=True)
class RateLimit:
    """A limit that covers the use case. With `each`, every key or agent in the pool has it for itself."""

    pool: str
    each: Each
    limit: int
    owner: str

    @property
    def id(self) -> str:
        return id_of(self.pool, self.each)

    @property
    def each_said(self) -> str:
        return each_said(self.each)


def meet_limits(one: tuple[RateLimit, ...], other: tuple[RateLimit, ...]) -> tuple[RateLimit, ...]:
    """All limits hold at once; of two that are the same one, the lower."""
    found: dict[str, RateLimit] = {}
    for limit in sorted((*one, *other)):
        found.setdefault(limit.id, limit)
    return tuple(sorted(found.values()))


def stated_limits(layer: str, owner: str, limits: PoolLimits, use_case: str) -> tuple[RateLimit, ...]:
    """Read off what a layer limits for a use case; no limit stands for `unlimited`."""
    found = (
        RateLimit(*pool_of(layer, declared.each, use_case), declared.limit, owner)
        for declared in listed(limits)
    )
    return tuple(sorted(found))
