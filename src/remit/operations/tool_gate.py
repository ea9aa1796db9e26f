"""The tool gate: what the choke point for calls of tools stands on, and what goes in and out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from remit.declare.block import ToolBlock
from remit.declare.declared import Autonomy
from remit.enforce.tool.bound import Layer
from remit.enforce.tool.decision import ToolDecision
from remit.enforce.tool.policy import Written
from remit.enforce.tool.run import Run
from remit.operations.worker import Worker
from remit.ports_effects import Effects
from remit.ports_tools import ToolSources, ToolText
from remit.record.tool_entry import TargetClass, ToolStatus

Levels = Callable[[str, str, TargetClass], Autonomy | None]
"""Says which autonomy was earned, by use case, address of the tool and class of its targets; None where
nothing is known of it, so that the remit's own bound holds."""


def as_the_remit_says(use_case: str, address: str, target_class: TargetClass) -> Autonomy | None:
    """Say that nothing was earned or lost: what the remit allows holds."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """One call of a tool that a run asks for.

    `run` is what `open_run` gave. `step` is the caller's own name for this call within the run: the same step
    asked again gives its recorded outcome and does not act twice. `approval` is what an earlier outcome named
    as waiting; left out, one that was given for just this call is found by itself.
    """

    tool: str
    arguments: Mapping[str, Any]
    run: str
    step: str = ""
    approval: str = ""
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutcome:
    """What came of a call of a tool. `text` and `fields` are what the tool gave, after the guardrails.

    `refused`: `decision` says why. `waiting`: `approval` is the request that people answer; ask again with
    the same step after that. `failed`: the tool was not done. `unknown`: nobody can say whether it was;
    `remit tool resolve` says what was found out. `entry` is the id of the ledger's entry.
    """

    status: ToolStatus
    decision: ToolDecision
    text: str = ""
    fields: Any = None
    approval: str = ""
    entry: str = ""
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class ToolGate:
    """What `call_tool` works with; one for each worker, on its event loop.

    `sources` ask the tools' servers, `effects` keep runs, counts and what was begun, `levels` say which
    autonomy was earned. `going` are calls under way by their claim, which no caller's leaving ends, and
    `known` is what runs were last known to have learned. `policies` and `layers` are what the version in
    force says of tools.
    """

    worker: Worker
    sources: ToolSources
    effects: Effects
    levels: Levels = as_the_remit_says
    going: dict[str, asyncio.Task[ToolOutcome]] = field(default_factory=dict)
    known: dict[str, tuple[int, Run]] = field(default_factory=dict)
    policies: dict[int, tuple[Written, str]] = field(default_factory=dict)
    layers: dict[tuple[int, str], Layer | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShownTool:
    """A tool that an agent is told of: its address, what is declared of it, how its server describes it."""

    address: str
    block: ToolBlock
    text: ToolText
