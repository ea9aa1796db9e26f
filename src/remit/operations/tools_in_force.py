"""Tools in force: what the version of the operating model that holds now says of them, worked out once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from remit.enforce.tool.bound import Layer
from remit.enforce.tool.policy import Written, about_tools
from remit.operations.tool_gate import ToolGate
from remit.operations.view import View


def policies_of(gate: ToolGate, view: View) -> tuple[Written, str]:
    """List the declared policies about tools, with one digest of them all; empty where there are none."""
    found = gate.policies.get(view.version)
    if found is None:
        written = about_tools(view.model)
        said = [(id, policy.text, policy.mode) for id, policy in written]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest() if said else ""
        gate.policies.clear()
        found = gate.policies[view.version] = written, digest
    return found


def layers_of(gate: ToolGate, view: View, units: Sequence[str]) -> tuple[Layer, ...]:
    """List what the own layers of units say of their tools."""
    found = []
    for unit in units:
        place = view.version, unit
        if place not in gate.layers:
            if any(version != view.version for version, _ in gate.layers):
                gate.layers.clear()
            gate.layers[place] = _layer(view, unit)
        layer = gate.layers[place]
        if layer is not None:
            found.append(layer)
    return tuple(found)


def _layer(view: View, unit: str) -> Layer | None:
    declared = view.model.units[unit]
    tools = declared.remit.tools
    if not isinstance(tools, Mapping):
        return None
    said = {address: limits.model_dump(exclude_none=True) for address, limits in tools.items()}
    return Layer(unit, said, declared.lead or view.model.organisation.contact)
