"""Block requests: what has to change so that a use case stands on a block, and who answers for that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from remit.decide.more import layer_at, put_layer, role_of
from remit.declare.block import Block
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import RemitLayer, ToolLimits
from remit.declare.version import covers, family
from remit.enforce.remit import Layer, Remit
from remit.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class BlockRequest:
    """A block that is asked for. `lists` is that the use case will name it among its blocks.

    `address` is its name where that means this version today, so that a newer one comes by itself. `layers`
    are those that leave it out and have to allow it. Everybody of `roles` must agree: the block's owner, or
    the centre where it has none, and who answers for each layer.
    """

    address: str
    use_case: str
    lists: bool
    layers: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def changes(self) -> tuple[str, ...]:
        own = (f"blocks of use-case/{self.use_case}",) if self.lists else ()
        return (*own, *self.layers)


def block_request(
    model: OperatingModel, remit: Remit, address: str, *, author: str, day: date
) -> BlockRequest:
    """Work out what a declared block's use takes.

    Where another than the owner of the use case asks, the lead of its unit must agree as well. Raises
    Conflict for a block that nobody may use, and for one that the use case stands on already.
    """
    block, name = model.blocks[address], remit.use_case
    if not block.is_usable(day):
        raise Conflict(
            f"`{address}` {block.state}", help="ask for another of its kind, or its owner to approve it"
        )
    case = model.use_cases[name]
    lists = not covers(case.blocks, address)
    layers = _leaving_out(remit, address)
    if not lists and not layers:
        raise Conflict(
            f"`{name}` stands on `{address}` already", help="its page shows what it may do with it"
        )
    roles = [_owner_of(block, address)]
    # Whoever owns the use case asks for themselves, and nobody agrees to what they ask for.
    roles += [role_of(each) for each in layers if each != f"use-case/{name}"]
    if author != model.owner_of(name):
        roles.append(f"unit-lead/{name}")
    named = family(address)
    stands_for = named if model.meant(named, day) == address else address
    return BlockRequest(stands_for, name, lists, layers, tuple(dict.fromkeys(roles)))


def _owner_of(block: Block, address: str) -> str:
    return f"block-owner/{address}" if block.owner else "centre"


def _leaving_out(remit: Remit, address: str) -> tuple[str, ...]:
    """List the layers that a block of its kind must be named in, and is not."""
    kind = address.partition("/")[0]
    if kind == "model":
        return tuple(
            each.address for each in _with(remit, "models") if not _names(each.declared.models, address)
        )
    if kind == "tool":
        return tuple(
            each.address for each in _with(remit, "tools") if not _names(each.declared.tools, address)
        )
    if kind == "guardrail" and not covers(tuple(remit.guardrails or ()), address):
        return (f"use-case/{remit.use_case}",)
    return ()


def _with(remit: Remit, field: str) -> tuple[Layer, ...]:
    return tuple(remit.decided.get(field, ()))


def _names(value: Any, address: str) -> bool:
    return value is None or isinstance(value, str) or covers(tuple(value), address)


def with_block(model: OperatingModel, asked: BlockRequest) -> OperatingModel:
    """Write down the model in which it is granted."""
    for address in asked.layers:
        model = put_layer(model, address, _allowing(layer_at(model, address), asked.address))
    if not asked.lists:
        return model
    case = model.use_cases[asked.use_case]
    listed = case.model_copy(update={"blocks": _and(case.blocks, asked.address)})
    return model.model_copy(update={"use_cases": {**model.use_cases, asked.use_case: listed}})


def _and(names: tuple[str, ...], address: str) -> tuple[str, ...]:
    """Add an address to names; one without a version takes the place of versions that it covers."""
    return (*(each for each in names if family(each) != address), address)


def _allowing(layer: RemitLayer, address: str) -> RemitLayer:
    kind = address.partition("/")[0]
    if kind == "model":
        models = layer.models if isinstance(layer.models, tuple) else ()
        return layer.model_copy(update={"models": _and(models, address)})
    if kind == "tool":
        tools = {} if layer.tools is None or isinstance(layer.tools, str) else dict(layer.tools)
        return layer.model_copy(update={"tools": {**tools, address: ToolLimits()}})
    return layer.model_copy(update={"guardrails": {**(layer.guardrails or {}), address: {}}})
