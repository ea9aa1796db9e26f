"""The shapes of a request in Anthropic's Messages format, as its clients send them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

NOT_SERVED = frozenset(
    "betas container context_management diagnostics fallbacks inference_geo mcp_servers speed user_profile_id"
    " workspace_id".split()
)
"""What the format knows and the canonical request does not hold; unlike a typo, it is named as such."""

KINDS_NOT_SERVED = frozenset(
    "bash_code_execution_tool_result between_tools browser_state code_execution_tool_result container_upload"
    " content file search_result server_tool_use text_editor_code_execution_tool_result tool_reference"
    " tool_search_tool_result web_fetch_tool_result web_search_tool_result".split()
)
"""The words that the format has for a `type` and that are not served."""


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Tagged(Shape, tag_field="type"):
    pass


class Cache(Tagged, tag="ephemeral"):
    ttl: Literal["5m", "1h"] = "5m"


class Base64(Tagged, tag="base64"):
    media_type: str
    data: str


class Address(Tagged, tag="url"):
    url: str


class Plain(Tagged, tag="text"):
    data: str
    media_type: Literal["text/plain"] = "text/plain"


class Citations(Shape):
    enabled: bool = False


class TextBlock(Tagged, tag="text"):
    text: str
    cache_control: Cache | None = None
    # What clients send back of answers they were given; a list of some says more than can be passed on.
    citations: list[Any] | None = None
    parsed_output: msgspec.Raw = msgspec.Raw(b"null")


class ImageBlock(Tagged, tag="image"):
    source: Base64 | Address
    cache_control: Cache | None = None


class DocumentBlock(Tagged, tag="document"):
    source: Base64 | Plain | Address
    cache_control: Cache | None = None
    title: str | None = None
    context: str | None = None
    citations: Citations | None = None


class Caller(Shape):
    type: Literal["direct"]


class ToolUseBlock(Tagged, tag="tool_use"):
    id: str
    name: str
    input: msgspec.Raw
    cache_control: Cache | None = None
    caller: Caller | None = None
    toolset_name: None = None


class ToolResultBlock(Tagged, tag="tool_result"):
    tool_use_id: str
    content: str | list[TextBlock | ImageBlock | DocumentBlock] | None = None
    is_error: bool | None = None
    cache_control: Cache | None = None
    toolset_name: None = None


class ThinkingBlock(Tagged, tag="thinking"):
    thinking: str
    signature: str


class RedactedBlock(Tagged, tag="redacted_thinking"):
    data: str


Block = (
    TextBlock | ImageBlock | DocumentBlock | ToolUseBlock | ToolResultBlock | ThinkingBlock | RedactedBlock
)


class Turn(Shape):
    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class Named(msgspec.Struct):
    """What every tool says, whoever runs it."""

    type: str | None = None


class CustomTool(Shape):
    name: str
    input_schema: msgspec.Raw
    type: Literal["custom"] | None = None
    description: str | None = None
    strict: bool | None = None
    cache_control: Cache | None = None
    allowed_callers: list[Literal["direct"]] | None = None
    defer_loading: bool | None = None
    eager_input_streaming: bool | None = None
    input_examples: list[Any] | None = None


class Auto(Tagged, tag="auto"):
    disable_parallel_tool_use: bool = False


class AnyTool(Tagged, tag="any"):
    disable_parallel_tool_use: bool = False


class OneTool(Tagged, tag="tool"):
    name: str
    disable_parallel_tool_use: bool = False


class NoTool(Tagged, tag="none"):
    pass


class Enabled(Tagged, tag="enabled"):
    budget_tokens: int
    display: Literal["summarized", "omitted"] | None = None


class Adaptive(Tagged, tag="adaptive"):
    display: Literal["summarized", "omitted"] | None = None


class Disabled(Tagged, tag="disabled"):
    pass


class JsonFormat(Tagged, tag="json_schema"):
    schema: msgspec.Raw


class OutputConfig(Shape):
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    format: JsonFormat | None = None


class Metadata(Shape):
    user_id: str | None = None


class Body(Shape):
    model: str
    messages: list[Turn]
    max_tokens: int | None = None
    system: str | list[TextBlock] | None = None
    stream: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: Auto | AnyTool | OneTool | NoTool | None = None
    thinking: Enabled | Adaptive | Disabled | None = None
    output_config: OutputConfig | None = None
    # The name that the format's beta had for `output_config.format`.
    output_format: JsonFormat | None = None
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    cache_control: Cache | None = None
