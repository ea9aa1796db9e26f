"""Model rules: whether a remit lets its use case call a model on a day, whatever is asked of it.

Calls are held to them, and plans tell by them what a change puts out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from remit.declare.block import Block, ModelBlock
from remit.declare.declared import DATA_CLASSES
from remit.declare.version import covers
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.remit import Layer, Remit
from remit.kernel.diagnostic import named
from remit.kernel.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Reach:
    """What the rules on one model look at, whatever is asked of it: a remit, the model, and the day."""

    remit: Remit
    address: str
    block: ModelBlock | None
    day: date
    administrator: str


class Asked(Protocol):
    """What a refusal needs to say whose rule it is."""

    @property
    def remit(self) -> Remit: ...

    @property
    def administrator(self) -> str: ...


def _from(asked: Asked, field: str) -> tuple[str, str]:
    """Name the layer and the owner that a refusal on a field points to."""
    layer: Layer | None = asked.remit.decider(field)
    return (layer.address, layer.owner) if layer else ("organisation", asked.administrator)


def refuse(asked: Asked, field: str, rule: str, summary: str, help: str) -> Decision:
    layer, owner = _from(asked, field)
    return deny(rule, summary, help=help, layer=layer, owner=owner)


def may_call(reach: Reach) -> Decision:
    """Decide whether a remit lets its use case call a model on a day: the first of `MODEL_RULES` to refuse.

    Calls are held to it, and plans tell by it what a change puts out of reach.
    """
    for rule in MODEL_RULES:
        decision = rule(reach)
        if decision.effect == "deny":
            return decision
    return ALLOW


def _model_is_allowed(reach: Reach) -> Decision:
    remit, wanted = reach.remit, reach.address
    allowed = remit.models if isinstance(remit.models, frozenset) else frozenset()
    if covers(allowed, wanted) and reach.block is not None:
        return ALLOW
    names = ", ".join(f"`{address.partition('/')[2]}`" for address in sorted(allowed)) or "none"
    name = wanted.partition("/")[2]
    help = did_you_mean(
        name,
        (address.partition("/")[2] for address in allowed),
        otherwise=f"allowed are {names}; ask the owner to add it to `models`",
    )
    summary = f"model {named(name)} is outside the remit of `{remit.use_case}` at stage `{remit.stage}`"
    return refuse(reach, "models", "model-outside-remit", summary, help)


def _block_is_usable(reach: Reach) -> Decision:
    assert reach.block is not None
    return may_use(reach.address, reach.block, reach.day, administrator=reach.administrator)


def may_use(address: str, block: Block, day: date, *, administrator: str) -> Decision:
    """Decide whether a model or a route is in a state to be used on a day."""
    if block.is_usable(day):
        return ALLOW
    state = f"is {block.status.replace('_', ' ')}"
    if block.status == "deprecated":
        state = f"was deprecated, and {block.last_day} was its last day"
    return deny(
        "block-not-approved",
        f"`{address}` {state}",
        help="use another model of the remit, or ask the model's owner to have it approved",
        layer=address,
        owner=block.owner or administrator,
    )


def _place_is_allowed(reach: Reach) -> Decision:
    """Ask where the model handles data, and by which connection; what it does not say counts as wrong."""
    remit, block, address = reach.remit, reach.block, reach.address
    assert block is not None
    if isinstance(remit.regions, frozenset) and not (
        block.regions and remit.regions.issuperset(block.regions)
    ):
        where = ", ".join(block.regions) or "a place that its declaration does not name"
        allowed = ", ".join(sorted(remit.regions)) or "no region"
        summary = f"`{address}` handles data in {where}; the remit allows {allowed}"
        return refuse(reach, "regions", "region-outside-remit", summary, "use a model within these regions")
    if remit.private_connection and not block.private_connection:
        summary = f"`{address}` is not reached by a private connection, which the remit asks for"
        help = "use a model with `private_connection: true`"
        return refuse(reach, "private_connection", "connection-not-private", summary, help)
    return ALLOW


def _data_is_allowed(reach: Reach) -> Decision:
    remit, block = reach.remit, reach.block
    assert block is not None
    level = DATA_CLASSES.index(remit.data_class)
    if remit.data_class_max is not None and level > DATA_CLASSES.index(remit.data_class_max):
        summary = (
            f"`{remit.use_case}` handles {remit.data_class} data; its remit ends at {remit.data_class_max}"
        )
        help = "ask the owner to raise `data_class_max`, or keep such data out of the use case"
        return refuse(reach, "data_class_max", "data-class-too-high", summary, help)
    if level > DATA_CLASSES.index(block.data_class_max):
        summary = f"`{reach.address}` is approved for {block.data_class_max} data, not {remit.data_class}"
        help = "use a model that is approved for it, or ask the model's owner"
        owner = block.owner or reach.administrator
        return deny("data-class-too-high", summary, help=help, layer=reach.address, owner=owner)
    return ALLOW


def _price_is_known(reach: Reach) -> Decision:
    # An unknown price is never zero: a budget that cannot be charged cannot hold.
    block = reach.block
    assert block is not None
    if block.price_at(reach.day) is not None:
        return ALLOW
    return deny(
        "model-without-price",
        f"`{reach.address}` has no price in force today",
        help="declare one under the model's `prices`; a free model says so with rates of 0",
        layer=reach.address,
        owner=block.owner or reach.administrator,
    )


MODEL_RULES: tuple[Callable[[Reach], Decision], ...] = (
    _model_is_allowed,
    _block_is_usable,
    _place_is_allowed,
    _data_is_allowed,
    _price_is_known,
)
