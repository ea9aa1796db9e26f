"""A knowledge base that somebody names: found among what is declared, with what tells meaning in it."""

from __future__ import annotations

from datetime import datetime

from remit.declare.block import KnowledgeBlock
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.system import System
from remit.ports import Embedding


def address_of(name: str) -> str:
    """Write a knowledge base's name as an address.

    >>> address_of("policies"), address_of("knowledge/policies")
    ('knowledge/policies', 'knowledge/policies')
    """
    return name if name.startswith("knowledge/") else f"knowledge/{name}"


def require_knowledge(model: OperatingModel, name: str, now: datetime) -> tuple[str, KnowledgeBlock]:
    """Return a declared knowledge base by its exact address; raises NotFound if there is none."""
    day = now.astimezone(model.organisation.zone).date()
    address = model.meant(address_of(name), day)
    block = model.blocks.get(address) if address else None
    if address is None or not isinstance(block, KnowledgeBlock):
        known = [each for each, block in model.blocks.items() if isinstance(block, KnowledgeBlock)]
        raise NotFound(
            f"no knowledge base `{name[:80]}` is declared",
            help=did_you_mean(name, known, otherwise="declare it under `blocks:` as `knowledge/NAME`"),
            code="undeclared-block",
        )
    return address, block


def embedding_of(system: System, block: KnowledgeBlock) -> Embedding | None:
    """Return what tells meaning in a knowledge base; None where nothing does."""
    return None if block.embedding == "none" else system.make_embedding(block.embedding)
