"""Check gates: whether each criterion can be shown and has a threshold, and whether roles exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.declared import RISK_TIERS
from remit.declare.fault import Fault, listed
from remit.declare.gate import ATTESTED, LANE, ROLES_OF_A_USE_CASE, Criterion, Gate
from remit.declare.measure import MEASURES
from remit.declare.organisation import Organisation
from remit.declare.scope import SHIPPED, Scope, Spot
from remit.kernel.suggest import did_you_mean

_MEASURED = ("at_least", "at_most")


def check_gates(scope: Scope) -> Iterator[Fault]:
    """Check every gate; those that ship name only roles that every use case has."""
    gates: Mapping[str, Gate] = scope.sections["gates"]
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for name, gate in gates.items():
        spot = scope.spot("gates", name)
        for field in ("criteria", "kill", "park"):
            for id, criterion in getattr(gate, field).items():
                yield from _threshold(spot.at(field, id), id, criterion)
                yield from _measure(spot.at(field, id), id, criterion)
                if gate.fast_lane:
                    yield from _closes_lane(spot.at(field, id), id, criterion)
        if gate.fast_lane and not any(each.asked_at(LANE) for each in gate.criteria.values()):
            yield spot.fault(
                "fast_lane",
                code="closed-fast-lane",
                summary=f"the gate into `{name}` has a fast lane and asks for nothing at {LANE} risk",
                help="add a criterion that is measured, or leave `fast_lane:` out",
                at="key",
            )
        if organisation is not None and not spot.file.startswith(SHIPPED):
            yield from _roles(spot, gate, organisation)


def _threshold(spot: Spot, id: str, criterion: Criterion) -> Iterator[Fault]:
    attested = criterion.evidence in ATTESTED
    wanted = ("present",) if attested else _MEASURED
    given = [name for name in (*_MEASURED, "present") if getattr(criterion, name) is not None]
    if not set(given) & set(wanted):
        yield spot.fault(
            code="threshold-missing",
            summary=f"`{id}` does not say what its {criterion.evidence.replace('_', ' ')} must show",
            help="add `present: true`" if attested else "add `at_least:` or `at_most:` with a number",
            at="key",
        )
    elif len(given) > 1:
        yield spot.fault(
            given[1],
            code="threshold-doubled",
            summary=f"`{id}` has both `{given[0]}` and `{given[1]}`",
            help=f"keep `{wanted[0]}`" if attested else "keep one; a range is two criteria",
            at="key",
        )


def _measure(spot: Spot, id: str, criterion: Criterion) -> Iterator[Fault]:
    """See that something can show it: a known measure, of that kind of evidence, as sure as asked."""
    measure = MEASURES.get(criterion.measure)
    kind = criterion.evidence.replace("_", " ")
    if measure is None:
        of_kind = [name for name, each in MEASURES.items() if each.evidence == criterion.evidence]
        yield spot.fault(
            "measure",
            code="unknown-measure",
            summary=f"`{id}` looks at `{criterion.measure}`, which nothing measures",
            help=did_you_mean(criterion.measure, MEASURES, otherwise=f"use one of {listed(of_kind)}"),
        )
        return
    if measure.evidence != criterion.evidence:
        yield spot.fault(
            "evidence",
            code="measure-of-another-kind",
            summary=f"`{criterion.measure}` of `{id}` is not shown by {kind}",
            help=f"write `evidence: {measure.evidence}`, or look at another measure",
        )
    elif criterion.confidence is not None and not measure.can_be_sure:
        yield spot.fault(
            "confidence",
            code="confidence-without-sample",
            summary=f"of `{criterion.measure}` it cannot be said how sure one is",
            help="leave `confidence:` out; the value itself counts",
            at="key",
        )
    if criterion.dataset is not None and criterion.evidence != "evaluation":
        yield spot.fault(
            "dataset",
            code="dataset-without-evaluation",
            summary=f"`{id}` names a data set and is shown by {kind}",
            help="leave `dataset:` out, or write `evidence: evaluation`",
            at="key",
        )


def _closes_lane(spot: Spot, id: str, criterion: Criterion) -> Iterator[Fault]:
    """See that no policy would have to take somebody's word: a lane that can never open misleads."""
    if criterion.asked_at(LANE) and criterion.evidence in ATTESTED:
        above = ", ".join(tier for tier in RISK_TIERS if tier != LANE)
        yield spot.fault(
            "tiers" if criterion.tiers else "evidence",
            code="closed-fast-lane",
            summary=f"`{id}` is shown by {criterion.evidence}, so the fast lane of its gate never opens",
            help=f"write `tiers: [{above}]`, look at what is measured, or leave `fast_lane:` out",
        )


def _roles(spot: Spot, gate: Gate, organisation: Organisation) -> Iterator[Fault]:
    known = (*ROLES_OF_A_USE_CASE, *organisation.roles)
    for index, role in enumerate(gate.approvals):
        if role not in known:
            help = did_you_mean(role, known, otherwise="declare it under `organisation: roles:`")
            summary = f"role `{role}` is not declared"
            yield spot.fault("approvals", index, code="undeclared-role", summary=summary, help=help)
