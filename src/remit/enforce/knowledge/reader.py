"""Reader: who searches a knowledge base, and what of it that lets be seen.

Who reads is worked out from the key and the declarations, and never from anything that a caller says.
"""

from __future__ import annotations

from dataclasses import dataclass

from remit.declare.block import KnowledgeBlock
from remit.declare.declared import DATA_CLASSES, DataClass
from remit.declare.operating_model import OperatingModel
from remit.declare.version import covers
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.remit import Remit

ALL = "all"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: `names` are all that access lists may call it, and `data_class_max` what it may see."""

    names: frozenset[str]
    data_class_max: DataClass

    def sees(self, readers: tuple[str, ...], data_class: DataClass) -> bool:
        """Say whether it may see what is meant for some readers and is so sensitive.

        An empty access list is nobody's.
        """
        return not self.names.isdisjoint(readers) and DATA_CLASSES.index(data_class) <= DATA_CLASSES.index(
            self.data_class_max
        )


def reader_of(model: OperatingModel, block: KnowledgeBlock, remit: Remit, *, agent: str = "") -> Reader:
    """Work out who reads: the use case, its units, its agent, and groups of these."""
    own = {ALL, f"use-case/{remit.use_case}"}
    at: str | None = remit.unit
    while at is not None and f"unit/{at}" not in own and at in model.units:
        own.add(f"unit/{at}")
        at = model.units[at].parent
    if agent:
        own.add(f"agent/{agent}")
    groups = {f"group/{name}" for name, members in block.groups.items() if not own.isdisjoint(members)}
    most = remit.data_class
    if remit.data_class_max is not None:
        most = min(most, remit.data_class_max, key=DATA_CLASSES.index)
    return Reader(frozenset(own | groups), most)


def admits(model: OperatingModel, address: str, remit: Remit, *, usable: bool, agent: str = "") -> Decision:
    """Decide whether a use case may search a knowledge base at all.

    `address` is exact, and `usable` says whether the block's life allows it today. One that is not declared,
    and one that the use case may not know of, are answered alike.
    """
    block = model.blocks.get(address)
    case = model.use_cases[remit.use_case]
    layer, who = f"use-case/{remit.use_case}", case.owner or model.organisation.contact
    if not isinstance(block, KnowledgeBlock) or not any(covers(name, address) for name in case.blocks):
        return deny(
            "knowledge-not-allowed",
            f"use case `{remit.use_case}` names no knowledge base `{address[:80]}`",
            help=f"add it to the use case's `blocks`, or ask {who}",
            layer=layer,
            owner=who,
        )
    owner = block.owner or model.organisation.contact
    if not usable:
        return deny(
            "knowledge-not-approved",
            f"knowledge base `{address}` {block.state}",
            help=f"ask {owner}",
            layer=address,
            owner=owner,
        )
    if not block.readers:
        return ALLOW
    if reader_of(model, block, remit, agent=agent).names.isdisjoint(block.readers):
        return deny(
            "knowledge-not-allowed",
            f"use case `{remit.use_case}` is none of the readers of `{address}`",
            help=f"ask {owner} to add it to `readers`",
            layer=address,
            owner=owner,
        )
    return ALLOW
