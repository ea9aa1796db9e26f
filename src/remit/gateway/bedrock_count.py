"""Bedrock's count of tokens: what an input would be, without asking a model."""

from __future__ import annotations

from typing import Any

import msgspec

from remit.gateway import bedrock_invoke
from remit.gateway.bedrock_converse import prompt_of, request_of
from remit.gateway.bedrock_fields import NONE, Fields
from remit.gateway.bedrock_shapes import Block, Body, Shape, ToolConfig, Turn
from remit.gateway.reading import invalid, read_object
from remit.gateway.wire import Ask, Failure
from remit.operations.count_tokens import Counted


class _Converse(Shape):
    messages: list[Turn] = []
    system: list[Block] = []
    tool_config: ToolConfig | None = None
    additional_model_request_fields: Fields = NONE


class _Invoke(Shape):
    body: bytes


class _Input(Shape):
    converse: _Converse | None = None
    invoke_model: _Invoke | None = None


class _Count(Shape):
    input: _Input


_COUNT = msgspec.json.Decoder(_Count)
_SERVED = frozenset({"input"})


def decode(body: bytes, target: str) -> Ask | Failure:
    """Read the input that is to be counted, in either of the formats that a call has."""
    given: Any = read_object(body, _COUNT, served=_SERVED, not_served=frozenset())
    if isinstance(given, Failure):
        return given
    if given.input.invoke_model is not None:
        return bedrock_invoke.decode_count(given.input.invoke_model.body, target)
    if given.input.converse is None:
        return invalid("input", "`input` is empty", "send `converse` or `invokeModel` in it")
    asked = given.input.converse
    prompt = prompt_of(target, {})
    if isinstance(prompt, Failure):
        return prompt
    request = request_of(
        Body(
            messages=asked.messages,
            system=asked.system,
            tool_config=asked.tool_config,
            additional_model_request_fields=asked.additional_model_request_fields,
        ),
        "" if prompt else target,
    )
    return request if isinstance(request, Failure) else Ask(request, streamed=False, prompt=prompt)


def counted(count: Counted) -> bytes:
    """Write a count; one that is an estimate says so, to those who look."""
    return msgspec.json.encode({"inputTokens": count.tokens, "remit": {"estimated": count.estimated}})
