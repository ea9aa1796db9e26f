"""The shapes of a Bedrock Converse request, as AWS's service model has them.

Of a member whose content is not served, only the name stands here: it is refused where a caller sets it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from remit.enforce.request import CacheTtl
from remit.gateway.bedrock_fields import NONE, Fields


class Shape(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    pass


class Source(Shape):
    bytes: str | None = None
    text: str | None = None
    s3_location: Any = None
    content: Any = None


class ImageBlock(Shape):
    format: Literal["png", "jpeg", "gif", "webp"]
    source: Source
    error: Any = None


class Citations(Shape):
    enabled: bool


class DocumentBlock(Shape):
    name: str
    source: Source
    format: str = "txt"
    context: str | None = None
    citations: Citations | None = None


class CachePoint(Shape):
    type: Literal["default"]
    ttl: CacheTtl = "5m"


class GuardText(Shape):
    text: str
    qualifiers: list[Literal["grounding_source", "query", "guard_content"]] = []


class GuardBlock(Shape):
    text: GuardText | None = None
    image: ImageBlock | None = None


class ReasoningText(Shape):
    text: str
    signature: str = ""


class ReasoningBlock(Shape):
    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class UseBlock(Shape):
    tool_use_id: str
    name: str
    input: msgspec.Raw
    type: Any = None


class ShownBlock(Shape):
    text: str | None = None
    json: msgspec.Raw = msgspec.Raw()
    image: ImageBlock | None = None
    document: DocumentBlock | None = None
    video: Any = None
    search_result: Any = None


class ResultBlock(Shape):
    tool_use_id: str
    content: list[ShownBlock]
    status: Literal["success", "error"] = "success"
    type: Any = None


class Block(Shape):
    text: str | None = None
    image: ImageBlock | None = None
    document: DocumentBlock | None = None
    tool_use: UseBlock | None = None
    tool_result: ResultBlock | None = None
    guard_content: GuardBlock | None = None
    cache_point: CachePoint | None = None
    reasoning_content: ReasoningBlock | None = None
    video: Any = None
    audio: Any = None
    citations_content: Any = None
    search_result: Any = None
    tool_addition: Any = None
    tool_removal: Any = None


class Turn(Shape):
    role: Literal["user", "assistant", "system"]
    content: list[Block]


class InferenceConfig(Shape):
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: list[str] = []


class Schema(Shape):
    json: msgspec.Raw


class Spec(Shape):
    name: str
    input_schema: Schema
    description: str = ""
    strict: bool | None = None


class ToolEntry(Shape):
    tool_spec: Spec | None = None
    cache_point: CachePoint | None = None
    system_tool: Any = None


class Empty(Shape):
    pass


class Named(Shape):
    name: str


class Choice(Shape):
    auto: Empty | None = None
    any: Empty | None = None
    tool: Named | None = None


class ToolConfig(Shape):
    tools: list[ToolEntry]
    tool_choice: Choice | None = None


class Performance(Shape):
    latency: Literal["standard", "optimized"] = "standard"


class Tier(Shape):
    type: Literal["priority", "default", "flex", "reserved"]


class JsonSchema(Shape):
    schema: str
    name: str = ""
    description: str = ""


class Structure(Shape):
    json_schema: JsonSchema


class TextFormat(Shape):
    type: Literal["json_schema"]
    structure: Structure


class OutputConfig(Shape):
    text_format: TextFormat | None = None
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None


class GuardrailConfig(Shape):
    guardrail_identifier: str = ""
    guardrail_version: str = ""
    trace: Literal["enabled", "disabled", "enabled_full"] = "disabled"
    stream_processing_mode: Literal["sync", "async"] | None = None


class PromptVariable(Shape):
    text: str


class Body(Shape):
    """A request, apart from the model, which stands in the path."""

    messages: list[Turn] = []
    system: list[Block] = []
    inference_config: InferenceConfig = msgspec.field(default_factory=InferenceConfig)
    tool_config: ToolConfig | None = None
    additional_model_request_fields: Fields = NONE
    additional_model_response_field_paths: list[str] = []
    request_metadata: dict[str, str] = {}
    prompt_variables: dict[str, PromptVariable] = {}
    performance_config: Performance | None = None
    service_tier: Tier | None = None
    guardrail_config: GuardrailConfig = msgspec.field(default_factory=GuardrailConfig)
    output_config: OutputConfig = msgspec.field(default_factory=OutputConfig)
