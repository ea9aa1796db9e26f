"""The operating model in force, as it was applied last."""

from __future__ import annotations

from functools import lru_cache

from remit.declare.operating_model import OperatingModel, decode_model
from remit.kernel.errors import NotFound
from remit.operations.system import System
from remit.ports import Store

REASON_MAX = 2_000


def current_model(system: System) -> tuple[int, OperatingModel] | None:
    """Return the version in force and its content, or None before the first apply."""
    applied = system.store.applied()
    if applied is None:
        return None
    return applied.model_version, _read_model(system.store, applied.digest)  # type: ignore[arg-type]  # stores are told apart by identity


@lru_cache(maxsize=4)
def _read_model(store: Store, digest: str) -> OperatingModel:
    """Read a stored model; it never changes under its digest, and a large one takes 0.2 s to read."""
    return decode_model(store.text(digest))


def model_in_force(system: System) -> tuple[int, OperatingModel]:
    """Return the version in force and its content; raises NotFound before the first apply."""
    current = current_model(system)
    if current is None:
        raise NotFound(
            "no operating model has been applied",
            help="run `remit init DIR` and `remit apply DIR` first",
            code="no-operating-model",
        )
    return current
