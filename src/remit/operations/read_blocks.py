"""Read how building blocks are used: all of them, or the blast radius of one."""

from __future__ import annotations

from datetime import timedelta

from remit.decide.reuse import as_counted
from remit.declare.operating_model import OperatingModel
from remit.operations.lookup import require_block
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.report.blocks import BlastRadius, BlockFacts, Blocks, blast_radius, blocks_report

DAYS = 31


def read_blocks(system: System) -> Blocks:
    """Build the report of all blocks from the roll-ups of the last 31 days."""
    _, model = model_in_force(system)
    return blocks_report(model, _facts(system, model))


def read_blast_radius(system: System, address: str) -> BlastRadius:
    """Say whom a change of a block touches; raises NotFound for one that is not declared.

    A name with versions stands for the one that it means today.
    """
    _, model = model_in_force(system)
    facts = _facts(system, model)
    return blast_radius(model, require_block(model, address, facts.today), facts)


def _facts(system: System, model: OperatingModel) -> BlockFacts:
    now = system.clock.now()
    since = now - timedelta(days=DAYS)
    store = system.store
    return BlockFacts(
        stages=store.stages(now),
        usage=[*as_counted(model, store.totals(since=since))],
        keys=tuple(store.keys().values()),
        since=since.astimezone(model.organisation.zone).date(),
        now=now,
        today=now.astimezone(model.organisation.zone).date(),
    )
