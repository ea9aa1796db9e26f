"""Cache points that are declared: where a call has none of its own, they are set before a provider is asked.

A provider keeps the beginning of what is asked up to each point. How long a beginning has to be at least is
its own business; a shorter one it does not keep, without a word of it. The three places are fewer than the
four that it takes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from remit.declare.prompt_cache import CacheKeep, CachePoints
from remit.declare.version import family
from remit.enforce.request import Message, ModelRequest, Part, Reasoning, Request, Text, ToolResult


def with_points(request: Request, declared: Mapping[str, CachePoints]) -> Request:
    """Set the points that are declared for the model; a caller's own ones are left alone, and then none is.

    What is declared for a version goes before what is declared for its name.
    """
    if not isinstance(request, ModelRequest):
        return request
    points = declared.get(request.model) or declared.get(family(request.model))
    if points is None or has_points(request):
        return request
    tools, messages = list(request.tools), list(request.messages)
    if "tools" in points.at and tools:
        tools[-1] = msgspec.structs.replace(tools[-1], cache=points.keep)
    leading = system_messages(request)
    if "system" in points.at and leading:
        messages[leading - 1] = _marked(messages[leading - 1], points.keep)
    if "end" in points.at and messages:
        messages[-1] = _marked(messages[-1], points.keep)
    return msgspec.structs.replace(request, tools=tuple(tools), messages=tuple(messages))


def has_points(request: ModelRequest) -> bool:
    """Say whether a request has cache points."""
    if any(tool.cache for tool in request.tools):
        return True
    return any(_has_point(part) for message in request.messages for part in message.parts)


def _has_point(part: Part) -> bool:
    if isinstance(part, Reasoning):
        return False
    if isinstance(part, ToolResult) and any(each.cache for each in part.parts):
        return True
    return part.cache is not None


def system_messages(request: ModelRequest) -> int:
    """Count the system messages before anything else is said."""
    roles = [message.role for message in request.messages]
    return next((place for place, role in enumerate(roles) if role != "system"), len(roles))


def _marked(message: Message, keep: CacheKeep) -> Message:
    """Set a point after the last part of a message that can have one: no reasoning, and no empty text."""
    for place in range(len(message.parts) - 1, -1, -1):
        part = message.parts[place]
        if isinstance(part, Reasoning) or (isinstance(part, Text) and not part.text.strip()):
            continue
        marked = msgspec.structs.replace(part, cache=keep)
        return msgspec.structs.replace(
            message, parts=(*message.parts[:place], marked, *message.parts[place + 1 :])
        )
    return message
