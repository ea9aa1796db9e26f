"""Read the followers: how far each is behind what the store has taken in."""

from __future__ import annotations

from remit.operations.system import System
from remit.report.follower_lag import FollowerLag, lags


def read_followers(system: System) -> tuple[FollowerLag, ...]:
    """Compare every follower that was ever set up with the ledger as far as it is folded."""
    return lags(system.store.followers(), system.store.positions())
