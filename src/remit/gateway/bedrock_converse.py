"""The Bedrock Converse format: from its bytes to the canonical request."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from remit.enforce.prompt import PromptCall
from remit.enforce.request import (
    Message,
    ModelRequest,
    OutputFormat,
    Text,
    Tool,
    ToolChoice,
)
from remit.gateway.bedrock_answer import Wanted, is_object
from remit.gateway.bedrock_content import misplaced, not_served, parts_of
from remit.gateway.bedrock_shapes import (
    Block,
    Body,
    OutputConfig,
    PromptVariable,
    ToolConfig,
    Turn,
)
from remit.gateway.guardrail_call import named
from remit.gateway.prompt_call import prompt_call
from remit.gateway.reading import (
    MESSAGES_MAX,
    TOKENS_MAX,
    TOOLS_MAX,
    invalid,
    model_address,
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
NOT_SERVED = frozenset({"projectIdentifier"})

_PROMPT = "prompt/"
_GUARDRAIL = "guardrailConfig.guardrailIdentifier", "guardrailConfig.guardrailVersion"

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
    prompt = prompt_of(target, given.prompt_variables)
    if isinstance(prompt, Failure):
        return prompt
    request = request_of(given, "" if prompt else target)
    if isinstance(request, Failure):
        return request
    config = given.guardrail_config
    guardrails = named(config.guardrail_identifier, config.guardrail_version, fields=_GUARDRAIL)
    if isinstance(guardrails, Failure):
        return guardrails
    return Ask(
        request,
        streamed,
        Wanted(tuple(given.additional_model_response_field_paths), config.trace),
        prompt,
        guardrails,
        # What is looked at while nobody waits for it is no wish of the guardrails' owners.
        "windowed" if config.stream_processing_mode == "sync" else "audit",
    )


def prompt_of(target: str, given: Mapping[str, PromptVariable]) -> PromptCall | Failure | None:
    """Read the prompt that stands in the path where a model does, as the format has it: `prompt/letter@4`."""
    if target.startswith(_PROMPT):
        return prompt_call(target, {name: value.text for name, value in given.items()}, field="modelId")
    if given:
        help = "name the prompt as the model, such as `prompt/letter`, or by the header `x-remit-prompt`"
        return invalid("promptVariables", "`promptVariables` stand without a prompt", help)
    return None


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
        model=model_address(target),
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
    if len(given.messages) > MESSAGES_MAX:
        summary = f"`messages` has {len(given.messages)} items; at most {MESSAGES_MAX} are taken"
        return invalid("messages", summary, "send fewer")
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
    parts = parts_of(blocks, "system")
    if isinstance(parts, Failure):
        return parts
    if not parts:
        return ()
    return _worded(Message("system", parts), "system")


def _turns(given: list[Turn]) -> tuple[Message, ...] | Failure:
    turns: list[Message] = []
    for index, message in enumerate(given):
        where = f"messages[{index}]"
        parts = parts_of(message.content, f"{where}.content")
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
            return misplaced(where)
        else:
            return unsupported(where, f"`{where}`: {not_served(each)}", "declare a `toolSpec`")
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
