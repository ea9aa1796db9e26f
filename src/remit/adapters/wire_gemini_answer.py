"""Answers of servers that speak Gemini's generateContent format: from their bytes to events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from remit.adapters.remote import OutputEstimate, broken, error_in, refusal, words_of
from remit.adapters.wire_openai_answer import Count
from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason, Thought, ToolDelta, ToolStart
from remit.enforce.request import ModelRequest
from remit.kernel.errors import ProviderError
from remit.kernel.usage import Usage

_STOP: dict[str, StopReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            "SAFETY",
            "RECITATION",
            "LANGUAGE",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "MODEL_ARMOR",
            "ESCALATION",
        ),
        "content_filter",
    ),
}

# Ends that are no answer: what the model wrote cannot be used, and asking again may help.
_SPOILT = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "MALFORMED_RESPONSE",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "OTHER",
    }
)
# Ends that the request brought about.
_REFUSED = frozenset({"MISSING_THOUGHT_SIGNATURE", "PUP_LIMITED_DISABLED"})

_FILTERED = ("content_filter",)
_STATUS_OF = {"UNAVAILABLE": 429, "RESOURCE_EXHAUSTED": 429, "DEADLINE_EXCEEDED": 504}
"""What a status in Google's words comes to, where the number beside it says less."""

_TOO_LONG = re.compile(r"input token count .{0,40}exceeds", re.IGNORECASE)
_SECONDS = re.compile(r"([0-9]{1,6})(?:\.[0-9]+)?s")


class _Shape(msgspec.Struct, frozen=True, rename="camel"):
    pass


class _Call(_Shape, frozen=True):
    name: str
    id: str = ""
    args: msgspec.Raw = msgspec.Raw(b"{}")


class _Part(_Shape, frozen=True):
    text: str | None = None
    thought: bool = False
    thought_signature: str = ""
    function_call: _Call | None = None


class _Content(_Shape, frozen=True):
    parts: tuple[_Part, ...] | None = None


class _Candidate(_Shape, frozen=True):
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(_Shape, frozen=True):
    block_reason: str | None = None


class _Modality(_Shape, frozen=True):
    modality: str = ""
    token_count: Count = 0


class _Tokens(_Shape, frozen=True):
    prompt_token_count: Count = 0
    cached_content_token_count: Count = 0
    candidates_token_count: Count = 0
    thoughts_token_count: Count = 0
    tool_use_prompt_token_count: Count = 0
    total_token_count: Count = 0
    prompt_tokens_details: tuple[_Modality, ...] | None = None
    candidates_tokens_details: tuple[_Modality, ...] | None = None


class _Answer(_Shape, frozen=True):
    candidates: tuple[_Candidate, ...] = ()
    prompt_feedback: _Feedback | None = None
    usage_metadata: _Tokens | None = None
    model_version: str | None = None
    response_id: str | None = None
    error: Any = None


class _Counted(_Shape, frozen=True):
    total_tokens: Count


