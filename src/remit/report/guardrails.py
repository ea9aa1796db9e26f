"""Guardrails as people read them: whose each is, what it does, and who must pass it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from remit.declare.block import GuardrailBlock
from remit.declare.guardrail import GuardrailPolicies
from remit.declare.operating_model import OperatingModel
from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import guards_of
from remit.enforce.remit import Remit


@dataclass(frozen=True, slots=True)
class GuardrailLine:
    """One guardrail. `layers` ask for it, and as many `use_cases` must pass it therefore."""

    address: str
    name: str
    owner: str
    mode: Literal["enforce", "shadow"]
    status: str
    usable: bool
    looks_for: Mapping[str, int]
    layers: tuple[str, ...]
    use_cases: int


@dataclass(frozen=True, slots=True)
class Unpassable:
    """A use case none of whose calls is let through, because a guardrail of its remit cannot be passed."""

    use_case: str
    rule: str
    summary: str
    help: str


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Every declared guardrail by address, and the use cases whose calls are all refused for one."""

    lines: tuple[GuardrailLine, ...]
    unpassable: tuple[Unpassable, ...]


def guardrails_report(model: OperatingModel, remits: Iterable[Remit], day: date) -> Guardrails:
    """Lay out every guardrail that is declared."""
    layers: dict[str, dict[str, None]] = {}
    passed: dict[str, int] = {}
    unpassable = []
    for remit in remits:
        found = guards_of(model, remit, day)
        if isinstance(found, Decision):
            unpassable.append(Unpassable(remit.use_case, found.rule, found.summary, found.help))
            continue
        for guard in found.each:
            layers.setdefault(guard.address, {})[guard.origin] = None
            passed[guard.address] = passed.get(guard.address, 0) + 1
    return Guardrails(
        tuple(
            GuardrailLine(
                address=address,
                name=block.name,
                owner=block.owner or model.organisation.contact,
                mode=block.mode,
                status=block.status,
                usable=block.is_usable(day),
                looks_for=_looks_for(block),
                layers=tuple(sorted(layers.get(address, ()))),
                use_cases=passed.get(address, 0),
            )
            for address, block in sorted(model.blocks.items())
            if isinstance(block, GuardrailBlock)
        ),
        tuple(unpassable),
    )


def _looks_for(policies: GuardrailPolicies) -> Mapping[str, int]:
    """Count what each of its policies looks for."""
    words = policies.words
    counts = {
        "content": len(policies.content),
        "topics": len(policies.topics),
        "words": len(words.listed) + words.profanity if words else 0,
        "sensitive": len(policies.sensitive),
        "patterns": len(policies.patterns),
        "grounding": int(policies.grounding is not None),
        "relevance": int(policies.relevance is not None),
        "custom": len(policies.custom),
    }
    return {name: count for name, count in counts.items() if count}
