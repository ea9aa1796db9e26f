"""The loop of pydantic-ai: its model is Remit's own call, its tools are Remit's own gate; it has no others.

Tools that a provider runs by itself would pass nobody's gate, so a request for one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from pydantic_ai import Agent
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponsePart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.messages import ModelRequest as Turn
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import RunContext, ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_ai.usage import UsageLimits
from pydantic_core import SchemaValidator, core_schema

from remit.enforce.request import Message, Part, Reasoning, Text, Tool, ToolResult, ToolUse
from remit.kernel.errors import RemitError
from remit.ports_agents import Act, AgentTask, Ask, Parts

_ANYTHING = SchemaValidator(schema=core_schema.any_schema())
RETRIES = 3
"""How often the model is told that what it asked for is not there, before the run ends."""

_NAME = "remit"
_NOTHING_SAID = "(nothing)"


class PydanticLoop:
    """The loop; it keeps nothing from one run to the next."""

    async def run(self, task: AgentTask, ask: Ask, act: Act) -> str:
        agent = Agent(
            _Governed(ask),
            instructions=task.instructions or None,
            output_type=str,
            toolsets=[_Gated(task.tools, act)] if task.tools else [],
            retries=RETRIES,
        )
        *before, last = task.asked
        history = [_turn(each) for each in before]
        # How far a run may go is counted where its calls are made.
        limits = UsageLimits(request_limit=None)
        try:
            result = await agent.run(last.text, message_history=history or None, usage_limits=limits)
        except UnexpectedModelBehavior:
            # Its words could hold what the model said.
            raise RemitError(
                "the model asked for what is not there, again and again",
                help="give it fewer tools with plainer descriptions, or a more capable model",
                code="agent-confused",
            ) from None
        return result.output


def _turn(message: Message) -> ModelMessage:
    """Write an earlier turn of the conversation."""
    if message.role == "assistant":
        return ModelResponse(parts=[TextPart(message.text)])
    return Turn(parts=[UserPromptPart(message.text)])


class _Governed(Model):
    """A model that is asked by Remit, with all that comes with it."""

    def __init__(self, ask: Ask) -> None:
        super().__init__()
        self._ask = ask

    @property
    def model_name(self) -> str:
        return _NAME

    @property
    def system(self) -> str:
        return _NAME

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        if model_request_parameters.native_tools:
            raise RemitError(
                "a tool that the model's provider runs by itself passes no gate",
                help="declare the tool as a block, and have it called here",
                code="native-tool",
            )
        parts = await self._ask(tuple(_written(messages)))
        said = list(_said(parts))
        return ModelResponse(parts=said or [TextPart(_NOTHING_SAID)], model_name=_NAME)


class _Gated(AbstractToolset[Any]):
    """Tools each call of which is carried out by Remit, one after the other."""

    def __init__(self, tools: Sequence[Tool], act: Act) -> None:
        self._tools = {each.name: each for each in tools}
        self._act = act

    @property
    def id(self) -> str | None:
        return _NAME

    async def get_tools(self, ctx: RunContext[Any]) -> dict[str, ToolsetTool[Any]]:
        return {
            name: ToolsetTool(
                toolset=self,
                tool_def=ToolDefinition(
                    name=name,
                    description=tool.description or None,
                    parameters_json_schema=msgspec.json.decode(tool.parameters) or {"type": "object"},
                    # INVARIANT: one at a time, so that a run that is done again takes the same steps.
                    sequential=True,
                ),
                max_retries=0,
                args_validator=_ANYTHING,
            )
            for name, tool in self._tools.items()
        }

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[Any], tool: ToolsetTool[Any]
    ) -> Any:
        use = ToolUse(ctx.tool_call_id or "", name, msgspec.json.encode(tool_args).decode())
        result = await self._act(use)
        return "".join(part.text for part in result.parts if isinstance(part, Text))


def _said(parts: Parts) -> Iterator[ModelResponsePart]:
    """Read what the model said into the loop's own words."""
    for part in parts:
        if isinstance(part, ToolUse):
            yield ToolCallPart(part.name, part.arguments or "{}", tool_call_id=part.id)
        elif isinstance(part, Text):
            yield TextPart(part.text)
        elif isinstance(part, Reasoning):
            yield ThinkingPart(
                part.text,
                id=part.id or None,
                signature=part.signature or None,
                provider_name=_NAME,
                provider_details={"sealed": part.sealed} if part.sealed else None,
            )


def _written(messages: Sequence[ModelMessage]) -> Iterator[Message]:
    """Write a conversation as a request holds it; instructions come first, and once."""
    told = [each.instructions for each in messages if isinstance(each, Turn) and each.instructions]
    if told:
        yield Message.of("system", told[-1])
    for message in messages:
        parts: list[Part] = []
        if isinstance(message, ModelResponse):
            parts += _answered(message)
            role = "assistant"
        else:
            role = "user"
            for part in message.parts:
                if isinstance(part, SystemPromptPart):
                    yield Message.of("system", part.content)
                elif isinstance(part, UserPromptPart) and isinstance(part.content, str):
                    parts.append(Text(part.content))
                elif isinstance(part, ToolReturnPart):
                    failed = part.outcome not in ("success", "retried")
                    shown = (Text(part.model_response_str()),)
                    parts.append(ToolResult(part.tool_call_id, shown, failed))
                elif isinstance(part, UserPromptPart):
                    raise RemitError(
                        "an agent is asked in words alone", help="leave files out", code="invalid-field"
                    )
        if parts:
            yield Message(role, tuple(parts))  # type: ignore[arg-type]  # one of the two above


def _answered(message: ModelResponse) -> Iterator[Part]:
    for part in message.parts:
        if isinstance(part, ToolCallPart):
            yield ToolUse(part.tool_call_id, part.tool_name, part.args_as_json_str())
        elif isinstance(part, TextPart):
            yield Text(part.content)
        elif isinstance(part, ThinkingPart):
            sealed = (part.provider_details or {}).get("sealed", "")
            yield Reasoning(part.content, part.signature or "", sealed, part.id or "")
