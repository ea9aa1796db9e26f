"""Verify what the store has of charges of guardrails and tools, row by row, against their entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.kernel.money import canonical
from remit.record.guardrail_charge import GuardrailCharge, GuardrailKey, GuardrailSum
from remit.record.projection import hour_of
from remit.record.tool_entry import ToolCalled

_NONE = GuardrailSum()


@dataclass(slots=True)
class GuardedWalk:
    """What a walk over all journals gathers of charges of guardrails: one sum for each row of the store."""

    sums: dict[GuardrailKey, GuardrailSum] = field(default_factory=dict)

    def add_tool(self, entry: ToolCalled) -> None:
        """Take a call of a tool that the store has taken in, likewise."""
        if entry.charge:
            key = GuardrailKey.of_tool(entry, hour_of(entry.at))
            self.sums.setdefault(key, GuardrailSum()).add(1, 0, entry.charge)

    def add(self, entry: GuardrailCharge) -> None:
        """Take a charge that the store has taken in."""
        key = GuardrailKey.of(entry, hour_of(entry.at))
        self.sums.setdefault(key, GuardrailSum()).add(1, entry.units, entry.charge)

    def ended(self, kept: Mapping[GuardrailKey, GuardrailSum], *, exact: bool) -> list[str]:
        """Name each row that differs; unless `exact`, entries were let go of, and it may say more."""
        return [
            f"charges of {_kind(key)} `{key.name}` for `{key.use_case}` of unit `{key.unit}`"
            f" in the hour from {key.hour} are {_said(kept.get(key, _NONE), key)} in the store, and"
            f" {_said(self.sums.get(key, _NONE), key)} by its entries"
            for key in sorted({*kept, *self.sums}, key=lambda each: (each.hour, each.use_case, each.name))
            if _differ(kept.get(key, _NONE), self.sums.get(key, _NONE), exact=exact)
        ]


def _differ(kept: GuardrailSum, found: GuardrailSum, *, exact: bool) -> bool:
    if exact:
        return kept != found
    return kept.askings < found.askings or kept.units < found.units or kept.charge < found.charge


def _kind(key: GuardrailKey) -> str:
    return "tool" if key.is_tool else "guardrail"


def _said(sums: GuardrailSum, key: GuardrailKey) -> str:
    return f"{sums.askings:,} for {sums.units:,} text units and {canonical(sums.charge)} {key.currency}"
