"""The entry of a call of a tool: what was decided, what came of it, and how far it reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from remit.declare.declared import Autonomy, DataClass
from remit.enforce.guardrail.noted import Noted
from remit.enforce.tool.decision import ToolCall, ToolDecision, unknown
from remit.kernel.money import ZERO
from remit.record.call_entry import Purpose
from remit.record.entry import Entry

ToolStatus = Literal["refused", "waiting", "completed", "failed", "unknown"]
"""What came of it: it was refused, it waits for a person, it was done, it was not done, or nobody can say
whether it was; that last one is asked about at the target and never tried again blindly."""


TargetClass = Literal["none", "known", "unknown"]
"""Of what kind the targets of a call are: there are none, the person or the organisation named all of them,
or nobody did who may."""

TARGET_CLASSES: tuple[TargetClass, ...] = get_args(TargetClass)


class Before(msgspec.Struct, frozen=True, omit_defaults=True):
    """What policies and rules read of a run before a call, so that they can be asked again about it.

    `asked` says whether the person's own words ask for what the tool does, `targets_known` whether all that
    it reaches or hands on is known, and `names_another` whether the person named somebody else in the place
    of one that is not. `calls` is how many calls of the tool the run had made.
    """

    tainted: bool = False
    data_class: DataClass = "public"
    asked: bool = False
    targets_known: bool = False
    names_another: bool = False
    calls: int = 0


def before(call: ToolCall) -> Before:
    """Read off a call what its run was before it."""
    strange, run = unknown(call), call.run
    return Before(
        tainted=run.is_tainted,
        data_class=run.data_class,
        asked=call.block is not None and run.asks_for(call.block.asked_as),
        targets_known=not strange,
        names_another=any(run.names_another(each, name) for each, name in strange),
        calls=call.sofar.run.calls,
    )


def target_class(call: ToolCall) -> TargetClass:
    """Say of what kind the targets of a call are."""
    targets = call.given.targets
    if not targets:
        return "none"
    return "known" if all(call.run.knows(each) for each in targets) else "unknown"


class ToolCalled(Entry, frozen=True, kw_only=True, tag="tool_call"):
    """That a tool was called, or was not: the decision and its outcome. Never what it was given or gave.

    `purpose` names no model. `tool` is the exact address, `pin` as what it was approved, and `level` the
    autonomy that held. `run` is the caller's name for the agent's run, `step` the call's own name in it.
    `policies_noted` are policies in `log_only` mode that would have refused it.

    `meant_digest` is one of what the call means to do, `given_digest` of all that it was given and
    `result_digest` of what came back, each keyed for the use case: who has the text can show that it is the
    same, and nobody can guess it. `approval` is the entry of the consent that was used up, and `claim` the
    key that the target was given so that the effect happens once.

    `target_class` is of what kind its targets are, by which autonomy is earned, and `before` what the run was
    before it; a call that was refused before that was known has none.

    `targets`, `records` and `money` are how far this call reached, in the tool's own currency; `charge` is
    what it cost, in `currency`, and `accounts` are the budgets' windows that it is posted in. `tainted` and
    `data_class` are the run's label after it. `guardrails` read what came back, each with the layer that
    asked for it, and `findings` are what they found.

    With `resolves` it says what a person, its `author`, found out about the effect of an entry before, and
    how, in `reason`.
    """

    purpose: Purpose
    tool: str
    pin: str
    run: str
    step: str = ""
    level: Autonomy
    decision: ToolDecision
    policies_noted: tuple[str, ...] = ()
    status: ToolStatus
    meant_digest: str
    given_digest: str = ""
    result_digest: str = ""
    result_characters: int = 0
    approval: str = ""
    claim: str = ""
    target_class: TargetClass = "none"
    before: Before | None = None
    targets: int = 0
    records: int = 0
    money: Decimal = ZERO
    charge: Decimal = ZERO
    currency: str
    accounts: tuple[str, ...] = ()
    began: datetime
    latency_ms: int = 0
    fault: str = ""
    tainted: bool = False
    data_class: DataClass = "public"
    guardrails: Mapping[str, str] = {}
    findings: tuple[Noted, ...] = ()
    reference: str | None = None
    resolves: str = ""
    author: str = ""
    reason: str = ""
