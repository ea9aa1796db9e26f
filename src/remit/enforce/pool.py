"""A pool: what a layer's limit of money, calls or tokens is counted in, and who has it for itself."""

from __future__ import annotations

from typing import Literal

from remit.declare.remit_layer import Share

Each = Literal["", "key", "agent"]
"""Who has a limit for itself within its pool; nobody if it is empty."""


def pool_of(layer: str, each: Share | None, use_case: str) -> tuple[str, Each]:
    """Name the pool of a layer's limit, and who has the limit for itself within it.

    A limit of the organisation or a unit is one pool for all below it, unless it is for each use case; a
    stage's limit always is.

    >>> pool_of("unit/claims", "key", "triage"), pool_of("stage/launch", None, "triage")
    (('unit/claims', 'key'), ('stage/launch:use-case/triage', ''))
    """
    kind = layer.partition("/")[0]
    singly = kind == "stage" or (each == "use_case" and kind != "use-case")
    pool = f"{layer}:use-case/{use_case}" if singly else layer
    return pool, "" if each is None or each == "use_case" else each


def is_one_use_cases(pool: str) -> bool:
    """Say whether a layer has a pool like this for each use case."""
    return ":use-case/" in pool


def layer_of(pool: str) -> str:
    """Name the layer that a pool belongs to."""
    return pool.partition(":")[0]


def id_of(pool: str, each: Each) -> str:
    """Tell a limit from the others of its pool."""
    return f"{pool}:each-{each}" if each else pool


def each_said(each: Each) -> str:
    return f" for each {each}" if each else ""


def holder(each: Each, *, key: str, agent: str) -> str | None:
    """Name who has a limit for itself, empty if that is nobody; None if it does not cover the caller.

    A limit for each agent does not cover calls by keys that are bound to none.
    """
    if not each:
        return ""
    return (key if each == "key" else agent) or None
