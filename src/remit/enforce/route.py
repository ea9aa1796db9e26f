"""Route: to which models a name leads on one call, and in which order they are tried.

A route gives no access: each target is admitted by itself, and again where a call falls back on it. What is
drawn, who draws and which targets rest come in as values, so that an order can be found again later.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.declare.block import RouteBlock, RouteCondition, RouteTarget
from remit.declare.declared import DataClass
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.version import family
from remit.enforce.decision import Decision, deny
from remit.enforce.remit import Names, Remit


@dataclass(frozen=True, slots=True)
class Asking:
    """What a route looks at in a call. `units` are the use case's own and all above it.

    `input_tokens` is the input's bound from above. `user` is empty where the caller names none.
    """

    use_case: str
    units: tuple[str, ...]
    stage: StageName
    data_class: DataClass
    regions: Names | None
    input_tokens: int = 0
    key: str = ""
    user: str = ""


def asking(
    model: OperatingModel, remit: Remit, *, input_tokens: int = 0, key: str = "", user: str = ""
) -> Asking:
    """Read off a remit, and off one call of it, what routes look at."""
    return Asking(
        use_case=remit.use_case,
        units=model.lineage(remit.unit),
        stage=remit.stage,
        data_class=remit.data_class,
        regions=remit.regions,
        input_tokens=input_tokens,
        key=key,
        user=user,
    )


def _stays_within(wanted: tuple[str, ...], asked: Asking) -> bool:
    return isinstance(asked.regions, frozenset) and bool(asked.regions) and asked.regions.issubset(wanted)


CONDITIONS: Mapping[str, Callable[[Any, Asking], bool]] = {
    "use_cases": lambda wanted, asked: asked.use_case in wanted,
    "units": lambda wanted, asked: not set(wanted).isdisjoint(asked.units),
    "stages": lambda wanted, asked: asked.stage in wanted,
    "data_classes": lambda wanted, asked: asked.data_class in wanted,
    "regions": _stays_within,
    "input_tokens_max": lambda most, asked: asked.input_tokens <= most,
}
"""How each condition of a target is held against a call."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a route leads a call: the models in the order to try, by the address that each is declared with.

    INVARIANT: no model stands in it twice, and every target that is not in it is in `left_out`, with why.
    `resting` are those of them that may be tried again in a while.
    """

    targets: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    resting: tuple[str, ...] = ()


def routed(
    address: str,
    route: RouteBlock,
    asked: Asking,
    *,
    names: Mapping[str, str],
    resting: Container[str] = (),
    draw: float,
    secret: bytes,
) -> Routed:
    """Find the order in which the targets of a route are tried.

    `names` says what names mean under the caller's remit; a target that they do not know lies outside of it.
    `draw` is from 0 up to, and not including, 1. `secret`, of at most 64 bytes, keeps others from finding out
    which name draws what.
    """
    found: dict[str, RouteTarget] = {}
    left_out: dict[str, str] = {}
    rest: list[str] = []
    for target in route.targets:
        exact = names.get(target.to)
        unmet = _unmet(target.when, asked)
        if exact is None:
            left_out[target.to] = "is outside the remit"
        elif unmet:
            left_out[exact] = f"is not for such calls (`{unmet}`)"
        elif exact in resting:
            left_out[exact] = "rests after faults"
            rest.append(exact)
        else:
            found.setdefault(exact, target)
    first = _first(address, route, asked, found, draw=draw, secret=secret) if route.is_weighted else None
    order = [first] if first is not None else []
    return Routed(
        targets=(*order, *(each for each in found if each != first)),
        left_out={each: why for each, why in left_out.items() if each not in found},
        resting=tuple(dict.fromkeys(rest)),
    )


def _unmet(when: RouteCondition | None, asked: Asking) -> str:
    """Name the first condition that a call does not meet; empty if it meets all."""
    for name, wanted in when.stated if when is not None else ():
        if not CONDITIONS[name](wanted, asked):
            return name
    return ""


def _first(
    address: str,
    route: RouteBlock,
    asked: Asking,
    found: Mapping[str, RouteTarget],
    *,
    draw: float,
    secret: bytes,
) -> str | None:
    """Draw one of the targets by weight; None where what is left weighs nothing."""
    weights = {exact: target.weight for exact, target in found.items() if target.weight}
    who: str = getattr(asked, route.sticky) if route.sticky is not None else ""
    if who:
        lots = {
            exact: _lot(f"{family(address)}\0{found[exact].to}\0{who}", weight, secret)
            for exact, weight in weights.items()
        }
        return max(lots, key=lots.__getitem__, default=None)
    total = sum(weights.values())
    at = min(int(draw * total), total - 1)
    for exact, weight in weights.items():
        if at < weight:
            return exact
        at -= weight
    return None


def _lot(name: str, weight: int, secret: bytes) -> float:
    """Draw the lot of one name at one target; the highest lot wins.

    Weighted rendezvous hashing by the logarithmic method (Schindelhauer and Schomaker, "Weighted Distributed
    Hash Tables", SPAA 2005): each target wins in proportion to its weight, and a change of one weight moves
    names only to that target or only away from it.
    """
    digest = hashlib.blake2b(name.encode(), key=secret, digest_size=8).digest()
    # 52 bits and a half: never 0 and never 1, of which there is no logarithm to divide by.
    even = ((int.from_bytes(digest, "big") >> 12) + 0.5) / (1 << 52)
    return weight / -math.log(even)


def leads_to(route: RouteBlock, asked: Asking, names: Mapping[str, str]) -> dict[str, int]:
    """Say which models a route can lead such calls to, each with its weight; 0 where it has none."""
    found: dict[str, int] = {}
    for target in route.targets:
        exact = names.get(target.to)
        if exact is not None and not _unmet(target.when, asked):
            found.setdefault(exact, target.weight or 0)
    return found


def show_targets(found: Mapping[str, int]) -> str:
    """Write where a route leads in one line, with the share of calls that each is tried first for.

    >>> show_targets({"model/large": 9, "model/small": 1}), show_targets({"model/large": 0, "model/b": 0})
    ('model/large (90 %), model/small (10 %)', 'model/large, then model/b')
    """
    total = sum(found.values())
    if not total:
        return ", then ".join(found)
    return ", ".join(f"{each} ({round(weight * 100 / total)} %)" for each, weight in found.items())


def nowhere(address: str, route: RouteBlock, found: Routed, *, administrator: str) -> Decision:
    """Refuse a call that a route leads to no model, and say of each target why."""
    name = address.partition("/")[2]
    why = "; ".join(f"`{each.partition('/')[2]}` {reason}" for each, reason in found.left_out.items())
    return deny(
        "route-leads-nowhere",
        f"`{name}` leads this call to no model",
        help=f"call a model of the remit by its own name, or ask the route's owner: {why}",
        layer=address,
        owner=route.owner or administrator,
    )


def rests(address: str, route: RouteBlock, wakes_in: float, *, administrator: str) -> Decision:
    """Refuse a call whose models all rest after faults, and say in how many seconds one may be asked."""
    return deny(
        "route-rests",
        f"every model that `{address.partition('/')[2]}` leads this call to rests after faults",
        help="try again later, or call a model of the remit by its own name",
        layer=address,
        owner=route.owner or administrator,
        retry_after=max(1, math.ceil(wakes_in)),
    )
