"""The Bedrock Converse format: from its bytes to the canonical request."""

from __future__ import annotations

from base64 import b64encode

import msgspec

from remit.enforce.request import (
    Media,
    Message,
    ModelRequest,
    OutputFormat,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from remit.gateway.bedrock_answer import is_object
from remit.gateway.bedrock_shapes import (
    Block,
    Body,
    DocumentBlock,
    GuardBlock,
    ImageBlock,
    OutputConfig,
    ReasoningBlock,
    ResultBlock,
    ShownBlock,
    ToolConfig,
    Turn,
    UseBlock,
)
from remit.gateway.reading import (
    MESSAGES_MAX,
    TOKENS_MAX,
    TOOLS_MAX,
    invalid,
    out_of_range,
    read_object,
    unsupported,
    within,
)
from remit.gateway.wire import Ask, Failure

_STOPS_MAX = 2_500
_TAGS_MAX = 16
_PATHS_SERVED = frozenset({"/stop_sequence"})

# What the format knows and the canonical request does not hold.
NOT_SERVED = frozenset({"guardrailConfig", "projectIdentifier", "promptVariables"})

_IMAGES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_DOCUMENTS = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}


SERVED = frozenset(Body.__struct_encode_fields__)
_BODY = msgspec.json.Decoder(Body)


def decode(body: bytes, target: str) -> Ask | Failure:
    """Read a body that asks for an answer in one piece."""
    return _decoded(body, target, streamed=False)


def decode_streamed(body: bytes, target: str) -> Ask | Failure:
    """Read a body that asks for a stream; in this format the path says so."""
    return _decoded(body, target, streamed=True)


def _decoded(body: bytes, target: str, *, streamed: bool) -> Ask | Failure:
    given = read_object(body, _BODY, served=SERVED, not_served=NOT_SERVED)
    if isinstance(given, Failure):
        return given
    request = request_of(given, target)
    if isinstance(request, Failure):
        return request
    return Ask(request, streamed, tuple(given.additional_model_response_field_paths))


def request_of(given: Body, target: str) -> ModelRequest | Failure:
    """Read what was given as a request; what cannot be served is refused by name, never dropped."""
    wrong = _checked(given)
    if wrong is not None:
        return wrong
    system = _system(given.system)
    if isinstance(system, Failure):
        return system
    turns = _turns(given.messages)
    if isinstance(turns, Failure):
        return turns
    wanted = given.output_config.text_format
    if wanted is not None and not is_object(wanted.structure.json_schema.schema.encode()):
        return invalid(
            "outputConfig", "`outputConfig` holds a schema that is no object", "send a JSON Schema"
        )
    tools = _tools(given.tool_config)
    if isinstance(tools, Failure):
        return tools
    return _request(given, target, (*system, *turns), tools)


def _request(
    given: Body, target: str, messages: tuple[Message, ...], tools: tuple[Tool, ...]
) -> ModelRequest:
    config, more = given.inference_config, given.additional_model_request_fields
    return ModelRequest(
        model=f"model/{target[:200]}",
        messages=messages,
        output_tokens_max=config.max_tokens,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=more.top_k_asked,
        stop=tuple(config.stop_sequences),
        tools=tools,
        tool_choice=_choice(given.tool_config),
        output_format=_format(given.output_config),
        think=more.think(given.output_config.effort),
        service_tier=given.service_tier.type if given.service_tier else None,
        tags=tuple(given.request_metadata.items()),
    )


