"""What a replay of recorded calls of tools comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.decide.tool_replay import Replayed, score


@dataclass(frozen=True, slots=True)
class ToolReplay:
    """How many recorded calls there were, which would be decided otherwise, and how people had answered.

    Of `unknown` ones the facts were not known that rules ask about. `looser` are those that would be held
    back less than they were.
    """

    calls: int
    unknown: int
    differing: tuple[Replayed, ...]
    answered: int
    agreed: int

    @property
    def looser(self) -> int:
        return sum(each.is_looser for each in self.differing)

    @property
    def stricter(self) -> int:
        return len(self.differing) - self.looser

    @property
    def values(self) -> Mapping[str, Any]:
        """The values as JSON has them; of an entry its id, which finds the rest."""
        return {
            "calls": self.calls,
            "unknown": self.unknown,
            "looser": self.looser,
            "stricter": self.stricter,
            "answered": self.answered,
            "agreed": self.agreed,
            "differing": [
                {
                    "entry": each.entry.id,
                    "at": each.entry.at,
                    "use_case": each.entry.purpose.use_case,
                    "tool": each.entry.tool,
                    "then": each.then,
                    "answer": each.answer,
                    "now": each.now,
                    "noted": each.noted,
                }
                for each in self.differing
            ],
        }


def tool_replay(found: tuple[Replayed, ...]) -> ToolReplay:
    """Sum up a replay."""
    said = score(found)
    return ToolReplay(
        calls=len(found),
        unknown=sum(each.no_facts for each in found),
        differing=tuple(each for each in found if each.differs),
        answered=said.answered,
        agreed=said.agreed,
    )
