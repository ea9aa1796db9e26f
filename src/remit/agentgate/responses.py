"""The OpenAI Responses format, spoken by an agent: a response is what its run says until it stands still."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from remit.agentgate.shown import Shown, shown
from remit.enforce.request import Media, Message, Tool, ToolResult
from remit.gateway import openai_responses
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Failure
from remit.ports_agents import Json

PREFIX = "resp_"
_SERVED = frozenset(
    "model input tools stream background previous_response_id store metadata user safety_identifier".split()
)
_STATUS = {
    "completed": "completed",
    "requires_action": "completed",
    "waiting": "in_progress",
    "working": "in_progress",
    "limited": "incomplete",
}


@dataclass(frozen=True, slots=True)
class ResponseAsk:
    """What is asked of an agent: in words, or by what a function brought in the run of a response before."""

    agent: str
    asked: tuple[Message, ...]
    functions: tuple[Tool, ...]
    outputs: tuple[tuple[str, str], ...]
    streamed: bool
    background: bool
    run: str


def run_of(response: str) -> str:
    """Return the run that a response is of."""
    return response.removeprefix(PREFIX).partition("-")[0]


def decode(body: bytes) -> ResponseAsk | Failure:
    """Read a body; what an agent decides by itself, such as its instructions, is refused by name."""
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return invalid("body", "the body is not JSON", "send one JSON object")
    if not isinstance(fields, dict):
        return invalid("body", "the body is not a JSON object", "send one JSON object")
    for name in sorted(fields.keys() - _SERVED):
        if fields[name] is not None:
            return unsupported(name, f"`{name}` is the agent's own to say", f"leave out `{name}`")
    before, background = fields.get("previous_response_id"), fields.get("background")
    rest = {name: value for name, value in fields.items() if name in ("model", "input", "tools", "stream")}
    ask = openai_responses.decode(msgspec.json.encode(rest))
    if isinstance(ask, Failure):
        return ask
    request = ask.request
    outputs: list[tuple[str, str]] = []
    words: list[Message] = []
    for message in request.messages:  # type: ignore[union-attr]  # this format has messages
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        outputs += [(each.id, "".join(getattr(part, "text", "") for part in each.parts)) for each in results]
        if message.role == "system" or any(isinstance(part, Media) for part in message.parts):
            return unsupported("input", "an agent is asked in the words of persons", "send text of the user")
        if message.text and not results:
            words.append(Message.of(message.role, message.text))
    return ResponseAsk(
        agent=str(fields.get("model", "")),
        asked=tuple(words),
        functions=request.tools,  # type: ignore[union-attr]  # as above
        outputs=tuple(outputs),
        streamed=ask.streamed,
        background=bool(background),
        run=run_of(str(before)) if before else "",
    )


def response_fields(ask: ResponseAsk, run: str, events: Sequence[Json], *, created: int) -> dict[str, Any]:
    """Write the response that a run has come to."""
    found = shown(events)
    status = _STATUS.get(found.status, "failed")
    why = {"code": found.why or found.status, "message": f"the run was {found.status}: {found.why}"}
    return {
        "id": response_id(run, found),
        "object": "response",
        "created_at": created,
        "status": status,
        "background": ask.background,
        "error": why if status == "failed" else None,
        "incomplete_details": {"reason": found.why} if status == "incomplete" else None,
        "instructions": None,
        "metadata": {},
        "model": ask.agent,
        "output": list(_items(run, found)),
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "tool_choice": "auto",
        "tools": [],
        "usage": _usage(found) if status != "in_progress" else None,
    }


def response_id(run: str, found: Shown) -> str:
    """Name a response: its run, and how often it had been answered by then."""
    return f"{PREFIX}{run}-{len(found.answered)}"


def _usage(found: Shown) -> dict[str, Any]:
    return {
        **found.usage,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }


def _items(run: str, found: Shown) -> Iterator[dict[str, Any]]:
    action = found.action
    if action is not None and action["kind"] == "requires_action":
        yield {
            "type": "function_call",
            "id": f"fc_{run}_{len(found.answered)}",
            "call_id": action["step"],
            "name": action["name"],
            "arguments": action["arguments"],
            "status": "completed",
        }
    elif action is not None and action["approval"]:
        # People answer it in the inbox; whoever asked only learns that, and of what.
        yield {
            "type": "mcp_approval_request",
            "id": action["approval"],
            "name": action["tool"],
            "arguments": "{}",
            "server_label": "remit",
        }
    if found.said:
        yield {
            "type": "message",
            "id": f"msg_{run}",
            "role": "assistant",
            "status": "completed",
            "content": [_text(found.said)],
        }


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def stream_events(opening: dict[str, Any], closing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Write what a stream holds after it was opened: the items of the response, then the response itself."""
    for index, item in enumerate(closing["output"]):
        at = {"output_index": index, "item_id": item["id"]}
        begun = {**item, "status": "in_progress"} if item["type"] != "mcp_approval_request" else item
        if item["type"] == "message":
            begun["content"] = []
        yield {"type": "response.output_item.added", "output_index": index, "item": begun}
        if item["type"] == "message":
            yield from _text_events(at, item["content"][0]["text"])
        elif item["type"] == "function_call":
            said = {"arguments": item["arguments"]}
            yield {"type": "response.function_call_arguments.delta", **at, "delta": item["arguments"]}
            yield {"type": "response.function_call_arguments.done", **at, **said, "name": item["name"]}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    kind = {"completed": "completed", "incomplete": "incomplete", "failed": "failed"}
    yield {"type": f"response.{kind.get(closing['status'], 'in_progress')}", "response": closing}


def _text_events(at: dict[str, Any], text: str) -> Iterator[dict[str, Any]]:
    at = {**at, "content_index": 0}
    yield {"type": "response.content_part.added", **at, "part": _text("")}
    yield {"type": "response.output_text.delta", **at, "delta": text, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": text, "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": _text(text)}
