"""Guardrail effect: what a change makes of the guardrails that use cases pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan
from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import Guards, guards_of
from remit.enforce.remit import Remit
from remit.enforce.standing import Effect, Standing, count


def guardrail_effects(
    models: tuple[OperatingModel, OperatingModel],
    planned: Plan,
    remits: Mapping[str, tuple[Remit, Remit]],
    standings: Mapping[str, Standing],
    today: date,
) -> Iterator[Effect]:
    """Say who can make no call any more because a guardrail cannot be passed, and whose say otherwise now."""
    changed = {
        change.name
        for change in planned.changes
        if change.section == "blocks" and change.name.startswith("guardrail/")
    }
    for name, (one, other) in remits.items():
        if not other.guardrails or not (other.calls and (changed or one.guardrails != other.guardrails)):
            continue
        old, new = (guards_of(model, remit, today) for model, remit in zip(models, (one, other), strict=True))
        if isinstance(new, Decision):
            if not isinstance(old, Decision):
                keys = standings[name].keys
                what = f"can make no call: {new.summary} ({new.rule}); {count(keys, 'key')} are live"
                yield Effect(name, "guardrails", what, widens=False, breaks=keys > 0)
        elif isinstance(old, Guards) and one.guardrails == other.guardrails and old.digest != new.digest:
            what = f"passes guardrails that say otherwise now: {', '.join(_others(old, new))}"
            yield Effect(name, "guardrails", what, widens=False, neutral=True)


def _others(old: Guards, new: Guards) -> list[str]:
    was = {guard.address: guard.policies for guard in old.each}
    return [f"`{guard.address}`" for guard in new.each if was.get(guard.address) != guard.policies]