def _checked(given: Body) -> Failure | None:
    """Hold the numbers and lengths of a body against their bounds."""
    config = given.inference_config
    if not 1 <= len(given.messages) <= MESSAGES_MAX:
        summary = f"`messages` has {len(given.messages)} items; 1 to {MESSAGES_MAX} are taken"
        return invalid("messages", summary, "send at least one message")
    if config.max_tokens is not None and not 1 <= config.max_tokens <= TOKENS_MAX:
        return out_of_range("maxTokens", 1, TOKENS_MAX)
    for name, value in (("temperature", config.temperature), ("topP", config.top_p)):
        if not within(value, 0, 1):
            return out_of_range(name, 0, 1)
    if len(config.stop_sequences) > _STOPS_MAX:
        return invalid("stopSequences", f"`stopSequences` has more than {_STOPS_MAX} texts", "send fewer")
    if given.performance_config is not None and given.performance_config.latency != "standard":
        help = "leave it out; whoever declares the model chooses how it is served"
        return unsupported("performanceConfig", "`performanceConfig.latency` must be `standard`", help)
    for path in given.additional_model_response_field_paths:
        if path not in _PATHS_SERVED:
            help = f"ask for {', '.join(sorted(_PATHS_SERVED))} alone"
            param = "additionalModelResponseFieldPaths"
            return unsupported(param, f"`{param}` names a field that is not served", help)
    tags = given.request_metadata
    if len(tags) > _TAGS_MAX or any(len(key) > 256 or len(value) > 256 for key, value in tags.items()):
        help = f"send at most {_TAGS_MAX} pairs of at most 256 characters each"
        return invalid("requestMetadata", "`requestMetadata` is too large", help)
    return None


def _system(blocks: list[Block]) -> tuple[Message, ...] | Failure:
    parts = _parts(blocks, "system")
    if isinstance(parts, Failure):
        return parts
    if not parts:
        return ()
    return _worded(Message("system", parts), "system")


def _turns(given: list[Turn]) -> tuple[Message, ...] | Failure:
    turns: list[Message] = []
    for index, message in enumerate(given):
        where = f"messages[{index}]"
        parts = _parts(message.content, f"{where}.content")
        if isinstance(parts, Failure):
            return parts
        if not parts:
            return invalid(where, f"`{where}` has no content", "send a text")
        turn = Message(message.role, parts)
        if message.role == "system":
            read = _worded(turn, where)
            if isinstance(read, Failure):
                return read
        turns.append(turn)
    return tuple(turns)


def _worded(turn: Message, where: str) -> tuple[Message, ...] | Failure:
    if all(isinstance(part, Text) for part in turn.parts):
        return (turn,)
    return unsupported(where, "a system message holds text alone", "move it to the user's")


def _parts(blocks: list[Block], where: str) -> tuple[Part, ...] | Failure:
    """Read what stands in one message; a cache point belongs to what it follows."""
    parts: list[Part] = []
    for place, block in enumerate(blocks):
        if block.text is not None:
            parts.append(Text(block.text))
            continue
        if block.cache_point is not None:
            if not parts or isinstance(parts[-1], Reasoning):
                return _misplaced(f"{where}[{place}]")
            parts[-1] = msgspec.structs.replace(parts[-1], cache=block.cache_point.ttl)
            continue
        read = _part(block)
        if isinstance(read, str):
            spot = f"{where}[{place}]"
            return unsupported(spot, f"`{spot}`: {read}", "leave it out, or send it as text")
        parts.append(read)
    return tuple(parts)


def _misplaced(where: str) -> Failure:
    summary = f"`{where}`: a cache point follows nothing that can be kept"
    return invalid(where, summary, "place it after a text, an image, a tool or a tool's result")


def _part(block: Block) -> Part | str:
    """Read one block, or say what of it is not served."""
    if block.tool_use is not None:
        return _use(block.tool_use)
    if block.tool_result is not None:
        return _result(block.tool_result)
    if block.image is not None:
        return _image(block.image)
    if block.document is not None:
        return _document(block.document)
    if block.reasoning_content is not None:
        return _reasoning(block.reasoning_content)
    if block.guard_content is not None:
        return _guarded(block.guard_content)
    return _not_served(block)


def _not_served(block: msgspec.Struct) -> str:
    for each in msgspec.structs.fields(type(block)):
        if getattr(block, each.name) not in (None, each.default):
            return f"`{each.encode_name}` is not served by this gateway"
    return "the block is empty"


def _use(given: UseBlock) -> ToolUse | str:
    if given.type is not None:
        return "`type` of a tool's use is not served"
    text = bytes(given.input)
    if not is_object(text):
        return "`input` of a tool's use is not an object"
    return ToolUse(given.tool_use_id[:256], given.name[:256], text.decode())


