"""What a run looks like from outside: its state, its answer, what it waits for, read from what is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from remit.ports_agents import Json

PAUSES = ("ended", "requires_action", "waiting")
"""What is told of a run when it stands still."""

DONE = ("completed", "limited", "refused", "failed")
"""How a run says that it ended; one that was stopped says nothing any more."""


@dataclass(slots=True)
class Shown:
    """A run as it stands after what was told of it."""

    status: str = "working"
    said: str = ""
    why: str = ""
    action: Json | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    answered: list[str] = field(default_factory=list)

    @property
    def usage(self) -> dict[str, int]:
        total = self.input_tokens + self.output_tokens
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": total,
        }


def shown(events: Sequence[Json]) -> Shown:
    """Read a run from all that was told of it."""
    found = Shown()
    for event in events:
        kind = event["kind"]
        if kind == "turn":
            found.output_tokens += event["output_tokens"]
            found.input_tokens += event["tokens"] - event["output_tokens"]
        elif kind in ("requires_action", "waiting"):
            found.status, found.action = kind, event
        elif kind == "resumed":
            found.status, found.action = "working", None
            found.answered.append(event["step"])
        elif kind == "ended":
            found.status, found.said, found.action = event["status"], event["said"], None
            found.why = next((event[each] for each in ("rule", "limit", "fault") if event.get(each)), "")
    return found


def action_of(event: Json) -> dict[str, Any]:
    """Say what a run waits for: a function that whoever began it carries out, or a person's answer."""
    if event["kind"] == "requires_action":
        return {
            "kind": "function_call",
            "call": event["step"],
            "name": event["name"],
            "arguments": event["arguments"],
        }
    if event["approval"]:
        return {"kind": "approval", "approval": event["approval"], "tool": event["tool"]}
    return {"kind": "unknown_effect", "call": event["step"], "tool": event["tool"]}


def run_fields(run: str, agent: str, events: Sequence[Json], *, ended: str = "") -> dict[str, Any]:
    """Write a run as the API gives it. `ended` is how it ended where nothing was told of that."""
    found = shown(events)
    status = (
        ended if ended and found.status not in ("completed", "limited", "refused", "failed") else found.status
    )
    return {
        "id": run,
        "agent": agent,
        "status": status,
        "output": found.said,
        "why": found.why,
        "requires_action": action_of(found.action) if found.action is not None and not ended else None,
        "usage": found.usage,
        "trace": list(events),
    }
