"""Declared facts: what is known of a use case by what is declared of it, as of now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from remit.decide.dossier import Fact
from remit.declare.gate import next_stage
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.version import number
from remit.enforce.remit import Remit, Resolver


@dataclass(frozen=True, slots=True)
class Declared:
    """A use case with its remit, and the remit that the gate before it leads to."""

    model: OperatingModel
    use_case: str
    present: Remit
    next: Remit


def declared(resolver: Resolver, use_case: str, stage: StageName) -> Declared:
    """Resolve both remits; where no gate comes next, they are one."""
    present = resolver.remit(use_case, stage)
    into = next_stage(stage)
    return Declared(resolver.model, use_case, present, resolver.remit(use_case, into) if into else present)


def declared_facts(of: Declared, *, live_keys: int, days: int, now: datetime) -> Iterator[Fact]:
    """Say what is declared of a use case, which has been at its stage for so many days.

    Guardrails and budgets are those of the stage that the next gate leads into: what is let through a gate
    has to be held there, by whichever layer.
    """
    case = of.model.use_cases[of.use_case]
    complete = [each for each in case.outcomes.values() if None not in (each.baseline, each.target)]
    owners = {of.model.owner_of(of.use_case), case.risk_owner} - {None, ""}
    guardrails = of.next.guardrails or {}
    pinned = sum(number(address) > 0 for address in guardrails)
    at = f"the remit at {of.next.stage}"
    for measure, value, basis in (
        ("declared_outcomes", len(complete) if case.chain else 0, "the declaration"),
        ("declared_owners", len(owners), "the declaration"),
        ("declared_guardrails", len(guardrails), at),
        ("declared_budgets", len(of.next.spend or ()), at),
        ("unbounded_agency", len(unbounded(of)), at),
        ("days_at_stage", days, "its change of stage"),
        ("prohibited_practices", len(case.ai_act.practices), "the declaration"),
        ("live_keys", live_keys, "keys that were issued"),
    ):
        yield Fact(measure, Decimal(value), now, "ledger", basis)
    if guardrails:
        share = Decimal(pinned) / len(guardrails)
        yield Fact("pinned_guardrails", share, now, "ledger", at)


def unbounded(of: Declared) -> tuple[str, ...]:
    """Name what leaves agents without bounds: fields of the remit, and tools without a limit.

    Who has no agents has none of these. Tools that nobody states are none at all, and bound them well.
    """
    if of.model.use_cases[of.use_case].agency == "none":
        return ()
    remit = of.next
    found = [name for name in ("autonomy_max", "agency_max") if getattr(remit, name) is None]
    if isinstance(remit.tools, str):
        found.append("tools")
    elif remit.tools is not None:
        found += (address for address, limits in remit.tools.items() if not limits)
    return tuple(found)
