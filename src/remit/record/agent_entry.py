"""What becomes of an agent's run; its calls of models and tools have entries of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from remit.kernel.money import ZERO
from remit.record.entry import Entry

AgentRunStatus = Literal[
    "begun", "waiting", "resumed", "completed", "limited", "refused", "failed", "stopped", "stranded"
]
"""What became of a run: it begins, waits for a person or for whoever asked, goes on; or it ended: with an
answer, at a limit, because nobody lets it go on, by a fault, or because somebody stopped it. `stranded`: it
was begun by another version of the program, which this one does not know how to go on from."""

ENDED: tuple[AgentRunStatus, ...] = ("completed", "limited", "refused", "failed", "stopped")


class AgentRun(Entry, frozen=True, kw_only=True, tag="agent_run"):
    """That a run of an agent began, waits, went on, or ended. Never what it was asked or said.

    `part` is empty for the run itself; for what it hands on it is the step in which it does, and `handed_by`
    the agent that does. `turns`, `tool_calls`, `tokens` and `charge` are how far it has gone by then, parts
    included, and `worked_ms` how long it has worked, without the time in which it waited. `limit` is the one
    that it reached, `rule` what a refusal is by, and `fault` what failed. `waits_for` is the request that
    people answer, and `asks` the step that whoever began it carries out.

    `stop_ms` is how long after somebody said so it was stopped. `program` is the version of the steps that it
    takes, and `model_version` the version of the operating model that it began under.
    """

    run: str
    agent: str
    use_case: str
    unit: str
    stage: str
    key: str
    status: AgentRunStatus
    part: str = ""
    handed_by: str = ""
    turns: int = 0
    tool_calls: int = 0
    tokens: int = 0
    charge: Decimal = ZERO
    currency: str
    worked_ms: int = 0
    limit: str = ""
    rule: str = ""
    fault: str = ""
    waits_for: str = ""
    asks: str = ""
    stop_ms: int | None = None
    program: str = ""
    model_version: int = 0
    reference: str | None = None
