"""Policy on tools: Cedar permits that are generated from a remit, and what declared policies forbid.

A call is denied unless a generated permit holds. A forbid wins, and one that cannot be evaluated forbids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Context, Decimal
from functools import lru_cache
from typing import Any

import cedarpy
import msgspec

from remit.declare.block import ToolBlock
from remit.declare.cedar import parsed
from remit.declare.declared import AUTONOMIES
from remit.declare.operating_model import OperatingModel
from remit.declare.policy import POLICIES_MAX, Policy
from remit.declare.tool_policy import ACTION, is_about_tools
from remit.declare.version import covers
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.remit import Remit
from remit.enforce.tool.decision import ToolCall, unknown
from remit.kernel.money import canonical

_FAILED = re.compile(r"error while evaluating policy `policy([0-9]+)`")
_CENT = Decimal("0.0001")
_UP = Context(prec=60, rounding=ROUND_CEILING)
_AUTONOMY = '[Autonomy::"act_within_limits", Autonomy::"autonomous"]'

Written = tuple[tuple[str, Policy], ...]


@dataclass(frozen=True, slots=True)
class ToolEvaluation:
    """The answer, and policies in `log_only` mode that would have refused or could not be evaluated."""

    decision: Decision
    noted: tuple[str, ...] = ()


def permit(address: str, block: ToolBlock) -> str:
    """Write the permit of one tool that a remit lists, so that it can be read beside what is declared.

    A write needs a level that acts, or a person's approval of just this call.
    """
    text = f'permit (principal, action == Action::"{ACTION}", resource == Tool::"{address}")'
    if block.effect == "reads":
        return f'{text}\nwhen {{ context.autonomy != Autonomy::"none" }};'
    acts = f"{_AUTONOMY}.contains(context.autonomy)"
    approved = 'context.autonomy == Autonomy::"act_with_approval" && context.approved'
    return f"{text}\nwhen {{ {acts} || ({approved}) }};"


def permits(remit: Remit, tools: Mapping[str, ToolBlock]) -> tuple[str, ...]:
    """Write a permit for each tool that a remit lists; tools that it does not list have none."""
    if remit.tools is None:
        return ()
    listed = remit.tools if isinstance(remit.tools, Mapping) else tools
    return tuple(
        permit(address, block) for address, block in sorted(tools.items()) if covers(listed, address)
    )


def about_tools(model: OperatingModel) -> Written:
    """List the declared policies about tools in the order of their ids; one slice is at most 100."""
    return tuple((id, policy) for id, policy in sorted(model.policies.items()) if _may_forbid(policy))


def _may_forbid(policy: Policy) -> bool:
    """Say whether a policy is about tools; of one that cannot be read nobody knows, so it counts as if."""
    try:
        return is_about_tools(parsed(policy.text))
    except ValueError:
        return True


@lru_cache(maxsize=64)
def _compile(texts: tuple[str, ...]) -> cedarpy.PolicySet | None:
    try:
        compiled = cedarpy.PolicySet.from_str("\n".join(texts))
    except ValueError:
        return None
    # INVARIANT: the policy at a number is the one that the text at that number says.
    return compiled if len(compiled) == len(texts) else None


def evaluate(
    call: ToolCall, declared: Written, *, lineage: tuple[str, ...], key: str, approved: bool, local: datetime
) -> ToolEvaluation:
    """Decide on one call by its tool's permit and the declared policies about tools.

    Whether it would pass with an approval is asked by evaluating it again with `approved`.
    """
    block = call.block
    permit_of = () if block is None else permits(call.remit, {call.address: block})
    if block is None or not permit_of or len(declared) >= POLICIES_MAX:
        return ToolEvaluation(_unpermitted(call))
    request = {
        "principal": {"type": "Key", "id": key},
        "action": {"type": "Action", "id": ACTION},
        "resource": {"type": "Tool", "id": call.address},
        "context": msgspec.json.encode(_context(call, block, approved=approved, local=local)).decode(),
    }
    remit = call.remit
    facts = (block.effect == "writes", block.reversible, block.data_goes, block.data_class_max)
    parties = _parties((key, remit.use_case, remit.unit, remit.stage), lineage, call.address, facts)
    answer = _asked((*permit_of, *(policy.text for _, policy in declared)), request, parties)
    met = None if answer is None else _met(declared, answer)
    if answer is None or met is None:
        return ToolEvaluation(_failed(call, declared, ""))
    forbidding, failing = met
    found = _answered(call, declared, forbidding, failing)
    if found.decision.effect == "deny":
        return found
    # INVARIANT: only the written permit lets a call through. A declared one does not, and where a forbid that
    # is only noted met the call, the permit is asked by itself.
    if forbidding:
        answer = _asked(permit_of, request, parties)
    if answer is None or not answer.allowed or "policy0" not in answer.diagnostics.reasons:
        return ToolEvaluation(_unpermitted(call), found.noted)
    return found


def _asked(
    texts: tuple[str, ...], request: dict[str, Any], entities: cedarpy.Entities
) -> cedarpy.AuthzResult | None:
    compiled = _compile(texts)
    return None if compiled is None else cedarpy.is_authorized(request, compiled, entities)


def _met(declared: Written, answer: cedarpy.AuthzResult) -> tuple[list[str], list[str]] | None:
    """List the policies that forbid and those that failed; None if it cannot be said which."""
    failing = []
    for error in answer.diagnostics.errors:
        number = _FAILED.match(error)
        if number is None or not 0 < int(number[1]) <= len(declared):
            return None
        failing.append(declared[int(number[1]) - 1][0])
    if answer.decision is cedarpy.Decision.NoDecision:
        return None
    numbers = [] if answer.allowed else [int(each[6:]) for each in answer.diagnostics.reasons]
    return [declared[number - 1][0] for number in sorted(numbers) if number], sorted(failing)


def _answered(call: ToolCall, declared: Written, forbidding: list[str], failing: list[str]) -> ToolEvaluation:
    by_id = dict(declared)
    noted = tuple(sorted(id for id in {*forbidding, *failing} if by_id[id].mode == "log_only"))
    for id in (each for each in forbidding if each not in noted):
        return ToolEvaluation(_forbidden(call, id, by_id[id]), noted)
    for id in (each for each in failing if each not in noted):
        return ToolEvaluation(_failed(call, declared, id), noted)
    return ToolEvaluation(ALLOW, noted)


def _forbidden(call: ToolCall, id: str, policy: Policy) -> Decision:
    why = f": {policy.summary.rstrip('.')}" if policy.summary else ""
    help = policy.help or f"ask its owner; `remit policy show {id}` shows what it says"
    return deny(
        "forbidden-by-policy",
        f"policy `{id}` forbids this call{why}",
        help=help.rstrip("."),
        layer=f"policy/{id}",
        owner=policy.owner or call.administrator,
    )


def _unpermitted(call: ToolCall) -> Decision:
    return deny(
        "tool-outside-remit",
        f"no policy permits `{call.remit.use_case}` to call `{call.address}` at autonomy `{call.autonomy}`",
        help="ask its owner to add the tool to `tools`, or a person to approve the call",
        layer=call.address,
        owner=call.holder,
    )


def _failed(call: ToolCall, declared: Written, id: str) -> Decision:
    which = f"policy `{id}`" if id else "a policy about tools"
    return deny(
        "policy-failed",
        f"{which} could not be evaluated, so that it is not known whether it forbids this call",
        help="ask its owner to correct it; `remit check DIR` says what is wrong",
        layer=f"policy/{id}" if id else "policy",
        owner=(dict(declared)[id].owner if id else None) or call.administrator,
    )


def _context(call: ToolCall, block: ToolBlock, *, approved: bool, local: datetime) -> dict[str, Any]:
    money = canonical(call.given.money.quantize(_CENT, context=_UP))
    return {
        "autonomy": _word("Autonomy", call.autonomy),
        "approved": approved,
        "tainted": call.run.is_tainted,
        "data_class": _word("DataClass", call.run.data_class),
        "asked": call.run.asks_for(block.asked_as),
        "targets_known": not unknown(call),
        "targets": len(call.given.targets),
        "records": len(call.given.records),
        "calls_in_run": call.sofar.run.calls,
        "money": {"__extn": {"fn": "decimal", "arg": money if "." in money else f"{money}.0"}},
        "hour": local.hour,
        "weekday": local.isoweekday(),
    }


@lru_cache(maxsize=1024)
def _parties(
    whose: tuple[str, str, str, str],
    lineage: tuple[str, ...],
    address: str,
    facts: tuple[bool, bool, str, str],
) -> cedarpy.Entities:
    """Bring together who calls what; it is the same on each call of a key to a tool, so it is kept."""
    key, use_case, unit, stage = whose
    writes, reversible, data_goes, data_class_max = facts
    caller = {"id": key, "use_case": use_case, "unit": unit, "stage": _word("Stage", stage)}
    attributes = {
        "address": address,
        "writes": writes,
        "reversible": reversible,
        "data_goes": _word("DataGoes", data_goes),
        "data_class_max": _word("DataClass", data_class_max),
    }
    entities = [
        _entity(("Key", key), ("UseCase", use_case), caller),
        _entity(("UseCase", use_case), ("Unit", unit), {}),
        *(
            _entity(("Unit", each), ("Unit", parent) if parent else None, {})
            for each, parent in zip(lineage, (None, *lineage), strict=False)
        ),
        _entity(("Tool", address), None, attributes),
    ]
    return cedarpy.Entities.from_json_str(msgspec.json.encode(entities).decode())


def _entity(uid: tuple[str, str], above: tuple[str, str] | None, attrs: dict[str, Any]) -> dict[str, Any]:
    parents = [{"type": above[0], "id": above[1]}] if above else []
    return {"uid": {"type": uid[0], "id": uid[1]}, "attrs": attrs, "parents": parents}


def _word(type: str, id: str) -> dict[str, Any]:
    return {"__entity": {"type": type, "id": id}}


assert AUTONOMIES[-2:] == ("act_within_limits", "autonomous"), "the levels that act are written in permits"
