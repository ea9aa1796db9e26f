"""Credit for reuse: how many others a use case serves by what it stands on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from remit.decide.reuse import BlockUse
from remit.declare.version import family

EVERYWHERE = 2
"""A block that more than one in so many use cases uses says nothing about any of them."""


def reuse_credits(blocks: Iterable[BlockUse], *, use_cases: int) -> dict[str, int]:
    """Count for each use case the others that share one of its blocks, by declaration or by their calls.

    Versions of one block are one. Whoever is only allowed to call a block does not use it, and what nearly
    everybody uses is left out: to stand on the organisation's one model is no sign of reuse.
    """
    users: dict[str, set[str]] = defaultdict(set)
    for each in blocks:
        users[family(each.address)] |= {use.use_case for use in each.users if use.stage != "retired"}
    others: dict[str, set[str]] = defaultdict(set)
    for found in users.values():
        if len(found) * EVERYWHERE <= use_cases:
            for name in found:
                others[name] |= found
    return {name: len(found) - 1 for name, found in others.items()}


def shared_by(addresses: Mapping[str, object], blocks: Iterable[str]) -> tuple[str, ...]:
    """List which of some declared blocks a use case stands on; a name stands for any version of it."""
    listed = {*blocks, *(family(each) for each in blocks)}
    return tuple(sorted(each for each in addresses if each in listed or family(each) in listed))
