"""What a use case's page says first: where it stands, and what stands between it and its next stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from remit.enforce.stop import Stop
from remit.record.dossier_entry import CriterionStatus
from remit.record.projection import StageFact
from remit.report.gate import CriterionLine, GateView


def use_case_answer(name: str, fact: StageFact, gate: GateView, *, stop: Stop | None) -> str:
    """Say in one sentence where a use case stands and what it waits for: of several things, the gravest."""
    if stop is not None:
        return f"{name} is stopped: {stop.reason}"
    if fact.stage == "retired":
        return f"{name} is retired since {fact.since}"
    if gate.killed:
        return f"{name} should end: {_name(gate, gate.killed[0])}"
    if fact.until is not None:
        last = (fact.until - timedelta(microseconds=1)).date()
        return f"{name} is at {fact.stage} on waivers until {last}, and falls to {fact.falls_to} then"
    if not gate.declared:
        return f"{name} is at {fact.stage}, and no gate leads further"
    if gate.into == gate.stage:
        return f"{name} is at {fact.stage}, the last stage; {_holds(gate)}"
    reviews = [each for each in gate.pending if each.about == "gate"]
    if reviews:
        who = ", ".join(each.role for each in reviews[0].waits_for) or "one more person"
        return f"{name} waits for {who} to let it enter {gate.into}"
    if gate.ready and gate.fast_lane:
        return f"{name} can enter {gate.into} now: the fast lane is open"
    if gate.ready:
        return f"{name} has shown all that {gate.into} asks for: ask for its review"
    return f"{name} is at {fact.stage}; {_missing(gate)} of {_of(gate)} stand between it and {gate.into}"


def _name(gate: GateView, id: str) -> str:
    found = next((each.name for each in gate.kill if each.id == id), id)
    return found[:1].lower() + found[1:]


def _holds(gate: GateView) -> str:
    missing = _missing(gate)
    return f"{missing} of {_of(gate)} are not met" if missing else "all that it asks for is met"


def _missing(gate: GateView) -> int:
    return sum(each.status not in ("met", "waived") for each in gate.criteria)


def _of(gate: GateView) -> str:
    total = len(gate.criteria)
    return "1 criterion" if total == 1 else f"{total} criteria"


_FIRST: Mapping[CriterionStatus, int] = {"not_met": 0, "stale": 1, "missing": 2, "waived": 3, "met": 4}


def checklist(gate: GateView) -> list[CriterionLine]:
    """Order the criteria: what is shown not to be so first, then what is missing, and last what is met."""
    near = gate.nearest
    return sorted(gate.criteria, key=lambda each: (_FIRST[each.status], each.id != near))
