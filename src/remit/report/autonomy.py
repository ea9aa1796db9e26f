"""What an agent may do by itself, tool by tool: the level and why, what would raise it and what lower it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from remit.decide.autonomy import Level
from remit.declare.declared import AUTONOMIES, Autonomy
from remit.declare.organisation import StageName
from remit.record.tool_entry import TargetClass


@dataclass(frozen=True, slots=True)
class ToolLevel:
    """The level of one tool for one kind of targets, with what its days came to within those that count."""

    tool: str
    name: str
    effect: str
    target_class: TargetClass
    level: Level
    done: int = 0
    approved: int = 0
    denied: int = 0


@dataclass(frozen=True, slots=True)
class UseCaseAutonomy:
    """What a use case's agents may do by themselves on a day."""

    use_case: str
    name: str
    owner: str
    stage: StageName
    most: Autonomy
    day: date
    tools: tuple[ToolLevel, ...]

    @property
    def highest(self) -> Autonomy:
        """The highest level of all tools that write, or of all if none does."""
        writes = [each for each in self.tools if each.effect == "writes"] or list(self.tools)
        return max((each.level.autonomy for each in writes), key=AUTONOMIES.index, default="none")

    @property
    def fell(self) -> tuple[ToolLevel, ...]:
        return tuple(each for each in self.tools if each.level.fell)


TARGETS_SAID: dict[TargetClass, str] = {"none": "-", "known": "known", "unknown": "not known"}
"""How kinds of targets are written."""
