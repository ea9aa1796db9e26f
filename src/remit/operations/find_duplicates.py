"""Find use cases that seem to do one job: among all that are declared, or for a text that someone brings."""

from __future__ import annotations

from dataclasses import dataclass

from remit.decide.duplicate import SCORE_MIN, Group, Near, Vectors, duplicates, similar
from remit.decide.likeness import Subject, subjects
from remit.kernel.errors import RemitError
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System

CHARACTERS_MAX = 20_000


def find_duplicates(system: System, *, unit: str = "", score_min: float = SCORE_MIN) -> tuple[Group, ...]:
    """Group duplicates; with a unit, only groups in which it or a unit below it has a part."""
    _, model = model_in_force(system)
    if unit:
        require_unit(model, unit)
    groups = duplicates(*_read(system), score_min=score_min)
    within = {each for each in model.units if not unit or unit in model.lineage(each)}
    return tuple(group for group in groups if any(member.unit in within for member in group.members))


@dataclass(frozen=True, slots=True)
class Compared:
    """What a text is held against: use cases in the order of ids, and their meanings beside them."""

    found: tuple[Subject, ...]
    vectors: Vectors


def find_similar(system: System, text: str, *, limit: int, among: Compared | None = None) -> tuple[Near, ...]:
    """List the use cases that are nearest to a text; it is looked at and not kept.

    Who asks often reads once what it is held against, with `compared`.
    """
    if not text.strip() or len(text) > CHARACTERS_MAX:
        raise RemitError(
            f"the text has {len(text):,} characters",
            help=f"say in 1 to {CHARACTERS_MAX:,} characters what the use case is for",
            code="unusable-text",
        )
    others = among or compared(system)
    [meaning] = system.embedding.vectors([text])
    return similar(text, others.found, others.vectors, meaning=meaning, limit=limit)


def compared(system: System) -> Compared:
    """Read what texts are held against."""
    return Compared(*_read(system))


def _read(system: System) -> tuple[tuple[Subject, ...], Vectors]:
    _, model = model_in_force(system)
    found = subjects(model, system.store.stages(system.clock.now()))
    return found, system.embedding.vectors([each.text for each in found])