_ANSWERS = msgspec.json.Decoder(_Answer)
_COUNTS = msgspec.json.Decoder(_Counted)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class GeminiAnswer:
    """What the pieces of one answer add up to; each piece has the shape of a whole answer."""

    def __init__(self, request: ModelRequest, *, served_model: str) -> None:
        assert request.output_tokens_max is not None, "the remit sets the output limit before a provider"
        self._request = request
        self._served_model = served_model
        self._estimate = OutputEstimate(request.output_tokens_max)
        self._tokens: _Tokens | None = None
        self._finished: str | None = None
        self._answer_id = ""
        self._tools = 0
        self.done = False

    def add(self, data: bytes) -> list[ModelEvent]:
        """Read one event of a stream."""
        try:
            answer = _ANSWERS.decode(data)
        except _UNREADABLE:
            raise broken("sent an answer that cannot be read") from None
        if answer.error is not None:
            raise _of_error(500, {}, answer.error)
        if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason:
            raise refusal(400, {}, _FILTERED)
        self._tokens = answer.usage_metadata or self._tokens
        self._served_model = answer.model_version or self._served_model
        self._answer_id = answer.response_id or self._answer_id
        pieces: list[ModelEvent] = []
        for candidate in answer.candidates:
            for part in (candidate.content and candidate.content.parts) or ():
                self._part(part, pieces)
            self._end(candidate.finish_reason)
        return pieces

    def take(self, body: bytes) -> list[ModelEvent]:
        """Read an answer that came whole, and finish."""
        pieces = self.add(body)
        return [*pieces, self.finish()]

    def _end(self, reason: str | None) -> None:
        if reason in _SPOILT:
            raise broken(f"ended the answer unusable (`{reason}`)")
        if reason in _REFUSED:
            raise refusal(400, {}, (str(reason),))
        self._finished = reason or self._finished

    def _part(self, part: _Part, pieces: list[ModelEvent]) -> None:
        """Read a part. A signature stands before the call that it belongs to, else after the words."""
        signed = [Thought(signature=part.thought_signature)] if part.thought_signature else []
        if part.function_call is not None:
            pieces += [*signed, *self._call(part.function_call)]
            return
        if part.text is None:
            raise broken("answered with a kind of content that nobody asked for")
        if part.text:
            tokens = self._estimate.add(part.text)
            pieces.append(Thought(part.text, tokens) if part.thought else Delta(part.text, tokens))
        pieces += signed

    def _call(self, call: _Call) -> list[ModelEvent]:
        """Read the call of a tool. Where it has no id, one is made up that is the same at every reading."""
        self._tools += 1
        try:
            arguments = bytes(call.args).decode()
        except UnicodeDecodeError:
            raise broken("sent an answer that cannot be read") from None
        given = call.id[:256]
        if not given:
            known = f"{self._answer_id}\0{self._tools}\0{call.name}\0{arguments}"
            given = f"call_{sha256(known.encode()).hexdigest()[:24]}"
        name = call.name[:256]
        return [
            ToolStart(given, name, tokens=self._estimate.add(name)),
            ToolDelta(arguments, tokens=self._estimate.add(arguments)),
        ]

    def finish(self) -> Finish:
        if self._finished is None:
            raise broken("ended the answer before its last event")
        self.done = True
        reason = _STOP.get(self._finished, "stop")
        if reason == "stop" and self._tools:
            reason = "tool_use"
        return Finish(
            reason,
            usage=self._usage(),
            served_model=self._served_model[:200],
            estimated=self._tokens is None,
        )

    def _usage(self) -> Usage:
        """Tell kinds of tokens apart. Thoughts stand beside the answer here; both are output.

        What the server's total holds beyond what it names is output as well, which costs more than input.
        """
        tokens = self._tokens
        if tokens is None:
            return Usage(
                input_tokens=self._request.input_tokens_estimate, output_tokens=self._estimate.tokens
            )
        read = tokens.prompt_token_count + tokens.tool_use_prompt_token_count
        cached = min(tokens.cached_content_token_count, read)
        written = tokens.candidates_token_count + tokens.thoughts_token_count
        return Usage(
            input_tokens=read - cached,
            output_tokens=max(written, tokens.total_token_count - read),
            cache_read_tokens=cached,
            reasoning_tokens=tokens.thoughts_token_count,
            audio_input_tokens=min(_of("AUDIO", tokens.prompt_tokens_details), read),
            audio_output_tokens=min(_of("AUDIO", tokens.candidates_tokens_details), written),
            image_input_tokens=min(_of("IMAGE", tokens.prompt_tokens_details), read),
        )


def _of(modality: str, details: tuple[_Modality, ...] | None) -> int:
    return sum(each.token_count for each in details or () if each.modality == modality)


def counted(body: bytes) -> int:
    """Read how many tokens an input is."""
    try:
        return _COUNTS.decode(body).total_tokens
    except _UNREADABLE:
        raise broken("sent a count that cannot be read") from None


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Say what an error of Google's means."""
    return _of_error(status, headers, error_in(body))


def _of_error(status: int, headers: Mapping[str, str], error: object) -> ProviderError:
    """Say what an error means. Its sentence is looked at, and never passed on."""
    found = error if isinstance(error, dict) else {}
    details = [each for each in found.get("details") or () if isinstance(each, dict)]
    words = tuple(word for each in details for word in words_of(each, fields=("reason",)))
    words += words_of(found, fields=("status",))
    if "API_KEY_INVALID" in words:
        return refusal(401, headers, words)
    if _TOO_LONG.search(str(found.get("message", ""))[:500]):
        # The format has no word of its own for it.
        return refusal(413, headers, words)
    code = found.get("code")
    if isinstance(code, int) and 400 <= code < 600:
        status = code
    status = next((_STATUS_OF[word] for word in words if word in _STATUS_OF), status)
    return refusal(status, {**headers, **_advice(details)}, words)


def _advice(details: list[dict[str, Any]]) -> dict[str, str]:
    """Read when to come back, which stands in the body here."""
    for detail in details:
        delay = _SECONDS.fullmatch(str(detail.get("retryDelay", "")))
        if delay:
            return {"retry-after": str(int(delay[1]) + 1)}
    return {}
