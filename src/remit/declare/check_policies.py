"""Check policies: whether what they name is declared, and whether they do anything that is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cedarpy import pst

from remit.declare.cedar import parsed
from remit.declare.fault import Fault
from remit.declare.policy import Policy
from remit.declare.scope import Scope, Spot

_NAMED = {
    "Unit": ("units", "undeclared-unit"),
    "UseCase": ("use_cases", "undeclared-use-case"),
    "Model": ("blocks", "undeclared-block"),
    "Tool": ("blocks", "undeclared-block"),
}
"""What a policy can name by its id, and where that is declared."""


def check_policies(scope: Scope) -> Iterator[Fault]:
    """Find names that refer to nothing: a policy that names them is sound, and never met."""
    policies: Mapping[str, Policy] = scope.sections["policies"]
    for name, policy in policies.items():
        spot = scope.spot("policies", name)
        read = parsed(policy.text)
        yield from _names(spot, read)
        yield from _effect(spot, read)


def _names(spot: Spot, read: pst.Template) -> Iterator[Fault]:
    for named in sorted(pst.entity_uids(read), key=str):
        section, code = _NAMED.get(str(named.type), ("", ""))
        if section and not spot.scope.has(section, named.id):
            yield spot.undeclared(named.id, target=named.id, code=code)
        elif str(named.type) == "Model" and not named.id.startswith("model/"):
            yield spot.fault(
                named.id,
                code="not-a-model",
                summary=f"`{named.id}` is not a model",
                help="name a block whose address begins with `model/`",
            )


def _effect(spot: Spot, read: pst.Template) -> Iterator[Fault]:
    if read.effect == "permit":
        yield spot.fault(
            code="permit-without-effect",
            summary=f"`{spot.name}` permits, and what the fields allow is permitted already",
            help="write what shall not be as `forbid`; a wider remit is a matter of its fields",
            severity="warning",
        )
    elif not read.clauses and _is_any(read.principal) and _is_any(read.resource):
        yield spot.fault(
            code="policy-forbids-all",
            summary=f"`{spot.name}` forbids every call, because it has no condition",
            help="add `when { … }`, or name a unit, a use case or a model; to stop all, set `calls: false`",
            severity="warning",
        )


def _is_any(constraint: pst.PrincipalOrResourceConstraint) -> bool:
    return isinstance(constraint, pst.ScopeAny | pst.ScopeIs)
