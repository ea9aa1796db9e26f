"""What stands in messages of the Model Context Protocol, from the server's side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from remit import __version__
from remit.declare.version import family
from remit.operations.call_tool import ShownTool, ToolOutcome
from remit.operations.poll_approval import Polled

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""The revisions that begin with a handshake, the newest first."""

STEP = "remit/step"
APPROVAL = "remit/approval"
PREFIX = "tool/"

Message = dict[str, Any]

PARSE, INVALID, UNKNOWN, PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603

INSTRUCTIONS = (
    "Every call is decided by what the use case may do. An answer with `approval_required` waits for a"
    " person: poll the address that it names, and call again with the same arguments once it is approved."
)


class ToolParams(msgspec.Struct):
    """What a call of a tool says. `meta` may name the step of the run, and an approval."""

    name: str
    arguments: dict[str, Any] | None = None
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")

    def said(self, what: str) -> str:
        value = self.meta.get(what, "")
        return value if isinstance(value, str) else ""


def result(id: object, found: Mapping[str, Any]) -> Message:
    return {"jsonrpc": "2.0", "id": id, "result": found}


def error(id: object, code: int, message: str, more: Mapping[str, Any] | None = None) -> Message:
    fault = {"code": code, "message": message, **({"data": more} if more else {})}
    return {"jsonrpc": "2.0", "id": id, "error": fault}


def hello(params: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = params.get("protocolVersion")
    return {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "remit", "version": __version__},
        "instructions": INSTRUCTIONS,
    }


def listed(tools: Sequence[ShownTool]) -> Mapping[str, Any]:
    """Write the tools that a run is told of, as their servers describe them."""
    return {
        "tools": [
            {
                "name": family(each.address).removeprefix(PREFIX),
                "title": each.block.name,
                "description": each.text.description,
                "inputSchema": {"type": "object", **each.text.schema},
            }
            for each in tools
        ]
    }


def answered(outcome: ToolOutcome, *, run: str, polled: Polled | None) -> Mapping[str, Any]:
    """Write what came of a call. Whatever was not done is an error that a model can read."""
    meta = {"remit/status": outcome.status, "remit/run": run, "remit/entry": outcome.entry}
    if outcome.status == "completed":
        said = {"content": [_text(outcome.text)], "isError": False, "_meta": meta}
        return {**said, "structuredContent": outcome.fields} if isinstance(outcome.fields, dict) else said
    told = {"waiting": _waiting, "unknown": _unknown, "failed": _failed}.get(outcome.status, _refused)
    fields = told(outcome, run, polled)
    text = (
        outcome.text
        if outcome.status == "failed" and outcome.text
        else f"{fields['summary']}; {fields['help']}"
    )
    return {"content": [_text(text)], "structuredContent": fields, "isError": True, "_meta": meta}


def poll_address(run: str, approval: str) -> str:
    return f"/runs/{run}/approvals/{approval}"


def _text(text: str) -> Mapping[str, str]:
    return {"type": "text", "text": text}


def _waiting(outcome: ToolOutcome, run: str, polled: Polled | None) -> dict[str, Any]:
    return {
        "error": "approval_required",
        "approval": outcome.approval,
        "summary": outcome.decision.summary,
        "help": "poll the address, and call again with the same arguments once it is approved",
        "rule": outcome.decision.rule,
        "at_stake": list(polled.stakes) if polled else [],
        "who_decides": list(polled.roles) if polled else [outcome.decision.owner],
        "people": polled.people if polled else 1,
        "expires": polled.expires if polled else None,
        "poll": poll_address(run, outcome.approval),
        "retry_after_s": outcome.retry_after_s,
    }


def _refused(outcome: ToolOutcome, run: str, polled: Polled | None) -> dict[str, Any]:
    decision = outcome.decision
    return {
        "error": decision.rule,
        "summary": decision.summary,
        "help": decision.help,
        "layer": decision.layer,
        "owner": decision.owner,
    }


def _failed(outcome: ToolOutcome, run: str, polled: Polled | None) -> dict[str, Any]:
    return {
        "error": "tool_failed",
        "summary": "the tool was not done",
        "help": "see what it said, or ask its owner",
        "answer": outcome.fields,
    }


def _unknown(outcome: ToolOutcome, run: str, polled: Polled | None) -> dict[str, Any]:
    return {
        "error": "outcome_unknown",
        "summary": "nobody can say whether the tool was done",
        "help": "do not ask for it again; a person finds out, with `remit tool resolve`",
        "retry_after_s": outcome.retry_after_s,
    }
