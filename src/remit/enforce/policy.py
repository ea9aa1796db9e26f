"""Policy: what the declared policies say of one call, after the fields of the remit allowed it.

Remit's own base permits, and declared policies forbid: one that is met refuses the call. Cedar leaves a
policy out that it cannot evaluate; here such a policy refuses, because a broken forbid must still forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Context, Decimal
from functools import lru_cache
from typing import Any

import cedarpy
import msgspec
from cedarpy import pst

from remit.declare.cedar import parsed
from remit.declare.operating_model import OperatingModel
from remit.declare.policy import Policy
from remit.declare.tool_policy import is_about_tools
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.remit import Remit
from remit.kernel.money import canonical

_BASE = "permit(principal, action, resource);"
_FAILED = re.compile(r"error while evaluating policy `policy([0-9]+)`")
_CENT = Decimal("0.0001")
"""The last digit of Cedar's decimals."""
_UP = Context(prec=60, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of one operating model, read once. `compiled` is None where they cannot be read together.

    The base stands first in the set, and then the declared ones in the order of their ids.
    """

    compiled: cedarpy.PolicySet | None
    declared: tuple[tuple[str, Policy], ...]
    contact: str

    def owner(self, policy: Policy) -> str:
        return policy.owner or self.contact


@dataclass(frozen=True, slots=True)
class Parties:
    """Who calls what, under which policies: all that is the same on each call of a key to a model."""

    policies: Policies
    entities: cedarpy.Entities
    key: str
    model: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What is a call's own: its bounds, the most that it can cost, and when it comes."""

    input_tokens_bound: int
    output_tokens: int
    amount: Decimal
    local: datetime
    streamed: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer, and the policies that are only noted and would have refused or could not be evaluated."""

    decision: Decision
    noted: tuple[str, ...] = ()


def compile_policies(model: OperatingModel) -> Policies | None:
    """Read a model's policies to evaluate them later; None where there is none, which costs nothing then."""
    if not model.policies:
        return None
    return _compile(tuple(sorted(model.policies.items())), model.organisation.contact)


@lru_cache(maxsize=4)
def _compile(declared: tuple[tuple[str, Policy], ...], contact: str) -> Policies:
    try:
        declared = tuple(each for each in declared if not is_about_tools(parsed(each[1].text)))
        texts = [_BASE, *(policy.text for _, policy in declared)]
        compiled = cedarpy.PolicySet.from_str("\n".join(texts))
    except ValueError:
        return Policies(None, declared, contact)
    # INVARIANT: the policy at a number is the one that the text at that number says.
    return Policies(compiled if len(compiled) == len(texts) else None, declared, contact)


def parties(policies: Policies, model: OperatingModel, remit: Remit, *, key: str, address: str) -> Parties:
    """Bring together what policies can ask of a key, its use case and units, and a declared model."""
    entities = [*_principal(model, remit, key), _resource(model, address)]
    return Parties(
        policies, cedarpy.Entities.from_json_str(msgspec.json.encode(entities).decode()), key, address
    )


def _principal(model: OperatingModel, remit: Remit, key: str) -> Iterable[dict[str, Any]]:
    case = model.use_cases[remit.use_case]
    yield _entity(
        ("Key", key),
        above=("UseCase", remit.use_case),
        id=key,
        use_case=remit.use_case,
        unit=remit.unit,
        stage=_word("Stage", remit.stage),
        data_class=_word("DataClass", remit.data_class),
        personal_data=case.personal_data is not False,
    )
    yield _entity(("UseCase", remit.use_case), above=("Unit", remit.unit))
    lineage = model.lineage(remit.unit)
    for unit, parent in zip(lineage, (None, *lineage), strict=False):
        yield _entity(("Unit", unit), above=("Unit", parent) if parent else None)


def _resource(model: OperatingModel, address: str) -> dict[str, Any]:
    block = model.model(address)
    assert block is not None, "the rules before this one have found it"
    return _entity(
        ("Model", address),
        address=address,
        provider=block.provider,
        data_class_max=_word("DataClass", block.data_class_max),
        regions=list(block.regions),
        private_connection=block.private_connection,
        status=_word("BlockStatus", block.status),
    )


def _entity(uid: tuple[str, str], *, above: tuple[str, str] | None = None, **attrs: Any) -> dict[str, Any]:
    parents = [{"type": above[0], "id": above[1]}] if above else []
    return {"uid": {"type": uid[0], "id": uid[1]}, "attrs": attrs, "parents": parents}


def _word(type: str, id: str) -> dict[str, Any]:
    return {"__entity": {"type": type, "id": id}}


def evaluate(found: Parties, ask: Ask) -> Evaluation:
    """Decide on one call: refused if an enforced policy forbids it, or if any of them cannot be evaluated."""
    policies = found.policies
    if policies.compiled is None:
        return Evaluation(_failed(policies, policies.declared[0][0]))
    answer = cedarpy.is_authorized(
        {
            "principal": {"type": "Key", "id": found.key},
            "action": {"type": "Action", "id": "call_model"},
            "resource": {"type": "Model", "id": found.model},
            "context": msgspec.json.encode(_context(ask)).decode(),
        },
        policies.compiled,
        found.entities,
    )
    forbidding, failing = _named(policies, answer)
    if failing is None:
        return Evaluation(_failed(policies, policies.declared[0][0]))
    met = sorted({*forbidding, *failing})
    by_id = dict(policies.declared)
    noted = tuple(id for id in met if by_id[id].mode == "log_only")
    for id in forbidding:
        if id not in noted:
            return Evaluation(_forbidden(policies, id, by_id[id]), noted)
    for id in failing:
        if id not in noted:
            return Evaluation(_failed(policies, id), noted)
    return Evaluation(ALLOW, noted)


def _context(ask: Ask) -> Mapping[str, Any]:
    amount = canonical(ask.amount.quantize(_CENT, context=_UP))
    return {
        "input_tokens_bound": ask.input_tokens_bound,
        "output_tokens": ask.output_tokens,
        "amount": {"__extn": {"fn": "decimal", "arg": amount if "." in amount else f"{amount}.0"}},
        "hour": ask.local.hour,
        "weekday": ask.local.isoweekday(),
        "streamed": ask.streamed,
    }


def _named(policies: Policies, answer: cedarpy.AuthzResult) -> tuple[list[str], list[str] | None]:
    """List the policies that forbid and those that failed; None if it cannot be said which failed."""
    failing: list[str] = []
    if answer.decision is cedarpy.Decision.NoDecision:
        return [], None
    for error in answer.diagnostics.errors:
        number = _FAILED.match(error)
        if number is None or not 0 < int(number[1]) <= len(policies.declared):
            return [], None
        failing.append(policies.declared[int(number[1]) - 1][0])
    if answer.allowed:
        return [], sorted(failing)
    numbers = sorted(int(reason.removeprefix("policy")) for reason in answer.diagnostics.reasons)
    forbidding = [policies.declared[number - 1][0] for number in numbers if number]
    # A refusal that no policy is the reason of would mean that not even the base held.
    return forbidding, sorted(failing) if forbidding else None


def _forbidden(policies: Policies, id: str, policy: Policy) -> Decision:
    summary = f"policy `{id}` forbids this call"
    if policy.summary:
        summary += f": {policy.summary.rstrip('.')}"
    owner = policies.owner(policy)
    help = policy.help or f"ask its owner; `remit policy show {id}` shows what it says"
    return deny("forbidden-by-policy", summary, help=help.rstrip("."), layer=f"policy/{id}", owner=owner)


def _failed(policies: Policies, id: str) -> Decision:
    summary = f"policy `{id}` could not be evaluated, so that it is not known whether it forbids this call"
    help = "ask its owner to correct it; `remit check DIR` says what is wrong"
    owner = policies.owner(dict(policies.declared)[id])
    return deny("policy-failed", summary, help=help, layer=f"policy/{id}", owner=owner)


def could_apply(read: pst.Template, model: OperatingModel, remit: Remit) -> bool:
    """Say whether a policy can be met by some call of a use case, going by whom and what it names first."""
    above = {f'Unit::"{unit}"' for unit in model.lineage(remit.unit)} | {f'UseCase::"{remit.use_case}"'}
    callable_ = remit.models if isinstance(remit.models, frozenset) else frozenset()
    return _within(read.principal, above, own="Key") and _within(
        read.resource, {f'Model::"{address}"' for address in callable_}, own=""
    )


def forbids_all(read: pst.Template) -> bool:
    """Say whether a policy forbids every call of those whom it names."""
    return read.effect == "forbid" and not read.clauses and isinstance(read.resource, pst.ScopeAny)


def _within(constraint: pst.PrincipalOrResourceConstraint, known: set[str], *, own: str) -> bool:
    """Say whether a scope names something known, or nothing. Which keys a use case will have is not known."""
    if not isinstance(constraint, pst.ScopeEq | pst.ScopeIn | pst.ScopeIsIn):
        return True
    named = constraint.entity
    assert isinstance(named, pst.EntityUid), "a policy with slots is not declared"
    return str(named.type) == own or str(named) in known
