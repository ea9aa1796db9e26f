"""What OpenAI's two formats have in common, as callers write and read them."""

from __future__ import annotations

import json
from typing import Any

from remit.enforce.request import ModelRequest


def lasting(cache: str | None) -> dict[str, Any]:
    if cache is None:
        return {}
    return {"prompt_cache_breakpoint": {"mode": "explicit"} | ({"ttl": "30m"} if cache == "1h" else {})}


def fields_of(asked: ModelRequest) -> dict[str, Any]:
    named = {
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "parallel_tool_calls": asked.parallel_tools,
        "prompt_cache_key": asked.cache_key,
        "user": asked.end_user,
    }
    return {name: value for name, value in named.items() if value is not None}


def function_of(tool: Any) -> dict[str, Any]:
    fields = {"name": tool.name, "description": tool.description, "parameters": json.loads(tool.parameters)}
    return fields | ({} if tool.strict is None else {"strict": tool.strict})


def usage_of(usage: Any, of_input: str, of_output: str) -> dict[str, int]:
    inputs, outputs = usage[f"{of_input}_details"], usage[f"{of_output}_details"]
    cached, written = inputs["cached_tokens"], inputs["cache_write_tokens"]
    return {
        "input": usage[of_input] - cached - written,
        "cached": cached,
        "written": written,
        "output": usage[of_output],
        "reasoning": outputs["reasoning_tokens"],
    }
