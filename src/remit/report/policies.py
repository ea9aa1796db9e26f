"""Policies as people read them: what each one says, whose it is, and whom it could meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from remit.declare.cedar import parsed
from remit.declare.operating_model import OperatingModel
from remit.declare.policy import PolicyMode
from remit.enforce.policy import could_apply
from remit.enforce.remit import Remit


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy; `use_cases` counts those that it could meet, of those that were asked about."""

    id: str
    effect: str
    mode: PolicyMode
    summary: str | None
    owner: str
    use_cases: int


def policy_lines(model: OperatingModel, remits: Iterable[Remit]) -> tuple[PolicyLine, ...]:
    """Lay out every policy, in the order of ids."""
    asked = tuple(remits)
    lines = []
    for id, policy in sorted(model.policies.items()):
        read = parsed(policy.text)
        lines.append(
            PolicyLine(
                id=id,
                effect=read.effect,
                mode=policy.mode,
                summary=policy.summary,
                owner=policy.owner or model.organisation.contact,
                use_cases=sum(could_apply(read, model, remit) for remit in asked),
            )
        )
    return tuple(lines)


def policies_of(model: OperatingModel, remit: Remit) -> tuple[PolicyLine, ...]:
    """Lay out the policies that could meet a call of one use case."""
    return tuple(line for line in policy_lines(model, [remit]) if line.use_cases)
