"""Check policies about tools by trying them: one that meets no call, or every call, is hardly meant.

Every value that a policy asks about is tried with every other, so that what is said holds for all calls of
the tools that are declared. A policy that asks about too much at once is not tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Any

import cedarpy
import msgspec

from remit.declare.block import ToolBlock
from remit.declare.cedar import parsed
from remit.declare.declared import AUTONOMIES, DATA_CLASSES
from remit.declare.fault import Fault
from remit.declare.organisation import STAGES
from remit.declare.policy import Policy
from remit.declare.scope import Scope, Spot
from remit.declare.tool_policy import ACTION, is_about_tools

TRIED_MAX = 2_000
"""How many calls one policy is tried on at most."""

_WORDS: Mapping[str, tuple[Any, ...]] = {
    "autonomy": tuple({"__entity": {"type": "Autonomy", "id": each}} for each in AUTONOMIES),
    "data_class": tuple({"__entity": {"type": "DataClass", "id": each}} for each in DATA_CLASSES),
    **dict.fromkeys(("approved", "tainted", "asked", "targets_known"), (False, True)),
    "hour": tuple(range(24)),
    "weekday": tuple(range(1, 8)),
}
"""All values of what has few."""

_COUNTS = ("targets", "records", "calls_in_run", "money")
_NUMBER = re.compile(r"(?<![\w.\"])[0-9]{1,15}(?![\w.])|(?<=decimal\(\")[0-9]{1,12}\.[0-9]{1,4}")


def check_tool_policies(scope: Scope) -> Iterator[Fault]:
    """Find policies about tools that meet none of the calls that there can be, or all of them."""
    policies: Mapping[str, Policy] = scope.sections["policies"]
    tools = {
        address: block for address, block in scope.sections["blocks"].items() if isinstance(block, ToolBlock)
    }
    for name, policy in policies.items():
        read = parsed(policy.text)
        if tools and read.effect == "forbid" and is_about_tools(read):
            met = _met(scope, policy.text, tools)
            yield from _said(scope.spot("policies", name), name, met, is_open=not read.clauses)


def _said(spot: Spot, name: str, met: set[bool] | None, *, is_open: bool) -> Iterator[Fault]:
    if met == {False}:
        yield spot.fault(
            code="policy-never-met",
            summary=f"`{name}` forbids no call that any declared tool can have",
            help="look at its condition and at what it names; `remit policy test --replay DIR` tries it",
            severity="warning",
        )
    elif met == {True} and not is_open:
        yield spot.fault(
            code="policy-forbids-all",
            summary=f"`{name}` forbids every call of every tool, because its condition always holds",
            help="narrow its condition, or name a tool; to allow no tool, leave `tools` out of the remit",
            severity="warning",
        )


def _met(scope: Scope, text: str, tools: Mapping[str, ToolBlock]) -> set[bool] | None:
    """Say whether it meets some calls and some not; None where it asks about too much to be tried."""
    contexts = _contexts(text)
    callers = list(_callers(scope, text))
    if not callers or len(contexts) * len(callers) * len(tools) > TRIED_MAX:
        return None
    policies = cedarpy.PolicySet.from_str(f"permit (principal, action, resource);\n{text}")
    entities = cedarpy.Entities.from_json_str(msgspec.json.encode(_entities(scope, callers, tools)).decode())
    found = set()
    for (number, _), tool, context in product(enumerate(callers), tools, contexts):
        request = {
            "principal": {"type": "Key", "id": f"key-{number}"},
            "action": {"type": "Action", "id": ACTION},
            "resource": {"type": "Tool", "id": tool},
            "context": context,
        }
        # One that fails on a call forbids it, whatever it says.
        answer = cedarpy.is_authorized(request, policies, entities)
        found.add(not answer.allowed or bool(answer.diagnostics.errors))
    return found


def _contexts(text: str) -> list[dict[str, Any]]:
    asked = {name for name in (*_WORDS, *_COUNTS) if re.search(rf"\bcontext\s*\.\s*{name}\b", text)}
    ways = {name: _WORDS[name] if name in asked else _WORDS[name][:1] for name in _WORDS}
    ways |= {name: _numbers(text, name) if name in asked else _numbers("", name) for name in _COUNTS}
    return [dict(zip(ways, each, strict=True)) for each in islice(product(*ways.values()), TRIED_MAX + 1)]


def _numbers(text: str, name: str) -> tuple[Any, ...]:
    """List numbers on both sides of every one that a policy compares with; none is below 0."""
    said = {int(float(each)) for each in _NUMBER.findall(text)}
    tried = sorted({0, *(number + more for number in said for more in (-1, 0, 1) if number + more >= 0)})
    if name != "money":
        return tuple(tried)
    return tuple({"__extn": {"fn": "decimal", "arg": f"{min(each, 10**12)}.0"}} for each in tried)


def _callers(scope: Scope, text: str) -> Iterator[tuple[str, str, str]]:
    """List who may call: use case, its unit, and stages where the policy tells them apart."""
    stages: Iterable[str] = STAGES if re.search(r"\bprincipal\s*\.\s*stage\b", text) else STAGES[:1]
    for name, case in scope.sections["use_cases"].items():
        yield from ((name, case.unit, stage) for stage in stages)


def _entities(
    scope: Scope, callers: list[tuple[str, str, str]], tools: Mapping[str, ToolBlock]
) -> list[dict[str, Any]]:
    found = [
        _entity("UseCase", name, {}, ("Unit", case.unit))
        for name, case in scope.sections["use_cases"].items()
    ]
    for name, unit in scope.sections["units"].items():
        found.append(_entity("Unit", name, {}, ("Unit", unit.parent) if unit.parent else None))
    for number, (name, unit, stage) in enumerate(callers):
        said = {"id": f"key-{number}", "use_case": name, "unit": unit, "stage": _word("Stage", stage)}
        found.append(_entity("Key", f"key-{number}", said, ("UseCase", name)))
    for address, block in tools.items():
        facts = {
            "address": address,
            "writes": block.effect == "writes",
            "reversible": block.reversible,
            "data_goes": _word("DataGoes", block.data_goes),
            "data_class_max": _word("DataClass", block.data_class_max),
        }
        found.append(_entity("Tool", address, facts, None))
    return found


def _entity(type: str, id: str, attrs: dict[str, Any], above: tuple[str, str] | None) -> dict[str, Any]:
    parents = [{"type": above[0], "id": above[1]}] if above else []
    return {"uid": {"type": type, "id": id}, "attrs": attrs, "parents": parents}


def _word(type: str, id: str) -> dict[str, Any]:
    return {"__entity": {"type": type, "id": id}}
