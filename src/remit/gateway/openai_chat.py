"""The OpenAI chat format: from its bytes to the canonical request, and from events back to its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from remit.enforce.request import Finish, Message, ModelRequest, Role
from remit.kernel.suggest import did_you_mean
from remit.kernel.usage import Usage

MESSAGES_MAX = 2_000
TOKENS_MAX = 10_000_000

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}

# What the format knows and this gateway cannot express yet. Naming them apart from unknown fields tells a
# caller whether to mend a typo or to change the call.
NOT_SERVED = frozenset(
    "audio function_call functions logit_bias logprobs metadata modalities moderation parallel_tool_calls"
    " prediction prompt_cache_key prompt_cache_retention reasoning_effort response_format safety_identifier"
    " service_tier store tool_choice tools top_logprobs verbosity web_search_options"
    " frequency_penalty presence_penalty".split()
)


@dataclass(frozen=True, slots=True)
class Malformed:
    """Why a body is not a request that can be served; `code` has a page, `param` names the field."""

    code: str
    summary: str
    help: str
    param: str | None = None


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text"]
    text: str


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    content: str | list[_Part]
    refusal: None = None


class _StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    include_usage: bool = False
    include_obfuscation: bool = False


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    messages: list[_Message]
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int | None = None
    # Who the caller's user is matters to nobody behind this door yet; most clients can send it.
    user: str | None = None


SERVED = frozenset(_Body.__struct_fields__)


@dataclass(frozen=True, slots=True)
class Chat:
    """A decoded request, and how its answer is to be written."""

    request: ModelRequest
    streamed: bool
    include_usage: bool


def decode(body: bytes) -> Chat | Malformed:
    """Read a body; what cannot be served is refused by name, never dropped."""
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return Malformed("invalid-json", "the body is not JSON", "send a JSON object as `application/json`")
    if not isinstance(fields, dict):
        return Malformed("invalid-json", "the body is not a JSON object", "send `model` and `messages`")
    for name in fields:
        if name not in SERVED and fields[name] is not None:
            return _refuse_field(str(name))
    try:
        given = msgspec.convert({k: v for k, v in fields.items() if k in SERVED}, _Body)
    except msgspec.ValidationError as error:
        return _invalid(error)
    return _request(given)


def _refuse_field(name: str) -> Malformed:
    shown = name[:60]
    if name in NOT_SERVED:
        help = f"leave out `{shown}`; the conformance table in the docs shows what is served"
        return Malformed("unsupported-field", f"`{shown}` is not served by this gateway", help, shown)
    help = did_you_mean(shown, SERVED, otherwise="leave it out")
    return Malformed("unknown-field", f"unknown field `{shown}`", help, shown)


def _invalid(error: msgspec.ValidationError) -> Malformed:
    """Say which field is wrong; the decoder's sentence names types and paths, never values."""
    what, _, path = str(error).partition(" - at `")
    param = path.rstrip("`").removeprefix("$").removeprefix(".") or None
    where = f"`{param}`" if param else "the body"
    sentence = what[:1].lower() + what[1:]
    return Malformed("invalid-field", f"{where}: {sentence}", "correct this field", param)


def _request(given: _Body) -> Chat | Malformed:
    if given.n not in (None, 1):
        return Malformed("unsupported-field", "`n` must be 1", "ask once for each answer", "n")
    if not 1 <= len(given.messages) <= MESSAGES_MAX:
        summary = f"`messages` has {len(given.messages)} items; 1 to {MESSAGES_MAX} are taken"
        return Malformed("invalid-field", summary, "send at least one message", "messages")
    limit = given.max_tokens if given.max_completion_tokens is None else given.max_completion_tokens
    if limit is not None and not 1 <= limit <= TOKENS_MAX:
        summary = f"`max_tokens` is {limit if abs(limit) <= TOKENS_MAX else 'out of range'}"
        return Malformed("invalid-field", summary, f"send 1 to {TOKENS_MAX:,}, or leave it out", "max_tokens")
    for name, most in (("temperature", 2), ("top_p", 1)):
        value = getattr(given, name)
        if value is not None and not 0 <= value <= most:
            return Malformed("invalid-field", f"`{name}` is out of range", f"send 0 to {most}", name)
    messages = []
    for index, message in enumerate(given.messages):
        role = _ROLES.get(message.role)
        if role is None:
            param = f"messages[{index}].role"
            help = did_you_mean(message.role, _ROLES, otherwise=f"use one of {', '.join(_ROLES)}")
            return Malformed("unsupported-field", f"`{param}` is not a role that is served", help, param)
        messages.append(Message(role, _text(message.content)))
    stop = (given.stop,) if isinstance(given.stop, str) else tuple(given.stop or ())
    if len(stop) > 4:
        return Malformed("invalid-field", "`stop` has more than 4 texts", "send at most 4", "stop")
    request = ModelRequest(
        model=f"model/{given.model[:200]}",
        messages=tuple(messages),
        output_tokens_max=limit,
        temperature=given.temperature,
        top_p=given.top_p,
        stop=stop,
        seed=given.seed,
    )
    options = given.stream_options or _StreamOptions()
    return Chat(request, bool(given.stream), options.include_usage)


def _text(content: str | list[_Part]) -> str:
    return content if isinstance(content, str) else "".join(part.text for part in content)


_ENCODER = msgspec.json.Encoder()


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.input_total,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one answer, buffered or as server-sent events. `model` is what serves it."""

    call: str
    model: str
    created: int

    def answer(self, text: str, finish: Finish, remit: dict[str, Any]) -> bytes:
        return _ENCODER.encode(
            {
                **self._head("chat.completion"),
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": text, "refusal": None},
                        "logprobs": None,
                        "finish_reason": finish.stop_reason,
                    }
                ],
                "usage": _usage(finish.usage),
                "remit": remit,
            }
        )

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""}, None)

    def delta(self, text: str) -> bytes:
        return self._chunk({"content": text}, None)

    def closing(self, finish: Finish, remit: dict[str, Any], *, include_usage: bool) -> bytes:
        """Write the last events; what the call cost stands in the one with the finish reason."""
        last = self._chunk({}, finish.stop_reason, remit=remit)
        if include_usage:
            usage = {**self._head("chat.completion.chunk"), "choices": [], "usage": _usage(finish.usage)}
            last += b"data: " + _ENCODER.encode(usage) + b"\n\n"
        return last + b"data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.call}",
            "object": kind,
            "created": self.created,
            "model": self.model,
        }

    def _chunk(self, delta: dict[str, str], finish: str | None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        chunk = {**self._head("chat.completion.chunk"), "choices": [choice], **more}
        return b"data: " + _ENCODER.encode(chunk) + b"\n\n"


def error_body(error: dict[str, Any]) -> bytes:
    """Write an error in this format's shape."""
    return _ENCODER.encode({"error": error})


def error_event(error: dict[str, Any]) -> bytes:
    """Write an error in the middle of a stream; clients of the format raise it."""
    return b"data: " + _ENCODER.encode({"error": error}) + b"\n\n"
