"""The entry of a call of a tool: what was decided, what came of it, and how far it reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal

from remit.declare.declared import Autonomy, DataClass
from remit.enforce.guardrail.noted import Noted
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.money import ZERO
from remit.record.call_entry import Purpose
from remit.record.entry import Entry

ToolStatus = Literal["refused", "waiting", "completed", "failed", "unknown"]
"""What came of it: it was refused, it waits for a person, it was done, it was not done, or nobody can say
whether it was; that last one is asked about at the target and never tried again blindly."""


class ToolCalled(Entry, frozen=True, kw_only=True, tag="tool_call"):
    """That a tool was called, or was not: the decision and its outcome. Never what it was given or gave.

    `purpose` names no model. `tool` is the exact address, `pin` as what it was approved, and `level` the
    autonomy that held. `run` is the caller's name for the agent's run, `step` the call's own name in it.
    `policies_noted` are policies in `log_only` mode that would have refused it.

    `meant_digest` is one of what the call means to do, `given_digest` of all that it was given and
    `result_digest` of what came back, each keyed for the use case: who has the text can show that it is the
    same, and nobody can guess it. `approval` is the entry of the consent that was used up, and `claim` the
    key that the target was given so that the effect happens once.

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
