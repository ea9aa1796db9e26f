"""Writes answers in the OpenAI Responses format: whole, or as events that build the same object up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from remit.enforce.answer import Delta, Finish, Piece, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.request import ModelRequest, OutputFormat, Tool, ToolChoice
from remit.gateway.wire import Account, Ask, Failure, Head
from remit.kernel.usage import Usage

SIGNATURE = "signature:"
"""What `encrypted_content` begins with where it is the signature of reasoning that is shown."""

_ENCODER = msgspec.json.Encoder()
INCOMPLETE: dict[StopReason, str | None] = {
    "stop": None,
    "stop_sequence": None,
    "length": "max_output_tokens",
    "tool_use": None,
    "content_filter": "content_filter",
    "guardrail": "content_filter",
    "refusal": "content_filter",
    "context_full": "max_output_tokens",
    "pause": None,
}
"""Why an answer is not complete; nothing of one that is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller said of the answer that the canonical request does not hold."""

    instructions: str | None = None
    prompt: Mapping[str, Any] | None = None
    encrypted_reasoning: bool = False


@dataclass(slots=True)
class _Item:
    """The item of the output that is being written, and its part that is."""

    kind: Literal["message", "reasoning", "function_call"]
    id: str
    call_id: str = ""
    name: str = ""
    sealed: str = ""
    done: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    part: str = ""
    before: bytes = b""


class ResponsesWriter:
    """Writes one answer."""

    def __init__(self, ask: Ask, head: Head) -> None:
        wanted = ask.options if isinstance(ask.options, Wanted) else Wanted()
        assert isinstance(ask.request, ModelRequest)
        think = ask.request.think
        self._call, self._streamed = head.call, ask.streamed
        self._encrypted = wanted.encrypted_reasoning
        self._summarized = think is not None and think.summary is not None
        self._refused = False
        self._sequence = 0
        self._item: _Item | None = None
        self._output: list[msgspec.Raw] = []
        start = {"id": f"resp_{head.call}", "object": "response", "created_at": head.created}
        # What was asked stands in every copy of the object; a stream has three.
        self._asked = _ENCODER.encode(start | _asked(ask.request, wanted, head.model))[:-1]

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes:
        self.pieces(pieces)
        return self._ended(finish, account)[1]

    def opening(self) -> bytes:
        response = self._response({"status": "in_progress", "error": None, "incomplete_details": None})
        return self._of_response("response.created", response) + self._of_response(
            "response.in_progress", response
        )

    def pieces(self, pieces: Sequence[Piece]) -> bytes:
        return b"".join([self._piece(piece) for piece in pieces])

    def closing(self, finish: Finish, account: Account) -> bytes:
        """Write the rest of the last item, and the object as a whole with what the call cost."""
        rest, response, status = self._ended(finish, account)
        return rest + self._of_response(f"response.{status}", response)

    def failing(self, fault: Failure) -> bytes:
        """Write an error in the middle of a stream, and the object as far as it came."""
        data = self._close("incomplete")
        data += self._event("error", {"code": fault.code, "message": fault.message, "param": fault.param})
        code = "rate_limit_exceeded" if fault.status == 429 else "server_error"
        error = {"code": code, "message": fault.message, "type": fault.code}
        response = self._response({"status": "failed", "error": error, "incomplete_details": None})
        return data + self._of_response("response.failed", response)

    def _ended(self, finish: Finish, account: Account) -> tuple[bytes, bytes, str]:
        reason = INCOMPLETE[finish.stop_reason]
        if finish.stop_reason == "refusal" and self._refused:
            # A refusal in the model's own words is an answer like any other.
            reason = None
        status = "completed" if reason is None else "incomplete"
        rest = self._close(status)
        details = None if reason is None else {"reason": reason}
        response = self._response(
            {
                "status": status,
                "error": None,
                "incomplete_details": details,
                "usage": usage_fields(finish.usage),
                "remit": account.fields,
            }
        )
        return rest, response, status

    def _response(self, state: Mapping[str, Any]) -> bytes:
        return self._asked + b"," + _ENCODER.encode({**state, "output": self._output})[1:]

    def _of_response(self, kind: str, response: bytes) -> bytes:
        return self._event(kind, {"response": msgspec.Raw(response)})

    def _event(self, kind: str, fields: Mapping[str, Any]) -> bytes:
        if not self._streamed:
            return b""
        data = _ENCODER.encode({"type": kind, "sequence_number": self._sequence, **fields})
        self._sequence += 1
        return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"

    # ── items ──

    def _piece(self, piece: Piece) -> bytes:
        if isinstance(piece, Delta):
            return self._say(piece)
        if isinstance(piece, ToolDelta):
            assert self._item is not None, "arguments follow the tool that they are for"
            return self._add("response.function_call_arguments.delta", piece.arguments)
        if isinstance(piece, ToolStart):
            return self._open("function_call", "fc", call_id=piece.id, name=piece.name)
        if isinstance(piece, Thought):
            return self._think(piece)
        return b""

    def _say(self, piece: Delta) -> bytes:
        data = b""
        if self._item is not None and self._item.kind != "message":
            data = self._close("completed")
        if not piece.text:
            return data
        if self._item is None:
            data += self._open("message", "msg")
        part = "refusal" if piece.refusal else "output_text"
        self._refused = self._refused or piece.refusal
        return data + self._part(part) + self._add(f"response.{part}.delta", piece.text)

    def _think(self, piece: Thought) -> bytes:
        data = b""
        if self._item is None or self._item.kind != "reasoning":
            data = self._open("reasoning", "rs", id=piece.id)
        if piece.text:
            part = "summary_text" if self._summarized else "reasoning_text"
            name = "reasoning_summary_text" if self._summarized else "reasoning_text"
            data += self._part(part) + self._add(f"response.{name}.delta", piece.text)
        if piece.signature or piece.sealed:
            assert self._item is not None
            self._item.sealed = f"{SIGNATURE}{piece.signature}" if piece.signature else piece.sealed
            data += self._close("completed")
        return data

    def _open(
        self,
        kind: Literal["message", "reasoning", "function_call"],
        prefix: str,
        *,
        id: str = "",
        call_id: str = "",
        name: str = "",
    ) -> bytes:
        data = self._close("completed")
        self._item = _Item(kind, id or f"{prefix}_{self._call}_{len(self._output)}", call_id, name)
        item = self._fields("in_progress")
        return data + self._event(
            "response.output_item.added", {"output_index": len(self._output), "item": item}
        )

    def _add(self, kind: str, text: str) -> bytes:
        """Add to the part that is being written. All but the text is the same from piece to piece."""
        item = self._item
        assert item is not None
        item.texts.append(text)
        if not self._streamed:
            return b""
        if not item.before:
            fields = {"type": kind, **self._place(), **({"logprobs": []} if "output_text" in kind else {})}
            before = _ENCODER.encode(fields)[:-1]
            item.before = b"event: " + kind.encode() + b"\ndata: " + before + b',"sequence_number":'
        number, self._sequence = self._sequence, self._sequence + 1
        return b'%b%d,"delta":%b}\n\n' % (item.before, number, _ENCODER.encode(text))

    def _part(self, kind: str) -> bytes:
        """Begin a part of the item, unless it is the one that is being written."""
        item = self._item
        assert item is not None
        if item.part == kind:
            return b""
        data = self._close_part()
        item.part = kind
        name = "reasoning_summary_part" if kind == "summary_text" else "content_part"
        return data + self._event(f"response.{name}.added", {**self._place(), "part": _part(kind, "")})

    def _close_part(self) -> bytes:
        item = self._item
        assert item is not None
        if not item.part:
            return b""
        kind, place, text = item.part, self._place(), "".join(item.texts)
        part = _part(kind, text)
        name = {"summary_text": "reasoning_summary_text"}.get(kind, kind)
        said = {"refusal" if kind == "refusal" else "text": text}
        if kind == "output_text":
            said["logprobs"] = []  # type: ignore[assignment]  # a list that is always empty
        data = self._event(f"response.{name}.done", {**place, **said})
        name = "reasoning_summary_part" if kind == "summary_text" else "content_part"
        data += self._event(f"response.{name}.done", {**place, "part": part})
        item.done.append(part)
        item.texts, item.part, item.before = [], "", b""
        return data

    def _place(self) -> dict[str, Any]:
        item = self._item
        assert item is not None
        place: dict[str, Any] = {"item_id": item.id, "output_index": len(self._output)}
        if item.kind != "function_call":
            place["summary_index" if item.part == "summary_text" else "content_index"] = len(item.done)
        return place

    def _close(self, status: str) -> bytes:
        """End the item that is being written, if one is."""
        item = self._item
        if item is None:
            return b""
        if item.kind == "function_call":
            arguments = {"arguments": "".join(item.texts), "name": item.name}
            data = self._event("response.function_call_arguments.done", {**self._place(), **arguments})
        else:
            data = self._close_part()
        written = _ENCODER.encode(self._fields(status))
        data += self._event(
            "response.output_item.done",
            {"output_index": len(self._output), "item": msgspec.Raw(written)},
        )
        self._output.append(msgspec.Raw(written))
        self._item = None
        return data

    def _fields(self, status: str) -> dict[str, Any]:
        """Write the item as far as it came."""
        item = self._item
        assert item is not None
        fields: dict[str, Any] = {"id": item.id, "type": item.kind, "status": status}
        if item.kind == "message":
            return fields | {"role": "assistant", "content": list(item.done)}
        if item.kind == "function_call":
            named = {"call_id": item.call_id, "name": item.name, "arguments": "".join(item.texts)}
            return fields | named
        fields["summary"] = [part for part in item.done if part["type"] == "summary_text"]
        shown = [part for part in item.done if part["type"] == "reasoning_text"]
        if shown:
            fields["content"] = shown
        if self._encrypted and item.sealed:
            fields["encrypted_content"] = item.sealed
        return fields


def _part(kind: str, text: str) -> dict[str, Any]:
    if kind == "refusal":
        return {"type": "refusal", "refusal": text}
    if kind == "output_text":
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"type": kind, "text": text}


def usage_fields(usage: Usage) -> dict[str, Any]:
    """Write usage as the format counts it: its input total holds cached tokens as well."""
    return {
        "input_tokens": usage.input_total,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens + usage.cache_write_1h_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total,
    }


def _asked(request: ModelRequest, wanted: Wanted, model: str) -> dict[str, Any]:
    """Repeat what was asked, as the format does; who asked is left out."""
    think = request.think
    return {
        "model": model,
        "instructions": wanted.instructions,
        "prompt": wanted.prompt,
        "max_output_tokens": request.output_tokens_max,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "tools": [_tool(tool) for tool in request.tools],
        "tool_choice": _choice(request.tool_choice),
        "parallel_tool_calls": request.parallel_tools is not False,
        "reasoning": {
            "effort": think.effort if think else None,
            "summary": think.summary if think else None,
        },
        "text": {"format": _format(request.output_format), "verbosity": request.verbosity or "medium"},
        "truncation": "disabled",
        "background": False,
        "store": False,
        "previous_response_id": None,
        "prompt_cache_key": request.cache_key,
        "metadata": {},
    }


def _tool(tool: Tool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description or None,
        "parameters": msgspec.Raw(tool.parameters),
        "strict": tool.strict,
    }


def _choice(choice: ToolChoice | None) -> str | dict[str, Any]:
    if choice is None:
        return "auto"
    return {"type": "function", "name": choice.name} if choice.mode == "tool" else choice.mode


def _format(wanted: OutputFormat | None) -> dict[str, Any]:
    if wanted is None:
        return {"type": "text"}
    if not wanted.schema:
        return {"type": "json_object"}
    return {
        "type": "json_schema",
        "name": wanted.name,
        "description": wanted.description or None,
        "schema": msgspec.Raw(wanted.schema),
        "strict": wanted.strict,
    }
