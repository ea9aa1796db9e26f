"""Check controls and risks: whether each can be seen to hold, and whether what they name is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.control import QUESTIONS, Control
from remit.declare.fault import Fault, listed
from remit.declare.gate import ROLES_OF_A_USE_CASE
from remit.declare.measure import MEASURES
from remit.declare.organisation import Organisation
from remit.declare.risk import Risk
from remit.declare.scope import SHIPPED, Scope, Spot
from remit.kernel.suggest import did_you_mean

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "remit": ("question",),
    "ledger": ("measure",),
    "evaluation": ("measure",),
    "attestation": (),
}
"""The field that each kind of check needs; the field of another kind says nothing."""


def check_controls(scope: Scope) -> Iterator[Fault]:
    """Check every control; those that ship name only roles that every use case has."""
    controls: Mapping[str, Control] = scope.sections["controls"]
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for name, control in controls.items():
        spot = scope.spot("controls", name)
        yield from _checkable(spot, control)
        if organisation is not None and not spot.file.startswith(SHIPPED):
            known = {*ROLES_OF_A_USE_CASE, *organisation.roles}
            if control.whose not in known:
                yield spot.fault(
                    "whose",
                    code="undeclared-role",
                    summary=f"`{name}` refers to undeclared role `{control.whose}`",
                    help=did_you_mean(
                        control.whose, known, otherwise="declare it under `organisation.roles:`"
                    ),
                )


def _checkable(spot: Spot, control: Control) -> Iterator[Fault]:
    """Find what would leave open how a control is seen to hold."""
    wanted = _FIELDS[control.check]
    for field in ("question", "measure"):
        given = getattr(control, field) is not None
        if given == (field in wanted):
            continue
        where = (field,) if given else ()
        does = f"says a `{field}` that is not looked at" if given else f"does not say its `{field}`"
        yield spot.fault(
            *where,
            code="control-not-checkable",
            summary=f"`{spot.name}` is checked by `{control.check}` and {does}",
            help=f"take `{field}:` out" if given else f"add `{field}:`",
            at="key",
        )
    if control.question is not None and control.question not in QUESTIONS:
        yield spot.fault(
            "question",
            code="control-not-checkable",
            summary=f"`{control.question}` is no question that an operating model answers",
            help=did_you_mean(control.question, QUESTIONS, otherwise="see the reference of controls"),
        )
    if control.measure is not None and control.check in ("ledger", "evaluation"):
        yield from _measured(spot, control)


def _measured(spot: Spot, control: Control) -> Iterator[Fault]:
    fitting = [name for name, each in MEASURES.items() if each.evidence == control.check]
    if control.measure not in fitting:
        yield spot.fault(
            "measure",
            code="control-not-checkable",
            summary=f"`{control.measure}` is not measured by `{control.check}`",
            help=did_you_mean(str(control.measure), fitting, otherwise=f"use one of {listed(fitting)}"),
        )
    if (control.at_least is None) == (control.at_most is None):
        yield spot.fault(
            code="control-not-checkable",
            summary=f"`{spot.name}` must say one of `at_least` and `at_most`",
            help="say the one number with which it holds",
            at="key",
        )


def check_risks(scope: Scope) -> Iterator[Fault]:
    """Check every risk of the register: what it names, and whether its levels and treatment make sense."""
    risks: Mapping[str, Risk] = scope.sections["risks"]
    for name, risk in risks.items():
        spot = scope.spot("risks", name)
        yield from _referred(spot, risk)
        for field, before in (("residual_likelihood", risk.likelihood), ("residual_impact", risk.impact)):
            after = getattr(risk, field)
            if after is not None and after > before:
                yield spot.fault(
                    field,
                    code="residual-above-inherent",
                    summary=f"the controls of `{name}` would make it worse: from {before} to {after}",
                    help="controls only lessen a risk; correct one of the two levels",
                )
        if risk.residual != risk.inherent and not risk.controls and risk.treatment == "reduce":
            yield spot.fault(
                code="residual-without-control",
                summary=f"`{name}` is said to be smaller in the end, and no control makes it so",
                help="name the controls under `controls:`, or leave the residual levels out",
                severity="warning",
                at="key",
            )
        if risk.treatment == "accept" and risk.reason is None:
            yield spot.fault(
                code="accepted-without-reason",
                summary=f"`{name}` is accepted and does not say why",
                help="add `reason:`, so that whoever bears it next can judge it again",
                at="key",
            )


def _referred(spot: Spot, risk: Risk) -> Iterator[Fault]:
    for index, target in enumerate(risk.use_cases):
        if not spot.scope.has("use_cases", target):
            yield spot.undeclared("use_cases", index, target=target, code="undeclared-use-case")
    for index, target in enumerate(risk.units):
        if not spot.scope.has("units", target):
            yield spot.undeclared("units", index, target=target, code="undeclared-unit")
    for index, target in enumerate(risk.controls):
        if not spot.scope.has("controls", target):
            yield spot.undeclared("controls", index, target=target, code="undeclared-control")
