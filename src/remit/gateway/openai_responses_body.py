"""The shapes of a request in the OpenAI Responses format, as the decoder reads them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from remit.enforce.request import Effort
from remit.gateway.openai_parts import NOTHING, Breakpoint

_Kind = Literal[
    "input_text", "output_text", "input_image", "input_file", "refusal", "reasoning_text", "summary_text"
]


class ItemPart(msgspec.Struct, forbid_unknown_fields=True):
    type: _Kind
    text: str = ""
    refusal: str = ""
    image_url: str | None = None
    detail: Literal["auto", "low", "high", "original"] | None = None
    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None
    prompt_cache_breakpoint: Breakpoint | None = None
    # What clients send back of answers they were given, though it says nothing.
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None
    parsed: Any = None


class Item(msgspec.Struct, forbid_unknown_fields=True):
    type: str = "message"
    role: str = ""
    content: str | list[ItemPart] | None = None
    summary: list[ItemPart] = []
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | list[ItemPart] | None = None
    id: str | None = None
    status: str | None = None
    parsed_arguments: Any = None
    # They say how hosted tools and phases hang together, and are null where there are none.
    caller: None = None
    namespace: None = None
    phase: None = None


class DeclaredTool(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["function"]
    name: str
    parameters: msgspec.Raw = NOTHING
    strict: bool | None = None
    description: str | None = None


class NamedFunction(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["function"]
    name: str


class TextFormat(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    schema: msgspec.Raw = NOTHING
    description: str | None = None
    strict: bool | None = None


class TextSettings(msgspec.Struct, forbid_unknown_fields=True):
    format: TextFormat | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class ReasoningSettings(msgspec.Struct, forbid_unknown_fields=True):
    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


class TextVariable(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["input_text"]
    text: str


class NamedPrompt(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    version: str | None = None
    variables: dict[str, str | TextVariable] | None = None


class StreamOptions(msgspec.Struct, forbid_unknown_fields=True):
    include_obfuscation: bool = False


class Body(msgspec.Struct, forbid_unknown_fields=True):
    model: str = ""
    input: str | list[Item] | None = None
    instructions: str | None = None
    prompt: NamedPrompt | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools: list[DeclaredTool] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedFunction | None = None
    parallel_tool_calls: bool | None = None
    text: TextSettings | None = None
    reasoning: ReasoningSettings | None = None
    include: list[Literal["reasoning.encrypted_content"]] | None = None
    truncation: Literal["disabled"] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    background: Any = None
    conversation: Any = None
    metadata: Any = None
    previous_response_id: Any = None
    store: Any = None
