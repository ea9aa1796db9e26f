"""The shapes of a request in the OpenAI chat completions format, as the decoder reads them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from remit.enforce.request import Effort
from remit.gateway.openai_parts import NOTHING, Breakpoint


class ImageUrl(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    detail: Literal["auto", "low", "high", "original"] = "auto"


class File(msgspec.Struct, forbid_unknown_fields=True):
    file_data: str
    filename: str = ""


class MessagePart(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text", "image_url", "file", "refusal"]
    text: str = ""
    refusal: str = ""
    image_url: ImageUrl | None = None
    file: File | None = None
    prompt_cache_breakpoint: Breakpoint | None = None


class Function(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    arguments: str
    # This and the like below is what clients send back of answers they were given, though it says nothing.
    parsed_arguments: Any = None


class Call(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    function: Function
    type: Literal["function"] = "function"
    index: int | None = None


class ChatMessage(msgspec.Struct, forbid_unknown_fields=True):
    role: str
    content: str | list[MessagePart] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None
    tool_call_id: str | None = None
    reasoning_content: str | None = None
    annotations: list[Any] | None = None
    parsed: Any = None
    audio: None = None
    function_call: None = None


class Declared(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str | None = None
    parameters: msgspec.Raw = NOTHING
    strict: bool | None = None


class ChatTool(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["function"]
    function: Declared


class Name(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["function"]
    function: Name


class Schema(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    schema: msgspec.Raw = NOTHING
    description: str | None = None
    strict: bool | None = None


class AnswerFormat(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: Schema | None = None


class StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    include_usage: bool = False
    include_obfuscation: bool = False


class Body(msgspec.Struct, forbid_unknown_fields=True):
    model: str
    messages: list[ChatMessage]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    n: int | None = None
    user: str | None = None
    safety_identifier: str | None = None
    tools: list[ChatTool] | None = None
    tool_choice: Literal["none", "auto", "required"] | Choice | None = None
    parallel_tool_calls: bool | None = None
    response_format: AnswerFormat | None = None
    reasoning_effort: Effort | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    # Whether the provider keeps the call for its own pages; nothing of the kind is ever asked of it.
    store: bool | None = None
    metadata: dict[str, str] | None = None