def _result(given: ResultBlock) -> ToolResult | str:
    if given.type is not None:
        return "`type` of a tool's result is not served"
    shown: list[Text | Media] = []
    for each in given.content:
        read = _shown(each)
        if isinstance(read, str):
            return read
        shown.append(read)
    return ToolResult(given.tool_use_id[:256], tuple(shown), failed=given.status == "error")


def _shown(given: ShownBlock) -> Text | Media | str:
    """Read a piece of a tool's result; JSON is the text that it is."""
    if given.text is not None:
        return Text(given.text)
    if bytes(given.json):
        return Text(bytes(given.json).decode())
    if given.image is not None:
        return _image(given.image)
    if given.document is not None:
        return _document(given.document)
    return _not_served(given)


def _image(given: ImageBlock) -> Media | str:
    # What lies in a bucket cannot be looked at here, so it is not asked for in the caller's name.
    if given.source.bytes is None or given.error is not None:
        return "an image is served by its `bytes` alone"
    return Media("image", media_type=_IMAGES[given.format], data=given.source.bytes)


def _document(given: DocumentBlock) -> Media | str:
    media_type = _DOCUMENTS.get(given.format)
    if media_type is None:
        return "`format` of a document is none that is known"
    if given.context is not None:
        return "`context` of a document is not served"
    if given.citations is not None and given.citations.enabled:
        return "`citations` of a document are not served"
    source = given.source
    if source.text is not None:
        data = b64encode(source.text.encode()).decode()
    elif source.bytes is not None:
        data = source.bytes
    else:
        return "a document is served by its `bytes` or `text` alone"
    return Media("document", media_type=media_type, data=data, name=given.name[:200])


def _reasoning(given: ReasoningBlock) -> Reasoning | str:
    if given.reasoning_text is not None:
        return Reasoning(given.reasoning_text.text, given.reasoning_text.signature)
    if given.redacted_content is not None:
        return Reasoning(sealed=given.redacted_content)
    return "the reasoning is empty"


def _guarded(given: GuardBlock) -> Text | Media | str:
    """Read what is marked for a guardrail as what it is: here, guardrails see all of a request."""
    if given.text is not None:
        if set(given.text.qualifiers) - {"guard_content"}:
            return "`qualifiers` other than `guard_content` are not served"
        return Text(given.text.text)
    return _image(given.image) if given.image is not None else "the block is empty"


def _tools(given: ToolConfig | None) -> tuple[Tool, ...] | Failure:
    if given is None:
        return ()
    if not 1 <= len(given.tools) <= TOOLS_MAX:
        summary = f"`tools` has none, or more than {TOOLS_MAX}"
        return invalid("toolConfig.tools", summary, "send at least one tool")
    tools: list[Tool] = []
    for place, each in enumerate(given.tools):
        where = f"toolConfig.tools[{place}]"
        if each.tool_spec is not None:
            spec = each.tool_spec
            if not is_object(bytes(spec.input_schema.json)):
                return invalid(where, f"`{where}`: `inputSchema` is not an object", "send a JSON Schema")
            tools.append(Tool(spec.name[:256], spec.description, bytes(spec.input_schema.json), spec.strict))
        elif each.cache_point is not None and tools:
            tools[-1] = msgspec.structs.replace(tools[-1], cache=each.cache_point.ttl)
        elif each.cache_point is not None:
            return _misplaced(where)
        else:
            return unsupported(where, f"`{where}`: {_not_served(each)}", "declare a `toolSpec`")
    return tuple(tools)


def _choice(given: ToolConfig | None) -> ToolChoice | None:
    choice = given.tool_choice if given is not None else None
    if choice is None:
        return None
    if choice.tool is not None:
        return ToolChoice("tool", choice.tool.name[:256])
    return ToolChoice("required" if choice.any is not None else "auto")


def _format(given: OutputConfig) -> OutputFormat | None:
    if given.text_format is None:
        return None
    schema = given.text_format.structure.json_schema
    return OutputFormat(schema.schema.encode(), schema.name[:200], schema.description, strict=True)
