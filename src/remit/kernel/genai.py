"""The GenAI semantic conventions of OpenTelemetry in the version that is followed, and their names.

They are in development and have no release; a name that changes there changes here, in this module alone.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = "semantic-conventions-genai@002c8a6e"
"""The repository of `open-telemetry`, and the commit of its `model/gen-ai/spans.yaml` that is followed."""

AGENT_NAME: Final = "gen_ai.agent.name"
ERROR_TYPE: Final = "error.type"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
OPERATION_NAME: Final = "gen_ai.operation.name"
PROVIDER_NAME: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST_STREAM: Final = "gen_ai.request.stream"
RESPONSE_MODEL: Final = "gen_ai.response.model"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105 (a name)
USAGE_CACHE_READ: Final = "gen_ai.usage.cache_read.input_tokens"
USAGE_CACHE_CREATION: Final = "gen_ai.usage.cache_creation.input_tokens"
USAGE_INPUT: Final = "gen_ai.usage.input_tokens"
USAGE_OUTPUT: Final = "gen_ai.usage.output_tokens"
USAGE_REASONING: Final = "gen_ai.usage.reasoning.output_tokens"

METRIC_TOKENS: Final = "gen_ai.client.token.usage"
METRIC_DURATION: Final = "gen_ai.client.operation.duration"
METRIC_FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"
METRIC_FIRST_TOKEN: Final = "gen_ai.server.time_to_first_token"  # noqa: S105 (a name)

TOKEN_BOUNDS: Final = tuple(4.0**power for power in range(14))
DURATION_BOUNDS: Final = (
    *(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28),
    *(2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
)
FIRST_TOKEN_BOUNDS: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1),
    *(0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)
"""Boundaries of buckets, in seconds or tokens; each is the largest value that its bucket holds."""

PROVIDERS: Final = {
    "anthropic": "anthropic",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "openai": "openai",
}
"""The conventions' word for a provider, by the technology that reaches it; others keep their own."""

FINISHES: Final = {
    "content_filter": "content_filter",
    "guardrail": "content_filter",
    "length": "length",
    "stop": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_call",
}
"""The conventions' word for why an answer ended; what has none keeps its own."""
